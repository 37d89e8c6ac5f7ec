package org.pollen.mempool;

import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One transaction of a replay, and what is expected of it.
///
/// @param number of the line in its file, from 1
/// @param id name of the line
/// @param raw the transaction's bytes, canonical or a blob's network form; not changed any more
/// @param environment what the pool lives in; in a group, that of its first line holds
/// @param group lines of one name share a pool; null for a pool of its own
/// @param step place in its group
/// @param batch lines of a group with the same number that follow each other are added at once;
///   null for an add of its own
/// @param expected answers that are right, `OK` or names of [PoolError]; empty if any is
/// @param place where it must be after the add; null if anywhere will do
/// @param after what the pool must hold after the add; null if anything will do
/// @param then what to do after the add; null for nothing
public record ReplayLine(
        int number,
        String id,
        byte[] raw,
        Environment environment,
        @Nullable String group,
        int step,
        @Nullable Integer batch,
        List<String> expected,
        @Nullable TransactionStatus place,
        @Nullable After after,
        @Nullable Then then) {

    /// Copies the list.
    public ReplayLine {
        expected = List.copyOf(expected);
    }

    /// A line that only asks for an answer, in the default environment.
    public static ReplayLine of(int number, String id, byte[] raw) {
        return new ReplayLine(
                number, id, raw, Environment.DEFAULT, null, 0, null, List.of(), null, null, null);
    }

    /// What a pool lives in.
    ///
    /// @param gasLimit of the head's block, unsigned
    /// @param minTip least tip, wei
    /// @param nonce of every account, unsigned
    /// @param balance of every account, wei
    /// @param delegated accounts that have delegation code
    public record Environment(
            Fork fork,
            long gasLimit,
            BigInteger minTip,
            long nonce,
            BigInteger balance,
            int globalSlots,
            int globalQueue,
            Set<Address> delegated) {
        /// Prague, 30 million gas, a minimum tip of 1 wei and rich accounts that never sent.
        public static final Environment DEFAULT =
                new Environment(
                        Fork.PRAGUE,
                        30_000_000,
                        BigInteger.ONE,
                        0,
                        BigInteger.ONE.shiftLeft(255),
                        PoolConfig.DEFAULTS.globalSlots(),
                        PoolConfig.DEFAULTS.globalQueue(),
                        Set.of());

        /// Copies the set.
        public Environment {
            delegated = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(delegated));
        }
    }

    /// What a pool must hold; each count is null if it does not matter.
    ///
    /// @param events transactions announced by this add
    /// @param eventsSinceStep4 transactions announced since step 4 of the group
    public record After(
            @Nullable Integer pending,
            @Nullable Integer queued,
            @Nullable Integer events,
            @Nullable Integer eventsSinceStep4) {}

    /// What to do after an add.
    ///
    /// @param gasTip minimum tip to set, wei
    public record Then(BigInteger gasTip, @Nullable After after) {}
}
