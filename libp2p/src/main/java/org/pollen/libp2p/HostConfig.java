package org.pollen.libp2p;

import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;

/// Everything a host is told at its birth.
///
/// @param privateKey the identity
/// @param listen addresses to bind, `/ip4|ip6/X/tcp/P` and that with `/ws` or `/tls/ws`, and
///   `/udp/P/quic-v1`, port 0 for any; may be empty
/// @param dialFrom the local address dials are bound to, null for whatever the system picks
/// @param eventLoops NIO or epoll loops (see [EventLoops]), shared with whom you like, not closed
///   by the host
/// @param handshakes runs the public-key work of handshakes; must be bounded and reject beyond (see
///   [EventLoops])
/// @param handshakeShare what of an event loop's time that work may take while the loop's streams
///   carry anything, 0 to 1; steps beyond it go to `handshakes`, and with 0 all of them but the
///   first message of a dial
/// @param agentVersion what identify tells
/// @param earlyMuxer whether the early muxer choice of Noise is offered; off only to test the
///   fallback
/// @param security what protects TCP and WebSocket connections, best first; TLS is left out where
///   its native library is missing
/// @param webSocketTls the certificate for listening on `/tls/ws`, and roots for dialling; null to
///   only dial, with the system's roots
/// @param reachability relays and what else lets peers behind a NAT be dialled
public record HostConfig(
        PrivateKey privateKey,
        List<Multiaddr> listen,
        @Nullable InetAddress dialFrom,
        EventLoopGroup eventLoops,
        Executor handshakes,
        double handshakeShare,
        String agentVersion,
        HostLimits limits,
        HostTimeouts timeouts,
        ConnectionGate gate,
        boolean earlyMuxer,
        List<Security> security,
        @Nullable WebSocketTls webSocketTls,
        Reachability reachability) {

    /// The default of `handshakeShare`: some 500 steps a second for each loop.
    public static final double HANDSHAKE_SHARE = 0.1;

    /// How a connection is secured.
    public enum Security {
        NOISE,
        TLS
    }

    public HostConfig {
        listen = List.copyOf(listen);
        security = List.copyOf(security);
        if (security.isEmpty()) {
            throw new IllegalArgumentException("security is empty: it must name one");
        }
        if (!(handshakeShare >= 0 && handshakeShare <= 1)) {
            throw new IllegalArgumentException(
                    "handshakeShare is " + handshakeShare + ": it must be from 0 to 1");
        }
        if (agentVersion.length() > 256) {
            throw new IllegalArgumentException(
                    "agentVersion has %d characters: at most 256 are allowed"
                            .formatted(agentVersion.length()));
        }
    }

    public static Builder builder(PrivateKey privateKey) {
        return new Builder(privateKey);
    }

    /// Defaults for all but the key, the loops and the handshake executor.
    public static final class Builder {
        private final PrivateKey privateKey;
        private List<Multiaddr> listen = List.of();
        private @Nullable InetAddress dialFrom;
        private @Nullable EventLoopGroup eventLoops;
        private @Nullable Executor handshakes;
        private double handshakeShare = HANDSHAKE_SHARE;
        private String agentVersion = "pollen";
        private HostLimits limits = HostLimits.DEFAULT;
        private HostTimeouts timeouts = HostTimeouts.DEFAULT;
        private ConnectionGate gate = ConnectionGate.OPEN;
        private boolean earlyMuxer = true;
        private @Nullable WebSocketTls webSocketTls;
        private Reachability reachability = Reachability.NONE;
        private List<Security> security = List.of(Security.NOISE, Security.TLS);

        private Builder(PrivateKey privateKey) {
            this.privateKey = privateKey;
        }

        public Builder listen(Multiaddr... addresses) {
            listen = List.of(addresses);
            return this;
        }

        public Builder listen(List<Multiaddr> addresses) {
            listen = addresses;
            return this;
        }

        public Builder dialFrom(@Nullable InetAddress address) {
            dialFrom = address;
            return this;
        }

        public Builder eventLoops(EventLoopGroup group) {
            eventLoops = group;
            return this;
        }

        public Builder handshakes(Executor executor) {
            handshakes = executor;
            return this;
        }

        public Builder handshakeShare(double value) {
            handshakeShare = value;
            return this;
        }

        public Builder agentVersion(String version) {
            agentVersion = version;
            return this;
        }

        public Builder limits(HostLimits value) {
            limits = value;
            return this;
        }

        public Builder timeouts(HostTimeouts value) {
            timeouts = value;
            return this;
        }

        public Builder gate(ConnectionGate value) {
            gate = value;
            return this;
        }

        public Builder earlyMuxer(boolean offered) {
            earlyMuxer = offered;
            return this;
        }

        public Builder webSocketTls(@Nullable WebSocketTls value) {
            webSocketTls = value;
            return this;
        }

        public Builder reachability(Reachability value) {
            reachability = value;
            return this;
        }

        public Builder security(Security... bestFirst) {
            security = List.of(bestFirst);
            return this;
        }

        public HostConfig build() {
            return new HostConfig(
                    privateKey,
                    listen,
                    dialFrom,
                    Objects.requireNonNull(eventLoops, "eventLoops is missing"),
                    Objects.requireNonNull(handshakes, "handshakes is missing"),
                    handshakeShare,
                    agentVersion,
                    limits,
                    timeouts,
                    gate,
                    earlyMuxer,
                    security,
                    webSocketTls,
                    reachability);
        }
    }
}
