package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.rpc.Subscriptions.Feed;

/// What the `eth` namespace pushes: new heads, what becomes executable, and logs, of which the
/// embedded chain has none and another client's chain is asked ([ChainLogs]).
///
/// Source: operations.md 7; mempool.md 10.4.
public final class EthSubscriptions {
    /// What can be subscribed to.
    enum Kind {
        NEW_HEADS("newHeads"),
        PENDING_HASHES("newPendingTransactions"),
        PENDING_FULL("newPendingTransactionsFull"),
        LOGS("logs");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        private Feed feed() {
            return new Feed("eth", label);
        }

        /// The value of the metrics' label.
        String label() {
            return label;
        }
    }

    private final Subscriptions subscriptions;
    private final ChainSource chain;

    /// Pushes to the readers of a listener.
    public EthSubscriptions(Subscriptions subscriptions, ChainSource chain) {
        this.subscriptions = subscriptions;
        this.chain = chain;
    }

    /// Serves the methods.
    public void register(RpcMethods methods) {
        subscriptions.register(methods, "eth", this::feed, _ -> null);
    }

    private Feed feed(Params params) {
        String name = params.string(0);
        return switch (name) {
            case "newHeads" -> Kind.NEW_HEADS.feed();
            case "newPendingTransactions" ->
                    (params.flag(1) ? Kind.PENDING_FULL : Kind.PENDING_HASHES).feed();
            case "logs" -> {
                LogCriteria.check(params, 1, false, chain);
                JsonNode criteria = params.optional(1);
                yield new Feed(
                        "eth", Kind.LOGS.label(), criteria == null ? "{}" : criteria.toString());
            }
            default -> throw Subscriptions.unknown(name, "eth");
        };
    }

    /// The head changed: everybody gets each block that joined the chain, lowest first.
    public void onHead(HeadChange change) {
        Feed feed = Kind.NEW_HEADS.feed();
        for (ChainBlock block : change.added()) {
            if (subscriptions.read(feed)) {
                subscriptions.publish(feed, RpcDispatcher.bytes(ChainJson.header(block)));
            }
        }
    }

    /// Whether anybody reads logs.
    boolean readsLogs() {
        return subscriptions.feeds("eth").stream().anyMatch(EthSubscriptions::ofLogs);
    }

    /// Logs of a block joined the chain, or left it.
    void onLogs(List<JsonNode> logs) {
        for (Feed feed : subscriptions.feeds("eth")) {
            if (!ofLogs(feed)) continue;
            LogMatch match = LogMatch.parse(feed.detail());
            for (JsonNode log : logs) {
                if (match.test(log)) subscriptions.publish(feed, RpcDispatcher.bytes(log));
            }
        }
    }

    private static boolean ofLogs(Feed feed) {
        return feed.label().equals(Kind.LOGS.label());
    }

    /// Transactions became executable.
    public void onPending(List<Transaction> transactions) {
        boolean hashes = subscriptions.read(Kind.PENDING_HASHES.feed());
        boolean full = subscriptions.read(Kind.PENDING_FULL.feed());
        if (!hashes && !full) return;
        for (Transaction tx : transactions) {
            if (hashes) {
                subscriptions.publish(
                        Kind.PENDING_HASHES.feed(),
                        ("\"" + tx.hash() + "\"").getBytes(StandardCharsets.US_ASCII));
            }
            if (full) {
                subscriptions.publish(
                        Kind.PENDING_FULL.feed(), RpcDispatcher.bytes(ChainJson.pending(tx)));
            }
        }
    }
}
