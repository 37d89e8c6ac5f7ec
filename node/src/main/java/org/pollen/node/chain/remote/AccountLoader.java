package org.pollen.node.chain.remote;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccountState;
import org.pollen.mempool.Address;
import org.pollen.node.chain.ChainBlock;

/// Reads accounts that are not in memory when a transaction of theirs comes: what comes together is
/// read together, at most so many accounts a second.
///
/// The rate is what keeps strangers, who can make up senders for nothing, from wearing out the
/// client; the accounts of a new head are not part of it. Owned by the follower's thread.
final class AccountLoader {
    /// Accounts that may wait; those beyond are refused.
    static final int WAITING_MAX = 4096;

    private static final int REQUESTS_MAX = 4;
    private static final int TRIES_MAX = 3; // each at another head

    private final ChainFollower follower;
    private final BlockTree tree;
    private final AccountCache accounts;
    private final Executor loop;
    private final Consumer<ChainException> faults;
    private final double perNano;
    private final double burst;
    private final Map<Address, Wish> waiting = new LinkedHashMap<>();
    private int requests;
    private double tokens;
    private long filledAt;

    private static final class Wish {
        final List<CompletableFuture<Boolean>> waiters = new ArrayList<>();
        int tries;
    }

    /// @param perSecond accounts a second; twice as many at once after a pause
    AccountLoader(
            ChainFollower follower,
            BlockTree tree,
            AccountCache accounts,
            Executor loop,
            int perSecond,
            Consumer<ChainException> faults,
            long now) {
        this.follower = follower;
        this.tree = tree;
        this.accounts = accounts;
        this.loop = loop;
        this.faults = faults;
        this.perNano = perSecond / 1e9;
        this.burst = 2.0 * perSecond;
        this.tokens = burst;
        this.filledAt = now;
    }

    /// Reads accounts.
    ///
    /// @return completes on the follower's thread
    CompletableFuture<Boolean> load(Collection<Address> wanted, long now) {
        var parts = new ArrayList<CompletableFuture<Boolean>>();
        for (Address account : wanted) {
            if (accounts.verified(account, follower.heads(), now)) continue;
            Wish wish = waiting.get(account);
            if (wish == null) {
                if (!follower.up() || waiting.size() >= WAITING_MAX) {
                    parts.add(CompletableFuture.completedFuture(false));
                    continue;
                }
                wish = new Wish();
                waiting.put(account, wish);
            }
            var answer = new CompletableFuture<Boolean>();
            wish.waiters.add(answer);
            parts.add(answer);
        }
        flush(now);
        var all = CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]));
        return all.thenApply(_ -> parts.stream().allMatch(CompletableFuture::join));
    }

    /// Sends what waits, as far as the rate allows.
    void flush(long now) {
        tokens = Math.min(burst, tokens + (now - filledAt) * perNano);
        filledAt = now;
        ChainBlock head = tree.head();
        if (head == null) return;
        while (requests < REQUESTS_MAX && !waiting.isEmpty() && tokens >= 1) {
            var batch = new LinkedHashMap<Address, Wish>();
            var entries = waiting.entrySet().iterator();
            while (entries.hasNext() && batch.size() < AccountReads.BATCH && tokens >= 1) {
                var entry = entries.next();
                batch.put(entry.getKey(), entry.getValue());
                entries.remove();
                tokens -= 1;
            }
            read(batch, head, follower.heads(), now);
        }
    }

    /// Whether something waits for the rate or for an answer.
    boolean waits() {
        return !waiting.isEmpty();
    }

    private void read(Map<Address, Wish> batch, ChainBlock head, long at, long now) {
        requests++;
        var _ =
                follower.readAll(List.copyOf(batch.keySet()), head.hash())
                        .whenCompleteAsync(
                                (states, failure) -> answered(batch, at, now, states, failure),
                                loop);
    }

    private void answered(
            Map<Address, Wish> batch,
            long at,
            long now,
            @Nullable List<AccountState> states,
            @Nullable Throwable failure) {
        requests--;
        boolean current = at == follower.heads();
        int i = 0;
        for (var entry : batch.entrySet()) {
            Wish wish = entry.getValue();
            if (states != null && current) {
                follower.learned(entry.getKey(), states.get(i++), now);
                finish(wish, true);
            } else if (!current && ++wish.tries < TRIES_MAX) {
                again(entry.getKey(), wish); // the head moved on meanwhile, or took its state away
            } else {
                finish(wish, false);
            }
        }
        ChainException fault = failure == null ? null : ChainException.of(failure);
        if (fault != null && current) faults.accept(fault);
        flush(now);
    }

    private void again(Address account, Wish wish) {
        Wish other = waiting.get(account);
        if (other == null) waiting.put(account, wish);
        else other.waiters.addAll(wish.waiters);
    }

    private static void finish(Wish wish, boolean loaded) {
        for (CompletableFuture<Boolean> waiter : wish.waiters) waiter.complete(loaded);
    }

    /// Nobody will be answered any more.
    void close() {
        waiting.values().forEach(wish -> finish(wish, false));
        waiting.clear();
    }
}
