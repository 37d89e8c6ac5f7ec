package org.pollen.mempool;

import org.jspecify.annotations.Nullable;

/// Where the bytes of blob transactions lie: a disk, since they are too large for a heap.
///
/// Used by the thread of one [BlobPool]. What was put survives the process; when it survives a loss
/// of power the store's owner knows. A store that was killed may hold again what was deleted
/// shortly before; whoever opens it has to cope.
public interface BlobStore {
    /// Keeps an entry.
    ///
    /// @return its handle, at least 0; or -1 if it cannot be kept: the disk is full or broken
    long put(byte[] entry);

    /// An entry; null if it is gone or cannot be read.
    byte @Nullable [] get(long handle);

    /// Removes an entry; nothing if there is none.
    void delete(long handle);

    /// Hands every entry to a visitor, which may delete what it is handed.
    void forEach(Visitor visitor);

    /// A store that forgets with its process, for replays and local networks.
    static BlobStore onHeap() {
        return new HeapBlobStore();
    }

    /// Takes one entry after the other.
    @FunctionalInterface
    interface Visitor {
        /// Takes one.
        void entry(long handle, byte[] entry);
    }
}
