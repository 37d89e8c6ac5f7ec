package org.pollen.node.devnet;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccountSnapshot;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.PooledBlob;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.StateView;
import org.pollen.node.NodeRuntime;
import org.pollen.node.chain.DevChain;
import org.pollen.node.pool.BlobDesk;

/// Whether every node's pool agrees with the chain: same head, executable runs that begin at the
/// account's nonce and have no gap, nothing that is included already, affordable one by one; and
/// whether all pools hold the same executable transactions.
final class ConsistencyCheck {
    private static final int PROBLEMS_MAX = 10;

    private final DevChain chain;
    private final List<NodeRuntime> nodes;

    ConsistencyCheck(DevChain chain, List<NodeRuntime> nodes) {
        this.chain = chain;
        this.nodes = nodes;
    }

    /// What is wrong, in words; empty if nothing is.
    List<String> problems() {
        var problems = new ArrayList<String>();
        StateView state =
                chain.stateAt(chain.head())
                        .orElseThrow(() -> new IllegalStateException("no state at the head"));
        Set<Hash32> first = null;
        for (NodeRuntime node : nodes) {
            var service = node.pool();
            if (service == null) continue;
            PoolSnapshot pool = service.snapshot();
            String name = node.setup().name();
            if (!pool.head().hash().equals(chain.head().hash())) {
                problems.add(name + " follows block " + pool.head().number());
                continue;
            }
            var executable = new HashSet<Hash32>();
            pool.forEachAccount(account -> account(name, account, state, executable, problems));
            blobs(name, service.blobs(), state, executable, problems);
            if (first == null) first = executable;
            else if (!first.equals(executable)) {
                problems.add(
                        "%s holds %d executable transactions, the first node %d"
                                .formatted(name, executable.size(), first.size()));
            }
        }
        return problems.subList(0, Math.min(PROBLEMS_MAX, problems.size()));
    }

    private static void blobs(
            String name,
            @Nullable BlobDesk desk,
            StateView state,
            Set<Hash32> executable,
            List<String> problems) {
        BlobPoolSnapshot blobs = desk == null ? null : desk.snapshot();
        if (blobs == null) return;
        blobs.forEachAccount(account -> {
            long expected = state.account(account.address()).nonce();
            for (PooledBlob blob : account.blobs()) {
                executable.add(blob.hash());
                if (blob.nonce() != expected++) {
                    problems.add(
                            "%s: %s has a blob at nonce %d"
                                    .formatted(name, account.address(), blob.nonce()));
                }
            }
        });
    }

    private static void account(
            String name,
            AccountSnapshot account,
            StateView state,
            Set<Hash32> executable,
            List<String> problems) {
        var onChain = state.account(account.address());
        long expected = onChain.nonce();
        for (PooledTransaction pooled : account.pending()) {
            var tx = pooled.transaction();
            executable.add(tx.hash());
            if (tx.nonce() != expected) {
                problems.add(
                        "%s: %s has nonce %d where %d is next"
                                .formatted(name, account.address(), tx.nonce(), expected));
                return;
            }
            if (tx.cost().compareTo(onChain.balance()) > 0) {
                problems.add(name + ": " + account.address() + " cannot pay for " + tx.hash());
            }
            expected++;
        }
        for (PooledTransaction pooled : account.queued()) {
            long nonce = pooled.transaction().nonce();
            if (nonce < onChain.nonce()) {
                problems.add(
                        "%s: %s still queues nonce %d, the chain is at %d"
                                .formatted(name, account.address(), nonce, onChain.nonce()));
            }
        }
    }
}
