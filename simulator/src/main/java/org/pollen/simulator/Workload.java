package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// Messages of one kind: what, how many, how large, by whom and when.
///
/// Source: simulator specification 5 (key `workload`).
///
/// @param topic name
/// @param share of the peers that subscribe to it
/// @param perSecond messages a second, on average
/// @param size bytes of a payload
/// @param publishers so many of the first peers publish, at random
/// @param start virtual nanoseconds of the first message at the earliest
/// @param stop all messages are before
/// @param arrival when they come
/// @param slot nanoseconds, for [Arrival#SLOTS]
/// @param validity share of the messages that validators accept
record Workload(
        String topic,
        double share,
        double perSecond,
        int size,
        int publishers,
        long start,
        long stop,
        Arrival arrival,
        long slot,
        double validity) {
    private static final double SECOND = 1e9;

    /// When messages come.
    enum Arrival {
        /// At equal distances.
        UNIFORM,
        /// At exponential distances.
        POISSON,
        /// All messages of a slot at its beginning, as blocks and blobs do.
        SLOTS;

        static Arrival named(String text) {
            for (Arrival arrival : values()) {
                if (arrival.name().toLowerCase(Locale.ROOT).equals(text)) return arrival;
            }
            throw new IllegalArgumentException(text);
        }
    }

    /// The messages, by their time.
    ///
    /// @param number of the workload in its scenario: each draws for itself
    /// @param index of the topic
    List<PlannedMessage> plan(long seed, int number, int index) {
        var random = new SplittableRandom(Mix.mix(seed, Mix.WORKLOAD, number + 1));
        var valid = new SplittableRandom(Mix.mix(seed, Mix.VALIDITY, number));
        var messages = new ArrayList<PlannedMessage>();
        double gap = SECOND / perSecond;
        double at = start;
        if (arrival == Arrival.POISSON) at += exponential(random, gap);
        for (long count = 0; at < stop; count++) {
            int publisher = random.nextInt(publishers);
            boolean good = validity >= 1 || valid.nextDouble() < validity;
            PlannedMessage.Kind kind =
                    good ? PlannedMessage.Kind.NORMAL : PlannedMessage.Kind.INVALID;
            long nanos = (long) at / 1000 * 1000;
            messages.add(new PlannedMessage(nanos, publisher, size, kind, index));
            at =
                    switch (arrival) {
                        case UNIFORM -> at + gap;
                        case POISSON -> at + exponential(random, gap);
                        case SLOTS -> start + slotOf(count + 1) * (double) slot;
                    };
        }
        return messages;
    }

    /// The slot in whose time a message would be due at equal distances.
    private long slotOf(long count) {
        return (long) Math.floor(count / (perSecond * slot / SECOND) + 1e-9);
    }

    private static double exponential(SplittableRandom random, double mean) {
        return -StrictMath.log(1 - random.nextDouble()) * mean;
    }
}
