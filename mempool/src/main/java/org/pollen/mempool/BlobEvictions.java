package org.pollen.mempool;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Accounts with blob transactions, the one that loses its last nonce first on top.
///
/// By how long it would have to wait at the fees of now, then by its tip, both the least over its
/// nonces; equal ones by address. A binary heap whose members know their places. Source: mempool
/// specification 14.3.
final class BlobEvictions {
    /// Fees that moved by less are the same: sorting again would change next to nothing.
    private static final double SAME = 0.01;

    private final List<BlobAccount> heap = new ArrayList<>();
    private double feeNow;
    private double blobNow;

    /// Fees of the next block, in jumps.
    ///
    /// @return whether they moved, so that everything was sorted anew
    boolean fees(double fee, double blob) {
        if (Math.abs(fee - feeNow) < SAME && Math.abs(blob - blobNow) < SAME) return false;
        feeNow = fee;
        blobNow = blob;
        for (int i = heap.size() / 2 - 1; i >= 0; i--) down(i);
        return true;
    }

    void addAll(Collection<BlobAccount> accounts) {
        for (BlobAccount account : accounts) add(account);
    }

    void add(BlobAccount account) {
        account.place = heap.size();
        heap.add(account);
        up(account.place);
    }

    void remove(BlobAccount account) {
        int place = account.place;
        BlobAccount last = heap.removeLast();
        account.place = -1;
        if (last == account) return;
        set(place, last);
        fix(last);
    }

    /// Finds the place of an account whose last nonce changed.
    void fix(BlobAccount account) {
        up(account.place);
        down(account.place);
    }

    boolean isEmpty() {
        return heap.isEmpty();
    }

    /// The account that loses its last nonce next.
    BlobAccount worst() {
        return heap.getFirst();
    }

    /// How long a transaction has to wait with all before it: 0 if not at all.
    int priority(PooledBlob blob) {
        return FeeJumps.priority(feeNow, blob.leastFeeJumps, blobNow, blob.leastBlobJumps);
    }

    /// How long a transaction would have to wait by itself.
    int ownPriority(PooledBlob blob) {
        return FeeJumps.priority(feeNow, blob.feeJumps, blobNow, blob.blobJumps);
    }

    private boolean before(BlobAccount a, BlobAccount b) {
        int first = priority(a.last());
        int second = priority(b.last());
        if (first != second) return first < second;
        int tips = a.last().leastTip.compareTo(b.last().leastTip);
        return tips != 0 ? tips < 0 : a.address.compareTo(b.address) < 0;
    }

    private void up(int from) {
        int at = from;
        BlobAccount account = heap.get(at);
        while (at > 0) {
            int parent = (at - 1) / 2;
            if (!before(account, heap.get(parent))) break;
            set(at, heap.get(parent));
            at = parent;
        }
        set(at, account);
    }

    private void down(int from) {
        int at = from;
        BlobAccount account = heap.get(at);
        for (int child = 2 * at + 1; child < heap.size(); child = 2 * at + 1) {
            if (child + 1 < heap.size() && before(heap.get(child + 1), heap.get(child))) child++;
            if (!before(heap.get(child), account)) break;
            set(at, heap.get(child));
            at = child;
        }
        set(at, account);
    }

    private void set(int place, BlobAccount account) {
        heap.set(place, account);
        account.place = place;
    }
}
