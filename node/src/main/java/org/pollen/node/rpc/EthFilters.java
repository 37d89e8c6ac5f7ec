package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainRelay;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.HeadChange;

/// Filters that are polled: what became executable, which blocks joined the chain, and logs, of
/// which the embedded chain has none and another client's chain is asked.
///
/// The newest hashes are kept once for all filters, and a filter is a place in them; one that is
/// polled too seldom misses the oldest. A filter that is not polled for five minutes is gone.
///
/// Source: operations.md 7; mempool.md 10.4.
public final class EthFilters {
    /// Filters at once.
    public static final int FILTERS_MAX = 1000;

    /// How long a filter lives without being polled.
    public static final Duration LIFETIME = Duration.ofMinutes(5);

    private static final int PENDING_KEPT = 8192;
    private static final int BLOCKS_KEPT = 1024;
    private static final int LOGS_MAX = 10_000; // of a filter that is not polled

    private final LongSupplier clock;
    private final RandomGenerator random;
    private final Ring pending = new Ring(PENDING_KEPT);
    private final Ring blocks = new Ring(BLOCKS_KEPT);
    private final Ring logs = new Ring(1); // nothing is ever put there
    private final @Nullable ChainRelay relay; // who knows the logs of the past
    private final ChainSource chain;
    private final Map<String, Filter> filters = new LinkedHashMap<>(16, 0.75f, true);

    /// The newest hashes, numbered from 0.
    private static final class Ring {
        private final @Nullable Hash32[] slots;
        private long next;

        Ring(int size) {
            slots = new Hash32[size];
        }

        void add(Hash32 hash) {
            slots[(int) (next++ % slots.length)] = hash;
        }

        ArrayNode since(long from) {
            ArrayNode hashes = JsonNodeFactory.instance.arrayNode();
            for (long i = Math.max(from, next - slots.length); i < next; i++) {
                Hash32 hash = slots[(int) (i % slots.length)];
                if (hash != null) hashes.add(hash.toString());
            }
            return hashes;
        }
    }

    private static final class Filter {
        final Ring ring;
        @Nullable LogMatch match; // of a filter for logs
        @Nullable JsonNode criteria;
        ArrayNode found = JsonNodeFactory.instance.arrayNode();
        long next;
        long polledAt;

        Filter(Ring ring, long now) {
            this.ring = ring;
            this.next = ring.next;
            this.polledAt = now;
        }
    }

    /// No filters yet.
    ///
    /// @param clock monotonic nanoseconds
    /// @param random makes ids that others cannot guess
    public EthFilters(ChainSource chain, LongSupplier clock, RandomGenerator random) {
        this.chain = chain;
        this.relay = chain.relay();
        this.clock = clock;
        this.random = random;
    }

    /// Serves the methods.
    public void register(RpcMethods methods) {
        methods.addImmediate("eth_newPendingTransactionFilter", 1, (_, _) -> create(pending))
                .addImmediate("eth_newBlockFilter", 0, (_, _) -> create(blocks))
                .addImmediate("eth_newFilter", 1, (params, _) -> createForLogs(params))
                .addImmediate("eth_getFilterChanges", 1, (params, _) -> changes(params.string(0)))
                .add("eth_getFilterLogs", 1, (params, _) -> logs(params.string(0)))
                .addImmediate("eth_uninstallFilter", 1, (params, _) -> remove(params.string(0)));
    }

    /// Transactions became executable.
    public synchronized void onPending(List<Transaction> transactions) {
        for (Transaction tx : transactions) pending.add(tx.hash());
    }

    /// The head changed.
    public synchronized void onHead(HeadChange change) {
        for (ChainBlock block : change.added()) blocks.add(block.hash());
    }

    private synchronized JsonNode create(Ring ring) {
        expire();
        if (filters.size() >= FILTERS_MAX) throw RpcError.limit("too many filters");
        String id = id(random);
        filters.put(id, new Filter(ring, clock.getAsLong()));
        return TextNode.valueOf(id);
    }

    private synchronized JsonNode createForLogs(Params params) {
        LogCriteria.check(params, 0, true, chain);
        JsonNode id = create(logs);
        Filter filter = filters.get(id.textValue());
        if (filter != null) {
            filter.criteria = params.required(0);
            filter.match = LogMatch.of(filter.criteria);
        }
        return id;
    }

    /// Whether anybody reads logs.
    synchronized boolean readsLogs() {
        expire();
        return filters.values().stream().anyMatch(filter -> filter.match != null);
    }

    /// Logs of a block joined the chain, or left it. A filter that is full is gone: its reader
    /// would not know what it missed.
    synchronized void onLogs(List<JsonNode> found) {
        for (var each = filters.values().iterator(); each.hasNext(); ) {
            Filter filter = each.next();
            LogMatch match = filter.match;
            if (match == null) continue;
            for (JsonNode log : found) if (match.test(log)) filter.found.add(log);
            if (filter.found.size() > LOGS_MAX) each.remove();
        }
    }

    private CompletableFuture<JsonNode> logs(String id) {
        JsonNode criteria = criteria(id);
        ArrayNode none = JsonNodeFactory.instance.arrayNode();
        if (relay == null) return CompletableFuture.completedFuture(none);
        return RelayedApi.call(relay, "eth_getLogs", none.add(criteria));
    }

    private synchronized JsonNode criteria(String id) {
        expire();
        Filter filter = filters.get(id);
        if (filter == null || filter.criteria == null) throw RpcError.server("filter not found");
        filter.polledAt = clock.getAsLong();
        return filter.criteria;
    }

    private synchronized JsonNode changes(String id) {
        expire();
        Filter filter = filters.get(id);
        if (filter == null) throw RpcError.server("filter not found");
        ArrayNode hashes = filter.ring.since(filter.next);
        filter.next = filter.ring.next;
        filter.polledAt = clock.getAsLong();
        if (filter.match == null) return hashes;
        ArrayNode found = filter.found;
        filter.found = JsonNodeFactory.instance.arrayNode();
        return found;
    }

    private synchronized JsonNode remove(String id) {
        expire();
        return BooleanNode.valueOf(filters.remove(id) != null);
    }

    /// The map is in the order of the last poll, so the expired ones come first.
    private void expire() {
        long now = clock.getAsLong();
        var all = filters.values().iterator();
        while (all.hasNext() && now - all.next().polledAt > LIFETIME.toNanos()) all.remove();
    }

    /// 128 bits nobody can guess.
    static String id(RandomGenerator random) {
        return "0x%016x%016x".formatted(random.nextLong(), random.nextLong());
    }
}
