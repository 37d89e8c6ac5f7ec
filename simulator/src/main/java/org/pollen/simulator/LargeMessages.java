package org.pollen.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.pollen.router.PubsubProtocol;
import org.pollen.simulator.Verdict.Gate;

/// Two published comparisons: what IDONTWANT saves of large messages, and meshes with gossip
/// against flooding while peers come and go.
///
/// Source: simulator specification 1.3, P-G and P-I.
final class LargeMessages {
    private static final long SECOND = 1_000_000_000L;

    private LargeMessages() {}

    /// vac: 2,000 peers, 40 to 130 ms, 50 to 150 Mb/s, D 8/6/12, gossip factor 0.05, no flood
    /// publish, a message each four seconds over connections that are warm.
    ///
    /// @param messages as published: 10
    static List<Gate> savings(long seed, int peers, int messages) {
        return savings(seed, peers, messages, (_, _) -> {});
    }

    /// What is published is of an implementation that writes copies to sockets at once. Ours keeps
    /// them in its queues while a line is busy and takes them back, so it saves more (ADR 99).
    ///
    /// @param each hears of each run
    static List<Gate> savings(
            long seed, int peers, int messages, BiConsumer<String, SimulationResult> each) {
        var gates = new ArrayList<Gate>();
        for (int size : new int[] {500_000, 1_000_000}) {
            var published = new Savings("copies in sockets", size, true);
            published.run(seed, peers, messages, each);
            gates.add(Gate.atLeast(published.what("traffic saved, %"), 10, published.saved[1]));
            gates.add(Gate.atMost(published.what("traffic saved, %"), 30, published.saved[1]));
            published.hold(gates);

            var ours = new Savings("copies in queues", size, false);
            ours.run(seed, peers, messages, each);
            gates.add(
                    Gate.atLeast(
                            ours.what("traffic saved, %, copies in sockets"),
                            published.saved[1],
                            ours.saved[1]));
            ours.hold(gates);
        }
        return gates;
    }

    /// Runs with and without IDONTWANT at three intervals of heartbeats, and what they differ in.
    private static final class Savings {
        private static final int[] HEARTBEATS = {700, 1000, 1500};
        private static final int WARMING = 2;

        private final String where;
        private final int size;
        private final boolean deepSockets;
        private final double[] saved = new double[HEARTBEATS.length];
        private final double[] slower = new double[HEARTBEATS.length];
        private double delivery = 1;

        /// @param where copies wait for the line
        Savings(String where, int size, boolean deepSockets) {
            this.where = where;
            this.size = size;
            this.deepSockets = deepSockets;
        }

        String what(String gate) {
            return "%d KB, %s: %s".formatted(size / 1000, where, gate);
        }

        void run(long seed, int peers, int messages, BiConsumer<String, SimulationResult> each) {
            for (int i = 0; i < HEARTBEATS.length; i++) {
                SimulationResult off = run(seed, peers, messages, HEARTBEATS[i], false);
                SimulationResult on = run(seed, peers, messages, HEARTBEATS[i], true);
                String name = what("heartbeat %d ms".formatted(HEARTBEATS[i]));
                each.accept(name + ", without IDONTWANT", off);
                each.accept(name + ", with it", on);
                saved[i] = 100 - 100.0 * on.wireBytes() / off.wireBytes();
                slower[i] = 100 * median(on) / median(off) - 100;
                delivery = Math.min(delivery, on.delivery());
            }
        }

        /// What must hold wherever copies wait.
        void hold(List<Gate> gates) {
            gates.add(Gate.atLeast(what("delivery"), 1, delivery));
            gates.add(
                    Gate.atLeast(
                            what("saved at 1,500 ms less that at 700 ms, points"),
                            0,
                            saved[2] - saved[0]));
            for (int i = 0; i < HEARTBEATS.length; i++) {
                String at = "median delay at %d ms, change in %%".formatted(HEARTBEATS[i]);
                gates.add(References.near(what(at), 0, 10, slower[i]));
            }
        }

        /// The two messages that come first widen the windows of connections, and do not count.
        private SimulationResult run(
                long seed, int peers, int messages, int heartbeat, boolean idontwant) {
            Profile profile =
                    new Profile(
                            "vac",
                            Profile.PLAIN.params().toBuilder()
                                    .heartbeatInterval(Duration.ofMillis(heartbeat))
                                    .gossipLazy(6)
                                    .gossipFactor(0.05)
                                    .build(),
                            null,
                            Profile.PLAIN.thresholds(),
                            idontwant ? PubsubProtocol.MESHSUB_1_2 : PubsubProtocol.MESHSUB_1_1);
            Network network =
                    Network.ideal(Latency.VAC)
                            .withBandwidth(Network.Bandwidth.VAC5)
                            .withSharing(Network.Sharing.TCPLITE_WARM);
            int all = WARMING + messages;
            Setup.Builder setup =
                    Setup.of(peers, network, profile)
                            .seed(seed)
                            .links(new Links().dial(peers, 20, 0, seed))
                            .attackBetween(at(WARMING), Long.MAX_VALUE)
                            .end(at(all) + 10 * SECOND);
            if (deepSockets) setup.deepSockets();
            for (int m = 0; m < all; m++) {
                int publisher = (int) (Mix.unit(seed, m, Mix.WORKLOAD) * peers);
                setup.message(
                        new PlannedMessage(at(m), publisher, size, PlannedMessage.Kind.NORMAL));
            }
            return new Simulation(setup.build()).run(() -> false);
        }

        private static long at(int message) {
            return (10 + 4L * message) * SECOND;
        }

        private static double median(SimulationResult result) {
            return result.phases().get(1).quantileMillis(0.5);
        }
    }

    /// lean-gossip: 1,000 peers with about 60 links, D 8 and Dlazy 1 against flooding; everybody
    /// counts for every message, whether it was there or not.
    static List<Gate> churn(long seed, int peers) {
        return churn(seed, peers, (_, _) -> {});
    }

    /// @param each hears of each run
    static List<Gate> churn(long seed, int peers, BiConsumer<String, SimulationResult> each) {
        var gates = new ArrayList<Gate>();
        for (int percent = 0; percent <= 30; percent += 10) {
            SimulationResult gossip = churned(seed, peers, percent, false);
            SimulationResult flood = churned(seed, peers, percent, true);
            each.accept("%d %% churn, gossip".formatted(percent), gossip);
            each.accept("%d %% churn, flooding".formatted(percent), flood);
            String what = "%d %% come and go: ".formatted(percent);
            if (percent == 0) {
                gates.add(Gate.atLeast(what + "delivery of gossip", 1, gossip.delivery()));
                gates.add(Gate.atLeast(what + "delivery of flooding", 1, flood.delivery()));
                continue;
            }
            gates.add(
                    Gate.atLeast(
                            what + "delivery of gossip, flooding %.4f".formatted(flood.delivery()),
                            flood.delivery(),
                            gossip.delivery()));
            double p99 = flood.delays().quantileMillis(0.99);
            gates.add(
                    Gate.atLeast(
                            what + "p99 ms of gossip, later than flooding's",
                            p99,
                            gossip.delays().quantileMillis(0.99)));
        }
        return gates;
    }

    private static SimulationResult churned(long seed, int peers, int percent, boolean flood) {
        Profile profile =
                new Profile(
                        "lean",
                        Profile.PLAIN.params().toBuilder().gossipLazy(1).gossipFactor(0).build(),
                        null,
                        Profile.PLAIN.thresholds(),
                        flood ? PubsubProtocol.FLOODSUB_1_0 : PubsubProtocol.MESHSUB_1_1);
        long end = 60 * SECOND;
        return new Simulation(
                        Setup.of(peers, Network.ideal(Latency.LEAN3), profile)
                                .seed(seed)
                                .links(new Links().dial(peers, 30, 0, seed))
                                .end(end)
                                .churn(percent / 100.0, 10 * SECOND, 2 * SECOND, 8 * SECOND, 30)
                                .countEverybody()
                                .workload(peers, 2.6, 512, 25 * SECOND, 40 * SECOND, 1)
                                .build())
                .run(() -> false);
    }
}
