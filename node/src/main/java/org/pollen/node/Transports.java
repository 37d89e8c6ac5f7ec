package org.pollen.node;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.WebSocketTls;
import org.pollen.peer.Multiaddr;

/// What a node listens on for peers besides its TCP address, and how connections are secured.
///
/// @param more addresses such as `/ip4/0.0.0.0/udp/9810/quic-v1` or `/ip4/0.0.0.0/tcp/9811/ws`
/// @param security what protects TCP and WebSocket connections, best first
/// @param webSocketTls certificate for `/tls/ws` in `more`; null for none
public record Transports(
        List<Multiaddr> more,
        List<HostConfig.Security> security,
        @Nullable WebSocketTls webSocketTls) {
    /// TCP alone, Noise before TLS.
    public static final Transports TCP =
            new Transports(
                    List.of(), List.of(HostConfig.Security.NOISE, HostConfig.Security.TLS), null);

    /// Copies the lists.
    public Transports {
        more = List.copyOf(more);
        security = List.copyOf(security);
    }
}
