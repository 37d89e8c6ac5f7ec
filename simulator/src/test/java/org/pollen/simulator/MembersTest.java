package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.scoring.ScorePresets;

/// Runs that several members execute together.
class MembersTest {
    private static final long SECOND = 1_000_000_000L;

    /// Members in threads of one process; what they exchange is bytes all the same.
    private static final class Room {
        private final byte[][][] table;
        private final CyclicBarrier barrier;

        Room(int count) {
            table = new byte[count][][];
            barrier = new CyclicBarrier(count);
        }

        Members member(int self) {
            return new Members() {
                @Override
                public int count() {
                    return table.length;
                }

                @Override
                public int self() {
                    return self;
                }

                @Override
                public byte[][] exchange(byte[][] to) {
                    table[self] = to;
                    await();
                    var mine = new byte[table.length][];
                    for (int m = 0; m < mine.length; m++) mine[m] = table[m][self];
                    await();
                    return mine;
                }
            };
        }

        private void await() {
            try {
                barrier.await();
            } catch (InterruptedException | BrokenBarrierException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static Setup.Builder setup(int peers) {
        Network network = Network.ideal(Latency.INTEROP8).withBandwidth(Network.Bandwidth.INTEROP);
        return Setup.of(peers, network, Profile.H1)
                .seed(6)
                .links(new Links().dial(peers, 10, 0, 6))
                .churn(0.05, 20 * SECOND, 5 * SECOND, 5 * SECOND, 10)
                .end(16 * SECOND)
                .workload(peers, 3, 1024, 8 * SECOND, 13 * SECOND, 1);
    }

    private static List<SimulationResult> together(int peers, int members, int workers)
            throws Exception {
        var room = new Room(members);
        try (var threads = Executors.newFixedThreadPool(members)) {
            var running = new ArrayList<Future<SimulationResult>>();
            for (int m = 0; m < members; m++) {
                Setup setup = setup(peers).workers(workers).members(room.member(m)).build();
                Callable<SimulationResult> run = () -> new Simulation(setup).run(() -> false);
                running.add(threads.submit(run));
            }
            var results = new ArrayList<SimulationResult>();
            for (Future<SimulationResult> each : running) results.add(each.get());
            return results;
        }
    }

    @Test
    @DisplayName("S-06: 2,000 peers on two members give the result of one")
    void twoMembers() throws Exception {
        SimulationResult alone = new Simulation(setup(2000).build()).run(() -> false);

        for (SimulationResult result : together(2000, 2, 2)) {
            assertThat(result.digest()).isEqualTo(alone.digest());
            assertThat(result.perSecond()).isEqualTo(alone.perSecond());
            assertThat(result.deliveries()).isEqualTo(alone.deliveries()).isPositive();
            assertThat(result.events()).isEqualTo(alone.events());
            assertThat(result.reached()).isEqualTo(alone.reached());
            assertThat(result.meshMean()).isEqualTo(alone.meshMean());
            assertThat(result.delays().quantileMillis(0.99))
                    .isEqualTo(alone.delays().quantileMillis(0.99));
        }
    }

    @Test
    @DisplayName("S-06 (three members of two threads each): the same")
    void threeMembers() throws Exception {
        SimulationResult alone = new Simulation(setup(300).build()).run(() -> false);

        assertThat(together(300, 3, 6))
                .hasSize(3)
                .allMatch(result -> result.digest().equals(alone.digest()));
    }

    @Test
    void aRunOfSeveralMembersHasNoProbesAndNeedsLatency() {
        Members two = new Room(2).member(0);
        Setup probed = setup(20).members(two).probe((_, _) -> {}).build();
        Setup near =
                Setup.of(20, Network.ideal(Latency.constant("near", 1000, 0, 0)), Profile.H1)
                        .members(two)
                        .build();

        assertThatThrownBy(() -> new Simulation(probed)).hasMessageContaining("no probes");
        assertThatThrownBy(() -> new Simulation(near)).hasMessageContaining("several members need");
    }

    private static Setup.Builder small() {
        return Setup.of(20, Network.ideal(Latency.INTEROP8), Profile.H1)
                .links(new Links().dial(20, 4, 0, 1))
                .end(3 * SECOND)
                .workload(5, 2, 1024, SECOND, 2 * SECOND, 1);
    }

    /// As with a file of edges that differs: everybody hears of it before anything is executed.
    @Test
    void membersWithDifferentPlansDoNotBegin() throws Exception {
        var room = new Room(2);
        try (var threads = Executors.newFixedThreadPool(2)) {
            var running = new ArrayList<Future<Simulation>>();
            for (int m = 0; m < 2; m++) {
                var links = new Links().dial(20, 4, 0, 1);
                if (m == 1) links.add(0, 7, 0);
                Setup setup = small().links(links).members(room.member(m)).build();
                Callable<Simulation> start = () -> new Simulation(setup);
                running.add(threads.submit(start));
            }
            for (Future<Simulation> each : running) {
                assertThatThrownBy(each::get)
                        .hasCauseInstanceOf(ScenarioException.class)
                        .hasMessageContaining("the members have built different runs");
            }
        }
    }

    private static Profile withOwnScore(double value) {
        return Profile.H1.with(
                ScorePresets.RECOMMENDED.toBuilder().appSpecificScore(_ -> value, 1).build(),
                Profile.H1.thresholds());
    }

    @Test
    void theHashOfAPlanHasAllOfItAndNothingOfTheProcess() {
        String hash = hash(small());

        assertThat(hash(small())).isEqualTo(hash);
        assertThat(hash(small().seed(2))).isNotEqualTo(hash);
        assertThat(hash(small().nat(0.5))).isNotEqualTo(hash);
        assertThat(hash(small().profile(Profile.H0))).isNotEqualTo(hash);
        assertThat(hash(small().links(new Links().dial(20, 4, 1, 1)))).isNotEqualTo(hash);
        assertThat(hash(small().workload(5, 2, 1025, SECOND, 2 * SECOND, 1))).isNotEqualTo(hash);
        assertThat(hash(small().cuts(cuts(2 * SECOND)))).isNotEqualTo(hash);
        assertThat(hash(small().cuts(cuts(2 * SECOND))))
                .isEqualTo(hash(small().cuts(cuts(2 * SECOND))))
                .isNotEqualTo(hash(small().cuts(cuts(3 * SECOND))));
        assertThat(hash(small().departures(away(Departures.Kind.LEAVE), 0))).isNotEqualTo(hash);
        assertThat(hash(small().departures(away(Departures.Kind.KILL), 0)))
                .isNotEqualTo(hash)
                .isNotEqualTo(hash(small().departures(away(Departures.Kind.LEAVE), 0)));
        assertThat(hash(small().watermarks(3, 9, SECOND))).isNotEqualTo(hash);
        assertThat(hash(small().watermarks(3, 9, SECOND)))
                .isNotEqualTo(hash(small().watermarks(3, 8, SECOND)));
        assertThat(hash(small().cpu(Cpu.DEFAULT))).isNotEqualTo(hash);
        assertThat(hash(small().nat(0.5).relays(true))).isNotEqualTo(hash(small().nat(0.5)));
        assertThat(hash(small().directPeers(3, 4))).isNotEqualTo(hash);
        assertThat(hash(jittered("uniform(0.1)"))).isNotEqualTo(hash);
        assertThat(hash(jittered("uniform(0.1)"))).isNotEqualTo(hash(jittered("uniform(0.2)")));
        assertThat(hash(small().churn(0.5, SECOND, SECOND, SECOND, 4))).isNotEqualTo(hash);
        assertThat(
                        hash(
                                small().profile(
                                                Profile.H1.with(
                                                        Profile.H1.params().toBuilder()
                                                                .meshTarget(7)
                                                                .build()))))
                .isNotEqualTo(hash);
        // Functions are other objects in each process, and so are arrays.
        assertThat(hash(small().profile(withOwnScore(1))))
                .isEqualTo(hash(small().profile(withOwnScore(2))));
    }

    private static Cuts cuts(long until) {
        return new Cuts().add(SECOND, until, 20, peer -> peer < 8);
    }

    private static Departures away(Departures.Kind kind) {
        return new Departures(20, 1, List.of(new Departures.Change(SECOND, kind, 0.5)));
    }

    private static Setup.Builder jittered(String jitter) {
        Network network = Network.ideal(Latency.INTEROP8).withJitter(Jitter.named(jitter));
        return Setup.of(20, network, Profile.H1)
                .links(new Links().dial(20, 4, 0, 1))
                .end(3 * SECOND)
                .workload(5, 2, 1024, SECOND, 2 * SECOND, 1);
    }

    private static String hash(Setup.Builder setup) {
        return HexFormat.of().formatHex(PlanHash.of(setup.build()));
    }

    @Test
    void halfABatchIsAnError() {
        byte[] batch = new EventBatch(5, true).toByteArray();

        assertThat(EventBatch.next(batch)).isEqualTo(5);
        assertThatThrownBy(() -> EventBatch.next(new byte[3]))
                .isInstanceOf(UncheckedIOException.class);
        assertThatThrownBy(() -> Tally.read(new byte[40])).isInstanceOf(UncheckedIOException.class);
    }
}
