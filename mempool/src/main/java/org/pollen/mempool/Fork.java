package org.pollen.mempool;

/// The rule sets of the chain that the pool cares about, oldest first.
public enum Fork {
    FRONTIER,
    HOMESTEAD,
    ISTANBUL,
    BERLIN,
    LONDON,
    SHANGHAI,
    CANCUN,
    PRAGUE,
    OSAKA,
    AMSTERDAM;

    /// Whether this fork's rules include the other's.
    public boolean isAtLeast(Fork other) {
        return compareTo(other) >= 0;
    }
}
