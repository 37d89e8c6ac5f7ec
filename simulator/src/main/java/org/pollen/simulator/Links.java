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

    /// A network in which few peers have many links, as measured of Ethereum's: each peer dials so
    /// many different ones of those before it, and the more links one has, the likelier it is
    /// dialled (Barabási and Albert). The first peers dial all before them.
    ///
    /// @throws IllegalArgumentException if nobody dials
    public Links scalefree(int peers, int dials, long nanos, long seed) {
        if (dials < 1) throw new IllegalArgumentException("dials is " + dials + ": at least 1");
        var random = new SplittableRandom(Mix.mix(seed, Mix.TOPOLOGY));
        var ends = new int[Math.multiplyExact(2, Math.multiplyExact(peers, dials))];
        int filled = 0;
        var chosen = new int[dials];
        for (int p = 1; p < peers; p++) {
            int count = Math.min(p, dials);
            for (int i = 0; i < count; i++) {
                int other;
                do {
                    other = p <= dials ? i : ends[random.nextInt(filled)];
                } while (contains(chosen, i, other));
                chosen[i] = other;
            }
            for (int i = 0; i < count; i++) {
                add(p, chosen[i], nanos);
                ends[filled++] = p;
                ends[filled++] = chosen[i];
            }
        }
        return this;
    }

    private static boolean contains(int[] chosen, int count, int peer) {
        for (int i = 0; i < count; i++) if (chosen[i] == peer) return true;
        return false;
    }

    /// Groups that know each other better than the rest: peer i is of group i modulo their number;
    /// each of its dials goes to a uniform other one of its group with a probability, and else to a
    /// uniform peer of another group. A repeated pair uses up the attempt.
    ///
    /// @param groups from 2 to half of the peers
    /// @param inside probability, 0 to 1
    /// @throws IllegalArgumentException if one of them is out of its range
    public Links clusters(
            int peers, int attempts, int groups, double inside, long nanos, long seed) {
        if (groups < 2 || groups > peers / 2) {
            throw new IllegalArgumentException(
                    "groups is %d of %d peers: 2 to half of them".formatted(groups, peers));
        }
        if (!(inside >= 0 && inside <= 1)) {
            throw new IllegalArgumentException("inside is " + inside + ": 0 to 1");
        }
        for (int p = 0; p < peers; p++) {
            SplittableRandom random = Mix.stream(seed, p, Mix.TOPOLOGY);
            int size = (peers - p % groups + groups - 1) / groups;
            for (int i = 0; i < attempts; i++) {
                boolean own = random.nextDouble() < inside;
                int other;
                do {
                    other =
                            own
                                    ? random.nextInt(size) * groups + p % groups
                                    : random.nextInt(peers);
                } while (other == p || own != (other % groups == p % groups));
                add(p, other, nanos);
            }
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
