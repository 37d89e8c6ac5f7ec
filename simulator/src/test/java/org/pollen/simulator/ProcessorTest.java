package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.router.OutboundRpc;
import org.pollen.router.SubOpts;

/// RPCs that wait for the processor of a peer.
class ProcessorTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    /// Sends RPCs to peer 0 at exponential intervals.
    private static final class Poisson extends Adversary {
        private final long meanNanos;
        private final SplittableRandom random = new SplittableRandom(7);

        Poisson(Simulation simulation, Partition partition, int index, long meanNanos) {
            super(simulation, partition, index);
            this.meanNanos = meanNanos;
        }

        @Override
        public void onLinked(int handle, long now) {
            next(now);
        }

        private void next(long now) {
            double gap = -Math.log(1 - random.nextDouble()) * meanNanos;
            post(index, now + (long) gap, SCRIPT, 1, null);
        }

        @Override
        protected void onScript(long word, long now) {
            send(handleOf(0), rpc().subscription(SubOpts.subscribe(simulation.mask())), now);
            next(now);
        }
    }

    /// The mean wait, in service times, of a million RPCs that take a millisecond each.
    private static double meanWait(double load) {
        var waiting = new ArrayDeque<Long>();
        var sum = new double[2];
        Setup setup =
                Setup.of(1, Network.ideal(Latency.named("const(5ms)")), Profile.PLAIN)
                        .cpu(new Cpu(MILLI, 0, 0))
                        .attackers(1, (s, p, i) -> new Poisson(s, p, i, (long) (MILLI / load)))
                        .links(oneDial())
                        .listener((at, peer, eventClass, _, _) -> {
                            if (peer != 0) return;
                            if (eventClass == Actor.ARRIVAL) waiting.add(at);
                            if (eventClass == Actor.VALIDATED) {
                                sum[0] += at - waiting.remove() - MILLI;
                                sum[1]++;
                            }
                        })
                        .end((long) (1_000_000 / load / 1000 * SECOND))
                        .build();
        new Simulation(setup).run(() -> false);
        assertThat(sum[1]).isBetween(990_000.0, 1_010_000.0);
        return sum[0] / sum[1] / MILLI;
    }

    private static Links oneDial() {
        var links = new Links();
        links.add(1, 0, 0);
        return links;
    }

    @ParameterizedTest
    @CsvSource({"0.5, 0.5", "0.8, 2.0"})
    @DisplayName("7.2: at loads of 0.5 and 0.8 RPCs wait 0.5 and 2.0 service times, as M/D/1 says")
    void waitsAsTheFormulaSays(double load, double wait) {
        assertThat(meanWait(load)).isCloseTo(wait, within(0.03 * wait));
    }

    /// Instants at which peer 0 gets RPCs, is through with them, and has verified messages.
    private record Event(String what, long at, long bytes) {}

    private static List<Event> events(Network network, int messages, Cpu cpu) {
        var events = new ArrayList<Event>();
        var links = new Links();
        links.add(1, 0, 0);
        links.add(2, 0, 0);
        links.add(1, 2, 0);
        Setup.Builder setup =
                Setup.of(3, network, Profile.PLAIN)
                        .cpu(cpu)
                        .links(links)
                        .end(8 * SECOND)
                        .listener((at, peer, eventClass, _, content) -> {
                            if (peer != 0 || at < 5 * SECOND || at >= 5 * SECOND + SECOND / 4) {
                                return;
                            }
                            if (content instanceof OutboundRpc rpc
                                    && eventClass == Actor.ARRIVAL
                                    && rpc.singleMessage() != null) {
                                events.add(new Event("arrival", at, rpc.bodyLength()));
                            }
                            if (eventClass == Actor.VALIDATED) {
                                events.add(
                                        new Event(content == null ? "through" : "verified", at, 0));
                            }
                        });
        for (int i = 0; i < messages; i++) {
            setup.message(new PlannedMessage(5 * SECOND, 1, 2000, PlannedMessage.Kind.NORMAL));
        }
        new Simulation(setup.build()).run(() -> false);
        return events;
    }

    @Test
    void anRpcTakesItsTimeAndANewMessageMoreBeforeTheNextBegins() {
        List<Event> all = events(Network.ideal(Latency.named("const(50ms)")), 3, Cpu.DEFAULT);
        List<Event> arrivals = all.stream().filter(e -> e.what.equals("arrival")).toList();

        assertThat(arrivals).hasSizeGreaterThanOrEqualTo(3);
        long at = 5 * SECOND + 50 * MILLI;
        var expected = new ArrayList<Event>();
        for (int i = 0; i < 3; i++) {
            assertThat(arrivals.get(i).at).isEqualTo(5 * SECOND + 50 * MILLI);
            at += (10_000 + arrivals.get(i).bytes * 1000 / 1024 + 999) / 1000 * 1000;
            expected.add(new Event("through", at, 0));
            at += 100_000;
            expected.add(new Event("verified", at, 0));
        }
        List<Event> first = all.stream().filter(e -> !e.what.equals("arrival")).limit(6).toList();
        // That the third is verified comes after the second is through, and so on.
        assertThat(first).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void validationComesOnTopAndDoesNotKeepTheProcessor() {
        Network network = Network.ideal(Latency.named("const(50ms)")).withValidation(20 * MILLI);
        Deque<Event> through = new ArrayDeque<>();
        Deque<Event> verified = new ArrayDeque<>();
        for (Event event : events(network, 2, new Cpu(MILLI, 0, 3 * MILLI))) {
            if (event.what.equals("through")) through.add(event);
            if (event.what.equals("verified")) verified.add(event);
        }

        long arrived = 5 * SECOND + 50 * MILLI;
        assertThat(through.remove().at).isEqualTo(arrived + MILLI);
        assertThat(through.remove().at).isEqualTo(arrived + 5 * MILLI);
        assertThat(verified.remove().at).isEqualTo(arrived + 24 * MILLI);
        assertThat(verified.remove().at).isEqualTo(arrived + 28 * MILLI);
    }

    @Test
    void aBusyProcessorDelaysTheNetworkAndLosesNothing() {
        Setup.Builder setup =
                Setup.of(60, Network.ideal(Latency.INTEROP8), Profile.PLAIN)
                        .links(new Links().dial(60, 8, 0, 1))
                        .end(14 * SECOND)
                        .workload(60, 20, 512, 5 * SECOND, 8 * SECOND, 1);
        SimulationResult without = new Simulation(setup.build()).run(() -> false);
        setup.cpu(new Cpu(2 * MILLI, 0, 5 * MILLI));
        SimulationResult with = new Simulation(setup.build()).run(() -> false);

        assertThat(with.delivery()).isEqualTo(1);
        assertThat(with.delays().quantileMillis(0.5))
                .isGreaterThan(without.delays().quantileMillis(0.5) + 10);
        assertThat(new Simulation(setup.workers(2).build()).run(() -> false).digest())
                .isEqualTo(with.digest());
        assertThat(
                        new Simulation(setup.workers(1).crypto(Crypto.MODELLED).build())
                                .run(() -> false)
                                .delivery())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 0, 0, rpc is -1",
        "0, -2, 0, kibibyte is -2",
        "0, 0, 10000000001, verify is 10000000001"
    })
    void timesOutOfRangeAreErrors(long rpc, long kibibyte, long verify, String what) {
        assertThatThrownBy(() -> new Cpu(rpc, kibibyte, verify))
                .hasMessage("cpu: " + what + " ns: it must be in 0..10 s");
    }

    @Test
    void peersWithoutRoutersHaveNone() {
        Setup.Builder setup =
                Setup.of(3, Network.ideal(Latency.PL25), Profile.LIGHT).cpu(Cpu.DEFAULT);

        assertThatThrownBy(setup::build).hasMessage("cpu with the profile light: it has no router");
    }
}
