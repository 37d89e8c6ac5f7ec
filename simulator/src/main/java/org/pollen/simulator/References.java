package org.pollen.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterParams;
import org.pollen.simulator.Verdict.Gate;

/// The reference model of the specification, and what is measured against it: meshes that never
/// change, no gossip and no scores.
///
/// Source: simulator specification 7.3.
final class References {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000;

    /// Meshes are made once everybody knows all its neighbours. Else the first heartbeats find only
    /// the near ones, and meshes of near peers are 5 to 14 % faster than the random ones of models.
    static final Duration LATE = Duration.ofSeconds(2);

    /// Between heartbeats: so long that two peers rarely take each other for free at once. The
    /// model visits them one by one.
    private static final Duration RARE = Duration.ofSeconds(10);

    /// Ends the names of points that are compared with the model of 7.3 as computed here.
    static final String MODEL = ", the model run here";

    private References() {}

    /// A row of the model: what it has, and what it measured.
    ///
    /// @param degree of a regular graph; 0 where each peer dials twenty others
    /// @param target D; Dlo is two less, and Dhi the 14 that gives the model's mean mesh: it never
    ///   trims one
    /// @param p95 NaN where there is none
    record Row(
            int peers,
            Network network,
            int degree,
            int target,
            boolean flood,
            int size,
            double perSecond,
            int messages,
            double p50,
            double p95,
            double p99,
            double copies) {
        static Row of(int peers, Network network) {
            return new Row(peers, network, 0, 8, false, 256, 4, 40, 0, Double.NaN, 0, 7.59);
        }

        Row regular(int links) {
            return new Row(
                    peers, network, links, target, flood, size, perSecond, messages, p50, p95, p99,
                    copies);
        }

        Row mesh(int d, double mean) {
            return new Row(
                    peers, network, degree, d, flood, size, perSecond, messages, p50, p95, p99,
                    mean);
        }

        Row flooding() {
            return new Row(
                    peers, network, degree, target, true, size, perSecond, messages, p50, p95, p99,
                    copies);
        }

        Row sending(int bytes, double rate, int count) {
            return new Row(
                    peers, network, degree, target, flood, bytes, rate, count, p50, p95, p99,
                    copies);
        }

        Row expecting(double median, double ninetyFive, double ninetyNine) {
            return new Row(
                    peers,
                    network,
                    degree,
                    target,
                    flood,
                    size,
                    perSecond,
                    messages,
                    median,
                    ninetyFive,
                    ninetyNine,
                    copies);
        }
    }

    static Network ideal(Latency latency, long validationMillis) {
        return Network.ideal(latency).withValidation(validationMillis * MILLI);
    }

    /// As the interoperability suite has it.
    static Network interop() {
        return ideal(Latency.INTEROP8, 5).withBandwidth(Network.Bandwidth.INTEROP);
    }

    static Profile plain(RouterParams params) {
        return new Profile(
                "static", params, null, Profile.PLAIN.thresholds(), PubsubProtocol.MESHSUB_1_1);
    }

    static Profile statics(int target, int low, int high, boolean flood) {
        return plain(
                Profile.PLAIN.params().toBuilder()
                        .meshTarget(target)
                        .meshLow(low)
                        .meshHigh(high)
                        .meshScore(Math.min(target, 4))
                        .meshOutbound(target < 8 ? 0 : 2) // version 1.0 where D is 6
                        .gossipLazy(0)
                        .gossipFactor(0)
                        .pruneAtHigh(false)
                        .floodPublish(flood)
                        .heartbeatInitialDelay(LATE)
                        .build());
    }

    /// A run and the model of the same network, links and messages.
    record Pair(SimulationResult result, ReferenceModel.Outcome model) {}

    static List<Gate> hold(Row row, long seed, int seeds) {
        var pairs = new ArrayList<Pair>();
        for (int i = 0; i < seeds; i++) pairs.add(run(row, seed + i, 1));
        return hold(row, pairs);
    }

    /// The mean over runs against the row and against the model, with the tolerances of the
    /// specification.
    static List<Gate> hold(Row row, List<Pair> pairs) {
        int seeds = pairs.size();
        double delivery = 0;
        var measured = new double[4];
        var model = new double[4];
        for (Pair pair : pairs) {
            SimulationResult result = pair.result;
            delivery += result.delivery() / seeds;
            LatencyHistogram delays = result.delays();
            measured[0] += delays.quantileMillis(0.5) / seeds;
            measured[1] += delays.quantileMillis(0.95) / seeds;
            measured[2] += delays.quantileMillis(0.99) / seeds;
            measured[3] += result.duplicatesPerDelivery() / seeds;
            model[0] += pair.model.p50() / seeds;
            model[1] += pair.model.p95() / seeds;
            model[2] += pair.model.p99() / seeds;
            model[3] += pair.model.copies() / seeds;
        }
        var gates = new ArrayList<Gate>();
        gates.add(Gate.atLeast("delivery", 1, delivery));
        gates.add(near("p50 ms", row.p50, row.p50 * 0.06, measured[0]));
        if (!Double.isNaN(row.p95)) gates.add(near("p95 ms", row.p95, row.p95 * 0.08, measured[1]));
        gates.add(near("p99 ms", row.p99, row.p99 * 0.08, measured[2]));
        gates.add(near("copies a delivery", row.copies, row.copies * 0.03, measured[3]));
        gates.add(near("p50 ms" + MODEL, model[0], model[0] * 0.06, measured[0]));
        gates.add(near("p95 ms" + MODEL, model[1], model[1] * 0.08, measured[1]));
        gates.add(near("p99 ms" + MODEL, model[2], model[2] * 0.08, measured[2]));
        gates.add(near("copies a delivery" + MODEL, model[3], model[3] * 0.03, measured[3]));
        return gates;
    }

    /// One run, and the model.
    static Pair run(Row row, long seed, int workers) {
        long from = 35 * SECOND;
        long to = from + (long) (row.messages / row.perSecond * SECOND);
        int low = row.target - 2;
        Links links = new Links();
        if (row.degree > 0) links.regular(row.peers, row.degree, 0, seed);
        else links.dial(row.peers, 20, 0, seed);
        RouterParams params = statics(row.target, low, 14, row.flood).params();
        Profile profile = plain(params.toBuilder().heartbeatInterval(RARE).build());
        var simulation =
                new Simulation(
                        Setup.of(row.peers, row.network, profile)
                                .seed(seed)
                                .workers(workers)
                                .links(links)
                                .end(to + 3 * SECOND)
                                .workload(row.peers, row.perSecond, row.size, from, to, 1)
                                .build());
        SimulationResult result = simulation.run(() -> false);
        return new Pair(result, ReferenceModel.run(simulation, links, row.target, row.flood, seed));
    }

    static Gate near(String what, double wanted, double tolerance, double measured) {
        String rule = "%s +- %s".formatted(Gate.number(wanted), Gate.number(tolerance));
        return new Gate(what, rule, measured, Math.abs(measured - wanted) <= tolerance);
    }
}
