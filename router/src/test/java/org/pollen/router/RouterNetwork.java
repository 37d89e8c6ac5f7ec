package org.pollen.router;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;

/// Many routers in one test: a virtual clock, links with a delay, and real bytes between them.
///
/// Everything happens in one queue of events ordered by time and then by the order in which they
/// were made, and all randomness comes from one seed, so two runs are the same. What a router puts
/// into a queue leaves at once, is encoded, travels, and is decoded on the other side.
final class RouterNetwork {
    private record Event(long at, long number, Runnable action) {}

    final SplittableRandom random;
    final List<Node> nodes = new ArrayList<>();
    final List<String> log = new ArrayList<>();
    final List<TraceEvent> traces = new ArrayList<>();
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private final Map<PeerId, Node> byId = new LinkedHashMap<>();
    private long numbers;
    private long now = 1;
    long linkDelayNanos = 2_000_000;
    boolean logging;

    RouterNetwork(long seed) {
        random = new SplittableRandom(seed);
    }

    long now() {
        return now;
    }

    void at(long time, Runnable action) {
        events.add(new Event(Math.max(time, now), numbers++, action));
    }

    void after(Duration delay, Runnable action) {
        at(now + delay.toNanos(), action);
    }

    /// Lets time pass.
    RouterNetwork run(Duration time) {
        long end = now + time.toNanos();
        while (!events.isEmpty() && events.peek().at <= end) {
            Event event = events.remove();
            now = event.at;
            event.action.run();
        }
        now = end;
        return this;
    }

    RouterNetwork runMillis(long millis) {
        return run(Duration.ofMillis(millis));
    }

    /// Adds nodes that all have the same configuration.
    RouterNetwork add(int count, RouterParams params) {
        return add(count, params, builder -> builder);
    }

    RouterNetwork add(
            int count, RouterParams params, UnaryOperator<RouterConfig.Builder> configure) {
        for (int i = 0; i < count; i++) addNode(params, configure);
        return this;
    }

    Node addNode(RouterParams params, UnaryOperator<RouterConfig.Builder> configure) {
        int number = nodes.size();
        PeerId id = RouterMessages.peerId(number);
        var node = new Node(number, id, params, configure);
        node.start();
        nodes.add(node);
        byId.put(id, node);
        return node;
    }

    Node node(int number) {
        return nodes.get(number);
    }

    Node node(PeerId id) {
        Node node = byId.get(id);
        if (node == null) throw new IllegalArgumentException("no node " + id);
        return node;
    }

    /// The first dials the second.
    void connect(int from, int to) {
        connect(node(from), node(to));
    }

    void connect(Node from, Node to) {
        if (from == to || from.closed || to.closed || from.handles.containsKey(to)) return;
        var link = new Link();
        from.links.put(to, link);
        to.links.put(from, link);
        from.onConnected(to, true);
        to.onConnected(from, false);
    }

    void disconnect(int a, int b) {
        disconnect(node(a), node(b));
    }

    void disconnect(Node a, Node b) {
        if (!a.handles.containsKey(b)) return;
        a.links.remove(b);
        b.links.remove(a);
        a.onDisconnected(b);
        b.onDisconnected(a);
    }

    /// Every node dials so many random others.
    void connectSome(int links) {
        for (Node node : nodes) {
            for (int i = 0; i < links; i++) {
                Node other = nodes.get(random.nextInt(nodes.size()));
                while (other == node) other = nodes.get(random.nextInt(nodes.size()));
                connect(node, other);
            }
        }
    }

    void connectAll() {
        for (int i = 0; i < nodes.size(); i++) {
            for (int j = i + 1; j < nodes.size(); j++) connect(i, j);
        }
    }

    void subscribeAll(Mask mask) {
        for (Node node : nodes) node.subscribe(mask);
    }

    private static final class Link {}

    /// One router and what happened to it.
    final class Node implements RouterOutput {
        final int number;
        final PeerId id;
        final Map<Node, Integer> handles = new LinkedHashMap<>();
        private final Map<Node, Link> links = new LinkedHashMap<>();
        private final Map<Integer, Node> peers = new LinkedHashMap<>();
        private final Set<Integer> draining = new LinkedHashSet<>();
        final List<Subscription> subscriptions = new ArrayList<>();

        /// Payloads, in the order of delivery; one entry for each subscription that got one.
        final List<String> received = new ArrayList<>();

        final List<PeerId> dialled = new ArrayList<>();
        final Map<PeerId, Set<String>> tags = new LinkedHashMap<>();
        final Map<String, Integer> values = new LinkedHashMap<>();
        BiFunction<Node, RpcMessage, Verdict> validator = (_, _) -> Verdict.ACCEPT;
        BiConsumer<Integer, Rpc.PartialMessage> partialHandler = (_, _) -> {};
        BiConsumer<Mask, Boolean> advertiser = (_, _) -> {};
        Consumer<Mask> finder = _ -> {};
        boolean validates;
        boolean dials = true;
        long validationNanos;
        boolean signs;
        boolean closed;
        int messagesSent;
        final GossipRouter router;
        private final RouterConfig config;
        private final RpcDecoder decoder;
        private final Rpc rpc = new Rpc();
        private long seqno;
        private @Nullable Function<OutboundRpc, Boolean> outboundFilter;

        Node(
                int number,
                PeerId id,
                RouterParams params,
                UnaryOperator<RouterConfig.Builder> configure) {
            this.number = number;
            this.id = id;
            var hasher = new MessageKeyHasher(random.nextLong(), random.nextLong());
            var author = new AtomicReference<RouterConfig>();
            var builder = RouterConfig.builder(id, params).hasher(hasher);
            builder.composer((mask, payload) -> {
                PeerId from = signs ? id : null;
                return RouterMessages.message(author.get(), mask, payload, from, ++seqno);
            });
            config = configure.apply(builder).build();
            author.set(config);
            router = new GossipRouter(config, this, random.split(), now);
            decoder = router.newDecoder();
        }

        private void start() {
            RouterParams params = config.params();
            after(params.heartbeatInitialDelay(), this::heartbeat);
            after(Duration.ofMillis(50), this::tick);
        }

        private void heartbeat() {
            if (closed) return;
            router.onHeartbeat(now);
            after(config.params().heartbeatInterval(), this::heartbeat);
        }

        private void tick() {
            if (closed) return;
            if (router.nextTickAt() - now <= 0) router.onTick(now);
            after(Duration.ofMillis(50), this::tick);
        }

        /// Drops outgoing RPCs for which the filter says false.
        void filterOutbound(@Nullable Function<OutboundRpc, Boolean> filter) {
            outboundFilter = filter;
        }

        Subscription subscribe(Mask mask) {
            return subscribe(mask, DeliveryMode.SUPERSET);
        }

        Subscription subscribe(Mask mask, DeliveryMode mode) {
            Subscription subscription = router.subscribe(mask, mode, now);
            subscriptions.add(subscription);
            return subscription;
        }

        void unsubscribe() {
            for (Subscription subscription : subscriptions) router.unsubscribe(subscription, now);
            subscriptions.clear();
        }

        PublishResult publish(Mask mask, String payload) {
            return router.publish(mask, RouterMessages.utf8(payload), PublishOptions.DEFAULT, now);
        }

        PublishResult publish(Mask mask, byte[] payload) {
            return router.publish(mask, payload, PublishOptions.DEFAULT, now);
        }

        int handle(Node other) {
            Integer handle = handles.get(other);
            return handle == null ? -1 : handle;
        }

        List<Integer> mesh(Mask mask) {
            return router.mesh(mask).stream().map(peer -> node(peer).number).toList();
        }

        List<Integer> peers(Mask mask) {
            return router.peers(mask).stream().map(peer -> node(peer).number).sorted().toList();
        }

        void close() {
            for (Node other : List.copyOf(handles.keySet()))
                RouterNetwork.this.disconnect(this, other);
            closed = true;
        }

        private void onConnected(Node other, boolean outbound) {
            byte[] ip = {10, 0, (byte) (other.number >> 8), (byte) other.number};
            PubsubProtocol protocol = other.protocol();
            int handle = router.onPeerConnected(other.id, protocol, outbound, List.of(ip), now);
            handles.put(other, handle);
            peers.put(handle, other);
        }

        PubsubProtocol protocol = PubsubProtocol.BLOSSOMSUB_2_1;

        PubsubProtocol protocol() {
            if (config.params().dialect() == Dialect.MESHSUB
                    && protocol == PubsubProtocol.BLOSSOMSUB_2_1) {
                return PubsubProtocol.MESHSUB_1_2;
            }
            return protocol;
        }

        private void onDisconnected(Node other) {
            int handle = handle(other);
            handles.remove(other);
            peers.remove(handle);
            if (handle >= 0) router.onPeerDisconnected(handle, now);
        }

        @Override
        public void writable(int peer) {
            if (draining.add(peer)) at(now, () -> drain(peer));
        }

        private void drain(int peer) {
            draining.remove(peer);
            Node to = peers.get(peer);
            if (to == null) return;
            OutboundQueue queue = router.outbound(peer);
            while (true) {
                OutboundRpc rpc = queue.poll(now);
                if (rpc == null) return;
                if (outboundFilter != null && !outboundFilter.apply(rpc)) continue;
                if (rpc instanceof RpcMessage) messagesSent++;
                send(to, rpc.toBody());
            }
        }

        /// Sends a frame past the router.
        void send(Node to, byte[] body) {
            Link link = links.get(to);
            at(
                    now + linkDelayNanos,
                    () -> {
                        if (link != null && to.links.get(this) == link) to.receive(this, body);
                    });
        }

        private void receive(Node from, byte[] body) {
            int handle = handle(from);
            try {
                RpcRefusal refusal = decoder.decode(body, 0, body.length, rpc);
                if (refusal == null) {
                    if (logging)
                        log.add(now + " " + from.number + ">" + number + " " + body.length);
                    router.onRpc(handle, rpc, now);
                } else {
                    router.onMalformedRpc(handle, refusal.label(), now);
                }
            } catch (MalformedException e) {
                throw new AssertionError("a router sent what does not decode", e);
            }
        }

        @Override
        public boolean validates(Mask mask, RpcMessage message) {
            return validates;
        }

        @Override
        public void validate(long ticket, RpcMessage message, int fromPeer) {
            Node from = peers.get(fromPeer);
            Verdict verdict = from == null ? Verdict.IGNORE : validator.apply(from, message);
            at(now + validationNanos, () -> router.onValidated(ticket, verdict, now));
        }

        @Override
        public boolean deliver(Subscription subscription, RpcMessage message, int fromPeer) {
            received.add(RouterMessages.text(message));
            if (logging) log.add(now + " deliver " + number + " " + RouterMessages.text(message));
            return true;
        }

        @Override
        public void connect(PeerId peer, byte @Nullable [] signedRecord) {
            dialled.add(peer);
            if (dials)
                after(Duration.ofMillis(10), () -> RouterNetwork.this.connect(this, node(peer)));
        }

        @Override
        public void disconnect(int peer, String reason) {
            Node other = peers.get(peer);
            if (other != null) at(now, () -> RouterNetwork.this.disconnect(this, other));
        }

        @Override
        public void resetStream(int peer, String reason) {
            disconnect(peer, reason);
        }

        @Override
        public void protect(PeerId peer, String tag) {
            tags.computeIfAbsent(peer, _ -> new LinkedHashSet<>()).add(tag);
        }

        @Override
        public void unprotect(PeerId peer, String tag) {
            Set<String> all = tags.get(peer);
            if (all != null && all.remove(tag) && all.isEmpty()) tags.remove(peer);
        }

        @Override
        public void value(PeerId peer, String tag, int value) {
            values.put(node(peer).number + " " + tag, value);
        }

        @Override
        public void advertise(Mask slice, boolean wanted) {
            advertiser.accept(slice, wanted);
        }

        @Override
        public void findPeers(Mask mask) {
            finder.accept(mask);
        }

        @Override
        public void partial(int fromPeer, Rpc.PartialMessage message) {
            partialHandler.accept(fromPeer, message);
        }

        @Override
        public void trace(TraceEvent event) {
            traces.add(event);
        }

        @Override
        public String toString() {
            return "node " + number;
        }
    }
}
