package org.pollen.scoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An engine, its clock and its owner, for tests that read like the examples of the specification.
final class Scene implements ScoreEnvironment {
    static final int A = 0;
    static final int B = 1;
    static final int C = 2;
    static final int D = 3;

    /// The handle of the only topic, in most tests.
    static final int T = 0;

    static final int[] KEYS = {T};

    final ScoreEngine engine;
    final List<Integer> forgotten = new ArrayList<>();
    final List<String> failures = new ArrayList<>();
    private final Map<Integer, List<byte[]>> addresses = new HashMap<>();
    long now;
    private long nextMessage;

    Scene(PeerScoreParams params) {
        engine = new ScoreEngine(params, this, now);
        int handle = 0;
        for (String key : params.topics().keySet()) engine.registerTopic(handle++, key);
    }

    /// One topic and nothing else.
    static Scene of(TopicScoreParams.Builder topic) {
        return new Scene(globals().topic("t", topic.buildUnchecked()).buildUnchecked());
    }

    /// No topics and nothing else.
    static PeerScoreParams.Builder globals() {
        return PeerScoreParams.builder()
                .skipAtomicValidation(true)
                .decay(Duration.ofSeconds(1), 0.01);
    }

    /// A topic of weight 1 with a quantum of a second.
    static TopicScoreParams.Builder topic() {
        return TopicScoreParams.builder().topicWeight(1).timeInMesh(0, Duration.ofSeconds(1), 0);
    }

    Scene peers(int... peers) {
        for (int peer : peers) engine.addPeer(peer, now);
        return this;
    }

    Scene graft(int... peers) {
        peers(peers);
        for (int peer : peers) engine.graft(peer, T, now);
        return this;
    }

    Scene pass(Duration time) {
        now += time.toNanos();
        return this;
    }

    Scene refresh() {
        engine.refreshScores(now);
        return this;
    }

    Scene refresh(int times) {
        for (int i = 0; i < times; i++) refresh();
        return this;
    }

    /// The hash of the next message; the other half is [#LOW].
    long message() {
        return nextMessage++;
    }

    static final long LOW = 0x706f6c6c656eL;

    void validate(long id) {
        engine.validate(id, LOW, now);
    }

    void deliver(int from, long id) {
        engine.deliver(from, id, LOW, KEYS, now);
    }

    void duplicate(int from, long id) {
        engine.duplicate(from, id, LOW, KEYS, now);
    }

    void reject(int from, long id, RejectReason reason) {
        engine.reject(from, id, LOW, KEYS, reason, now);
    }

    /// Validated and accepted messages from a peer.
    Scene deliverNew(int from, int count) {
        for (int i = 0; i < count; i++) {
            long id = message();
            validate(id);
            deliver(from, id);
        }
        return this;
    }

    double score(int peer) {
        return engine.score(peer);
    }

    double[] scores(int... peers) {
        double[] scores = new double[peers.length];
        for (int i = 0; i < peers.length; i++) scores[i] = score(peers[i]);
        return scores;
    }

    PeerScoreSnapshot snapshot(int peer) {
        return engine.snapshot(peer, now);
    }

    TopicScoreSnapshot topic(int peer) {
        return snapshot(peer).topics().getFirst();
    }

    /// Lets all delivery records expire.
    Scene expireRecords() {
        pass(Duration.ofSeconds(121));
        engine.gcDeliveryRecords(now);
        return this;
    }

    Scene at(int peer, String... ips) {
        addresses.put(peer, bytes(ips));
        peers(peer);
        return this;
    }

    /// Changes what the owner says about a peer, without telling the engine.
    Scene moves(int peer, String... ips) {
        addresses.put(peer, bytes(ips));
        return this;
    }

    static List<byte[]> bytes(String... ips) {
        var list = new ArrayList<byte[]>();
        for (String ip : ips) list.add(bytes(IpAddress.parse(ip)));
        return list;
    }

    private static byte[] bytes(IpAddress address) {
        int length = address.isV4() ? 4 : 16;
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            int bit = 8 * (length - 1 - i);
            long half = bit >= 64 ? address.high() : address.low();
            bytes[i] = (byte) (half >>> (bit & 63));
        }
        return bytes;
    }

    @Override
    public void forgotten(int peer) {
        forgotten.add(peer);
    }

    @Override
    public Optional<List<byte[]>> addresses(int peer) {
        return Optional.ofNullable(addresses.get(peer));
    }

    @Override
    public void appScoreFailed(int peer, @Nullable RuntimeException cause) {
        failures.add(peer + " " + (cause == null ? "NaN" : cause.getMessage()));
    }
}
