package org.pollen.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
import org.pollen.peer.MalformedException;
import org.pollen.router.DeliveryMode;
import org.pollen.router.GossipRouter;
import org.pollen.router.Mask;
import org.pollen.router.OutboundQueue;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterConfig;
import org.pollen.router.RouterParams;
import org.pollen.router.Rpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcDecoder;
import org.pollen.router.SigningPolicy;
import org.pollen.router.SubOpts;

/// M-12: a heartbeat with nothing to do (T-15): full meshes, no messages, every peer subscribed to
/// every topic, scores on.
///
/// Time passes by one interval a call, so every sixtieth call looks for better peers, and every
/// fifteenth sweeps backoffs, of which there are none. Look for: growth with topics, not with
/// peers.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class HeartbeatBenchmark {
    /// Connected peers.
    @Param("1000")
    int peers;

    /// Topics that we and all of them subscribe to.
    @Param("64")
    int topics;

    private @Nullable GossipRouter router;
    private final List<Integer> handles = new ArrayList<>();
    private long now = 1_000_000_000L;
    private long interval;

    /// A router whose meshes are full.
    @Setup
    public void setUp() throws MalformedException {
        RouterParams params =
                RouterParams.BLOSSOM_20.toBuilder()
                        .signingPolicy(SigningPolicy.STRICT_NO_SIGN)
                        .build();
        interval = params.heartbeatInterval().toNanos();
        RouterConfig config = ScoredRouter.config(params).build();
        var made = new GossipRouter(config, new SilentOutput(), new SplittableRandom(1), now);
        router = made;
        var builder = new RpcBuilder(params.dialect(), 1 << 20);
        for (int i = 0; i < topics; i++) {
            Mask mask = Mask.bit(32, i);
            made.subscribe(mask, DeliveryMode.SUPERSET, now);
            builder.subscription(SubOpts.subscribe(mask));
        }
        byte[] body = builder.buildWhole().toBody();
        RpcDecoder decoder = made.newDecoder();
        var rpc = new Rpc();
        for (int i = 1; i <= peers; i++) {
            byte[] ip = {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i};
            int handle =
                    made.onPeerConnected(
                            ScoredRouter.id(i),
                            PubsubProtocol.BLOSSOMSUB_2_1,
                            i % 4 == 0,
                            List.of(ip),
                            now);
            handles.add(handle);
            if (decoder.decode(body, 0, body.length, rpc) != null) throw new AssertionError();
            made.onRpc(handle, rpc, now);
        }
        for (int i = 0; i < 130; i++) {
            heartbeat();
            drain(made);
        }
    }

    private void drain(GossipRouter made) {
        for (int peer : handles) {
            OutboundQueue queue = made.outbound(peer);
            while (queue.poll(now) != null) {
                // Thrown away: only the heartbeat is measured.
            }
        }
    }

    /// One heartbeat.
    @Benchmark
    public void heartbeat() {
        java.util.Objects.requireNonNull(router).onHeartbeat(now += interval);
    }
}
