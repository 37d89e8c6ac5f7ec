package org.pollen.mempool;

/// The rules in force at one head.
///
/// @param fork the newest fork that is active
public record ForkRules(Fork fork) {
    /// Access lists.
    public boolean berlin() {
        return fork.isAtLeast(Fork.BERLIN);
    }

    /// Base fee.
    public boolean london() {
        return fork.isAtLeast(Fork.LONDON);
    }

    /// Limit of init code.
    public boolean shanghai() {
        return fork.isAtLeast(Fork.SHANGHAI);
    }

    /// Blobs.
    public boolean cancun() {
        return fork.isAtLeast(Fork.CANCUN);
    }

    /// Set-code transactions and the floor of data gas.
    public boolean prague() {
        return fork.isAtLeast(Fork.PRAGUE);
    }

    /// Gas limit of a transaction.
    public boolean osaka() {
        return fork.isAtLeast(Fork.OSAKA);
    }

    /// Repriced base and data gas.
    public boolean amsterdam() {
        return fork.isAtLeast(Fork.AMSTERDAM);
    }
}
