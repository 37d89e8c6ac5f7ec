package org.pollen.mempool;

import java.math.BigInteger;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What is asked of a gossiped message before the pool sees it, cheapest question first.
///
/// Length, form, whether it is known, the static rules, the minimum tip, the chain; only then is a
/// signature paid for, and then the rules that need a sender. Thread-safe: for the workers.
///
/// Source: mempool specification 8.4, "Order inside the validator".
public final class GossipGate {
    private final StatelessChecks checks;
    private final ForkSchedule forks;
    private final Verdicts verdicts;

    /// A gate for the plain transactions of one chain.
    public GossipGate(BigInteger chainId, ForkSchedule forks) {
        this.forks = forks;
        checks = new StatelessChecks(chainId, StatelessChecks.PLAIN_TYPES);
        verdicts = new Verdicts(chainId, forks);
    }

    /// What the gate found.
    public sealed interface Answer {
        /// It may go to the pool; its sender and authorities are recovered.
        record Pass(Transaction transaction) implements Answer {}

        /// It may not.
        ///
        /// @param transaction null if it could not be decoded
        record Stop(
                PoolError error, @Nullable Transaction transaction, Verdicts.Judgement judgement)
                implements Answer {}
    }

    /// Judges a message.
    ///
    /// @param payload a canonical envelope; kept, so it must not change afterwards
    /// @param head of the chain, for rules and gas limit
    /// @param minTip least tip, wei
    /// @param known whether a hash is in the pool
    public Answer check(
            byte[] payload, BlockHeader head, BigInteger minTip, Predicate<Hash32> known) {
        if (payload.length > StatelessChecks.PLAIN_BYTES_MAX) {
            return stop(PoolError.ErrOversizedData, null, head);
        }
        Transaction tx;
        try {
            tx = TransactionDecoder.decode(payload);
        } catch (TransactionRefusedException e) {
            return stop(e.error(), null, head);
        }
        if (known.test(tx.hash())) return stop(PoolError.ErrAlreadyKnown, tx, head);
        ForkRules rules = forks.rules(head.number(), head.timestamp());
        PoolError error = checks.beforeRecovery(tx, rules, head.gasLimit(), minTip);
        if (error == null) error = checks.check(tx, rules, head.gasLimit(), minTip);
        if (error != null) return stop(error, tx, head);
        Objects.requireNonNull(tx.authorities()); // recovered here, not on the pool's thread
        return new Answer.Pass(tx);
    }

    /// The verdicts that the gate gives, for those who ask the pool next.
    public Verdicts verdicts() {
        return verdicts;
    }

    private Answer.Stop stop(PoolError error, @Nullable Transaction tx, BlockHeader head) {
        return new Answer.Stop(error, tx, verdicts.refused(error, tx, head));
    }
}
