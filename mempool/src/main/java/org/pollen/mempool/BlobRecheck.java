package org.pollen.mempool;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Brings an account's blob transactions into agreement with a state: at the start, because the
/// store may hold anything, and after a block. Source: mempool specification 14.4, in its order.
final class BlobRecheck {
    private final BlobContent content;
    private final BlobLimbo limbo;

    BlobRecheck(BlobContent content, BlobLimbo limbo) {
        this.content = content;
        this.limbo = limbo;
    }

    /// Rechecks an account that has transactions.
    ///
    /// @param inclusions block by hash, of what new blocks hold: that goes to the limbo
    void recheck(BlobAccount account, AccountState state, Map<Hash32, Long> inclusions) {
        // Out of the heap meanwhile: its order must not see an account between two states.
        if (account.place >= 0) content.evictions.remove(account);
        account.sort();
        long next = state.nonce();
        if (Long.compareUnsigned(account.first().nonce, next) > 0) {
            dropAll(account, BlobDrop.DANGLING, inclusions);
        } else if (Long.compareUnsigned(account.last().nonce, next) < 0) {
            dropAll(account, BlobDrop.FILLED, inclusions);
        } else {
            while (Long.compareUnsigned(account.first().nonce, next) < 0) {
                drop(account, 0, BlobDrop.OVERLAPPED, inclusions);
            }
            if (account.first().nonce == next) {
                closeRanks(account);
                account.minimaFrom(0);
                shorten(account, state.balance());
            } else {
                dropAll(
                        account,
                        BlobDrop.GAPPED,
                        inclusions); // the gap was below the state's nonce
            }
        }
        content.settle(account);
    }

    private void dropAll(BlobAccount account, BlobDrop reason, Map<Hash32, Long> inclusions) {
        while (!account.isEmpty()) drop(account, 0, reason, inclusions);
    }

    /// Drops what repeats a nonce, and all behind a gap.
    private void closeRanks(BlobAccount account) {
        List<PooledBlob> blobs = account.blobs;
        for (int i = 1; i < blobs.size(); ) {
            long before = blobs.get(i - 1).nonce;
            if (blobs.get(i).nonce == before) {
                drop(account, i, BlobDrop.REPEATED, Map.of());
            } else if (blobs.get(i).nonce == before + 1) {
                i++;
            } else {
                while (blobs.size() > i) drop(account, i, BlobDrop.GAPPED, Map.of());
            }
        }
    }

    /// Drops the highest nonces until the account can pay for the rest, and has not too many.
    private void shorten(BlobAccount account, BigInteger balance) {
        while (account.spent.compareTo(balance) > 0) {
            drop(account, account.size() - 1, BlobDrop.OVERDRAFTED, Map.of());
        }
        while (account.size() > BlobPoolConfig.ACCOUNT_MAX) {
            drop(account, account.size() - 1, BlobDrop.OVERCAPPED, Map.of());
        }
    }

    private void drop(
            BlobAccount account, int index, BlobDrop reason, Map<Hash32, Long> inclusions) {
        PooledBlob blob = account.remove(index);
        @Nullable Long block = inclusions.get(blob.hash);
        if (block == null) {
            content.drop(blob, reason);
            return;
        }
        byte[] network = content.network(blob);
        if (network == null) {
            content.forget(blob, reason);
            content.lost(blob, "cannot read ");
            return;
        }
        boolean kept = limbo.push(blob.hash, network, block);
        content.drop(blob, reason);
        // A disk without room for both has room for one.
        if (!kept && !limbo.push(blob.hash, network, block)) {
            content.lost(blob, "no room for ");
        }
    }
}
