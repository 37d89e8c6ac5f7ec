package org.pollen.node.chain.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Address;
import org.pollen.mempool.Announcement;
import org.pollen.mempool.Block;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.ChainView;
import org.pollen.mempool.DropReason;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.PoolEvents;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.RunReport;
import org.pollen.mempool.StateView;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionPool;
import org.pollen.mempool.TransactionSource;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.chain.PooledChain;

/// A pool that follows an embedded chain over JSON-RPC, beside one that follows it directly, on one
/// thread and a clock of its own.
final class Followed implements ChainFollower.Output, ChainView {
    static final long POLL = Duration.ofSeconds(1).toNanos();

    final ServedChain client;
    final BlockTree tree = new BlockTree();
    final AccountCache accounts = new AccountCache();
    final ChainFollower follower;
    final AccountLoader loader;
    final List<HeadChange> changes = new ArrayList<>();
    final List<ChainException> faults = new ArrayList<>();
    final List<RunReport> runs = new ArrayList<>();
    final List<Transaction> reinjected = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    PooledChain truth;
    long now;
    @Nullable TransactionPool pool;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    Followed(PooledChain truth) {
        this(truth, 1000, null);
    }

    Followed(PooledChain truth, int readsPerSecond, @Nullable Long chainId) {
        this.truth = truth;
        client = new ServedChain(truth);
        follower =
                new ChainFollower(
                        client,
                        new BlockReader(_ -> DevChain.FORKS),
                        tree,
                        accounts,
                        new ChainFollower.Settings(chainId, POLL, 30 * POLL),
                        tasks::add,
                        new Random(7),
                        this,
                        now);
        loader =
                new AccountLoader(
                        follower, tree, accounts, tasks::add, readsPerSecond, faults::add, now);
        follower.keep(this::pooled);
    }

    /// Connected, with a pool.
    static Followed of(PooledChain truth) {
        var followed = new Followed(truth);
        followed.poll();
        followed.startPool();
        return followed;
    }

    void startPool() {
        pool =
                new TransactionPool(
                        PoolConfig.DEFAULTS,
                        PoolContext.of(
                                BigInteger.valueOf(truth.chain.chainId()), DevChain.FORKS, this),
                        new Events(),
                        new Random(1));
    }

    TransactionPool pool() {
        TransactionPool started = pool;
        if (started == null) throw new AssertionError("no pool yet");
        return started;
    }

    /// Runs what waits for the thread.
    void settle() {
        for (Runnable task; (task = tasks.poll()) != null; ) task.run();
    }

    /// Lets the clock go on to the next question for the head, and the answer come.
    void poll() {
        now = Math.max(now + POLL, follower.tick(now));
        var _ = follower.tick(now);
        settle();
    }

    /// The way of a transaction: the state of its sender first.
    AddOutcome add(Transaction tx) {
        CompletableFuture<Boolean> loaded = loader.load(List.of(tx.sender()), now);
        settle();
        assertThat(loaded).isCompletedWithValue(true);
        return pool().add(List.of(tx), TransactionSource.LOCAL, true, now).getFirst();
    }

    private List<Address> pooled() {
        var list = new ArrayList<Address>();
        if (pool != null) pool.snapshot().forEachAccount(account -> list.add(account.address()));
        return list;
    }

    /// Every account in memory that counts as right is.
    void checkAccounts() {
        StateView right = truth.chain.stateAt(truth.chain.head()).orElseThrow();
        var checked = new LinkedHashSet<Address>();
        for (int i = 0; i < truth.chain.accounts().size(); i++) {
            Address address = truth.account(i).address();
            if (accounts.verifiedAt(address) < follower.heads()) continue;
            assertThat(accounts.newest(address))
                    .as("account " + i)
                    .isEqualTo(right.account(address));
            checked.add(address);
        }
        assertThat(accounts.misses()).isZero();
        assertThat(tree.head()).isNotNull();
        assertThat(follower.stateAt(truth.chain.head().hash())).isPresent();
        assertThat(checked.size()).isLessThanOrEqualTo(accounts.size());
    }

    /// The pool is what a pool is that follows the chain itself.
    void checkPool() {
        assertThat(head().hash()).isEqualTo(truth.chain.head().hash());
        checkAccounts();
        assertThat(content(pool().snapshot())).isEqualTo(content(truth.pool.snapshot()));
    }

    /// Hashes by account, executable and queued.
    static Map<Address, List<List<Hash32>>> content(PoolSnapshot snapshot) {
        var content = new LinkedHashMap<Address, List<List<Hash32>>>();
        snapshot.forEachAccount(account ->
                content.put(
                        account.address(),
                        List.of(hashes(account.pending()), hashes(account.queued()))));
        return content;
    }

    private static List<Hash32> hashes(List<PooledTransaction> pooled) {
        return pooled.stream().map(one -> one.transaction().hash()).toList();
    }

    // ---- The chain as the pool sees it ----

    @Override
    public BlockHeader head() {
        ChainBlock head = tree.head();
        if (head == null) throw new AssertionError("no head yet: " + faults);
        return head.header();
    }

    @Override
    public Optional<StateView> stateAt(BlockHeader header) {
        return follower.stateAt(header.hash());
    }

    @Override
    public StateView genesisState() {
        return follower.newestState();
    }

    @Override
    public Optional<Block> block(Hash32 hash) {
        return tree.byHash(hash).map(ChainBlock::block);
    }

    // ---- What the follower tells ----

    @Override
    public void headChanged(HeadChange change) {
        changes.add(change);
        TransactionPool started = pool;
        if (started == null) return;
        started.requestReset(
                change.jumped() ? null : change.oldHead().header(), change.newHead().header());
        runs.add(started.run(now));
    }

    @Override
    public void ready() {
        notes.add("ready");
    }

    @Override
    public void fault(ChainException fault, boolean down) {
        faults.add(fault);
        if (down) notes.add("down");
    }

    @Override
    public void recovered() {
        notes.add("up");
    }

    @Override
    public void feedSilent() {
        notes.add("feed silent");
    }

    @Override
    public void defect(Throwable cause) {
        throw new AssertionError(cause);
    }

    private final class Events implements PoolEvents {
        @Override
        public void announced(List<Announcement> announcements) {}

        @Override
        public void dropped(PooledTransaction pooled, DropReason reason, long at) {}

        @Override
        public void reinjected(List<Transaction> transactions) {
            reinjected.addAll(transactions);
        }

        @Override
        public void runFinished(RunReport report) {}

        @Override
        public void warning(String text) {
            notes.add(text);
        }
    }
}
