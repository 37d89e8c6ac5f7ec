package org.pollen.scoring;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The last few offences of one peer and its penalties by kind. Made at the first offence; a ring,
/// so that whoever offends all day costs no more memory than who did it [#CAPACITY] times.
final class OffenceLog {
    static final int CAPACITY = 16;

    private final long[] at = new long[CAPACITY];
    private final long[] high = new long[CAPACITY];
    private final long[] low = new long[CAPACITY];
    private final double[] amount = new double[CAPACITY];
    private final int[] topic = new int[CAPACITY];
    private final ScoreComponent[] component = new ScoreComponent[CAPACITY];
    private final @Nullable BehaviourPenalty[] penalty = new BehaviourPenalty[CAPACITY];

    /// Sums by kind, each an array of one so that adding allocates nothing.
    private final Map<BehaviourPenalty, double[]> penalties = new EnumMap<>(BehaviourPenalty.class);

    private int written;
    private int next;

    void invalid(int topicHandle, long hi, long lo, long now) {
        add(ScoreComponent.P4, null, topicHandle, 1, hi, lo, now);
    }

    void deficit(int topicHandle, double squared, long now) {
        add(ScoreComponent.P3B, null, topicHandle, squared, 0, 0, now);
    }

    void penalty(BehaviourPenalty kind, double count, long now) {
        double[] sum = penalties.get(kind);
        if (sum == null) {
            sum = new double[1];
            penalties.put(kind, sum);
        }
        sum[0] += count;
        add(ScoreComponent.P7, kind, -1, count, 0, 0, now);
    }

    private void add(
            ScoreComponent what,
            @Nullable BehaviourPenalty kind,
            int topicHandle,
            double count,
            long hi,
            long lo,
            long now) {
        at[next] = now;
        high[next] = hi;
        low[next] = lo;
        amount[next] = count;
        topic[next] = topicHandle;
        component[next] = what;
        penalty[next] = kind;
        next = (next + 1) % CAPACITY;
        written = Math.min(written + 1, CAPACITY);
    }

    /// What was added to P7 by kind since the record exists, not decayed.
    Map<BehaviourPenalty, Double> penalties() {
        var map = new EnumMap<BehaviourPenalty, Double>(BehaviourPenalty.class);
        penalties.forEach((kind, sum) -> map.put(kind, sum[0]));
        return map;
    }

    /// The offences, newest first.
    List<ScoreOffence> newestFirst(TopicTable topics) {
        var list = new ArrayList<ScoreOffence>(written);
        for (int i = 1; i <= written; i++) {
            int k = Math.floorMod(next - i, CAPACITY);
            String key = topic[k] < 0 ? "" : topics.key(topic[k]);
            list.add(
                    new ScoreOffence(
                            at[k], component[k], key, amount[k], high[k], low[k], penalty[k]));
        }
        return List.copyOf(list);
    }
}
