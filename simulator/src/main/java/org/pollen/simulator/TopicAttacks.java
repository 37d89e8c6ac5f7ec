package org.pollen.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams.MultiBitMode;
import org.pollen.scoring.LintContext;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScoreEngine;
import org.pollen.scoring.ScoreParamsLint;
import org.pollen.scoring.ScorePresets;
import org.pollen.scoring.TopicScoreParams;
import org.pollen.simulator.Verdict.Gate;

/// Entries of the catalogue in which what is earned in some topics or slices pays for misbehaviour
/// in others, and those that cut a graph.
///
/// Source: simulator specification 3.4, K-11 to K-14, and 3.6, K-41 and K-45.
final class TopicAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final int TOPICS = 12;

    /// Two activations of P3 under H1.
    private static final double TWO_ACTIVATIONS = 240;

    private static final long TWO = 240 * SECOND;

    private TopicAttacks() {}

    /// H1 for topics with so many messages.
    static Profile h1(double messagesPerSecond) {
        return Profile.H1.with(
                ScorePresets.RECOMMENDED.toBuilder()
                        .defaultTopicParams(ScorePresets.recommendedTopic(messagesPerSecond))
                        .build(),
                Profile.H1.thresholds());
    }

    /// The published rule of the Ethereum set over twelve subnets, 7.2 + 3.2 t/T against 24.7 i/T,
    /// as parameters: 7.2 from other topics is an application score, a subnet delivered in full
    /// earns 3.2/12, and one withheld costs 24.7/12. The weight of P3, the activation of 17 slots
    /// and the decays are those of the published model, in which a slot is a second.
    static Profile h2() {
        TopicScoreParams subnet =
                TopicScoreParams.builder()
                        .topicWeight(1.0 / TOPICS)
                        .timeInMesh(0, Duration.ofSeconds(1), 0)
                        .firstMessageDeliveries(3.2, 0.99, 1)
                        .meshMessageDeliveries(-37.55, 0.749, 25, Math.sqrt(24.7 / 37.55))
                        .meshMessageDeliveriesTimes(Duration.ofSeconds(2), Duration.ofSeconds(17))
                        .meshFailurePenalty(-37.55, 0.749)
                        .invalidMessageDeliveries(-4544, 0.912)
                        .build();
        PeerScoreParams scores =
                PeerScoreParams.builder()
                        .defaultTopicParams(subnet)
                        .topicScoreCap(32.72)
                        .appSpecificScore(_ -> 7.2, 1)
                        .ipColocationFactor(-35.11, 10)
                        .behaviourPenalty(-15.92, 6, 0.63)
                        .decay(Duration.ofSeconds(1), 0.01)
                        .retainScore(Duration.ofSeconds(3200))
                        .build();
        PeerScoreThresholds thresholds =
                PeerScoreThresholds.builder()
                        .limits(-4000, -8000, -16000)
                        .acceptPX(100)
                        .opportunisticGraft(5)
                        .build();
        return Profile.H1.with(scores, thresholds);
    }

    static List<Mask> topics() {
        return IntStream.range(0, TOPICS).mapToObj(i -> Mask.topic("t" + i)).toList();
    }

    // K-11, K-45.

    static List<Gate> freeRiding(Arena arena) {
        var gates = new ArrayList<Gate>();
        for (int withheld : new int[] {3, 5, 6}) {
            double least = leastOfARider(arena, withheld);
            String what = "H2, %d of 12 withheld: least score of a rider".formatted(withheld);
            gates.add(
                    withheld <= 3
                            ? Gate.atLeast(what, 0, least)
                            : Gate.atMost(what, -0.001, least));
        }
        for (int withheld : new int[] {1, 6}) {
            var stays = new Stays();
            SimulationResult result = riders(arena, h1(0.5), withheld, 300, 6, stays);
            String what = "H1, %d of 12 withheld: ".formatted(withheld);
            gates.add(Gate.atLeast(what + "delivery", 1, result.delivery()));
            gates.add(Gate.atLeast(what + "stays that ended", 10, stays.ended()));
            gates.add(
                    Gate.atMost(
                            what + "longest stay in a mesh withheld, s",
                            TWO_ACTIVATIONS,
                            stays.longestSeconds()));
        }
        return gates;
    }

    /// The least score of a rider of the Ethereum set.
    static double leastOfARider(Arena arena, int withheld) {
        var probe = new MeshProbe();
        riders(arena, h2(), withheld, 90, 24, probe);
        return least(probe, 90 - 12);
    }

    /// The same of one that forwards all for a minute, which fills its counters, and of which the
    /// published rule speaks.
    static double leastOfALateRider(Arena arena, int withheld) {
        var probe = new MeshProbe();
        riders(arena, h2(), withheld, 60 * SECOND, 160, 24, probe);
        return least(probe, 160 - 12);
    }

    private static SimulationResult riders(
            Arena arena,
            Profile profile,
            int withheld,
            int seconds,
            int rate,
            Simulation.Probe probe) {
        return riders(arena, profile, withheld, 0, seconds, rate, probe);
    }

    private static SimulationResult riders(
            Arena arena,
            Profile profile,
            int withheld,
            long from,
            int seconds,
            int rate,
            Simulation.Probe probe) {
        int honest = 16;
        int riders = 4;
        var links = new Links().dial(honest, 6, 0, arena.seed());
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 11));
        for (int i = 0; i < riders; i++) {
            for (int j = 0; j < 10; j++) {
                links.add(honest + i, random.nextInt(honest), 5 * SECOND);
            }
        }
        arena.named("%s %d of 12 withheld".formatted(profile.name(), withheld));
        return arena.run(
                Setup.of(honest, Network.ideal(Latency.PL25), profile)
                        .seed(arena.seed())
                        .masks(topics())
                        .links(links)
                        .attackers(riders, (s, p, i) -> new FreeRider(s, p, i, withheld, from))
                        .attackBetween(5 * SECOND, Long.MAX_VALUE)
                        .probe(probe)
                        .end(seconds * SECOND)
                        .workload(honest, rate, 256, 8 * SECOND, (seconds - 10) * SECOND, 1));
    }

    /// The least score of an attacker while there are messages: up to a second.
    private static double least(MeshProbe probe, int until) {
        return probe.samples.stream()
                .filter(sample -> sample.at() <= until * SECOND)
                .mapToDouble(MeshProbe.Sample::sybilScore)
                .min()
                .orElse(0);
    }

    static List<Gate> sliceSplit(Arena arena) {
        Profile h1 = h1(4);
        arena.profile(
                FurtherAttacks.blossom(MultiBitMode.COMPOSITE)
                        .with(java.util.Objects.requireNonNull(h1.scores()), h1.thresholds()));
        int end = 30 + 2 * 120 + 40;
        arena.end(end);
        arena.setup().masks(IntStream.range(0, 3).mapToObj(i -> Mask.bit(32, i)).toList());
        arena.actors(20, (s, p, i) -> new FreeRider(s, p, i, 1));
        arena.connectSybils(20, HONEST, 30 * SECOND);
        arena.traffic(10, end - 10, 12);
        var stays = new Stays();
        arena.setup().probe(stays);
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atLeast("stays in the mesh of the third slice that ended", 50, stays.ended()),
                Gate.atMost(
                        "longest stay there, s (two activations)",
                        TWO_ACTIVATIONS,
                        stays.longestSeconds()));
    }

    // K-12, K-13.

    static List<Gate> topicEclipse(Arena arena) {
        int honest = 30;
        List<Mask> masks = IntStream.range(0, 4).mapToObj(i -> Mask.topic("t" + i)).toList();
        var links = new Links();
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 12));
        around(links, random, honest);
        links.add(0, 1, 0);
        for (int i = 0; i < 3; i++) {
            links.add(honest + i, 0, 0);
            for (int j = 0; j < 8; j++) links.add(honest + i, 1 + random.nextInt(honest - 1), 0);
        }
        arena.named("H1, one honest neighbour");
        SimulationResult result =
                arena.run(
                        Setup.of(honest, Network.ideal(Latency.PL25), h1(1))
                                .seed(arena.seed())
                                .masks(masks)
                                .links(links)
                                .attackers(3, (s, p, i) -> new FreeRider(s, p, i, 3))
                                .attackBetween(0, TWO)
                                .watch(1)
                                .end(340 * SECOND)
                                .workload(honest, 4, 256, 10 * SECOND, 320 * SECOND, 1));
        var gates = new ArrayList<Gate>();
        gates.add(
                Gate.atLeast(
                        "H1, one honest neighbour: share that reaches the victim from two activations on",
                        0.95,
                        arena.toWatched(result, TWO)));
        gates.add(Gate.atLeast("H1: delivery of all messages", 0.999, result.delivery()));
        gates.add(Gate.atMost("H1: p99 ms", 4000, result.delays().quantileMillis(0.99)));
        gates.addAll(surrounded(arena, honest, random));
        return gates;
    }

    private static void around(Links links, SplittableRandom random, int honest) {
        for (int i = 1; i < honest; i++) {
            for (int j = 0; j < 5; j++) {
                int other = 1 + random.nextInt(honest - 1);
                if (other != i) links.add(i, other, 0);
            }
        }
    }

    /// Under H2, with three attackers as the only neighbours: for ever, at no cost.
    private static List<Gate> surrounded(Arena arena, int honest, SplittableRandom random) {
        var links = new Links();
        around(links, random, honest);
        for (int i = 0; i < 3; i++) {
            links.add(honest + i, 0, 0);
            for (int j = 0; j < 8; j++) links.add(honest + i, 1 + random.nextInt(honest - 1), 0);
        }
        return cut(arena, "H2, three neighbours", links, honest, 3, 1, 120);
    }

    static List<Gate> vertexCut(Arena arena) {
        // 588 peers and about 7,496 links, as the published graph: two attackers are all that
        // six victims have.
        int victims = 6;
        int others = 580;
        int honest = victims + others;
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 13));
        var inner = new Links().regular(others, 25, 0, arena.seed());
        var links = new Links();
        for (int i = 0; i < inner.size(); i++) {
            links.add(victims + inner.dialler(i), victims + inner.target(i), 0);
        }
        for (int i = 0; i < victims; i++) {
            for (int j = 0; j < i; j++) links.add(i, j, 0);
            for (int a = 0; a < 2; a++) links.add(honest + a, i, 0);
        }
        for (int a = 0; a < 2; a++) {
            for (int j = 0; j < 110; j++) {
                links.add(honest + a, victims + random.nextInt(others), 0);
            }
        }
        return cut(arena, "H2, two cut vertices", links, honest, 2, victims, 40);
    }

    /// Attackers withhold three of twelve topics from victims that have nobody else.
    private static List<Gate> cut(
            Arena arena,
            String name,
            Links links,
            int honest,
            int attackers,
            int victims,
            int seconds) {
        var probe = new MeshProbe();
        Setup.Builder setup =
                Setup.of(honest, Network.ideal(Latency.PL25), h2())
                        .seed(arena.seed())
                        .masks(topics())
                        .links(links)
                        .watch(victims)
                        .attackers(attackers, (s, p, i) -> new FreeRider(s, p, i, 3))
                        .attackBetween(0, Long.MAX_VALUE)
                        .probe(probe)
                        .end(seconds * SECOND);
        // Published by those on the other side of the cut.
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.WORKLOAD, 13));
        for (long at = 8 * SECOND; at < (seconds - 6) * SECOND; at += SECOND / TOPICS) {
            int publisher = victims + random.nextInt(honest - victims);
            setup.message(
                    new PlannedMessage(
                            at / 1000 * 1000, publisher, 256, PlannedMessage.Kind.NORMAL));
        }
        SimulationResult result = arena.named(name).run(setup);
        long withheld = 0;
        long passed = 0;
        long messages = result.reachedWatched().length;
        for (int i = 0; i < messages; i++) {
            if (i % TOPICS < 3) withheld += result.reachedWatched()[i];
            else passed += result.reachedWatched()[i];
        }
        double expected = (double) messages * victims;
        return List.of(
                Gate.atMost(
                        name + ": share that reaches victims of three topics withheld",
                        0.01,
                        withheld / (expected * 3 / TOPICS)),
                Gate.atLeast(
                        name + ": share that reaches them of the nine others",
                        0.99,
                        passed / (expected * 9 / TOPICS)),
                Gate.atLeast(name + ": least score of an attacker", 0, least(probe, seconds - 8)));
    }

    // K-14.

    /// The published counter-example on the engine itself: five topics with the published sums.
    static List<Gate> flatRegion(Arena arena) {
        double[] sums = {22.21, -4.50, 7.80, -25.00, 7.78};
        PeerScoreParams.Builder params =
                PeerScoreParams.builder()
                        .appSpecificScore(PeerScoreParams.NO_APP_SCORE, 0)
                        .ipColocationFactor(0, 1)
                        .decay(Duration.ofSeconds(1), 0.01)
                        .retainScore(Duration.ofMinutes(5));
        for (int t = 0; t < sums.length; t++) {
            double sum = sums[t];
            TopicScoreParams.Builder topic =
                    TopicScoreParams.builder()
                            .topicWeight(1)
                            .timeInMesh(0, Duration.ofSeconds(1), 0)
                            .invalidMessageDeliveries(-1000, 0.9);
            if (sum > 0) {
                topic.firstMessageDeliveries(sum, 0.999999, 1);
            } else {
                topic.meshMessageDeliveries(sum, 0.5, 10, 1)
                        .meshMessageDeliveriesTimes(Duration.ofSeconds(1), Duration.ofSeconds(5))
                        .meshFailurePenalty(sum, 0.5);
            }
            params.topic("t" + t, topic.build());
        }
        PeerScoreParams built = params.build();
        var engine = new ScoreEngine(built, _ -> {}, 0);
        engine.addPeer(1, 0);
        for (int t = 0; t < sums.length; t++) {
            engine.registerTopic(t, "t" + t);
            engine.graft(1, t, 0);
        }
        long message = 0;
        double first = Double.NaN;
        double last = Double.NaN;
        for (long second = 1; second <= 300; second++) {
            long now = second * SECOND;
            for (int t = 0; t < sums.length; t++) {
                // The more it withholds, and the more it delivers above the cap, the same score.
                for (int n = 0; n < 1 + second / 10; n++) {
                    message++;
                    int from = sums[t] > 0 ? 1 : -1;
                    engine.validate(message, message, now);
                    engine.deliver(from, message, message, new int[] {t}, now);
                }
            }
            engine.refreshScores(now);
            engine.gcDeliveryRecords(now);
            if (second == 30) first = engine.score(1);
            last = engine.score(1);
        }
        List<ScoreParamsLint.Finding> findings =
                ScoreParamsLint.check(
                        built,
                        PeerScoreThresholds.builder().limits(-4000, -8000, -16000).build(),
                        LintContext.builder().build(),
                        false);
        arena.fingerprint(Double.doubleToLongBits(first), Double.doubleToLongBits(last), message);
        return List.of(
                Gate.atLeast("score after 30 s", 8.285, first),
                Gate.atMost("score after 30 s", 8.295, first),
                Gate.atMost(
                        "change by another 270 s of withholding", 0.005, Math.abs(last - first)),
                Gate.atLeast(
                        "topics in which the lint finds that free-riding pays (L3)",
                        2,
                        findings.stream().filter(finding -> finding.id().equals("L3")).count()));
    }

    // K-41.

    static List<Gate> slicePartition(Arena arena) {
        SimulationResult without = slices(arena, 0, false);
        SimulationResult attacked = slices(arena, 40, false);
        SimulationResult defended = slices(arena, 40, true);
        return List.of(
                Gate.atLeast("reach without attackers (lambda 4)", 0.92, without.delivery()),
                Gate.atMost("reach with 2 % attackers", 0.5, attacked.delivery()),
                Gate.atLeast(
                        "reach when each holder keeps D links to holders that it dialled",
                        0.99,
                        defended.delivery()));
    }

    /// Peers take 16 links each; attackers dial all holders while honest peers dial each other, and
    /// drop what is on the mask.
    private static SimulationResult slices(Arena arena, int attackers, boolean defended) {
        int peers = 2000;
        double share = 0.25;
        var links = new Links();
        int[] holders =
                IntStream.range(0, peers)
                        .filter(p -> Mix.unit(arena.seed(), p, Mix.HOLDER) < share)
                        .toArray();
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 41));
        for (int p = 0; p < peers; p++) {
            for (int j = 0; j < 8; j++) {
                int other = random.nextInt(peers);
                if (other != p) links.add(p, other, random.nextLong(SECOND));
            }
        }
        for (int a = 0; a < attackers; a++) {
            for (int holder : holders) links.add(peers + a, holder, random.nextLong(SECOND));
        }
        Setup.Builder setup =
                Setup.of(
                                peers,
                                Network.ideal(Latency.PL25),
                                FurtherAttacks.blossom(MultiBitMode.FLOOD_HOLDERS))
                        .seed(arena.seed())
                        .masks(List.of(FurtherAttacks.bits(3, 77, 200)))
                        .holders(share)
                        .links(links)
                        .end(15 * SECOND);
        if (defended) {
            setup.probe(new HolderDialling(holders, 8, 16, 4, 8 * SECOND, arena.seed()));
        }
        setup.connectionsMax(16);
        if (attackers > 0) {
            setup.attackers(attackers, (s, p, i) -> new Sybil(s, p, i, Sybil.Behaviour.SILENT));
        }
        for (int m = 0; m < 60; m++) {
            int publisher = holders[(int) (Mix.unit(arena.seed(), m, 41) * holders.length)];
            long at = 10 * SECOND + m * 40_000_000L;
            setup.message(new PlannedMessage(at, publisher, 64, PlannedMessage.Kind.NORMAL));
        }
        String which = attackers == 0 ? "without attackers" : "attacked";
        return arena.named(defended ? "defended" : which).run(setup);
    }
}
