package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.scoring.Scene.LOW;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// What holds whatever happens: the engine equals [NaiveScores] bit by bit, treats equals equally,
/// and repeats itself.
class ScoreEngineProperties {
    private static final int PEERS = 12;
    private static final int TOPICS = 70;
    private static final int STEPS = 3_000;
    private static final List<RejectReason> REASONS = List.of(RejectReason.values());
    private static final List<ScoreKeyPolicy> POLICIES = List.of(ScoreKeyPolicy.values());
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static TopicScoreParams randomTopic(SplittableRandom random) {
        double threshold = random.nextInt(1, 6);
        return TopicScoreParams.builder()
                .topicWeight(random.nextDouble(0, 2))
                .timeInMesh(
                        random.nextInt(3) * 0.3,
                        Duration.ofNanos(random.nextLong(1_000_000, 3_000_000_000L)),
                        random.nextInt(1, 50))
                .firstMessageDeliveries(
                        random.nextInt(3) * 0.7,
                        random.nextDouble(0.3, 0.999),
                        random.nextInt(1, 9))
                .meshMessageDeliveries(
                        random.nextInt(-2, 1),
                        random.nextDouble(0.3, 0.999),
                        threshold + random.nextInt(1, 4),
                        threshold)
                .meshMessageDeliveriesTimes(
                        Duration.ofMillis(random.nextInt(300)),
                        Duration.ofSeconds(random.nextInt(1, 5)))
                .meshFailurePenalty(random.nextInt(-2, 1), random.nextDouble(0.3, 0.999))
                .invalidMessageDeliveries(random.nextInt(-9, 1), random.nextDouble(0.3, 0.999))
                .build();
    }

    private static PeerScoreParams randomParams(SplittableRandom random) {
        return PeerScoreParams.builder()
                .skipAtomicValidation(true)
                .decay(SECOND, random.nextDouble(0.001, 0.1))
                .topicScoreCap(
                        random.nextInt(3) * 5.0,
                        random.nextBoolean() ? CapMode.SUM : CapMode.POSITIVE_PARTS)
                .appSpecificScore(null, 0.5)
                .ipColocationFactor(-0.5, 2)
                .behaviourPenalty(-1, 2, 0.8)
                .slowPeer(-0.3, 1, 0.6)
                .retainScore(Duration.ofSeconds(random.nextInt(8)))
                .seenMsgTTL(Duration.ofSeconds(random.nextInt(2, 20)))
                .scoreKeyPolicy(POLICIES.get(random.nextInt(3)))
                .strictReferencePrune(random.nextBoolean())
                .build();
    }

    /// One random history, played to an engine and, if there is one, to a model.
    private static final class History {
        private final SplittableRandom random;
        private final Scene scene;
        private final NaiveScores naive;
        private final List<Double> trace = new ArrayList<>();

        History(long seed) {
            random = new SplittableRandom(seed);
            PeerScoreParams params = randomParams(random);
            scene = new Scene(params);
            naive = new NaiveScores(params);
            for (int topic = 0; topic < TOPICS; topic++) setTopic(topic);
        }

        private void setTopic(int topic) {
            TopicScoreParams p = randomTopic(random);
            scene.engine.setTopicParams(topic, p);
            naive.setTopic(topic, p);
        }

        private int peer() {
            return random.nextInt(PEERS);
        }

        /// Two favourites, so that counters grow, and sometimes one that is not scored.
        private int topic() {
            return random.nextInt(3) > 0 ? 60 + random.nextInt(8) : random.nextInt(TOPICS + 1);
        }

        private int[] keys() {
            int[] keys = new int[random.nextInt(1, 4)];
            for (int i = 0; i < keys.length; i++) keys[i] = topic();
            return keys;
        }

        private void step() {
            ScoreEngine engine = scene.engine;
            long now = scene.now;
            int peer = peer();
            int topic = topic();
            long message = random.nextInt(40);
            int[] keys = keys();
            switch (random.nextInt(22)) {
                case 0, 1 -> {
                    engine.addPeer(peer, now);
                    naive.addPeer(peer);
                }
                case 2 -> {
                    if (random.nextInt(4) > 0) return;
                    engine.removePeer(peer, now);
                    naive.removePeer(peer, now);
                }
                case 3, 4, 5 -> {
                    engine.graft(peer, topic, now);
                    naive.graft(peer, topic, now);
                }
                case 6 -> {
                    engine.prune(peer, topic, now);
                    naive.prune(peer, topic);
                }
                case 7 -> {
                    engine.validate(message, LOW, now);
                    naive.validate(message, now);
                }
                case 8, 9, 10 -> {
                    int from = random.nextInt(10) == 0 ? -1 : peer;
                    engine.deliver(from, message, LOW, keys, now);
                    naive.deliver(from, message, keys, now);
                }
                case 11 -> {
                    RejectReason reason = REASONS.get(random.nextInt(11));
                    engine.reject(peer, message, LOW, keys, reason, now);
                    naive.reject(peer, message, keys, reason, now);
                }
                case 12, 13, 14, 15 -> {
                    engine.duplicate(peer, message, LOW, keys, now);
                    naive.duplicate(peer, message, keys, now);
                }
                case 16 -> {
                    Feedback kind = random.nextBoolean() ? Feedback.USEFUL : Feedback.INVALID;
                    engine.peerFeedback(peer, topic, kind, now);
                    naive.feedback(peer, topic, kind);
                }
                case 17 -> {
                    double count = random.nextDouble(3);
                    engine.addPenalty(peer, count, BehaviourPenalty.APPLICATION);
                    naive.addPenalty(peer, count);
                    engine.slowPeer(peer);
                    naive.slow(peer);
                }
                case 18 -> {
                    double value = random.nextInt(-5, 6);
                    engine.setAppScore(peer, value);
                    naive.setApp(peer, value);
                    var ips = new ArrayList<String>();
                    for (int i = 0; i < random.nextInt(3); i++)
                        ips.add("10.0.0." + (i * 3 + random.nextInt(3)));
                    engine.setAddresses(peer, Scene.bytes(ips.toArray(String[]::new)));
                    naive.setAddresses(peer, ips);
                }
                case 19 -> {
                    engine.refreshScores(now);
                    naive.refresh(now);
                }
                case 20 -> {
                    engine.gcDeliveryRecords(now);
                    naive.gc(now);
                    if (random.nextInt(10) == 0) setTopic(random.nextInt(TOPICS));
                }
                default -> scene.now += random.nextLong(1_000_000_000);
            }
        }

        private void compare(int step) {
            for (int peer = 0; peer < PEERS; peer++) {
                double expected = naive.score(peer);
                double actual = scene.score(peer);
                assertThat(Double.doubleToLongBits(actual))
                        .as("peer %s after %s: %s, not %s", peer, step, actual, expected)
                        .isEqualTo(Double.doubleToLongBits(expected));
                assertThat(scene.engine.known(peer)).isEqualTo(naive.known(peer));
            }
        }

        private List<Double> play(boolean compare) {
            for (int step = 0; step < STEPS; step++) {
                step();
                if (compare) compare(step);
                trace.add(scene.score(step % PEERS));
            }
            return trace;
        }
    }

    @RepeatedTest(60)
    void theEngineEqualsTheModelBitByBit(RepetitionInfo repetition) {
        List<Double> trace = new History(repetition.getCurrentRepetition()).play(true);

        // Something must have happened in both directions.
        assertThat(trace).anyMatch(score -> score > 0).anyMatch(score -> score < 0);
    }

    @Test
    @DisplayName("S120 the same seed gives the same scores, bit by bit")
    void determinism() {
        for (long seed = 100; seed < 110; seed++)
            assertThat(new History(seed).play(false)).isEqualTo(new History(seed).play(false));
    }

    @Test
    @DisplayName("P-4 fairness: peers with equal histories have equal scores, bit by bit")
    void fairness() {
        for (long seed = 0; seed < 30; seed++) {
            var random = new SplittableRandom(seed);
            var scene = new Scene(randomParams(random));
            for (int topic = 0; topic < 10; topic++)
                scene.engine.setTopicParams(topic, randomTopic(random));
            scene.peers(0, 1, 2);
            for (int step = 0; step < 2_000; step++) {
                int topic = random.nextInt(10);
                int what = random.nextInt(8);
                double count = random.nextDouble(2);
                scene.now += random.nextInt(200_000_000);
                for (int peer = 0; peer < 3; peer++) {
                    // The third one has a life of its own and is there to disturb.
                    int own = peer == 2 ? random.nextInt(10) : topic;
                    happens(scene, peer, own, what, count);
                }
                if (what == 7) scene.refresh();
                assertThat(scene.score(0)).isEqualTo(scene.score(1));
            }
        }
    }

    private static void happens(Scene scene, int peer, int topic, int what, double count) {
        ScoreEngine engine = scene.engine;
        int[] keys = {topic};
        switch (what) {
            case 0 -> engine.graft(peer, topic, scene.now);
            case 1 -> engine.prune(peer, topic, scene.now);
            case 2, 3, 4 -> engine.deliver(peer, scene.message(), LOW, keys, scene.now);
            case 5 ->
                    engine.reject(
                            peer,
                            scene.message(),
                            LOW,
                            keys,
                            RejectReason.VALIDATION_FAILED,
                            scene.now);
            case 6 -> engine.addPenalty(peer, count, BehaviourPenalty.APPLICATION);
            default -> {}
        }
    }

    @Test
    @DisplayName("P-3 a further bad act never raises the score, a further good one never lowers it")
    void monotony() {
        for (long seed = 200; seed < 230; seed++) {
            var history = new History(seed);
            history.play(false);
            for (int peer = 0; peer < PEERS; peer++)
                for (int topic = 60; topic < 68; topic++) {
                    Scene scene = history.scene;
                    double before = scene.score(peer);
                    scene.engine.peerFeedback(peer, topic, Feedback.INVALID, scene.now);
                    double bad = scene.score(peer);
                    assertThat(bad).isLessThanOrEqualTo(before);
                    scene.engine.peerFeedback(peer, topic, Feedback.USEFUL, scene.now);
                    assertThat(scene.score(peer)).isGreaterThanOrEqualTo(bad);
                    scene.engine.addPenalty(peer, 1, BehaviourPenalty.APPLICATION);
                    assertThat(scene.score(peer)).isLessThanOrEqualTo(scene.score(peer));
                }
        }
    }

    @Test
    @DisplayName("the sum of the contributions is the score")
    void contributions() {
        for (long seed = 300; seed < 320; seed++) {
            var history = new History(seed);
            history.play(false);
            for (PeerScoreSnapshot snapshot : history.scene.engine.snapshots(history.scene.now))
                assertConsistent(snapshot);
        }
    }

    private static void assertConsistent(PeerScoreSnapshot snapshot) {
        double sum = 0;
        double size = 1;
        for (var component : ScoreComponent.values()) {
            sum += snapshot.contribution(component);
            size += Math.abs(snapshot.contribution(component));
        }
        assertThat(Math.abs(sum - snapshot.score())).isLessThanOrEqualTo(1e-12 * size);
    }

    /// One thread owns the engine and copies snapshots; others read the copies.
    @Test
    @DisplayName("S119 inspection during a million events: consistent snapshots, nothing lost")
    void inspectionWhileEventsArrive() throws InterruptedException {
        var topic =
                TopicScoreParams.builder()
                        .topicWeight(1)
                        .timeInMesh(0, SECOND, 0)
                        .firstMessageDeliveries(1, 1, 1e9)
                        .invalidMessageDeliveries(-1, 1)
                        .buildUnchecked();
        var scene =
                new Scene(
                        Scene.globals()
                                .behaviourPenalty(-1, 0, 1)
                                .topic("t", topic)
                                .deliveryRecordsMax(1_000)
                                .buildUnchecked());
        scene.peers(0, 1);
        var latest = new AtomicReference<>(scene.engine.snapshots(0));
        var done = new AtomicBoolean();
        var failure = new AtomicReference<Throwable>();
        var readers = new ArrayList<Thread>();
        for (int i = 0; i < 2; i++)
            readers.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    while (!done.get()) readConsistently(latest.get());
                                } catch (Throwable e) {
                                    failure.set(e);
                                }
                            }));

        int events = 1_000_000;
        for (int i = 0; i < events; i++) {
            // Both sides of the balance move together; a torn snapshot would show it.
            int peer = i & 1;
            scene.deliver(peer, i);
            if (i % 1_000 == 999) latest.set(scene.engine.snapshots(i));
        }
        done.set(true);
        for (Thread reader : readers) reader.join();

        assertThat(failure.get()).isNull();
        assertThat(scene.score(0) + scene.score(1)).isEqualTo(events);
    }

    private static void readConsistently(List<PeerScoreSnapshot> snapshots) {
        snapshots.forEach(ScoreEngineProperties::assertConsistent);
        double delivered = 0;
        for (PeerScoreSnapshot snapshot : snapshots)
            delivered += snapshot.contribution(ScoreComponent.P2);
        assertThat(delivered % 1_000).isEqualTo(0);
    }
}
