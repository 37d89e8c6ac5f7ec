package org.pollen.scoring;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What is known about one peer. Topics are ordinals of [TopicTable].
///
/// Sets of ordinals are bits of `long` words. With the prunes of the reference switched off,
/// `active` is a part of `inMesh`.
final class PeerStats {
    private static final long[] NO_LONGS = {};
    private static final AddressIndex.Group[] NO_GROUPS = {};

    final int peer;

    /// The peer and the generation of its handle, as delivery records remember it.
    final int stamp;

    boolean connected;
    long expireAt;

    /// Where it is among [RetainedPeers], and in which chain.
    @Nullable PeerStats older;

    @Nullable PeerStats newer;
    boolean leftNegative;

    /// Topics with stats, topics of whose mesh the peer is a member, topics that charge P3.
    long[] known = NO_LONGS;

    long[] inMesh = NO_LONGS;
    long[] active = NO_LONGS;
    long[] graftedAt = NO_LONGS;

    /// P2, P3, P3b and P4, for reading and decay; what counts takes them from the methods below.
    /// Most peers never have some of them, so they begin as one that all share.
    Counters first = Counters.ZEROS;

    Counters mesh = Counters.ZEROS;
    Counters failures = Counters.ZEROS;
    Counters invalid = Counters.ZEROS;

    double behaviourPenalty;
    double slowPenalty;
    double appScore;
    boolean appScoreFailed;
    int unsubscribedMessages;
    AddressIndex.Group[] addresses = NO_GROUPS;
    @Nullable OffenceLog offences;

    /// Set by everything that changes the score; the cached parts below hold while it is not.
    boolean dirty = true;

    /// The same for the factor of its addresses alone, which few changes concern.
    boolean addressesDirty = true;

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

    void addressesChanged() {
        addressesDirty = true;
        dirty = true;
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

    Counters first() {
        if (first.isShared()) first = new Counters();
        return first;
    }

    Counters mesh() {
        if (mesh.isShared()) mesh = new Counters();
        return mesh;
    }

    Counters failures() {
        if (failures.isShared()) failures = new Counters();
        return failures;
    }

    Counters invalid() {
        if (invalid.isShared()) invalid = new Counters();
        return invalid;
    }

    /// Whether a decay step would change nothing: in no mesh, and every counter at zero.
    boolean isStill() {
        if (behaviourPenalty != 0 || slowPenalty != 0) return false;
        for (long word : inMesh) if (word != 0) return false;
        return first.allZero() && mesh.allZero() && failures.allZero() && invalid.allZero();
    }

    /// Whether something may take from its score, or already does.
    boolean isCharged() {
        if (behaviourPenalty != 0 || slowPenalty != 0) return true;
        for (long word : active) if (word != 0) return true;
        return !failures.allZero() || !invalid.allZero();
    }

    /// Forgets everything about a topic.
    void forgetTopic(int t) {
        if (!has(known, t)) return;
        clear(known, t);
        clear(inMesh, t);
        clear(active, t);
        first.clear(t);
        mesh.clear(t);
        failures.clear(t);
        invalid.clear(t);
        dirty = true;
    }

    /// Sets every counter to zero; the meshes stay.
    void reset() {
        first.clear();
        mesh.clear();
        failures.clear();
        invalid.clear();
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
