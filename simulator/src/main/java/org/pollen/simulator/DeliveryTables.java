package org.pollen.simulator;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The tables of a run that are about deliveries by class of messages, and about single copies.
///
/// Source: simulator specification 4.1, "delivery" and "redundancy".
final class DeliveryTables {
    private static final double[] QUANTILES = {0.1, 0.5, 0.9, 0.95, 0.99, 0.999};

    private final Setup setup;
    private final SimulationResult result;
    private final Sum[] sums; // by topic and phase

    /// What was to be delivered of one class, and was, as the columns of the table have it.
    private static final class Sum {
        private int messages;
        private long reached;
        private long expected;
        private long reachedAll;
        private long expectedAll;
        private long victimsReached;
        private long victimsExpected;
    }

    /// Goes through the messages of a run.
    DeliveryTables(Setup setup, SimulationResult result) {
        this.setup = setup;
        this.result = result;
        sums = new Sum[setup.masks().size() * DeliveryClasses.PHASES];
        Arrays.setAll(sums, _ -> new Sum());
        for (int i = 0; i < setup.messages().size(); i++) {
            PlannedMessage message = setup.messages().get(i);
            if (message.kind() == PlannedMessage.Kind.INVALID) continue;
            if (message.at() >= result.endNanos()) continue;
            Sum sum = sums[setup.topicOf(i) * DeliveryClasses.PHASES + setup.phase(message)];
            sum.messages++;
            sum.reached += result.reached()[i];
            int expected = result.expectations().stayed(i);
            sum.expected += expected;
            sum.reachedAll += result.reached()[i] + result.reachedLeavers()[i];
            sum.expectedAll += result.expectations().all(i);
            sum.victimsReached += result.reachedWatched()[i];
            if (expected > 0) sum.victimsExpected += setup.expectedWatched(message);
        }
    }

    /// The share of the peers that were up when a message was published that had it.
    double deliveryAll() {
        long reached = 0;
        long expected = 0;
        for (Sum sum : sums) {
            reached += sum.reachedAll;
            expected += sum.expectedAll;
        }
        return expected == 0 ? 1 : (double) reached / expected;
    }

    /// Deliveries after one of the deadlines, or not at all.
    long missed(int deadline) {
        long missed = 0;
        for (int i = 0; i < sums.length; i++) missed += missed(i, deadline);
        return missed;
    }

    private long missed(int number, int deadline) {
        return sums[number].expected - sums[number].reached + late(number, deadline);
    }

    private long late(int number, int deadline) {
        int phases = DeliveryClasses.PHASES;
        return result.classes().late(number / phases, number % phases, deadline);
    }

    Table delivery() {
        Table table = ResultTable.DELIVERY.table();
        for (int i = 0; i < sums.length; i++) {
            Sum sum = sums[i];
            if (sum.messages == 0) continue;
            int topic = i / DeliveryClasses.PHASES;
            int phase = i % DeliveryClasses.PHASES;
            double[] delays = delays(result.classes().delays(topic, phase));
            table.add(
                    topic,
                    phase,
                    sum.messages,
                    sum.reached,
                    sum.expected,
                    sum.reachedAll,
                    sum.expectedAll,
                    sum.victimsReached,
                    sum.victimsExpected,
                    delays[0],
                    delays[1],
                    delays[2],
                    delays[3],
                    delays[4],
                    delays[5],
                    delays[6]);
        }
        return table;
    }

    private static double[] delays(@Nullable LatencyHistogram delays) {
        var millis = new double[QUANTILES.length + 1];
        Arrays.fill(millis, Double.NaN);
        if (delays == null) return millis;
        for (int q = 0; q < QUANTILES.length; q++) millis[q] = delays.quantileMillis(QUANTILES[q]);
        millis[QUANTILES.length] = delays.maxMillis();
        return millis;
    }

    Table deadlines() {
        Table table = ResultTable.DEADLINES.table();
        for (int i = 0; i < sums.length; i++) {
            if (sums[i].messages == 0) continue;
            int topic = i / DeliveryClasses.PHASES;
            int phase = i % DeliveryClasses.PHASES;
            for (int d = 0; d < setup.deadlines().length; d++) {
                table.add(
                        topic,
                        phase,
                        setup.deadlines()[d] / 1e9,
                        sums[i].expected,
                        late(i, d),
                        missed(i, d));
            }
        }
        return table;
    }

    Table hops() {
        Table table = ResultTable.HOPS.table();
        CopyCounts copies = result.copies();
        for (int hops = 1; hops <= copies.hopsMost(); hops++) add(table, hops, copies, hops);
        long unknown = 0;
        for (CopyCounts.Way way : CopyCounts.Way.ALL) unknown += copies.deliveries(way, -1);
        if (unknown > 0) add(table, Double.NaN, copies, -1);
        return table;
    }

    private static void add(Table table, double shown, CopyCounts copies, int hops) {
        table.add(
                shown,
                copies.deliveries(CopyCounts.Way.MESH, hops),
                copies.deliveries(CopyCounts.Way.FLOOD, hops),
                copies.deliveries(CopyCounts.Way.IWANT, hops),
                copies.deliveries(CopyCounts.Way.OTHER, hops));
    }

    Table gaps() {
        Table table = ResultTable.GAPS.table();
        result.copies().gaps().cumulative((millis, share) -> table.add(millis, share));
        return table;
    }
}
