package org.pollen.simulator;

/// How many links an honest peer keeps: above `high` it gives up those that are worth least, until
/// `low` are left.
///
/// Source: simulator specification 2.4, "Limits"; the words are those of the node's connection
/// manager.
///
/// @param low links that are left after trimming
/// @param high links above which it trims
/// @param graceNanos how long a new link is left alone, and how long a pair that was trimmed does
///   not dial each other
record Watermarks(int low, int high, long graceNanos) {
    /// Checks them against each other.
    Watermarks {
        if (low < 0 || high < Math.max(1, low)) {
            throw new IllegalArgumentException(
                    "low is %d and high %d: they must be 0 <= low <= high and high at least 1"
                            .formatted(low, high));
        }
        if (graceNanos < 1) {
            throw new IllegalArgumentException(
                    "grace is %d ns: it must be positive".formatted(graceNanos));
        }
    }

    /// Links a peer never has more of: others are refused.
    int most() {
        return (int) Math.min(Integer.MAX_VALUE, high * 11L / 10);
    }
}
