package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The pool of blob transactions: at most sixteen an account, without gaps, with their blobs in a
/// store.
///
/// A state machine owned by one thread, the one that owns the [TransactionPool] beside it: an
/// account is in one of the two at a time. Transactions enter by [#add] and are executable at once;
/// a new head is taken up by [#reset]. What was included goes to a limbo until it is final, since
/// blocks do not hold blobs.
///
/// Peers are only told of a transaction by its hash, and only when it could be included soon.
///
/// Source: mempool specification 14; where it leaves the reference: ADR 82.
public final class BlobPool {
    /// Name of this sub-pool among the reservations.
    public static final String SUB_POOL = "blobpool";

    /// Steps a fee may have to fall before a transaction can be included, if peers are told of it.
    private static final int ANNOUNCE_FROM = -1;

    private final BlobPoolConfig config;
    private final PoolContext context;
    private final BlobProofs proofs;
    private final BlobEvents events;
    private final StatelessChecks checks;
    private final BlobContent content;
    private final BlobLimbo limbo;
    private final BlobRecheck recheck;
    private final BlobAdmission admission;
    private final GappedBlobs gapped;
    private final List<PooledBlob> toAnnounce = new ArrayList<>();
    private BlockHeader head;
    private StateView state;
    private BigInteger minTip = BigInteger.ONE;

    /// Opens a pool over its stores: what they hold is checked against the head and kept as far as
    /// it holds. Takes over what was [#reserve]d for it.
    ///
    /// @param now monotonic nanoseconds
    public BlobPool(
            BlobPoolConfig config,
            PoolContext context,
            BlobStorage storage,
            BlobProofs proofs,
            BlobEvents events,
            long now) {
        this.config = config.sanitize().config();
        this.context = context;
        this.proofs = proofs;
        this.events = events;
        checks = new StatelessChecks(context.chainId(), StatelessChecks.BLOB_TYPES);
        head = context.chain().head();
        state = context.chain().stateAt(head).orElseGet(() -> context.chain().genesisState());
        content = new BlobContent(storage.pool(), context.reservations().handle(SUB_POOL), events);
        content.now = now;
        content.reservations.releaseAll(); // what is kept is held again
        limbo = new BlobLimbo(storage.limbo());
        recheck = new BlobRecheck(content, limbo);
        gapped = new GappedBlobs(storage.gapped());
        admission = new BlobAdmission(content, this.config.priceBump());
        load(storage.pool());
        loadGapped(storage.gapped());
    }

    /// Whose transactions a storage holds: their states are needed to open it.
    public static Set<Address> senders(BlobStorage storage) {
        var senders = new LinkedHashSet<Address>();
        BlobStore.Visitor visitor =
                (_, entry) -> {
                    Address sender = sender(entry);
                    if (sender != null) senders.add(sender);
                };
        storage.pool().forEach(visitor);
        storage.gapped().forEach(visitor);
        storage.limbo()
                .forEach((handle, entry) -> {
                    byte[] network = BlobLimbo.network(entry);
                    if (network != null) visitor.entry(handle, network);
                });
        return senders;
    }

    /// Holds accounts for the pool that will be opened, so that the one beside it does not take
    /// them meanwhile.
    ///
    /// @param senders see [#senders]
    public static void reserve(PoolContext context, Set<Address> senders) {
        Reservations.Handle reservations = context.reservations().handle(SUB_POOL);
        for (Address sender : senders) {
            var _ = reservations.hold(sender); // one that is taken is told of at the opening
        }
    }

    private static @Nullable Address sender(byte[] entry) {
        try {
            return TransactionDecoder.decode(entry).senderOrNull();
        } catch (TransactionRefusedException _) {
            return null;
        }
    }

    private void load(BlobStore store) {
        store.forEach((handle, entry) -> {
            Transaction tx = decode(entry);
            if (tx == null || content.get(tx.hash()) != null) {
                store.delete(handle);
                content.metrics.mark(BlobDrop.INVALID);
            } else if (!keep(tx, handle)) {
                content.metrics.mark(BlobDrop.INVALID);
                events.warning(elsewhere(tx) + ": it stays on the disk until the next start");
            }
        });
        for (Hash32 hash : limbo.hashes()) returned(hash);
        for (BlobAccount account : List.copyOf(content.accounts.values())) {
            recheck.recheck(account, state.account(account.address), Map.of());
        }
        content.evictions.fees(baseFeeJumps(), blobFeeJumps());
        // What could have been announced at the fees of now, was: what waits behind a cheap one
        // must not be spread.
        for (BlobAccount account : content.accounts.values()) {
            for (PooledBlob blob : account.blobs) {
                if (!announceable(blob)) break;
                blob.announced = true;
            }
        }
        dropUnderpriced();
        content.trim(config.dataCap());
    }

    /// What waited for an earlier nonce waits on, as if it had come now.
    private void loadGapped(BlobStore store) {
        store.forEach((handle, entry) -> {
            Transaction tx = decode(entry);
            if (tx == null || has(tx.hash())) {
                store.delete(handle);
            } else if (!waits(tx, handle)) {
                store.delete(handle);
                events.warning(tx.hash() + " may not wait for an earlier nonce any more: lost");
            }
        });
        for (Address sender : gapped.senders()) fillGaps(sender);
    }

    private static String elsewhere(Transaction tx) {
        return "the sender of %s has other transactions pooled".formatted(tx.hash());
    }

    private boolean waits(Transaction tx, long handle) {
        int pooled = content.pooled(tx.sender());
        long nonce = state.account(tx.sender()).nonce();
        return gapped.restore(tx, handle, nonce, pooled, content.now);
    }

    /// Pools again what was included once and has left the chain while nobody looked.
    private void returned(Hash32 hash) {
        byte[] network = limbo.network(hash);
        Transaction tx = network == null ? null : decode(network);
        if (tx == null || content.get(hash) != null) return;
        long next = state.account(tx.sender()).nonce();
        if (Long.compareUnsigned(tx.nonce(), next) >= 0) {
            var _ = reinject(hash);
        }
    }

    private @Nullable Transaction decode(byte[] entry) {
        try {
            Transaction tx = TransactionDecoder.decode(entry);
            boolean whole = tx.type() == Transaction.BLOB && tx.sidecar() != null;
            return whole && checks.signedForThisChain(tx) && tx.senderOrNull() != null ? tx : null;
        } catch (TransactionRefusedException _) {
            return null;
        }
    }

    private boolean keep(Transaction tx, long handle) {
        BlobAccount account = content.accounts.get(tx.sender());
        if (account == null) {
            if (!content.reservations.hold(tx.sender())) return false;
            account = new BlobAccount(tx.sender());
            content.accounts.put(tx.sender(), account);
        }
        var blob = new PooledBlob(tx, TransactionSource.GOSSIP, handle, content.now);
        account.add(blob);
        content.track(blob);
        return true;
    }

    /// Who says whether an account is named by a set-code transaction of the plain pool: such an
    /// account may have one transaction here.
    public void authorities(Predicate<Address> named) {
        admission.authority = named;
    }

    /// Adds transactions, in order; the outcome of each at its place.
    ///
    /// One that comes too early by its nonce may be kept for a moment: it is accepted, and
    /// [TransactionStatus#QUEUED].
    ///
    /// @param now monotonic nanoseconds, never less than in an earlier call
    public List<AddOutcome> add(List<Transaction> batch, TransactionSource source, long now) {
        content.now = now;
        var outcomes = new ArrayList<AddOutcome>(batch.size());
        for (Transaction tx : batch) {
            boolean replaces =
                    tx.type() == Transaction.BLOB
                            && tx.senderOrNull() != null
                            && admission.atNonce(tx, state.account(tx.sender())) != null;
            PoolError error = checkNew(tx);
            if (error == null) error = admit(tx, source);
            if (error != null) outcomes.add(refused(tx, error, source));
            else outcomes.add(new AddOutcome(tx, null, replaces, ""));
        }
        announce();
        return outcomes;
    }

    private AddOutcome refused(Transaction tx, PoolError error, TransactionSource source) {
        String text =
                source == TransactionSource.LOCAL
                        ? checks.explain(error, tx, rules(), head.gasLimit(), minTip)
                        : error.text();
        return new AddOutcome(tx, error, false, text);
    }

    /// The checks that need no state, the costly one last.
    private @Nullable PoolError checkNew(Transaction tx) {
        if (has(tx.hash())) return PoolError.ErrAlreadyKnown;
        PoolError error = checks.check(tx, rules(), head.gasLimit(), minTip);
        if (error == null && !tx.proofsHold(proofs)) error = PoolError.ErrKZGVerificationError;
        if (error != null) content.metrics.mark(BlobAdd.of(error));
        return error;
    }

    /// Why a transaction would be refused, its proofs apart: who has to verify those asks first
    /// whether that would be in vain. Null for one that may only have to wait for an earlier nonce.
    public @Nullable PoolError refusal(Transaction tx) {
        if (has(tx.hash())) return PoolError.ErrAlreadyKnown;
        PoolError error = checks.check(tx, rules(), head.gasLimit(), minTip);
        if (error != null) return error;
        AccountState account = state.account(tx.sender());
        error = admission.check(tx, account);
        if (error != PoolError.ErrNonceTooHigh) return error;
        if (account.balance().compareTo(tx.cost()) < 0) return PoolError.ErrInsufficientFunds;
        int pooled = content.pooled(tx.sender());
        return gapped.room(tx.sender(), account.nonce(), pooled) ? null : error;
    }

    private @Nullable PoolError admit(Transaction tx, TransactionSource source) {
        PoolError error = admitOne(tx, source);
        if (error == null) fillGaps(tx.sender());
        return error;
    }

    private @Nullable PoolError admitOne(Transaction tx, TransactionSource source) {
        AccountState account = state.account(tx.sender());
        PoolError error = admission.check(tx, account);
        if (error == PoolError.ErrNonceTooHigh) {
            content.metrics.mark(BlobAdd.GAPPED);
            int pooled = content.pooled(tx.sender());
            if (gapped.offer(tx, source, account.nonce(), pooled, content.now)) return null;
        }
        if (error == null) error = admission.place(tx, account, source);
        content.metrics.mark(BlobAdd.of(error));
        if (error != null) return error;
        content.trim(config.dataCap());
        BlobAccount placed = content.accounts.get(tx.sender());
        if (placed != null) collectAnnounceable(placed);
        if (content.get(tx.hash()) != null) events.pooled(tx); // not evicted by its own arrival
        return null;
    }

    /// Adds what waited in memory for a nonce that is here now.
    private void fillGaps(Address sender) {
        while (true) {
            long free = state.account(sender).nonce() + content.pooled(sender);
            GappedBlobs.Gapped next = gapped.next(sender, free);
            if (next == null) return;
            PoolError error = admitOne(next.tx(), next.source()); // what is refused now is gone
            gapped.release(next);
            if (error != PoolError.ErrTxPoolOverflow || next.handle() < 0) continue;
            // A disk without room for both has room for one.
            if (admitOne(next.tx(), next.source()) == PoolError.ErrTxPoolOverflow) {
                events.warning("no room for " + next.tx().hash() + ", which waited for its nonce");
            }
        }
    }

    /// Takes up a new head: drops what it includes, pools again what left the chain.
    ///
    /// @param oldHead the head the pool knew, null for none
    public void reset(@Nullable BlockHeader oldHead, BlockHeader newHead, long now) {
        content.now = now;
        ChainView chain = context.chain();
        Optional<StateView> found = chain.stateAt(newHead);
        if (found.isEmpty()) {
            events.warning("the state of block " + newHead.number() + " is missing");
            return;
        }
        head = newHead;
        state = found.get();
        ChainWalk walk = ChainWalk.between(oldHead, newHead, chain);
        if (walk.aborted() != null) events.warning(walk.aborted());
        Map<Hash32, Long> inclusions = inclusions(walk.adopted());
        Set<Address> touched = walk.touched();
        Set<BlobAccount> visit = new LinkedHashSet<>();
        for (BlobAccount account : content.accounts.values()) {
            if (touched == null || touched.contains(account.address)) visit.add(account);
        }
        for (Transaction tx : walk.abandoned()) {
            BlobAccount account = tx.type() == Transaction.BLOB ? reinject(tx.hash()) : null;
            if (account != null) visit.add(account);
        }
        for (BlobAccount account : visit) {
            recheck.recheck(account, state.account(account.address), inclusions);
        }
        limbo.finalized(finalNumber(chain));
        content.evictions.fees(baseFeeJumps(), blobFeeJumps());
        content.trim(config.dataCap());
        var _ = gapped.expire(now);
        for (Address sender : gapped.senders()) fillGaps(sender);
        for (BlobAccount account : content.accounts.values()) collectAnnounceable(account);
        announce();
    }

    private Map<Hash32, Long> inclusions(List<Block> adopted) {
        Map<Hash32, Long> blocks = new HashMap<>();
        for (Block block : adopted) {
            for (Transaction tx : block.transactions()) {
                if (tx.type() != Transaction.BLOB) continue;
                blocks.put(tx.hash(), block.header().number());
                limbo.moved(tx.hash(), block.header().number());
            }
        }
        return blocks;
    }

    /// Deeper than this nothing is ever pooled again, so where nobody says what is final that is.
    private long finalNumber(ChainView chain) {
        return chain.finalized().orElse(head.number() - ChainWalk.DEPTH_MAX);
    }

    private @Nullable BlobAccount reinject(Hash32 hash) {
        byte[] network = limbo.network(hash);
        if (network == null) { // maybe only now: what the limbo has it keeps until it is final
            String why = limbo.has(hash) ? "cannot be read" : "are unknown";
            events.warning("the blobs of " + hash + ", which left the chain, " + why);
            return null;
        }
        Transaction whole = content.get(hash) == null ? decode(network) : null;
        BlobAccount account = whole == null ? null : content.accounts.get(whole.sender());
        boolean free =
                whole != null && (account != null || content.reservations.hold(whole.sender()));
        if (whole == null) {
            limbo.forget(hash);
            return null;
        }
        if (!free) {
            events.warning(elsewhere(whole) + ": it is not pooled again");
            return null;
        }
        PooledBlob blob = content.store(whole, TransactionSource.BLOCK);
        limbo.forget(hash);
        if (blob == null) blob = content.store(whole, TransactionSource.BLOCK); // has room now
        if (blob == null) {
            if (account == null) content.reservations.release(whole.sender());
            events.warning("no room for " + hash + ", which left the chain");
            return null;
        }
        if (account == null) {
            account = new BlobAccount(whole.sender());
            content.accounts.put(whole.sender(), account);
        } else if (account.place >= 0) {
            content.evictions.remove(account); // until its recheck
        }
        account.add(blob);
        content.track(blob);
        events.pooled(whole);
        return account;
    }

    /// Removes a transaction and those of its account that come after it, which could not stay; or
    /// one that waits for an earlier nonce.
    ///
    /// @return whether it was here
    public boolean drop(Hash32 hash, long now) {
        content.now = now;
        PooledBlob blob = content.get(hash);
        BlobAccount account = blob == null ? null : content.accounts.get(blob.sender);
        if (account == null) return gapped.drop(hash);
        content.evictions.remove(account);
        while (content.get(hash) != null) {
            content.drop(account.removeLast(), BlobDrop.DANGLING);
        }
        content.settle(account);
        return true;
    }

    /// Changes the minimum tip; a higher one removes what pays less, and what is behind it.
    public void setGasTip(BigInteger tip, long now) {
        content.now = now;
        boolean rose = tip.compareTo(minTip) > 0;
        minTip = tip;
        if (rose) dropUnderpriced();
    }

    private void dropUnderpriced() {
        for (BlobAccount account : List.copyOf(content.accounts.values())) {
            int keep = 0;
            while (keep < account.size() && account.blobs.get(keep).tip.compareTo(minTip) >= 0) {
                keep++;
            }
            if (keep == account.size()) continue;
            content.evictions.remove(account);
            while (account.size() > keep) {
                content.drop(account.removeLast(), BlobDrop.UNDERPRICED);
            }
            content.settle(account);
        }
    }

    private boolean announceable(PooledBlob blob) {
        return content.evictions.ownPriority(blob) >= ANNOUNCE_FROM;
    }

    /// Notes what of an account may be announced now: nothing behind what may not.
    private void collectAnnounceable(BlobAccount account) {
        for (PooledBlob blob : account.blobs) {
            if (blob.announced) continue;
            if (!announceable(blob)) return;
            blob.announced = true;
            toAnnounce.add(blob);
        }
    }

    private void announce() {
        if (toAnnounce.isEmpty()) return;
        toAnnounce.removeIf(blob -> content.get(blob.hash) != blob); // evicted meanwhile
        if (!toAnnounce.isEmpty()) events.announced(List.copyOf(toAnnounce));
        toAnnounce.clear();
    }

    private double baseFeeJumps() {
        return rulesOfNext().london() ? FeeJumps.base(BaseFee.next(head)) : 0;
    }

    private ForkRules rulesOfNext() {
        return context.forks().rules(head.number() + 1, head.timestamp());
    }

    private double blobFeeJumps() {
        return FeeJumps.blob(context.chain().blobFee(head));
    }

    private ForkRules rules() {
        return context.forks().rules(head.number(), head.timestamp());
    }

    /// Whether a transaction is here, in the pool or waiting for an earlier nonce.
    public boolean has(Hash32 hash) {
        return content.get(hash) != null || gapped.has(hash);
    }

    /// A pooled transaction.
    public @Nullable PooledBlob get(Hash32 hash) {
        return content.get(hash);
    }

    /// A pooled transaction with its blobs, as a peer is sent it; from the store.
    public byte @Nullable [] network(Hash32 hash) {
        PooledBlob blob = content.get(hash);
        return blob == null ? null : content.network(blob);
    }

    /// Where a transaction is.
    public TransactionStatus status(Hash32 hash) {
        if (content.get(hash) != null) return TransactionStatus.PENDING;
        return gapped.has(hash) ? TransactionStatus.QUEUED : TransactionStatus.UNKNOWN;
    }

    /// The nonce a wallet should use next, as far as this pool knows.
    public long nextNonce(Address address) {
        return state.account(address).nonce() + content.pooled(address);
    }

    /// The pooled transactions of an account, in nonce order.
    public List<PooledBlob> pooled(Address address) {
        BlobAccount account = content.accounts.get(address);
        return account == null ? List.of() : List.copyOf(account.blobs);
    }

    /// Visits what peers may be told of, in nonce order of each account.
    public void forEachAnnounced(Consumer<? super PooledBlob> visitor) {
        for (BlobAccount account : content.accounts.values()) {
            for (PooledBlob blob : account.blobs) if (blob.announced) visitor.accept(blob);
        }
    }

    /// Whether the blobs of an included transaction are kept.
    public boolean inLimbo(Hash32 hash) {
        return limbo.has(hash);
    }

    /// The pool now, for readers on any thread.
    public BlobPoolSnapshot snapshot() {
        content.snapshots.update(content);
        return new BlobPoolSnapshot(
                content.snapshots.accounts(),
                content.snapshots.blobs(),
                gapped.each(),
                limbo.size(),
                config.dataCap(),
                content.used,
                content.metrics.copy());
    }

    /// The content, for tests of this package.
    BlobContent content() {
        return content;
    }
}
