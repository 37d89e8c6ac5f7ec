package org.pollen.node.pool;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.GossipBudget;
import org.pollen.mempool.GossipVerdict;
import org.pollen.node.gossip.TopicValidator;
import org.pollen.peer.PeerId;
import org.pollen.router.RpcMessage;
import org.pollen.router.Verdict;

/// Lets each peer cost only so much: what is beyond its budget is dropped like what finds the
/// validators full, and a peer of whose last thousand messages most were ignored is charged.
///
/// Budgets are kept by peer, those of the newest [#PEERS_MAX], also after they left: who comes back
/// finds what it left.
public final class BudgetedValidator implements TopicValidator {
    /// Peers that are remembered.
    static final int PEERS_MAX = 4096;

    /// The behaviour penalty of a peer whose messages are worthless: enough to be below zero, so
    /// that it leaves the meshes; twice in a row, and it is not listened to.
    public static final double PENALTY = 8;

    /// Judges a message; tells before an Ignore that is our own fault.
    @FunctionalInterface
    public interface Judge {
        /// Starts to judge.
        ///
        /// @return false if there is no room
        boolean judge(RpcMessage message, Consumer<Verdict> answer, Runnable excuse);
    }

    private final Judge judge;
    private final LongSupplier clock;
    private final Consumer<PeerId> onWorthless;
    private final GossipBudget budget = new GossipBudget(); // guarded by this, as are the others
    private final Map<PeerId, Integer> numbers = new LinkedHashMap<>(16, 0.75f, true);
    private int next;

    /// @param clock monotonic nanoseconds
    /// @param onWorthless hears of a peer once for each thousand messages that led to nothing
    public BudgetedValidator(Judge judge, LongSupplier clock, Consumer<PeerId> onWorthless) {
        this.judge = judge;
        this.clock = clock;
        this.onWorthless = onWorthless;
    }

    @Override
    public boolean validate(RpcMessage message, Consumer<Verdict> answer) {
        return validate(message, null, answer);
    }

    @Override
    public boolean validate(RpcMessage message, @Nullable PeerId from, Consumer<Verdict> answer) {
        if (from == null) return judge.judge(message, answer, () -> {});
        if (!admits(from)) return false;
        var excused = new AtomicBoolean();
        boolean taken =
                judge.judge(
                        message,
                        verdict -> {
                            if (excused.get()) excuse(from);
                            else judged(from, verdict);
                            answer.accept(verdict);
                        },
                        () -> excused.set(true));
        if (!taken) excuse(from);
        return taken;
    }

    private int number(PeerId peer) {
        Integer known = numbers.get(peer);
        if (known != null) return known;
        numbers.put(peer, next);
        if (numbers.size() > PEERS_MAX) {
            var oldest = numbers.values().iterator();
            budget.removed(oldest.next());
            oldest.remove();
        }
        return next++;
    }

    private synchronized boolean admits(PeerId peer) {
        return budget.admits(number(peer), clock.getAsLong());
    }

    private synchronized void excuse(PeerId peer) {
        budget.excused(number(peer));
    }

    /// From whatever thread answers.
    private void judged(PeerId peer, Verdict verdict) {
        GossipVerdict found =
                switch (verdict) {
                    case ACCEPT -> GossipVerdict.ACCEPT;
                    case REJECT -> GossipVerdict.REJECT;
                    case IGNORE -> GossipVerdict.IGNORE;
                };
        boolean worthless;
        synchronized (this) {
            long before = budget.found();
            budget.judged(number(peer), found, clock.getAsLong());
            worthless = budget.found() > before;
        }
        if (worthless) onWorthless.accept(peer);
    }

    /// Messages that were not worked on.
    public synchronized long refused() {
        return budget.refused();
    }

    /// How often a thousand messages of a peer led to nothing.
    public synchronized long worthless() {
        return budget.found();
    }
}
