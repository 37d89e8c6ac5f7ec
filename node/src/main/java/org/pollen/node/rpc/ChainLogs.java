package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.pollen.mempool.Hash32;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainRelay;
import org.pollen.node.chain.HeadChange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The logs of new blocks of another client's chain: one question a block for all readers, and none
/// while nobody reads. Logs of blocks that leave the chain are told again as `removed`.
///
/// Blocks are asked one after the other, so readers hear of them in order.
final class ChainLogs {
    /// Blocks that wait to be asked about; later ones are left out.
    static final int WAITING_MAX = 256;

    /// Blocks whose logs are kept for the case that they leave the chain, and logs of all of them.
    static final int BLOCKS_KEPT = 64;

    static final int LOGS_KEPT = 50_000;

    private static final Logger LOG = LoggerFactory.getLogger("rpc");

    private final ChainRelay relay;
    private final BooleanSupplier read;
    private final Consumer<List<JsonNode>> sink;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Map<Hash32, List<JsonNode>> kept = new LinkedHashMap<>(); // guarded by this
    private int logsKept; // guarded by this
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

    /// @param read whether anybody wants logs
    /// @param sink takes the logs of a block, in order
    ChainLogs(ChainRelay relay, BooleanSupplier read, Consumer<List<JsonNode>> sink) {
        this.relay = relay;
        this.read = read;
        this.sink = sink;
    }

    /// The head changed; on the chain's thread.
    synchronized void onHead(HeadChange change) {
        if (!read.getAsBoolean()) {
            forgetAll();
            return;
        }
        for (ChainBlock block : change.removed()) {
            last = last.thenRun(() -> removed(block.hash()));
        }
        for (ChainBlock block : change.added()) {
            if (waiting.incrementAndGet() > WAITING_MAX) {
                waiting.decrementAndGet();
                LOG.debug("the client answers too slowly: no logs of block {}", block.number());
                continue;
            }
            last = last.thenCompose(_ -> ask(block)).exceptionally(_ -> null);
        }
    }

    private CompletableFuture<Void> ask(ChainBlock block) {
        ObjectNode criteria =
                JsonNodeFactory.instance.objectNode().put("blockHash", block.hash().toString());
        ArrayNode params = JsonNodeFactory.instance.arrayNode().add(criteria);
        return relay.call("eth_getLogs", params)
                .handle((logs, failure) -> {
                    waiting.decrementAndGet();
                    if (failure != null || !logs.isArray()) {
                        LOG.warn(
                                "no logs of block {}: {}", block.number(), String.valueOf(failure));
                    } else if (!logs.isEmpty()) {
                        var list = new ArrayList<JsonNode>(logs.size());
                        logs.forEach(list::add);
                        keep(block.hash(), list);
                        sink.accept(list);
                    }
                    return null;
                });
    }

    private synchronized void keep(Hash32 block, List<JsonNode> logs) {
        kept.put(block, logs);
        logsKept += logs.size();
        while (!kept.isEmpty() && (kept.size() > BLOCKS_KEPT || logsKept > LOGS_KEPT)) {
            var oldest = kept.values().iterator();
            logsKept -= oldest.next().size();
            oldest.remove();
        }
    }

    private synchronized void forgetAll() {
        kept.clear();
        logsKept = 0;
    }

    private void removed(Hash32 block) {
        List<JsonNode> logs;
        synchronized (this) {
            logs = kept.remove(block);
            if (logs == null) return;
            logsKept -= logs.size();
        }
        var gone = new ArrayList<JsonNode>(logs.size());
        for (JsonNode log : logs) {
            if (log instanceof ObjectNode object) gone.add(object.deepCopy().put("removed", true));
        }
        sink.accept(gone);
    }
}
