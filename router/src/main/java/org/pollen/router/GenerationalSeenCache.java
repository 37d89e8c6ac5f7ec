package org.pollen.router;

import java.util.Arrays;

/// A seen cache of two open-addressing tables: the current generation takes what is new, the
/// previous one is looked up.
///
/// After one time to live, or when the current table is full, the previous table is emptied and the
/// two change places: forgetting costs nothing per entry and there are no timers. Each entry
/// carries its instant, so that an expired one is not reported although it is still there. An entry
/// is 24 bytes at half load, so `entriesMax` ids cost at most 96 bytes each in both tables
/// together. Lookups and insertions allocate nothing once a table has grown.
final class GenerationalSeenCache implements SeenCache {
    private static final int STRIDE = 3; // hi, lo, since
    private static final int FIRST_CAPACITY = 1024;

    private final boolean renew;
    private final long timeToLiveNanos;
    private final int entriesMax;
    private Table current = new Table();
    private Table previous = new Table();
    private long rotatedAt;
    private boolean started;
    private long evictions;

    GenerationalSeenCache(Strategy strategy, long timeToLiveNanos, int entriesMax) {
        if (timeToLiveNanos <= 0 || entriesMax < 1) {
            throw new IllegalArgumentException(
                    "seen cache of %d entries for %d ns: both must be positive"
                            .formatted(entriesMax, timeToLiveNanos));
        }
        this.renew = strategy == Strategy.LAST_SEEN;
        this.timeToLiveNanos = timeToLiveNanos;
        this.entriesMax = entriesMax;
    }

    @Override
    public boolean contains(long hi, long lo, long now) {
        rotateIfDue(now);
        return lookUp(hi, mark(hi, lo), now);
    }

    @Override
    public boolean add(long hi, long lo, long now) {
        rotateIfDue(now);
        long marked = mark(hi, lo);
        if (lookUp(hi, marked, now)) return false;
        insert(hi, marked, now);
        return true;
    }

    @Override
    public int size() {
        return current.size + previous.size;
    }

    @Override
    public long evictions() {
        return evictions;
    }

    private boolean lookUp(long hi, long lo, long now) {
        int slot = current.find(hi, lo);
        if (current.used(slot)) {
            if (now - current.slots[slot + 2] >= timeToLiveNanos) return false;
            if (renew) current.slots[slot + 2] = now;
            return true;
        }
        slot = previous.find(hi, lo);
        if (!previous.used(slot) || now - previous.slots[slot + 2] >= timeToLiveNanos) return false;
        if (renew) insert(hi, lo, now);
        return true;
    }

    private void insert(long hi, long lo, long now) {
        int slot = current.find(hi, lo);
        if (current.used(slot)) {
            current.slots[slot + 2] = now; // it had expired
            return;
        }
        if (current.size == entriesMax) {
            evictions += previous.size;
            rotate(now);
            slot = current.find(hi, lo);
        }
        current.put(slot, hi, lo, now);
    }

    private void rotateIfDue(long now) {
        if (!started) {
            started = true;
            rotatedAt = now;
        } else if (now - rotatedAt >= timeToLiveNanos) {
            // After two times to live nothing of either generation counts any more.
            if (now - rotatedAt >= 2 * timeToLiveNanos) rotate(now);
            rotate(now);
        }
    }

    private void rotate(long now) {
        Table oldest = previous;
        previous = current;
        current = oldest;
        current.clear();
        rotatedAt = now;
    }

    /// The all-zero key would look like a free slot.
    private static long mark(long hi, long lo) {
        return hi == 0 && lo == 0 ? 1 : lo;
    }

    private static final class Table {
        private long[] slots = new long[FIRST_CAPACITY * STRIDE];
        private int wrap = FIRST_CAPACITY - 1;
        private int size;

        /// The slot of a key, or the free one where it belongs.
        int find(long hi, long lo) {
            int index = (int) lo & wrap;
            while (true) {
                int slot = index * STRIDE;
                long a = slots[slot];
                long b = slots[slot + 1];
                if ((a == hi && b == lo) || (a == 0 && b == 0)) return slot;
                index = (index + 1) & wrap;
            }
        }

        boolean used(int slot) {
            return slots[slot] != 0 || slots[slot + 1] != 0;
        }

        void put(int free, long hi, long lo, long since) {
            int slot = free;
            if (size * 2 > wrap) {
                grow();
                slot = find(hi, lo);
            }
            slots[slot] = hi;
            slots[slot + 1] = lo;
            slots[slot + 2] = since;
            size++;
        }

        void clear() {
            // A burst should not cost memory for ever: shrink when less than an eighth was used.
            if (wrap + 1 > FIRST_CAPACITY && size * 8 < wrap + 1) {
                wrap = wrap >> 1;
                slots = new long[(wrap + 1) * STRIDE];
            } else if (size > 0) {
                Arrays.fill(slots, 0);
            }
            size = 0;
        }

        private void grow() {
            long[] old = slots;
            slots = new long[old.length * 2];
            wrap = wrap * 2 + 1;
            for (int slot = 0; slot < old.length; slot += STRIDE) {
                if (old[slot] == 0 && old[slot + 1] == 0) continue;
                System.arraycopy(old, slot, slots, find(old[slot], old[slot + 1]), STRIDE);
            }
        }
    }
}
