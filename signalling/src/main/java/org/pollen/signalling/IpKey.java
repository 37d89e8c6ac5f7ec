package org.pollen.signalling;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Addresses that count as one: an IPv4 address, or the /64 of an IPv6 address. An IPv4 address
/// written as IPv6 is IPv4.
///
/// @param bytes 4 or 8 (16 if exact); must not be changed
record IpKey(byte[] bytes) {
    /// What limits are kept by.
    static IpKey of(byte[] ip) {
        byte[] plain = normalised(ip);
        return new IpKey(plain.length == 4 ? plain : Arrays.copyOf(plain, 8));
    }

    /// The whole address.
    static IpKey exact(byte[] ip) {
        return new IpKey(normalised(ip));
    }

    static byte[] normalised(byte[] ip) {
        if (ip.length != 16 || ip[10] != -1 || ip[11] != -1) return ip;
        for (int i = 0; i < 10; i++) if (ip[i] != 0) return ip;
        return Arrays.copyOfRange(ip, 12, 16);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IpKey key && Arrays.equals(key.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
