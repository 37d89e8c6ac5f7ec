package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.router.OutboundRpc;
import org.pollen.router.Rpc;
import org.pollen.router.RpcMessage;

class DisseminationTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    private static SimulationResult run(Setup.Builder setup) {
        return new Simulation(setup.build()).run(() -> false);
    }

    @Test
    @DisplayName("1,000 peers deliver every message; S-18, S-19 (N 1,000): constant 50/10 ms hops")
    void aThousandPeers() {
        Profile profile =
                Profile.PLAIN.with(
                        Profile.PLAIN.params().toBuilder()
                                .meshTarget(6)
                                .meshLow(5)
                                .meshScore(4)
                                .gossipLazy(0)
                                .gossipFactor(0)
                                .build());
        Network network = Network.ideal(Latency.named("const(50ms)")).withValidation(10 * MILLI);
        SimulationResult result =
                run(
                        Setup.of(1000, network, profile)
                                .seed(20)
                                .joinAt(2 * SECOND)
                                .simultaneousHeartbeats()
                                .links(new Links().regular(1000, 30, 0, 20))
                                .end(25 * SECOND)
                                .workload(1000, 1, 1023, 10 * SECOND, 20 * SECOND, 1));

        assertThat(result.delivery()).isEqualTo(1);
        assertThat(lattice(result)).isEqualTo(1);
        assertThat(result.delays().maxMillis()).isLessThanOrEqualTo(350);
        assertThat(result.delays().maxMillis() % 60).isBetween(49.9, 50.1);
        assertThat(result.meshMean()).isBetween(6.0, 11.0);
        // S-19: each member of the mesh but the first sender brings a copy, the source gets none.
        assertThat(result.duplicatesPerDelivery())
                .isCloseTo(result.meshMean() - 2, withinPercentage(1));
    }

    /// The share of delays that are on the lattice of hops: 50, 110, 170 ... ms.
    private static double lattice(SimulationResult result) {
        double share = 0;
        for (int hop = 50; hop < 400; hop += 60) {
            share +=
                    result.delays().shareBelow(hop + 0.5)
                            - result.delays().shareBelow(hop * 0.991 - 0.5);
        }
        return Math.round(share * 1e6) / 1e6;
    }

    /// Notes when single messages come.
    private static final class Listener extends Adversary {
        static final List<Double> ARRIVALS = new ArrayList<>();
        private final boolean sender;

        Listener(Simulation simulation, Partition partition, int index) {
            super(simulation, partition, index);
            sender = index == simulation.setup().honest();
        }

        @Override
        protected void onLinked(int handle, long now) {}

        @Override
        protected void onScript(long word, long now) {
            PlannedMessage message = simulation.message((int) word);
            RpcMessage made =
                    partition.signer.compose(simulation.mask(), message.payload((int) word));
            if (sender) for (int i = 0; i < links(); i++) transmit(i, (OutboundRpc) made, now);
        }

        @Override
        protected void onMessage(int handle, RpcMessage message, long now) {
            ARRIVALS.add((now - SECOND) / 1e6);
        }

        @Override
        protected void onRpc(int handle, Rpc rpc, long now) {}
    }

    @Test
    @DisplayName("S-23: a star of one sender at 100 Mb/s serves 1 MiB to eight receivers in turn")
    void star() {
        Listener.ARRIVALS.clear();
        Network network =
                Network.ideal(Latency.named("const(50ms)"))
                        .withBandwidth(Network.Bandwidth.uniform(100e6));
        var links = new Links();
        for (int i = 2; i < 10; i++) links.add(1, i, 0);
        run(
                Setup.of(1, network, Profile.PLAIN)
                        .links(links)
                        .attackers(9, Listener::new)
                        .message(new PlannedMessage(SECOND, 1, 1 << 20, PlannedMessage.Kind.NORMAL))
                        .end(3 * SECOND));

        // The row leaves headers out: 83.9 ms for each copy; frames and segments add 2.8 %.
        assertThat(Listener.ARRIVALS).hasSize(8);
        double copy = Network.wireBytes((1 << 20) + 12) * 8 / 100e3;
        assertThat(copy).isBetween(83.9, 87.0);
        for (int i = 0; i < 8; i++) {
            assertThat(Listener.ARRIVALS.get(i)).isCloseTo(50 + (i + 1) * copy, within(0.1));
        }
    }

    /// Sends numbered messages to all its links, one every millisecond, and looks at the order of
    /// those that come.
    private static final class Counter extends Adversary {
        static final int NUMBERS = 1 << 10; // they are used again after a second
        static final List<Counter> ALL = new ArrayList<>();
        private final RpcMessage[] messages = new RpcMessage[NUMBERS];
        private final int most;
        private int sent;
        private final List<Integer> next = new ArrayList<>(); // number by link
        private final List<Long> last = new ArrayList<>(); // arrival by link
        private long received;
        private long inversions;
        private long waited; // for the one before, and came with it

        Counter(Simulation simulation, Partition partition, int index, int most) {
            super(simulation, partition, index);
            this.most = most;
            var message = new PlannedMessage(0, index, 16, PlannedMessage.Kind.NORMAL);
            for (int i = 0; i < NUMBERS; i++) {
                messages[i] = partition.signer.compose(simulation.mask(), message.payload(i));
            }
            ALL.add(this);
        }

        @Override
        protected void onLinked(int handle, long now) {
            next.add(0);
            last.add(-1L);
        }

        @Override
        protected void onScript(long word, long now) {
            RpcMessage message = messages[sent % NUMBERS];
            for (int i = 0; i < links(); i++) transmit(i, (OutboundRpc) message, now);
            if (++sent < most) post(index, now + MILLI, SCRIPT, word, null);
        }

        @Override
        protected void onMessage(int handle, RpcMessage message, long now) {
            int number = PlannedMessage.number(message.array(), message.dataOffset());
            received++;
            if (number != next.get(handle)) inversions++;
            if (now == last.get(handle)) waited++;
            next.set(handle, (number + 1) % NUMBERS);
            last.set(handle, now);
        }
    }

    @Test
    @DisplayName("S-27: jitter never reorders a link, in 10^6 messages over six of them")
    void jitterKeepsOrder() {
        Counter.ALL.clear();
        Latency latency = Latency.constant("wild", 5 * MILLI, 20, 0); // 5 to 105 ms
        int each = 166_667;
        var links = new Links();
        for (int a = 1; a <= 3; a++) for (int b = 1; b < a; b++) links.add(a, b, 0);
        Setup.Builder setup =
                Setup.of(1, Network.ideal(latency), Profile.PLAIN)
                        .links(links)
                        .attackers(3, (s, p, i) -> new Counter(s, p, i, each))
                        .end((each / 1000 + 3L) * SECOND);
        for (int i = 1; i <= 3; i++) {
            setup.message(new PlannedMessage(SECOND, i, 16, PlannedMessage.Kind.NORMAL));
        }

        run(setup);

        assertThat(Counter.ALL).hasSize(3);
        for (Counter counter : Counter.ALL) {
            assertThat(counter.received).isEqualTo(2L * each);
            assertThat(counter.inversions).isZero();
            // Without order, most would have overtaken another.
            assertThat(counter.waited).isGreaterThan(each);
        }
    }

    /// 5,000 messages of 96 KiB over one link.
    @Test
    @DisplayName("S-28: a segment in a hundred lost delays half of the messages and loses none")
    void loss() {
        var network =
                new Network(Latency.named("const(50ms)"), Network.Bandwidth.UNLIMITED, 0.01, 0);
        int delayed = 0;
        for (int i = 0; i < 100_000; i++) {
            double u = Mix.unit(1, i, 1);
            if (Network.lossNanos(network.loss(), 96 << 10, 50 * MILLI, u) > 0) delayed++;
        }
        assertThat(delayed / 1e5).isCloseTo(0.495, within(0.02));

        // One publisher and one other peer: what comes later than the link's 50 ms was delayed.
        SimulationResult result =
                new Simulation(
                                Setup.of(2, network, Profile.PLAIN)
                                        .links(new Links().dial(2, 1, 0, 1))
                                        .workload(
                                                1,
                                                20,
                                                (96 << 10) - 256,
                                                5 * SECOND,
                                                255 * SECOND,
                                                1)
                                        .end(260 * SECOND)
                                        .build())
                        .run(() -> false);
        assertThat(result.deliveries()).isEqualTo(5000);
        var late = new double[1];
        result.delays()
                .cumulative((millis, share) -> {
                    if (millis < 100) late[0] = 1 - share;
                });
        assertThat(late[0]).isCloseTo(0.495, within(0.02));
    }

    @Test
    @DisplayName("S-29: regions have their weights")
    void regions() {
        var counts = new int[8];
        for (int i = 0; i < 100_000; i++) {
            counts[Latency.INTEROP8.region(Mix.unit(1, i, Mix.REGION))]++;
        }

        for (int i = 0; i < 8; i++) {
            double p = Latency.INTEROP8.weights()[i] / 11_326;
            double sigma = Math.sqrt(1e5 * p * (1 - p));
            assertThat((double) counts[i]).isCloseTo(1e5 * p, within(3 * sigma + 1));
        }
    }
}
