package org.pollen.bench;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.pollen.peer.MalformedException;
import org.pollen.router.DeliveryMode;
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
import org.pollen.router.SigningPolicy;
import org.pollen.router.SubOpts;

/// What a router keeps on the heap for a connected peer and for a message: the difference of the
/// heap in use after collections, divided by how many there are.
///
/// Peers subscribe to four topics and the meshes are as full as they get. Messages of 1 KiB are
/// remembered twice: with their bytes while the message cache has them, and by their id until the
/// seen cache forgets. The connection, its stream and its cipher are the host's and not in here.
public final class RouterMemory {
    private static final int PEERS = 5_000;
    private static final int CACHED = 4_000;
    private static final int SEEN = 500_000;
    private static final int TOPICS = 4;

    private final RouterParams params =
            RouterParams.BLOSSOM_20.toBuilder()
                    .signingPolicy(SigningPolicy.STRICT_NO_SIGN)
                    .seenTtl(Duration.ofHours(1))
                    .build();
    private final GossipRouter router;
    private final RpcDecoder decoder;
    private final MessageSigner signer;
    private final Rpc rpc = new Rpc();
    private final List<Integer> peers = new ArrayList<>();
    private long now = 1_000_000_000L;
    private long drained;

    private RouterMemory() throws MalformedException {
        RouterConfig config = ScoredRouter.config(params).build();
        router = new GossipRouter(config, new SilentOutput(), new SplittableRandom(1), now);
        decoder = router.newDecoder();
        signer =
                new MessageSigner(
                        params.dialect(),
                        params.signingPolicy(),
                        null,
                        null,
                        0,
                        new MessageIdentifier(params.messageIds(), ScoredRouter.HASHER));
        for (int i = 0; i < TOPICS; i++) {
            router.subscribe(topic(i), DeliveryMode.SUPERSET, now);
        }
    }

    private static Mask topic(int i) {
        return Mask.of(new byte[] {(byte) (1 << i)});
    }

    private void connect(int count) throws MalformedException {
        for (int i = 1; i <= count; i++) {
            byte[] ip = {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i};
            int handle =
                    router.onPeerConnected(
                            ScoredRouter.id(i),
                            PubsubProtocol.BLOSSOMSUB_2_1,
                            false,
                            List.of(ip),
                            now);
            peers.add(handle);
            var builder = new RpcBuilder(params.dialect(), 1 << 20);
            for (int t = 0; t < TOPICS; t++) builder.subscription(SubOpts.subscribe(topic(t)));
            receive(handle, builder.buildWhole().toBody());
        }
        drain();
    }

    private void messages(int first, int count) throws MalformedException {
        for (int i = 0; i < count; i++) {
            var payload = new byte[1024];
            ByteBuffer.wrap(payload).putInt(first + i);
            receive(peers.getFirst(), signer.compose(topic(0), payload).toBody());
            if (i % 64 == 0) drain();
        }
        drain();
    }

    private void receive(int from, byte[] body) throws MalformedException {
        if (decoder.decode(body, 0, body.length, rpc) != null) {
            throw new AssertionError("a frame of the benchmark passes a limit");
        }
        router.onRpc(from, rpc, now);
    }

    private void drain() {
        for (int peer : peers) {
            OutboundQueue queue = router.outbound(peer);
            for (Object rpc = queue.poll(now); rpc != null; rpc = queue.poll(now)) drained++;
        }
    }

    private void heartbeats(int count) {
        for (int i = 0; i < count; i++) {
            now += params.heartbeatInterval().toNanos();
            router.onHeartbeat(now);
            drain();
        }
    }

    private static long heap() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 6; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    /// Prints one line of JSON, in bytes.
    public static void main(String[] args) throws MalformedException {
        var memory = new RouterMemory();
        memory.connect(100); // tables of a first size, classes
        memory.heartbeats(3);
        memory.messages(0, 100);
        memory.heartbeats(10);
        long before = heap();
        var many = new RouterMemory();
        many.connect(PEERS);
        many.heartbeats(3);
        long connected = heap();
        many.messages(0, CACHED);
        long cached = heap();
        many.heartbeats(12); // out of the message cache
        int rest = SEEN - CACHED;
        for (int i = 0; i < rest; i += 20_000) {
            many.messages(CACHED + i, Math.min(20_000, rest - i));
            many.heartbeats(1);
        }
        many.heartbeats(12);
        long seen = heap();
        if (many.router.snapshot(many.now).peers().size() != PEERS || many.drained == 0) {
            throw new AssertionError("peers are gone, or were sent nothing");
        }
        System.out.printf(
                Locale.ROOT,
                "{\"schema\":1,\"peers\":%d,\"topics\":%d,\"bytesPerPeer\":%.0f,"
                        + "\"bytesPerCachedMessage\":%.0f,\"bytesPerSeenMessage\":%.1f}%n",
                PEERS,
                TOPICS,
                (double) (connected - before) / PEERS,
                (double) (cached - connected) / CACHED,
                (double) (seen - connected) / SEEN);
    }
}
