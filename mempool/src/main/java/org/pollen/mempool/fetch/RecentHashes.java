package org.pollen.mempool.fetch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.pollen.mempool.Hash32;

/// The last hashes of some kind, up to a number and an age.
final class RecentHashes {
    private final int most;
    private final long ageMax;
    private final Map<Hash32, Long> times = new LinkedHashMap<>();

    /// @param most the oldest goes when there would be more
    /// @param ageMax nanoseconds; an older one is forgotten
    RecentHashes(int most, long ageMax) {
        this.most = most;
        this.ageMax = ageMax;
    }

    void add(Hash32 hash, long now) {
        times.remove(hash); // so that it is the youngest
        times.put(hash, now);
        if (times.size() > most) times.remove(times.keySet().iterator().next());
    }

    boolean contains(Hash32 hash, long now) {
        Long added = times.get(hash);
        if (added == null) return false;
        if (now - added <= ageMax) return true;
        times.remove(hash);
        return false;
    }

    void clear() {
        times.clear();
    }

    int size() {
        return times.size();
    }
}
