package org.pollen.node.chain.remote;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccountState;
import org.pollen.mempool.Address;
import org.pollen.mempool.StateView;

/// The accounts that somebody asked for, as they were after each of the last heads.
///
/// Heads are counted: the state of an account is a list of versions, each good from one head on
/// until the next version. A head costs a version for each account that it changes, and a view of a
/// head is a number. An account that came into memory later than a view reads as it was then: the
/// pool visits it when it follows to that head if it changed in between.
///
/// Written by the follower's thread, read by all.
final class AccountCache {
    /// Heads whose views stay valid.
    static final int VIEWS_KEPT = 128;

    /// Accounts in memory beyond those that have to stay: their senders were refused, or have left.
    static final int IDLE_MAX = 16_384;

    private final Map<Address, Entry> entries = new ConcurrentHashMap<>();
    private final LongAdder misses = new LongAdder();

    private static final class Entry {
        volatile Version newest;

        /// Last head for which the newest version was known to be right.
        volatile long verified;

        /// When somebody asked for it last, nanoseconds.
        volatile long usedAt;

        Entry(Version first, long verified, long usedAt) {
            this.newest = first;
            this.verified = verified;
            this.usedAt = usedAt;
        }
    }

    private record Version(long head, AccountState state, @Nullable Version older) {}

    /// The accounts after a head. It must be one of the last [#VIEWS_KEPT].
    StateView view(long head) {
        return view(head, _ -> AccountState.EMPTY);
    }

    /// The same.
    ///
    /// @param missing tells of an account that is not in memory
    StateView view(long head, Function<Address, AccountState> missing) {
        return address -> {
            Entry entry = entries.get(address);
            if (entry == null) {
                misses.increment();
                return missing.apply(address);
            }
            Version version = entry.newest;
            while (version.head > head) {
                Version older = version.older;
                if (older == null) break;
                version = older;
            }
            return version.state;
        };
    }

    /// Whether an account is in memory as it is at a head; notes that somebody wants it.
    boolean verified(Address address, long head, long now) {
        Entry entry = entries.get(address);
        if (entry == null) return false;
        entry.usedAt = now;
        return entry.verified >= head;
    }

    boolean contains(Address address) {
        return entries.containsKey(address);
    }

    /// Last head for which an account was known to be right; -1 if it is not in memory.
    long verifiedAt(Address address) {
        Entry entry = entries.get(address);
        return entry == null ? -1 : entry.verified;
    }

    /// The newest state of an account; null if it is not in memory.
    @Nullable AccountState newest(Address address) {
        Entry entry = entries.get(address);
        return entry == null ? null : entry.newest.state;
    }

    /// Notes what an account is at a head, no older than the newest.
    ///
    /// @return whether it is in memory already and differs
    boolean put(Address address, AccountState state, long head, long now) {
        Entry entry = entries.get(address);
        if (entry == null) {
            entries.put(address, new Entry(new Version(head, state, null), head, now));
            return false;
        }
        boolean differs = !entry.newest.state.equals(state);
        if (differs) entry.newest = new Version(head, state, kept(entry.newest, head));
        entry.verified = head;
        return differs;
    }

    /// Without the versions that no view reads any more; there are as many as heads changed it.
    private static Version kept(Version newest, long head) {
        long oldestView = head - VIEWS_KEPT;
        var stack = new ArrayList<Version>();
        Version version = newest;
        while (true) {
            stack.add(version);
            Version older = version.older;
            if (older == null) return newest; // nothing to cut
            if (version.head <= oldestView) break;
            version = older;
        }
        Version chain = null;
        for (int i = stack.size() - 1; i >= 0; i--) {
            chain = new Version(stack.get(i).head, stack.get(i).state, chain);
        }
        return chain == null ? newest : chain;
    }

    /// Everything in memory but the given ones is right for a new head too, if it was for the last.
    ///
    /// @param but what may have changed, read or not
    void carryOver(long head, Set<Address> but) {
        for (var entry : entries.entrySet()) {
            Entry account = entry.getValue();
            if (account.verified == head - 1 && !but.contains(entry.getKey())) {
                account.verified = head;
            }
        }
    }

    /// The accounts of a collection that are in memory, those first whose state was not read for
    /// longest.
    List<Address> oldestFirst(Collection<Address> accounts) {
        var list = new ArrayList<Address>();
        for (Address account : accounts) if (contains(account)) list.add(account);
        list.sort(Comparator.comparingLong(this::verifiedAt));
        return list;
    }

    /// Forgets the longest unused accounts beyond [#IDLE_MAX].
    ///
    /// @param keep these stay
    /// @param usedSince what was asked for since stays too: its transaction may be on its way
    void forgetIdle(Set<Address> keep, long usedSince) {
        if (entries.size() <= IDLE_MAX + keep.size()) return;
        var idle = new ArrayList<Map.Entry<Address, Entry>>();
        for (var entry : entries.entrySet()) {
            if (keep.contains(entry.getKey())) continue;
            if (entry.getValue().usedAt - usedSince < 0) idle.add(entry);
        }
        int surplus = entries.size() - keep.size() - IDLE_MAX;
        // Their times change while they are sorted: sort a copy.
        record Idle(Address address, long usedAt) {}
        idle.stream()
                .map(entry -> new Idle(entry.getKey(), entry.getValue().usedAt))
                .sorted((a, b) -> Long.compare(a.usedAt - b.usedAt, 0))
                .limit(surplus)
                .forEach(one -> entries.remove(one.address));
    }

    /// Forgets all but the given ones.
    void retain(Set<Address> keep) {
        entries.keySet().retainAll(keep);
    }

    /// The accounts that were asked for since a time.
    List<Address> usedSince(long time) {
        var recent = new ArrayList<Address>();
        for (var entry : entries.entrySet()) {
            if (entry.getValue().usedAt - time >= 0) recent.add(entry.getKey());
        }
        return recent;
    }

    int size() {
        return entries.size();
    }

    /// Accounts that were asked of a view and were not in memory.
    long misses() {
        return misses.sum();
    }
}
