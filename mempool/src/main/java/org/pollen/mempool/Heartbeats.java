package org.pollen.mempool;

import org.jspecify.annotations.Nullable;

/// The accounts with queued transactions by last activity, oldest first.
///
/// Time only moves forward, so a list in order of the last beat is sorted; expiry looks at its
/// front only.
final class Heartbeats {
    private @Nullable Account oldest;
    private @Nullable Account newest;
    private int size;

    int size() {
        return size;
    }

    @Nullable Account oldest() {
        return oldest;
    }

    /// Starts the heart of an account that has none.
    void start(Account account, long now) {
        if (account.inHeartbeats) return;
        account.inHeartbeats = true;
        size++;
        append(account, now);
    }

    /// Refreshes a beating heart; an account without one stays without.
    void bump(Account account, long now) {
        if (!account.inHeartbeats) return;
        unlink(account);
        append(account, now);
    }

    void stop(Account account) {
        if (!account.inHeartbeats) return;
        account.inHeartbeats = false;
        size--;
        unlink(account);
    }

    /// All accounts, oldest first.
    Account[] copy() {
        var all = new Account[size];
        int i = 0;
        for (Account a = oldest; a != null; a = a.newerQueued) all[i++] = a;
        return all;
    }

    private void append(Account account, long now) {
        account.heartbeat = now;
        Account last = newest;
        account.olderQueued = last;
        account.newerQueued = null;
        if (last == null) oldest = account;
        else last.newerQueued = account;
        newest = account;
    }

    private void unlink(Account account) {
        Account older = account.olderQueued;
        Account newer = account.newerQueued;
        if (older == null) oldest = newer;
        else older.newerQueued = newer;
        if (newer == null) newest = older;
        else newer.olderQueued = older;
        account.olderQueued = null;
        account.newerQueued = null;
    }
}
