package org.pollen.node.pool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Host;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Address;
import org.pollen.mempool.BlobAccountSnapshot;
import org.pollen.mempool.BlobDrop;
import org.pollen.mempool.BlobEvents;
import org.pollen.mempool.BlobPool;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.BlobSidecar;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolContext;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.PooledBlob;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.StatelessChecks;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionPool;
import org.pollen.mempool.TransactionRefusedException;
import org.pollen.mempool.TransactionSource;
import org.pollen.node.CoreLoop;
import org.pollen.node.blobs.BlobExchange;
import org.pollen.node.blobs.BlobSource;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.store.BlobFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node's blob pool, on the loop of the [PoolService] beside it, with which it shares accounts.
///
/// Proofs are verified on the workers, and a sidecar of version 0 is upgraded there; the loop finds
/// the answer. Nothing here is gossiped: the hash of a blob transaction says nothing about its
/// blobs. Peers are told of it, and ask, through a [BlobExchange].
public final class BlobDesk {
    private static final Logger LOG = LoggerFactory.getLogger("blobpool");

    /// Accounts that an opening asks for at once: a failed question costs no more than those.
    private static final int PART = 128;

    private final BlobSetup setup;
    private final String name;
    private final PoolContext context;
    private final CoreLoop loop;
    private final Executor workers;
    private final ChainSource chain;
    private final Consumer<Transaction> pooled;
    private @Nullable BlobExchange exchange; // set before the start, if at all
    private @Nullable BlobPool pool; // opened on the loop, since that reads a disk
    private volatile @Nullable BlobPoolSnapshot snapshot;
    private volatile Set<Address> awaited = Set.of();

    BlobDesk(
            BlobSetup setup,
            String name,
            PoolContext context,
            ChainSource chain,
            CoreLoop loop,
            Executor workers,
            Consumer<Transaction> pooled) {
        this.setup = setup;
        this.pooled = pooled;
        this.name = name;
        this.context = context;
        this.chain = chain;
        this.loop = loop;
        this.workers = workers;
    }

    /// Tells peers what there is and fetches what they have; before the loop starts.
    BlobExchange exchange(Host host, RandomGenerator random) {
        var made = new BlobExchange(name, host, loop, workers, new Source(), random);
        exchange = made;
        return made;
    }

    /// What went over the wire; null for a node that tells nobody.
    public @Nullable BlobExchange exchange() {
        return exchange;
    }

    /// Opens the pool, once the states of those are known whose transactions it holds: it drops
    /// what they cannot pay. Meanwhile the plain pool takes nothing of theirs. On the loop.
    void open(TransactionPool plain, long now) {
        Set<Address> senders = BlobPool.senders(setup.storage());
        if (senders.stream().allMatch(chain::loaded)) {
            openWith(plain, now);
            return;
        }
        BlobPool.reserve(context, senders);
        awaited = Set.copyOf(senders);
        await(List.copyOf(awaited), plain);
    }

    /// Has each account read once. The head moves on meanwhile, and what was read follows it as the
    /// accounts of the pool do, since it is [#awaited].
    private void await(List<Address> unread, TransactionPool plain) {
        List<Address> part = unread.subList(0, Math.min(PART, unread.size()));
        var _ =
                chain.load(part)
                        .thenAccept(loaded -> {
                            List<Address> rest = unread.subList(part.size(), unread.size());
                            boolean goesOn =
                                    loaded
                                            && loop.post(now -> {
                                                if (rest.isEmpty()) openWith(plain, now);
                                                else await(rest, plain);
                                            });
                            if (goesOn || !loop.running()) return;
                            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS)
                                    .execute(() -> await(unread, plain));
                        });
    }

    /// Accounts that have to stay in memory, though no snapshot has them: their transactions are on
    /// the disk, and the pool waits for their states. Any thread.
    Set<Address> awaited() {
        return awaited;
    }

    private void openWith(TransactionPool plain, long now) {
        var opened =
                new BlobPool(
                        setup.config(),
                        context,
                        setup.storage(),
                        setup.proofs(),
                        new Events(),
                        now);
        opened.authorities(plain::isAuthority);
        opened.setGasTip(plain.minTip(), now);
        pool = opened;
        snapshot = opened.snapshot();
        awaited = Set.of(); // the snapshot has those that stay
        if (opened.snapshot().pending() > 0) {
            LOG.info("{}: {} blob transactions on disk", name, opened.snapshot().pending());
        }
    }

    /// Takes up a new head; on the loop.
    void reset(HeadChange change, long now) {
        BlobPool opened = pool;
        if (opened == null) return;
        BlockHeader from = change.jumped() ? null : change.oldHead().header();
        opened.reset(from, change.newHead().header(), now);
        snapshot = opened.snapshot();
        if (exchange == null) return;
        var blobs = new ArrayList<Hash32>();
        for (ChainBlock block : change.added()) {
            for (Transaction tx : block.transactions()) {
                if (tx.type() == Transaction.BLOB) blobs.add(tx.hash());
            }
        }
        exchange.followed(blobs, change.reorganised(), now);
    }

    /// Changes the minimum tip; on the loop.
    void setGasTip(BigInteger tip, long now) {
        BlobPool opened = pool;
        if (opened == null) return;
        opened.setGasTip(tip, now);
        snapshot = opened.snapshot();
    }

    /// Adds a transaction submitted to this node; from any thread.
    CompletableFuture<AddOutcome> submit(Transaction tx) {
        String shortage = setup.shortage();
        if (shortage != null) {
            return CompletableFuture.failedFuture(NotKeptException.blobs(shortage, false));
        }
        var answer = new CompletableFuture<AddOutcome>();
        try {
            workers.execute(() -> verify(tx, answer));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(e);
        }
        return answer;
    }

    private void verify(Transaction submitted, CompletableFuture<AddOutcome> answer) {
        Transaction tx = current(submitted);
        // Asked here, so that the loop need not; one that is too long the pool refuses unasked.
        if (tx.size() <= StatelessChecks.BLOB_BYTES_MAX && tx.senderOrNull() != null) {
            var _ = tx.proofsHold(setup.proofs());
        }
        boolean posted =
                loop.post(now -> {
                    BlobPool opened = pool;
                    if (opened == null) answer.completeExceptionally(new ChainSilentException());
                    else add(opened, tx, answer, now);
                });
        if (!posted) answer.completeExceptionally(new RejectedExecutionException(name));
    }

    /// What is taken is on the disk before its sender hears of it.
    private void add(
            BlobPool opened, Transaction tx, CompletableFuture<AddOutcome> answer, long now) {
        BlobFiles files = setup.files();
        long failures = files == null ? 0 : files.failed();
        AddOutcome outcome = opened.add(List.of(tx), TransactionSource.LOCAL, now).getFirst();
        snapshot = opened.snapshot(); // before anybody who waited looks at it
        if (files == null) {
            answer.complete(outcome);
        } else if (outcome.error() == null) {
            var _ =
                    files.durable()
                            .thenAccept(kept -> {
                                if (kept) answer.complete(outcome);
                                else answer.completeExceptionally(notKept(files, true));
                            });
        } else if (files.failed() != failures) {
            answer.completeExceptionally(notKept(files, false));
        } else {
            answer.complete(outcome);
        }
    }

    private static NotKeptException notKept(BlobFiles files, boolean pooled) {
        String why = files.trouble();
        return NotKeptException.blobs(why == null ? "write failed" : why, pooled);
    }

    /// Whether the pool waits for the chain to tell of those whose transactions it holds; on the
    /// loop.
    boolean opening() {
        return pool == null;
    }

    /// Takes a transaction out, with those behind it; on the loop.
    boolean drop(Hash32 hash, long now) {
        BlobPool opened = pool;
        if (opened == null || !opened.drop(hash, now)) return false;
        snapshot = opened.snapshot();
        return true;
    }

    /// Has it found out whether a disk that failed takes anything again.
    void heal() {
        BlobFiles files = setup.files();
        if (files == null) return;
        var _ = files.probe();
    }

    /// What is on the disk; null for a pool that forgets with its process.
    public @Nullable BlobFiles files() {
        return setup.files();
    }

    void close() {
        BlobFiles files = setup.files();
        if (files != null) files.close();
    }

    /// A transaction with cell proofs; as it is if they cannot be computed, and then it is refused.
    private Transaction current(Transaction tx) {
        BlobSidecar sidecar = tx.sidecar();
        boolean old =
                sidecar != null
                        && sidecar.version() == 0
                        && sidecar.blobs() <= StatelessChecks.BLOBS_MAX;
        if (!old || !tx.proofsHold(setup.proofs())) return tx;
        Optional<byte[]> upgraded = setup.proofs().upgraded(tx);
        if (upgraded.isEmpty()) return tx;
        try {
            return TransactionDecoder.decode(upgraded.get());
        } catch (TransactionRefusedException e) {
            throw new AssertionError("made by ourselves", e);
        }
    }

    /// A pooled transaction with its blobs, from the store; empty if there is none.
    public CompletableFuture<Optional<byte[]>> network(Hash32 hash) {
        return loop.ask(() -> {
            BlobPool opened = pool;
            return Optional.ofNullable(opened == null ? null : opened.network(hash));
        });
    }

    /// What a block could include, without blobs, as they are in blocks: the transactions of some
    /// accounts, best tip first, with about so many blobs.
    public CompletableFuture<List<List<PooledTransaction>>> executable(int blobs) {
        return loop.ask(() -> {
            BlobPool opened = pool;
            return opened == null ? List.of() : executable(opened, blobs);
        });
    }

    private static List<List<PooledTransaction>> executable(BlobPool pool, int blobs) {
        var accounts = new ArrayList<BlobAccountSnapshot>();
        pool.snapshot().forEachAccount(accounts::add);
        accounts.sort(
                Comparator.comparing(
                                (BlobAccountSnapshot one) -> one.blobs().getFirst().tipCap(),
                                Comparator.reverseOrder())
                        .thenComparing(BlobAccountSnapshot::address));
        var groups = new ArrayList<List<PooledTransaction>>();
        int left = blobs;
        for (BlobAccountSnapshot account : accounts) {
            if (left <= 0) break;
            var group = new ArrayList<PooledTransaction>();
            for (PooledBlob blob : account.blobs()) {
                byte[] network = left <= 0 ? null : pool.network(blob.hash());
                if (network == null) break;
                group.add(new PooledTransaction(bare(network), blob.source(), blob.firstSeen()));
                left -= blob.blobHashes().size();
            }
            groups.add(group);
        }
        return groups;
    }

    private static Transaction bare(byte[] network) {
        try {
            return TransactionDecoder.decode(TransactionDecoder.decode(network).raw());
        } catch (TransactionRefusedException e) {
            throw new AssertionError("it was decoded before", e);
        }
    }

    /// The pool after its last change; null until it is open.
    public @Nullable BlobPoolSnapshot snapshot() {
        return snapshot;
    }

    /// What the exchange needs of the pool.
    private final class Source implements BlobSource {
        @Override
        public boolean has(Hash32 hash) {
            BlobPool opened = pool;
            return opened != null && opened.has(hash);
        }

        @Override
        public @Nullable PoolError refusal(Transaction tx) {
            BlobPool opened = pool;
            BlobFiles files = setup.files();
            boolean full = setup.shortage() != null || (files != null && files.trouble() != null);
            return opened == null || full ? PoolError.ErrTxPoolOverflow : opened.refusal(tx);
        }

        @Override
        public boolean proofsHold(Transaction tx) {
            return tx.proofsHold(setup.proofs());
        }

        @Override
        public AddOutcome add(Transaction tx, long now) {
            BlobPool opened = pool;
            if (opened == null) throw new IllegalStateException("refused before");
            AddOutcome outcome = opened.add(List.of(tx), TransactionSource.GOSSIP, now).getFirst();
            snapshot = opened.snapshot();
            return outcome;
        }

        @Override
        public byte @Nullable [] network(Hash32 hash) {
            BlobPool opened = pool;
            return opened == null ? null : opened.network(hash);
        }

        @Override
        public void forEachAnnounced(Consumer<? super PooledBlob> visitor) {
            BlobPool opened = pool;
            if (opened != null) opened.forEachAnnounced(visitor);
        }

        @Override
        public CompletableFuture<Boolean> load(Collection<Address> senders) {
            if (!chain.synced()) return CompletableFuture.completedFuture(false);
            var missing = senders.stream().filter(one -> !chain.loaded(one)).toList();
            return missing.isEmpty()
                    ? CompletableFuture.completedFuture(true)
                    : chain.load(missing);
        }
    }

    private final class Events implements BlobEvents {
        @Override
        public void announced(List<PooledBlob> blobs) {
            if (exchange != null) exchange.announced(blobs);
        }

        @Override
        public void pooled(Transaction tx) {
            pooled.accept(tx);
        }

        @Override
        public void dropped(PooledBlob blob, BlobDrop reason, long now) {
            LOG.debug("{}: blob transaction {} left: {}", name, blob.hash(), reason);
        }

        @Override
        public void warning(String text) {
            LOG.warn("{}: {}", name, text);
        }
    }
}
