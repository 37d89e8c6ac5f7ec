package org.pollen.mempool;

import java.util.List;

/// What the blob pool tells the world; called on its thread, must not call back into it.
public interface BlobEvents {
    /// Transactions that peers may be told of now, in nonce order of each account.
    void announced(List<PooledBlob> blobs);

    /// A transaction came into the pool, or came back from an abandoned block.
    default void pooled(Transaction tx) {}

    /// A transaction left the pool.
    void dropped(PooledBlob blob, BlobDrop reason, long now);

    /// Something the operator should know.
    void warning(String text);

    /// A sink that ignores everything.
    BlobEvents NONE =
            new BlobEvents() {
                @Override
                public void announced(List<PooledBlob> blobs) {}

                @Override
                public void dropped(PooledBlob blob, BlobDrop reason, long now) {}

                @Override
                public void warning(String text) {}
            };
}
