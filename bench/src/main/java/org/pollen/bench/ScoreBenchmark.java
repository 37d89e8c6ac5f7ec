package org.pollen.bench;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.Feedback;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.RejectReason;
import org.pollen.scoring.ScoreEngine;
import org.pollen.scoring.ScoreEnvironment;
import org.pollen.scoring.TopicScoreParams;

/// M-11: what scoring costs. All peers are in the mesh of all topics and have delivered in each;
/// honest peers use two of the four counters of a topic, offenders all of them.
///
/// Look for: `readCached` a few ns whatever the size (T-13: at most 5 ns for each of 128 topics);
/// `readChanged` growing with the topics only; `refresh` at 5,000 x 128 at most 2 ms (T-14); no
/// allocation anywhere (`-prof gc`, below 1 B/op).
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class ScoreBenchmark {
    private static final int COPIES = 8;
    private static final long SECOND_NANOS = 1_000_000_000L;

    @Param({"100", "1000", "5000"})
    int peers;

    @Param({"1", "8", "128"})
    int topics;

    @Param({"1", "50"})
    int peersPerAddress;

    @Param({"false", "true"})
    boolean offenders;

    private ScoreEngine engine = ScoreEngine.disabled(_ -> {}, 0);
    private int[][] keys = {};
    private long now;
    private long message;
    private int next;

    /// Peers with counters so large that no run decays them to zero.
    @Setup
    public void fill() {
        ScoreEnvironment owner = _ -> {};
        engine = new ScoreEngine(params(), owner, 0);
        keys = new int[topics][];
        for (int topic = 0; topic < topics; topic++) {
            engine.registerTopic(topic, "topic " + topic);
            keys[topic] = new int[] {topic};
        }
        var random = new SplittableRandom(7);
        for (int peer = 0; peer < peers; peer++) {
            engine.addPeer(peer, 0);
            int address = peer / peersPerAddress;
            byte[] bytes = {10, (byte) (address >> 16), (byte) (address >> 8), (byte) address};
            engine.setAddresses(peer, List.of(bytes));
            for (int topic = 0; topic < topics; topic++) {
                engine.graft(peer, topic, 0);
                for (int i = random.nextInt(1, 4); i > 0; i--) {
                    engine.peerFeedback(peer, topic, Feedback.USEFUL, 0);
                    if (offenders) engine.peerFeedback(peer, topic, Feedback.INVALID, 0);
                }
            }
        }
        engine.refreshScores(10 * SECOND_NANOS);
        // A prune leaves a deficit, so that P3b is in use too.
        for (int peer = 0; offenders && peer < peers; peer++)
            for (int topic = 0; topic < topics; topic++) {
                engine.prune(peer, topic, 10 * SECOND_NANOS);
                engine.graft(peer, topic, 10 * SECOND_NANOS);
            }
        now = 20 * SECOND_NANOS;
        engine.refreshScores(now);
        for (int peer = 0; peer < peers; peer++) engine.score(peer);
    }

    private PeerScoreParams params() {
        double never = Math.nextDown(1.0);
        var topic =
                TopicScoreParams.builder()
                        .topicWeight(0.25)
                        .timeInMesh(0.001, Duration.ofSeconds(1), 1000)
                        .firstMessageDeliveries(0.1, never, 1e9)
                        .meshMessageDeliveries(-2.5, never, 1e9, 10)
                        .meshMessageDeliveriesTimes(Duration.ofMillis(200), Duration.ofSeconds(5))
                        .meshFailurePenalty(-2.5, never)
                        .invalidMessageDeliveries(-200, never)
                        .build();
        return PeerScoreParams.builder()
                .skipAtomicValidation(true)
                .defaultTopicParams(topic)
                .topicScoreCap(20)
                .ipColocationFactor(-10, 5)
                .behaviourPenalty(-10, 6, 0.99)
                .decay(Duration.ofSeconds(1), 0.01)
                .seenMsgTTL(Duration.ofSeconds(1))
                .build();
    }

    private int nextPeer() {
        next++;
        if (next >= peers) next = 0;
        return next;
    }

    /// The hash of a new message; records live for a second, so about a thousand at a time.
    private long newMessage() {
        now += 1_000_000;
        if ((++message & 0xff) == 0) engine.gcDeliveryRecords(now);
        return message * 0x9e3779b97f4a7c15L;
    }

    /// The score of a peer that has not changed.
    @Benchmark
    public double readCached() {
        return engine.score(nextPeer());
    }

    /// The score of a peer after something happened to it.
    @Benchmark
    public double readChanged() {
        int peer = nextPeer();
        engine.addPenalty(peer, 1e-9, BehaviourPenalty.APPLICATION);
        return engine.score(peer);
    }

    /// A message is validated and accepted, and seven copies follow: per event, the mix of a mesh.
    @Benchmark
    @OperationsPerInvocation(COPIES)
    public void message() {
        long id = newMessage();
        int[] topic = keys[(int) (message % topics)];
        engine.validate(id, message, now);
        engine.deliver(nextPeer(), id, message, topic, now);
        for (int i = 1; i < COPIES; i++) engine.duplicate(nextPeer(), id, message, topic, now);
    }

    /// A copy from a peer that sent the message before, which an attacker can do all day.
    @Benchmark
    public void duplicateAgain() {
        engine.duplicate(0, 1, 1, keys[0], now);
    }

    /// A message is validated and refused.
    @Benchmark
    public void reject() {
        long id = newMessage();
        int[] topic = keys[(int) (message % topics)];
        engine.validate(id, message, now);
        engine.reject(nextPeer(), id, message, topic, RejectReason.VALIDATION_FAILED, now);
    }

    /// A decay step over all peers.
    @Benchmark
    public void refresh() {
        now += SECOND_NANOS;
        engine.refreshScores(now);
    }

    /// A decay step, then the score of every peer, as a heartbeat does it.
    @Benchmark
    public double refreshAndReadAll() {
        refresh();
        double sum = 0;
        for (int peer = 0; peer < peers; peer++) sum += engine.score(peer);
        return sum;
    }
}
