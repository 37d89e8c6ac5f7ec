package org.pollen.node;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.pollen.mempool.Hash32;
import org.pollen.node.pool.PoolService;

/// What the owner of a node may do to its pool: `drop HASH`.
final class PoolControl implements Function<String, CompletableFuture<String>> {
    private final PoolService pool;

    PoolControl(PoolService pool) {
        this.pool = pool;
    }

    @Override
    public CompletableFuture<String> apply(String line) {
        String[] words = line.split(" ", -1);
        if (words.length != 2 || !words[0].equals("drop")) {
            return CompletableFuture.completedFuture("error there is only: drop HASH");
        }
        try {
            Hash32 hash = Hash32.parse(words[1]);
            return pool.drop(hash).thenApply(dropped -> dropped ? "dropped" : "unknown");
        } catch (IllegalArgumentException e) {
            return CompletableFuture.completedFuture("error " + e.getMessage());
        }
    }
}
