package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LightPeerTest {
    private static SimulationResult run(int workers, long validation) {
        long second = 1_000_000_000L;
        Network network = Network.ideal(Latency.INTEROP8).withValidation(validation);
        return new Simulation(
                        Setup.of(20_000, network, Profile.LIGHT)
                                .links(new Links().dial(20_000, 5, 0, 1))
                                .workers(workers)
                                .end(6 * second)
                                .workload(20_000, 1, 256, 2 * second, 4 * second, 1)
                                .build())
                .run(() -> false);
    }

    @Test
    @DisplayName("S-77 (20,000 peers): peers of the profile light pass on what they get, once")
    void light() {
        SimulationResult result = run(1, 0);

        assertThat(result.delivery()).isEqualTo(1);
        assertThat(result.meshMean()).isBetween(9.8, 10.2);
        // Everybody sends to all links but the one it came by.
        assertThat(result.duplicatesPerDelivery()).isBetween(7.8, 8.2);
        assertThat(run(2, 0).digest()).isEqualTo(result.digest());
    }

    @Test
    void aValidationTakesTimeOnEachHop() {
        double quick = run(1, 0).delays().quantileMillis(0.5);

        assertThat(run(1, 10_000_000).delays().quantileMillis(0.5)).isGreaterThan(quick + 20);
    }
}
