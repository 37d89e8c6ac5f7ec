package org.pollen.scoring;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The scored topics: handle to ordinal, and their parameters as one array a field.
///
/// Topic handles of the router are many and mostly unscored; ordinals are few and dense, and are
/// what the counters of a peer are indexed by. The order of ordinals is the order in which topic
/// scores are added up: the same for every peer, so that equal counters give equal bits. The
/// ordinal of a forgotten topic is used again by the next new one.
final class TopicTable {
    private static final int HANDLE_MAX = 1 << 24;

    private int[] ordinalOf = {};
    private int size;
    private @Nullable String[] keys = {};

    // All by ordinal.
    private @Nullable TopicScoreParams[] params = {};
    int[] topic = {};
    double[] weight = {};
    double[] timeWeight = {};
    double[] timeCap = {};
    long[] quantumNanos = {};
    long[] timeToCapNanos = {};
    double[] firstWeight = {};
    double[] firstDecay = {};
    double[] firstCap = {};
    double[] meshWeight = {};
    double[] meshDecay = {};
    double[] meshCap = {};
    double[] meshThreshold = {};
    long[] windowNanos = {};
    long[] activationNanos = {};
    double[] failureWeight = {};
    double[] failureDecay = {};
    double[] invalidWeight = {};
    double[] invalidDecay = {};
    double[] floor = {};
    long[] acceptedAt = {};
    long[] awakeSince = {};
    boolean[] idle = {};

    // None of the decay factors is lower; not raised again when a topic goes.
    double firstDecayLowest = 1;
    double meshDecayLowest = 1;
    double failureDecayLowest = 1;
    double invalidDecayLowest = 1;

    /// The number of ordinals that were ever in use; the free ones among them have no parameters.
    int size() {
        return size;
    }

    /// The ordinal of a topic, or -1 if it is not scored.
    int ordinal(int topicHandle) {
        return topicHandle >= 0 && topicHandle < ordinalOf.length ? ordinalOf[topicHandle] : -1;
    }

    @Nullable TopicScoreParams params(int ordinal) {
        return params[ordinal];
    }

    /// The key of a topic handle, or its number if it was never named.
    String key(int topicHandle) {
        String key = topicHandle < keys.length ? keys[topicHandle] : null;
        return key == null ? "topic " + topicHandle : key;
    }

    /// The key that a handle was named with.
    @Nullable String givenKey(int topicHandle) {
        return topicHandle < keys.length ? keys[topicHandle] : null;
    }

    /// One past the highest handle that was ever named.
    int handles() {
        return keys.length;
    }

    void name(int topicHandle, @Nullable String key) {
        checkHandle(topicHandle);
        if (topicHandle >= keys.length) {
            if (key == null) return;
            keys = Arrays.copyOf(keys, grown(keys.length, topicHandle));
        }
        keys[topicHandle] = key;
    }

    /// Installs or replaces the parameters of a topic.
    int put(int topicHandle, TopicScoreParams p, long now) {
        checkHandle(topicHandle);
        if (topicHandle >= ordinalOf.length) {
            int old = ordinalOf.length;
            ordinalOf = Arrays.copyOf(ordinalOf, grown(old, topicHandle));
            Arrays.fill(ordinalOf, old, ordinalOf.length, -1);
        }
        int t = ordinalOf[topicHandle];
        if (t < 0) {
            t = freeOrdinal();
            ordinalOf[topicHandle] = t;
            topic[t] = topicHandle;
            acceptedAt[t] = now;
            awakeSince[t] = now - Long.MAX_VALUE / 2;
            idle[t] = false;
        }
        set(t, p);
        return t;
    }

    /// Frees the ordinal of a topic. Its counters must be cleared by the caller.
    void remove(int topicHandle) {
        int t = ordinalOf[topicHandle];
        ordinalOf[topicHandle] = -1;
        params[t] = null;
        topic[t] = -1;
    }

    private int freeOrdinal() {
        for (int t = 0; t < size; t++) if (params[t] == null) return t;
        if (size == params.length) grow(grown(size, size));
        return size++;
    }

    private void set(int t, TopicScoreParams p) {
        params[t] = p;
        weight[t] = p.topicWeight();
        // A topic without P1 may have no quantum to divide by.
        timeWeight[t] = p.timeInMeshQuantum().isZero() ? 0 : p.timeInMeshWeight();
        timeCap[t] = p.timeInMeshCap();
        quantumNanos[t] = Nanos.of(p.timeInMeshQuantum());
        timeToCapNanos[t] = timeToCap(p.timeInMeshCap(), quantumNanos[t]);
        firstWeight[t] = p.firstMessageDeliveriesWeight();
        firstDecay[t] = p.firstMessageDeliveriesDecay();
        firstCap[t] = p.firstMessageDeliveriesCap();
        meshWeight[t] = p.meshMessageDeliveriesWeight();
        meshDecay[t] = p.meshMessageDeliveriesDecay();
        meshCap[t] = p.meshMessageDeliveriesCap();
        meshThreshold[t] = p.meshMessageDeliveriesThreshold();
        windowNanos[t] = Nanos.of(p.meshMessageDeliveriesWindow());
        activationNanos[t] = Nanos.of(p.meshMessageDeliveriesActivation());
        failureWeight[t] = p.meshFailurePenaltyWeight();
        failureDecay[t] = p.meshFailurePenaltyDecay();
        invalidWeight[t] = p.invalidMessageDeliveriesWeight();
        invalidDecay[t] = p.invalidMessageDeliveriesDecay();
        floor[t] = p.topicPruneThreshold();
        firstDecayLowest = Math.min(firstDecayLowest, firstDecay[t]);
        meshDecayLowest = Math.min(meshDecayLowest, meshDecay[t]);
        failureDecayLowest = Math.min(failureDecayLowest, failureDecay[t]);
        invalidDecayLowest = Math.min(invalidDecayLowest, invalidDecay[t]);
    }

    private static long timeToCap(double cap, long quantum) {
        long quanta = (long) Math.ceil(cap);
        return quantum > 0 && quanta < Nanos.FOREVER / quantum ? quanta * quantum : Nanos.FOREVER;
    }

    private void grow(int length) {
        params = Arrays.copyOf(params, length);
        topic = Arrays.copyOf(topic, length);
        weight = Arrays.copyOf(weight, length);
        timeWeight = Arrays.copyOf(timeWeight, length);
        timeCap = Arrays.copyOf(timeCap, length);
        quantumNanos = Arrays.copyOf(quantumNanos, length);
        timeToCapNanos = Arrays.copyOf(timeToCapNanos, length);
        firstWeight = Arrays.copyOf(firstWeight, length);
        firstDecay = Arrays.copyOf(firstDecay, length);
        firstCap = Arrays.copyOf(firstCap, length);
        meshWeight = Arrays.copyOf(meshWeight, length);
        meshDecay = Arrays.copyOf(meshDecay, length);
        meshCap = Arrays.copyOf(meshCap, length);
        meshThreshold = Arrays.copyOf(meshThreshold, length);
        windowNanos = Arrays.copyOf(windowNanos, length);
        activationNanos = Arrays.copyOf(activationNanos, length);
        failureWeight = Arrays.copyOf(failureWeight, length);
        failureDecay = Arrays.copyOf(failureDecay, length);
        invalidWeight = Arrays.copyOf(invalidWeight, length);
        invalidDecay = Arrays.copyOf(invalidDecay, length);
        floor = Arrays.copyOf(floor, length);
        acceptedAt = Arrays.copyOf(acceptedAt, length);
        awakeSince = Arrays.copyOf(awakeSince, length);
        idle = Arrays.copyOf(idle, length);
    }

    private static void checkHandle(int topicHandle) {
        if (topicHandle < 0 || topicHandle >= HANDLE_MAX)
            throw new IllegalArgumentException(
                    "topic is " + topicHandle + ": it must be 0 to " + (HANDLE_MAX - 1));
    }

    /// A length that holds `index`, growing geometrically.
    static int grown(int length, int index) {
        return Math.max(index + 1, length + (length >> 1));
    }
}
