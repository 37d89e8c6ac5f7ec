package org.pollen.bench;

import java.nio.ByteBuffer;
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
import org.openjdk.jmh.infra.Blackhole;
import org.pollen.peer.MalformedException;
import org.pollen.router.DeliveryMode;
import org.pollen.router.Dialect;
import org.pollen.router.GossipRouter;
import org.pollen.router.Mask;
import org.pollen.router.MessageIdentifier;
import org.pollen.router.MessageSigner;
import org.pollen.router.OutboundQueue;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterConfig;
import org.pollen.router.RouterParams;
import org.pollen.router.Rpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcDecoder;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;
import org.pollen.router.SubOpts;

/// M-13: one router without I/O: a new message (T-16), a duplicate (T-17), a rejected one and one
/// of a graylisted peer.
///
/// A step decodes the frame, id included, and hands the RPC to the router; queues are drained every
/// 64 steps.
///
/// Look for: `duplicate` at 0 B/op, and most of its time in SHA-256 over the payload, which the
/// scheme of ids demands (compare `RpcBenchmark.decode`); `accept` below 200 B/op; `graylisted` far
/// below `duplicate` less decoding.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class RouterBenchmark {
    private static final int FRAMES = 4096;

    /// Mesh peers besides the one that sends.
    @Param({"1", "8"})
    int meshPeers;

    /// Mask of all messages: one bit or three.
    @Param({"01", "07"})
    String mask = "";

    /// Whether the router traces, to a sink that forgets: `-p tracing=false,true` compares. Off,
    /// what it costs is not to be told from a router without a line of tracing.
    @Param("false")
    boolean tracing;

    /// New messages between two heartbeats, which are a second apart, a power of two: with the time
    /// to live of 120 s, how large the tables of ids are. 2,048 is about what an Ethereum node on
    /// all subnets hears.
    @Param({"2048", "4096"})
    int perSecond;

    private final List<byte[]> frames = new ArrayList<>();
    private final Rpc rpc = new Rpc();
    private @Nullable Silent silent;
    private @Nullable RpcDecoder decoder;
    private int next;
    private long numbers;
    private int good;
    private int bad;

    private static final class Silent extends SilentOutput {
        boolean rejects;
        long ticket = -1;

        @Override
        public boolean validates(Mask mask, RpcMessage message) {
            return rejects;
        }

        @Override
        public void validate(long ticket, RpcMessage message, int fromPeer) {
            this.ticket = ticket;
        }
    }

    private @Nullable GossipRouter router;
    private long now = 1_000_000_000L;
    private final List<Integer> peers = new ArrayList<>();

    /// A router with its peers, and frames to feed it.
    @Setup
    public void setUp() throws MalformedException {
        RouterParams params =
                RouterParams.BLOSSOM_20.toBuilder()
                        .signingPolicy(SigningPolicy.STRICT_NO_SIGN)
                        .build();
        RouterConfig config = ScoredRouter.config(params).tracing(tracing).build();
        var output = new Silent();
        silent = output;
        var made = new GossipRouter(config, output, new SplittableRandom(1), now);
        router = made;
        decoder = made.newDecoder();
        Mask subscribed = Mask.fromHex(mask);
        made.subscribe(subscribed, DeliveryMode.SUPERSET, now);
        for (int i = 1; i <= meshPeers; i++) peers.add(peer(made, i, subscribed));
        good = peer(made, 1000, null);
        bad = peer(made, 1001, null);
        made.scores().setAppScore(bad, -2000);
        var signer =
                new MessageSigner(
                        Dialect.BLOSSOM,
                        SigningPolicy.STRICT_NO_SIGN,
                        null,
                        null,
                        0,
                        new MessageIdentifier(params.messageIds(), ScoredRouter.HASHER));
        for (int i = 0; i < FRAMES; i++) {
            var payload = new byte[1000];
            ByteBuffer.wrap(payload).putInt(i);
            frames.add(signer.compose(subscribed, payload).toBody());
        }
        drain(made);
    }

    private int peer(GossipRouter made, int number, @Nullable Mask subscribed)
            throws MalformedException {
        byte[] ip = {10, 0, (byte) (number >> 8), (byte) number};
        int handle =
                made.onPeerConnected(
                        ScoredRouter.id(number),
                        PubsubProtocol.BLOSSOMSUB_2_1,
                        false,
                        List.of(ip),
                        now);
        if (subscribed == null) return handle;
        var builder = new RpcBuilder(Dialect.BLOSSOM, 1 << 20);
        builder.subscription(SubOpts.subscribe(subscribed));
        for (Mask slice : subscribed.slices()) builder.graft(slice);
        byte[] body = builder.buildWhole().toBody();
        decode(body);
        made.onRpc(handle, rpc, now);
        return handle;
    }

    private void decode(byte[] body) throws MalformedException {
        if (java.util.Objects.requireNonNull(decoder).decode(body, 0, body.length, rpc) != null) {
            throw new AssertionError("a frame of the benchmark passes a limit");
        }
    }

    private void drain(GossipRouter made) {
        for (int peer : peers) {
            OutboundQueue queue = made.outbound(peer);
            while (queue.poll(now) != null) {
                // Thrown away: only the router is measured.
            }
        }
    }

    /// A frame with a payload that no frame had before; the copy is part of what is measured.
    private byte[] fresh() {
        byte[] body = frames.get(next++ % FRAMES).clone();
        numbers++;
        // The payload ends before the mask field: its last bytes are zero in every frame.
        ByteBuffer.wrap(body).putLong(body.length / 2, numbers);
        return body;
    }

    /// T-16: a new message is decoded, accepted and queued for the mesh.
    @Benchmark
    public void accept(Blackhole blackhole) throws MalformedException {
        GossipRouter made = java.util.Objects.requireNonNull(router);
        decode(fresh());
        made.onRpc(good, rpc, now);
        if ((next & 63) == 0) drain(made);
        if ((next & (perSecond - 1)) == 0) made.onHeartbeat(now += 1_000_000_000L);
        blackhole.consume(rpc);
    }

    /// What [#accept] spends on making its frame, which is not the router's: to be subtracted.
    @Benchmark
    public byte[] frame() {
        return fresh();
    }

    /// A new message that the validators reject.
    @Benchmark
    public void reject(Blackhole blackhole) throws MalformedException {
        GossipRouter made = java.util.Objects.requireNonNull(router);
        Silent output = java.util.Objects.requireNonNull(silent);
        output.rejects = true;
        decode(fresh());
        made.onRpc(good, rpc, now);
        made.onValidated(output.ticket, org.pollen.router.Verdict.REJECT, now);
        if ((next & (perSecond - 1)) == 0) made.onHeartbeat(now += 1_000_000_000L);
        blackhole.consume(rpc);
    }

    /// T-17: a duplicate, from the frame to the counters.
    @Benchmark
    public void duplicate(Blackhole blackhole) throws MalformedException {
        decode(frames.getFirst());
        java.util.Objects.requireNonNull(router).onRpc(good, rpc, now);
        blackhole.consume(rpc);
    }

    /// The same from a graylisted peer.
    @Benchmark
    public void graylisted(Blackhole blackhole) throws MalformedException {
        decode(frames.getFirst());
        java.util.Objects.requireNonNull(router).onRpc(bad, rpc, now);
        blackhole.consume(rpc);
    }
}
