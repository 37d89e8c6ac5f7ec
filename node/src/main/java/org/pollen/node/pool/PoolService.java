package org.pollen.node.pool;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Host;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Address;
import org.pollen.mempool.Announcement;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.DropReason;
import org.pollen.mempool.GossipVerdict;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.LocalTracker;
import org.pollen.mempool.PendingFilter;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.PoolEvents;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.RunReport;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionPool;
import org.pollen.mempool.TransactionRefusedException;
import org.pollen.mempool.TransactionSource;
import org.pollen.mempool.TransactionStatus;
import org.pollen.node.CoreLoop;
import org.pollen.node.SharedDistribution;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.store.TransactionJournal;
import org.pollen.peer.PeerId;
import org.pollen.router.Distribution;
import org.pollen.router.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One node's transaction pool: the core on its own loop, fed by gossip, JSON-RPC and the chain.
///
/// Gossip bytes are decoded and their sender is recovered on the validation workers; the loop
/// gathers what waits, adds it, runs the maintenance once and answers with verdicts. A full inbox
/// is answered with Ignore and counted. Readers take the snapshot, which never waits.
public final class PoolService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("pool");
    private static final int INBOX = 8192;

    /// Time between two tries of a disk that failed.
    private static final Duration HEAL = Duration.ofSeconds(5);

    private static final int BLOBS_OF_A_BLOCK = 12; // some of them may not fit

    private final String name;
    private final PoolConfig config;
    private final PoolContext context;
    private final ChainSource chain;
    private final Executor workers;
    private final CoreLoop loop;
    private final TransactionPool pool;
    private final List<PoolListener> listeners = new CopyOnWriteArrayList<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private final Map<GossipVerdict, LongAdder> verdicts = new EnumMap<>(GossipVerdict.class);
    private final LongAdder overload = new LongAdder();
    private final LongAdder recovered = new LongAdder();
    private final LongAdder unrecoverable = new LongAdder();
    private final LongAdder unknown = new LongAdder();
    private final SharedDistribution runSeconds = SharedDistribution.local();
    private final SharedDistribution evictions =
            SharedDistribution.of(0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512);
    private final Map<String, SharedDistribution> residence = new TreeMap<>();
    private final ChainSource.Registration registration;
    private volatile PoolSnapshot snapshot;
    private @Nullable BlobDesk blobs; // set before the start, if at all
    private volatile RunReport lastReset;
    private volatile @Nullable LocalTransactions locals;
    private Set<Address> favoured = Set.of(); // set before the start, if at all

    /// Somebody who wants to know what became of a transaction after the next run.
    private record Waiting(AddOutcome outcome, Consumer<TransactionStatus> answer) {}

    /// A pool over a chain that has not started.
    ///
    /// @param workers decodes and recovers; rejects when it is full
    /// @param onFailure hears of a defect that stopped the pool
    @SuppressWarnings("NullAway.Init") // lastReset is null until there was one
    public PoolService(
            String name,
            PoolConfig config,
            PoolContext context,
            ChainSource chain,
            Executor workers,
            RandomGenerator random,
            LongSupplier clock,
            Consumer<Throwable> onFailure) {
        this.name = name;
        this.config = config;
        this.context = context;
        this.chain = chain;
        this.workers = workers;
        for (GossipVerdict verdict : GossipVerdict.values()) verdicts.put(verdict, new LongAdder());
        for (DropReason reason : DropReason.values()) {
            residence.computeIfAbsent(
                    reason.outcome(),
                    _ -> SharedDistribution.of(.1, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 10_800));
        }
        loop = new CoreLoop("pool-" + name, INBOX, clock, onFailure);
        pool = new TransactionPool(config, context, new Events(), random);
        snapshot = pool.snapshot();
        long sweep = TransactionPool.EXPIRY_SWEEP.toNanos();
        loop.addTicker(
                now -> {
                    pool.expire(now);
                    return now + sweep;
                },
                loop.now() + sweep);
        long heal = HEAL.toNanos();
        loop.addTicker(
                now -> {
                    LocalTransactions kept = locals;
                    if (kept != null) kept.heal();
                    if (blobs != null) blobs.heal();
                    return now + heal;
                },
                loop.now() + heal);
        loop.afterBatch(this::run);
        registration = chain.addListener(this::headChanged);
        chain.keep(this::accounts);
    }

    /// The accounts whose state the pool may ask for while it follows the chain.
    private Collection<Address> accounts() {
        var accounts = new ArrayList<Address>();
        snapshot.forEachAccount(account -> accounts.add(account.address()));
        if (blobs != null) {
            accounts.addAll(blobs.awaited()); // first: they are in the snapshot when it is empty
            BlobPoolSnapshot pooled = blobs.snapshot();
            if (pooled != null) {
                pooled.forEachAccount(account -> accounts.add(account.address()));
                accounts.addAll(pooled.gappedSenders());
            }
        }
        LocalTransactions kept = locals;
        if (kept != null) accounts.addAll(kept.senders());
        return accounts;
    }

    /// Keeps what is submitted to this node in a journal from now on, takes over what it holds, and
    /// puts it back into the pool when it is lost; before [#start] only.
    ///
    /// @param journal closed with the pool
    /// @param rejournal time between two rotations
    /// @throws org.pollen.node.OperatorException DAT-005 if the journal is of another chain
    public void keepLocals(TransactionJournal journal, Duration rejournal) {
        long now = loop.now();
        locals = new LocalTransactions(journal, rejournal, context.chainId(), now);
        loop.addTicker(
                at -> {
                    recheck();
                    return at + LocalTracker.RECHECK_INTERVAL.toNanos();
                },
                now + LocalTracker.FIRST_RECHECK.toNanos());
    }

    /// Treats accounts as local, wherever their transactions come from: what of them is pooled is
    /// kept like what is submitted to this node, if that is; before [#start] only.
    public void favour(Set<Address> accounts) {
        favoured = Set.copyOf(accounts);
    }

    /// Whether what is submitted to this node is kept, and tried again when it is lost.
    public boolean keepsLocals() {
        return locals != null;
    }

    /// Transactions that are kept; empty where none are.
    public OptionalInt locals() {
        LocalTransactions kept = locals;
        return kept == null ? OptionalInt.empty() : OptionalInt.of(kept.size());
    }

    /// The journal; null where there is none.
    public @Nullable TransactionJournal journal() {
        LocalTransactions kept = locals;
        return kept == null ? null : kept.journal();
    }

    private void recheck() {
        LocalTransactions kept = locals;
        if (kept == null) return;
        // The tracker asks for the nonce of each sender: their states have to be in memory.
        var _ =
                chain.loadAll(kept.senders())
                        .thenAccept(loaded -> {
                            if (loaded) loop.post(now -> resubmit(kept, now));
                        });
    }

    private void resubmit(LocalTransactions kept, long now) {
        List<Transaction> lost = kept.recheck(pool, now);
        if (!lost.isEmpty()) {
            var _ = pool.add(lost, TransactionSource.LOCAL, false, now);
        }
    }

    /// Hears what happens from now on.
    public void addListener(PoolListener listener) {
        listeners.add(listener);
    }

    /// Takes blob transactions, too; before [#start].
    public void useBlobs(BlobSetup setup) {
        blobs =
                new BlobDesk(
                        setup,
                        name,
                        context,
                        chain,
                        loop,
                        workers,
                        tx -> {
                            for (PoolListener listener : listeners) listener.blobPooled(tx);
                        });
    }

    /// Has peers told of blob transactions, and theirs fetched, if this node takes any; before
    /// [#start] and before the host listens.
    ///
    /// @param onFault hears of a peer that misbehaved
    public void exchangeBlobs(Host host, RandomGenerator random, Consumer<PeerId> onFault) {
        if (blobs != null) blobs.exchange(host, random).onFault(onFault);
    }

    /// The blob pool; null for a node without one.
    public @Nullable BlobDesk blobs() {
        return blobs;
    }

    /// Starts the pool's thread.
    public void start() {
        loop.start();
        loop.post(now -> {
            pool.requestReset(null, chain.head());
            if (blobs != null) blobs.open(pool, now);
        });
    }

    /// Adds a transaction submitted to this node; from any thread.
    ///
    /// @return the outcome after the run that covers it; fails with [RejectedExecutionException]
    ///   when the pool is behind, with [ChainSilentException] when the sender's state cannot be had
    public CompletableFuture<AddOutcome> submit(Transaction tx) {
        LocalTransactions kept = tx.type() == Transaction.BLOB ? null : locals;
        if (kept != null && kept.trouble()) {
            return loop.ask(() -> kept.refusal(loop.now()))
                    .thenCompose(refusal ->
                            refusal.map(CompletableFuture::<AddOutcome>failedFuture)
                                    .orElseGet(() -> load(tx)));
        }
        return load(tx);
    }

    private CompletableFuture<AddOutcome> load(Transaction tx) {
        Address sender = tx.senderOrNull();
        if (sender == null || chain.loaded(sender)) return add(tx);
        return chain.load(List.of(sender))
                .thenCompose(loaded ->
                        loaded
                                ? add(tx)
                                : CompletableFuture.failedFuture(new ChainSilentException()));
    }

    private CompletableFuture<AddOutcome> add(Transaction tx) {
        if (blobs != null && tx.type() == Transaction.BLOB) return blobs.submit(tx);
        var answer = new CompletableFuture<AddOutcome>();
        boolean posted =
                loop.post(now -> {
                    AddOutcome outcome =
                            pool.add(List.of(tx), TransactionSource.LOCAL, false, now).getFirst();
                    count(outcome.tx());
                    CompletableFuture<Boolean> durable = keep(outcome);
                    waiting.add(new Waiting(outcome, _ -> acknowledge(outcome, durable, answer)));
                });
        if (!posted) answer.completeExceptionally(new RejectedExecutionException(name));
        return answer;
    }

    /// What is taken, or may be taken later, is written down before its sender hears of it.
    private CompletableFuture<Boolean> keep(AddOutcome outcome) {
        LocalTransactions kept = locals;
        PoolError error = outcome.error();
        if (kept == null || (error != null && !error.temporary())) {
            return CompletableFuture.completedFuture(true);
        }
        return kept.track(outcome.tx());
    }

    private void acknowledge(
            AddOutcome outcome,
            CompletableFuture<Boolean> durable,
            CompletableFuture<AddOutcome> answer) {
        var _ =
                durable.thenAccept(written -> {
                    LocalTransactions kept = locals;
                    if (written || kept == null) {
                        answer.complete(outcome);
                        return;
                    }
                    String why = kept.journal().trouble();
                    answer.completeExceptionally(
                            NotKeptException.journal(why == null ? "write failed" : why, true));
                });
    }

    /// Takes a transaction out of the pools and the journal, as the operator wants; any thread.
    ///
    /// @return what became of it, once that is on the disk
    public CompletableFuture<DropAnswer> drop(Hash32 hash) {
        var answer = new CompletableFuture<DropAnswer>();
        boolean posted =
                loop.post(now -> {
                    boolean pooled = pool.drop(hash, now);
                    boolean blob = blobs != null && blobs.drop(hash, now);
                    LocalTransactions kept = locals;
                    boolean tracked = kept != null && kept.forget(hash);
                    DropAnswer found =
                            pooled || blob || tracked
                                    ? DropAnswer.DROPPED
                                    : blobs != null && blobs.opening()
                                            ? DropAnswer.NOT_OPEN
                                            : DropAnswer.UNKNOWN;
                    // One that was dropped before may still be in a journal that failed then.
                    if (kept == null || (!tracked && !kept.rewritten())) {
                        answer.complete(found);
                        return;
                    }
                    var _ =
                            kept.journal()
                                    .rotated()
                                    .thenAccept(written ->
                                            answer.complete(
                                                    written ? found : DropAnswer.NOT_WRITTEN));
                });
        if (!posted) answer.completeExceptionally(new RejectedExecutionException(name));
        return answer;
    }

    /// Judges the bytes of a gossip message; from any thread.
    ///
    /// @param payload a canonical envelope, not changed any more
    /// @param answer takes the verdict once
    /// @param excuse told before an Ignore that is not the sender's doing: this node is behind, or
    ///   its chain is
    /// @return false if there is no room
    public boolean judge(byte[] payload, Consumer<Verdict> answer, Runnable excuse) {
        try {
            workers.execute(() -> decode(payload, answer, excuse));
            return true;
        } catch (RejectedExecutionException _) {
            overload.increment();
            return false;
        }
    }

    private void decode(byte[] payload, Consumer<Verdict> answer, Runnable excuse) {
        Transaction tx;
        try {
            tx = TransactionDecoder.decode(payload);
        } catch (TransactionRefusedException e) {
            answer(answer, GossipVerdict.of(e.error(), null, gasLimit(), false));
            return;
        }
        if (!chain.synced()) {
            excuse.run();
            answer(answer, GossipVerdict.IGNORE);
            return;
        }
        if (pooled(tx) || minimumMissed(tx)) {
            answer(answer, GossipVerdict.IGNORE);
            return;
        }
        count(tx); // recovers the sender: the costly part, so that the pool's thread need not
        var _ = tx.authorities();
        Address sender = tx.senderOrNull();
        if (sender == null || chain.loaded(sender)) {
            judge(tx, answer, excuse);
            return;
        }
        var _ =
                chain.load(List.of(sender))
                        .thenAccept(loaded -> {
                            if (loaded) {
                                judge(tx, answer, excuse);
                            } else {
                                unknown.increment();
                                excuse.run();
                                answer(answer, GossipVerdict.IGNORE);
                            }
                        });
    }

    /// The sender's state is in memory.
    private void judge(Transaction tx, Consumer<Verdict> answer, Runnable excuse) {
        boolean posted =
                loop.post(now -> {
                    AddOutcome outcome =
                            pool.add(List.of(tx), TransactionSource.GOSSIP, false, now).getFirst();
                    if (outcome.accepted() && favoured.contains(tx.sender())) {
                        var _ = keep(outcome); // nobody waits for the disk
                    }
                    waiting.add(
                            new Waiting(
                                    outcome, status -> answer(answer, verdict(outcome, status))));
                });
        if (!posted) {
            overload.increment();
            excuse.run();
            answer(answer, GossipVerdict.IGNORE);
        }
    }

    private void count(Transaction tx) {
        (tx.senderOrNull() == null ? unrecoverable : recovered).increment();
    }

    private boolean pooled(Transaction tx) {
        return snapshot.transaction(tx.hash()).isPresent();
    }

    /// The fast path before a recovery: what the minimum tip refuses would be ignored anyway.
    private boolean minimumMissed(Transaction tx) {
        return tx.tipCap().compareTo(snapshot.minTip()) < 0;
    }

    private GossipVerdict verdict(AddOutcome outcome, TransactionStatus status) {
        PoolError error = outcome.error();
        if (error != null) return GossipVerdict.of(error, outcome.tx(), gasLimit(), false);
        // A gapped one is published when its gap is filled.
        return status == TransactionStatus.PENDING ? GossipVerdict.ACCEPT : GossipVerdict.IGNORE;
    }

    private void answer(Consumer<Verdict> answer, GossipVerdict verdict) {
        count(verdict).increment();
        answer.accept(
                switch (verdict) {
                    case ACCEPT -> Verdict.ACCEPT;
                    case IGNORE -> Verdict.IGNORE;
                    case REJECT -> Verdict.REJECT;
                });
    }

    private LongAdder count(GossipVerdict verdict) {
        return java.util.Objects.requireNonNull(verdicts.get(verdict));
    }

    private long gasLimit() {
        return snapshot.head().gasLimit();
    }

    /// Once a batch: run what was asked for, publish the snapshot, answer those who wait.
    private void run() {
        if (pool.runRequested()) {
            long before = System.nanoTime();
            RunReport report = pool.run(loop.now());
            runSeconds.nanos(System.nanoTime() - before);
            evictions.add(report.evictions());
            if (report.reset() == RunReport.Reset.DONE) {
                lastReset = report;
                for (PoolListener listener : listeners) listener.followed(report);
            }
        }
        if (waiting.isEmpty() && snapshot == pool.snapshot()) return;
        snapshot = pool.snapshot();
        for (Waiting one : waiting) {
            one.answer.accept(
                    one.outcome.accepted()
                            ? pool.status(one.outcome.tx().hash())
                            : TransactionStatus.UNKNOWN);
        }
        waiting.clear();
    }

    private void headChanged(HeadChange change) {
        boolean posted =
                loop.post(now -> {
                    var from = change.jumped() ? null : change.oldHead().header();
                    pool.requestReset(from, change.newHead().header());
                    if (blobs != null) blobs.reset(change, now);
                });
        if (!posted) {
            CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS)
                    .execute(() -> {
                        if (loop.running()) headChanged(change);
                    });
        }
    }

    /// The pool after the last batch.
    public PoolSnapshot snapshot() {
        return snapshot;
    }

    /// What a block of ours would be made of: the executable transactions of both pools. Waits for
    /// the pool's thread if there are blobs.
    public List<List<PooledTransaction>> executable() {
        List<List<PooledTransaction>> plain = snapshot.pending(PendingFilter.ALL);
        BlobPoolSnapshot pooled = blobs == null ? null : blobs.snapshot();
        if (blobs == null || pooled == null || pooled.pending() == 0) return plain;
        var groups = new ArrayList<>(plain);
        try {
            groups.addAll(blobs.executable(BLOBS_OF_A_BLOCK).get(1, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("{}: no blobs for this block", name, e);
        }
        return groups;
    }

    /// The chain that is followed.
    public ChainSource chain() {
        return chain;
    }

    /// What was configured.
    public PoolConfig config() {
        return config;
    }

    /// Chain id and forks.
    public PoolContext context() {
        return context;
    }

    /// How often gossip got a verdict.
    public long verdicts(GossipVerdict verdict) {
        return count(verdict).sum();
    }

    /// How often there was no room.
    public long overload() {
        return overload.sum();
    }

    /// How often gossip was ignored because the chain source did not tell about its sender.
    public long unknownSenders() {
        return unknown.sum();
    }

    /// How often a sender was recovered from a signature.
    public long recovered() {
        return recovered.sum();
    }

    /// How often a signature had no sender.
    public long unrecoverable() {
        return unrecoverable.sum();
    }

    /// Seconds that runs took.
    public Distribution.Counts runSeconds() {
        return runSeconds.counts();
    }

    /// Executable transactions lost to newcomers, by run.
    public Distribution.Counts evictions() {
        return evictions.counts();
    }

    /// Seconds in the pool of what left it, by how it left.
    public Map<String, Distribution.Counts> residence() {
        var counts = new TreeMap<String, Distribution.Counts>();
        residence.forEach((outcome, times) -> counts.put(outcome, times.counts()));
        return counts;
    }

    /// Runs a probe after what waits for the pool; not at all if there is no room.
    public void probe(Runnable probe) {
        loop.post(_ -> probe.run());
    }

    /// What the last new head did; null before the first.
    public @Nullable RunReport lastReset() {
        return lastReset;
    }

    /// Changes the minimum tip.
    public void setGasTip(BigInteger tip) {
        loop.post(now -> {
            pool.setGasTip(tip, now);
            if (blobs != null) blobs.setGasTip(tip, now);
        });
    }

    /// Work that waits for the pool.
    public int depth() {
        return loop.depth();
    }

    /// Work that may wait.
    public int capacity() {
        return INBOX;
    }

    /// Completes when everything posted before it is done.
    public CompletableFuture<Boolean> settled() {
        return loop.ask(
                        () -> {
                            if (pool.runRequested()) {
                                var _ = pool.run(loop.now());
                            }
                            return true;
                        })
                .thenCompose(_ -> loop.ask(() -> true));
    }

    @Override
    public void close() {
        registration.close();
        loop.close();
        if (blobs != null) blobs.close();
        LocalTransactions kept = locals;
        if (kept != null) kept.close();
    }

    private final class Events implements PoolEvents {
        @Override
        public void announced(List<Announcement> announcements) {
            for (PoolListener listener : listeners) listener.announced(announcements);
        }

        @Override
        public void dropped(PooledTransaction pooled, DropReason reason, long now) {
            SharedDistribution times = residence.get(reason.outcome());
            if (times != null) times.nanos(now - pooled.firstSeen());
        }

        @Override
        public void reinjected(List<Transaction> transactions) {
            for (PoolListener listener : listeners) listener.reinjected(transactions);
        }

        @Override
        public void runFinished(RunReport report) {
            // The run's caller has it.
        }

        @Override
        public void warning(String text) {
            LOG.warn("{}: {}", name, text);
        }
    }
}
