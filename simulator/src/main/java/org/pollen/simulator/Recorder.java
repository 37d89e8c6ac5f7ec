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
    private static final long GRAPH_EVERY = 10;
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

    /// Of peers whose scores are looked at. Honest ones are slow, too, in some attacks.
    static final List<String> CLASSES = List.of("honest", "attackers", "slow");

    private static final double[] QUANTILES = {0.05, 0.5, 0.95};

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
    private final MeshGraph graph;
    private final Graylisting graylisting;
    private final AttackCost cost = new AttackCost();

    Recorder() {
        this(MESHES_MAX, OBSERVERS_MAX, SCORES_EVERY, GRAPH_EVERY);
    }

    /// What a scenario says, or else as usual.
    Recorder(ScenarioValues values) {
        this(
                values.count("measure.meshes", Integer.toString(MESHES_MAX)),
                values.count("measure.observers", Integer.toString(OBSERVERS_MAX)),
                values.value("measure.scoreEvery", SCORES_EVERY + "s", Recorder::seconds),
                values.value("measure.graphEvery", GRAPH_EVERY + "s", Recorder::seconds));
    }

    private Recorder(int meshesMax, int observersMax, long scoresEvery, long graphEvery) {
        this.meshesMax = meshesMax;
        this.observersMax = observersMax;
        this.scoresEvery = scoresEvery;
        graph = new MeshGraph(graphEvery, meshesMax);
        graylisting = new Graylisting(observersMax);
    }

    private static long seconds(String text) {
        long nanos = Quantity.duration(text);
        if (nanos < SECOND || nanos % SECOND != 0) throw new IllegalArgumentException(text);
        return nanos / SECOND;
    }

    /// Since when an attacker has been in a mesh, by (peer, attacker).
    private final Map<Long, Long> stays = new LinkedHashMap<>();

    private final KaplanMeier stayed = new KaplanMeier();
    private long meshesAt; // second of the last look at meshes

    /// Since when a peer has had attackers in its mesh and no honest member.
    private final Map<Integer, Long> taken = new LinkedHashMap<>();

    private long takenLongest;

    /// Looks at the run of a setup, whose peers remember first copies for it.
    Setup.Builder at(Setup.Builder setup) {
        return setup.probe(this).rememberCopies();
    }

    static List<String> partColumns(String who) {
        return PART_NAMES.stream().map(part -> who + "_" + part.toLowerCase(Locale.ROOT)).toList();
    }

    @Override
    public void sample(Simulation simulation, long now) {
        samplePeaks(simulation);
        if (!simulation.profile().routed()) return;
        long second = now / SECOND;
        graph.sample(simulation, now);
        graylisting.sample(simulation, now);
        cost.sample(simulation, now);
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
        int alone = 0;
        int entered = 0;
        long honest = 0;
        long attackers = 0;
        int least = Integer.MAX_VALUE;
        int most = 0;
        var here = new LinkedHashMap<Long, Long>();
        for (int i = 0; i < peers; i++) {
            if (!asked(simulation, i)) {
                taken.remove(i);
                continue;
            }
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
            if (bad > 0 && good == 0) {
                alone++;
                long since = taken.computeIfAbsent(i, _ -> second);
                takenLongest = Math.max(takenLongest, second - since);
            } else {
                taken.remove(i);
            }
            honest += good;
            attackers += bad;
            least = Math.min(least, good);
            most = Math.max(most, bad);
        }
        int left = 0;
        for (Map.Entry<Long, Long> stay : stays.entrySet()) {
            long key = stay.getKey();
            if (here.containsKey(key)) continue;
            left++;
            // How long it would have lasted is not known where the peer left, not the attacker.
            if (asked(simulation, (int) (key >> 32))) stayed.ended(second - stay.getValue());
            else stayed.open(meshesAt - stay.getValue());
        }
        meshesAt = second;
        stays.clear();
        stays.putAll(here);
        if (looked == 0) return;
        mesh.add(second, (double) honest / looked, least, (double) attackers / looked, most);
        if (simulation.setup().total() == simulation.setup().honest()) return;
        long bytes = simulation.counted(Tally.ATTACK_BYTES);
        attack.add(
                second,
                cost.links(),
                here.size(),
                entered,
                left,
                (double) hit / looked,
                (double) alone / looked,
                bytes - attackBytes,
                takenLongest,
                cost.connections(),
                cost.identities(),
                cost.addresses());
        attackBytes = bytes;
    }

    /// Whether a peer is there, and follows the first topic: others have no mesh of it.
    private static boolean asked(Simulation simulation, int peer) {
        return simulation.setup().follows(peer, 0) && !simulation.honestPeer(peer).gone();
    }

    private void sampleScores(Simulation simulation, long second, long now) {
        if (simulation.profile().scores() == null) return;
        var row = new double[scores.columns().size()];
        row[0] = second;
        int width = (row.length - 1) / CLASSES.size();
        for (int who = 0; who < CLASSES.size(); who++) {
            double[] part = scoresOf(simulation, who, now, width);
            System.arraycopy(part, 0, row, 1 + who * width, width);
        }
        scores.add(row);
    }

    /// The columns of one class of peers; no numbers if nobody is linked to one.
    private double[] scoresOf(Simulation simulation, int who, long now, int width) {
        PeerScoreThresholds limits = simulation.profile().thresholds();
        double[] below = {
            0, limits.gossipThreshold(), limits.publishThreshold(), limits.graylistThreshold()
        };
        var sums = new double[PARTS.size()];
        var low = new int[below.length];
        int high = 0;
        double total = 0;
        var all = new ArrayList<Double>();
        int peers = Math.min(observersMax, simulation.setup().honest());
        for (int i = 0; i < peers; i++) {
            HonestPeer peer = simulation.honestPeer(i);
            if (peer.gone()) continue;
            for (int remote : peer.remotes()) {
                if (!isOf(simulation, remote, who)) continue;
                PeerScoreSnapshot snapshot = peer.snapshotOf(remote, now);
                double score = snapshot.score();
                for (int p = 0; p < sums.length; p++) {
                    sums[p] += snapshot.contribution(PARTS.get(p));
                }
                for (int b = 0; b < below.length; b++) if (score < below[b]) low[b]++;
                if (score > 0) high++;
                total += score;
                all.add(score);
            }
        }
        var columns = new double[width];
        Arrays.fill(columns, Double.NaN);
        int count = all.size();
        if (count == 0) return columns;
        double[] sorted = all.stream().mapToDouble(score -> score).sorted().toArray();
        int at = 0;
        for (double sum : sums) columns[at++] = sum / count;
        columns[at++] = total / count;
        columns[at++] = sorted[0];
        columns[at++] = sorted[count - 1];
        for (double q : QUANTILES) columns[at++] = sorted[(int) (q * (count - 1))];
        columns[at++] = (double) high / count;
        for (int links : low) columns[at++] = (double) links / count;
        return columns;
    }

    private static boolean isOf(Simulation simulation, int remote, int who) {
        return switch (who) {
            case 0 -> simulation.honest(remote);
            case 1 -> !simulation.honest(remote);
            default -> simulation.slow(remote);
        };
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

    /// The share of stays of attackers in meshes that last longer than so many seconds.
    Table survival() {
        double last = mesh.size() == 0 ? 0 : mesh.column("second")[mesh.size() - 1];
        var all = new KaplanMeier();
        all.add(stayed);
        stays.values().forEach(since -> all.open((long) last - since));
        return all.into(ResultTable.SURVIVAL.table());
    }

    /// The share of links with attackers that are not graylisted for so many seconds.
    Table graylisting() {
        return graylisting.times().into(ResultTable.GRAYLISTING.table());
    }

    /// Seconds until half of the attackers are graylisted; no number if they are not.
    double graylistedAfter() {
        return graylisting.times().median();
    }

    /// Looks at meshes as one graph.
    MeshGraph graph() {
        return graph;
    }
}
