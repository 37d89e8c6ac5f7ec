package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.node.NodeEvents;
import org.pollen.node.gossip.GossipView;
import org.pollen.peer.PeerId;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams;
import org.pollen.router.RouterSnapshot;
import org.pollen.scoring.PeerScoreSnapshot;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScoreComponent;
import org.pollen.scoring.SharedAddress;
import org.pollen.scoring.TopicScoreParams;
import org.pollen.scoring.TopicScoreSnapshot;

/// The `gossip` methods: topics, meshes, peers and why their scores are what they are. They read
/// what the router published after its last heartbeat, so they never wait for it.
///
/// All are read-only but `gossip_publish`, which is not on a public listener. Source: operations.md
/// 7, "own namespaces".
public final class GossipApi {
    /// Rows of an answer, unless fewer are asked for.
    static final int ROWS_MAX = 1000;

    /// Bytes that a call may publish.
    static final int PAYLOAD_MAX = 1 << 20;

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final GossipAccess gossip;

    /// The API over a node's gossip.
    public GossipApi(GossipAccess gossip) {
        this.gossip = gossip;
    }

    /// Serves the methods.
    ///
    /// @param open whether strangers may call: then nothing is served that changes anything
    public void register(RpcMethods methods, boolean open) {
        methods.addImmediate("gossip_info", 0, (_, _) -> info())
                .addImmediate("gossip_topics", 0, (_, _) -> topics())
                .addImmediate("gossip_topic", 1, (params, _) -> topic(params))
                .addImmediate("gossip_mesh", 1, (params, _) -> mesh(params))
                .addImmediate("gossip_peers", 1, (params, _) -> peers(params))
                .addImmediate("gossip_scores", 1, (params, _) -> scores(params))
                .addImmediate("gossip_trace", 1, (params, _) -> trace(params))
                .addImmediate("gossip_explainMask", 1, (params, _) -> explainMask(params));
        if (!open) methods.add("gossip_publish", 3, (params, _) -> publish(params));
    }

    private JsonNode info() {
        GossipAccess.Info info = gossip.info();
        RouterParams params = info.params();
        PeerScoreThresholds thresholds = info.thresholds();
        ObjectNode out =
                JSON.objectNode()
                        .put("peerId", info.self().toString())
                        .put("agent", info.agent())
                        .put("dialect", info.dialect())
                        .put("uptimeMs", gossip.uptimeMillis());
        ArrayNode protocols = out.putArray("protocols");
        info.protocols().forEach(protocols::add);
        out.putObject("params")
                .put("D", params.meshTarget())
                .put("Dlo", params.meshLow())
                .put("Dhi", params.meshHigh())
                .put("Dscore", params.meshScore())
                .put("Dout", params.meshOutbound())
                .put("Dlazy", params.gossipLazy())
                .put("heartbeatMs", params.heartbeatInterval().toMillis())
                .put("historyLength", params.historyLength())
                .put("historyGossip", params.historyGossip())
                .put("fanoutTtlMs", params.fanoutTtl().toMillis())
                .put("pruneBackoffMs", params.pruneBackoff().toMillis())
                .put("floodPublish", params.floodPublish())
                .put("peerExchange", params.peerExchange());
        out.putObject("thresholds")
                .put("gossip", thresholds.gossipThreshold())
                .put("publish", thresholds.publishThreshold())
                .put("graylist", thresholds.graylistThreshold())
                .put("acceptPX", thresholds.acceptPXThreshold())
                .put("opportunisticGraft", thresholds.opportunisticGraftThreshold());
        return out;
    }

    private JsonNode topics() {
        ArrayNode out = JSON.arrayNode();
        GossipView view = gossip.view();
        if (view == null) return out;
        for (RouterSnapshot.Topic topic : view.snapshot().topics()) out.add(topic(topic, view));
        for (RouterSnapshot.Fanout fanout : view.snapshot().fanouts()) {
            ObjectNode one = out.addObject();
            mask(one, fanout.mask());
            one.put("subscribed", false).put("fanout", fanout.peers().size());
        }
        return out;
    }

    private ObjectNode topic(RouterSnapshot.Topic topic, GossipView view) {
        ObjectNode out = JSON.objectNode();
        mask(out, topic.mask());
        out.put("subscribed", true)
                .put("holders", topic.subscribers())
                .put("meshSize", topic.mesh().size())
                .put("meshOutbound", topic.outbound())
                .put("maxPerPrefix", topic.maxPerPrefix())
                .put("fanout", 0);
        ArrayNode mesh = out.putArray("mesh");
        topic.mesh().forEach(id -> mesh.add(id.toString()));
        Optional<TopicScoreParams> params = gossip.info().scores().topic(topic.name());
        if (params.isPresent()) out.set("scoreParams", params(params.get()));
        else out.putNull("scoreParams");
        assert view.snapshot().topics().contains(topic);
        return out;
    }

    /// Name, digits and slices of a mask.
    private void mask(ObjectNode out, Mask mask) {
        out.put("name", gossip.nameOf(mask));
        if (dialect() == Dialect.MESHSUB) out.put("topic", mask.display(Dialect.MESHSUB));
        else out.put("mask", mask.hex());
        ArrayNode slices = out.putArray("slices");
        if (dialect() == Dialect.BLOSSOM) mask.slices().forEach(slice -> slices.add(slice.hex()));
    }

    private static ObjectNode params(TopicScoreParams params) {
        return JSON.objectNode()
                .put("topicWeight", params.topicWeight())
                .put("timeInMeshWeight", params.timeInMeshWeight())
                .put("timeInMeshQuantumMs", millis(params.timeInMeshQuantum()))
                .put("timeInMeshCap", params.timeInMeshCap())
                .put("firstMessageDeliveriesWeight", params.firstMessageDeliveriesWeight())
                .put("firstMessageDeliveriesDecay", params.firstMessageDeliveriesDecay())
                .put("firstMessageDeliveriesCap", params.firstMessageDeliveriesCap())
                .put("meshMessageDeliveriesWeight", params.meshMessageDeliveriesWeight())
                .put("meshMessageDeliveriesDecay", params.meshMessageDeliveriesDecay())
                .put("meshMessageDeliveriesThreshold", params.meshMessageDeliveriesThreshold())
                .put("meshFailurePenaltyWeight", params.meshFailurePenaltyWeight())
                .put("invalidMessageDeliveriesWeight", params.invalidMessageDeliveriesWeight())
                .put("invalidMessageDeliveriesDecay", params.invalidMessageDeliveriesDecay());
    }

    private static long millis(Duration time) {
        return time.toMillis();
    }

    private JsonNode topic(Params params) {
        Mask wanted = wanted(params, 0);
        GossipView view = gossip.view();
        if (view != null) {
            for (RouterSnapshot.Topic topic : view.snapshot().topics()) {
                if (topic.mask().equals(wanted)) return topic(topic, view);
            }
        }
        return NullNode.instance;
    }

    /// What a parameter names: a topic by its name, or a mask in digits.
    private Mask wanted(Params params, int index) {
        String text = params.string(index);
        Mask named = gossip.info().topics().get(text);
        if (named != null) return named;
        if (dialect() == Dialect.MESHSUB) return Mask.topic(text);
        String digits = text.startsWith("0x") ? text.substring(2) : text;
        if (digits.isEmpty() || digits.length() > 2 * Mask.BYTES_MAX) {
            throw RpcError.invalid(index, "want a topic's name, or the digits of a mask");
        }
        try {
            return Mask.fromHex(digits.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException _) {
            throw RpcError.invalid(
                    index,
                    "want a topic's name ("
                            + String.join(", ", gossip.info().topics().keySet())
                            + "), or the digits of a mask");
        }
    }

    private JsonNode mesh(Params params) {
        Mask only = params.has(0) ? wanted(params, 0) : null;
        ObjectNode out = JSON.objectNode();
        ArrayNode nodes = out.putArray("nodes");
        ArrayNode edges = out.putArray("edges");
        GossipView view = gossip.view();
        if (view == null) return out;
        PeerId self = gossip.info().self();
        nodes.addObject().put("id", self.toString()).put("self", true);
        Set<PeerId> members = new LinkedHashSet<>();
        for (RouterSnapshot.Topic topic : view.snapshot().topics()) {
            if (only != null && !only.equals(topic.mask())) continue;
            for (PeerId member : topic.mesh()) {
                members.add(member);
                edges.addObject()
                        .put("a", self.toString())
                        .put("b", member.toString())
                        .put("topic", gossip.nameOf(topic.mask()));
            }
        }
        for (RouterSnapshot.PeerView peer : view.snapshot().peers()) {
            if (!members.contains(peer.id())) continue;
            nodes.addObject()
                    .put("id", peer.id().toString())
                    .put("self", false)
                    .put("direction", peer.outbound() ? "outbound" : "inbound")
                    .put("score", peer.score().score())
                    .put("gates", gates(peer.score().score()));
        }
        return out;
    }

    /// Peers, worst score first, as a filter object chooses: `topic`, `minScore`, `maxScore`,
    /// `limit`.
    private JsonNode peers(Params params) {
        ArrayNode out = JSON.arrayNode();
        GossipView view = gossip.view();
        if (view == null) return out;
        JsonNode filter = params.optional(0);
        if (filter != null && !filter.isObject()) throw RpcError.invalid(0, "want an object");
        double least = number(filter, "minScore", Double.NEGATIVE_INFINITY);
        double most = number(filter, "maxScore", Double.POSITIVE_INFINITY);
        int limit = (int) Math.clamp(number(filter, "limit", ROWS_MAX), 0, ROWS_MAX);
        JsonNode topic = filter == null ? null : filter.get("topic");
        Set<PeerId> members = null;
        if (topic != null && !topic.isNull()) {
            if (!topic.isTextual()) throw RpcError.invalid(0, "topic: want a string");
            members = new LinkedHashSet<>();
            for (RouterSnapshot.Topic one : view.snapshot().topics()) {
                if (gossip.nameOf(one.mask()).equals(topic.textValue())) {
                    members.addAll(one.mesh());
                }
            }
        }
        for (RouterSnapshot.PeerView peer : sorted(view)) {
            double score = peer.score().score();
            if (out.size() == limit) break;
            if (!(score >= least && score <= most)) continue;
            if (members != null && !members.contains(peer.id())) continue;
            out.add(peer(peer, view));
        }
        return out;
    }

    private static double number(@Nullable JsonNode filter, String field, double absent) {
        JsonNode value = filter == null ? null : filter.get(field);
        if (value == null || value.isNull()) return absent;
        if (!value.isNumber()) throw RpcError.invalid(0, field + ": want a number");
        return value.doubleValue();
    }

    private static List<RouterSnapshot.PeerView> sorted(GossipView view) {
        var peers = new ArrayList<>(view.snapshot().peers());
        peers.sort(
                Comparator.comparingDouble((RouterSnapshot.PeerView p) -> p.score().score())
                        .thenComparing(RouterSnapshot.PeerView::id));
        return peers;
    }

    private ObjectNode peer(RouterSnapshot.PeerView peer, GossipView view) {
        ObjectNode out =
                JSON.objectNode()
                        .put("id", peer.id().toString())
                        .put("direction", peer.outbound() ? "outbound" : "inbound")
                        .put("direct", peer.direct())
                        .put("protocol", peer.protocol().id())
                        .put("score", peer.score().score())
                        .put("gates", gates(peer.score().score()))
                        .put("subscriptions", peer.subscriptions())
                        .put("queued", peer.queued())
                        .put("queuedBytes", peer.queuedBytes());
        Optional<GossipAccess.Link> link = gossip.link(peer.id());
        out.put("address", link.map(GossipAccess.Link::address).orElse(null))
                .put("agent", link.map(GossipAccess.Link::agent).orElse(null));
        if (link.isPresent() && link.get().rttNanos().isPresent()) {
            out.put("rttMs", link.get().rttNanos().getAsLong() / 1e6);
        } else {
            out.putNull("rttMs");
        }
        ArrayNode meshes = out.putArray("mesh");
        for (RouterSnapshot.Topic topic : view.snapshot().topics()) {
            if (topic.mesh().contains(peer.id())) meshes.add(gossip.nameOf(topic.mask()));
        }
        return out;
    }

    private JsonNode scores(Params params) {
        GossipView view = gossip.view();
        PeerId one = null;
        if (params.has(0)) {
            try {
                one = PeerId.parse(params.string(0));
            } catch (IllegalArgumentException e) {
                throw RpcError.invalid(0, Params.reason(e));
            }
        }
        ArrayNode out = JSON.arrayNode();
        if (view == null) return one == null ? out : NullNode.instance;
        for (RouterSnapshot.PeerView peer : sorted(view)) {
            if (one == null && out.size() < ROWS_MAX) out.add(score(peer));
            if (peer.id().equals(one)) return score(peer);
        }
        return one == null ? out : NullNode.instance;
    }

    /// One peer's score, taken apart: raw counters, what each contributes, and why.
    ObjectNode score(RouterSnapshot.PeerView peer) {
        PeerScoreSnapshot score = peer.score();
        ObjectNode out =
                JSON.objectNode()
                        .put("id", peer.id().toString())
                        .put("score", score.score())
                        .put("gates", gates(score.score()));
        ObjectNode weighted = out.putObject("weighted");
        for (ScoreComponent component : ScoreComponent.values()) {
            weighted.put(component.symbol(), score.contribution(component) + 0.0); // no -0.0
        }
        ObjectNode raw =
                out.putObject("raw")
                        .put("applicationScore", score.appSpecificScore())
                        .put("ipColocationFactor", score.ipColocationFactor())
                        .put("behaviourPenalty", score.behaviourPenalty())
                        .put("slowPeerPenalty", score.slowPeerPenalty());
        ArrayNode shared = raw.putArray("sharedAddresses");
        for (SharedAddress address : score.addresses()) {
            shared.addObject()
                    .put("address", address.address().toString())
                    .put("peers", address.peers());
        }
        ArrayNode topics = out.putArray("topics");
        for (TopicScoreSnapshot topic : score.topics()) {
            ObjectNode row =
                    topics.addObject()
                            .put("topic", topicName(topic.key()))
                            .put("inMesh", topic.inMesh())
                            .put("timeInMeshMs", topic.timeInMeshNanos() / 1_000_000)
                            .put("firstMessageDeliveries", topic.firstMessageDeliveries())
                            .put("meshMessageDeliveries", topic.meshMessageDeliveries())
                            .put("meshDeficit", topic.deficit())
                            .put("meshFailurePenalty", topic.meshFailurePenalty())
                            .put("invalidMessageDeliveries", topic.invalidMessageDeliveries());
            ObjectNode parts = row.putObject("weighted");
            for (ScoreComponent component :
                    List.of(
                            ScoreComponent.P1,
                            ScoreComponent.P2,
                            ScoreComponent.P3,
                            ScoreComponent.P3B,
                            ScoreComponent.P4)) {
                parts.put(component.symbol(), topic.contribution(component) + 0.0);
            }
        }
        ArrayNode reasons = out.putArray("reasons");
        score.reasons()
                .forEach(reason ->
                        reasons.addObject()
                                .put("component", reason.component().symbol())
                                .put("contribution", reason.contribution())
                                .put("text", reason.text()));
        return out;
    }

    private String topicName(String key) {
        GossipView view = gossip.view();
        if (view != null) {
            for (RouterSnapshot.Topic topic : view.snapshot().topics()) {
                if (topic.name().equals(key)) return gossip.nameOf(topic.mask());
            }
        }
        return key;
    }

    /// Which thresholds a score is below.
    private ArrayNode gatesOf(double score) {
        PeerScoreThresholds thresholds = gossip.info().thresholds();
        ArrayNode below = JSON.arrayNode();
        if (score < 0) below.add("zero");
        if (score < thresholds.gossipThreshold()) below.add("gossip");
        if (score < thresholds.publishThreshold()) below.add("publish");
        if (score < thresholds.graylistThreshold()) below.add("graylist");
        return below;
    }

    private String gates(double score) {
        ArrayNode below = gatesOf(score);
        return below.isEmpty() ? "" : "below " + below.get(below.size() - 1).textValue();
    }

    /// Events after a cursor, and the cursor for the next call.
    private JsonNode trace(Params params) {
        BigInteger since = params.has(0) ? params.quantity(0) : BigInteger.ZERO;
        long after = since.bitLength() > 62 ? Long.MAX_VALUE : since.longValue();
        List<NodeEvents.Event> kept = gossip.events();
        ObjectNode out = JSON.objectNode();
        long last = kept.isEmpty() ? 0 : kept.getLast().seq();
        long first = kept.isEmpty() ? 0 : kept.getFirst().seq();
        out.put("cursor", last).put("missed", Math.max(0, first - 1 - Math.min(after, first - 1)));
        ArrayNode events = out.putArray("events");
        for (NodeEvents.Event event : kept) {
            if (event.seq() <= after) continue;
            events.addObject()
                    .put("seq", event.seq())
                    .put("at", event.at())
                    .put("kind", event.kind())
                    .put("text", event.text());
        }
        return out;
    }

    private JsonNode explainMask(Params params) {
        if (dialect() == Dialect.MESHSUB) {
            throw RpcError.server("topics of this dialect are names, not masks");
        }
        Mask mask = wanted(params, 0);
        ObjectNode out =
                JSON.objectNode()
                        .put("mask", mask.hex())
                        .put("width", 8 * mask.length())
                        .put("bits", mask.bitCount());
        ArrayNode slices = out.putArray("slices");
        GossipView view = gossip.view();
        int holders = Integer.MAX_VALUE;
        for (Mask slice : mask.isZero() ? List.<Mask>of() : mask.slices()) {
            ObjectNode row =
                    slices.addObject()
                            .put("ordinal", ordinal(slice))
                            .put("mask", slice.hex())
                            .put("name", gossip.nameOf(slice));
            RouterSnapshot.Topic topic = joined(view, slice);
            if (topic == null) {
                row.putNull("holders").put("subscribed", false);
                holders = -1;
            } else {
                row.put("holders", topic.subscribers()).put("subscribed", true);
                holders = Math.min(holders, topic.subscribers());
            }
        }
        full(out, view, mask, holders);
        return out;
    }

    /// Peers that hold every slice: known for what was joined or is in use.
    private static void full(ObjectNode out, @Nullable GossipView view, Mask mask, int holders) {
        if (view != null) {
            for (RouterSnapshot.Composite composite : view.snapshot().composites()) {
                if (composite.mask().equals(mask)) {
                    out.put("fullHolders", composite.fullHolders());
                    return;
                }
            }
        }
        if (mask.isSlice() && holders >= 0 && holders < Integer.MAX_VALUE) {
            out.put("fullHolders", holders);
        } else {
            out.putNull("fullHolders");
        }
    }

    private static RouterSnapshot.@Nullable Topic joined(@Nullable GossipView view, Mask slice) {
        if (view == null) return null;
        for (RouterSnapshot.Topic topic : view.snapshot().topics()) {
            if (topic.mask().equals(slice)) return topic;
        }
        return null;
    }

    /// The number of the one set bit, from the most significant bit of the first byte.
    private static int ordinal(Mask slice) {
        return slice.length() * 8 - new BigInteger(1, slice.bytes()).bitLength();
    }

    private java.util.concurrent.CompletableFuture<JsonNode> publish(Params params) {
        Mask mask = wanted(params, 0);
        byte[] payload = params.data(1);
        if (payload.length > PAYLOAD_MAX) {
            throw RpcError.invalid(
                    1, "%d bytes: at most %d".formatted(payload.length, PAYLOAD_MAX));
        }
        return gossip.publish(mask, payload)
                .thenApply(result -> {
                    ObjectNode out =
                            JSON.objectNode()
                                    .put("status", result.status().label())
                                    .put("peers", result.peers());
                    var message = result.message();
                    if (message == null) out.putNull("id");
                    else out.put("id", "0x" + HexFormat.of().formatHex(message.id()));
                    if (result.reason().isEmpty()) out.putNull("reason");
                    else out.put("reason", result.reason());
                    return out;
                });
    }

    private Dialect dialect() {
        return gossip.info().params().dialect();
    }
}
