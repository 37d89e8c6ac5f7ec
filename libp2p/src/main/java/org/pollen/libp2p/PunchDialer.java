package org.pollen.libp2p;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// The sockets of a hole punch: they leave from the ports we listen on, again and again for a few
/// seconds, since the first ones may be what opens the way for the other side's.
final class PunchDialer {
    private static final long RETRY_NANOS = 200_000_000L;
    private static final int PAYLOAD_BYTES = 64;

    private final NettyHost host;

    PunchDialer(NettyHost host) {
        this.host = host;
    }

    /// @param client whether we are the client of the connection that may come
    /// @param over completes when there is nothing left to do
    void dial(
            Multiaddr address,
            InetSocketAddress remote,
            PeerId peer,
            boolean client,
            CompletableFuture<Void> over) {
        if (!host.config().gate().allowAddress(remote.getAddress(), true)) {
            return;
        }
        Endpoint endpoint = Endpoint.of(address.withoutPeerId());
        if (endpoint == null) {
            return;
        }
        if (endpoint.transport() == Endpoint.Transport.TCP) {
            tcp(address.withoutPeerId(), remote, peer, client, over);
        } else if (client) {
            quic(address.withoutPeerId(), remote, peer, over);
        } else {
            payload(remote, 10_000_000L, over);
        }
    }

    // ---- TCP: both connect

    private void tcp(
            Multiaddr address,
            InetSocketAddress remote,
            PeerId peer,
            boolean client,
            CompletableFuture<Void> over) {
        InetSocketAddress local = host.listener(Endpoint.Transport.TCP, remote.getAddress());
        if (over.isDone() || local == null) {
            return;
        }
        Admission.Ticket ticket = host.admission().dial().ticket();
        if (ticket == null) {
            host.counters().refused(Limit.L2_TRANSIENT);
            return;
        }
        var result = new CompletableFuture<HostConnection>();
        var upgrader =
                new Upgrader(
                        host,
                        client,
                        peer,
                        ticket,
                        address,
                        null,
                        Endpoint.Transport.TCP,
                        null,
                        host.now(),
                        result);
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(host.config().eventLoops())
                        .channelFactory(host.channels())
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5_000)
                        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, NettyHost.WATER_MARK)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        host.watch(channel);
                                        channel.pipeline().addLast("upgrade", upgrader);
                                    }
                                });
        host.sharePort(bootstrap);
        ChannelFuture connected = bootstrap.connect(remote, local);
        var _ = over.whenComplete((_, _) -> abandon(connected, upgrader));
        connected.addListener(_ -> {
            if (!connected.isSuccess()) {
                ticket.release();
                again(() -> tcp(address, remote, peer, client, over), RETRY_NANOS, over);
            }
        });
    }

    private static void abandon(ChannelFuture connected, Upgrader upgrader) {
        Channel channel = connected.channel();
        if (!connected.isDone()) {
            var _ = channel.close();
        } else if (connected.isSuccess()) {
            channel.eventLoop().execute(() -> upgrader.cancelUnlessDone("the hole punch is over"));
        }
    }

    private void again(Runnable task, long nanos, CompletableFuture<Void> over) {
        if (!over.isDone() && !host.isClosing()) {
            var _ = host.schedule(task, nanos);
        }
    }

    // ---- QUIC: the client dials, the other side opens the way

    private void quic(
            Multiaddr address,
            InetSocketAddress remote,
            PeerId peer,
            CompletableFuture<Void> over) {
        Quic quic = host.quic();
        InetSocketAddress local = host.listener(Endpoint.Transport.QUIC, remote.getAddress());
        if (quic == null || local == null || over.isDone()) {
            return;
        }
        Admission.Ticket ticket = host.admission().dial().ticket();
        if (ticket == null) {
            host.counters().refused(Limit.L2_TRANSIENT);
            return;
        }
        var result = new CompletableFuture<HostConnection>();
        Quic.Upgrade upgrade =
                quic.dial(remote, local, true, peer, address, ticket, host::watch, result);
        var _ =
                over.whenComplete((_, _) -> {
                    if (!result.isDone()) {
                        upgrade.cancelSoon("the hole punch is over");
                    }
                });
    }

    private void payload(InetSocketAddress remote, long gap, CompletableFuture<Void> over) {
        Quic quic = host.quic();
        if (quic == null || over.isDone()) {
            return;
        }
        byte[] random = new byte[PAYLOAD_BYTES];
        host.random().nextBytes(random);
        random[0] &= 0x3f; // neither of QUIC's header bits: nobody takes it for a packet of his
        for (Channel listener : host.listeners(Endpoint.Transport.QUIC, remote.getAddress())) {
            quic.sendRaw(listener, random, remote);
        }
        long next = host.random().nextLong(10_000_000L, 200_000_000L);
        again(() -> payload(remote, next, over), gap, over);
    }
}
