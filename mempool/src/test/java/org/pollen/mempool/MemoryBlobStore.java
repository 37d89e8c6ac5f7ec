package org.pollen.mempool;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A store in a map, which can be full.
final class MemoryBlobStore implements BlobStore {
    final TreeMap<Long, byte[]> entries = new TreeMap<>();
    int room = Integer.MAX_VALUE;
    boolean unreadable;
    private Runnable freed = () -> {};
    private long next;

    @Override
    public long put(byte[] entry) {
        if (entries.size() >= room) return -1;
        entries.put(next, entry);
        return next++;
    }

    @Override
    public byte @Nullable [] get(long handle) {
        return unreadable ? null : entries.get(handle);
    }

    /// As on one disk: the next entry that another store gives up makes room for one here.
    void roomOnceFreed(MemoryBlobStore other) {
        other.freed = () -> room++;
    }

    @Override
    public void delete(long handle) {
        if (entries.remove(handle) == null) return;
        freed.run();
        freed = () -> {};
    }

    @Override
    public void forEach(Visitor visitor) {
        List<Long> handles = new ArrayList<>(entries.keySet());
        for (long handle : handles) {
            byte[] entry = entries.get(handle);
            if (entry != null) visitor.entry(handle, entry);
        }
    }
}
