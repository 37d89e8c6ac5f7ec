package org.pollen.node.gossip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.CloseReason;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.ErrorCodes;
import org.pollen.libp2p.HostListener;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.node.CoreLoop;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.router.DeliveryMode;
import org.pollen.router.Distribution;
import org.pollen.router.GossipRouter;
import org.pollen.router.Mask;
import org.pollen.router.MessageIdentifier;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.MessageSigner;
import org.pollen.router.MessageVerifier;
import org.pollen.router.OutboundQueue;
import org.pollen.router.OutboundRpc;
import org.pollen.router.PublishOptions;
import org.pollen.router.PublishResult;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterConfig;
import org.pollen.router.RouterOutput;
import org.pollen.router.RouterParams;
import org.pollen.router.Rpc;
import org.pollen.router.RpcClass;
import org.pollen.router.RpcDecoder;
import org.pollen.router.RpcFramer;
import org.pollen.router.RpcMessage;
import org.pollen.router.RpcRefusal;
import org.pollen.router.StreamBackoff;
import org.pollen.router.Subscription;
import org.pollen.router.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One node's gossip: the router on its own loop, fed from the host's streams.
///
/// Bytes of a peer are framed and decoded on its connection's event loop. A full inbox drops the
/// RPC and counts it; the peer is not blamed. Our stream to a peer that ends while the connection
/// lives is opened again after a pause ([StreamBackoff]), [#ATTEMPTS_MAX] times at most until the
/// peer was quiet for ten minutes; a new connection is one more attempt. Source: router
/// specification 2.1.
public final class GossipService implements AutoCloseable {
    /// How often our stream to a peer is opened again.
    public static final int ATTEMPTS_MAX = 4;

    private static final Logger LOG = LoggerFactory.getLogger("gossip");
    private static final int INBOX = 16_384;
    private static final int BATCH_BYTES = 32 << 10; // small RPCs are gathered up to here
    private static final int COPY_BYTES_MAX = 256; // longer bodies are written without copying
    private static final int RECORD_DIALS = 4; // addresses tried of a peer that others told of
    private static final int RPCS_A_TASK = 64; // that arrived together and are handed over together

    private final GossipSetup setup;
    private final Executor workers;
    private final CoreLoop loop;
    private final GossipRouter router;
    private final MessageVerifier verifier;
    private final GossipEvents events;
    private final Map<Mask, TopicValidator> validators = new HashMap<>();
    private final Map<Subscription, Consumer<RpcMessage>> subscribers = new HashMap<>();
    private final Map<Mask, String> names = new LinkedHashMap<>();
    private final Map<PeerId, PeerStreams> peers = new LinkedHashMap<>();
    private final Map<Integer, PeerStreams> byHandle = new HashMap<>();
    private final Set<PeerStreams> dirty = new LinkedHashSet<>();
    private final StreamBackoff backoff;
    private final Distribution heartbeats =
            new Distribution(
                    .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1);
    private final Distribution refreshes =
            new Distribution(
                    .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1);
    private final LongAdder exchanged = new LongAdder();
    private final LongAdder rpcsDropped = new LongAdder();
    private volatile @Nullable GossipView view;
    private long nextHeartbeat;

    /// A service that has not started.
    ///
    /// @param workers verifies signatures; rejects when it is full
    /// @param onFailure hears of a defect that stopped the router
    public GossipService(
            GossipSetup setup,
            Executor workers,
            GossipEvents events,
            Consumer<Throwable> onFailure) {
        this.setup = setup;
        this.workers = workers;
        this.events = events;
        this.verifier = new MessageVerifier(setup.params().dialect());
        this.loop = new CoreLoop("router-" + setup.name(), INBOX, setup.clock(), onFailure);
        RouterParams params = setup.params();
        boolean signs = params.signingPolicy().signs();
        // The secret under which tables hash what strangers choose.
        var hasher = new MessageKeyHasher(setup.random().nextLong(), setup.random().nextLong());
        var signer =
                new MessageSigner(
                        params.dialect(),
                        params.signingPolicy(),
                        signs ? setup.host().peerId() : null,
                        signs ? setup.key() : null,
                        setup.startSeqno(),
                        new MessageIdentifier(params.messageIds(), hasher));
        this.backoff = new StreamBackoff(ATTEMPTS_MAX, setup.random().split());
        this.router =
                new GossipRouter(
                        RouterConfig.builder(setup.host().peerId(), params)
                                .scoring(setup.scoreParams(), setup.thresholds())
                                .hasher(hasher)
                                .composer(signer::compose)
                                .signedRecords(this::signedRecord)
                                .recordCheck(RouterConfig.genuineRecord(!setup.privateAddresses()))
                                .build(),
                        new Output(),
                        setup.random(),
                        setup.clock().getAsLong());
        long now = loop.now();
        nextHeartbeat = now + params.heartbeatInitialDelay().toNanos();
        loop.addTicker(this::heartbeat, nextHeartbeat);
        loop.addTicker(this::tick, now);
        loop.afterBatch(this::drain);
        for (String protocol : setup.protocols()) {
            setup.host().handle(protocol, Inbound::new);
        }
        setup.host().addListener(new Connections());
    }

    /// Joins a topic; before [#start()].
    ///
    /// @param name what people call it
    /// @param consumer takes accepted messages, on the router's thread
    public void join(
            String name, Mask mask, TopicValidator validator, Consumer<RpcMessage> consumer) {
        for (Mask slice : mask.slices()) names.put(slice, name);
        validators.put(mask, validator);
        for (Mask slice : mask.slices()) validators.put(slice, validator);
        loop.post(now ->
                subscribers.put(router.subscribe(mask, DeliveryMode.SUPERSET, now), consumer));
    }

    /// Keeps a peer as direct: messages go to it and come from it whatever its score.
    public void addDirectPeer(PeerId peer) {
        loop.post(now -> router.addDirectPeer(peer, null, now));
    }

    /// Starts the router's thread.
    public void start() {
        loop.start();
    }

    /// Publishes a payload; from any thread.
    ///
    /// @param announce whether it is sent although its id was seen
    public CompletableFuture<PublishResult> publish(Mask mask, byte[] payload, boolean announce) {
        return loop.ask(() ->
                router.publish(
                        mask,
                        payload,
                        announce ? PublishOptions.ANNOUNCE : PublishOptions.DEFAULT,
                        loop.now()));
    }

    /// What the router looked like after its last heartbeat; null before the first.
    public @Nullable GossipView view() {
        return view;
    }

    /// What a slice is called: the topic's name, or its digits.
    public String nameOf(Mask slice) {
        String name = names.get(slice);
        return name == null ? slice.display(setup.params().dialect()) : name;
    }

    /// RPCs dropped because the router was behind.
    public long rpcsDropped() {
        return rpcsDropped.sum();
    }

    /// Work that waits for the router.
    public int depth() {
        return loop.depth();
    }

    /// Work that may wait.
    public int capacity() {
        return INBOX;
    }

    /// Peers with addresses that others told of.
    public long exchanged() {
        return exchanged.sum();
    }

    /// Runs a probe after what waits for the router; not at all if there is no room.
    public void probe(Runnable probe) {
        loop.post(_ -> probe.run());
    }

    /// The parameters in force.
    public GossipSetup setup() {
        return setup;
    }

    /// Runs something on the router's thread: tests and administration.
    public <T> CompletableFuture<T> ask(java.util.function.Function<GossipRouter, T> question) {
        return loop.ask(() -> question.apply(router));
    }

    /// Tells peers that we leave, then stops the thread.
    @Override
    public void close() {
        try {
            loop.ask(
                            () -> {
                                for (Subscription subscription :
                                        List.copyOf(subscribers.keySet())) {
                                    router.unsubscribe(subscription, loop.now());
                                }
                                drain();
                                return true;
                            })
                    .get(500, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException e) {
            LOG.debug("peers were not told that we leave", e);
        }
        loop.close();
    }

    /// What we tell others of a peer's addresses; on the router's thread.
    private byte @Nullable [] signedRecord(PeerId id) {
        PeerStreams peer = peers.get(id);
        return peer == null ? null : peer.signedRecord();
    }

    // Time.

    private long heartbeat(long now) {
        long interval = setup.params().heartbeatInterval().toNanos();
        long late = now - nextHeartbeat;
        if (late > interval) router.onHeartbeatsSkipped(late / interval);
        tick(now);
        long before = System.nanoTime();
        router.onHeartbeat(now);
        long took = System.nanoTime() - before;
        heartbeats.observe(took / 1e9);
        if (took > setup.params().slowHeartbeatWarning() * interval) {
            LOG.warn("{}: slow heartbeat, {} ms", setup.name(), took / 1_000_000);
        }
        view =
                new GossipView(
                        router.snapshot(now),
                        router.metrics().samples(),
                        router.metrics().histograms(),
                        heartbeats.counts(),
                        refreshes.counts(),
                        queued(),
                        now);
        backoff.sweep(now);
        for (PeerStreams peer : List.copyOf(peers.values())) {
            if (peer.outbound == null && !peer.opening && now - peer.retryAt >= 0) open(peer);
        }
        nextHeartbeat = Math.max(nextHeartbeat + interval, now + interval / 2);
        return nextHeartbeat;
    }

    private long tick(long now) {
        boolean scores = now - router.nextScoresAt() >= 0;
        long before = System.nanoTime();
        router.onTick(now);
        if (scores) refreshes.observe((System.nanoTime() - before) / 1e9);
        return Math.max(router.nextTickAt(), now + 10_000_000);
    }

    private Map<RpcClass, Long> queued() {
        var bytes = new EnumMap<RpcClass, Long>(RpcClass.class);
        for (RpcClass rpcClass : RpcClass.values()) {
            long sum = 0;
            for (int handle : byHandle.keySet()) sum += router.outbound(handle).bytes(rpcClass);
            bytes.put(rpcClass, sum);
        }
        return bytes;
    }

    // Connections and our streams.

    private void connected(Connection connection) {
        if (connection.limited()) return;
        PeerStreams peer = peers.computeIfAbsent(connection.remotePeer(), PeerStreams::new);
        peer.connections.add(connection);
        if (peer.handle >= 0) {
            router.onConnectionsChanged(peer.handle, peer.dialled(), peer.addresses());
        } else {
            open(peer);
        }
    }

    private void disconnected(Connection connection, long now) {
        PeerStreams peer = peers.get(connection.remotePeer());
        if (peer == null || !peer.connections.remove(connection)) return;
        if (peer.outbound != null && peer.outbound.connection().equals(connection)) {
            outboundClosed(peer, peer.outbound, now);
        }
        if (peer.connections.isEmpty()) {
            peers.remove(peer.id);
        } else if (peer.handle >= 0) {
            router.onConnectionsChanged(peer.handle, peer.dialled(), peer.addresses());
        }
    }

    private void open(PeerStreams peer) {
        Connection connection = peer.usable();
        if (connection == null || peer.opening || peer.outbound != null) return;
        peer.opening = true;
        setup.host()
                .open(connection, setup.protocols(), new Outbound(peer))
                .whenComplete((stream, failure) ->
                        loop.post(later -> opened(peer, stream, failure, later)));
    }

    private void opened(
            PeerStreams peer, @Nullable Stream stream, @Nullable Throwable failure, long now) {
        peer.opening = false;
        if (stream == null) {
            LOG.debug("{}: no gossip stream to {}", setup.name(), peer.id, failure);
            retryLater(peer, now);
            return;
        }
        Optional<PubsubProtocol> protocol = protocol(stream.protocol());
        if (protocol.isEmpty() || peer.connections.isEmpty() || peer.outbound != null) {
            stream.reset(ErrorCodes.NONE);
            return;
        }
        int handle =
                router.onPeerConnected(
                        peer.id, protocol.get(), peer.dialled(), peer.addresses(), now);
        if (handle < 0) {
            stream.connection().close(ErrorCodes.CONNECTION_GATED);
            return;
        }
        peer.outbound = stream;
        peer.handle = handle;
        byHandle.put(handle, peer);
        dirty.add(peer);
        events.peerChanged(peer.id, true);
        for (Rpc rpc; (rpc = peer.early.poll()) != null; ) router.onRpc(handle, rpc, now);
    }

    private void outboundClosed(PeerStreams peer, Stream stream, long now) {
        if (peer.outbound != stream) return;
        peer.outbound = null;
        dirty.remove(peer);
        if (peer.handle >= 0) {
            byHandle.remove(peer.handle);
            router.onPeerDisconnected(peer.handle, now);
            peer.handle = -1;
            events.peerChanged(peer.id, false);
        }
        retryLater(peer, now);
    }

    private void retryLater(PeerStreams peer, long now) {
        OptionalLong pause = backoff.next(peer.id, now);
        peer.retryAt = now + pause.orElse(StreamBackoff.FORGET.toNanos());
    }

    private static Optional<PubsubProtocol> protocol(String id) {
        for (PubsubProtocol protocol : PubsubProtocol.values()) {
            if (protocol.id().equals(id)) return Optional.of(protocol);
        }
        return Optional.empty();
    }

    // What comes in.

    private void receive(PeerStreams peer, Rpc rpc, long now) {
        if (peer.handle >= 0) {
            router.onRpc(peer.handle, rpc, now);
        } else if (peer.early.size() < PeerStreams.EARLY_MAX) {
            peer.early.add(rpc);
        } else {
            rpcsDropped.increment();
        }
    }

    // What goes out.

    private void drain() {
        if (dirty.isEmpty()) return;
        long now = loop.now();
        for (PeerStreams peer : List.copyOf(dirty)) {
            dirty.remove(peer);
            if (peer.outbound != null && peer.handle >= 0) write(peer, peer.outbound, now);
        }
    }

    /// Gives the stream as much as it takes; what is left waits for it to become writable.
    private void write(PeerStreams peer, Stream stream, long now) {
        OutboundQueue queue = router.outbound(peer.handle);
        FrameBatch frames = peer.frames;
        if (frames == null || !frames.writes(stream)) {
            frames = new FrameBatch(stream, BATCH_BYTES, COPY_BYTES_MAX);
            peer.frames = frames;
        }
        while (stream.writable()) {
            OutboundRpc rpc = queue.poll(now);
            if (rpc == null) break;
            frames.add(rpc);
        }
        frames.flush();
    }

    /// The host's connections, as tasks of the loop.
    private final class Connections implements HostListener {
        @Override
        public void connected(Connection connection) {
            must(_ -> GossipService.this.connected(connection));
        }

        @Override
        public void disconnected(Connection connection, CloseReason reason) {
            must(now -> GossipService.this.disconnected(connection, now));
        }
    }

    /// Posts what may not be lost; there is one such task a connection, so it waits for room.
    private void must(CoreLoop.Task task) {
        if (!loop.post(task)) {
            workersRetry(task);
        }
    }

    private void workersRetry(CoreLoop.Task task) {
        CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS)
                .execute(() -> {
                    if (loop.running()) must(task);
                });
    }

    /// Our stream to a peer.
    private final class Outbound implements StreamHandler {
        private final PeerStreams peer;

        Outbound(PeerStreams peer) {
            this.peer = peer;
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            stream.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION); // nobody writes here
        }

        @Override
        public void writable(Stream stream) {
            loop.post(_ -> {
                if (peer.outbound == stream) dirty.add(peer);
            });
        }

        @Override
        public void readClosed(Stream stream) {
            // The peer will never write on it; it is how some close their side early.
        }

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            must(now -> outboundClosed(peer, stream, now));
        }
    }

    /// A peer's stream to us: framed and decoded on its event loop.
    private final class Inbound implements StreamHandler, RpcFramer.FrameHandler {
        private final Stream stream;
        private final PeerId from;
        private final RpcFramer framer = new RpcFramer(setup.params().rpcLimits().frameBytesMax());
        private final RpcDecoder decoder = router.newDecoder();
        private final @Nullable Rpc[] arrived = new Rpc[RPCS_A_TASK];
        private int count;

        Inbound(Stream stream) {
            this.stream = stream;
            this.from = stream.connection().remotePeer();
            must(now -> opened());
        }

        private void opened() {
            PeerStreams peer = peers.get(from);
            if (peer == null) return;
            Stream old = peer.inbound;
            peer.inbound = stream;
            if (old != null && old != stream) old.reset(ErrorCodes.STREAM_SUPPLANTED);
            if (peer.handle >= 0) router.onInboundStream(peer.handle);
        }

        @Override
        public void data(Stream ignored, byte[] array, int off, int len) {
            try {
                framer.feed(array, off, len, this);
                handOver();
            } catch (MalformedException _) {
                handOver();
                malformed("frame");
                stream.reset(ErrorCodes.STREAM_PROTOCOL_VIOLATION);
            }
        }

        @Override
        public void frame(byte[] array, int offset, int length) throws MalformedException {
            var rpc = new Rpc();
            RpcRefusal refusal = decoder.decode(array, offset, length, rpc);
            if (refusal != null) {
                handOver();
                malformed(refusal.label());
                return;
            }
            arrived[count++] = rpc;
            if (count == RPCS_A_TASK) handOver();
        }

        /// What one read brought goes to the router as one task, in order.
        private void handOver() {
            if (count == 0) return;
            Rpc[] rpcs = Arrays.copyOf(arrived, count);
            Arrays.fill(arrived, 0, count, null);
            count = 0;
            boolean posted =
                    loop.post(now -> {
                        PeerStreams peer = peers.get(from);
                        if (peer == null) return;
                        for (Rpc rpc : rpcs) {
                            if (peer.inbound == stream) receive(peer, rpc, now);
                        }
                    });
            if (!posted) rpcsDropped.add(rpcs.length);
        }

        private void malformed(String kind) {
            loop.post(now -> {
                PeerStreams peer = peers.get(from);
                router.onMalformedRpc(peer == null ? -1 : peer.handle, kind, now);
            });
        }

        @Override
        public void readClosed(Stream ignored) {
            stream.closeWrite();
        }

        @Override
        public void closed(Stream ignored, @Nullable Throwable cause) {
            must(now -> {
                PeerStreams peer = peers.get(from);
                if (peer != null && peer.inbound == stream) peer.inbound = null;
            });
        }
    }

    /// What the router wants done.
    private final class Output implements RouterOutput {
        @Override
        public void writable(int peer) {
            PeerStreams streams = byHandle.get(peer);
            if (streams != null) dirty.add(streams);
        }

        @Override
        public void validate(long ticket, RpcMessage message, int fromPeer) {
            events.arrived(message, loop.now());
            try {
                if (message.has(org.pollen.router.MessageFields.SIGNATURE)) {
                    workers.execute(() -> verify(ticket, message));
                } else {
                    judge(ticket, message);
                }
            } catch (RejectedExecutionException _) {
                answered(now -> router.onThrottled(ticket, now));
            }
        }

        private void verify(long ticket, RpcMessage message) {
            boolean good = verifier.verify(message);
            must(now -> {
                if (good) {
                    router.onVerified(ticket, now);
                    judge(ticket, message);
                } else {
                    router.onInvalidSignature(ticket, now);
                }
            });
        }

        /// Each ticket is answered, however far behind the loop is: the router waits for it. An
        /// answer that is given at once is heard after the task that asked, since the router may
        /// not be called from within.
        private void answered(CoreLoop.Task answer) {
            if (loop.inLoop()) loop.next(answer);
            else must(answer);
        }

        private void judge(long ticket, RpcMessage message) {
            Consumer<Verdict> judged =
                    verdict -> answered(now -> router.onValidated(ticket, verdict, now));
            TopicValidator validator = validators.get(message.mask());
            if (validator == null) {
                judged.accept(Verdict.ACCEPT);
            } else if (!validator.validate(message, judged)) {
                answered(now -> router.onThrottled(ticket, now));
            }
        }

        @Override
        public boolean deliver(Subscription subscription, RpcMessage message, int fromPeer) {
            Consumer<RpcMessage> consumer = subscribers.get(subscription);
            if (consumer != null) consumer.accept(message);
            return true;
        }

        @Override
        public void connect(PeerId peer, byte @Nullable [] signedRecord) {
            if (signedRecord == null) return;
            try {
                var addresses = new ArrayList<Multiaddr>();
                for (Multiaddr address : PeerRecord.fromSignedEnvelope(signedRecord).addresses()) {
                    if (setup.privateAddresses() || address.isPublic()) addresses.add(address);
                }
                if (!addresses.isEmpty()) {
                    exchanged.increment();
                    dial(peer, addresses, 0);
                }
            } catch (MalformedException e) {
                LOG.debug("record of {} became unreadable", peer, e);
            }
        }

        /// Tries the addresses in the peer's order; what fails is counted by the host.
        private void dial(PeerId peer, List<Multiaddr> addresses, int at) {
            setup.host()
                    .dial(addresses.get(at).withPeerId(peer))
                    .whenComplete((_, failure) -> {
                        int next = at + 1;
                        if (failure != null && next < Math.min(addresses.size(), RECORD_DIALS)) {
                            dial(peer, addresses, next);
                        }
                    });
        }

        @Override
        public void disconnect(int peer, String reason) {
            PeerStreams streams = byHandle.get(peer);
            if (streams == null) return;
            for (Connection connection : streams.connections) {
                connection.close(ErrorCodes.CONNECTION_GATED);
            }
        }

        @Override
        public void resetStream(int peer, String reason) {
            PeerStreams streams = byHandle.get(peer);
            if (streams == null || streams.outbound == null) return;
            LOG.debug("{}: stream to {} reset: {}", setup.name(), streams.id, reason);
            streams.outbound.reset(ErrorCodes.STREAM_RESOURCE_LIMIT);
        }

        @Override
        public void protect(PeerId peer, String tag) {
            PeerStreams streams = peers.get(peer);
            if (streams != null) streams.connections.forEach(c -> c.protect(tag));
            mesh(peer, tag, true);
        }

        @Override
        public void unprotect(PeerId peer, String tag) {
            PeerStreams streams = peers.get(peer);
            if (streams != null) streams.connections.forEach(c -> c.unprotect(tag));
            mesh(peer, tag, false);
        }

        private void mesh(PeerId peer, String tag, boolean joined) {
            String digits = tag.substring(tag.indexOf(':') + 1);
            String topic = digits;
            for (Map.Entry<Mask, String> entry : names.entrySet()) {
                if (entry.getKey().display(setup.params().dialect()).equals(digits)) {
                    topic = entry.getValue();
                }
            }
            events.meshChanged(peer, topic, joined);
        }
    }
}
