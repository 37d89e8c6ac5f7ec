package org.pollen.bench;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
import org.openjdk.jmh.infra.Blackhole;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.MessageIdScheme;
import org.pollen.router.MessageIdentifier;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.MessageSigner;
import org.pollen.router.OutboundLimits;
import org.pollen.router.OutboundQueue;
import org.pollen.router.OutboundRpc;
import org.pollen.router.RpcClass;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;

/// M-16: queues of so many peers, each message put into every one. Figures are for one message to
/// all peers.
///
/// Look for: `appendAndDrain` some ten ns a peer and 0 B/op; `overflow`, where each message pushes
/// out an older one of a lower class or is refused, no more than twice that. The comparator is one
/// plain deque a peer without classes, limits or times.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class OutboundQueueBenchmark {
    private static final int MESSAGES = 64;
    private static final List<RpcClass> CLASSES = List.of(RpcClass.values());

    @Param({"1", "8", "256"})
    int peers;

    private RpcMessage[] messages = {};
    private OutboundQueue[] queues = {};
    private OutboundQueue[] full = {};
    private List<ArrayDeque<OutboundRpc>> deques = List.of();
    private long now;
    private long drops;

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
        messages = new RpcMessage[MESSAGES];
        Arrays.setAll(messages, i -> signer.compose(Mask.bit(1, 0), new byte[100 + i]));
        queues = new OutboundQueue[peers];
        full = new OutboundQueue[peers];
        Arrays.setAll(queues, this::queue);
        Arrays.setAll(full, this::queue);
        for (OutboundQueue queue : full) {
            for (int i = 0; i < OutboundLimits.DEFAULT.dataMax(); i++) {
                queue.offer(messages[i % MESSAGES], RpcClass.GOSSIP, now);
            }
        }
        deques = Stream.generate(ArrayDeque<OutboundRpc>::new).limit(peers).toList();
    }

    private OutboundQueue queue(int peer) {
        return new OutboundQueue(
                peer, OutboundLimits.DEFAULT, (_, _, _) -> false, (_, _, _, _) -> drops++);
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public void appendAndDrain(Blackhole hole) {
        for (int p = 0; p < peers; p++) {
            for (RpcMessage message : messages) queues[p].offer(message, RpcClass.FORWARD, now);
        }
        drain(hole);
    }

    /// All classes in turn, so that polling has to order them.
    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public void priorities(Blackhole hole) {
        for (int p = 0; p < peers; p++) {
            for (int i = 0; i < MESSAGES; i++)
                queues[p].offer(messages[i], CLASSES.get(i % 5), now);
        }
        drain(hole);
    }

    private void drain(Blackhole hole) {
        for (int p = 0; p < peers; p++) {
            for (OutboundRpc rpc = queues[p].poll(now); rpc != null; rpc = queues[p].poll(now))
                hole.consume(rpc);
        }
    }

    /// Each forward pushes out the oldest gossip while there is any; gossip is refused then.
    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long overflow() {
        for (int p = 0; p < peers; p++) {
            for (int i = 0; i < MESSAGES; i++) {
                full[p].offer(messages[i], i % 2 == 0 ? RpcClass.FORWARD : RpcClass.GOSSIP, now);
            }
        }
        return drops;
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public void plainDeque(Blackhole hole) {
        for (ArrayDeque<OutboundRpc> deque : deques) {
            for (RpcMessage message : messages) deque.addLast(message);
        }
        for (ArrayDeque<OutboundRpc> deque : deques) {
            for (OutboundRpc rpc = deque.pollFirst(); rpc != null; rpc = deque.pollFirst())
                hole.consume(rpc);
        }
    }
}
