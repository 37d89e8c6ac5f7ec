package org.pollen.simulator;

import java.util.Arrays;
import org.pollen.router.SeenCache;

/// The same answers as the router's own first-seen cache, with ids that all peers of a partition
/// share: a peer keeps four bytes for each message of the last minutes, the instant it came.
///
/// Two columns of instants by message number, the current one and the one before; after one time to
/// live they move on. Instants are whole microseconds, as those of all events; coarser where ids
/// are remembered for more than nine minutes.
final class InternedSeenCache implements SeenCache {
    private static final long TICK = 1_000;
    private static final int TICKS_MAX = 1 << 29; // of a time to live

    private final MessageNumbers numbers;
    private final long timeToLive;
    private final long tick; // a power of ten
    private final int timeToLiveTicks;
    private Column current = new Column();
    private Column previous = new Column();
    private long rotatedAt;

    InternedSeenCache(MessageNumbers numbers, long timeToLive) {
        this.numbers = numbers;
        this.timeToLive = timeToLive;
        long longer = TICK;
        while (timeToLive / longer > TICKS_MAX) longer *= 10;
        tick = longer;
        timeToLiveTicks = (int) (timeToLive / tick);
    }

    @Override
    public boolean contains(long hi, long lo, long now) {
        rotateIfDue(now);
        int number = numbers.find(hi, lo);
        return number >= 0 && holds(number, tick(now));
    }

    @Override
    public boolean add(long hi, long lo, long now) {
        rotateIfDue(now);
        int number = numbers.number(hi, lo);
        if (holds(number, tick(now))) return false;
        current.put(number, tick(now));
        return true;
    }

    @Override
    public int size() {
        return current.size + previous.size;
    }

    @Override
    public long evictions() {
        return 0;
    }

    private boolean holds(int number, int now) {
        return fresh(current.get(number), now) || fresh(previous.get(number), now);
    }

    private boolean fresh(int since, int now) {
        return since != 0 && now - since < timeToLiveTicks;
    }

    /// Only differences count, so it may overflow; zero is for messages that did not come.
    private int tick(long now) {
        int ticks = (int) (now / tick);
        return ticks == 0 ? 1 : ticks;
    }

    private void rotateIfDue(long now) {
        if (now - rotatedAt < timeToLive) return;
        boolean stale = now - rotatedAt >= 2 * timeToLive;
        previous = stale ? new Column() : current;
        current = new Column();
        rotatedAt = now;
    }

    /// Instants by message number, from the first number it met on.
    private static final class Column {
        private static final int[] NONE = {};
        private int[] ticks = NONE;
        private int base;
        private int size;

        int get(int number) {
            int at = number - base;
            return at >= 0 && at < ticks.length ? ticks[at] : 0;
        }

        void put(int number, int tick) {
            if (ticks.length == 0) {
                base = number;
                ticks = new int[8];
            }
            if (number < base) {
                int more = Math.min(base, Math.max(base - number, ticks.length));
                var moved = new int[ticks.length + more];
                System.arraycopy(ticks, 0, moved, more, ticks.length);
                ticks = moved;
                base -= more;
            }
            int at = number - base;
            if (at >= ticks.length) {
                ticks = Arrays.copyOf(ticks, Math.max(at + 1, ticks.length + ticks.length / 2));
            }
            if (ticks[at] == 0) size++;
            ticks[at] = tick;
        }
    }
}
