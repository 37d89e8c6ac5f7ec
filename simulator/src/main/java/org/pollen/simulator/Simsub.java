package org.pollen.simulator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.pollen.router.RouterParams;
import org.pollen.router.TraceEvent;
import org.pollen.simulator.Verdict.Gate;

/// The published experiments of gerbil-simsub as its script has them: each peer connects to twenty
/// different ones, heartbeats begin one to two seconds later, and five peers publish sixty messages
/// of which each has a random one of them, one a second.
///
/// What was published is one run each. Who the five are moves the median of a run, and with it the
/// share of a bin of 100 ms, by more than the specification allows. So the mean is taken of runs in
/// which everybody publishes, and the spread of runs on the same graphs in which five do: a
/// published share agrees if it is within the tolerance of the specification or within two standard
/// deviations of a run.
///
/// Source: simulator specification 1.3 (P-A to P-C); docs/adr/0104-published-runs-are-draws.md.
///
/// @param seed of the first run; the others have those after it
/// @param runs how many, two at least
/// @param peers in each
record Simsub(long seed, int runs, int peers) {
    private static final long SECOND = 1_000_000_000L;
    private static final int DIALS = 20;
    private static final int SOURCES = 5;
    private static final int MESSAGES = 60;
    private static final int BIN_MILLIS = 100;
    private static final int BINS = 4;
    private static final int LAZY = 6;
    private static final double FACTOR = 0.25;
    private static final double SENDS = 0.05;

    /// What one run came to.
    ///
    /// @param bins percent of the deliveries in each 100 ms
    /// @param sends copies a peer and message
    /// @param ids message ids in IHAVEs, where it was traced
    /// @param candidates of each peer: neighbours outside its mesh, where it was traced
    private record Run(double delivery, double[] bins, double sends, long ids, int[] candidates) {}

    /// Version 1.0: bins and copies.
    ///
    /// @param points the tolerance of the specification
    List<Gate> bins(double sends, double points, double... published) {
        List<Run> runs = all(false, peers, false);
        List<Run> spread = all(false, SOURCES, false);
        var gates = new ArrayList<Gate>();
        gates.add(delivery(runs));
        for (int bin = 0; bin < BINS; bin++) {
            gates.add(bin(runs, spread, bin, published[bin], points));
        }
        gates.add(sends(runs, sends));
        return gates;
    }

    /// Version 1.1, which publishes to all neighbours: the first bin, and copies.
    List<Gate> flood(double sends, double first, double points) {
        List<Run> runs = all(true, peers, false);
        Gate bin = bin(runs, all(true, SOURCES, false), 0, first, points);
        return List.of(delivery(runs), bin, sends(runs, sends));
    }

    /// What gossip costs in 1.1, in 1.0. The published peers gossip to each candidate with a chance
    /// of a quarter, and to six at least; routers gossip to a quarter of them, rounded down, and to
    /// six at least, which is less.
    List<Gate> gossip(double published, double tolerance) {
        List<Run> flood = all(true, SOURCES, true);
        double old = all(false, SOURCES, true).stream().mapToLong(Run::ids).sum();
        double ratio = flood.stream().mapToLong(Run::ids).sum() / old;
        double ours = 0;
        double theirs = 0;
        for (Run run : flood) {
            for (int count : run.candidates) {
                ours += Math.max(LAZY, (int) (FACTOR * count));
                theirs += ofEachAtRandom(count);
            }
        }
        double all = (double) flood.size() * peers * LAZY;
        return List.of(
                References.near("ids in IHAVEs, 1.1 to 1.0, by the rule", ours / all, 0.01, ratio),
                References.near(
                        "the same by the published peers' rule",
                        published,
                        tolerance,
                        theirs / all));
    }

    /// How many peers of so many hear of a message where each does with a chance of a quarter, and
    /// six at least: the mean.
    static double ofEachAtRandom(int candidates) {
        double mean = 0;
        double chance = StrictMath.pow(1 - FACTOR, candidates);
        for (int heard = 0; heard <= candidates; heard++) {
            mean += chance * Math.min(candidates, Math.max(LAZY, heard));
            chance *= (candidates - heard) / (heard + 1.0) * FACTOR / (1 - FACTOR);
        }
        return mean;
    }

    private static Gate delivery(List<Run> runs) {
        return Gate.atLeast(
                "delivery", 1, runs.stream().mapToDouble(Run::delivery).average().orElseThrow());
    }

    private static Gate bin(
            List<Run> runs, List<Run> spread, int bin, double published, double points) {
        double mean = mean(runs, bin);
        double middle = mean(spread, bin);
        double squares = spread.stream().mapToDouble(run -> square(run.bins[bin] - middle)).sum();
        double deviation = Math.sqrt(squares / (spread.size() - 1));
        String what =
                "%% of deliveries in %d to %d ms (sd of a run: %s)"
                        .formatted(
                                bin * BIN_MILLIS,
                                (bin + 1) * BIN_MILLIS,
                                Gate.number(Math.round(deviation * 10) / 10.0));
        return References.near(what, published, Math.max(points, 2 * deviation), mean);
    }

    private static double mean(List<Run> runs, int bin) {
        return runs.stream().mapToDouble(run -> run.bins[bin]).average().orElseThrow();
    }

    private static double square(double value) {
        return value * value;
    }

    private static Gate sends(List<Run> runs, double published) {
        double mean = runs.stream().mapToDouble(Run::sends).average().orElseThrow();
        return References.near("sends a peer and message", published, published * SENDS, mean);
    }

    private List<Run> all(boolean floodPublish, int publishers, boolean traced) {
        var all = new ArrayList<Run>();
        for (int i = 0; i < runs; i++) {
            all.add(run(seed + i, floodPublish, publishers, traced));
        }
        return all;
    }

    private Run run(long of, boolean floodPublish, int publishers, boolean traced) {
        Links links = new Links();
        int[] outside = connect(links, of);
        var ids = new long[1];
        Setup.Builder setup =
                Setup.of(peers, Network.ideal(Latency.GERBIL), profile(floodPublish))
                        .seed(of)
                        .links(links)
                        .end(68 * SECOND)
                        .workload(publishers, 1, 256, 5 * SECOND, (5 + MESSAGES) * SECOND, 1);
        if (traced) {
            setup.traces((peer, event) -> {
                switch (event) {
                    case TraceEvent.Graft _ -> outside[peer]--;
                    case TraceEvent.Prune _ -> outside[peer]++;
                    case TraceEvent.SendRpc sent -> {
                        for (var ihave : sent.meta().ihave()) ids[0] += ihave.ids().size();
                    }
                    default -> {}
                }
            });
        }
        SimulationResult result = new Simulation(setup.build()).run(() -> false);
        double sends = (double) result.messageRpcs() / MESSAGES / peers;
        return new Run(result.delivery(), bins(result), sends, ids[0], outside);
    }

    /// Each peer dials twenty different ones.
    ///
    /// @return how many neighbours each has
    private int[] connect(Links links, long of) {
        var neighbours = new int[peers];
        var pairs = new HashSet<Long>();
        for (int peer = 0; peer < peers; peer++) {
            SplittableRandom random = Mix.stream(of, peer, Mix.TOPOLOGY);
            var dialled = new HashSet<Integer>();
            while (dialled.size() < DIALS) {
                int other = random.nextInt(peers);
                if (other == peer || !dialled.add(other)) continue;
                links.add(peer, other, 0);
                if (pairs.add((long) Math.min(peer, other) << 32 | Math.max(peer, other))) {
                    neighbours[peer]++;
                    neighbours[other]++;
                }
            }
        }
        return neighbours;
    }

    private static Profile profile(boolean floodPublish) {
        RouterParams params =
                Profile.V10.params().toBuilder()
                        .meshTarget(6)
                        .meshLow(4)
                        .meshHigh(12)
                        .meshScore(4)
                        .meshOutbound(0)
                        .gossipLazy(LAZY)
                        .gossipFactor(floodPublish ? FACTOR : 0)
                        .floodPublish(floodPublish)
                        .heartbeatInitialDelay(References.LATE)
                        .build();
        return References.plain(params);
    }

    private static double[] bins(SimulationResult result) {
        var bins = new double[BINS];
        var last = new double[1];
        result.delays()
                .cumulative((millis, share) -> {
                    int bin = (int) Math.min(BINS - 1, millis / BIN_MILLIS);
                    bins[bin] += 100 * (share - last[0]);
                    last[0] = share;
                });
        return bins;
    }
}
