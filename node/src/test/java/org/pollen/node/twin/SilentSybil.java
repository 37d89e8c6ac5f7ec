package org.pollen.node.twin;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.CloseReason;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostListener;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.router.OutboundRpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.SubOpts;
import org.pollen.simulator.Profile;

/// A peer that subscribes, grafts itself into meshes and never delivers anything. It does not come
/// back after a PRUNE: the simulator's do so only a minute later.
final class SilentSybil implements HostListener {
    private final Host host;
    private final Profile profile;
    private final ConcurrentLinkedQueue<Stream> streams = new ConcurrentLinkedQueue<>();

    SilentSybil(Host host, Profile profile) {
        this.host = host;
        this.profile = profile;
        host.handle(profile.protocol().id(), _ -> new Deaf());
        host.addListener(this);
    }

    @Override
    public void connected(Connection connection) {
        var _ =
                host.open(connection, List.of(profile.protocol().id()), new Deaf())
                        .thenAccept(stream -> {
                            streams.add(stream);
                            send(stream, rpc().subscription(SubOpts.subscribe(RealNetwork.TOPIC)));
                        });
    }

    @Override
    public void disconnected(Connection connection, CloseReason reason) {
        streams.removeIf(stream -> stream.connection().equals(connection));
    }

    /// Grafts itself everywhere.
    void graft() {
        for (Stream stream : streams) send(stream, rpc().graft(RealNetwork.TOPIC));
    }

    private RpcBuilder rpc() {
        return new RpcBuilder(profile.params().dialect(), profile.params().sendBytesMax());
    }

    private static void send(Stream stream, RpcBuilder rpc) {
        for (OutboundRpc part : rpc.build()) {
            byte[] frame = part.toFrame();
            stream.write(frame, 0, frame.length);
        }
    }

    private static final class Deaf implements StreamHandler {
        @Override
        public void data(Stream stream, byte[] array, int off, int len) {}

        @Override
        public void writable(Stream stream) {}

        @Override
        public void readClosed(Stream stream) {}

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {}
    }
}
