package org.pollen.mempool;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Notes what changed in the blob pool since the last snapshot, and makes the next one of it and
/// the last: a change costs what it touches, not the size of the pool.
final class BlobSnapshots {
    private final Set<Address> addresses = new LinkedHashSet<>();
    private final List<PooledBlob> blobs = new ArrayList<>();
    private CowTable<BlobAccountSnapshot> byAddress = CowTable.empty();
    private CowTable<PooledBlob> byHash = CowTable.empty();

    /// A transaction came or went.
    void changed(PooledBlob blob) {
        addresses.add(blob.sender);
        blobs.add(blob);
    }

    /// The content now.
    @SuppressWarnings("ReferenceEquality") // one that left and came back is another one
    void update(BlobContent content) {
        if (blobs.isEmpty()) return;
        var hashes = byHash.edit(content.size());
        for (PooledBlob blob : blobs) {
            boolean pooled = content.get(blob.hash) == blob;
            if (pooled == blob.shown) continue;
            blob.shown = pooled;
            long mix = HashMix.mix(blob.hash, 0, 0);
            if (pooled) hashes.put(mix, blob);
            else hashes.remove(mix, blob);
        }
        byHash = hashes.done();
        var accounts = byAddress.edit(content.accounts.size());
        for (Address address : addresses) {
            long mix = HashMix.mix(address, 0, 0);
            accounts.removeIf(mix, shown -> shown.address().equals(address));
            BlobAccount account = content.accounts.get(address);
            if (account == null || account.isEmpty()) continue;
            accounts.put(
                    mix, new BlobAccountSnapshot(address, account.blobs, account.last().nonce + 1));
        }
        byAddress = accounts.done();
        addresses.clear();
        blobs.clear();
    }

    CowTable<BlobAccountSnapshot> accounts() {
        return byAddress;
    }

    CowTable<PooledBlob> blobs() {
        return byHash;
    }
}
