package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.pollen.node.rpc.Subscriptions.Feed;

/// What the `gossip` namespace pushes, once a second and only if it changed: `peers`, `mesh`,
/// `scores`, `alerts` and the messages of a topic. A new reader gets the whole at once.
///
/// Source: operations.md 7, "subscriptions".
public final class GossipFeeds {
    private static final String MESSAGES = "messages";
    private static final Map<String, String> SNAPSHOTS =
            Map.of("peers", "gossip_peers", "mesh", "gossip_mesh", "scores", "gossip_scores");

    /// The values of the metrics' label.
    static final List<String> LABELS =
            List.of("gossipPeers", "gossipMesh", "gossipScores", "gossipAlerts", "gossipMessages");

    private static final Set<String> KINDS = Set.of("peers", "mesh", "scores", "alerts", MESSAGES);

    private final GossipAccess gossip;
    private final Subscriptions subscriptions;
    private final RpcMethods methods;
    private final Map<Feed, byte[]> last = new ConcurrentHashMap<>();

    /// Pushes to the readers of a listener.
    ///
    /// @param methods that answer for the snapshots
    public GossipFeeds(GossipAccess gossip, Subscriptions subscriptions, RpcMethods methods) {
        this.gossip = gossip;
        this.subscriptions = subscriptions;
        this.methods = methods;
    }

    /// Serves the methods.
    public void register() {
        subscriptions.register(methods, "gossip", this::feed, this::snapshot);
    }

    private Feed feed(Params params) {
        String kind = params.string(0);
        if (!KINDS.contains(kind)) throw Subscriptions.unknown(kind, "gossip");
        String label = "gossip" + Character.toUpperCase(kind.charAt(0)) + kind.substring(1);
        if (!kind.equals(MESSAGES)) return new Feed("gossip", label, kind);
        String topic = params.string(1);
        if (!gossip.info().topics().containsKey(topic)) {
            throw RpcError.invalid(
                    1, "want one of " + String.join(", ", gossip.info().topics().keySet()));
        }
        return new Feed("gossip", label, MESSAGES + ":" + topic);
    }

    /// Once a second: what changed goes out.
    public void tick() {
        for (Feed feed : subscriptions.feeds("gossip")) {
            byte[] now = snapshot(feed);
            if (now == null || Arrays.equals(now, last.put(feed, now))) continue;
            subscriptions.publish(feed, now);
        }
        last.keySet().removeIf(feed -> !subscriptions.read(feed));
    }

    private byte @Nullable [] snapshot(Feed feed) {
        String kind = feed.detail();
        if (kind.startsWith(MESSAGES)) return messages(kind.substring(MESSAGES.length() + 1));
        if (kind.equals("alerts")) return RpcDispatcher.bytes(alerts());
        String name = SNAPSHOTS.get(kind);
        RpcMethod method = name == null ? null : methods.find(name);
        if (method == null) return null;
        JsonNode value = method.call(new Params(null), RpcSession.LOCAL).join();
        return RpcDispatcher.bytes(value);
    }

    private byte @Nullable [] messages(String topic) {
        var mask = gossip.info().topics().get(topic);
        List<String> ids = mask == null ? List.of() : gossip.arrived(mask);
        if (ids.isEmpty()) return null;
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        ids.forEach(list::add);
        return RpcDispatcher.bytes(list);
    }

    /// What is wrong now: a check of readiness that fails. Empty when all is well again.
    private JsonNode alerts() {
        ArrayNode alerts = JsonNodeFactory.instance.arrayNode();
        gossip.checks()
                .forEach((check, state) -> {
                    if (!state.equals("ok")) {
                        alerts.addObject().put("check", check).put("text", state);
                    }
                });
        return alerts;
    }
}
