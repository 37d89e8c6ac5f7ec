package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Deliveries by class of messages, which is a topic and a phase: their delays, and how many came
/// after a deadline. Integers, merged by addition.
///
/// Source: simulator specification 4.1, "delivery".
final class DeliveryClasses {
    /// As [Setup#phase] numbers them.
    static final int PHASES = 4;

    private @Nullable LatencyHistogram[] delays = {};
    private long[][] late = {}; // by class and deadline; empty if none was

    /// Counts one.
    ///
    /// @param deadlines nanoseconds, the shortest first
    void delivered(int topic, int phase, long delay, long[] deadlines) {
        int number = PHASES * topic + phase;
        grow(number + 1);
        at(number).add(delay);
        if (deadlines.length == 0 || delay <= deadlines[0]) return;
        long[] counts = late[number];
        if (counts.length < deadlines.length) counts = Arrays.copyOf(counts, deadlines.length);
        late[number] = counts;
        for (int i = 0; i < deadlines.length && delay > deadlines[i]; i++) counts[i]++;
    }

    private void grow(int count) {
        if (count <= delays.length) return;
        int before = delays.length;
        delays = Arrays.copyOf(delays, count);
        late = Arrays.copyOf(late, count);
        Arrays.fill(late, before, count, new long[0]);
    }

    private LatencyHistogram at(int number) {
        LatencyHistogram histogram = delays[number];
        if (histogram == null) {
            histogram = new LatencyHistogram();
            delays[number] = histogram;
        }
        return histogram;
    }

    /// The delays of a class; null if it had no delivery.
    @Nullable LatencyHistogram delays(int topic, int phase) {
        int number = PHASES * topic + phase;
        return number < delays.length ? delays[number] : null;
    }

    /// Deliveries of a class after one of the deadlines.
    long late(int topic, int phase, int deadline) {
        int number = PHASES * topic + phase;
        if (number >= late.length || deadline >= late[number].length) return 0;
        return late[number][deadline];
    }

    /// All topics together.
    void addTo(LatencyHistogram[] phases) {
        for (int i = 0; i < delays.length; i++) {
            LatencyHistogram histogram = delays[i];
            if (histogram != null) phases[i % PHASES].add(histogram);
        }
    }

    void add(DeliveryClasses other) {
        grow(other.delays.length);
        for (int i = 0; i < other.delays.length; i++) {
            LatencyHistogram histogram = other.delays[i];
            if (histogram != null) at(i).add(histogram);
            long[] theirs = other.late[i];
            if (theirs.length > late[i].length) late[i] = Arrays.copyOf(late[i], theirs.length);
            for (int d = 0; d < theirs.length; d++) late[i][d] += theirs[d];
        }
    }

    /// Everything it holds.
    long[] words() {
        var parts = new ArrayList<long[]>();
        for (int i = 0; i < delays.length; i++) {
            LatencyHistogram histogram = delays[i];
            parts.add(histogram == null ? new long[0] : histogram.words());
            parts.add(late[i]);
        }
        int length = 1;
        for (long[] part : parts) length += 1 + part.length;
        var words = new long[length];
        words[0] = delays.length;
        int at = 1;
        for (long[] part : parts) {
            words[at++] = part.length;
            System.arraycopy(part, 0, words, at, part.length);
            at += part.length;
        }
        return words;
    }

    /// Takes what another one holds.
    void set(long[] words) {
        grow((int) words[0]);
        int from = 1;
        for (int i = 0; i < words[0]; i++) {
            int middle = from + 1 + (int) words[from];
            int end = middle + 1 + (int) words[middle];
            if (middle > from + 1) at(i).set(Arrays.copyOfRange(words, from + 1, middle));
            late[i] = Arrays.copyOfRange(words, middle + 1, end);
            from = end;
        }
    }
}
