package org.pollen.signalling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.MultiaddrProtocol;

/// Which addresses may be punched: those of hosts on the Internet that are neither this node nor
/// the relay, over a transport that can be punched.
///
/// Source: A8.2.
final class AddressFilter {
    static final int KEPT_MAX = 8;

    private AddressFilter() {}

    /// Those that pass, first those where the peer was met.
    ///
    /// @param relayIp of who passed the request on; null if nobody did
    static List<PunchAddress> filter(
            List<Multiaddr> met,
            List<Multiaddr> certified,
            List<Multiaddr> own,
            byte @Nullable [] relayIp,
            SignalConfig config) {
        var kept = new ArrayList<PunchAddress>();
        for (Multiaddr address : met) add(kept, address, true, own, relayIp, config);
        if (!config.unverified()) return kept;
        for (Multiaddr address : certified) add(kept, address, false, own, relayIp, config);
        return kept;
    }

    private static void add(
            List<PunchAddress> kept,
            Multiaddr address,
            boolean verified,
            List<Multiaddr> own,
            byte @Nullable [] relayIp,
            SignalConfig config) {
        PunchAddress read = kept.size() < KEPT_MAX ? read(address, verified) : null;
        if (read == null || !mayBePunched(read.ip(), config.allowPrivate())) return;
        if (relayIp != null && Arrays.equals(IpKey.normalised(relayIp), read.ip())) return;
        for (Multiaddr mine : own) {
            PunchAddress listening = read(mine, true);
            if (listening != null && listening.sameEndpoint(read)) return;
        }
        for (PunchAddress other : kept) if (other.sameEndpoint(read)) return;
        kept.add(read);
    }

    /// Null for names, circuits, port 0, and transports that cannot be punched.
    private static @Nullable PunchAddress read(Multiaddr address, boolean verified) {
        List<Multiaddr.Component> parts = address.withoutPeerId().components();
        if (parts.size() < 2 || address.ip().isEmpty()) return null;
        byte[] ip = IpKey.normalised(address.ip().get());
        OptionalInt tcp = address.tcpPort();
        if (tcp.isPresent() && parts.size() == 2) {
            int port = tcp.getAsInt();
            return port == 0 ? null : new PunchAddress(false, ip, port, verified, address);
        }
        boolean quic =
                parts.size() == 3
                        && parts.get(1).protocol() == MultiaddrProtocol.UDP
                        && parts.get(2).protocol() == MultiaddrProtocol.QUIC_V1;
        if (!quic) return null;
        byte[] udp = parts.get(1).value();
        int port = ((udp[0] & 0xff) << 8) | (udp[1] & 0xff);
        return port == 0 ? null : new PunchAddress(true, ip, port, verified, address);
    }

    static boolean mayBePunched(byte[] ip, boolean allowPrivate) {
        if (allowPrivate) return ip.length == 4 ? isLocal4(ip) : isLocal6(ip);
        return ip.length == 4 ? isPublic4(ip) : isPublic6(ip);
    }

    private static boolean isLocal4(byte[] ip) {
        int first = ip[0] & 0xff;
        int second = ip[1] & 0xff;
        return first == 127
                || first == 10
                || (first == 172 && (second & 0xf0) == 16)
                || (first == 192 && second == 168);
    }

    private static boolean isLocal6(byte[] ip) {
        if ((ip[0] & 0xfe) == 0xfc) return true;
        for (int i = 0; i < 15; i++) if (ip[i] != 0) return false;
        return ip[15] == 1;
    }

    /// Not of a block with a special purpose.
    private static boolean isPublic4(byte[] ip) {
        int first = ip[0] & 0xff;
        int second = ip[1] & 0xff;
        int third = ip[2] & 0xff;
        boolean special =
                first == 0
                        || first == 127
                        || isLocal4(ip)
                        || (first == 100 && (second & 0xc0) == 64) // shared by carriers
                        || (first == 169 && second == 254)
                        || (first == 192 && second == 0 && (third == 0 || third == 2))
                        || (first == 192 && second == 88 && third == 99)
                        || (first == 198 && (second & 0xfe) == 18)
                        || (first == 198 && second == 51 && third == 100)
                        || (first == 203 && second == 0 && third == 113)
                        || first >= 224;
        return !special;
    }

    /// Global unicast, without documentation, tunnels and the block of the protocols themselves.
    private static boolean isPublic6(byte[] ip) {
        int first = ((ip[0] & 0xff) << 8) | (ip[1] & 0xff);
        int second = ((ip[2] & 0xff) << 8) | (ip[3] & 0xff);
        if ((first & 0xe000) != 0x2000) return false;
        if (first == 0x2001 && (second < 0x200 || second == 0xdb8)) return false;
        return first != 0x2002 && (first != 0x3fff || second >= 0x1000);
    }
}
