package org.pollen.router;

import java.util.Arrays;

/// A seen cache of two open-addressing tables: the current generation takes what is new, the
/// previous one is looked up.
///
/// After one time to live, or when the current table is full, the previous table is emptied and the
/// two change places: forgetting costs nothing per entry and there are no timers. Each entry
/// carries its instant, so that an expired one is not reported although it is still there. An entry
/// is 16 bytes at half load, so `entriesMax` ids cost at most 64 bytes each in both tables
/// together, and a lookup touches one cache line of each. Of the 128 bits of a keyed hash, 96 are
/// compared. Lookups and insertions allocate nothing once a table has grown.
final class GenerationalSeenCache implements SeenCache {
    private static final int STRIDE = 2; // hi; upper half of lo, then the tick it was seen at
    private static final int TICKS_MAX = 1 << 29; // of a time to live
    private static final int FIRST_CAPACITY = 1024;

    private final boolean renew;
    private final long timeToLiveNanos;
    private final long tickNanos; // a power of ten
    private final int timeToLiveTicks;
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
        long tick = 1;
        while (timeToLiveNanos / tick > TICKS_MAX) tick *= 10;
        tickNanos = tick;
        timeToLiveTicks = (int) (timeToLiveNanos / tick);
        this.entriesMax = entriesMax;
    }

    @Override
    public boolean contains(long hi, long lo, long now) {
        rotateIfDue(now);
        return lookUp(marked(hi), lo, tick(now), now);
    }

    @Override
    public boolean add(long hi, long lo, long now) {
        rotateIfDue(now);
        int tick = tick(now);
        if (lookUp(marked(hi), lo, tick, now)) return false;
        insert(marked(hi), lo, tick, now);
        return true;
    }

    /// Ticks may overflow: only differences count, and tables are emptied long before one is too
    /// large.
    private int tick(long now) {
        return (int) Math.floorDiv(now, tickNanos);
    }

    @Override
    public int size() {
        return current.size + previous.size;
    }

    @Override
    public long evictions() {
        return evictions;
    }

    private boolean lookUp(long hi, long lo, int tick, long now) {
        int slot = current.find(hi, lo);
        if (current.used(slot)) {
            if (isOver(current, slot, tick)) return false;
            if (renew) current.since(slot, lo, tick);
            return true;
        }
        slot = previous.find(hi, lo);
        if (!previous.used(slot) || isOver(previous, slot, tick)) return false;
        if (renew) insert(hi, lo, tick, now);
        return true;
    }

    private boolean isOver(Table table, int slot, int tick) {
        return tick - (int) table.slots[slot + 1] >= timeToLiveTicks;
    }

    private void insert(long hi, long lo, int tick, long now) {
        int slot = current.find(hi, lo);
        if (current.used(slot)) {
            current.since(slot, lo, tick); // it had expired
            return;
        }
        if (current.size == entriesMax) {
            evictions += previous.size;
            rotate(now);
            slot = current.find(hi, lo);
        }
        current.put(slot, hi, lo, tick);
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

    /// A zero would look like a free slot.
    private static long marked(long hi) {
        return hi == 0 ? 0x9e3779b97f4a7c15L : hi;
    }

    private static final class Table {
        private long[] slots = new long[FIRST_CAPACITY * STRIDE];
        private int wrap = FIRST_CAPACITY - 1;
        private int size;

        /// The slot of a key, or the free one where it belongs.
        int find(long hi, long lo) {
            int index = (int) hi & wrap;
            while (true) {
                int slot = index * STRIDE;
                long a = slots[slot];
                if (a == 0 || (a == hi && ((slots[slot + 1] ^ lo) >>> 32) == 0)) return slot;
                index = (index + 1) & wrap;
            }
        }

        boolean used(int slot) {
            return slots[slot] != 0;
        }

        void since(int slot, long lo, int tick) {
            slots[slot + 1] = (lo & 0xffff_ffff_0000_0000L) | (tick & 0xffff_ffffL);
        }

        void put(int free, long hi, long lo, int tick) {
            int slot = free;
            if (size * 2 > wrap) {
                grow();
                slot = find(hi, lo);
            }
            slots[slot] = hi;
            since(slot, lo, tick);
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
                if (old[slot] == 0) continue;
                System.arraycopy(old, slot, slots, find(old[slot], old[slot + 1]), STRIDE);
            }
        }
    }
}
