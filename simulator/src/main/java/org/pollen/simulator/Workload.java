package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

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
/// @param rates messages a second over time, from `perSecond` on
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
        double validity,
        Timeline rates) {
    private static final double SECOND = 1e9;

    /// At the same rate all the time.
    Workload(
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
        this(
                topic,
                share,
                perSecond,
                size,
                publishers,
                start,
                stop,
                arrival,
                slot,
                validity,
                Timeline.constant(perSecond));
    }

    /// The same of so many publishers.
    Workload by(int count) {
        if (count == publishers) return this;
        return new Workload(
                topic, share, perSecond, size, count, start, stop, arrival, slot, validity, rates);
    }

    /// About how many messages there are.
    double messages() {
        return messages(start, stop);
    }

    /// About how many of them there are between two instants.
    double messages(long from, long to) {
        return rates.units(Math.max(start, from), Math.min(stop, to));
    }

    /// When their rate changes: where they begin and end, too.
    LongStream changes() {
        return LongStream.concat(LongStream.of(start, stop), LongStream.of(rates.at()));
    }

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
        double due = start;
        if (arrival == Arrival.POISSON) due = next(due, random);
        for (long count = 0; ; count++) {
            double at = arrival == Arrival.SLOTS ? inSlot(due, count) : due;
            if (at >= stop) return messages;
            int publisher = random.nextInt(publishers);
            boolean good = validity >= 1 || valid.nextDouble() < validity;
            PlannedMessage.Kind kind =
                    good ? PlannedMessage.Kind.NORMAL : PlannedMessage.Kind.INVALID;
            long nanos = (long) at / 1000 * 1000;
            messages.add(new PlannedMessage(nanos, publisher, size, kind, index));
            due = next(due, random);
        }
    }

    /// When the message after one is due.
    private double next(double due, SplittableRandom random) {
        boolean poisson = arrival == Arrival.POISSON;
        if (!rates.isConstant()) {
            return rates.whenDue(due, poisson ? exponential(random, 1) : 1);
        }
        double gap = SECOND / perSecond;
        return due + (poisson ? exponential(random, gap) : gap);
    }

    /// The beginning of the slot in whose time a message is due.
    private double inSlot(double due, long count) {
        double slots =
                rates.isConstant() ? count / (perSecond * slot / SECOND) : (due - start) / slot;
        return start + (long) Math.floor(slots + 1e-9) * (double) slot;
    }

    private static double exponential(SplittableRandom random, double mean) {
        return -StrictMath.log(1 - random.nextDouble()) * mean;
    }
}
