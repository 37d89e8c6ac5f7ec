package org.pollen.node.chain.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccountState;
import org.pollen.mempool.Address;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.StateView;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainFault;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.chain.remote.ChainClient.Answer;
import org.pollen.node.chain.remote.ChainClient.Call;

/// Follows the head of another client: asks for it, walks from a new one back to a block it knows,
/// reads the accounts that may have changed in between, and only then makes the new head known.
///
/// One question at a time: an attempt runs from the question for the head to the new head, or to
/// the first answer that does not fit, and the next one starts from the beginning. So whatever the
/// client says, or does not say, what readers see stays the last head that was complete.
///
/// Owned by the thread of `loop`; answers come back on it. Source: mempool.md 6, decision record
/// 85.
final class ChainFollower {
    /// Blocks of a branch that are walked back at most. Beyond it nothing is pooled again.
    static final int DEPTH_MAX = 64;

    /// Attempts that a missing parent costs before the head is taken without it.
    static final int MISSING_MAX = 3;

    /// Accounts read beyond those a block names, when code ran in it.
    static final int SWEEP_MAX = 15 * AccountReads.BATCH;

    private static final int REQUESTS_MAX = 4; // at once, of the accounts of one head
    private static final long BACKOFF_FIRST = 250_000_000L;
    private static final long BACKOFF_MAX = 10_000_000_000L;
    private static final long RECENT_NANOS = 60_000_000_000L;
    private static final long FEED_POLL_MAX = 5_000_000_000L;

    /// How to follow.
    ///
    /// @param chainId that the client has to have; null for whichever it has first
    /// @param pollNanos between two questions for the head
    /// @param stallNanos without news from a feed until it is not relied on
    record Settings(@Nullable Long chainId, long pollNanos, long stallNanos) {}

    /// What hears of new heads, and of what goes wrong.
    interface Output {
        /// The head changed, and everything about it can be read.
        void headChanged(HeadChange change);

        /// The first head is there.
        void ready();

        /// Something went wrong; the follower goes on.
        ///
        /// @param down whether the source counts as down from now on, and did not before
        void fault(ChainException fault, boolean down);

        /// The source is up again.
        void recovered();

        /// New heads come that the feed does not announce.
        void feedSilent();

        /// A defect of ours.
        void defect(Throwable cause);
    }

    private final ChainClient client;
    private final BlockReader reader;
    private final BlockTree tree;
    private final AccountCache accounts;
    private final Settings settings;
    private final Executor loop;
    private final RandomGenerator random;
    private final Output output;
    private final Map<Hash32, Long> views = new ConcurrentHashMap<>();
    private final ArrayDeque<Hash32> viewsOldestFirst = new ArrayDeque<>();
    private final Set<Address> late = new LinkedHashSet<>();

    /// Came into memory while a head was read that may have changed them: read with the next one.
    private final Set<Address> overtaken = new LinkedHashSet<>();

    private Supplier<? extends Collection<Address>> kept = List::of;
    private volatile @Nullable Long chainId;
    private volatile long heads;
    private volatile boolean up;
    private volatile boolean syncing;
    private volatile @Nullable String trouble = "no answer yet";
    private volatile long answeredAt;
    private boolean busy;
    private boolean woken;
    private boolean announced; // by the feed, since the last new head
    private boolean fed; // whether there is a feed that works
    private int unannounced;
    private int failures;
    private int missing;
    private long nextAt;
    private long now;
    private final LongAdder reads = new LongAdder();

    ChainFollower(
            ChainClient client,
            BlockReader reader,
            BlockTree tree,
            AccountCache accounts,
            Settings settings,
            Executor loop,
            RandomGenerator random,
            Output output,
            long now) {
        this.client = client;
        this.reader = reader;
        this.tree = tree;
        this.accounts = accounts;
        this.settings = settings;
        this.loop = loop;
        this.random = random;
        this.output = output;
        this.chainId = settings.chainId();
        this.nextAt = now;
        this.now = now;
        this.answeredAt = now;
    }

    /// Does what is due.
    ///
    /// @return when to call again
    long tick(long at) {
        now = at;
        if (!busy && now - nextAt >= 0) attempt();
        return busy ? now + settings.pollNanos() : nextAt;
    }

    /// A feed says that there is a new head.
    void announced(long at) {
        now = at;
        announced = true;
        if (busy) woken = true;
        else if (up) nextAt = now;
    }

    /// Whether a feed works: then it is asked less often.
    void fed(boolean works) {
        fed = works;
        announced = false;
        unannounced = 0;
    }

    void keep(Supplier<? extends Collection<Address>> supplier) {
        kept = supplier;
    }

    // ---- Readers, any thread ----

    Optional<StateView> stateAt(Hash32 block) {
        return Optional.ofNullable(views.get(block)).map(accounts::view);
    }

    /// Which head a block was; empty if its state is not readable any more.
    Optional<Long> headOf(Hash32 block) {
        return Optional.ofNullable(views.get(block));
    }

    StateView newestState() {
        return accounts.view(heads);
    }

    /// Number of heads so far; names the current one.
    long heads() {
        return heads;
    }

    boolean up() {
        return up;
    }

    boolean syncing() {
        return syncing;
    }

    @Nullable String trouble() {
        return trouble;
    }

    long answeredAt() {
        return answeredAt;
    }

    /// Accounts read so far.
    long reads() {
        return reads.sum();
    }

    // ---- One attempt ----

    private void attempt() {
        busy = true;
        woken = false;
        var calls =
                List.of(
                        Call.of("eth_chainId"),
                        Call.of("eth_syncing"),
                        Call.of("eth_getBlockByNumber", "latest", false));
        var _ =
                client.send(calls)
                        .thenComposeAsync(this::seen, loop)
                        .whenCompleteAsync((_, failure) -> ended(failure), loop);
    }

    private void ended(@Nullable Throwable failure) {
        busy = false;
        if (failure == null) {
            boolean was = up;
            failures = 0;
            up = true;
            trouble = null;
            answeredAt = now;
            long pause = settings.pollNanos();
            if (fed) pause = Math.max(pause, Math.min(FEED_POLL_MAX, settings.stallNanos() / 6));
            nextAt = woken ? now : now + pause;
            if (!was) output.recovered();
            return;
        }
        ChainException fault = ChainException.of(failure);
        if (fault == null) {
            output.defect(failure);
            return;
        }
        failures++;
        // A branch that goes while it is read looks like a lie once; twice is trouble.
        boolean passing =
                switch (fault.fault()) {
                    case RPC, MISSING_BLOCK, INCONSISTENT -> failures < 2;
                    default -> false;
                };
        boolean down = up && !passing;
        if (!passing) {
            up = false;
            trouble = fault.text();
        }
        long pause = Math.min(BACKOFF_MAX, BACKOFF_FIRST << Math.min(failures - 1, 6));
        pause = Math.max(pause / 2, Math.min(pause, settings.pollNanos()));
        nextAt = now + pause + random.nextLong(pause / 4 + 1);
        output.fault(fault, down);
    }

    private CompletableFuture<@Nullable Void> seen(List<Answer> answers) {
        checkChain(answers.get(0).required("eth_chainId"));
        JsonNode state = answers.get(1).result();
        syncing = state != null && !state.isNull() && !(state.isBoolean() && !state.asBoolean());
        BlockHeader header = reader.header(answers.get(2).required("eth_getBlockByNumber"));
        ChainBlock head = tree.head();
        if (head != null && head.hash().equals(header.hash())) {
            return CompletableFuture.completedFuture(null);
        }
        Optional<ChainBlock> known = tree.canonical(header.hash());
        if (known.isPresent()) return change(known.get(), List.of());
        return block(header.hash(), header.number(), 0)
                .thenComposeAsync(
                        read -> {
                            var path = new ArrayList<BlockReader.Read>();
                            path.add(read);
                            boolean far =
                                    head != null
                                            && Math.abs(head.number() - header.number())
                                                    > DEPTH_MAX;
                            return far ? change(null, path) : walk(path);
                        },
                        loop);
    }

    private void checkChain(JsonNode answer) {
        long id = ChainJsonReader.quantityOf(answer, "eth_chainId", 63).longValue();
        Long wanted = chainId;
        if (wanted == null) {
            chainId = id;
        } else if (wanted != id) {
            throw new ChainException(
                    ChainFault.CHAIN_ID,
                    "the source follows chain %d, not %d".formatted(id, wanted));
        }
        reader.chain(id);
    }

    /// The chain's id; null before the first answer if none was given.
    @Nullable Long chainId() {
        return chainId;
    }

    /// A block by its hash.
    ///
    /// @param steps that were walked to it; none for the head itself, which may have gone again
    private CompletableFuture<BlockReader.Read> block(Hash32 hash, long number, int steps) {
        return client.send(List.of(Call.of("eth_getBlockByHash", hash, true)))
                .thenApplyAsync(
                        answers -> {
                            JsonNode json = answers.getFirst().required("eth_getBlockByHash");
                            if (json.isNull()) {
                                if (steps > 0) missing++;
                                throw new ChainException(
                                        ChainFault.MISSING_BLOCK,
                                        "block %d, %s, is not there".formatted(number, hash));
                            }
                            BlockReader.Read read = reader.read(json);
                            BlockReader.check(read.block().header(), hash, number);
                            return read;
                        },
                        loop);
    }

    /// Walks back from the newest block of a branch to a canonical one.
    ///
    /// @param path newest first; changed
    private CompletableFuture<@Nullable Void> walk(List<BlockReader.Read> path) {
        while (true) {
            ChainBlock last = path.getLast().block();
            Optional<ChainBlock> fork = tree.canonical(last.parentHash());
            if (fork.isPresent() && path.size() <= DEPTH_MAX) {
                if (fork.get().number() + 1 != last.number()) {
                    throw new ChainException(
                            ChainFault.INCONSISTENT,
                            "block %d has a parent of number %d"
                                    .formatted(last.number(), fork.get().number()));
                }
                return change(fork.get(), path.reversed());
            }
            if (tree.head() == null
                    || path.size() > DEPTH_MAX
                    || last.number() == 0
                    || missing >= MISSING_MAX) {
                return change(null, path.subList(0, 1));
            }
            BlockReader.Read side = tree.get(last.parentHash());
            if (side == null) {
                return block(last.parentHash(), last.number() - 1, path.size())
                        .thenComposeAsync(
                                parent -> {
                                    path.add(parent);
                                    return walk(path);
                                },
                                loop);
            }
            BlockReader.check(side.block().header(), null, last.number() - 1);
            path.add(side);
        }
    }

    // ---- The new head ----

    /// What a change of the head is made of.
    ///
    /// @param fork the last block that stays; null if the way to the new head is not known
    /// @param added lowest first
    /// @param removed highest first
    /// @param touched accounts that these blocks name
    /// @param opaque whether they may have changed others
    private record Plan(
            @Nullable ChainBlock fork,
            List<BlockReader.Read> added,
            List<ChainBlock> removed,
            Set<Address> touched,
            boolean opaque) {
        ChainBlock newHead() {
            return added.isEmpty() && fork != null ? fork : added.getLast().block();
        }
    }

    private CompletableFuture<@Nullable Void> change(
            @Nullable ChainBlock fork, List<BlockReader.Read> added) {
        // Without a fork, what the new head takes the place of: nothing if it is a leap ahead.
        List<ChainBlock> removed =
                fork != null ? tree.above(fork) : tree.from(added.getLast().block().number());
        var touched = new LinkedHashSet<Address>();
        boolean opaque = false;
        for (ChainBlock block : removed) {
            if (block.block().touched() != null) touched.addAll(block.block().touched());
            BlockReader.Read read = tree.get(block.hash());
            opaque |= read == null || read.opaque();
        }
        for (BlockReader.Read read : added) {
            if (read.block().block().touched() != null) {
                touched.addAll(read.block().block().touched());
            }
            opaque |= read.opaque();
        }
        var plan = new Plan(fork, List.copyOf(added), removed, touched, opaque);
        List<Address> wanted = List.copyOf(toRead(plan));
        return readAll(wanted, plan.newHead().hash())
                .thenApplyAsync(
                        states -> {
                            publish(plan, wanted, states);
                            return null;
                        },
                        loop);
    }

    /// The accounts that have to be read before a head can be shown.
    private Set<Address> toRead(Plan plan) {
        var keep = new LinkedHashSet<Address>(kept.get());
        var wanted = new LinkedHashSet<Address>();
        for (Address account : overtaken) if (accounts.contains(account)) wanted.add(account);
        if (plan.fork == null) {
            wanted.addAll(keep);
            wanted.addAll(accounts.usedSince(now - RECENT_NANOS));
            return wanted;
        }
        for (Address account : plan.touched) {
            if (accounts.contains(account) || keep.contains(account)) wanted.add(account);
        }
        for (Address account : keep) if (!accounts.contains(account)) wanted.add(account);
        wanted.addAll(abandonedSenders(plan));
        if (plan.opaque) {
            int left = SWEEP_MAX;
            for (Address account : accounts.oldestFirst(keep)) {
                // Code of its own may spend what an account has; of a plain one it can only add.
                AccountState state = accounts.newest(account);
                boolean code = state != null && state.hasCode();
                if (!wanted.contains(account) && (code || left-- > 0)) wanted.add(account);
            }
        }
        return wanted;
    }

    /// Senders of what is pooled again: the pool asks for them while it follows.
    private static Set<Address> abandonedSenders(Plan plan) {
        var included = new HashSet<Hash32>();
        for (BlockReader.Read read : plan.added) {
            for (Transaction tx : read.block().transactions()) included.add(tx.hash());
        }
        var senders = new LinkedHashSet<Address>();
        for (ChainBlock block : plan.removed) {
            for (Transaction tx : block.transactions()) {
                if (!included.contains(tx.hash())) senders.add(tx.sender());
            }
        }
        return senders;
    }

    /// Reads accounts at a block, a few requests at once.
    CompletableFuture<List<AccountState>> readAll(List<Address> wanted, Hash32 block) {
        var states =
                new ArrayList<AccountState>(Collections.nCopies(wanted.size(), AccountState.EMPTY));
        return readFrom(0, wanted, block, states);
    }

    private CompletableFuture<List<AccountState>> readFrom(
            int from, List<Address> wanted, Hash32 block, List<AccountState> states) {
        if (from >= wanted.size()) return CompletableFuture.completedFuture(states);
        int to = Math.min(wanted.size(), from + REQUESTS_MAX * AccountReads.BATCH);
        var parts = new ArrayList<CompletableFuture<?>>();
        for (int i = from; i < to; i += AccountReads.BATCH) {
            int first = i;
            List<Address> batch = wanted.subList(i, Math.min(to, i + AccountReads.BATCH));
            parts.add(
                    client.send(AccountReads.calls(batch, block))
                            .thenAcceptAsync(
                                    answers -> {
                                        List<AccountState> read = AccountReads.states(answers);
                                        for (int k = 0; k < read.size(); k++) {
                                            states.set(first + k, read.get(k));
                                        }
                                        reads.add(read.size());
                                    },
                                    loop));
        }
        return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
                .thenComposeAsync(_ -> readFrom(to, wanted, block, states), loop);
    }

    private void publish(Plan plan, List<Address> read, List<AccountState> states) {
        ChainBlock oldHead = tree.head();
        long head = heads + 1;
        var keep = new HashSet<Address>(kept.get());
        boolean jump = plan.fork == null;
        var fresh = new HashSet<>(read);
        if (jump) {
            var stay = new HashSet<>(keep);
            stay.addAll(fresh);
            accounts.retain(stay);
        }
        overtaken.clear();
        for (Address account : jump ? keep : plan.touched) {
            if (accounts.contains(account) && !fresh.contains(account)) overtaken.add(account);
        }
        var changed = new LinkedHashSet<Address>();
        for (int i = 0; i < read.size(); i++) {
            if (accounts.put(read.get(i), states.get(i), head, now)) changed.add(read.get(i));
        }
        if (!plan.opaque && !jump) accounts.carryOver(head, plan.touched);
        changed.removeAll(plan.touched);
        changed.addAll(late);
        late.clear();
        List<BlockReader.Read> added = plan.added;
        if (!changed.isEmpty() && !jump) {
            // The pool visits what the blocks on its way name.
            if (added.isEmpty()) {
                if (oldHead != null) tree.replace(BlockReader.touching(oldHead, changed));
            } else {
                added = new ArrayList<>(added);
                BlockReader.Read last = added.removeLast();
                added.add(
                        new BlockReader.Read(
                                BlockReader.touching(last.block(), changed), last.opaque()));
            }
        }
        tree.publish(plan.fork, added);
        heads = head;
        remember(plan.newHead().hash(), head);
        accounts.forgetIdle(keep, now - RECENT_NANOS);
        missing = 0;
        judgeFeed();
        if (oldHead == null) {
            output.ready();
            return;
        }
        output.headChanged(
                new HeadChange(
                        oldHead,
                        plan.newHead(),
                        plan.removed,
                        added.stream().map(BlockReader.Read::block).toList()));
    }

    /// A dev chain that was reset keeps the socket open and says nothing any more.
    private void judgeFeed() {
        if (!fed) return;
        unannounced = announced ? 0 : unannounced + 1;
        announced = false;
        if (unannounced >= 2) {
            unannounced = 0;
            output.feedSilent();
        }
    }

    private void remember(Hash32 block, long head) {
        if (views.put(block, head) != null) viewsOldestFirst.remove(block);
        viewsOldestFirst.add(block);
        while (viewsOldestFirst.size() > AccountCache.VIEWS_KEPT) {
            views.remove(viewsOldestFirst.removeFirst());
        }
    }

    /// An account that was read at the current head, beyond those the head was shown with.
    void learned(Address account, AccountState state, long at) {
        if (accounts.put(account, state, heads, at)) late.add(account);
    }
}
