package org.pollen.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.MessageCache;
import org.pollen.router.MessageIdScheme;
import org.pollen.router.MessageIdentifier;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.MessageSigner;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;

/// M-10: the message cache with so many messages a heartbeat over so many topics, five windows of
/// which three are advertised.
///
/// Look for: `heartbeat` (all puts of one, and the shift) below 60 ns a message and no allocation;
/// `get` one or two cache misses; `gossip` proportional to the messages of the topics, not to all.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class MessageCacheBenchmark {
    private static final int HEARTBEATS = 8;

    @Param({"10", "1000"})
    int perHeartbeat;

    @Param({"1", "64"})
    int topics;

    private final MessageCache cache = new MessageCache(3, 5, 1L << 30);
    private RpcMessage[] messages = {};
    private int next;
    private int asked;

    @Setup
    public void setUp() {
        var signer =
                new MessageSigner(
                        Dialect.BLOSSOM,
                        SigningPolicy.LAX_NO_SIGN,
                        null,
                        null,
                        0,
                        new MessageIdentifier(MessageIdScheme.BLOSSOM, new MessageKeyHasher(1, 2)));
        messages = new RpcMessage[HEARTBEATS * perHeartbeat];
        Arrays.setAll(
                messages,
                i -> signer.compose(Mask.bit(1, 0), new byte[] {(byte) i, (byte) (i >> 8), 1}));
        for (int i = 0; i < HEARTBEATS; i++) heartbeat();
    }

    @Benchmark
    public int heartbeat() {
        for (int i = 0; i < perHeartbeat; i++) {
            cache.put(messages[next], next % topics);
            next = next + 1 == messages.length ? 0 : next + 1;
        }
        cache.shift();
        return cache.size();
    }

    @Benchmark
    public RpcMessage get() {
        asked = asked + 1 == messages.length ? 0 : asked + 1;
        RpcMessage message = messages[asked];
        RpcMessage found = cache.get(message.idHi(), message.idLo());
        return found == null ? message : found;
    }

    /// The messages to advertise for every topic.
    @Benchmark
    public List<RpcMessage> gossip() {
        var all = new ArrayList<RpcMessage>(3 * perHeartbeat);
        for (int topic = 0; topic < topics; topic++) cache.gossip(topic, all);
        return all;
    }
}
