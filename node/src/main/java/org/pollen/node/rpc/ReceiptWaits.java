package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Hash32;
import org.pollen.node.chain.ChainRelay;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.Inclusion;

/// Calls that wait until a transaction is in a block: `eth_sendRawTransactionSync`.
///
/// A call waits as long as its client says, at most [#LONGEST]; at most [#WAITING_MAX] wait at
/// once, since each keeps its connection. Source: mempool.md 10.2.
final class ReceiptWaits {
    /// Calls that wait at once, of one listener.
    static final int WAITING_MAX = 1000;

    /// How long a call waits that does not say.
    static final Duration USUAL = Duration.ofSeconds(20);

    /// How long a call may wait; one that asks for more waits so long.
    static final Duration LONGEST = Duration.ofSeconds(60);

    private static final int TIMED_OUT = 4;

    private final ChainSource chain;
    private final @Nullable ChainRelay relay; // who has the receipts, where that is not the chain
    private final Map<Hash32, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    ReceiptWaits(ChainSource chain) {
        this.chain = chain;
        this.relay = chain.relay();
    }

    /// Takes a place, before anything is submitted.
    ///
    /// @return gives it back
    Runnable enter() {
        if (count.incrementAndGet() > WAITING_MAX) {
            count.decrementAndGet();
            throw RpcError.limit("too many calls wait for a receipt");
        }
        return count::decrementAndGet;
    }

    /// The time that a parameter asks for; a number of milliseconds, or a quantity.
    static Duration time(Params params, int index) {
        if (!params.has(index)) return USUAL;
        var millis = params.quantity(index);
        if (millis.signum() == 0) return USUAL;
        return millis.bitLength() > 31 || millis.longValue() > LONGEST.toMillis()
                ? LONGEST
                : Duration.ofMillis(millis.longValue());
    }

    /// The receipt, once there is one; fails with code 4 when the time is over.
    CompletableFuture<JsonNode> receipt(Hash32 hash, Duration time) {
        CompletableFuture<JsonNode> receipt =
                waiting.computeIfAbsent(hash, _ -> new CompletableFuture<>());
        onHead(); // the block may have come between the answer of the pool and this
        return receipt.copy()
                .orTimeout(time.toNanos(), TimeUnit.NANOSECONDS)
                .exceptionally(_ -> {
                    throw new RpcError(
                            TIMED_OUT,
                            "The transaction was added to the transaction pool but wasn't processed"
                                    + " in "
                                    + text(time)
                                    + ".",
                            TextNode.valueOf(hash.toString()));
                })
                .whenComplete((_, _) -> waiting.remove(hash, receipt));
    }

    /// The head changed.
    void onHead() {
        for (var one : List.copyOf(waiting.entrySet())) {
            Optional<Inclusion> place = chain.inclusion(one.getKey());
            if (place.isEmpty()) continue;
            if (relay != null) {
                ask(relay, one.getKey(), one.getValue());
            } else if (waiting.remove(one.getKey(), one.getValue())) {
                one.getValue().complete(ChainJson.receipt(place.get()));
            }
        }
    }

    /// Asks the client that has the receipts. One that does not have it yet, or does not answer, is
    /// asked again with the next head.
    private void ask(ChainRelay client, Hash32 hash, CompletableFuture<JsonNode> receipt) {
        var _ =
                client.call(
                                "eth_getTransactionReceipt",
                                JsonNodeFactory.instance.arrayNode().add(hash.toString()))
                        .thenAccept(found -> {
                            if (found.isObject() && waiting.remove(hash, receipt)) {
                                receipt.complete(found);
                            }
                        });
    }

    /// Calls that wait.
    int waiting() {
        return count.get();
    }

    /// As the reference client writes durations: 1.5s, 250ms.
    private static String text(Duration time) {
        long millis = time.toMillis();
        return millis < 1000
                ? millis + "ms"
                : "%s%ss"
                        .formatted(
                                millis / 1000,
                                millis % 1000 == 0
                                        ? ""
                                        : "."
                                                + String.format("%03d", millis % 1000)
                                                        .replaceAll("0+$", ""));
    }
}
