package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DeterminismTest {
    private static final long SECOND = 1_000_000_000L;

    private static Setup.Builder setup(int peers, Latency latency, long seed) {
        return Setup.of(peers, Network.ideal(latency), Profile.H0_QUICK)
                .seed(seed)
                .links(new Links().dial(peers, 10, 0, seed))
                .end(15 * SECOND)
                .workload(20, 4, 512, 8 * SECOND, 11 * SECOND, 1);
    }

    private static SimulationResult run(Setup.Builder setup) {
        return new Simulation(setup.build()).run(() -> false);
    }

    @Test
    @DisplayName("S-01: the same scenario twice gives the same digest, sybils included")
    void twice() {
        SimulationResult first = run(attacked(7));
        SimulationResult second = run(attacked(7));

        assertThat(first.digest()).isEqualTo(second.digest());
        assertThat(first.perSecond()).isEqualTo(second.perSecond());
        assertThat(first.reached()).isEqualTo(second.reached());
    }

    private static Setup.Builder attacked(long seed) {
        Setup.Builder setup = setup(150, Latency.PL25, seed);
        setup.attackers(50, (s, p, i) -> new Sybil(s, p, i, Sybil.Behaviour.SILENT));
        for (int i = 0; i < 50; i++) {
            for (int j = 0; j < 5; j++) setup.links().add(150 + i, (i * 7 + j * 31) % 150, SECOND);
        }
        return setup;
    }

    @Test
    @DisplayName("S-02: another seed is another run, with about the same result")
    void otherSeed() {
        SimulationResult first = run(setup(150, Latency.PL25, 1));
        SimulationResult second = run(setup(150, Latency.PL25, 2));

        assertThat(first.digest()).isNotEqualTo(second.digest());
        assertThat(second.delays().quantileMillis(0.5))
                .isBetween(
                        first.delays().quantileMillis(0.5) * 0.8,
                        first.delays().quantileMillis(0.5) * 1.2);
        assertThat(first.delivery()).isEqualTo(1);
        assertThat(second.delivery()).isEqualTo(1);
    }

    @Test
    @DisplayName("S-03: 1, 2, 3 and 8 workers give equal digests")
    void workers() {
        List<String> digests =
                List.of(1, 2, 3, 8).stream()
                        .map(n -> run(setup(300, Latency.INTEROP8, 3).workers(n)).digest())
                        .toList();

        assertThat(digests).containsOnly(digests.getFirst());
    }

    @Test
    @DisplayName("S-03: so do 1 and 2 workers where there are so many peers that regions are split")
    void manyPeers() {
        int peers = 10_000;
        List<String> digests =
                List.of(1, 2).stream()
                        .map(n ->
                                run(Setup.of(peers, Network.ideal(Latency.INTEROP8), Profile.LIGHT)
                                                .seed(3)
                                                .workers(n)
                                                .links(new Links().dial(peers, 5, 0, 3))
                                                .end(5_000_000_000L)
                                                .workload(
                                                        peers,
                                                        2,
                                                        256,
                                                        1_000_000_000L,
                                                        3_000_000_000L,
                                                        1))
                                        .digest())
                        .toList();

        assertThat(digests).containsOnly(digests.getFirst());
    }

    @Test
    @DisplayName("S-11: a probe changes nothing")
    void probe() {
        SimulationResult plain = run(setup(100, Latency.INTEROP8, 3));
        SimulationResult probed =
                run(setup(100, Latency.INTEROP8, 3).probe((s, _) -> s.honestPeer(0).mesh()));

        assertThat(probed.digest()).isEqualTo(plain.digest());
    }
}
