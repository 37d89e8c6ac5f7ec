package org.pollen.libp2p;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.MultiaddrProtocol;

/// What an address means to a transport: where the socket goes and what is spoken on it.
///
/// @param host the first component: an IP address or a name
/// @param port UDP for QUIC, else TCP
/// @param serverName of a secure WebSocket, null if it is the host
record Endpoint(
        Transport transport, Multiaddr.Component host, int port, @Nullable String serverName) {

    /// The transports of this host.
    enum Transport {
        TCP("tcp", ""),
        WS("ws", "/ws"),
        WSS("wss", "/tls/ws"),
        QUIC("quic-v1", "/quic-v1"),
        /// A stream through a relay in place of a socket.
        CIRCUIT("p2p-circuit", "/p2p-circuit");

        private final String label;
        private final String suffix;

        Transport(String label, String suffix) {
            this.label = label;
            this.suffix = suffix;
        }

        String label() {
            return label;
        }

        /// The address of a socket of this transport, given as one of TCP.
        Multiaddr address(Multiaddr tcp) {
            return switch (this) {
                case TCP, CIRCUIT -> tcp;
                case WS, WSS -> Multiaddr.parse(tcp + suffix);
                case QUIC -> Multiaddr.parse(tcp.toString().replace("/tcp/", "/udp/") + suffix);
            };
        }
    }

    /// Reads an address without peer id; null if no transport of ours has it.
    static @Nullable Endpoint of(Multiaddr address) {
        List<Multiaddr.Component> parts = address.dialForm().components();
        if (parts.size() < 2) {
            return null;
        }
        boolean udp = parts.get(1).protocol() == MultiaddrProtocol.UDP;
        if (!udp && parts.get(1).protocol() != MultiaddrProtocol.TCP) {
            return null;
        }
        boolean reachable =
                switch (parts.getFirst().protocol()) {
                    case IP4, IP6, DNS, DNS4, DNS6 -> true;
                    default -> false;
                };
        if (!reachable) {
            return null;
        }
        byte[] bytes = parts.get(1).value();
        int port = ((bytes[0] & 0xff) << 8) | (bytes[1] & 0xff);
        Multiaddr.Component host = parts.getFirst();
        List<MultiaddrProtocol> rest =
                parts.subList(2, parts.size()).stream().map(Multiaddr.Component::protocol).toList();
        if (udp) {
            return rest.equals(List.of(MultiaddrProtocol.QUIC_V1))
                    ? new Endpoint(Transport.QUIC, host, port, null)
                    : null;
        }
        if (rest.isEmpty()) {
            return new Endpoint(Transport.TCP, host, port, null);
        }
        if (rest.equals(List.of(MultiaddrProtocol.WS))) {
            return new Endpoint(Transport.WS, host, port, null);
        }
        if (rest.equals(List.of(MultiaddrProtocol.TLS, MultiaddrProtocol.WS))) {
            return new Endpoint(Transport.WSS, host, port, null);
        }
        if (rest.equals(
                List.of(MultiaddrProtocol.TLS, MultiaddrProtocol.SNI, MultiaddrProtocol.WS))) {
            return new Endpoint(Transport.WSS, host, port, text(parts.get(3)));
        }
        return null;
    }

    /// What leads through a relay.
    static Endpoint circuit(Multiaddr address) {
        return new Endpoint(Transport.CIRCUIT, address.components().getFirst(), 0, null);
    }

    /// The name or address as text.
    String hostText() {
        String text = host.toString();
        return text.substring(text.lastIndexOf('/') + 1);
    }

    private static String text(Multiaddr.Component part) {
        return new String(part.value(), StandardCharsets.UTF_8);
    }
}
