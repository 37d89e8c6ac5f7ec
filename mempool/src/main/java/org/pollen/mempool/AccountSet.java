package org.pollen.mempool;

import java.util.Arrays;

/// The accounts with executable transactions, in an array.
///
/// The order depends only on the calls made, never on addresses, so that nobody can choose it.
final class AccountSet {
    private Account[] accounts = new Account[16];
    private int size;

    int size() {
        return size;
    }

    Account at(int i) {
        assert i < size;
        return accounts[i];
    }

    void add(Account account) {
        if (account.pendingPosition >= 0) return;
        if (size == accounts.length) accounts = Arrays.copyOf(accounts, size * 2);
        accounts[size] = account;
        account.pendingPosition = size++;
    }

    // The array is only ever read below `size`.
    @SuppressWarnings("NullAway")
    void remove(Account account) {
        int at = account.pendingPosition;
        if (at < 0) return;
        Account last = accounts[--size];
        accounts[at] = last;
        last.pendingPosition = at;
        accounts[size] = null;
        account.pendingPosition = -1;
    }

    Account[] copy() {
        return Arrays.copyOf(accounts, size);
    }
}
