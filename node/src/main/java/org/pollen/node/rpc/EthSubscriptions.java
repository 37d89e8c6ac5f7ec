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
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.HeadChange;

/// Subscriptions that are pushed over a WebSocket: new heads, and what becomes executable.
///
/// An event is encoded once for all its readers. A reader whose socket does not take it loses the
/// subscription, with a last notice; nobody waits for anybody.
///
/// Source: operations.md 7; mempool.md 10.4.
public final class EthSubscriptions {
    /// Subscriptions of one listener at once.
    public static final int SUBSCRIPTIONS_MAX = 1000;

    /// Subscriptions of one socket at once.
    public static final int PER_SOCKET_MAX = 32;

    /// What can be subscribed to.
    enum Kind {
        NEW_HEADS("newHeads"),
        PENDING_HASHES("newPendingTransactions"),
        PENDING_FULL("newPendingTransactionsFull");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /// The value of the metrics' label.
        String label() {
            return label;
        }
    }

    private static final String PREFIX =
            "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"";

    private final RandomGenerator random;
    private final RpcMetrics metrics;
    private final Map<String, Subscription> live = new ConcurrentHashMap<>();

    private static final class Subscription {
        final String id;
        final Kind kind;
        final RpcPush push;
        volatile boolean active; // once its id has been sent

        Subscription(String id, Kind kind, RpcPush push) {
            this.id = id;
            this.kind = kind;
            this.push = push;
        }

        byte[] message(String key, byte[] value) {
            byte[] head = (PREFIX + id + "\",\"" + key + "\":").getBytes(StandardCharsets.UTF_8);
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
    public EthSubscriptions(RandomGenerator random, RpcMetrics metrics) {
        this.random = random;
        this.metrics = metrics;
    }

    /// Serves the methods.
    public void register(RpcMethods methods) {
        methods.addImmediate("eth_subscribe", this::subscribe)
                .addImmediate(
                        "eth_unsubscribe",
                        (params, session) -> unsubscribe(params.string(0), session));
    }

    /// The head changed: everybody gets each block that joined the chain, lowest first.
    public void onHead(HeadChange change) {
        for (ChainBlock block : change.added()) {
            List<Subscription> readers = readers(Kind.NEW_HEADS);
            if (!readers.isEmpty()) {
                publish(readers, RpcDispatcher.bytes(ChainJson.header(block)));
            }
        }
    }

    /// Transactions became executable.
    public void onPending(List<Transaction> transactions) {
        List<Subscription> hashes = readers(Kind.PENDING_HASHES);
        List<Subscription> full = readers(Kind.PENDING_FULL);
        if (hashes.isEmpty() && full.isEmpty()) return;
        for (Transaction tx : transactions) {
            if (!hashes.isEmpty()) {
                publish(hashes, ("\"" + tx.hash() + "\"").getBytes(StandardCharsets.US_ASCII));
            }
            if (!full.isEmpty()) publish(full, RpcDispatcher.bytes(ChainJson.pending(tx)));
        }
    }

    /// Live subscriptions.
    int size() {
        return live.size();
    }

    private JsonNode subscribe(Params params, RpcSession session) {
        RpcPush push = session.push();
        if (push == null) throw new RpcError(RpcError.NO_METHOD, "notifications not supported");
        Kind kind = kind(params);
        int own = 0;
        for (Subscription other : live.values()) if (other.push.equals(push)) own++;
        if (own >= PER_SOCKET_MAX || live.size() >= SUBSCRIPTIONS_MAX) {
            throw RpcError.limit("too many subscriptions");
        }
        var subscription = new Subscription(EthFilters.id(random), kind, push);
        live.put(subscription.id, subscription);
        metrics.subscriptions(kind.label, 1);
        session.afterAnswer(() -> subscription.active = true);
        push.onClose(() -> remove(subscription.id));
        return TextNode.valueOf(subscription.id);
    }

    private static Kind kind(Params params) {
        String name = params.string(0);
        return switch (name) {
            case "newHeads" -> Kind.NEW_HEADS;
            case "newPendingTransactions" ->
                    params.flag(1) ? Kind.PENDING_FULL : Kind.PENDING_HASHES;
            default ->
                    throw new RpcError(
                            RpcError.NO_METHOD,
                            "no \"" + name + "\" subscription in eth namespace");
        };
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
        if (gone != null) metrics.subscriptions(gone.kind.label, -1);
        return gone;
    }

    private List<Subscription> readers(Kind kind) {
        var readers = new ArrayList<Subscription>();
        for (Subscription subscription : live.values()) {
            if (subscription.kind == kind && subscription.active) readers.add(subscription);
        }
        return readers;
    }

    private void publish(List<Subscription> readers, byte[] result) {
        for (Subscription reader : readers) {
            if (!live.containsKey(reader.id)) continue; // dropped while this event was sent
            if (!reader.push.offer(reader.message("result", result))) drop(reader);
        }
    }

    private void drop(Subscription reader) {
        if (remove(reader.id) == null) return;
        metrics.notificationsDropped(reader.kind.label);
        byte[] why =
                "{\"code\":-32005,\"message\":\"subscription dropped: the reader is too slow\"}"
                        .getBytes(StandardCharsets.US_ASCII);
        reader.push.offerLast(reader.message("error", why));
    }
}
