package org.pollen.node.devnet;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.pollen.mempool.BaseFee;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.TransactionSigner;
import org.pollen.node.CoreLoop;
import org.pollen.node.NodeRuntime;
import org.pollen.node.chain.DevAccount;
import org.pollen.node.chain.DevChain;
import org.pollen.node.pool.PoolService;

/// Runs the load generator on a thread of its own: what it makes goes to the node that its account
/// belongs to.
final class LoadDriver implements AutoCloseable {
    private final CoreLoop loop;
    private final LongAdder submitted = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final List<PoolService> pools = new ArrayList<>();
    private volatile boolean closed;

    LoadDriver(
            DevnetOptions options,
            DevChain chain,
            List<NodeRuntime> nodes,
            RandomGenerator random) {
        for (NodeRuntime node : nodes) {
            PoolService pool = node.pool();
            if (pool != null && node.setup().role().equals("honest")) pools.add(pool);
        }
        loop = new CoreLoop("load", 64, System::nanoTime, _ -> {});
        if (options.txRate() <= 0) return;
        List<DevAccount> accounts = chain.accounts();
        List<TransactionSigner> signers = accounts.stream().map(DevAccount::signer).toList();
        var generator =
                new LoadGenerator(
                        signers,
                        chain.chainId(),
                        LoadMix.DEVNET.forBlocks(
                                chain.head().gasLimit(), options.blockTime().toNanos() / 1e9),
                        options.txRate(),
                        random,
                        loop.now());
        LoadGenerator.Accounts view =
                (account, address) -> {
                    PoolSnapshot pool = poolOf(account).snapshot();
                    var state = chain.stateAt(pool.head()).orElseGet(chain::genesisState);
                    return LoadGenerator.Status.of(address, pool, state);
                };
        loop.addTicker(
                now -> {
                    if (closed) return now + 1_000_000_000L;
                    for (LoadGenerator.Submission submission :
                            generator.poll(now, view, BaseFee.next(chain.head()))) {
                        submit(submission);
                    }
                    return Math.max(
                            now + 1_000_000, Math.min(generator.nextAt(), now + 100_000_000));
                },
                loop.now());
    }

    private PoolService poolOf(int account) {
        return pools.get(account % pools.size());
    }

    private void submit(LoadGenerator.Submission submission) {
        submitted.increment();
        poolOf(submission.account())
                .submit(submission.tx())
                .whenComplete((outcome, problem) -> {
                    if (problem != null || !outcome.accepted()) refused.increment();
                });
    }

    void start() {
        loop.start();
    }

    /// Transactions given to nodes.
    long submitted() {
        return submitted.sum();
    }

    /// Those that were refused.
    long refused() {
        return refused.sum();
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        loop.close();
    }
}
