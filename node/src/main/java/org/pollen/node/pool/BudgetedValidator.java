package org.pollen.node.pool;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.pollen.mempool.GossipBudget;
import org.pollen.mempool.GossipVerdict;
import org.pollen.node.gossip.TopicValidator;
import org.pollen.router.RpcMessage;
import org.pollen.router.Verdict;

/// Lets each peer cost only so much: what is beyond its budget is dropped like what finds the
/// validators full.
///
/// Budgets are kept by the router's numbers, of which there are as many as peers at once; a peer
/// that gets the number of one that left gets its budget too, which is full again after a few
/// seconds.
public final class BudgetedValidator implements TopicValidator {
    private static final int NOBODY = -1;

    private final TopicValidator validator;
    private final LongSupplier clock;
    private final GossipBudget budget = new GossipBudget(); // guarded by this

    /// @param clock monotonic nanoseconds
    public BudgetedValidator(TopicValidator validator, LongSupplier clock) {
        this.validator = validator;
        this.clock = clock;
    }

    @Override
    public boolean validate(RpcMessage message, Consumer<Verdict> answer) {
        return validate(message, NOBODY, answer);
    }

    @Override
    public boolean validate(RpcMessage message, int fromPeer, Consumer<Verdict> answer) {
        if (fromPeer == NOBODY) return validator.validate(message, answer);
        if (!admits(fromPeer)) return false;
        return validator.validate(
                message,
                verdict -> {
                    judged(fromPeer, verdict);
                    answer.accept(verdict);
                });
    }

    private synchronized boolean admits(int peer) {
        return budget.admits(peer, clock.getAsLong());
    }

    /// From whatever thread answers.
    private synchronized void judged(int peer, Verdict verdict) {
        GossipVerdict found =
                switch (verdict) {
                    case ACCEPT -> GossipVerdict.ACCEPT;
                    case REJECT -> GossipVerdict.REJECT;
                    case IGNORE -> GossipVerdict.IGNORE;
                };
        budget.judged(peer, found, clock.getAsLong());
    }
}
