package org.pollen.peer;

/// Which IP addresses are of this machine or of a local network.
///
/// Source: the special-purpose address registries of IANA.
final class IpRange {
    private IpRange() {}

    static boolean isLoopback(byte[] ip) {
        if (ip.length == 4) return ip[0] == 127;
        if (isMapped(ip)) return ip[12] == 127;
        for (int i = 0; i < 15; i++) if (ip[i] != 0) return false;
        return ip[15] == 1;
    }

    static boolean isPrivate(byte[] ip) {
        if (ip.length == 4) return isPrivate4(ip, 0);
        if (isMapped(ip)) return isPrivate4(ip, 12);
        int first = ip[0] & 0xff;
        int second = ip[1] & 0xff;
        if ((first & 0xfe) == 0xfc) return true; // unique local
        if (first == 0xfe && (second & 0xc0) == 0x80) return true; // link local
        if (first == 0xff) return true; // multicast
        if (first == 0x20 && second == 0x01 && ip[2] == 0x0d && (ip[3] & 0xff) == 0xb8) {
            return true; // documentation
        }
        for (byte b : ip) if (b != 0) return false;
        return true; // unspecified
    }

    private static boolean isPrivate4(byte[] ip, int at) {
        int first = ip[at] & 0xff;
        int second = ip[at + 1] & 0xff;
        int third = ip[at + 2] & 0xff;
        return first == 0
                || first == 10
                || (first == 100 && (second & 0xc0) == 64)
                || (first == 169 && second == 254)
                || (first == 172 && (second & 0xf0) == 16)
                || (first == 192 && second == 168)
                || (first == 192 && second == 0 && (third == 0 || third == 2))
                || (first == 198 && (second & 0xfe) == 18)
                || (first == 198 && second == 51 && third == 100)
                || (first == 203 && second == 0 && third == 113)
                || first >= 224;
    }

    static boolean isMapped(byte[] ip) {
        for (int i = 0; i < 10; i++) if (ip[i] != 0) return false;
        return ip[10] == -1 && ip[11] == -1;
    }
}
