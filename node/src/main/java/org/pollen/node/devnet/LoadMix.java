package org.pollen.node.devnet;

/// What a load generator sends: the share of each kind among all submissions, and how much gas.
///
/// What is left of the shares is plain transfers of type 2.
///
/// @param legacy transfers of type 0
/// @param accessList transfers of type 1
/// @param delegation transactions of type 4
/// @param calls of the gas burner, so that the base fee moves
/// @param gaps a transaction one nonce ahead of its account; the missing one follows a little later
/// @param replacements of a pending transaction by one that pays more
/// @param invalid ones that every pool has to refuse for good: zero unless asked for
/// @param gasPerSecond that all submissions together should ask for, around which they swing
public record LoadMix(
        double legacy,
        double accessList,
        double delegation,
        double calls,
        double gaps,
        double replacements,
        double invalid,
        long gasPerSecond) {

    /// Mostly transfers, and blocks of 30 million gas every two seconds half full on average.
    public static final LoadMix DEVNET =
            new LoadMix(0.15, 0.10, 0.02, 0.10, 0.01, 0.02, 0, 7_500_000);

    /// Checks the shares.
    public LoadMix {
        double[] shares = {legacy, accessList, delegation, calls, gaps, replacements, invalid};
        double sum = 0;
        for (double share : shares) {
            if (!(share >= 0)) {
                throw new IllegalArgumentException(
                        "a share is " + share + ": it must not be negative");
            }
            sum += share;
        }
        if (sum > 1) {
            throw new IllegalArgumentException("the shares sum to " + sum + ": at most 1");
        }
        if (gasPerSecond < 0) {
            throw new IllegalArgumentException(
                    "gasPerSecond is " + gasPerSecond + ": it must not be negative");
        }
    }

    /// Transfers of type 2 only.
    public static LoadMix transfers() {
        return new LoadMix(0, 0, 0, 0, 0, 0, 0, 0);
    }

    /// The same mix for blocks of another size or frequency: half full on average.
    public LoadMix forBlocks(long gasLimit, double blockSeconds) {
        long gas = blockSeconds > 0 ? (long) (gasLimit / 2.0 / blockSeconds) : 0;
        return new LoadMix(legacy, accessList, delegation, calls, gaps, replacements, invalid, gas);
    }

    /// The same mix with a share of transactions that have to be refused.
    public LoadMix withInvalid(double share) {
        return new LoadMix(
                legacy, accessList, delegation, calls, gaps, replacements, share, gasPerSecond);
    }
}
