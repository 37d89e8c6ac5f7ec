package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The subscriptions of one listener in all its namespaces, and who pushes to them.
///
/// An event is encoded once for all its readers. A reader whose socket does not take it loses the
/// subscription, with a last notice; nobody waits for anybody. Any thread may call.
///
/// Source: operations.md 7; mempool.md 10.4.
public final class Subscriptions {
    /// Subscriptions of one listener at once.
    public static final int SUBSCRIPTIONS_MAX = 1000;

    /// Subscriptions of one socket at once.
    public static final int PER_SOCKET_MAX = 32;

    private final RandomGenerator random;
    private final RpcMetrics metrics;
    private final Map<String, Subscription> live = new ConcurrentHashMap<>();

    /// What can be subscribed to: a kind, and the topic where a kind has several.
    ///
    /// @param namespace of the methods that begin and end it
    /// @param label the value of the metrics' label
    /// @param detail which one of its kind; empty where there is one only
    record Feed(String namespace, String label, String detail) {
        Feed(String namespace, String label) {
            this(namespace, label, "");
        }
    }

    private static final class Subscription {
        final String id;
        final Feed feed;
        final RpcPush push;
        volatile boolean active; // once its id has been sent

        Subscription(String id, Feed feed, RpcPush push) {
            this.id = id;
            this.feed = feed;
            this.push = push;
        }

        byte[] message(String key, byte[] value) {
            byte[] head =
                    ("{\"jsonrpc\":\"2.0\",\"method\":\""
                                    + feed.namespace
                                    + "_subscription\",\"params\":{\"subscription\":\""
                                    + id
                                    + "\",\""
                                    + key
                                    + "\":")
                            .getBytes(StandardCharsets.UTF_8);
            byte[] message = new byte[head.length + value.length + 2];
            System.arraycopy(head, 0, message, 0, head.length);
            System.arraycopy(value, 0, message, head.length, value.length);
            message[message.length - 2] = '}';
            message[message.length - 1] = '}';
            return message;
        }
    }

    /// Nobody listens yet.
    ///
    /// @param random makes ids that others cannot guess
    public Subscriptions(RandomGenerator random, RpcMetrics metrics) {
        this.random = random;
        this.metrics = metrics;
    }

    /// Which feed the parameters mean.
    @FunctionalInterface
    interface Choice {
        /// Chooses, or throws [RpcError].
        Feed feed(Params params);
    }

    /// Serves the two methods of a namespace.
    ///
    /// @param first told once the id was sent, to give the reader what it missed
    void register(RpcMethods methods, String namespace, Choice choice, First first) {
        methods.addImmediate(
                        namespace + "_subscribe",
                        3,
                        (params, session) -> subscribe(choice, first, params, session))
                .addImmediate(
                        namespace + "_unsubscribe",
                        1,
                        (params, session) -> unsubscribe(params.string(0), session));
    }

    /// What a new reader gets before anything happens.
    @FunctionalInterface
    interface First {
        /// A JSON value; null for nothing.
        byte @Nullable [] of(Feed feed);
    }

    /// Live subscriptions.
    int size() {
        return live.size();
    }

    /// Whether somebody reads a feed.
    boolean read(Feed feed) {
        for (Subscription subscription : live.values()) {
            if (subscription.active && subscription.feed.equals(feed)) return true;
        }
        return false;
    }

    /// The feeds of a namespace that somebody reads, each once.
    List<Feed> feeds(String namespace) {
        return live.values().stream()
                .filter(one -> one.active && one.feed.namespace.equals(namespace))
                .map(one -> one.feed)
                .distinct()
                .toList();
    }

    /// Sends a JSON value to all readers of a feed.
    void publish(Feed feed, byte[] result) {
        for (Subscription reader : List.copyOf(live.values())) {
            if (!reader.active || !reader.feed.equals(feed)) continue;
            if (!live.containsKey(reader.id)) continue; // dropped while this event was sent
            if (!reader.push.offer(reader.message("result", result))) drop(reader);
        }
    }

    private JsonNode subscribe(Choice choice, First first, Params params, RpcSession session) {
        RpcPush push = session.push();
        if (push == null) throw new RpcError(RpcError.NO_METHOD, "notifications not supported");
        Feed feed = choice.feed(params);
        int own = 0;
        for (Subscription other : live.values()) if (other.push.equals(push)) own++;
        if (own >= PER_SOCKET_MAX || live.size() >= SUBSCRIPTIONS_MAX) {
            throw RpcError.limit("too many subscriptions");
        }
        var subscription = new Subscription(EthFilters.id(random), feed, push);
        live.put(subscription.id, subscription);
        metrics.subscriptions(feed.label, 1);
        session.afterAnswer(() -> {
            byte[] missed = first.of(feed);
            if (missed != null) push.offer(subscription.message("result", missed));
            subscription.active = true;
        });
        push.onClose(() -> remove(subscription.id));
        return TextNode.valueOf(subscription.id);
    }

    static RpcError unknown(String name, String namespace) {
        return new RpcError(
                RpcError.NO_METHOD,
                "no \"" + name + "\" subscription in " + namespace + " namespace");
    }

    private JsonNode unsubscribe(String id, RpcSession session) {
        Subscription known = live.get(id);
        if (session.push() == null || known == null || !known.push.equals(session.push())) {
            throw RpcError.server("subscription not found");
        }
        return BooleanNode.valueOf(remove(id) != null);
    }

    private @Nullable Subscription remove(String id) {
        Subscription gone = live.remove(id);
        if (gone != null) metrics.subscriptions(gone.feed.label, -1);
        return gone;
    }

    private void drop(Subscription reader) {
        if (remove(reader.id) == null) return;
        metrics.notificationsDropped(reader.feed.label);
        byte[] why =
                "{\"code\":-32005,\"message\":\"subscription dropped: the reader is too slow\"}"
                        .getBytes(StandardCharsets.US_ASCII);
        reader.push.offerLast(reader.message("error", why));
    }

    /// Labels of the feeds there are, for counters that begin at zero.
    static List<String> labels() {
        var labels = new ArrayList<String>();
        for (EthSubscriptions.Kind kind : EthSubscriptions.Kind.values()) labels.add(kind.label());
        labels.addAll(GossipFeeds.LABELS);
        return labels;
    }
}
