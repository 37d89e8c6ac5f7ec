package org.pollen.node;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.pollen.mempool.Hash32;
import org.pollen.node.pool.DropAnswer;
import org.pollen.node.pool.PoolService;
import org.pollen.node.store.TransactionJournal;

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
            return pool.drop(hash).thenApply(this::text);
        } catch (IllegalArgumentException e) {
            return CompletableFuture.completedFuture("error " + e.getMessage());
        }
    }

    private String text(DropAnswer answer) {
        return switch (answer) {
            case DROPPED -> "dropped";
            case UNKNOWN -> "unknown";
            case NOT_WRITTEN ->
                    "error dropped from the pool, but the journal cannot be written (%s); it is tried again"
                            .formatted(trouble());
            case NOT_OPEN ->
                    "error the blob pool waits for the chain and is not open yet; try again later";
        };
    }

    private String trouble() {
        TransactionJournal journal = pool.journal();
        String trouble = journal == null ? null : journal.trouble();
        return trouble == null ? "write failed" : trouble;
    }
}
