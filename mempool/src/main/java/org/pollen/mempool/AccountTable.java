package org.pollen.mempool;

import org.jspecify.annotations.Nullable;

/// The accounts that have a transaction here, by address; built like [TransactionIndex].
final class AccountTable {
    private final long key0;
    private final long key1;
    private @Nullable Account[] table = new @Nullable Account[64];
    private long[] mixes = new long[64];
    private int size;

    AccountTable(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    int size() {
        return size;
    }

    @Nullable Account get(Address address) {
        long mix = HashMix.mix(address, key0, key1);
        int mask = table.length - 1;
        for (int i = (int) mix & mask; ; i = (i + 1) & mask) {
            Account account = table[i];
            if (account == null) return null;
            if (mixes[i] == mix && account.address.equals(address)) return account;
        }
    }

    void add(Account account) {
        assert get(account.address) == null;
        if ((size + 1) * 2 > table.length) grow();
        place(account, HashMix.mix(account.address, key0, key1));
        size++;
    }

    void remove(Account account) {
        int mask = table.length - 1;
        int hole = (int) HashMix.mix(account.address, key0, key1) & mask;
        while (table[hole] != account) hole = (hole + 1) & mask;
        for (int i = (hole + 1) & mask; table[i] != null; i = (i + 1) & mask) {
            int home = (int) mixes[i] & mask;
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                table[hole] = table[i];
                mixes[hole] = mixes[i];
                hole = i;
            }
        }
        table[hole] = null;
        size--;
    }

    private void grow() {
        @Nullable Account[] old = table;
        long[] oldMixes = mixes;
        table = new @Nullable Account[old.length * 2];
        mixes = new long[table.length];
        for (int i = 0; i < old.length; i++) {
            Account account = old[i];
            if (account != null) place(account, oldMixes[i]);
        }
    }

    private void place(Account account, long mix) {
        int mask = table.length - 1;
        int i = (int) mix & mask;
        while (table[i] != null) i = (i + 1) & mask;
        table[i] = account;
        mixes[i] = mix;
    }
}
