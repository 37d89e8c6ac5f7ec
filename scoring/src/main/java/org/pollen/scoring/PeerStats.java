package org.pollen.scoring;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What is known about one peer. Counters are arrays by topic ordinal, see [TopicTable], allocated
/// when first used: most peers never need those of P3b and P4.
///
/// Sets of ordinals are bits of `long` words. With the prunes of the reference switched off,
/// `active` is a part of `inMesh`.
final class PeerStats {
    private static final double[] NONE = {};
    private static final long[] NO_LONGS = {};
    private static final AddressIndex.Group[] NO_GROUPS = {};

    final int peer;

    /// The peer and the generation of its handle, as delivery records remember it.
    final int stamp;

    boolean connected;
    long expireAt;

    /// Topics with stats, topics of whose mesh the peer is a member, topics that charge P3.
    long[] known = NO_LONGS;

    long[] inMesh = NO_LONGS;
    long[] active = NO_LONGS;
    long[] graftedAt = NO_LONGS;
    double[] first = NONE;
    double[] mesh = NONE;
    double[] failures = NONE;
    double[] invalid = NONE;

    double behaviourPenalty;
    double slowPenalty;
    double appScore;
    boolean appScoreFailed;
    int unsubscribedMessages;
    AddressIndex.Group[] addresses = NO_GROUPS;
    @Nullable OffenceLog offences;

    /// Set by everything that changes the score; the cached parts below hold while it is not.
    boolean dirty = true;

    double topicsPart;
    double appTotal;
    double colocationFactor;
    double score;
    boolean negative;
    long negativeSince;

    PeerStats(int peer, int stamp) {
        this.peer = peer;
        this.stamp = stamp;
    }

    /// Marks a topic as known and makes room for its bits.
    void know(int t) {
        int word = t >> 6;
        if (word >= known.length) {
            known = Arrays.copyOf(known, word + 1);
            inMesh = Arrays.copyOf(inMesh, word + 1);
            active = Arrays.copyOf(active, word + 1);
        }
        known[word] |= 1L << t;
    }

    static boolean has(long[] bits, int t) {
        return t >> 6 < bits.length && (bits[t >> 6] & 1L << t) != 0;
    }

    static void set(long[] bits, int t) {
        bits[t >> 6] |= 1L << t;
    }

    static void clear(long[] bits, int t) {
        bits[t >> 6] &= ~(1L << t);
    }

    static double at(double[] counters, int t) {
        return t < counters.length ? counters[t] : 0;
    }

    void addFirst(int t, double amount, double cap) {
        if (t >= first.length) first = Arrays.copyOf(first, TopicTable.grown(first.length, t));
        first[t] = Math.min(first[t] + amount, cap);
    }

    void addMesh(int t, double cap) {
        if (t >= mesh.length) mesh = Arrays.copyOf(mesh, TopicTable.grown(mesh.length, t));
        mesh[t] = Math.min(mesh[t] + 1, cap);
    }

    void addFailure(int t, double amount) {
        if (t >= failures.length)
            failures = Arrays.copyOf(failures, TopicTable.grown(failures.length, t));
        failures[t] += amount;
    }

    void addInvalid(int t) {
        if (t >= invalid.length)
            invalid = Arrays.copyOf(invalid, TopicTable.grown(invalid.length, t));
        invalid[t] += 1;
    }

    void grafted(int t, long now) {
        know(t);
        set(inMesh, t);
        clear(active, t);
        if (t >= graftedAt.length)
            graftedAt = Arrays.copyOf(graftedAt, TopicTable.grown(graftedAt.length, t));
        graftedAt[t] = now;
    }

    /// The time in the mesh as of the last decay step, which is when it is measured.
    long timeInMesh(int t, long steppedAt) {
        return has(inMesh, t) ? Math.max(0, steppedAt - graftedAt[t]) : 0;
    }

    /// Lowers the counters of P2 and P3 to caps.
    void clip(int t, double firstCap, double meshCap) {
        if (t < first.length) first[t] = Math.min(first[t], firstCap);
        if (t < mesh.length) mesh[t] = Math.min(mesh[t], meshCap);
    }

    /// Forgets everything about a topic.
    void forgetTopic(int t) {
        if (!has(known, t)) return;
        clear(known, t);
        clear(inMesh, t);
        clear(active, t);
        for (double[] counters : new double[][] {first, mesh, failures, invalid})
            if (t < counters.length) counters[t] = 0;
        dirty = true;
    }

    /// Sets every counter to zero; the meshes stay.
    void reset() {
        for (double[] counters : new double[][] {first, mesh, failures, invalid})
            Arrays.fill(counters, 0);
        Arrays.fill(active, 0);
        behaviourPenalty = 0;
        slowPenalty = 0;
        unsubscribedMessages = 0;
        offences = null;
        dirty = true;
    }

    OffenceLog offences() {
        OffenceLog log = offences;
        if (log == null) {
            log = new OffenceLog();
            offences = log;
        }
        return log;
    }
}
