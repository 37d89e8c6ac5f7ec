package org.pollen.node.ops;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Connection;
import org.pollen.mempool.AccountSnapshot;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.TransactionSource;
import org.pollen.node.NodeEvents;
import org.pollen.node.NodeRuntime;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.gossip.GossipView;
import org.pollen.node.pool.PoolService;
import org.pollen.peer.PeerId;
import org.pollen.router.RouterSnapshot;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.PeerScoreSnapshot;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScoreComponent;
import org.pollen.scoring.ScoreOffence;
import org.pollen.scoring.TopicScoreSnapshot;

/// The state that the live page draws, as JSON of schema 1. Every list is capped and ordered.
///
/// Source: operations.md 12. Made by one thread, fed by the chain's.
final class StateView {
    private static final int PEERS_MAX = 200;
    private static final int ACCOUNTS_MAX = 60;
    private static final int BLOCKS_KEPT = 40;
    private static final int REORGS_KEPT = 20;
    private static final List<ScoreComponent> COMPONENTS =
            List.of(
                    ScoreComponent.P1,
                    ScoreComponent.P2,
                    ScoreComponent.P3,
                    ScoreComponent.P3B,
                    ScoreComponent.P4,
                    ScoreComponent.P5,
                    ScoreComponent.P6,
                    ScoreComponent.P7);

    private record SeenBlock(ChainBlock block, boolean abandoned) {}

    private record Reorg(long at, int depth, int reinjected) {}

    private final NodeRuntime node;
    private final NodeRoutes routes;
    private final ObjectMapper json;
    private final ArrayDeque<SeenBlock> blocks = new ArrayDeque<>();
    private final ArrayDeque<Reorg> reorgs = new ArrayDeque<>();
    private final Map<String, Double> lastTotals = new HashMap<>();
    private long lastAt;

    StateView(NodeRuntime node, NodeRoutes routes, ObjectMapper json) {
        this.node = node;
        this.routes = routes;
        this.json = json;
    }

    synchronized void headChanged(HeadChange change) {
        for (ChainBlock gone : change.removed()) {
            blocks.removeIf(seen -> seen.block.hash().equals(gone.hash()));
            blocks.add(new SeenBlock(gone, true));
        }
        for (ChainBlock added : change.added()) blocks.add(new SeenBlock(added, false));
        while (blocks.size() > BLOCKS_KEPT) blocks.removeFirst();
    }

    synchronized void reorganised(HeadChange change) {
        int before = change.removed().stream().mapToInt(b -> b.transactions().size()).sum();
        var after = new java.util.HashSet<Object>();
        change.added().forEach(b -> b.transactions().forEach(tx -> after.add(tx.hash())));
        long back =
                change.removed().stream()
                        .flatMap(b -> b.transactions().stream())
                        .filter(tx -> !after.contains(tx.hash()))
                        .count();
        assert back <= before;
        reorgs.add(new Reorg(change.newHead().number(), change.removed().size(), (int) back));
        while (reorgs.size() > REORGS_KEPT) reorgs.removeFirst();
    }

    ObjectNode make(long seq, long wallMillis, long now) {
        ObjectNode root = json.createObjectNode();
        root.put("schema", 1).put("seq", seq).put("now", wallMillis);
        self(root, now);
        GossipView view = node.gossip().view();
        params(root);
        topics(root, view);
        Map<PeerId, String> names = names();
        peers(root, view, names);
        graph(root, view, names);
        traffic(root, view, now);
        PoolService pool = node.pool();
        if (pool == null) {
            root.putNull("pool").putNull("chain");
        } else {
            pool(root, pool.snapshot());
            chain(root, pool);
        }
        ArrayNode events = root.putArray("events");
        for (NodeEvents.Event event : node.events().list()) {
            events.addObject()
                    .put("t", event.at())
                    .put("kind", event.kind())
                    .put("text", event.text());
        }
        return root;
    }

    private void self(ObjectNode root, long now) {
        Map<String, String> checks = routes.checks();
        ObjectNode self = root.putObject("node");
        self.put("id", node.host().peerId().toString())
                .put("short", node.host().peerId().abbreviated())
                .put("name", node.setup().name())
                .put("agent", org.pollen.node.Version.CURRENT.agent())
                .put("dialect", node.setup().dialect())
                .put("uptimeMs", (now - routes.started()) / 1_000_000)
                .put("ready", checks.values().stream().allMatch("ok"::equals));
        ObjectNode checkNode = self.putObject("checks");
        checks.forEach(checkNode::put);
        if (!routes.inNetwork()) {
            root.putNull("devnet");
            return;
        }
        ArrayNode nodes = root.putObject("devnet").putArray("nodes");
        for (NodeRuntime one : routes.nodes()) {
            var ops = one.setup().ops();
            nodes.addObject()
                    .put("name", one.setup().name())
                    .put("id", one.host().peerId().toString())
                    .put("role", one.setup().role())
                    .put(
                            "url",
                            ops == null
                                    ? ""
                                    : "http://"
                                            + ops.getAddress().getHostAddress()
                                            + ":"
                                            + ops.getPort()
                                            + "/");
        }
    }

    private void params(ObjectNode root) {
        PeerScoreThresholds thresholds = node.setup().thresholds();
        root.putObject("params")
                .put("d", node.setup().router().meshTarget())
                .put("dLo", node.setup().router().meshLow())
                .put("dHi", node.setup().router().meshHigh())
                .put("heartbeatMs", node.setup().router().heartbeatInterval().toMillis())
                .putObject("thresholds")
                .put("gossip", thresholds.gossipThreshold())
                .put("publish", thresholds.publishThreshold())
                .put("graylist", thresholds.graylistThreshold())
                .put("acceptPx", thresholds.acceptPXThreshold())
                .put("opportunistic", thresholds.opportunisticGraftThreshold());
    }

    private void topics(ObjectNode root, @Nullable GossipView view) {
        ArrayNode topics = root.putArray("topics");
        if (view == null) return;
        for (RouterSnapshot.Topic topic : view.snapshot().topics()) {
            ObjectNode one =
                    topics.addObject()
                            .put("name", node.gossip().nameOf(topic.mask()))
                            .put("mask", topic.mask().hex())
                            .put("bits", topic.mask().bitCount())
                            .put("subscribers", topic.subscribers());
            ArrayNode mesh = one.putArray("mesh");
            topic.mesh().forEach(id -> mesh.add(id.toString()));
        }
    }

    /// Names of the nodes of a devnet by peer id.
    private Map<PeerId, String> names() {
        var names = new LinkedHashMap<PeerId, String>();
        if (routes.inNetwork()) {
            for (NodeRuntime one : routes.nodes())
                names.put(one.host().peerId(), one.setup().name());
        }
        return names;
    }

    private void peers(ObjectNode root, @Nullable GossipView view, Map<PeerId, String> names) {
        ArrayNode peers = root.putArray("peers");
        if (view == null) return;
        view.snapshot().peers().stream()
                .sorted(Comparator.comparingDouble(peer -> -peer.score().score()))
                .limit(PEERS_MAX)
                .forEach(peer -> peer(peers.addObject(), peer, view.snapshot(), names));
    }

    private void peer(
            ObjectNode out,
            RouterSnapshot.PeerView peer,
            RouterSnapshot snapshot,
            Map<PeerId, String> names) {
        PeerScoreSnapshot score = peer.score();
        out.put("id", peer.id().toString())
                .put("short", peer.id().abbreviated())
                .put("name", names.getOrDefault(peer.id(), ""))
                .put("dir", peer.outbound() ? "out" : "in")
                .put("protocol", peer.protocol().id())
                .put("score", rounded(score.score()));
        Connection connection = node.host().connection(peer.id()).orElse(null);
        if (connection != null) {
            out.put("address", connection.remoteAddress().toString());
            out.put(
                    "agent",
                    connection.identify().map(i -> printable(i.agentVersion())).orElse(""));
            if (connection.rttNanos().isPresent()) {
                out.put("rttMs", rounded(connection.rttNanos().getAsLong() / 1e6));
            }
        }
        ArrayNode parts = out.putArray("p");
        COMPONENTS.forEach(component -> parts.add(rounded(score.contribution(component))));
        ArrayNode meshes = out.putArray("mesh");
        for (RouterSnapshot.Topic topic : snapshot.topics()) {
            if (topic.mesh().contains(peer.id())) meshes.add(node.gossip().nameOf(topic.mask()));
        }
        out.put("gates", gates(score.score()));
        ArrayNode reasons = out.putArray("reasons");
        score.reasons().stream()
                .limit(5)
                .forEach(reason ->
                        reasons.add(
                                "%s %.3f: %s"
                                        .formatted(
                                                reason.component().symbol(),
                                                reason.contribution(),
                                                named(reason.text(), score))));
    }

    private String gates(double score) {
        PeerScoreThresholds t = node.setup().thresholds();
        if (score < t.graylistThreshold()) return "graylisted";
        if (score < t.publishThreshold()) return "publish-gated";
        if (score < t.gossipThreshold()) return "gossip-gated";
        return score < 0 ? "negative" : "";
    }

    /// Everything about one peer's score: what `score explain` and a click show.
    ObjectNode explain(RouterSnapshot.PeerView peer) {
        PeerScoreSnapshot score = peer.score();
        ObjectNode root =
                json.createObjectNode()
                        .put("schema", 1)
                        .put("id", peer.id().toString())
                        .put("score", score.score())
                        .put("gates", gates(score.score()));
        ObjectNode parts = root.putObject("components");
        for (ScoreComponent component : ScoreComponent.values()) {
            parts.put(component.toString(), score.contribution(component));
        }
        ArrayNode topics = root.putArray("topics");
        for (TopicScoreSnapshot topic : score.topics()) {
            topics.addObject()
                    .put("topic", routes.topicName(topic.key()))
                    .put("inMesh", topic.inMesh())
                    .put("active", topic.active())
                    .put("timeInMeshMs", topic.timeInMeshNanos() / 1_000_000)
                    .put("firstMessageDeliveries", topic.firstMessageDeliveries())
                    .put("meshMessageDeliveries", topic.meshMessageDeliveries())
                    .put("meshFailurePenalty", topic.meshFailurePenalty())
                    .put("invalidMessageDeliveries", topic.invalidMessageDeliveries())
                    .put("topicWeight", topic.params().topicWeight());
        }
        root.put("appSpecificScore", score.appSpecificScore());
        root.put("ipColocationFactor", score.ipColocationFactor());
        root.put("behaviourPenalty", score.behaviourPenalty());
        ArrayNode reasons = root.putArray("reasons");
        score.reasons()
                .forEach(reason ->
                        reasons.addObject()
                                .put("component", reason.component().symbol())
                                .put("contribution", reason.contribution())
                                .put("text", named(reason.text(), score)));
        ArrayNode lines = root.putArray("lines");
        for (String line : score.explain()) lines.add(named(line, score));
        ArrayNode offences = root.putArray("offences");
        score.offences().forEach(offence -> offences.add(text(offence, score.atNanos())));
        return root;
    }

    /// A text with the topics' names instead of the digits of their masks.
    private String named(String text, PeerScoreSnapshot score) {
        String named = text;
        for (TopicScoreSnapshot topic : score.topics()) {
            named = named.replace(topic.key(), routes.topicName(topic.key()));
        }
        return named;
    }

    /// One thing that cost a peer score, for people: when, what, where, how much.
    private String text(ScoreOffence offence, long now) {
        BehaviourPenalty penalty = offence.penalty();
        String what =
                penalty != null
                        ? penalty.text()
                        : offence.component() == ScoreComponent.P4
                                ? "invalid message"
                                : "left the mesh with a deficit";
        return "%.0f s before: %s%s, %s counter +%.3f"
                .formatted(
                        Math.max(0, now - offence.atNanos()) / 1e9,
                        what,
                        offence.topic().isEmpty() ? "" : " in " + routes.topicName(offence.topic()),
                        offence.component().symbol(),
                        offence.amount());
    }

    private void graph(ObjectNode root, @Nullable GossipView view, Map<PeerId, String> names) {
        ArrayNode vertices = root.putArray("vertices");
        ArrayNode edges = root.putArray("edges");
        if (view == null) return;
        if (!routes.inNetwork()) {
            vertex(vertices, node.host().peerId(), node.setup().name(), "honest", null);
            for (RouterSnapshot.PeerView peer : view.snapshot().peers()) {
                vertex(
                        vertices,
                        peer.id(),
                        peer.id().abbreviated(),
                        "honest",
                        peer.score().score());
            }
            edges(edges, node, view, true);
            return;
        }
        for (NodeRuntime one : routes.nodes()) {
            Double score = null;
            for (RouterSnapshot.PeerView peer : view.snapshot().peers()) {
                if (peer.id().equals(one.host().peerId())) score = peer.score().score();
            }
            String name = names.getOrDefault(one.host().peerId(), "");
            vertex(vertices, one.host().peerId(), name, one.setup().role(), score);
        }
        for (RouterSnapshot.PeerView peer : view.snapshot().peers()) {
            if (!names.containsKey(peer.id())) {
                String name = peer.id().abbreviated();
                vertex(vertices, peer.id(), name, "guest", peer.score().score());
            }
        }
        for (NodeRuntime one : routes.nodes()) {
            GossipView other = one.gossip().view();
            if (other != null) edges(edges, one, other, one.equals(node));
        }
    }

    private static void vertex(
            ArrayNode out, PeerId id, String name, String role, @Nullable Double score) {
        ObjectNode vertex =
                out.addObject()
                        .put("id", id.toString())
                        .put("short", id.abbreviated())
                        .put("name", name)
                        .put("role", role);
        if (score == null) vertex.putNull("score");
        else vertex.put("score", rounded(score));
    }

    /// Mesh links once each, from the smaller id; for the node itself its other links too.
    private static void edges(ArrayNode out, NodeRuntime from, GossipView view, boolean all) {
        PeerId self = from.host().peerId();
        for (RouterSnapshot.Topic topic : view.snapshot().topics()) {
            String name = from.gossip().nameOf(topic.mask());
            for (PeerId other : topic.mesh()) {
                if (self.compareTo(other) < 0 || all) edge(out, self, other, name, "mesh");
            }
            if (!all) continue;
            for (RouterSnapshot.PeerView peer : view.snapshot().peers()) {
                if (!topic.mesh().contains(peer.id())) edge(out, self, peer.id(), name, "gossip");
            }
        }
    }

    private static void edge(ArrayNode out, PeerId a, PeerId b, String topic, String kind) {
        out.addObject()
                .put("a", a.toString())
                .put("b", b.toString())
                .put("topic", topic)
                .put("kind", kind);
    }

    private void traffic(ObjectNode root, @Nullable GossipView view, long now) {
        ObjectNode out = root.putObject("traffic");
        double seconds = lastAt == 0 ? 1 : Math.max(.001, (now - lastAt) / 1e9);
        lastAt = now;
        double received = total(view, "gossipsub_messages_received_total");
        double duplicates = total(view, "gossipsub_messages_duplicate_total");
        double published = total(view, "gossipsub_messages_published_total");
        out.put("messagesPerSecond", rate("received", received + published, seconds));
        out.put("duplicatesPerSecond", rate("duplicates", duplicates, seconds));
        out.put("duplicateRatio", received == 0 ? 0 : rounded(1 + duplicates / received));
        var host = node.host().metrics();
        out.put("bytesInPerSecond", rate("in", host.socketBytesIn(), seconds));
        out.put("bytesOutPerSecond", rate("out", host.socketBytesOut(), seconds));
        percentile(out, "p50Ms", 50);
        percentile(out, "p99Ms", 99);
        out.put("ihave", labelled(view, "gossipsub_rpc_received_total", "ihave"));
        out.put("iwant", labelled(view, "gossipsub_rpc_received_total", "iwant"));
        out.put("idontwant", labelled(view, "gossipsub_rpc_received_total", "idontwant"));
        out.put("dropped", total(view, "gossipsub_rpc_dropped_total"));
        out.put("rejected", total(view, "gossipsub_rejects_total"));
    }

    private void percentile(ObjectNode out, String name, double percent) {
        OptionalDouble value = routes.latency().percentileMillis(percent);
        if (value.isPresent()) out.put(name, rounded(value.getAsDouble()));
        else out.putNull(name);
    }

    private double rate(String name, double total, double seconds) {
        Double before = lastTotals.put(name, total);
        return before == null ? 0 : rounded(Math.max(0, total - before) / seconds);
    }

    private static double total(@Nullable GossipView view, String name) {
        return view == null ? 0 : view.total(name);
    }

    private static double labelled(@Nullable GossipView view, String name, String label) {
        if (view == null) return 0;
        return view.samples().stream()
                .filter(s -> s.name().equals(name) && s.labels().contains(label))
                .mapToDouble(org.pollen.router.RouterMetrics.Sample::value)
                .sum();
    }

    private void pool(ObjectNode root, PoolSnapshot pool) {
        var limits = node.setup().pool();
        ObjectNode out =
                root.putObject("pool")
                        .put("pending", pool.pending())
                        .put("queued", pool.queued())
                        .put("slots", pool.slots())
                        .put("pendingLimit", limits.globalSlots())
                        .put("queuedLimit", limits.globalQueue())
                        .put("slotsLimit", pool.slotsMax())
                        .put("minTip", pool.minTip().doubleValue());
        var baseFee = pool.head().baseFee();
        if (baseFee == null) out.putNull("baseFee");
        else out.put("baseFee", baseFee.doubleValue());
        var accounts = new ArrayList<AccountSnapshot>();
        pool.forEachAccount(accounts::add);
        accounts.sort(
                Comparator.comparingInt(
                                (AccountSnapshot a) -> -a.pending().size() - a.queued().size())
                        .thenComparing(AccountSnapshot::address));
        ArrayNode list = out.putArray("accounts");
        for (AccountSnapshot account :
                accounts.subList(0, Math.min(ACCOUNTS_MAX, accounts.size()))) {
            ObjectNode one =
                    list.addObject()
                            .put("address", account.address().checksummed())
                            .put("next", account.nextNonce())
                            .put("pending", account.pending().size());
            runs(one.putArray("runs"), account.queued());
        }
        ArrayNode refused = out.putArray("refused");
        for (PoolError error : PoolError.values()) {
            long count = 0;
            for (TransactionSource source : TransactionSource.values()) {
                count += pool.metrics().rejected(error, source);
            }
            if (count > 0) refused.addObject().put("error", error.name()).put("count", count);
        }
    }

    /// The unbroken runs of nonces among the queued.
    private static void runs(ArrayNode out, List<PooledTransaction> queued) {
        long from = 0;
        long to = -2;
        for (PooledTransaction pooled : queued) {
            long nonce = pooled.transaction().nonce();
            if (nonce == to + 1) {
                to = nonce;
                continue;
            }
            if (to >= 0) out.addArray().add(from).add(to);
            from = nonce;
            to = nonce;
        }
        if (to >= 0) out.addArray().add(from).add(to);
    }

    private synchronized void chain(ObjectNode root, PoolService pool) {
        ObjectNode out = root.putObject("chain");
        ChainBlock head = pool.chain().latest();
        ObjectNode headNode = out.putObject("head").put("number", head.number());
        headNode.put("hash", head.hash().toString())
                .put("txs", head.transactions().size())
                .put("timestampMs", head.header().timestamp() * 1000);
        if (head.header().baseFee() != null) {
            headNode.put("baseFee", head.header().baseFee().doubleValue());
        }
        ArrayNode recent = out.putArray("recent");
        for (SeenBlock seen : blocks) {
            recent.addObject()
                    .put("number", seen.block.number())
                    .put("hash", seen.block.hash().toString())
                    .put("txs", seen.block.transactions().size())
                    .put("gasUsed", seen.block.header().gasUsed())
                    .put("gasLimit", seen.block.header().gasLimit())
                    .put("abandoned", seen.abandoned);
        }
        ArrayNode list = out.putArray("reorgs");
        for (Reorg reorg : reorgs) {
            list.addObject()
                    .put("at", reorg.at)
                    .put("depth", reorg.depth)
                    .put("reinjected", reorg.reinjected);
        }
        out.put("reorgCount", routes.reorgs());
    }

    /// What a peer calls itself, cut and without control characters.
    private static String printable(String text) {
        String cut = text.length() > 64 ? text.substring(0, 64) : text;
        return cut.replaceAll("\\p{Cntrl}", ".");
    }

    private static double rounded(double value) {
        return Double.isFinite(value) ? Math.round(value * 1000) / 1000.0 : 0;
    }
}
