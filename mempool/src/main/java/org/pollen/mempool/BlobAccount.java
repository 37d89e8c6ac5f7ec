package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The blob transactions of an account: a run of nonces from the state's on, without gaps.
final class BlobAccount {
    final Address address;
    final List<PooledBlob> blobs = new ArrayList<>();

    /// What they may cost together.
    BigInteger spent = BigInteger.ZERO;

    /// Place in the heap of [BlobEvictions]; -1 while it is in none.
    int place = -1;

    BlobAccount(Address address) {
        this.address = address;
    }

    int size() {
        return blobs.size();
    }

    boolean isEmpty() {
        return blobs.isEmpty();
    }

    PooledBlob first() {
        return blobs.getFirst();
    }

    PooledBlob last() {
        return blobs.getLast();
    }

    void add(PooledBlob blob) {
        blobs.add(blob);
        spent = spent.add(blob.cost);
        if (blobs.size() > 1) blob.follow(blobs.get(blobs.size() - 2));
        else blob.lead();
    }

    /// Puts a transaction in the place of another; the minima after it change.
    PooledBlob replace(int index, PooledBlob blob) {
        PooledBlob old = blobs.set(index, blob);
        spent = spent.subtract(old.cost).add(blob.cost);
        minimaFrom(index);
        return old;
    }

    PooledBlob removeLast() {
        return remove(blobs.size() - 1);
    }

    /// Removes one; whoever does so out of turn calls [#minimaFrom] at the end.
    PooledBlob remove(int index) {
        PooledBlob removed = blobs.remove(index);
        spent = spent.subtract(removed.cost);
        return removed;
    }

    void sort() {
        blobs.sort(Comparator.comparing(blob -> blob.nonce, Long::compareUnsigned));
    }

    void minimaFrom(int index) {
        for (int i = index; i < blobs.size(); i++) {
            if (i == 0) blobs.getFirst().lead();
            else blobs.get(i).follow(blobs.get(i - 1));
        }
    }
}
