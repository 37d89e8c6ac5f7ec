package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Latencies between regions, of single links and from files, and what jitter adds to them.
class LatencyTest {
    private static final long SECOND = 1_000_000_000L;
    private static final double MILLI = 1e6;

    @TempDir Path folder = Path.of("");

    private static Simulation network(int peers, Latency latency) {
        return new Simulation(Setup.of(peers, Network.ideal(latency), Profile.PLAIN).build());
    }

    /// One-way latencies of all pairs, sorted.
    private static long[] links(Latency latency) {
        Simulation simulation = network(400, latency);
        var all = new long[400 * 399 / 2];
        int count = 0;
        for (int a = 0; a < 400; a++) {
            for (int b = 0; b < a; b++) {
                all[count] = simulation.linkNanos(a, b);
                assertThat(simulation.linkNanos(b, a)).isEqualTo(all[count++]);
            }
        }
        Arrays.sort(all);
        return all;
    }

    private static double quantile(long[] sorted, double q) {
        return sorted[(int) (q * sorted.length)] / MILLI;
    }

    @Test
    void lognormalLinksHaveTheMedianAndTheSigmaThatTheyShould() {
        long[] all = links(Latency.named("lognormal"));

        assertThat(quantile(all, 0.5)).isCloseTo(50, within(1.0));
        assertThat(quantile(all, 0.8413)).isCloseTo(50 * Math.E, within(4.0));
        assertThat(quantile(all, 0.1587)).isCloseTo(50 / Math.E, within(0.6));
        assertThat(all[0]).isGreaterThanOrEqualTo(1_000_000);
        assertThat(all[all.length - 1]).isLessThanOrEqualTo(2_500_000_000L);
        long[] narrow = links(Latency.named("lognormal(30ms, 0.1)"));
        assertThat(quantile(narrow, 0.5)).isCloseTo(15, within(0.1));
        assertThat(quantile(narrow, 0.8413)).isCloseTo(15 * Math.exp(0.1), within(0.1));
    }

    @Test
    void bimodalLinksAreNearOrFar() {
        long[] all = links(Latency.BIMODAL);

        // 60 % around 10 ms and 40 % around 100, whose tails hardly touch.
        assertThat(quantile(all, 0.3)).isCloseTo(10, within(0.3));
        assertThat(quantile(all, 0.8)).isCloseTo(100, within(3.0));
        long near = Arrays.stream(all).filter(nanos -> nanos < 32 * MILLI).count();
        assertThat((double) near / all.length).isCloseTo(0.6, within(0.01));
    }

    @Test
    void linksOfOneDistributionAreTheSameRunForAnyWorkers() {
        for (Latency latency : new Latency[] {Latency.BIMODAL, Latency.CLOUD10}) {
            Setup.Builder setup =
                    Setup.of(60, Network.ideal(latency), Profile.PLAIN)
                            .links(new Links().dial(60, 8, 0, 1))
                            .end(10 * SECOND)
                            .workload(60, 4, 256, 5 * SECOND, 8 * SECOND, 1);
            SimulationResult one = new Simulation(setup.build()).run(() -> false);

            assertThat(one.delivery()).isEqualTo(1);
            assertThat(new Simulation(setup.workers(2).build()).run(() -> false).digest())
                    .isEqualTo(one.digest());
        }
    }

    @Test
    void cloudRegionsHaveTheRoundTripsThatWerePublished() {
        long[][] nanos = Latency.CLOUD10.oneWayNanos();

        assertThat(nanos).hasDimensions(10, 10);
        assertThat(2 * nanos[0][3] / MILLI).isCloseTo(80.5, within(0.1)); // Virginia, Ireland
        assertThat(2 * nanos[0][5] / MILLI).isCloseTo(145, within(0.5)); // Tokyo
        assertThat(2 * nanos[3][8] / MILLI).isCloseTo(310, within(0.5)); // Ireland, Sydney
        assertThat(2 * nanos[7][4] / MILLI).isCloseTo(326, within(0.5)); // Singapore, Frankfurt
        assertThat(2 * nanos[5][6] / MILLI).isCloseTo(31, within(0.5)); // Tokyo, Seoul
        for (int a = 0; a < 10; a++) {
            for (int b = 0; b < 10; b++) assertThat(nanos[a][b]).isEqualTo(nanos[b][a]);
        }
        assertThat(Latency.named("cloud10")).isSameAs(Latency.CLOUD10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mars",
                "const",
                "const(x)",
                "const(5)",
                "const(1ms,2)",
                "lognormal(5ms,x)",
                "lognormal(1ms,2,3)",
                "const(1ms"
            })
    void whatIsNoLatencyIsAnErrorThatListsWhatThereIs(String text) {
        assertThatThrownBy(() -> Latency.named(text))
                .hasMessage(
                        "regions %s: one of interop8, lean3, pl25, gerbil, vac5, cloud10, lognormal, bimodal, const(50ms) or lognormal(100ms, 1)"
                                .formatted(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            textBlock =
                    """
                    lognormal(0ms); lognormal of 0 ns: it must be more than 0, up to 10 s
                    lognormal(30s); lognormal of 15000000000 ns: it must be more than 0, up to 10 s
                    lognormal(1ms,4); lognormal of sigma 4.0: it must be in 0..3
                    const(0ms); latency const(0ms): 0 ns must be positive
                    """)
    void numbersOutOfRangeAreErrors(String text, String why) {
        assertThatThrownBy(() -> Latency.named(text)).hasMessage(why);
    }

    private Path csv(String text) throws IOException {
        return Files.writeString(folder.resolve("map.csv"), text);
    }

    @Test
    void regionsComeFromFilesWithWeightsAndJitter() throws IOException {
        Path file =
                csv(
                        """
                        from,to,oneWayMs,jitterMs
                        # two regions

                        north, 3
                        north,north,5
                        north,south,80,20
                        south,north,90.5
                        south,south,7,0
                        """);

        Latency latency = LatencyFile.read(file);

        assertThat(latency.name()).isEqualTo("csv:map.csv");
        assertThat(latency.weights()).containsExactly(3, 1);
        assertThat(latency.oneWayNanos())
                .isDeepEqualTo(new long[][] {{5_000_000, 80_000_000}, {90_500_000, 7_000_000}});
        assertThat(latency.jitter()).isInstanceOf(Jitter.Regional.class);
        var random = new SplittableRandom(1);
        long most = 0;
        for (int i = 0; i < 10_000; i++) {
            most = Math.max(most, latency.jitter().nanos(0, 1, 80_000_000, random));
            assertThat(latency.jitter().nanos(1, 0, 90_500_000, random)).isZero();
        }
        assertThat(most).isBetween(19_900_000L, 20_000_000L);
        SimulationResult result =
                new Simulation(
                                Setup.of(40, Network.ideal(latency), Profile.PLAIN)
                                        .links(new Links().dial(40, 8, 0, 1))
                                        .end(8 * SECOND)
                                        .workload(40, 4, 256, 4 * SECOND, 6 * SECOND, 1)
                                        .build())
                        .run(() -> false);
        assertThat(result.delivery()).isEqualTo(1);
    }

    @Test
    void aPairInOneDirectionHoldsForBoth() throws IOException {
        Latency latency = LatencyFile.read(csv("a,a,1\nb,b,2\na,b,30,4\n"));

        assertThat(latency.oneWayNanos()[1][0]).isEqualTo(30_000_000);
        assertThat(((Jitter.Regional) latency.jitter()).nanos()[1][0]).isEqualTo(4_000_000);
        assertThat(LatencyFile.read(csv("a,a,1\n")).jitter().isNone()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            textBlock =
                    """
                    a,a,1|b                ; map.csv:2: `b`: it must be from,to,oneWayMs[,jitterMs] or name,weight
                    a,a,1,2,3              ; map.csv:1: `a,a,1,2,3`: it must be from,to,oneWayMs[,jitterMs] or name,weight
                    a,a,0                  ; map.csv:1: `a,a,0`: it must be oneWayMs above 0, up to 10000
                    a,a,1e-9               ; map.csv:1: `a,a,1e-9`: it must be oneWayMs above 0, up to 10000
                    a,a,10001              ; map.csv:1: `a,a,10001`: it must be oneWayMs above 0, up to 10000
                    a,a,NaN                ; map.csv:1: `a,a,NaN`: it must be oneWayMs above 0, up to 10000
                    a,a,soon               ; map.csv:1: `a,a,soon`: it must be oneWayMs above 0, up to 10000
                    a,a,1,-1               ; map.csv:1: `a,a,1,-1`: it must be jitterMs from 0 to 10000
                    a,a,1|a,0              ; map.csv:2: `a,0`: it must be a weight above 0
                    a,2|a,a,1|a,3          ; map.csv:3: `a,3`: it must be one weight for each region
                    a,a,1|# x|a,a,1        ; map.csv:3: `a,a,1`: it must be one line for each pair
                    a,,1                   ; map.csv:1: `a,,1`: it must be names of regions
                    a,a,1|b,b,1            ; map.csv: no latency from `a` to `b`
                    a,1                    ; map.csv: no latency from `a` to `a`
                    # nothing              ; map.csv: no regions
                    """)
    void aFileThatIsWrongIsAnErrorWithItsLine(String text, String why) throws IOException {
        Path file = csv(text.replace('|', '\n'));

        assertThatThrownBy(() -> LatencyFile.read(file))
                .isInstanceOf(ScenarioException.class)
                .hasMessage(folder + "/" + why);
    }

    @Test
    void aFileHasLimits() throws IOException {
        var text = new StringBuilder();
        for (int i = 0; i < LatencyFile.REGIONS_MAX; i++) {
            for (int j = 0; j <= i; j++) text.append("r%d,r%d,%d\n".formatted(i, j, 1 + i));
        }
        Latency most = LatencyFile.read(csv(text.toString()));
        assertThat(most.regions()).isEqualTo(127);
        Simulation simulation = network(1000, most);
        var regions = new HashSet<Integer>();
        for (int i = 0; i < 1000; i++) regions.add(simulation.regionOf(i));
        assertThat(regions).allMatch(region -> region >= 0).hasSizeGreaterThan(120);

        Path file = csv(text + "r0,r127,1\n");
        assertThatThrownBy(() -> LatencyFile.read(file))
                .hasMessageContaining(":8129: `r0,r127,1`: it must be at most 127 regions");
        csv("#".repeat((1 << 20) + 1));
        assertThatThrownBy(() -> LatencyFile.read(file))
                .hasMessageContaining("map.csv: more than 1048576 bytes");
        Files.delete(file);
        assertThatThrownBy(() -> LatencyFile.read(file)).hasMessageContaining("cannot be read");
    }
}
