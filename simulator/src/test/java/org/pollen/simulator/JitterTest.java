package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.router.OutboundRpc;

/// What a message takes more than its link.
class JitterTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int DRAWS = 200_000;

    private static long[] draws(Jitter jitter) {
        var random = new SplittableRandom(1);
        var all = new long[DRAWS];
        for (int i = 0; i < DRAWS; i++) all[i] = jitter.nanos(0, 0, 50_000_000, random);
        Arrays.sort(all);
        assertThat(all[0]).isNotNegative();
        return all;
    }

    private static double quantile(long[] sorted, double q) {
        return sorted[(int) (q * sorted.length)] / 1e6;
    }

    @Test
    void uniformJitterIsAFractionOfTheLink() {
        long[] all = draws(Jitter.named("uniform(0.2)"));

        assertThat(quantile(all, 0.5)).isCloseTo(5, within(0.05));
        assertThat(all[DRAWS - 1]).isBetween(9_990_000L, 10_000_000L);
    }

    @Test
    void lognormalJitterHasItsMedianAndSigma() {
        long[] all = draws(Jitter.named("lognormal(4ms, 0.8)"));

        assertThat(quantile(all, 0.5)).isCloseTo(4, within(0.04));
        assertThat(quantile(all, 0.8413)).isCloseTo(4 * Math.exp(0.8), within(0.1));
        assertThat(quantile(draws(Jitter.named("lognormal(5ms)")), 0.8413))
                .isCloseTo(5 * Math.exp(0.5), within(0.1));
    }

    @Test
    void paretoJitterHasAHeavyTail() {
        long[] all = draws(Jitter.named("pareto(6ms)"));

        assertThat(Arrays.stream(all).average().orElseThrow() / 1e6).isCloseTo(3, within(0.1));
        // One in a thousand is above scale * (1000^(1/3) - 1).
        assertThat(quantile(all, 0.999)).isCloseTo(54, within(4.0));
        assertThat(quantile(all, 0.5)).isCloseTo(6 * (Math.cbrt(2) - 1), within(0.05));
    }

    @Test
    void noDistributionAddsMoreThanTenSeconds() {
        assertThat(draws(new Jitter.Skewed(new Lognormal(10 * SECOND, 3)))[DRAWS - 1])
                .isEqualTo(Jitter.MOST);
        assertThat(draws(new Jitter.Pareto(10 * SECOND, 1.01))[DRAWS - 1]).isEqualTo(Jitter.MOST);
    }

    @Test
    void noneDrawsNothing() {
        var random = new SplittableRandom(1);

        assertThat(Jitter.named("none").nanos(0, 0, SECOND, random)).isZero();
        assertThat(Jitter.named("none").isNone()).isTrue();
        assertThat(Jitter.named("uniform(0)").isNone()).isTrue();
        assertThat(random.nextLong()).isEqualTo(new SplittableRandom(1).nextLong());
    }

    @ParameterizedTest
    @ValueSource(strings = {"some", "none(1)", "uniform", "uniform(x)", "pareto()", "lognormal(5)"})
    void whatIsNoJitterIsAnErrorThatListsWhatThereIs(String text) {
        assertThatThrownBy(() -> Jitter.named(text))
                .hasMessage(
                        "jitter %s: one of none, uniform(0.1), lognormal(5ms), lognormal(5ms, 0.5), pareto(2ms), pareto(2ms, 3)"
                                .formatted(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            textBlock =
                    """
                    uniform(-0.1); jitter of -0.1 of a link: it must be in 0..1000
                    pareto(0ms); pareto of 0 ns: it must be more than 0, up to 10 s
                    pareto(11s); pareto of 11000000000 ns: it must be more than 0, up to 10 s
                    pareto(1us,1); pareto of shape 1.0: it must be more than 1, up to 100
                    lognormal(1ms,-1); lognormal of sigma -1.0: it must be in 0..3
                    """)
    void numbersOutOfRangeAreErrors(String text, String why) {
        assertThatThrownBy(() -> Jitter.named(text)).hasMessage(why);
    }

    @Test
    void whatIsNoNumberIsAnErrorToo() {
        assertThatThrownBy(() -> new Jitter.Uniform(Double.NaN))
                .hasMessage("jitter of NaN of a link: it must be in 0..1000");
        assertThatThrownBy(() -> new Jitter.Pareto(1, Double.NaN))
                .hasMessage("pareto of shape NaN: it must be more than 1, up to 100");
        assertThatThrownBy(() -> new Lognormal(1, Double.NaN))
                .hasMessage("lognormal of sigma NaN: it must be in 0..3");
        assertThatThrownBy(() -> new Spread.Uniform(Double.NaN))
                .hasMessage("spread NaN: it must not be negative");
        var one = new Lognormal(1, 1);
        assertThatThrownBy(() -> new Spread.Mixed(Double.NaN, one, one))
                .hasMessage("share NaN: it must be in 0..1");
    }

    @Test
    void jitterOfRegionsIsASquareAsLargeAsTheirNumber() {
        assertThatThrownBy(() -> new Jitter.Regional(new long[][] {{1, 2}, {3}}))
                .hasMessageContaining("in a square");
        assertThatThrownBy(() -> new Jitter.Regional(new long[][] {{-1}}))
                .hasMessageContaining("jitter of -1 ns");
        var two = new Jitter.Regional(new long[][] {{1, 2}, {3, 4}});
        assertThatThrownBy(() -> Network.ideal(Latency.PL25).withJitter(two))
                .hasMessage("jitter of 2 regions for 1");
        assertThatThrownBy(() ->
                        new Latency("x", new double[] {1}, new long[][] {{1}}, two, Spread.none()))
                .hasMessage("latency x: jitter of 2 regions for 1");
    }

    /// When the messages from peer 1 to peer 0 arrive, of small ones published each 5 ms.
    private static List<Long> delays(Network network, int peers) {
        var links = new Links();
        for (int p = 1; p < peers; p++) links.add(p, 0, 0);
        var delays = new ArrayList<Long>();
        Setup.Builder setup =
                Setup.of(peers, network, Profile.PLAIN)
                        .links(links)
                        .end(16 * SECOND)
                        .listener((at, peer, eventClass, source, content) -> {
                            if (peer != 0 || source != 1 || eventClass != Actor.ARRIVAL) return;
                            if (content instanceof OutboundRpc rpc && rpc.singleMessage() != null) {
                                int number = delays.size();
                                delays.add(at - 5 * SECOND - number * 5_000_000L);
                                var message = rpc.singleMessage();
                                assertThat(
                                                PlannedMessage.number(
                                                        message.array(), message.dataOffset()))
                                        .isEqualTo(number);
                            }
                        });
        for (int i = 0; i < 2000; i++) {
            setup.message(
                    new PlannedMessage(
                            5 * SECOND + i * 5_000_000L, 1, 64, PlannedMessage.Kind.NORMAL));
        }
        new Simulation(setup.build()).run(() -> false);
        assertThat(delays).hasSize(2000);
        return delays;
    }

    @ParameterizedTest
    @ValueSource(strings = {"uniform(2)", "lognormal(20ms, 1)", "pareto(20ms, 2)"})
    @DisplayName("S-27: jitter of any model keeps the order of a link, and adds to its latency")
    void keepsOrder(String model) {
        Network network =
                Network.ideal(Latency.named("const(20ms)")).withJitter(Jitter.named(model));

        List<Long> delays = delays(network, 2);

        assertThat(delays).allMatch(delay -> delay >= 20_000_000);
        assertThat(delays).anyMatch(delay -> delay > 40_000_000);
        // Who would have overtaken another comes with him.
        int together = 0;
        for (int i = 1; i < 2000; i++) {
            if (delays.get(i - 1) - delays.get(i) == 5_000_000) together++;
        }
        assertThat(together).isGreaterThan(200);
    }

    @Test
    void aLinkDrawsTheSameWhateverOthersDo() {
        Network network =
                Network.ideal(Latency.named("const(20ms)"))
                        .withJitter(Jitter.named("lognormal(5ms)"));

        assertThat(delays(network, 3)).isEqualTo(delays(network, 2));
    }

    @Test
    void noneTakesTheJitterOfAProfileAway() {
        Network network = Network.ideal(Latency.PL25);

        assertThat(delays(network, 2)).anyMatch(delay -> delay > 26_000_000);
        assertThat(delays(network.withJitter(Jitter.none()), 2)).containsOnly(25_000_000L);
    }
}
