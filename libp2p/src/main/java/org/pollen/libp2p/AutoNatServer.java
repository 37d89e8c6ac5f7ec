package org.pollen.libp2p;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.autonat.AutoNatLimits;
import org.pollen.libp2p.autonat.AutoNatMessage;
import org.pollen.libp2p.autonat.RequestRates;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;

/// Dials peers who ask whether they can be, and tells them. The dials leave from a host of their
/// own, with another id and other ports: no connection or mapping that exists helps them, and what
/// they open is none of ours.
///
/// Who asks for a dial to an address that is not its own has to send more than the dial costs.
final class AutoNatServer {
    private static final long REQUEST_NANOS = 60_000_000_000L;

    private final NettyHost host;
    private final AutoNatLimits limits;
    private final RequestRates rates; // guarded by itself
    private final NettyHost dialler;

    AutoNatServer(NettyHost host, AutoNatLimits limits) {
        this.host = host;
        this.limits = limits;
        this.rates = new RequestRates(limits);
        HostConfig own = host.config();
        this.dialler =
                new NettyHost(
                        HostConfig.builder(PrivateKey.generateEd25519(host.random()))
                                .dialFrom(own.dialFrom())
                                .eventLoops(own.eventLoops())
                                .handshakes(own.handshakes())
                                .agentVersion(own.agentVersion())
                                .limits(own.limits())
                                .timeouts(own.timeouts().withDial(limits.dialTime()))
                                .gate(own.gate())
                                .security(own.security().toArray(HostConfig.Security[]::new))
                                .build());
    }

    CompletableFuture<Void> closeAsync() {
        return dialler.closeAsync();
    }

    StreamHandler accept(Stream stream) {
        var request = new Request(stream);
        ControlStream.deadline(stream, REQUEST_NANOS, Limit.L41_AUTONAT_TIME);
        if (stream.connection().relayed()) {
            host.counters().refused(Limit.L39_RELAYED_REQUEST);
            request.answer(AutoNatMessage.STATUS_REQUEST_REJECTED, 0, AutoNatMessage.DIAL_UNUSED);
            return request;
        }
        boolean taken;
        synchronized (rates) {
            taken = rates.begin(request.peer, host.now());
        }
        request.counted.set(taken);
        if (!taken) {
            host.counters().refused(Limit.L41_AUTONAT_RATE);
            request.answer(AutoNatMessage.STATUS_REQUEST_REJECTED, 0, AutoNatMessage.DIAL_UNUSED);
        }
        return request;
    }

    private boolean dialable(@Nullable Multiaddr address) {
        if (address == null
                || address.isRelayed()
                || address.ip().isEmpty() // a name could lead anywhere
                || !(address.isPublic() || limits.privateAddresses())) {
            return false;
        }
        Endpoint endpoint = Endpoint.of(address.withoutPeerId());
        return endpoint != null && endpoint.port() != 0;
    }

    /// One request, on the loop of its connection.
    private final class Request extends ControlStream {
        private final Stream stream;
        private final HostConnection connection;
        private final PeerId peer;
        private final AtomicBoolean counted = new AtomicBoolean();
        private AutoNatMessage.@Nullable DialRequest asked;
        private int index = -1;
        private long wanted; // bytes of data
        private boolean dialling;

        private Request(Stream stream) {
            super(AutoNatServer.this.host, AutoNatMessage.BYTES_MAX, Limit.L41_AUTONAT_MESSAGE);
            this.stream = stream;
            this.connection = (HostConnection) stream.connection();
            this.peer = connection.remotePeer();
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            switch (AutoNatMessage.parse(array, off, len)) {
                case AutoNatMessage.DialRequest request when asked == null -> asked(request);
                case AutoNatMessage.DialDataResponse data when wanted > 0 -> data(data.bytes());
                default -> throw new MalformedException("autonat: not the message's turn");
            }
        }

        @Override
        void ended(@Nullable Throwable cause) {
            release();
        }

        private void release() {
            if (counted.compareAndSet(true, false)) {
                synchronized (rates) {
                    rates.end(peer);
                }
            }
        }

        private void asked(AutoNatMessage.DialRequest request) {
            asked = request;
            for (int i = 0; i < request.addresses().size() && index < 0; i++) {
                index = dialable(request.addresses().get(i)) ? i : -1;
            }
            if (index < 0) {
                answer(AutoNatMessage.STATUS_DIAL_REFUSED, 0, AutoNatMessage.DIAL_UNUSED);
                return;
            }
            Multiaddr address = address();
            byte[] seen = connection.remoteAddress().ip().orElse(new byte[0]);
            if (Arrays.equals(seen, address.ip().orElse(null))) {
                dial();
                return;
            }
            boolean taken;
            synchronized (rates) {
                taken = rates.beginData(host.now());
            }
            if (!taken) {
                host.counters().refused(Limit.L41_AUTONAT_RATE);
                answer(AutoNatMessage.STATUS_REQUEST_REJECTED, 0, AutoNatMessage.DIAL_UNUSED);
                return;
            }
            wanted = host.random().nextLong(30_000, AutoNatMessage.DATA_BYTES_MAX + 1);
            send(stream, new AutoNatMessage.DialDataRequest(index, wanted).encode());
        }

        private Multiaddr address() {
            AutoNatMessage.DialRequest request = asked;
            Multiaddr address = request == null ? null : request.addresses().get(index);
            if (address == null) {
                throw new IllegalStateException("no address was chosen");
            }
            return address;
        }

        private void data(int bytes) {
            if (bytes < AutoNatMessage.CHUNK_BYTES_MIN && bytes < wanted) {
                host.counters().refused(Limit.L41_AUTONAT_DATA);
                finish();
                stream.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
                return;
            }
            wanted -= bytes;
            if (wanted <= 0) {
                long wait = host.random().nextLong(limits.waitMax().toNanos() + 1);
                var _ = host.schedule(() -> connection.execute(this::dial), wait);
            }
        }

        private void dial() {
            AutoNatMessage.DialRequest request = asked;
            if (dialling || request == null) {
                return;
            }
            dialling = true;
            Multiaddr target = address().withoutPeerId().withPeerId(peer);
            var _ =
                    dialler.dialNow(target)
                            .whenComplete((dialled, failure) -> {
                                if (failure != null) {
                                    dialled(AutoNatMessage.DIAL_ERROR);
                                } else {
                                    new DialBack(this, dialled, request.nonce()).begin();
                                }
                            });
        }

        private void dialled(long status) {
            connection.execute(() -> answer(AutoNatMessage.STATUS_OK, index, status));
        }

        private void answer(long status, int of, long dialStatus) {
            release();
            finish();
            send(
                    stream,
                    new AutoNatMessage.DialResponse(status, Math.max(of, 0), dialStatus).encode());
            stream.closeWrite();
        }
    }

    /// Says the number on the connection that was dialled.
    private final class DialBack implements StreamHandler {
        private final Request request;
        private final Connection dialled;
        private final long nonce;
        private final AtomicBoolean over = new AtomicBoolean();

        private DialBack(Request request, Connection dialled, long nonce) {
            this.request = request;
            this.dialled = dialled;
            this.nonce = nonce;
        }

        void begin() {
            var _ =
                    dialler.open(dialled, List.of(AutoNatClient.DIAL_BACK), this)
                            .whenComplete((opened, failure) -> {
                                if (failure != null) {
                                    over(AutoNatMessage.DIAL_BACK_ERROR);
                                    return;
                                }
                                ControlStream.send(opened, AutoNatMessage.dialBack(nonce));
                                opened.closeWrite();
                            });
            var _ =
                    dialler.schedule(
                            () -> over(AutoNatMessage.DIAL_BACK_ERROR),
                            limits.dialTime().toNanos() / 2);
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            over(AutoNatMessage.DIAL_OK); // any byte will do
        }

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            over(AutoNatMessage.DIAL_BACK_ERROR);
        }

        private void over(long status) {
            if (over.compareAndSet(false, true)) {
                dialled.close(ErrorCodes.NONE);
                request.dialled(status);
            }
        }
    }
}
