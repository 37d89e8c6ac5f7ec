package org.pollen.signalling;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;

/// Where packets go.
///
/// @param quic over UDP; else TCP
/// @param ip 4 or 16 bytes; must not be changed
/// @param port not 0
/// @param verified whether this node met the peer there; else the peer only says so
/// @param multiaddr as it was known
public record PunchAddress(
        boolean quic, byte[] ip, int port, boolean verified, Multiaddr multiaddr) {
    /// Whether packets for both go to the same socket.
    boolean sameEndpoint(PunchAddress other) {
        return quic == other.quic && port == other.port && Arrays.equals(ip, other.ip);
    }

    IpKey key() {
        return IpKey.of(ip);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PunchAddress address
                && sameEndpoint(address)
                && verified == address.verified;
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ip) + port;
    }
}
