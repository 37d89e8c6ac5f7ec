package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// K-06 among fewer: sixty honest peers, of whose links nine in a hundred are to honest ones, as
/// the specification has it.
class ColdBootTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 60;
    private static final int SYBILS = 300;

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @ValueSource(longs = {1, 2})
    @DisplayName(
            "S-52 (60 peers, 300 sybils, two seeds; H0o from 90 s on: ADR 101): vanilla loses and is slow, H0 is not, H0o is faster")
    void threeWays(long seed) {
        var gates =
                ColdBoot.gates(
                        boot(Profile.H0_QUICK, seed),
                        boot(Profile.H0O_QUICK, seed),
                        boot(Profile.V10, seed));
        assertThat(gates).as("seed %d", seed).hasSize(8).allMatch(Verdict.Gate::passes);
    }

    private static SimulationResult boot(Profile profile, long seed) {
        var links = new Links().dial(HONEST, 20, 0, seed);
        for (int sybil = HONEST; sybil < HONEST + SYBILS; sybil++) {
            for (int honest = 0; honest < HONEST; honest++) links.add(sybil, honest, 0);
        }
        return new Simulation(
                        Setup.of(HONEST, Network.ideal(Latency.PL25), profile)
                                .seed(seed)
                                .links(links)
                                .attackers(
                                        SYBILS,
                                        (s, p, i) -> new Sybil(s, p, i, Sybil.Behaviour.SILENT))
                                .attackBetween(0, ColdBoot.RECOVERED)
                                .workload(6, 12, 2048, 30 * SECOND, 120 * SECOND, 1)
                                .end(150 * SECOND)
                                .build())
                .run(() -> false);
    }
}
