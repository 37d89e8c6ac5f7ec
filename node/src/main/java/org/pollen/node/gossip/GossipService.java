package org.pollen.node.gossip;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
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
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
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
import org.pollen.router.Dialect;
import org.pollen.router.Distribution;
import org.pollen.router.GossipRouter;
import org.pollen.router.Mask;
import org.pollen.router.MessageKeyHasher;
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
import org.pollen.router.SeenCache;
import org.pollen.router.StreamBackoff;
import org.pollen.router.Subscription;
import org.pollen.router.TraceEvent;
import org.pollen.router.Verdict;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
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
    private final Voice main;
    private final List<Voice> voices;
    private final @Nullable DialectBridge bridge; // null with one dialect
    private final GossipEvents events;
    private final Map<Mask, String> names = new LinkedHashMap<>();
    private final Map<PeerId, PeerStreams> peers = new LinkedHashMap<>();
    private final Set<PeerStreams> dirty = new LinkedHashSet<>();
    private final StreamBackoff backoff;
    private final Distribution heartbeats =
            new Distribution(
                    .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1);
    private final Distribution refreshes =
            new Distribution(
                    .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1);
    private final LongAdder exchanged = new LongAdder();
    private volatile @Nullable BiConsumer<byte[], PeerId> exchange; // null: we dial ourselves
    private final LongAdder rpcsDropped = new LongAdder();
    private volatile @Nullable GossipView view;

    /// A service that has not started.
    ///
    /// @param workers verifies signatures; rejects when it is full
    /// @param onFailure hears of a defect that stopped the router
    public GossipService(
            GossipSetup setup,
            Executor workers,
            GossipEvents events,
            Consumer<Throwable> onFailure) {
        this(setup, workers, events, onFailure, null);
    }

    /// The same on the thread of an event loop, if one is given: that of the host's connections, so
    /// that a message changes no thread on its way.
    public GossipService(
            GossipSetup setup,
            Executor workers,
            GossipEvents events,
            Consumer<Throwable> onFailure,
            @Nullable EventLoop shared) {
        this.setup = setup;
        this.workers = workers;
        this.events = events;
        String name = "router-" + setup.name();
        this.loop =
                shared == null
                        ? new CoreLoop(name, INBOX, setup.clock(), onFailure)
                        : new CoreLoop(name, INBOX, setup.clock(), onFailure, shared);
        // The secret under which tables hash what strangers choose.
        var hasher = new MessageKeyHasher(setup.random().nextLong(), setup.random().nextLong());
        this.backoff = new StreamBackoff(ATTEMPTS_MAX, setup.random().split());
        GossipSetup.Second other = setup.second();
        SeenCache seen = null;
        if (other != null) {
            DialectBridge.check(setup.params(), other.params());
            seen = sharedCache(setup.params());
        }
        this.main = voice(setup.params(), setup.scoreParams(), setup.thresholds(), hasher, seen);
        if (other == null) {
            voices = List.of(main);
            bridge = null;
        } else {
            Voice second =
                    voice(other.params(), other.scoreParams(), other.thresholds(), hasher, seen);
            voices = List.of(main, second);
            bridge = new DialectBridge(main, second);
        }
        for (Voice voice : voices) {
            loop.addTicker(now -> heartbeat(voice, now), voice.nextHeartbeat);
            loop.addTicker(now -> tick(voice, now), loop.now());
            for (String protocol : voice.protocols.ids()) {
                setup.host().handle(protocol, stream -> new Inbound(voice, stream));
            }
        }
        loop.afterBatch(this::drain);
        setup.host().addListener(new Connections());
    }

    private static SeenCache sharedCache(RouterParams params) {
        return SeenCache.create(params.seenStrategy(), params.seenTtl(), params.seenEntriesMax());
    }

    private Voice voice(
            RouterParams params,
            PeerScoreParams scores,
            PeerScoreThresholds thresholds,
            MessageKeyHasher hasher,
            @Nullable SeenCache seen) {
        var voice =
                new Voice(
                        setup,
                        params,
                        scores,
                        thresholds,
                        hasher,
                        config -> {
                            config.signedRecords(this::signedRecord);
                            config.recordCheck(
                                    RouterConfig.genuineRecord(!setup.privateAddresses()));
                            if (seen != null) config.seenCache(seen);
                        },
                        Output::new);
        voice.nextHeartbeat = loop.now() + params.heartbeatInitialDelay().toNanos();
        return voice;
    }

    /// Joins a topic; before [#start()].
    ///
    /// @param name what people call it
    /// @param consumer takes accepted messages, on the router's thread
    /// @throws IllegalStateException if the node speaks both dialects
    public void join(
            String name, Mask mask, TopicValidator validator, Consumer<RpcMessage> consumer) {
        if (bridge != null) throw new IllegalStateException("the topic needs a mask per dialect");
        join(name, _ -> mask, validator, consumer);
    }

    /// Joins a topic in each dialect that is spoken; before [#start()].
    ///
    /// @param masks the topic's mask in a dialect
    /// @param consumer takes accepted messages, once each, on the router's thread
    /// @throws IllegalArgumentException if both dialects are spoken and the bit mask has not one
    ///   bit
    public void join(
            String name,
            Function<Dialect, Mask> masks,
            TopicValidator validator,
            Consumer<RpcMessage> consumer) {
        if (bridge != null) {
            bridge.add(masks.apply(main.dialect()), masks.apply(voices.getLast().dialect()));
        }
        for (Voice voice : voices) {
            Mask mask = masks.apply(voice.dialect());
            for (Mask slice : mask.slices()) names.put(slice, name);
            voice.validators.put(mask, validator);
            for (Mask slice : mask.slices()) voice.validators.put(slice, validator);
            loop.post(now ->
                    voice.subscribers.put(
                            voice.router.subscribe(mask, DeliveryMode.SUPERSET, now), consumer));
        }
    }

    /// Keeps a peer as direct: messages go to it and come from it whatever its score.
    public void addDirectPeer(PeerId peer) {
        loop.post(now -> {
            for (Voice voice : voices) voice.router.addDirectPeer(peer, null, now);
        });
    }

    /// Charges a peer with the behaviour penalty (P7) for what the application found; from any
    /// thread.
    public void charge(PeerId peer, double count) {
        loop.post(_ -> {
            for (Voice voice : voices) {
                int handle = voice.router.peer(peer);
                if (handle < 0) continue;
                voice.router.scores().addPenalty(handle, count, BehaviourPenalty.APPLICATION);
            }
        });
    }

    /// Starts the router's thread.
    public void start() {
        loop.start();
    }

    /// Publishes a payload in each dialect; from any thread.
    ///
    /// @param mask the topic's in the first dialect
    /// @param announce whether it is sent although its id was seen
    public CompletableFuture<PublishResult> publish(Mask mask, byte[] payload, boolean announce) {
        return loop.ask(() -> {
            PublishOptions options = announce ? PublishOptions.ANNOUNCE : PublishOptions.DEFAULT;
            PublishResult result = main.router.publish(mask, payload, options, loop.now());
            return bridge == null ? result : bridge.published(result, loop.now());
        });
    }

    /// What the router looked like after its last heartbeat; null before the first. Of two dialects
    /// it is both as one, topics under the masks of the first.
    public @Nullable GossipView view() {
        return view;
    }

    /// What a slice is called: the topic's name, or its digits.
    public String nameOf(Mask slice) {
        String name = names.get(slice);
        return name == null ? slice.display(setup.params().dialect()) : name;
    }

    /// Messages of another dialect that were sent to peers in this one.
    public long passedTo(Dialect dialect) {
        return bridge == null ? 0 : bridge.passedTo(dialect);
    }

    /// RPCs dropped because the router was behind, or because they came in another dialect than the
    /// one that the peer and we settled on.
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

    /// Gives the signed records of peers that others named to somebody who decides whether and when
    /// they are dialled, instead of dialling them at once.
    public void exchangeThrough(BiConsumer<byte[], PeerId> records) {
        exchange = records;
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

    /// Runs something on the router's thread, with the router of the first dialect: tests and
    /// administration.
    public <T> CompletableFuture<T> ask(Function<GossipRouter, T> question) {
        return loop.ask(() -> question.apply(main.router));
    }

    /// Tells peers that we leave, then stops the thread.
    @Override
    public void close() {
        try {
            loop.ask(
                            () -> {
                                voices.forEach(this::unsubscribe);
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

    private void unsubscribe(Voice voice) {
        for (Subscription subscription : List.copyOf(voice.subscribers.keySet())) {
            voice.router.unsubscribe(subscription, loop.now());
        }
    }

    /// What we tell others of a peer's addresses; on the router's thread.
    private byte @Nullable [] signedRecord(PeerId id) {
        PeerStreams peer = peers.get(id);
        return peer == null ? null : peer.signedRecord();
    }

    // Time.

    private long heartbeat(Voice voice, long now) {
        long interval = voice.params.heartbeatInterval().toNanos();
        long late = now - voice.nextHeartbeat;
        if (late > interval) voice.router.onHeartbeatsSkipped(late / interval);
        tick(voice, now);
        long before = System.nanoTime();
        voice.router.onHeartbeat(now);
        long took = System.nanoTime() - before;
        heartbeats.observe(took / 1e9);
        if (took > voice.params.slowHeartbeatWarning() * interval) {
            LOG.warn("{}: slow heartbeat, {} ms", setup.name(), took / 1_000_000);
        }
        voice.view =
                new GossipView(
                        voice.router.snapshot(now),
                        voice.router.metrics().samples(),
                        voice.router.metrics().histograms(),
                        heartbeats.counts(),
                        refreshes.counts(),
                        queued(voice),
                        now);
        backoff.sweep(now);
        GossipView other = voices.getLast().view;
        GossipView own = main.view;
        if (bridge == null) view = own;
        else if (own != null && other != null) view = bridge.view(own, other);
        for (PeerStreams peer : List.copyOf(peers.values())) {
            if (peer.outbound == null && !peer.opening && now - peer.retryAt >= 0) open(peer);
        }
        voice.nextHeartbeat = Math.max(voice.nextHeartbeat + interval, now + interval / 2);
        return voice.nextHeartbeat;
    }

    private long tick(Voice voice, long now) {
        boolean scores = now - voice.router.nextScoresAt() >= 0;
        long before = System.nanoTime();
        voice.router.onTick(now);
        if (scores) refreshes.observe((System.nanoTime() - before) / 1e9);
        return Math.max(voice.router.nextTickAt(), now + 10_000_000);
    }

    private static Map<RpcClass, Long> queued(Voice voice) {
        var bytes = new EnumMap<RpcClass, Long>(RpcClass.class);
        for (RpcClass rpcClass : RpcClass.values()) {
            long sum = 0;
            for (int handle : voice.byHandle.keySet()) {
                sum += voice.router.outbound(handle).bytes(rpcClass);
            }
            bytes.put(rpcClass, sum);
        }
        return bytes;
    }

    // Connections and our streams.

    private void connected(Connection connection) {
        if (connection.limited() && !setup.limitedConnections()) return;
        PeerStreams peer = peers.computeIfAbsent(connection.remotePeer(), PeerStreams::new);
        peer.connections.add(connection);
        if (peer.voice != null) {
            changed(peer, peer.voice);
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
        } else if (peer.voice != null) {
            changed(peer, peer.voice);
        }
    }

    private static void changed(PeerStreams peer, Voice voice) {
        voice.router.onConnectionsChanged(peer.handle, peer.dialled(), peer.addresses());
    }

    private void open(PeerStreams peer) {
        Connection connection = peer.usable();
        if (connection == null || peer.opening || peer.outbound != null) return;
        peer.opening = true;
        setup.host()
                .open(connection, offered(peer, connection), new Outbound(peer))
                .whenComplete((stream, failure) ->
                        loop.post(later -> opened(peer, stream, failure, later)));
    }

    /// What our stream may be, best first: of two dialects the one that the peer chose for its own
    /// stream comes first. A peer with a negative score gets no other dialect than the one where it
    /// has it, so nobody sheds a score by changing.
    private List<String> offered(PeerStreams peer, Connection connection) {
        Voice bound = null;
        for (Voice voice : voices) {
            double least = bound == null ? 0 : bound.router.score(peer.id);
            if (voice.router.score(peer.id) < least) bound = voice;
        }
        if (bound != null && bridge != null) return proposed(bound, connection);
        var offered = new LinkedHashSet<String>();
        if (peer.heard != null) offered.addAll(proposed(peer.heard, connection));
        for (Voice voice : voices) offered.addAll(proposed(voice, connection));
        return List.copyOf(offered);
    }

    /// The identifiers of a dialect; before them the one that the peer serves, where it only
    /// matches one of ours: a protocol can only be agreed on as the peer spells it.
    private static List<String> proposed(Voice voice, Connection connection) {
        List<String> ours = voice.protocols.ids();
        Optional<String> best =
                connection
                        .identify()
                        .flatMap(told -> voice.protocols.best(told.protocols()))
                        .filter(theirs -> !ours.contains(theirs));
        if (best.isEmpty()) return ours;
        var proposed = new ArrayList<String>();
        proposed.add(best.get());
        proposed.addAll(ours);
        return proposed;
    }

    private void opened(
            PeerStreams peer, @Nullable Stream stream, @Nullable Throwable failure, long now) {
        peer.opening = false;
        if (stream == null) {
            LOG.debug("{}: no gossip stream to {}", setup.name(), peer.id, failure);
            retryLater(peer, now);
            return;
        }
        Voice voice = null;
        PubsubProtocol protocol = null;
        for (Voice one : voices) {
            Optional<PubsubProtocol> features = one.protocols.features(stream.protocol());
            if (protocol == null && features.isPresent()) {
                voice = one;
                protocol = features.get();
            }
        }
        if (voice == null
                || protocol == null
                || peer.connections.isEmpty()
                || peer.outbound != null) {
            stream.reset(ErrorCodes.NONE);
            return;
        }
        int handle =
                voice.router.onPeerConnected(
                        peer.id, protocol, peer.dialled(), peer.addresses(), now);
        if (handle < 0) {
            stream.connection().close(ErrorCodes.CONNECTION_GATED);
            return;
        }
        peer.outbound = stream;
        peer.handle = handle;
        peer.voice = voice;
        voice.byHandle.put(handle, peer);
        dirty.add(peer);
        events.peerChanged(peer.id, true);
        if (peer.heard != null && peer.heard != voice) {
            follow(peer, peer.heard, now);
            if (peer.voice != null) { // each stays with its own
                rpcsDropped.add(peer.early.size());
                peer.early.clear();
            }
        } else {
            for (Rpc rpc; (rpc = peer.early.poll()) != null; ) {
                voice.router.onRpc(handle, rpc, now);
            }
        }
    }

    /// The peer's stream is in another dialect than ours: ours is opened again in the peer's, once,
    /// or twice by the one with the lesser id, in case both follow at once. Not for a peer with a
    /// negative score. If they stay apart, what the peer sends is dropped and counted.
    private void follow(PeerStreams peer, Voice heard, long now) {
        Voice ours = peer.voice;
        Stream stream = peer.outbound;
        if (ours == null || ours == heard || stream == null) return;
        int most = setup.host().peerId().compareTo(peer.id) < 0 ? 2 : 1;
        if (peer.followed >= most || ours.router.score(peer.id) < 0) return;
        peer.followed++;
        LOG.debug("{}: {} speaks {}, so do we", setup.name(), peer.id, heard.dialect());
        outboundClosed(peer, stream, now);
        stream.reset(ErrorCodes.NONE);
        open(peer);
    }

    private void outboundClosed(PeerStreams peer, Stream stream, long now) {
        if (peer.outbound != stream) return;
        peer.outbound = null;
        dirty.remove(peer);
        Voice voice = peer.voice;
        if (voice != null) {
            voice.byHandle.remove(peer.handle);
            voice.router.onPeerDisconnected(peer.handle, now);
            peer.handle = -1;
            peer.voice = null;
            events.peerChanged(peer.id, false);
        }
        retryLater(peer, now);
    }

    private void retryLater(PeerStreams peer, long now) {
        OptionalLong pause = backoff.next(peer.id, now);
        peer.retryAt = now + pause.orElse(StreamBackoff.FORGET.toNanos());
    }

    // What comes in.

    private void receive(PeerStreams peer, Rpc rpc, long now) {
        if (peer.voice != null && peer.voice == peer.heard) {
            peer.voice.router.onRpc(peer.handle, rpc, now);
        } else if (peer.voice == null && peer.early.size() < PeerStreams.EARLY_MAX) {
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
            if (peer.outbound != null && peer.voice != null) {
                write(peer, peer.outbound, peer.voice, now);
            }
        }
    }

    /// Gives the stream as much as it takes; what is left waits for it to become writable.
    private void write(PeerStreams peer, Stream stream, Voice voice, long now) {
        OutboundQueue queue = voice.router.outbound(peer.handle);
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
        private final Voice voice; // that of its protocol, whatever ours to the peer is
        private final Stream stream;
        private final PeerId from;
        private final RpcFramer framer;
        private final RpcDecoder decoder;
        private final @Nullable Rpc[] arrived = new Rpc[RPCS_A_TASK];
        private int count;

        Inbound(Voice voice, Stream stream) {
            this.voice = voice;
            this.framer = new RpcFramer(voice.params.rpcLimits().frameBytesMax());
            this.decoder = voice.router.newDecoder();
            this.stream = stream;
            this.from = stream.connection().remotePeer();
            must(this::opened);
        }

        private void opened(long now) {
            PeerStreams peer = peers.get(from);
            if (peer == null) return;
            Stream old = peer.inbound;
            peer.inbound = stream;
            if (old != null && old != stream) old.reset(ErrorCodes.STREAM_SUPPLANTED);
            if (peer.heard != voice) peer.early.clear();
            peer.heard = voice;
            if (peer.voice == voice) voice.router.onInboundStream(peer.handle);
            else follow(peer, voice, now);
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
                if (peer != null && peer.voice != null) {
                    peer.voice.router.onMalformedRpc(peer.handle, kind, now);
                } else {
                    voice.router.onMalformedRpc(-1, kind, now);
                }
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
                if (peer == null || peer.inbound != stream) return;
                peer.inbound = null;
                peer.heard = null;
            });
        }
    }

    /// What the router wants done.
    private final class Output implements RouterOutput {
        private final Voice voice;

        Output(Voice voice) {
            this.voice = voice;
        }

        @Override
        public void writable(int peer) {
            PeerStreams streams = voice.byHandle.get(peer);
            if (streams != null) dirty.add(streams);
        }

        @Override
        public void validate(long ticket, RpcMessage message, int fromPeer) {
            long at = loop.now();
            events.arrived(message, at);
            if (bridge != null) bridge.arrived(voice, message, at);
            try {
                if (message.has(org.pollen.router.MessageFields.SIGNATURE)) {
                    workers.execute(() -> verify(ticket, message, fromPeer));
                } else {
                    judge(ticket, message, fromPeer);
                }
            } catch (RejectedExecutionException _) {
                throttled(ticket, message);
            }
        }

        private void verify(long ticket, RpcMessage message, int fromPeer) {
            boolean good = voice.verifier.verify(message);
            must(now -> {
                if (good) {
                    voice.router.onVerified(ticket, now);
                    judge(ticket, message, fromPeer);
                } else {
                    voice.router.onInvalidSignature(ticket, now);
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

        private void judge(long ticket, RpcMessage message, int fromPeer) {
            Consumer<Verdict> judged =
                    verdict -> answered(now -> judged(ticket, message, verdict, now));
            TopicValidator validator = voice.validators.get(message.mask());
            if (validator == null) {
                judged.accept(Verdict.ACCEPT);
            } else if (!validator.validate(
                    message, voice.router.peerId(fromPeer).orElse(null), judged)) {
                throttled(ticket, message);
            }
        }

        private void judged(long ticket, RpcMessage message, Verdict verdict, long now) {
            boolean decided = voice.router.onValidated(ticket, verdict, now);
            if (decided && bridge != null) bridge.judged(voice, message, verdict, now);
        }

        private void throttled(long ticket, RpcMessage message) {
            answered(now -> {
                boolean decided = voice.router.onThrottled(ticket, now);
                if (decided && bridge != null) bridge.throttled(voice, message, now);
            });
        }

        @Override
        public boolean deliver(Subscription subscription, RpcMessage message, int fromPeer) {
            Consumer<RpcMessage> consumer = voice.subscribers.get(subscription);
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
                BiConsumer<byte[], PeerId> others = exchange;
                if (others != null) {
                    exchanged.increment();
                    others.accept(signedRecord, peer);
                } else if (!addresses.isEmpty()) {
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
        public void trace(TraceEvent event) {
            Consumer<TraceEvent> trace = setup.trace();
            if (trace != null) trace.accept(event);
        }

        @Override
        public void disconnect(int peer, String reason) {
            PeerStreams streams = voice.byHandle.get(peer);
            if (streams == null) return;
            for (Connection connection : streams.connections) {
                connection.close(ErrorCodes.CONNECTION_GATED);
            }
        }

        @Override
        public void resetStream(int peer, String reason) {
            PeerStreams streams = voice.byHandle.get(peer);
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
                if (entry.getKey().display(voice.dialect()).equals(digits)) {
                    topic = entry.getValue();
                }
            }
            events.meshChanged(peer, topic, joined);
        }
    }
}
