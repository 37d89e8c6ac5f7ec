package org.pollen.node.twin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.pollen.simulator.Latency;
import org.pollen.simulator.Links;
import org.pollen.simulator.Network;
import org.pollen.simulator.PlannedMessage;
import org.pollen.simulator.Profile;
import org.pollen.simulator.Setup;
import org.pollen.simulator.Simulation;

/// The simulator against real nodes with the same topology, delays, heartbeats and messages.
class LoopbackTwinIT {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;
    private static final int PEERS = Integer.getInteger("twin.nodes", 50);
    private static final int DEGREE = 20;
    private static final int SYBILS = 20;
    private static final int SIZE = 1024;
    private static final long SEED = 68;

    /// What validators take. Simulated ones take the median that real ones took altogether.
    private static final Duration VALIDATION = Duration.ofMillis(5);

    private static final int ROUTER_SEEDS = 15;

    private static final double DISTURBED = 0.05;

    /// What a network has to link its peers, in one attempt after the other.
    private static final List<Duration> LEADS =
            List.of(Duration.ofSeconds(10), Duration.ofSeconds(45));

    /// Meshes are made when all links are known.
    private static final Duration LATE = Duration.ofSeconds(2);

    @Test
    @DisplayName("S-68: real nodes and simulated ones agree within all bounds")
    void agree() {
        Profile profile =
                Profile.H1.with(
                        Profile.H1.params().toBuilder().heartbeatInitialDelay(LATE).build());
        Links links = new Links().regular(PEERS, DEGREE, 0, SEED);
        Latency latency = Latency.named(System.getProperty("twin.latency", "vac5"));
        List<Span> spans =
                List.of(
                        new Span(latency.name(), latency, messages(20, 200, 150 * MILLI)),
                        new Span(
                                "20 ms",
                                Latency.named("const(20ms)"),
                                messages(56, 100, 80 * MILLI)));
        try {
            compare(profile, links, spans);
        } catch (AssertionError chance) {
            // One in some ten real networks has meshes with a median that none of the simulated
            // ones has; two in a row would be no chance.
            System.out.println("twin: once more, since " + chance.getMessage());
            compare(profile, links, spans);
        }
    }

    private static void compare(Profile profile, Links links, List<Span> spans) {
        Measured real = measured(profile, links, spans, LEADS.getFirst());
        if (real.figures.isEmpty()) real = measured(profile, links, spans, LEADS.getLast());
        boolean quiet = real.disturbed <= DISTURBED;
        System.out.printf(
                Locale.ROOT,
                "twin: %.2f %% of reads late%s%n",
                real.disturbed * 100,
                quiet ? "" : ": too busy a machine to compare latencies, the rest is compared");
        assertThat(real.figures).describedAs("figures: links took too long").isNotEmpty();
        for (int i = 0; i < spans.size(); i++) {
            Span span = spans.get(i);
            TwinFigures measured = real.figures.get(i);
            long took = TwinFigures.quantile(measured.overheads(), 0.5);
            TwinFigures ours = measured.arriving(took - VALIDATION.toNanos());
            var twins = new ArrayList<TwinFigures>();
            for (int seed = 1; seed <= ROUTER_SEEDS; seed++) {
                twins.add(simulated(profile, links, span, took, seed));
                print(span.name, ours, twins.getLast());
            }
            near("delivery", ours, twins, TwinFigures::delivery, _ -> 0.0);
            near("mesh", ours, twins, TwinFigures::meshMean, _ -> 0.5);
            near("IHAVE ids", ours, twins, TwinFigures::ihaveIds, ids -> 0.15 * ids);
            if (quiet) compareHops(ours, twins);
            if (quiet && i == 0) compareLatencies(ours, twins);
        }
    }

    /// What real nodes did.
    ///
    /// @param disturbed the share of reads that were passed on too late
    private record Measured(List<TwinFigures> figures, double disturbed) {}

    private static Measured measured(
            Profile profile, Links links, List<Span> spans, Duration lead) {
        var figures = new ArrayList<TwinFigures>();
        Simulation plan = simulation(profile, links, spans.getFirst(), VALIDATION.toNanos());
        try (var network = new RealNetwork(plan, PEERS, 0, profile, VALIDATION, lead)) {
            if (!network.begin(links)) return new Measured(List.of(), 1);
            int number = 0;
            for (Span span : spans) {
                network.awaitTime(span.from() - 2 * SECOND);
                Simulation planned = simulation(profile, links, span, VALIDATION.toNanos());
                network.delays(planned::linkNanos);
                publish(network, span.messages, number);
                number += span.messages.size();
                network.awaitTime(span.to() + 4 * SECOND);
                TwinFigures came;
                int patience = 30;
                do {
                    network.awaitTime(network.now() + SECOND);
                    came = network.record().figures(span.from(), span.to(), planned::linkNanos);
                } while (came.delivery() < 1 && patience-- > 0);
                figures.add(came);
            }
            return new Measured(figures, network.disturbed());
        }
    }

    /// Messages of one rate, and what links take meanwhile.
    private record Span(String name, Latency latency, List<PlannedMessage> messages) {
        long from() {
            return messages.getFirst().at();
        }

        long to() {
            return messages.getLast().at() + 1;
        }
    }

    private static void compareHops(TwinFigures real, List<TwinFigures> twins) {
        double hops = twins.stream().mapToDouble(real::hopVariation).min().orElseThrow();
        assertThat(hops).describedAs("variation of hops").isLessThanOrEqualTo(0.08);
    }

    private static void compareLatencies(TwinFigures real, List<TwinFigures> twins) {
        near("p50", real, twins, each -> each.millis(0.5), ms -> Math.max(0.05 * ms, 3));
        near("p99", real, twins, each -> each.millis(0.99), ms -> 0.15 * ms);
        near("copies", real, twins, TwinFigures::duplicates, copies -> 0.05 * copies);
        double distance = twins.stream().mapToDouble(real::distance).min().orElseThrow();
        assertThat(distance).describedAs("distance of latencies").isLessThanOrEqualTo(0.10);
    }

    /// Which peers are in whose mesh is chance, in both: what is compared is the real figure with
    /// the span of those of some simulations whose routers draw other numbers.
    private static void near(
            String what,
            TwinFigures real,
            List<TwinFigures> twins,
            ToDoubleFunction<TwinFigures> figure,
            DoubleUnaryOperator tolerance) {
        double least = twins.stream().mapToDouble(figure).min().orElseThrow();
        double most = twins.stream().mapToDouble(figure).max().orElseThrow();
        assertThat(figure.applyAsDouble(real))
                .describedAs(what)
                .isBetween(
                        least - tolerance.applyAsDouble(least),
                        most + tolerance.applyAsDouble(most));
    }

    @Test
    @Tag("load")
    @DisplayName("S-69: silent sybils leave the meshes of both within one heartbeat")
    void silentSybils() {
        int peers = Integer.getInteger("twin.honest", 40);
        Profile profile = quick(Profile.H0_QUICK);
        // No more links than a mesh may have, so that only scores prune.
        var links = new Links().regular(peers, 6, 0, SEED);
        for (int i = 0; i < SYBILS * 8; i++) links.add(peers + i / 8, i % peers, 0);
        List<PlannedMessage> messages = messages(peers, 4 * SECOND, 100, 100 * MILLI);
        Setup.Builder setup =
                setup(peers, profile, Latency.INTEROP8, links, messages, VALIDATION.toNanos())
                        .silentSybils(SYBILS);
        var simulated = new TwinRecord[1];
        Simulation[] plan = new Simulation[1];
        setup.traces((peer, event) -> Objects.requireNonNull(simulated[0]).event(peer, event));
        plan[0] = new Simulation(setup.build());
        simulated[0] = new TwinRecord(peers, id -> index(plan[0], peers + SYBILS, id), 0);
        plan[0].run(() -> false);

        Map<List<Integer>, Long> real = Map.of();
        for (Duration lead : LEADS) {
            if (real.isEmpty()) {
                real = stays(plan[0], peers, profile, links, messages, lead);
            }
        }
        Map<List<Integer>, Long> twin = simulated[0].stays(peers);
        System.out.printf(
                Locale.ROOT,
                "twin: %d and %d stays, of %s and %s ms on average%n",
                real.size(),
                twin.size(),
                mean(real),
                mean(twin));
        assertThat(real.keySet()).isEqualTo(twin.keySet());
        long interval = profile.params().heartbeatInterval().toNanos();
        real.forEach((pair, stay) -> {
            long apart = Math.abs(stay - Objects.requireNonNull(twin.get(pair)));
            assertThat(Math.round((double) apart / interval))
                    .describedAs("%s: %s and %s ns", pair, stay, twin.get(pair))
                    .isLessThanOrEqualTo(1);
        });
    }

    private static Map<List<Integer>, Long> stays(
            Simulation plan,
            int peers,
            Profile profile,
            Links links,
            List<PlannedMessage> messages,
            Duration lead) {
        try (var network = new RealNetwork(plan, peers, SYBILS, profile, VALIDATION, lead)) {
            if (!network.begin(links)) return Map.of();
            publish(network, messages, 0);
            network.awaitTime(15 * SECOND);
            return network.record().stays(peers);
        }
    }

    private static long mean(Map<List<Integer>, Long> stays) {
        return stays.values().stream().mapToLong(Long::longValue).sum() / stays.size() / MILLI;
    }

    private static int index(Simulation simulation, int peers, org.pollen.peer.PeerId id) {
        for (int i = 0; i < peers; i++) if (simulation.peerId(i).equals(id)) return i;
        return -1;
    }

    /// The profile with shortened timers.
    private static Profile quick(Profile profile) {
        var scores = Objects.requireNonNull(profile.scores());
        var topic = Objects.requireNonNull(scores.defaultTopicParams());
        var shortened =
                topic.toBuilder()
                        .meshMessageDeliveriesTimes(Duration.ofMillis(5), Duration.ofSeconds(5))
                        .build();
        return profile.with(profile.params().toBuilder().heartbeatInitialDelay(LATE).build())
                .with(
                        scores.toBuilder().defaultTopicParams(shortened).build(),
                        profile.thresholds());
    }

    private static List<PlannedMessage> messages(long second, int count, long gap) {
        return messages(PEERS, second * SECOND, count, gap);
    }

    private static List<PlannedMessage> messages(int peers, long from, int count, long gap) {
        var random = new SplittableRandom(SEED + from);
        var messages = new ArrayList<PlannedMessage>();
        for (int i = 0; i < count; i++) {
            messages.add(
                    new PlannedMessage(
                            from + i * gap,
                            random.nextInt(peers),
                            SIZE,
                            PlannedMessage.Kind.NORMAL));
        }
        return messages;
    }

    private static void publish(RealNetwork real, List<PlannedMessage> messages, int number) {
        int next = number;
        for (PlannedMessage message : messages) {
            real.awaitTime(message.at());
            real.publish(message.publisher(), message.payload(next++));
        }
    }

    private static Setup.Builder setup(
            int peers,
            Profile profile,
            Latency latency,
            Links links,
            List<PlannedMessage> messages,
            long validation) {
        Network network = Network.ideal(latency).withValidation(validation);
        Setup.Builder setup =
                Setup.of(peers, network, profile)
                        .seed(SEED)
                        .links(links)
                        .end(messages.getLast().at() + 5 * SECOND);
        messages.forEach(setup::message);
        return setup;
    }

    private static Simulation simulation(Profile profile, Links links, Span span, long validation) {
        return new Simulation(
                setup(PEERS, profile, span.latency, links, span.messages, validation).build());
    }

    private static TwinFigures simulated(
            Profile profile, Links links, Span span, long validation, long routers) {
        var record = new TwinRecord[1];
        Simulation[] simulation = new Simulation[1];
        simulation[0] =
                new Simulation(
                        setup(PEERS, profile, span.latency, links, span.messages, validation)
                                .routerSeed(routers)
                                .traces((peer, event) ->
                                        Objects.requireNonNull(record[0]).event(peer, event))
                                .build());
        record[0] = new TwinRecord(PEERS, id -> index(simulation[0], PEERS, id), 0);
        simulation[0].run(() -> false);
        return record[0].figures(span.from(), span.to(), simulation[0]::linkNanos);
    }

    private static void print(String name, TwinFigures real, TwinFigures simulated) {
        System.out.printf(
                Locale.ROOT,
                "twin %s: a hop takes %.2f ms beyond its link (p99 %.2f); real and simulated:"
                        + " delivery %.5f %.5f, p50 %.1f %.1f ms, p99 %.1f %.1f ms, distance %.3f,"
                        + " copies %.2f %.2f, mesh %.2f %.2f, IHAVE ids %d %d, hops %s %s (%.3f)%n",
                name,
                TwinFigures.quantile(real.overheads(), 0.5) / 1e6,
                TwinFigures.quantile(real.overheads(), 0.99) / 1e6,
                real.delivery(),
                simulated.delivery(),
                real.millis(0.5),
                simulated.millis(0.5),
                real.millis(0.99),
                simulated.millis(0.99),
                real.distance(simulated),
                real.duplicates(),
                simulated.duplicates(),
                real.meshMean(),
                simulated.meshMean(),
                real.ihaveIds(),
                simulated.ihaveIds(),
                real.hops(),
                simulated.hops(),
                real.hopVariation(simulated));
    }
}
