package org.pollen.simulator;

import java.util.Arrays;
import java.util.List;

/// What one partition counted; all integers, merged by addition.
final class Tally {
    long events;
    long rpcs;
    long messageRpcs;
    long deliveries;
    long invalidDeliveries;
    long wireBytes;
    long validations;
    long droppedOnClosedLinks;
    long refusedRpcs;
    long exchangeDials;
    long idleHeartbeats; // left out and made up for
    final LatencyHistogram[] phases = {
        new LatencyHistogram(),
        new LatencyHistogram(),
        new LatencyHistogram(),
        new LatencyHistogram()
    };
    final int[] reached;
    final int[] reachedWatched; // of the peers that are watched
    long[] digest = new long[128]; // two words for each virtual second

    /// What honest peers received in each virtual second.
    static final List<String> COLUMNS =
            List.of(
                    "second",
                    "rpcs",
                    "message_rpcs",
                    "deliveries",
                    "first_bytes",
                    "message_bytes",
                    "control_bytes");

    static final int RPCS = 0;
    static final int MESSAGES = 1;
    static final int DELIVERIES = 2;
    static final int FIRST_BYTES = 3;
    static final int MESSAGE_BYTES = 4;
    static final int CONTROL_BYTES = 5;
    private static final int WIDTH = 6;
    long[] series = {};

    Tally(int messages) {
        reached = new int[messages];
        reachedWatched = new int[messages];
    }

    void digest(long time, long key, long origin, long outcome) {
        int at = 2 * (int) (time / 1_000_000_000L);
        if (at + 1 >= digest.length) digest = Arrays.copyOf(digest, at * 2);
        long h = Mix.mix(Mix.mix(time, key, origin), outcome);
        digest[at] += h;
        digest[at + 1] += Mix.mix(h, 0x5bd1e995);
    }

    /// The digest of all seconds together, as text.
    String digestText() {
        long hi = 0;
        long lo = 0;
        for (int i = 0; i < digest.length; i += 2) {
            hi += Mix.mix(digest[i], i);
            lo += Mix.mix(digest[i + 1], i);
        }
        return "%016x%016x".formatted(hi, lo);
    }

    void count(long time, int column, long amount) {
        int at = WIDTH * (int) (time / 1_000_000_000L);
        if (at >= series.length) series = Arrays.copyOf(series, Math.max(64 * WIDTH, at * 2));
        series[at + column] += amount;
    }

    void add(Tally other) {
        events += other.events;
        rpcs += other.rpcs;
        messageRpcs += other.messageRpcs;
        deliveries += other.deliveries;
        invalidDeliveries += other.invalidDeliveries;
        wireBytes += other.wireBytes;
        validations += other.validations;
        droppedOnClosedLinks += other.droppedOnClosedLinks;
        refusedRpcs += other.refusedRpcs;
        exchangeDials += other.exchangeDials;
        idleHeartbeats += other.idleHeartbeats;
        for (int i = 0; i < phases.length; i++) phases[i].add(other.phases[i]);
        for (int i = 0; i < reached.length; i++) {
            reached[i] += other.reached[i];
            reachedWatched[i] += other.reachedWatched[i];
        }
        if (other.series.length > series.length) {
            series = Arrays.copyOf(series, other.series.length);
        }
        for (int i = 0; i < other.series.length; i++) series[i] += other.series[i];
        if (other.digest.length > digest.length) {
            digest = Arrays.copyOf(digest, other.digest.length);
        }
        for (int i = 0; i < other.digest.length; i++) digest[i] += other.digest[i];
    }
}
