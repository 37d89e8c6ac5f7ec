package org.pollen.router;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;

/// One router and scripted peers with names: what the router does is written down as short lines.
///
/// RPCs are encoded and decoded as on the wire. A message is named by its payload, and so are ids
/// in control messages.
final class Rig implements RouterOutput {
    static final Mask TX = Mask.fromHex("01");

    static final RouterParams PARAMS =
            RouterParams.BLOSSOM_20.toBuilder().signingPolicy(SigningPolicy.LAX_NO_SIGN).build();

    private final Map<String, PeerId> ids = new LinkedHashMap<>();
    private final Map<String, Integer> handles = new LinkedHashMap<>();
    private final Map<Integer, String> names = new LinkedHashMap<>();
    private final Map<String, String> payloads = new HashMap<>(); // by id in hex
    private final Rpc rpc = new Rpc();
    private final Rpc sentRpc = new Rpc();
    private final RpcDecoder decoder;
    private final List<String> events = new ArrayList<>();
    final List<Long> tickets = new ArrayList<>();
    final Map<Long, RpcMessage> waiting = new LinkedHashMap<>();
    final Map<String, Integer> values = new LinkedHashMap<>();
    final List<TraceEvent> traces = new ArrayList<>();
    final RouterConfig config;
    final GossipRouter router;
    boolean validates;
    boolean delivers = true;
    Predicate<RpcMessage> validated = _ -> true;
    long now = 1_000_000_000L;
    private long seqno;

    Rig() {
        this(PARAMS);
    }

    Rig(RouterParams params) {
        this(params, builder -> builder);
    }

    Rig(RouterParams params, UnaryOperator<RouterConfig.Builder> configure) {
        this(params, 1, configure);
    }

    Rig(RouterParams params, long seed, UnaryOperator<RouterConfig.Builder> configure) {
        PeerId self = RouterMessages.peerId(0);
        ids.put("me", self);
        var builder =
                RouterConfig.builder(self, params)
                        .hasher(new MessageKeyHasher(1, 2))
                        .composer(this::compose);
        config = configure.apply(builder).build();
        router = new GossipRouter(config, this, new SplittableRandom(seed), now);
        decoder = router.newDecoder();
    }

    private RpcMessage compose(Mask mask, byte[] payload) {
        return named(RouterMessages.message(config, mask, payload, null, ++seqno));
    }

    private RpcMessage named(RpcMessage message) {
        String text = message.dataLength() > 40 ? "large" : RouterMessages.text(message);
        payloads.putIfAbsent(HexFormat.of().formatHex(message.id()), text);
        return message;
    }

    // Peers.

    PeerId id(String name) {
        return ids.computeIfAbsent(name, _ -> RouterMessages.peerId(ids.size()));
    }

    Rig peers(String... all) {
        for (String name : all) peer(name);
        return this;
    }

    int peer(String name) {
        return peer(name, false);
    }

    int peer(String name, boolean outbound) {
        PubsubProtocol protocol =
                config.params().dialect() == Dialect.BLOSSOM
                        ? PubsubProtocol.BLOSSOMSUB_2_1
                        : PubsubProtocol.MESHSUB_1_2;
        return peer(name, outbound, protocol);
    }

    int peer(String name, boolean outbound, PubsubProtocol protocol) {
        return peer(name, outbound, protocol, new byte[] {10, 1, 0, (byte) (ids.size() + 1)});
    }

    int peer(String name, boolean outbound, PubsubProtocol protocol, byte[] ip) {
        int handle = router.onPeerConnected(id(name), protocol, outbound, List.of(ip), now);
        if (handle < 0) return handle;
        handles.put(name, handle);
        names.put(handle, name);
        return handle;
    }

    int handle(String name) {
        Integer handle = handles.get(name);
        if (handle == null) throw new IllegalArgumentException("no peer " + name);
        return handle;
    }

    Rig gone(String name) {
        router.onPeerDisconnected(handle(name), now);
        handles.remove(name);
        return this;
    }

    String name(int handle) {
        return handle < 0 ? "me" : names.getOrDefault(handle, "peer" + handle);
    }

    String name(PeerId id) {
        return ids.entrySet().stream()
                .filter(entry -> entry.getValue().equals(id))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(id.abbreviated());
    }

    // What they send.

    Rig rpc(String from, Consumer<RpcBuilder> content) {
        var builder = new RpcBuilder(config.params().dialect(), Integer.MAX_VALUE);
        content.accept(builder);
        return frame(from, builder.buildWhole().toBody());
    }

    Rig frame(String from, byte[] body) {
        try {
            RpcRefusal refusal = decoder.decode(body, 0, body.length, rpc);
            if (refusal != null) router.onMalformedRpc(handle(from), refusal.label(), now);
            else router.onRpc(handle(from), rpc, now);
        } catch (MalformedException e) {
            throw new IllegalArgumentException(e);
        }
        return this;
    }

    Rig subscribes(String from, Mask... masks) {
        return rpc(
                from,
                builder -> {
                    for (Mask mask : masks) builder.subscription(SubOpts.subscribe(mask));
                });
    }

    Rig unsubscribes(String from, Mask mask) {
        return rpc(from, builder -> builder.subscription(SubOpts.unsubscribe(mask)));
    }

    Rig grafts(String from, Mask... masks) {
        return rpc(
                from,
                builder -> {
                    for (Mask mask : masks) builder.graft(mask);
                });
    }

    Rig prunes(String from, Mask mask, long seconds) {
        return rpc(from, builder -> builder.prune(mask, seconds, List.of()));
    }

    /// Connects peers that subscribe to a mask and graft us.
    Rig members(Mask mask, String... all) {
        for (String name : all) {
            if (!handles.containsKey(name)) peer(name);
            subscribes(name, mask);
            grafts(name, mask.slices().toArray(Mask[]::new));
        }
        return this;
    }

    RpcMessage message(Mask mask, String payload) {
        return named(
                RouterMessages.message(config, mask, RouterMessages.utf8(payload), null, ++seqno));
    }

    RpcMessage message(Mask mask, String payload, @Nullable String author, String signature) {
        PeerId from = author == null ? null : id(author);
        return named(
                RouterMessages.message(
                        config,
                        mask,
                        RouterMessages.utf8(payload),
                        from,
                        ++seqno,
                        RouterMessages.utf8(signature)));
    }

    RpcMessage large(Mask mask, int length, int fill) {
        var payload = new byte[length];
        java.util.Arrays.fill(payload, (byte) fill);
        return named(RouterMessages.message(config, mask, payload, null, ++seqno));
    }

    Rig sends(String from, RpcMessage... messages) {
        return rpc(
                from,
                builder -> {
                    for (RpcMessage message : messages) builder.message(message);
                });
    }

    Rig sends(String from, Mask mask, String payload) {
        return sends(from, message(mask, payload));
    }

    // Time.

    Rig advance(Duration time) {
        now += time.toNanos();
        return this;
    }

    Rig millis(long millis) {
        return advance(Duration.ofMillis(millis));
    }

    /// Lets an interval pass and then a heartbeat come.
    Rig heartbeat() {
        advance(config.params().heartbeatInterval());
        router.onHeartbeat(now);
        return this;
    }

    Rig heartbeats(int count) {
        for (int i = 0; i < count; i++) heartbeat();
        return this;
    }

    Rig tick() {
        router.onTick(now);
        return this;
    }

    // What the router does.

    PublishResult publish(Mask mask, String payload) {
        return router.publish(mask, RouterMessages.utf8(payload), PublishOptions.DEFAULT, now);
    }

    Subscription subscribe(Mask mask) {
        return router.subscribe(mask, DeliveryMode.SUPERSET, now);
    }

    /// Takes what waits for a peer, as lines.
    List<String> sent(String to) {
        var lines = new ArrayList<String>();
        Integer handle = handles.get(to);
        if (handle == null) return lines;
        OutboundQueue queue = router.outbound(handle);
        for (OutboundRpc next = queue.poll(now); next != null; next = queue.poll(now)) {
            lines.addAll(lines(next));
        }
        return lines;
    }

    /// Takes what waits for all peers and forgets what happened.
    Rig clear() {
        for (String name : handles.keySet()) sent(name);
        events.clear();
        return this;
    }

    /// What happened besides sending, and forgets it.
    List<String> events() {
        var copy = List.copyOf(events);
        events.clear();
        return copy;
    }

    List<String> mesh(Mask mask) {
        return router.mesh(mask).stream().map(this::name).toList();
    }

    double score(String name) {
        return router.scores().score(handle(name));
    }

    List<String> lines(OutboundRpc sent) {
        byte[] body = sent.toBody();
        try {
            if (decoder.decode(body, 0, body.length, sentRpc) != null) return List.of("REFUSED");
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
        var lines = new ArrayList<String>();
        for (SubOpts announced : sentRpc.subscriptions()) {
            String flags =
                    (announced.requestsPartial() ? " requests" : "")
                            + (announced.supportsSendingPartial() ? " sends" : "");
            lines.add((announced.subscribe() ? "SUB " : "UNSUB ") + announced.mask() + flags);
        }
        for (int i = 0; i < sentRpc.messageCount(); i++) {
            RpcMessage message = sentRpc.message(i);
            lines.add(
                    message.dataLength() > 40
                            ? "MSG large"
                            : "MSG " + RouterMessages.text(message));
        }
        if (sentRpc.hasExtensions()) lines.add("EXT");
        if (sentRpc.testMessage()) lines.add("TEST");
        Rpc.PartialMessage partial = sentRpc.partial();
        if (partial != null) lines.add("PARTIAL " + text(partial));
        for (int i = 0; i < sentRpc.ihaveCount(); i++) {
            var all = new ArrayList<String>();
            for (int id = sentRpc.ihaveFirst(i); id < sentRpc.ihaveEnd(i); id++) {
                all.add(payload(sentRpc.ihaveIdOffset(id), sentRpc.ihaveIdLength(id)));
            }
            Mask mask = Mask.of(body, sentRpc.ihaveMaskOffset(i), sentRpc.ihaveMaskLength(i));
            lines.add("IHAVE " + mask + " " + all.stream().sorted().toList());
        }
        if (sentRpc.iwantCount() > 0) {
            var all = new ArrayList<String>();
            for (int i = 0; i < sentRpc.iwantCount(); i++) {
                all.add(payload(sentRpc.iwantOffset(i), sentRpc.iwantLength(i)));
            }
            lines.add("IWANT " + all.stream().sorted().toList());
        }
        for (int i = 0; i < sentRpc.graftCount(); i++) lines.add("GRAFT " + sentRpc.graftMask(i));
        for (int i = 0; i < sentRpc.pruneCount(); i++) {
            String offered =
                    sentRpc.prunePeers(i).stream().map(this::offer).sorted().toList().toString();
            String line = "PRUNE " + sentRpc.pruneMask(i) + " " + sentRpc.pruneBackoff(i) + "s";
            lines.add(sentRpc.prunePeerCount(i) == 0 ? line : line + " " + offered);
        }
        if (sentRpc.idontwantCount() > 0) {
            var all = new ArrayList<String>();
            for (int i = 0; i < sentRpc.idontwantCount(); i++) {
                all.add(payload(sentRpc.idontwantOffset(i), sentRpc.idontwantLength(i)));
            }
            lines.add("IDONTWANT " + all.stream().sorted().toList());
        }
        return lines;
    }

    static String text(Rpc.PartialMessage partial) {
        byte[] parts = partial.partialMessage();
        byte[] metadata = partial.partsMetadata();
        return "%s %s parts=%s has=%s"
                .formatted(
                        partial.topic().text(),
                        new String(partial.groupId(), StandardCharsets.UTF_8),
                        parts == null ? "-" : new String(parts, StandardCharsets.UTF_8),
                        metadata == null ? "-" : HexFormat.of().formatHex(metadata));
    }

    private String offer(PxPeer offered) {
        try {
            String peer = name(PeerId.fromBytes(offered.peerId()));
            return offered.signedRecord() == null ? peer : peer + "+record";
        } catch (MalformedException _) {
            return "?";
        }
    }

    private String payload(int offset, int length) {
        String hex = HexFormat.of().formatHex(sentRpc.array(), offset, offset + length);
        return payloads.getOrDefault(hex, hex);
    }

    /// Answers the oldest open ticket.
    Rig verdict(Verdict verdict) {
        long ticket = tickets.removeFirst();
        waiting.remove(ticket);
        router.onValidated(ticket, verdict, now);
        return this;
    }

    Rig invalidSignature() {
        long ticket = tickets.removeFirst();
        waiting.remove(ticket);
        router.onInvalidSignature(ticket, now);
        return this;
    }

    Rig throttled() {
        long ticket = tickets.removeFirst();
        waiting.remove(ticket);
        router.onThrottled(ticket, now);
        return this;
    }

    @Override
    public void writable(int peer) {}

    @Override
    public boolean validates(Mask mask, RpcMessage message) {
        return validates && validated.test(message);
    }

    @Override
    public void validate(long ticket, RpcMessage message, int fromPeer) {
        tickets.add(ticket);
        waiting.put(ticket, message);
        events.add("validate " + RouterMessages.text(message) + " from " + name(fromPeer));
    }

    @Override
    public boolean deliver(Subscription subscription, RpcMessage message, int fromPeer) {
        if (!delivers) return false;
        String payload = new String(message.data(), StandardCharsets.UTF_8);
        events.add("deliver " + payload + " to " + subscription.mask() + " from " + name(fromPeer));
        return true;
    }

    @Override
    public void connect(PeerId peer, byte @Nullable [] signedRecord) {
        events.add("connect " + name(peer) + (signedRecord == null ? "" : " with record"));
    }

    @Override
    public void disconnect(int peer, String reason) {
        events.add("disconnect " + name(peer) + ": " + reason);
    }

    @Override
    public void resetStream(int peer, String reason) {
        events.add("reset " + name(peer) + ": " + reason);
    }

    @Override
    public void protect(PeerId peer, String tag) {
        events.add("protect " + name(peer) + " " + tag);
    }

    @Override
    public void unprotect(PeerId peer, String tag) {
        events.add("unprotect " + name(peer) + " " + tag);
    }

    @Override
    public void value(PeerId peer, String tag, int value) {
        values.put(name(peer) + " " + tag, value);
    }

    @Override
    public void subscriber(int peer, Mask slice, boolean joined) {
        events.add((joined ? "join " : "leave ") + name(peer) + " " + slice);
    }

    @Override
    public void advertise(Mask slice, boolean wanted) {
        events.add((wanted ? "advertise " : "unadvertise ") + slice);
    }

    @Override
    public void findPeers(Mask mask) {
        events.add("find peers for " + mask);
    }

    @Override
    public void partial(int fromPeer, Rpc.PartialMessage message) {
        events.add("partial " + text(message) + " from " + name(fromPeer));
    }

    @Override
    public void trace(TraceEvent event) {
        traces.add(event);
    }
}
