package org.pollen.scoring;

/// A range of addresses in CIDR notation: `10.0.0.0/8`, `2001:db8::/32`.
///
/// An IPv4 address and its IPv4-mapped IPv6 form are the same; an IPv6 range contains no IPv4
/// addresses.
///
/// @param network any address of the range; its host bits are cleared
/// @param prefixBits how many leading bits count, out of 32 or 128
public record IpBlock(IpAddress network, int prefixBits) {

    /// Clears the host bits.
    ///
    /// @throws IllegalArgumentException if the prefix does not fit the family
    public IpBlock {
        int most = network.isV4() ? 32 : 128;
        if (prefixBits < 0 || prefixBits > most)
            throw new IllegalArgumentException(
                    "prefixBits is " + prefixBits + ": it must be 0 to " + most);
        network = network.prefix(prefixBits);
    }

    /// Reads `address/bits`; an address alone is a range of one.
    ///
    /// @throws IllegalArgumentException if the text is neither
    public static IpBlock parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            var address = IpAddress.parse(text);
            return new IpBlock(address, address.isV4() ? 32 : 128);
        }
        try {
            var address = IpAddress.parse(text.substring(0, slash));
            int bits = Integer.parseInt(text.substring(slash + 1));
            boolean mapped = address.isV4() && text.indexOf(':') >= 0;
            return new IpBlock(address, mapped ? bits - 96 : bits);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "ip block is " + text + ": it must be an address, a slash and a prefix length",
                    e);
        }
    }

    /// Whether the address is in the range.
    public boolean contains(IpAddress address) {
        return address.isV4() == network.isV4() && address.prefix(prefixBits).equals(network);
    }

    @Override
    public String toString() {
        return network + "/" + prefixBits;
    }
}
