package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.pollen.scoring.PeerScoreSnapshot;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScoreComponent;

/// Looks at a run every virtual second for its report: meshes, scores by component, and how long
/// attackers stay in meshes. Looks only: the run is the same without it.
final class Recorder implements Simulation.Probe {
    private static final int MESHES_MAX = 200;
    private static final int OBSERVERS_MAX = 40;
    private static final long SCORES_EVERY = 5;
    private static final long SECOND = 1_000_000_000L;

    private static final List<ScoreComponent> PARTS =
            List.of(
                    ScoreComponent.P1,
                    ScoreComponent.P2,
                    ScoreComponent.P3,
                    ScoreComponent.P3B,
                    ScoreComponent.P4,
                    ScoreComponent.P5,
                    ScoreComponent.P6,
                    ScoreComponent.P7);

    /// As reports name them.
    static final List<String> PART_NAMES = List.of("P1", "P2", "P3", "P3b", "P4", "P5", "P6", "P7");

    private final Table mesh = ResultTable.MESH.table();
    private final Table scores = ResultTable.SCORES.table();
    private final Table attack = ResultTable.ATTACK.table();

    /// Most that one peer sent and received in each second.
    private final List<long[]> peaks = new ArrayList<>();

    private long[] sent = {};
    private long[] received = {};
    private long attackBytes;

    private final int meshesMax;
    private final int observersMax;
    private final long scoresEvery; // seconds

    Recorder() {
        this(MESHES_MAX, OBSERVERS_MAX, SCORES_EVERY);
    }

    /// What a scenario says, or else as usual.
    Recorder(ScenarioValues values) {
        this(
                values.count("measure.meshes", Integer.toString(MESHES_MAX)),
                values.count("measure.observers", Integer.toString(OBSERVERS_MAX)),
                values.value("measure.scoreEvery", SCORES_EVERY + "s", Recorder::seconds));
    }

    private Recorder(int meshesMax, int observersMax, long scoresEvery) {
        this.meshesMax = meshesMax;
        this.observersMax = observersMax;
        this.scoresEvery = scoresEvery;
    }

    private static long seconds(String text) {
        long nanos = Quantity.duration(text);
        if (nanos < SECOND || nanos % SECOND != 0) throw new IllegalArgumentException(text);
        return nanos / SECOND;
    }

    /// Since when an attacker has been in a mesh, by (peer, attacker).
    private final Map<Long, Long> stays = new LinkedHashMap<>();

    private final List<Long> ended = new ArrayList<>();

    static List<String> partColumns(String who) {
        return PART_NAMES.stream().map(part -> who + "_" + part.toLowerCase(Locale.ROOT)).toList();
    }

    @Override
    public void sample(Simulation simulation, long now) {
        samplePeaks(simulation);
        if (!simulation.profile().routed()) return;
        long second = now / SECOND;
        sampleMeshes(simulation, second);
        if (second % scoresEvery == 0) sampleScores(simulation, second, now);
    }

    private void samplePeaks(Simulation simulation) {
        int peers = Math.min(MESHES_MAX, simulation.setup().honest());
        sent = Arrays.copyOf(sent, peers);
        received = Arrays.copyOf(received, peers);
        var most = new long[2];
        for (int i = 0; i < peers; i++) {
            Actor peer = simulation.actor(i);
            most[0] = Math.max(most[0], peer.sentBytes() - sent[i]);
            most[1] = Math.max(most[1], peer.receivedBytes() - received[i]);
            sent[i] = peer.sentBytes();
            received[i] = peer.receivedBytes();
        }
        peaks.add(most);
    }

    private void sampleMeshes(Simulation simulation, long second) {
        int peers = Math.min(meshesMax, simulation.setup().honest());
        int looked = 0;
        int hit = 0;
        int taken = 0;
        int entered = 0;
        long honest = 0;
        long attackers = 0;
        int least = Integer.MAX_VALUE;
        int most = 0;
        var here = new LinkedHashMap<Long, Long>();
        for (int i = 0; i < peers; i++) {
            if (!asked(simulation, i)) continue;
            looked++;
            int good = 0;
            int bad = 0;
            for (int member : simulation.honestPeer(i).mesh()) {
                if (simulation.honest(member)) {
                    good++;
                } else {
                    bad++;
                    long key = ((long) i << 32) | member;
                    if (!stays.containsKey(key)) entered++;
                    here.put(key, stays.getOrDefault(key, second));
                }
            }
            if (bad > 0) hit++;
            if (bad > 0 && good == 0) taken++;
            honest += good;
            attackers += bad;
            least = Math.min(least, good);
            most = Math.max(most, bad);
        }
        int before = ended.size();
        stays.forEach((key, since) -> {
            if (!here.containsKey(key)) ended.add(second - since);
        });
        int left = ended.size() - before;
        stays.clear();
        stays.putAll(here);
        if (looked == 0) return;
        mesh.add(second, (double) honest / looked, least, (double) attackers / looked, most);
        if (simulation.setup().total() == simulation.setup().honest()) return;
        long bytes = simulation.counted(Tally.ATTACK_BYTES);
        attack.add(
                second,
                links(simulation),
                here.size(),
                entered,
                left,
                (double) hit / looked,
                (double) taken / looked,
                bytes - attackBytes);
        attackBytes = bytes;
    }

    /// Whether a peer is there, and follows the first topic: others have no mesh of it.
    private static boolean asked(Simulation simulation, int peer) {
        return simulation.setup().follows(peer, 0) && !simulation.honestPeer(peer).gone();
    }

    private static long links(Simulation simulation) {
        long links = 0;
        for (int i = simulation.setup().honest(); i < simulation.setup().total(); i++) {
            for (int remote : simulation.actor(i).linkedRemotes()) {
                if (simulation.honest(remote)) links++;
            }
        }
        return links;
    }

    private void sampleScores(Simulation simulation, long second, long now) {
        if (simulation.profile().scores() == null) return;
        PeerScoreThresholds limits = simulation.profile().thresholds();
        double[] below = {
            0, limits.gossipThreshold(), limits.publishThreshold(), limits.graylistThreshold()
        };
        int half = PARTS.size() + 3 + below.length;
        var row = new double[1 + 2 * half];
        row[0] = second;
        for (int who = 0; who < 2; who++) {
            double[] sums = new double[PARTS.size()];
            double total = 0;
            double least = Double.POSITIVE_INFINITY;
            double most = Double.NEGATIVE_INFINITY;
            var low = new int[below.length];
            int count = 0;
            int peers = Math.min(observersMax, simulation.setup().honest());
            for (int i = 0; i < peers; i++) {
                HonestPeer peer = simulation.honestPeer(i);
                if (peer.gone()) continue;
                for (int remote : peer.remotes()) {
                    if (simulation.honest(remote) != (who == 0)) continue;
                    PeerScoreSnapshot snapshot = peer.snapshotOf(remote, now);
                    for (int p = 0; p < sums.length; p++) {
                        sums[p] += snapshot.contribution(PARTS.get(p));
                    }
                    total += snapshot.score();
                    least = Math.min(least, snapshot.score());
                    most = Math.max(most, snapshot.score());
                    for (int b = 0; b < below.length; b++) {
                        if (snapshot.score() < below[b]) low[b]++;
                    }
                    count++;
                }
            }
            int at = 1 + who * half;
            for (int p = 0; p < sums.length; p++)
                row[at++] = count == 0 ? Double.NaN : sums[p] / count;
            row[at++] = count == 0 ? Double.NaN : total / count;
            row[at++] = count == 0 ? Double.NaN : least;
            row[at++] = count == 0 ? Double.NaN : most;
            for (int links : low) row[at++] = count == 0 ? Double.NaN : (double) links / count;
        }
        scores.add(row);
    }

    Table mesh() {
        return mesh;
    }

    Table scores() {
        return scores;
    }

    Table attack() {
        return attack;
    }

    /// Most that one peer sent and received in a second; nothing where nobody looked.
    double[] peaks(int second) {
        if (second >= peaks.size()) return new double[] {Double.NaN, Double.NaN};
        return Arrays.stream(peaks.get(second)).asDoubleStream().toArray();
    }

    /// The share of stays of attackers in meshes that last longer than so many seconds (Kaplan and
    /// Meier: those that have not ended count as long as they were seen).
    Table survival() {
        Table table = ResultTable.SURVIVAL.table();
        double last = mesh.size() == 0 ? 0 : mesh.column("second")[mesh.size() - 1];
        var open = stays.values().stream().map(since -> (long) last - since).toList();
        if (open.isEmpty() && ended.isEmpty()) return table;
        double share = 1;
        table.add(0, 1, open.size() + ended.size());
        for (long t : ended.stream().sorted().distinct().toList()) {
            long risk =
                    ended.stream().filter(d -> d >= t).count()
                            + open.stream().filter(d -> d >= t).count();
            long gone = ended.stream().filter(d -> d == t).count();
            share *= 1 - (double) gone / risk;
            table.add(t, share, risk);
        }
        long longest = open.stream().mapToLong(d -> d).max().orElse(0);
        if (longest > table.column("seconds")[table.size() - 1]) {
            table.add(longest, share, open.stream().filter(d -> d >= longest).count());
        }
        return table;
    }
}
