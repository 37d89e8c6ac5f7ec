package org.pollen.mempool;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the next maintenance run has to do: requests are collected and merged until it starts.
/// Source: mempool.md 5.1.
///
/// The states are *idle* (nothing requested), *requested* and *running*; what is requested while
/// running makes the next run. Events alone request nothing.
final class PoolRun {
    private boolean reset;
    private @Nullable BlockHeader oldHead;
    private @Nullable BlockHeader newHead;
    private ArrayList<Account> dirty = new ArrayList<>();
    private ArrayList<PoolEntry> events = new ArrayList<>();
    private boolean promotion;
    private boolean running;

    /// The work of one run.
    ///
    /// @param reset whether the head may have changed
    /// @param oldHead first head that was left; null if there is none
    /// @param newHead last head that was reached; null for the chain's current one
    /// @param dirty accounts with new transactions
    /// @param events replacements of executable transactions, oldest first
    record Work(
            boolean reset,
            @Nullable BlockHeader oldHead,
            @Nullable BlockHeader newHead,
            List<Account> dirty,
            List<PoolEntry> events) {}

    boolean requested() {
        return reset || promotion;
    }

    boolean running() {
        return running;
    }

    /// Several resets become one from the first old head to the last new one.
    void requestReset(@Nullable BlockHeader from, @Nullable BlockHeader to) {
        if (!reset) oldHead = from;
        reset = true;
        newHead = to;
    }

    void requestPromotion(Account account) {
        promotion = true;
        if (account.dirty) return;
        account.dirty = true;
        dirty.add(account);
    }

    void requestRun() {
        promotion = true;
    }

    void event(PoolEntry entry) {
        events.add(entry);
    }

    Work begin() {
        if (running) throw new IllegalStateException("run called from within a run");
        running = true;
        var work = new Work(reset, oldHead, newHead, dirty, events);
        for (Account account : dirty) account.dirty = false;
        reset = false;
        promotion = false;
        oldHead = null;
        newHead = null;
        dirty = new ArrayList<>();
        events = new ArrayList<>();
        return work;
    }

    void end() {
        running = false;
    }
}
