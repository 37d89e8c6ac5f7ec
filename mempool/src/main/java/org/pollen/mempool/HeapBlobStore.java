package org.pollen.mempool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A store that forgets with its process.
public final class HeapBlobStore implements BlobStore {
    private final Map<Long, byte[]> entries = new LinkedHashMap<>();
    private long next;

    /// An empty store.
    public HeapBlobStore() {}

    @Override
    public long put(byte[] entry) {
        entries.put(next, entry);
        return next++;
    }

    @Override
    public byte @Nullable [] get(long handle) {
        return entries.get(handle);
    }

    @Override
    public void delete(long handle) {
        entries.remove(handle);
    }

    @Override
    public void forEach(Visitor visitor) {
        for (long handle : List.copyOf(entries.keySet())) {
            byte[] entry = entries.get(handle);
            if (entry != null) visitor.entry(handle, entry);
        }
    }
}
