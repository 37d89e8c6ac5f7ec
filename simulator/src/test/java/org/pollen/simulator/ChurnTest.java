package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Sessions of other distributions than the exponential one, and from files.
class ChurnTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir Path folder = Path.of("");

    @Test
    void weibullSessionsAreManyShortAndFewLong() {
        var stay = new Churn.Stay(0.6, 100 * SECOND);
        var random = new SplittableRandom(1);
        long[] all = new long[100_000];
        for (int i = 0; i < all.length; i++) all[i] = stay.nanos(random);
        Arrays.sort(all);

        // 1 - exp(-(t / scale)^0.6)
        assertThat(all[63_212] / 1e9).isCloseTo(100, within(2.0));
        assertThat(all[50_000] / 1e9).isCloseTo(100 * Math.pow(Math.log(2), 1 / 0.6), within(1.0));
        // The mean is scale * gamma(1 + 1/0.6) = 1.5046 * scale.
        assertThat(Arrays.stream(all).average().orElseThrow() / 1e9).isCloseTo(150.5, within(3.0));
        assertThat(all[0]).isGreaterThanOrEqualTo(1_000_000);
    }

    @Test
    void ofShapeOneTheyAreExponential() {
        var stay = Churn.Stay.exponential(7 * SECOND);
        var one = new SplittableRandom(3);
        var other = new SplittableRandom(3);
        for (int i = 0; i < 10_000; i++) {
            double nanos = -StrictMath.log(1 - other.nextDouble()) * 7 * SECOND;
            assertThat(stay.nanos(one)).isEqualTo(Math.max(1_000_000, (long) nanos / 1000 * 1000));
        }
    }

    @Test
    void weibullChurnIsTheSameRunForAnyWorkers() {
        Setup.Builder setup =
                Setup.of(100, Network.ideal(Latency.PL25), Profile.PLAIN)
                        .links(new Links().dial(100, 8, 0, 1))
                        .end(20 * SECOND)
                        .workload(100, 4, 256, 8 * SECOND, 15 * SECOND, 1)
                        .weibullChurn(0.3, 0.6, 4 * SECOND, 2 * SECOND, 4 * SECOND, 8);
        Setup built = setup.build();
        SimulationResult one = new Simulation(built).run(() -> false);

        assertThat(one.delivery()).isGreaterThanOrEqualTo(0.99);
        assertThat(one.expected()).isLessThan(28L * 99);
        int going = 0;
        for (int p = 0; p < 100; p++) if (built.churn().toggles(p).length > 0) going++;
        assertThat(going).isBetween(15, 40);
        assertThat(new Simulation(setup.workers(3).build()).run(() -> false).digest())
                .isEqualTo(one.digest());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            textBlock =
                    """
                    2;   0.6; 1;  churn is 2.0: 0 to 1
                    0.5; 0.0; 1;  shape is 0.0: it must be in 0.1..10
                    0.5; NaN; 1;  shape is NaN: it must be in 0.1..10
                    0.5; 0.6; -1; scale is -1 ns: it must not be negative
                    """)
    void numbersOutOfRangeAreErrors(double share, double shape, long scale, String why) {
        Setup.Builder setup = Setup.of(3, Network.ideal(Latency.PL25), Profile.PLAIN);

        assertThatThrownBy(() -> setup.weibullChurn(share, shape, scale, SECOND, 0, 1))
                .hasMessage(why);
    }

    private Path trace(String text) throws IOException {
        return Files.writeString(folder.resolve("churn.csv"), text);
    }

    @Test
    void aTraceSaysWhoIsUpWhen() throws IOException {
        Churn churn =
                ChurnFile.read(
                        trace(
                                """
                                peer,up,down
                                # the first leaves once and comes back for good
                                0,0,10
                                2, 3.5, 4
                                0,12,

                                2,5,6
                                """),
                        4);

        assertThat(churn.toggles(0)).containsExactly(10 * SECOND, 12 * SECOND);
        assertThat(churn.toggles(1)).isEmpty();
        assertThat(churn.toggles(2))
                .containsExactly(0, 3_500_000_000L, 4 * SECOND, 5 * SECOND, 6 * SECOND);
        assertThat(churn.absent(0)).isFalse();
        assertThat(churn.absent(2)).isTrue();
        assertThat(churn.up(2, 0, 0)).isFalse();
        assertThat(churn.up(2, 3_600_000_000L, 3_900_000_000L)).isTrue();
        assertThat(churn.up(2, 3_600_000_000L, 4_100_000_000L)).isFalse();
        assertThat(churn.up(2, 7 * SECOND, 7 * SECOND)).isFalse();
        assertThat(churn.isNone()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            textBlock =
                    """
                    0,0,1|x,0,1       ; churn.csv:2: `x,0,1`: it must be peer,up,down, as `17,0,42.5`
                    0,0               ; churn.csv:1: `0,0`: it must be peer,up,down, as `17,0,42.5`
                    -1,0,1            ; churn.csv:1: `-1,0,1`: it must be peer,up,down, as `17,0,42.5`
                    4,0,1             ; churn.csv:1: `4,0,1`: it must be a peer below 4
                    0,1,1             ; churn.csv:1: `0,1,1`: it must be up before down
                    0,1,10000001      ; churn.csv:1: `0,1,10000001`: it must be seconds from 0 to 10000000
                    0,1.2.3,4         ; churn.csv:1: `0,1.2.3,4`: it must be seconds from 0 to 10000000
                    0,0,5|1,0,2|0,5,6 ; churn.csv:3: `0,5,6`: it must be after the peer's session before
                    0,1,|0,5,6        ; churn.csv:2: `0,5,6`: it must be after the peer's session before
                    """)
    void aTraceThatIsWrongIsAnErrorWithItsLine(String text, String why) throws IOException {
        Path file = trace(text.replace('|', '\n'));

        assertThatThrownBy(() -> ChurnFile.read(file, 4))
                .isInstanceOf(ScenarioException.class)
                .hasMessage(folder + "/" + why);
    }

    @Test
    void aTraceThatCannotBeReadIsAnError() {
        Path file = folder.resolve("none.csv");

        assertThatThrownBy(() -> ChurnFile.read(file, 4)).hasMessageContaining("cannot be read");
    }

    @Test
    void whoComesLaterDialsThenAndGetsWhatIsPublishedSince() throws IOException {
        var text = new StringBuilder();
        for (int p = 40; p < 50; p++) text.append("%d,%d,\n".formatted(p, 6 + p % 3));
        for (int p = 30; p < 40; p++) text.append("%d,0,9\n".formatted(p));
        Path file = trace(text.toString());
        Setup.Builder setup =
                Setup.of(50, Network.ideal(Latency.PL25), Profile.PLAIN)
                        .links(new Links().dial(50, 8, 0, 1))
                        .end(50 * SECOND)
                        .churnTrace(file, 8)
                        .probe((simulation, now) -> {
                            for (int p = 40; p < 50; p++) {
                                int links = simulation.actor(p).links();
                                if (now <= 6 * SECOND) assertThat(links).isZero();
                                if (now >= 10 * SECOND) assertThat(links).isPositive();
                            }
                            for (int p = 30; p < 40 && now >= 10 * SECOND; p++) {
                                assertThat(simulation.actor(p).links()).isZero();
                            }
                        })
                        .workload(30, 4, 256, 12 * SECOND, 15 * SECOND, 1);
        SimulationResult result = new Simulation(setup.build()).run(() -> false);

        assertThat(result.delivery()).isEqualTo(1);
        assertThat(result.expected()).isEqualTo(12 * 39L);
        assertThat(new Simulation(setup.workers(2).build()).run(() -> false).digest())
                .isEqualTo(result.digest());
    }
}
