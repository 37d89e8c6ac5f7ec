package org.pollen.simulator;

import java.util.Arrays;
import java.util.SplittableRandom;

/// Who dials whom and when: columns of attempts.
public final class Links {
    private int[] from = new int[64];
    private int[] to = new int[64];
    private long[] at = new long[64];
    private int size;

    /// No links.
    public Links() {}

    /// Adds an attempt.
    public void add(int dialler, int target, long nanos) {
        if (size == from.length) {
            from = Arrays.copyOf(from, size * 2);
            to = Arrays.copyOf(to, size * 2);
            at = Arrays.copyOf(at, size * 2);
        }
        from[size] = dialler;
        to[size] = target;
        at[size++] = nanos;
    }

    /// Each of the first peers dials so many uniform others; a repeated pair uses up the attempt.
    public Links dial(int peers, int attempts, long nanos, long seed) {
        if (peers < 2) return this;
        for (int p = 0; p < peers; p++) {
            SplittableRandom random = Mix.stream(seed, p, Mix.TOPOLOGY);
            for (int i = 0; i < attempts; i++) {
                int other = random.nextInt(peers - 1);
                add(p, other >= p ? other + 1 : other, nanos);
            }
        }
        return this;
    }

    /// A random graph in which every peer has the same number of links, or one less where the last
    /// ends do not fit: pairs of ends, shuffled, with repeated and own pairs exchanged.
    public Links regular(int peers, int degree, long nanos, long seed) {
        var random = new SplittableRandom(Mix.mix(seed, Mix.TOPOLOGY));
        var ends = new int[peers * degree / 2 * 2];
        for (int i = 0; i < ends.length; i++) ends[i] = i % peers;
        for (int i = ends.length - 1; i > 0; i--) swap(ends, i, random.nextInt(i + 1));
        var known = new java.util.HashSet<Long>();
        for (int i = 0; i < ends.length; i += 2) {
            for (int tries = 0; tries < 200 && !fits(known, ends, i); tries++) {
                if (i + 2 >= ends.length) break;
                swap(ends, i + 1, i + 2 + random.nextInt(ends.length - i - 2));
            }
            if (!fits(known, ends, i)) continue;
            known.add(pair(ends[i], ends[i + 1]));
            add(ends[i], ends[i + 1], nanos);
        }
        return this;
    }

    private static boolean fits(java.util.Set<Long> known, int[] ends, int i) {
        return ends[i] != ends[i + 1] && !known.contains(pair(ends[i], ends[i + 1]));
    }

    private static long pair(int a, int b) {
        return ((long) Math.min(a, b) << 32) | Math.max(a, b);
    }

    private static void swap(int[] ends, int i, int j) {
        int end = ends[i];
        ends[i] = ends[j];
        ends[j] = end;
    }

    /// How many attempts there are.
    public int size() {
        return size;
    }

    /// Who dials.
    public int dialler(int i) {
        return from[i];
    }

    /// Who is dialled.
    public int target(int i) {
        return to[i];
    }

    long at(int i) {
        return at[i];
    }
}
