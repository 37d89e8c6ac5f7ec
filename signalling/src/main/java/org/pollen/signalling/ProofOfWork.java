package org.pollen.signalling;

import java.security.MessageDigest;

/// The work itself: a counter whose hash begins with zero bits.
///
/// Source: A6.1.
public final class ProofOfWork {
    private static final byte[] DOMAIN = Hashes.ascii("p2p-signal-pow-v1");

    private ProofOfWork() {}

    /// Whether work was done. A simulation may count its bits otherwise.
    @FunctionalInterface
    public interface Check {
        /// What nodes use.
        Check SHA256 = (prefix, counter, bits) -> zeroBits(prefix, counter) >= bits;

        /// Whether the counter is worth so many bits.
        boolean holds(byte[] prefix, long counter, int bits);
    }

    /// What the counter is hashed with: all that makes a request this one.
    public static byte[] prefix(SignalRequest request, byte[] seed) {
        return Hashes.sha256(
                DOMAIN,
                request.source().unsafeBytes(),
                request.target().unsafeBytes(),
                request.relay() == null ? Fields.NONE : request.relay().unsafeBytes(),
                request.nonce(),
                Hashes.bigEndian(request.issuedMillis(), 8),
                seed);
    }

    /// The first counter from `from` on that is worth so many bits, of so many tried; -1 if none
    /// is. A caller that tries some at a time can stop.
    public static long solve(byte[] prefix, int bits, long from, long tries) {
        if (bits > Difficulty.SOLVED_MAX) return -1;
        MessageDigest digest = Hashes.newSha256();
        for (long counter = from; counter < from + tries; counter++) {
            if (zeroBits(digest, prefix, counter) >= bits) return counter;
        }
        return -1;
    }

    private static int zeroBits(byte[] prefix, long counter) {
        return zeroBits(Hashes.newSha256(), prefix, counter);
    }

    private static int zeroBits(MessageDigest digest, byte[] prefix, long counter) {
        digest.update(prefix);
        byte[] hash = digest.digest(Hashes.bigEndian(counter, 8));
        int bits = 0;
        for (byte b : hash) {
            if (b != 0) return bits + Integer.numberOfLeadingZeros(b & 0xff) - 24;
            bits += 8;
        }
        return bits;
    }
}
