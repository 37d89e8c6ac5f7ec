package org.pollen.libp2p;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.autonat.AutoNatMessage;
import org.pollen.libp2p.autonat.ObservedAddresses;
import org.pollen.libp2p.autonat.Verdicts;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out under which addresses peers can dial us: gathers what they see, asks those who help to
/// dial, and believes what enough of them found.
final class AutoNatClient {
    static final String DIAL_REQUEST = "/libp2p/autonat/2/dial-request";
    static final String DIAL_BACK = "/libp2p/autonat/2/dial-back";

    private static final Logger log = LoggerFactory.getLogger(AutoNatClient.class);
    private static final long REQUEST_NANOS = 15_000_000_000L;
    private static final long DIAL_BACK_NANOS = 5_000_000_000L;
    private static final long MAINTAIN_NANOS = 30_000_000_000L;
    private static final long REFUSED_NANOS = 600_000_000_000L;
    private static final int REQUESTS_MAX = 4;
    private static final int SERVERS_MAX = 1024;

    private final NettyHost host;
    private final Reachability config;
    private final ObservedAddresses observed; // this and all below guarded by lock
    private final Verdicts verdicts;
    private final Map<Long, Asking> pending = new HashMap<>(); // by nonce
    private final Map<PeerId, Long> notBefore =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<PeerId, Long> eldest) {
                    return size() > SERVERS_MAX;
                }
            };
    private List<Multiaddr> confirmed = List.of();
    private Verdicts.Verdict overall = Verdicts.Verdict.UNKNOWN;
    private final Object lock = new Object();
    final LongAdder reached = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder discarded = new LongAdder();

    AutoNatClient(NettyHost host) {
        this.host = host;
        this.config = host.config().reachability();
        this.observed = new ObservedAddresses(config.agreeing());
        this.verdicts = new Verdicts(config.agreeing());
    }

    // ---- what is known

    /// Addresses besides the bound ones that peers have dialled.
    List<Multiaddr> confirmed() {
        synchronized (lock) {
            return confirmed;
        }
    }

    Verdicts.Verdict verdict() {
        synchronized (lock) {
            return overall;
        }
    }

    /// Bound addresses without those that peers could not dial.
    List<Multiaddr> withoutRefuted(List<Multiaddr> addresses) {
        synchronized (lock) {
            long now = host.now();
            return addresses.stream()
                    .filter(one -> verdicts.verdict(one, now) != Verdicts.Verdict.UNREACHABLE)
                    .toList();
        }
    }

    /// What peers could be asked about, worth most first.
    List<Multiaddr> candidates() {
        var all = new LinkedHashSet<Multiaddr>();
        for (Multiaddr address : host.listenAddresses()) {
            if (worthAsking(address)) {
                all.add(address);
            }
        }
        synchronized (lock) {
            all.addAll(observed.candidates(host.now()));
        }
        return List.copyOf(all);
    }

    private boolean worthAsking(Multiaddr address) {
        return address.isPublic() || config.privateAddresses();
    }

    // ---- how peers see us

    /// A peer told about itself and how it sees us.
    void identified(HostConnection connection, IdentifyInfo told) {
        Multiaddr seen = told.observedAddress().orElse(null);
        if (seen != null && !connection.relayed()) {
            Multiaddr mapped = mapped(connection, seen);
            if (mapped != null && worthAsking(mapped)) {
                synchronized (lock) {
                    observed.observe(mapped, connection.remoteAddress(), host.now());
                }
            }
        }
        ask(connection);
    }

    /// What others could dial, if they see us so: our dials leave from other ports than we listen
    /// on, so the port of the listener takes the place of the one that was seen.
    private @Nullable Multiaddr mapped(HostConnection connection, Multiaddr seen) {
        Endpoint endpoint = Endpoint.of(seen);
        byte[] ip = seen.ip().orElse(null);
        if (endpoint == null || ip == null || seen.isRelayed()) {
            return null;
        }
        if (!connection.outbound()) {
            return seen;
        }
        for (Multiaddr listen : host.listenAddresses()) {
            Endpoint bound = Endpoint.of(listen);
            if (bound != null
                    && bound.transport() == endpoint.transport()
                    && listen.ip().map(own -> own.length == ip.length).orElse(false)) {
                return endpoint.transport().address(Multiaddr.tcp(ip, bound.port()));
            }
        }
        return null;
    }

    // ---- asking

    void start() {
        for (Connection connection : host.connections()) {
            ask((HostConnection) connection);
        }
        conclude();
        var _ =
                host.schedule(
                        () -> {
                            if (!host.isClosing()) {
                                start();
                            }
                        },
                        MAINTAIN_NANOS);
    }

    /// Asks a peer about what it has not been asked about, if it answers such questions.
    void ask(HostConnection connection) {
        boolean helps =
                connection.isOpen()
                        && !connection.relayed()
                        && connection
                                .identify()
                                .map(known -> known.supports(DIAL_REQUEST))
                                .orElse(false);
        if (!helps) {
            return;
        }
        PeerId server = connection.remotePeer();
        List<Multiaddr> candidates = candidates();
        Asking asking;
        synchronized (lock) {
            long now = host.now();
            Long wait = notBefore.get(server);
            boolean busy =
                    pending.size() >= REQUESTS_MAX
                            || pending.values().stream().anyMatch(one -> one.server.equals(server));
            var questions = new ArrayList<Multiaddr>();
            for (Multiaddr address : candidates) {
                if (!verdicts.asked(address, server, now)) {
                    questions.add(address);
                }
            }
            if (busy || questions.isEmpty() || (wait != null && now - wait < 0)) {
                return;
            }
            AutoNatMessage.DialRequest request =
                    AutoNatMessage.DialRequest.of(questions, host.random().nextLong());
            asking = new Asking(connection, request);
            pending.put(request.nonce(), asking);
        }
        var _ =
                host.open(connection, List.of(DIAL_REQUEST), asking)
                        .whenComplete((stream, failure) -> {
                            if (failure != null) {
                                asking.over(true);
                            } else {
                                asking.begin(stream);
                            }
                        });
    }

    /// One request, on the loop of its connection.
    private final class Asking extends ControlStream {
        private final HostConnection connection;
        private final PeerId server;
        private final AutoNatMessage.DialRequest request;
        private final Set<Endpoint.Transport> arrived = new LinkedHashSet<>(); // guarded by lock
        private @Nullable Stream stream;
        private boolean sentData;

        private Asking(HostConnection connection, AutoNatMessage.DialRequest request) {
            super(AutoNatClient.this.host, AutoNatMessage.BYTES_MAX, Limit.L41_AUTONAT_MESSAGE);
            this.connection = connection;
            this.server = connection.remotePeer();
            this.request = request;
        }

        void begin(Stream opened) {
            stream = opened;
            deadline(opened, REQUEST_NANOS, Limit.L41_AUTONAT_TIME);
            send(opened, request.encode());
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            switch (AutoNatMessage.parse(array, off, len)) {
                case AutoNatMessage.DialDataRequest data -> sendData(data);
                case AutoNatMessage.DialResponse response -> answered(response);
                default -> throw new MalformedException("autonat: an answer that is none");
            }
        }

        private void sendData(AutoNatMessage.DialDataRequest data) throws MalformedException {
            Stream opened = stream;
            if (opened == null
                    || sentData
                    || data.index() < 0
                    || data.index() >= request.addresses().size()
                    || data.bytes() < 0
                    || data.bytes() > AutoNatMessage.DATA_BYTES_MAX) {
                throw new MalformedException("autonat: asks for data out of turn or too much");
            }
            sentData = true;
            for (long left = data.bytes(); left > 0; left -= AutoNatMessage.CHUNK_BYTES_MAX) {
                int n = (int) Math.min(left, AutoNatMessage.CHUNK_BYTES_MAX);
                send(opened, new AutoNatMessage.DialDataResponse(n).encode());
            }
        }

        private void answered(AutoNatMessage.DialResponse response) throws MalformedException {
            finish();
            if (stream != null) {
                stream.closeWrite();
            }
            if (response.status() != AutoNatMessage.STATUS_OK) {
                refused.increment();
                over(true);
                return;
            }
            if (response.index() < 0 || response.index() >= request.addresses().size()) {
                over(true);
                throw new MalformedException("autonat: address " + response.index());
            }
            Multiaddr address = request.addresses().get((int) response.index());
            if (address != null) {
                judge(address, response.dialStatus());
            }
            over(false);
        }

        /// Believes a success only if the number came, on the transport that was asked about.
        private void judge(Multiaddr address, long dialStatus) {
            Endpoint endpoint = Endpoint.of(address);
            boolean came;
            synchronized (lock) {
                came = endpoint != null && arrived.contains(endpoint.transport());
                if (came) {
                    verdicts.vote(address, server, true, host.now());
                } else if (dialStatus == AutoNatMessage.DIAL_ERROR) {
                    verdicts.vote(address, server, false, host.now());
                }
            }
            if (came) {
                reached.increment();
            } else if (dialStatus == AutoNatMessage.DIAL_ERROR) {
                failed.increment();
            } else {
                discarded.increment();
                postpone();
            }
            conclude();
        }

        private void postpone() {
            synchronized (lock) {
                notBefore.put(server, host.now() + REFUSED_NANOS);
            }
        }

        @Override
        void ended(@Nullable Throwable cause) {
            over(true);
        }

        /// Idempotent.
        void over(boolean useless) {
            boolean first;
            synchronized (lock) {
                first = pending.remove(request.nonce()) != null;
            }
            if (!first) {
                return;
            }
            if (useless) {
                postpone();
            } else {
                ask(connection); // there may be more addresses
            }
        }
    }

    /// Draws the conclusions; peers hear what changed.
    private void conclude() {
        List<Multiaddr> candidates = candidates();
        boolean changed;
        boolean turned;
        Verdicts.Verdict verdict;
        synchronized (lock) {
            List<Multiaddr> now = verdicts.reachable(candidates, host.now());
            changed = !now.equals(confirmed);
            confirmed = now;
            verdict = verdicts.overall(candidates, host.now());
            turned = verdict != overall;
            overall = verdict;
        }
        if (changed || turned) {
            host.addressesChanged();
        }
        if (turned) {
            log.info("peers find this host {}", verdict);
            host.relayClient().unreachable(verdict == Verdicts.Verdict.UNREACHABLE);
        }
    }

    // ---- dial-backs

    StreamHandler dialBack(Stream stream) {
        ControlStream.deadline(stream, DIAL_BACK_NANOS, Limit.L41_AUTONAT_TIME);
        return new DialBack(stream);
    }

    private final class DialBack extends ControlStream {
        private final Stream stream;

        private DialBack(Stream stream) {
            super(
                    AutoNatClient.this.host,
                    AutoNatMessage.DIAL_BACK_BYTES_MAX,
                    Limit.L41_AUTONAT_MESSAGE);
            this.stream = stream;
        }

        @Override
        void message(byte[] array, int off, int len) throws MalformedException {
            finish();
            long nonce = AutoNatMessage.parseDialBack(array, off, len);
            Endpoint local = Endpoint.of(stream.connection().localAddress());
            boolean known;
            synchronized (lock) {
                Asking asking = pending.get(nonce);
                known = asking != null;
                if (asking != null && local != null && !stream.connection().outbound()) {
                    asking.arrived.add(local.transport());
                }
            }
            if (!known) {
                host.counters().refused(Limit.L41_AUTONAT_NONCE);
                stream.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
                return;
            }
            send(stream, AutoNatMessage.dialBackResponse());
            stream.closeWrite();
        }
    }
}
