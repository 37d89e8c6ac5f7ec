package org.pollen.mempool;

import java.util.ArrayList;
import java.util.List;

/// Limits of the blob pool. Source: mempool specification 2.2.
///
/// @param dataCap bytes of the store; beyond them the worst are evicted
/// @param priceBump percent by which a replacement must pay more, in each of its three fees
public record BlobPoolConfig(long dataCap, int priceBump) {
    /// The values of the reference.
    public static final BlobPoolConfig DEFAULTS = new BlobPoolConfig(2_684_354_560L, 100);

    /// Most transactions of an account.
    public static final int ACCOUNT_MAX = 16;

    /// A configuration without nonsense, and what was replaced.
    ///
    /// @param warnings one line a repaired field
    public record Sanitized(BlobPoolConfig config, List<String> warnings) {
        /// Copies the list.
        public Sanitized {
            warnings = List.copyOf(warnings);
        }
    }

    /// Replaces each bad field by its default; never fails.
    public Sanitized sanitize() {
        var warnings = new ArrayList<String>();
        long cap = dataCap;
        if (cap < 1) {
            cap = DEFAULTS.dataCap;
            warnings.add(warning("datacap", dataCap, cap));
        }
        int bump = priceBump;
        if (bump < 100) {
            bump = DEFAULTS.priceBump;
            warnings.add(warning("pricebump", priceBump, bump));
        }
        return new Sanitized(new BlobPoolConfig(cap, bump), warnings);
    }

    private static String warning(String name, long value, long replacement) {
        return "blobpool.%s is %d, which is not allowed: using %d"
                .formatted(name, value, replacement);
    }
}
