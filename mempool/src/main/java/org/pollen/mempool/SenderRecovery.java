package org.pollen.mempool;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// Finds the account that signed. Thread-safe.
///
/// Source: SEC 1 section 4.1.6; EIP-2 (low s).
public interface SenderRecovery {
    /// Order of secp256k1.
    BigInteger ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);

    /// Half of it: a larger s is refused.
    BigInteger HALF_ORDER = ORDER.shiftRight(1);

    /// The account whose key signed the hash.
    ///
    /// @param hash 32 bytes
    /// @param parity 0 or 1
    /// @return null if r or s is out of range, s is high, or no key fits
    default @Nullable Address recover(byte[] hash, BigInteger r, BigInteger s, int parity) {
        if (r.signum() <= 0 || r.compareTo(ORDER) >= 0) return null;
        if (s.signum() <= 0 || s.compareTo(HALF_ORDER) > 0) return null;
        byte[] signature = new byte[64];
        put(r, signature, 0);
        put(s, signature, 32);
        byte[] key = recoverKey(hash, signature, parity);
        return key == null ? null : new Address(Keccak256.hash(key, 1, 64), 12);
    }

    /// The uncompressed public key, 65 bytes.
    ///
    /// @param signature r and s, 32 bytes each, in range
    /// @return null if no key fits
    byte @Nullable [] recoverKey(byte[] hash, byte[] signature, int parity);

    /// Name of the implementation, for the log.
    String name();

    /// The fastest implementation that works here: the native one after a self test, else the one
    /// in Java.
    static SenderRecovery best() {
        return Recoveries.BEST;
    }

    /// The implementation in Java, three to four times slower, which works everywhere.
    static SenderRecovery java() {
        return Recoveries.JAVA;
    }

    private static void put(BigInteger value, byte[] out, int at) {
        byte[] bytes = value.toByteArray();
        int skip = Math.max(0, bytes.length - 32);
        int length = bytes.length - skip;
        System.arraycopy(bytes, skip, out, at + 32 - length, length);
    }
}
