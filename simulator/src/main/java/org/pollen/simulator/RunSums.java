package org.pollen.simulator;

import java.util.Arrays;
import java.util.Map;

/// What a summary has of a run beside what it was: sums over its tables, by the names that the
/// report shows.
///
/// Source: simulator specification 4.1.
final class RunSums {
    /// Begins the names of the numbers of deliveries after a deadline, or not at all.
    static final String MISSED = "missed";

    private RunSums() {}

    static void put(
            Map<String, Object> summary,
            Setup setup,
            SimulationResult result,
            DeliveryTables deliveries,
            Recorder recorder) {
        deliveries(summary, setup, deliveries);
        copies(summary, result);
        long first = sum(result, Tally.FIRST_BYTES);
        long messages = sum(result, Tally.MESSAGE_BYTES);
        double received = messages + sum(result, Tally.CONTROL_BYTES);
        summary.put("wastedBytes", Math.max(0, messages - first));
        summary.put("idontwantSaved", result.savedCopies());
        summary.put("idontwantSavedBytes", result.savedBytes());
        int seconds = (int) (result.endNanos() / 1_000_000_000L);
        double each = Math.max(1, seconds) * (double) setup.honest();
        summary.put("downMean", received / each);
        summary.put("upMean", sum(result, Tally.SENT_BYTES) / each);
        double up = 0;
        double down = 0;
        for (int s = 0; s < seconds; s++) {
            double[] most = recorder.peaks(s);
            up = Math.max(up, Double.isNaN(most[0]) ? 0 : most[0]);
            down = Math.max(down, Double.isNaN(most[1]) ? 0 : most[1]);
        }
        summary.put("upPeak", up);
        summary.put("downPeak", down);
        meshes(summary, setup, recorder);
        if (setup.total() > setup.honest()) attack(summary, setup, recorder);
    }

    private static long sum(SimulationResult result, int column) {
        long sum = 0;
        for (int at = column; at < result.series().length; at += Tally.WIDTH) {
            sum += result.series()[at];
        }
        return sum;
    }

    private static void deliveries(
            Map<String, Object> summary, Setup setup, DeliveryTables deliveries) {
        summary.put("deliveryAll", deliveries.deliveryAll());
        for (int d = 0; d < setup.deadlines().length; d++) {
            String seconds = RunFolder.json(setup.deadlines()[d] / 1e9);
            summary.put(MISSED + seconds + "s", deliveries.missed(d));
        }
    }

    private static void copies(Map<String, Object> summary, SimulationResult result) {
        CopyCounts copies = result.copies();
        if (copies.deliveries() == 0) return;
        summary.put("hopsMean", copies.hopsMean());
        summary.put("hopsMost", copies.hopsMost());
        summary.put("meshPath", copies.share(CopyCounts.Way.MESH));
        summary.put("floodPath", copies.share(CopyCounts.Way.FLOOD));
        summary.put("iwantPath", copies.share(CopyCounts.Way.IWANT));
        if (copies.gaps().total() == 0) return;
        summary.put("gapP50", copies.gaps().quantileMillis(0.5));
        summary.put("gapP99", copies.gaps().quantileMillis(0.99));
    }

    /// Of the first topic, from the first message on.
    private static void meshes(Map<String, Object> summary, Setup setup, Recorder recorder) {
        Table graph = recorder.graph().graph();
        long first = setup.messages().stream().mapToLong(PlannedMessage::at).min().orElse(0);
        double least = recorder.graph().giantLeast(first, Long.MAX_VALUE);
        if (Double.isNaN(least)) return;
        double[] topics = graph.column("topic");
        int last = graph.size() - 1;
        while (topics[last] != 0) last--;
        summary.put("giantLeast", least);
        summary.put("giantLast", graph.column("giant")[last]);
        summary.put("outbound", graph.column("outbound")[last]);
        summary.put("meshChanges", graph.column("changes")[last]);
    }

    private static void attack(Map<String, Object> summary, Setup setup, Recorder recorder) {
        Table attack = recorder.attack();
        if (attack.size() == 0) return;
        int last = attack.size() - 1;
        summary.put("attackConnections", attack.column("connections")[last]);
        summary.put("attackIdentities", attack.column("identities")[last]);
        summary.put("attackAddresses", attack.column("addresses")[last]);
        summary.put("attackBytes", Arrays.stream(attack.column("bytes")).sum());
        summary.put("takenLongest", attack.column("taken_longest")[last]);
        if (setup.profile().scores() == null) return;
        summary.put("graylistedAfter", recorder.graylistedAfter());
        Table scores = recorder.scores();
        summary.put("falsePositivesMost", most(scores.column("honest_below_zero")));
        double[] above = scores.column("attackers_above_zero");
        summary.put("falseNegativesLast", above.length == 0 ? Double.NaN : above[above.length - 1]);
    }

    private static double most(double... values) {
        return Arrays.stream(values).filter(Double::isFinite).max().orElse(Double.NaN);
    }
}
