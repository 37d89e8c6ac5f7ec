package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.router.OutboundRpc;
import org.pollen.router.Rpc;
import org.pollen.router.RpcMessage;

/// How transfers share a wire, against closed formulas.
class SharingTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    /// Sends message i on its link i, modulo their number; notes when messages come, in ms.
    private static final class Node extends Adversary {
        static final List<Double> ARRIVALS = new ArrayList<>();

        Node(Simulation simulation, Partition partition, int index) {
            super(simulation, partition, index);
        }

        @Override
        protected void onLinked(int handle, long now) {}

        @Override
        protected void onScript(long word, long now) {
            byte[] payload = simulation.message((int) word).payload((int) word);
            RpcMessage message = partition.signer.compose(simulation.mask(), payload);
            transmit((int) (word % links()), (OutboundRpc) message, now);
        }

        @Override
        protected void onMessage(int handle, RpcMessage message, long now) {
            ARRIVALS.add((now - SECOND) / 1e6);
        }

        @Override
        protected void onRpc(int handle, Rpc rpc, long now) {}
    }

    private static Network network(double bits, Network.Sharing sharing) {
        return Network.ideal(Latency.named("const(50ms)"))
                .withBandwidth(Network.Bandwidth.uniform(bits))
                .withSharing(sharing);
    }

    private static List<Double> arrivals(
            Network network, Links links, List<PlannedMessage> messages) {
        Node.ARRIVALS.clear();
        Setup.Builder setup =
                Setup.of(1, network, Profile.PLAIN)
                        .links(links)
                        .attackers(10, Node::new)
                        .end(20 * SECOND);
        messages.forEach(setup::message);
        new Simulation(setup.build()).run(() -> false);
        return List.copyOf(Node.ARRIVALS);
    }

    private static PlannedMessage message(long at, int from, int size) {
        return new PlannedMessage(SECOND + at, from, size, PlannedMessage.Kind.NORMAL);
    }

    private static Links star() {
        var links = new Links();
        for (int i = 2; i < 5; i++) links.add(1, i, 0);
        return links;
    }

    /// What a copy of 1 MiB takes alone at 100 Mb/s.
    private static final double COPY = Network.wireBytes((1 << 20) + 12) * 8 / 100e3;

    @Test
    @DisplayName("S-24: transfers that share an uplink end when processor sharing says")
    void fair() {
        Network network = network(100e6, Network.Sharing.FAIR);
        long half = (long) (COPY / 2 * MILLI) / 1000 * 1000;

        List<Double> together =
                arrivals(network, star(), List.of(message(0, 1, 1 << 20), message(0, 1, 1 << 20)));
        assertThat(together).hasSize(2);
        for (double at : together) assertThat(at).isCloseTo(50 + 2 * COPY, within(0.1));

        List<Double> halfway =
                arrivals(
                        network,
                        star(),
                        List.of(message(0, 1, 1 << 20), message(half, 1, 1 << 20)));
        assertThat(halfway.get(0)).isCloseTo(50 + 1.5 * COPY, within(0.1));
        assertThat(halfway.get(1)).isCloseTo(50 + 2 * COPY, within(0.1));

        // Begun at 0, 0.5 and 1.
        List<Double> staggered =
                arrivals(
                        network,
                        star(),
                        List.of(
                                message(0, 1, 1 << 20),
                                message(half, 1, 1 << 20),
                                message(2 * half, 1, 1 << 20)));
        // The first has 0.5 + 0.25 by 1, and 0.25 left at a third: 1.75. The second has 0.25 by 1,
        // 0.25 more by 1.75, and 0.5 left at a half: 2.75. The third ends with the work: 3.
        assertThat(staggered.get(0)).isCloseTo(50 + 1.75 * COPY, within(0.1));
        assertThat(staggered.get(1)).isCloseTo(50 + 2.75 * COPY, within(0.1));
        assertThat(staggered.get(2)).isCloseTo(50 + 3 * COPY, within(0.1));
    }

    @Test
    @DisplayName("S-25: eight senders to one peer of 10 Mb/s wait for its downlink")
    void downlink() {
        var links = new Links();
        var messages = new ArrayList<PlannedMessage>();
        for (int i = 1; i < 9; i++) {
            links.add(i, 9, 0);
            messages.add(message(0, i, 100 << 10));
        }
        List<Double> all = arrivals(network(10e6, Network.Sharing.FIFO), links, messages);

        // The row leaves headers out: 655.4 ms for the eight; they add 2.9 %.
        double eight = 8 * Network.wireBytes((100 << 10) + 12) * 8 / 10e3;
        assertThat(eight).isBetween(655.0, 680.0);
        assertThat(all).hasSize(8);
        assertThat(all.getLast()).isBetween(eight, eight + 10 + 50);
    }

    /// As the specification has it, receiving overlaps sending; but nothing arrives faster than its
    /// receiver's line, however fast the sender's is.
    @Test
    void aSlowDownlinkReceivesFromAFastUplinkAtItsOwnPace() {
        var halves =
                new Network.Bandwidth("halves", new double[] {0.5, 0.5}, new double[] {1e9, 10e6});
        Network network = network(1e9, Network.Sharing.FIFO).withBandwidth(halves);
        double alone = Network.wireBytes(1_000_012) * 8 / 1e6;
        long fast = Math.round(50 + alone);
        long slow = Math.round(50 + 100 * alone);
        int fastToBoth = 0;
        for (int sender = 1; sender < 10; sender++) {
            var took = new TreeSet<Long>();
            for (int receiver = 1; receiver < 10; receiver++) {
                if (receiver == sender) continue;
                var link = new Links();
                link.add(sender, receiver, 0);
                List<PlannedMessage> one = List.of(message(0, sender, 1_000_000));
                took.add(Math.round(arrivals(network, link, one).getFirst()));
            }
            assertThat(took).isSubsetOf(fast, slow);
            if (took.size() == 2) fastToBoth++; // a slow uplink is slow to everybody
        }
        assertThat(fastToBoth).isBetween(1, 8);
    }

    @Test
    @DisplayName("S-26: a cold connection waits for round trips where its window is too small")
    void slowStart() {
        Network network = network(1e9, Network.Sharing.TCPLITE);
        var one = new Links();
        one.add(1, 2, 0);
        double small = Network.wireBytes(14_000 + 12) * 8 / 1e6;
        double large = Network.wireBytes((128 << 10) + 12) * 8 / 1e6;

        assertThat(arrivals(network, one, List.of(message(0, 1, 14_000))).getFirst())
                .isCloseTo(50 + small, within(0.1));
        assertThat(arrivals(network, one, List.of(message(0, 1, 128 << 10))).getFirst())
                .isCloseTo(50 + large + 300, within(0.1));
        // Warm: the window has grown. After a second of silence it is small again.
        List<PlannedMessage> three =
                List.of(
                        message(0, 1, 128 << 10),
                        message(800 * MILLI, 1, 128 << 10),
                        message(3 * SECOND, 1, 128 << 10));
        List<Double> again = arrivals(network, one, three);
        assertThat(again.get(1)).isCloseTo(850 + large, within(0.1));
        assertThat(again.get(2)).isCloseTo(3050 + large + 300, within(0.1));
        List<Double> kept = arrivals(network(1e9, Network.Sharing.TCPLITE_WARM), one, three);
        assertThat(kept.getFirst()).isCloseTo(50 + large + 300, within(0.1));
        assertThat(kept.get(2)).isCloseTo(3050 + large, within(0.1));
        // A slow uplink is full before the window matters.
        Network slow = network(1e6, Network.Sharing.TCPLITE);
        double alone = Network.wireBytes((128 << 10) + 12) * 8 / 1e3;
        assertThat(arrivals(slow, one, List.of(message(0, 1, 128 << 10))).getFirst())
                .isCloseTo(50 + alone, within(0.1));
    }

    @Test
    void sharedUplinksDeliverEverythingAndTheSameForAnyWorkers() {
        for (Network.Sharing sharing : Network.Sharing.values()) {
            Setup.Builder setup =
                    Setup.of(
                                    80,
                                    Network.ideal(Latency.INTEROP8)
                                            .withBandwidth(Network.Bandwidth.INTEROP)
                                            .withSharing(sharing),
                                    Profile.H1)
                            .links(new Links().dial(80, 8, 0, 1))
                            .workload(80, 5, 60_000, 8 * SECOND, 11 * SECOND, 1)
                            .end(16 * SECOND);
            SimulationResult one = new Simulation(setup.build()).run(() -> false);
            SimulationResult three = new Simulation(setup.workers(3).build()).run(() -> false);

            assertThat(one.delivery()).as(sharing.name()).isEqualTo(1);
            assertThat(three.digest()).as(sharing.name()).isEqualTo(one.digest());
        }
        assertThat(Network.Sharing.named("fair")).isEqualTo(Network.Sharing.FAIR);
    }
}
