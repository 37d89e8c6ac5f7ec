package org.pollen.simulator;

import org.pollen.router.SeenCache;

/// The same answers as the router's own first-seen cache, in tables that begin with a few entries:
/// a hundred thousand routers in one process see few messages each.
final class LeanSeenCache implements SeenCache {
    private static final int STRIDE = 3;

    private final long timeToLive;
    private long[] current = new long[8 * STRIDE];
    private long[] previous = {};
    private int currentSize;
    private int previousSize;
    private long rotatedAt;

    LeanSeenCache(long timeToLive) {
        this.timeToLive = timeToLive;
    }

    @Override
    public boolean contains(long hi, long lo, long now) {
        rotateIfDue(now);
        return fresh(current, hi, lo, now) || fresh(previous, hi, lo, now);
    }

    @Override
    public boolean add(long hi, long lo, long now) {
        if (contains(hi, lo, now)) return false;
        int slot = find(current, hi, lo);
        if (!used(current, slot)) {
            if (2 * (currentSize + 1) * STRIDE > current.length) {
                grow();
                slot = find(current, hi, lo);
            }
            currentSize++;
        }
        current[slot] = hi;
        current[slot + 1] = lo;
        current[slot + 2] = now;
        return true;
    }

    @Override
    public int size() {
        return currentSize + previousSize;
    }

    @Override
    public long evictions() {
        return 0;
    }

    private boolean fresh(long[] table, long hi, long lo, long now) {
        if (table.length == 0) return false;
        int slot = find(table, hi, lo);
        return used(table, slot) && now - table[slot + 2] < timeToLive;
    }

    private static boolean used(long[] table, int slot) {
        return table[slot] != 0 || table[slot + 1] != 0;
    }

    private static int find(long[] table, long hi, long lo) {
        int wrap = table.length / STRIDE - 1;
        int index = (int) lo & wrap;
        while (true) {
            int slot = index * STRIDE;
            if (!used(table, slot) || (table[slot] == hi && table[slot + 1] == lo)) return slot;
            index = (index + 1) & wrap;
        }
    }

    private void grow() {
        long[] old = current;
        current = new long[old.length * 2];
        for (int i = 0; i < old.length; i += STRIDE) {
            if (used(old, i)) {
                System.arraycopy(old, i, current, find(current, old[i], old[i + 1]), STRIDE);
            }
        }
    }

    private void rotateIfDue(long now) {
        if (now - rotatedAt < timeToLive) return;
        boolean stale = now - rotatedAt >= 2 * timeToLive;
        previous = stale || currentSize == 0 ? new long[0] : current;
        previousSize = stale ? 0 : currentSize;
        current = new long[8 * STRIDE];
        currentSize = 0;
        rotatedAt = now;
    }
}
