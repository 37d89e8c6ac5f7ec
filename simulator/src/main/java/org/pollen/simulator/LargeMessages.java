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

    /// vac: 2,000 peers, 40 to 130 ms, 50 to 150 Mb/s, D 8/6/12, no flood publish.
    static List<Gate> savings(long seed, int peers, int messages) {
        return savings(seed, peers, messages, (_, _) -> {});
    }

    /// @param each hears of each run
    static List<Gate> savings(
            long seed, int peers, int messages, BiConsumer<String, SimulationResult> each) {
        var gates = new ArrayList<Gate>();
        for (int size : new int[] {500_000, 1_000_000}) {
            var saved = new double[3];
            var slower = new double[3];
            int[] heartbeats = {700, 1000, 1500};
            for (int i = 0; i < 3; i++) {
                SimulationResult off = run(seed, peers, messages, size, heartbeats[i], false);
                SimulationResult on = run(seed, peers, messages, size, heartbeats[i], true);
                String name = "%d KB, heartbeat %d ms".formatted(size / 1000, heartbeats[i]);
                each.accept(name + ", without IDONTWANT", off);
                each.accept(name + ", with it", on);
                saved[i] = 100 - 100.0 * on.wireBytes() / off.wireBytes();
                slower[i] =
                        100 * on.delays().quantileMillis(0.5) / off.delays().quantileMillis(0.5)
                                - 100;
                if (i != 1) continue;
                String what = "%d KB: ".formatted(size / 1000);
                gates.add(Gate.atLeast(what + "delivery", 1, on.delivery()));
                gates.add(Gate.atLeast(what + "traffic saved, %", 10, saved[i]));
                gates.add(Gate.atMost(what + "traffic saved, %", 30, saved[i]));
            }
            String what = "%d KB: ".formatted(size / 1000);
            gates.add(
                    Gate.atLeast(
                            what + "saved at 1,500 ms less that at 700 ms, points",
                            0,
                            saved[2] - saved[0]));
            for (int i = 0; i < 3; i++) {
                gates.add(
                        References.near(
                                what
                                        + "median delay at %d ms, change in %%"
                                                .formatted(heartbeats[i]),
                                0,
                                10,
                                slower[i]));
            }
        }
        return gates;
    }

    private static SimulationResult run(
            long seed, int peers, int messages, int size, int heartbeat, boolean idontwant) {
        Profile profile =
                new Profile(
                        "vac",
                        Profile.PLAIN.params().toBuilder()
                                .heartbeatInterval(Duration.ofMillis(heartbeat))
                                .build(),
                        null,
                        Profile.PLAIN.thresholds(),
                        idontwant ? PubsubProtocol.MESHSUB_1_2 : PubsubProtocol.MESHSUB_1_1);
        Network network =
                Network.ideal(Latency.VAC)
                        .withBandwidth(Network.Bandwidth.VAC5)
                        .withSharing(Network.Sharing.TCPLITE);
        long gap = 15;
        Setup.Builder setup =
                Setup.of(peers, network, profile)
                        .seed(seed)
                        .links(new Links().dial(peers, 20, 0, seed))
                        .end((10 + gap * messages) * SECOND);
        for (int m = 0; m < messages; m++) {
            int publisher = (int) (Mix.unit(seed, m, Mix.WORKLOAD) * peers);
            long at = (10 + gap * m) * SECOND;
            setup.message(new PlannedMessage(at, publisher, size, PlannedMessage.Kind.NORMAL));
        }
        return new Simulation(setup.build()).run(() -> false);
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
