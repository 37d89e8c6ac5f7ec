package org.pollen.node.chain;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.BaseFee;
import org.pollen.mempool.Block;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.Fork;
import org.pollen.mempool.ForkSchedule;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.PriceNonceOrder;
import org.pollen.mempool.StateView;
import org.pollen.mempool.Transaction;

/// The embedded chain: makes blocks of a pool's transactions, keeps the state after each, and moves
/// its head to a competing branch when told to.
///
/// Nothing happens by itself and no clock is read: the owner's one thread calls [#mine],
/// [#reorganise] and the others, and block times come as arguments. Same configuration, same calls:
/// same blocks, hash for hash. Reading is free for every thread; the head is published last, after
/// the blocks it stands on.
///
/// Memory: [DevChainConfig#blocksKept] blocks with their receipts, [DevChainConfig#statesKept]
/// states, and [#SNAPSHOTS_MAX] states held by snapshots.
///
/// Source: operations.md 2; mempool.md 5.2, 6, 7; decision record 11.
public final class DevChain implements ChainSource {
    /// The fork whose rules the chain has from its first block on.
    public static final ForkSchedule FORKS = ForkSchedule.always(Fork.PRAGUE);

    /// Snapshots that can be held at once; the oldest goes when there are more.
    public static final int SNAPSHOTS_MAX = 64;

    private static final int BENEFICIARIES = 4;
    private static final int DROP_ONE_IN = 3; // accounts that lose transactions in a new branch

    private final DevChainConfig config;
    private final List<DevAccount> accounts;
    private final List<Address> beneficiaries = new ArrayList<>();
    private final RandomGenerator random;
    private final DevState genesisState;

    // Written by the owner's thread, read by all.
    private final Map<Hash32, Entry> byHash = new ConcurrentHashMap<>();
    private final Map<Hash32, List<ChainBlock>> inclusions = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<HeadListener> listeners = new CopyOnWriteArrayList<>();
    private volatile Canon canon;
    private volatile Set<Address> preferred = Set.of();

    // The owner's thread only.
    private final ArrayDeque<Entry> oldestFirst = new ArrayDeque<>();
    private final ArrayDeque<Entry> oldestStateFirst = new ArrayDeque<>();
    private final LinkedHashMap<Integer, Snapshot> snapshots = new LinkedHashMap<>();
    private final Set<Address> setFromOutside = new LinkedHashSet<>();
    private int nextSnapshot = 1;
    private long branch; // number of the next branch, part of what makes its blocks differ

    /// A block with the state after it, which goes when it is too old.
    private static final class Entry {
        final ChainBlock block;
        volatile @Nullable DevState state;

        Entry(ChainBlock block, DevState state) {
            this.block = block;
            this.state = state;
        }
    }

    /// What a snapshot goes back to.
    private record Snapshot(Entry entry, DevState state) {}

    /// The canonical chain: its newest blocks in order, and the first one. Immutable.
    private record Canon(Entry genesis, Entry[] newest) {
        Entry head() {
            return newest[newest.length - 1];
        }

        @Nullable Entry at(long number) {
            if (number == 0) return genesis;
            long index = number - newest[0].block.number();
            return index < 0 || index >= newest.length ? null : newest[(int) index];
        }

        /// This chain up to a number and further blocks after it, at most so many in all.
        Canon with(long upTo, List<Entry> more, int max) {
            int kept = (int) (upTo - newest[0].block.number()) + 1;
            Entry[] all = Arrays.copyOf(newest, kept + more.size());
            for (int i = 0; i < more.size(); i++) all[kept + i] = more.get(i);
            return new Canon(
                    genesis, Arrays.copyOfRange(all, Math.max(0, all.length - max), all.length));
        }
    }

    /// A chain with its first block.
    public DevChain(DevChainConfig config) {
        this.config = config;
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(config.seed());
        var funded = new ArrayList<DevAccount>();
        for (int i = 0; i < config.accounts(); i++) funded.add(DevAccount.of(config.seed(), i));
        this.accounts = List.copyOf(funded);
        for (int i = 0; i < BENEFICIARIES; i++) {
            byte[] name = HeaderCodec.seeded(config.seed(), "beneficiary", i);
            beneficiaries.add(new Address(name, 12));
        }
        this.genesisState =
                DevState.genesis(
                        funded.stream().map(DevAccount::address).toList(), config.balance());
        ChainBlock first = HeaderCodec.genesis(config, beneficiaries.getFirst(), accounts.size());
        Entry genesis = new Entry(first, genesisState);
        byHash.put(first.hash(), genesis);
        this.canon = new Canon(genesis, new Entry[] {genesis});
    }

    /// The accounts that own something from the start.
    public List<DevAccount> accounts() {
        return accounts;
    }

    /// What the chain was made of.
    public DevChainConfig config() {
        return config;
    }

    // ---- Reading, from any thread ----

    @Override
    public long chainId() {
        return config.chainId();
    }

    @Override
    public ChainBlock latest() {
        return canon.head().block;
    }

    @Override
    public BlockHeader head() {
        return latest().header();
    }

    @Override
    public Optional<ChainBlock> byNumber(long number) {
        return Optional.ofNullable(canon.at(number)).map(entry -> entry.block);
    }

    @Override
    public Optional<ChainBlock> byHash(Hash32 hash) {
        return Optional.ofNullable(byHash.get(hash)).map(entry -> entry.block);
    }

    @Override
    public Optional<Block> block(Hash32 hash) {
        return byHash(hash).map(ChainBlock::block);
    }

    @Override
    public Optional<Inclusion> inclusion(Hash32 transaction) {
        Canon now = canon;
        for (ChainBlock block : inclusions.getOrDefault(transaction, List.of())) {
            Entry canonical = now.at(block.number());
            if (canonical == null || !canonical.block.hash().equals(block.hash())) continue;
            for (Receipt receipt : block.receipts()) {
                if (receipt.transaction().equals(transaction)) {
                    return Optional.of(new Inclusion(block, receipt.index()));
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public Optional<ChainState> state(ChainBlock block) {
        return stateOf(block.hash()).map(state -> state);
    }

    @Override
    public Optional<StateView> stateAt(BlockHeader header) {
        return stateOf(header.hash()).map(state -> state);
    }

    @Override
    public StateView genesisState() {
        return genesisState;
    }

    private Optional<DevState> stateOf(Hash32 block) {
        return Optional.ofNullable(byHash.get(block)).map(entry -> entry.state);
    }

    @Override
    public Registration addListener(HeadListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    // ---- Changing, from the owner's thread ----

    /// Makes the next block of a pool's executable transactions.
    ///
    /// @param time of the block, seconds since 1970; a time not after the parent's is moved to the
    ///   second after it
    /// @param pending executable transactions of each account, in nonce order; they may be staler
    ///   than the chain
    public ChainBlock mine(long time, Collection<? extends List<PooledTransaction>> pending) {
        Entry parent = canon.head();
        BlockHeader header = parent.block.header();
        BlockBuilder builder = builder(parent);
        for (boolean first : new boolean[] {true, false}) {
            List<? extends List<PooledTransaction>> groups =
                    pending.stream().filter(group -> isPreferred(group) == first).toList();
            fill(builder, new PriceNonceOrder(groups, BaseFee.next(header)));
        }
        Entry entry = seal(parent, builder, Math.max(time, header.timestamp() + 1));
        publish(canon, parent, List.of(entry));
        return entry.block;
    }

    private boolean isPreferred(List<PooledTransaction> group) {
        return !group.isEmpty() && preferred.contains(group.getFirst().transaction().sender());
    }

    private static void fill(BlockBuilder builder, PriceNonceOrder order) {
        while (!builder.full()) {
            PriceNonceOrder.Best best = order.peek();
            if (best == null) return;
            switch (builder.add(best.pooled().transaction())) {
                case INCLUDED, NONCE_TOO_LOW -> order.shift();
                case REFUSED, NO_ROOM -> order.pop();
            }
        }
    }

    /// Whose transactions come first in blocks from now on, whatever the others pay. Source:
    /// mempool.md 7.
    public void prefer(Set<Address> accounts) {
        preferred = Set.copyOf(accounts);
    }

    /// Replaces the newest blocks by a competing branch of the same height: other beneficiaries,
    /// and without some of the transactions, so that these have to be pooled again. If there are
    /// any at all, at least one is left out.
    ///
    /// @param depth blocks to replace; as many as there are if it is more
    /// @return what changed; empty if there is nothing but the first block
    public Optional<HeadChange> reorganise(int depth) {
        Canon before = canon;
        long headNumber = before.head().block.number();
        int possible = (int) Math.min(Math.min(depth, headNumber), config.statesKept() - 1L);
        Entry fork = before.at(headNumber - possible);
        if (possible < 1 || fork == null || fork.state == null) return Optional.empty();
        branch++;
        var replaced = new ArrayList<ChainBlock>();
        for (long n = headNumber - possible + 1; n <= headNumber; n++) {
            Entry entry = before.at(n);
            if (entry != null) replaced.add(entry.block);
        }
        Map<Address, Long> droppedFrom = chooseDropped(replaced);
        var competing = new ArrayList<Entry>();
        Entry parent = fork;
        for (ChainBlock old : replaced) {
            BlockBuilder builder = builder(parent);
            for (Transaction tx : old.transactions()) {
                Long from = droppedFrom.get(tx.sender());
                if (from == null || Long.compareUnsigned(tx.nonce(), from) < 0) {
                    BlockBuilder.Result _ = builder.add(tx); // its followers fail by their nonces
                }
            }
            parent = seal(parent, builder, old.header().timestamp());
            competing.add(parent);
        }
        return Optional.of(publish(before, fork, competing));
    }

    /// Changes an account's balance in the state of the head, as the dev chains do. Pools hear of
    /// it with the next block.
    public void setBalance(Address address, BigInteger balance) {
        Entry head = canon.head();
        var changes = new DevState.Changes(stateAfter(head));
        changes.put(address, changes.get(address).withBalance(balance));
        head.state = changes.apply();
        setFromOutside.add(address);
    }

    /// Remembers the current head.
    ///
    /// @return what [#revert] takes
    public int snapshot() {
        int id = nextSnapshot++;
        snapshots.put(id, new Snapshot(canon.head(), stateAfter(canon.head())));
        if (snapshots.size() > SNAPSHOTS_MAX) snapshots.remove(snapshots.firstEntry().getKey());
        return id;
    }

    /// Moves the head back to where it was; the snapshot and later ones are used up.
    ///
    /// @return false if there is no such snapshot, or its block has left the chain
    public boolean revert(int id) {
        Snapshot snapshot = snapshots.get(id);
        if (snapshot == null) return false;
        Entry target = snapshot.entry;
        snapshots.keySet().removeIf(other -> other >= id);
        Canon before = canon;
        if (before.at(target.block.number()) != target) return false;
        if (before.newest[0].block.number() > target.block.number()) return false;
        target.state = snapshot.state; // balances that were set meanwhile are gone as well
        if (target != before.head()) publish(before, target, List.of());
        return true;
    }

    // ---- Making blocks ----

    private BlockBuilder builder(Entry parent) {
        BlockHeader header = parent.block.header();
        return new BlockBuilder(
                stateAfter(parent),
                config.chainId(),
                FORKS.rules(header.number() + 1, header.timestamp() + 1),
                config.gasLimit(),
                BaseFee.next(header),
                beneficiary(header.number() + 1));
    }

    private Address beneficiary(long number) {
        return beneficiaries.get((int) Math.floorMod(branch + number / 8, (long) BENEFICIARIES));
    }

    private Entry seal(Entry parent, BlockBuilder builder, long time) {
        DevState.Changes changes = builder.finish();
        DevState before = stateAfter(parent);
        var touched = new LinkedHashSet<>(changes.touched().keySet());
        touched.addAll(setFromOutside);
        setFromOutside.clear();
        BlockHeader parentHeader = parent.block.header();
        ChainBlock block =
                HeaderCodec.seal(
                        config.seed(),
                        branch,
                        parent.block,
                        beneficiary(parentHeader.number() + 1),
                        BaseFee.next(parentHeader),
                        config.gasLimit(),
                        time,
                        builder,
                        changes,
                        touched);
        DevState state = changes.apply();
        assert state.size() >= before.size() : "accounts never disappear";
        return new Entry(block, state);
    }

    private static DevState stateAfter(Entry entry) {
        DevState state = entry.state;
        if (state == null) {
            throw new IllegalStateException(
                    "state after block " + entry.block.number() + " is forgotten");
        }
        return state;
    }

    /// Which accounts lose what in a new branch: from which nonce on.
    private Map<Address, Long> chooseDropped(List<ChainBlock> blocks) {
        var sent = new LinkedHashMap<Address, List<Transaction>>();
        for (ChainBlock block : blocks) {
            for (Transaction tx : block.transactions()) {
                sent.computeIfAbsent(tx.sender(), _ -> new ArrayList<>()).add(tx);
            }
        }
        var dropped = new LinkedHashMap<Address, Long>();
        if (sent.isEmpty()) return dropped;
        int certain = random.nextInt(sent.size());
        int i = 0;
        for (var entry : sent.entrySet()) {
            if (random.nextInt(DROP_ONE_IN) == 0 || i == certain) {
                List<Transaction> own = entry.getValue();
                dropped.put(entry.getKey(), own.get(random.nextInt(own.size())).nonce());
            }
            i++;
        }
        return dropped;
    }

    /// Makes a branch on top of a canonical block the canonical one, and tells everybody.
    private HeadChange publish(Canon before, Entry fork, List<Entry> branchEntries) {
        for (Entry entry : branchEntries) {
            byHash.put(entry.block.hash(), entry);
            oldestFirst.add(entry);
            oldestStateFirst.add(entry);
            for (Transaction tx : entry.block.transactions()) {
                inclusions.merge(tx.hash(), List.of(entry.block), DevChain::joined);
            }
        }
        long forkNumber = fork.block.number();
        var removed = new ArrayList<ChainBlock>();
        for (long n = before.head().block.number(); n > forkNumber; n--) {
            Entry entry = before.at(n);
            if (entry != null) removed.add(entry.block);
        }
        canon = before.with(forkNumber, branchEntries, config.blocksKept());
        forget();
        var change =
                new HeadChange(
                        before.head().block,
                        canon.head().block,
                        removed,
                        branchEntries.stream().map(entry -> entry.block).toList());
        for (HeadListener listener : listeners) listener.headChanged(change);
        return change;
    }

    /// Drops what is older than the configuration says, oldest first.
    private void forget() {
        long head = canon.head().block.number();
        while (!oldestStateFirst.isEmpty()
                && old(oldestStateFirst.getFirst(), head, config.statesKept())) {
            Entry entry = oldestStateFirst.removeFirst();
            if (snapshots.values().stream().noneMatch(kept -> kept.entry == entry)) {
                entry.state = null;
            }
        }
        while (!oldestFirst.isEmpty() && old(oldestFirst.getFirst(), head, config.blocksKept())) {
            Entry entry = oldestFirst.removeFirst();
            byHash.remove(entry.block.hash());
            for (Transaction tx : entry.block.transactions()) {
                inclusions.computeIfPresent(tx.hash(), (_, blocks) -> without(blocks, entry.block));
            }
        }
    }

    /// By height, and for what stays behind on dead branches after a long way back, by number.
    private boolean old(Entry entry, long head, int kept) {
        if (entry.block.number() <= head - kept) return true;
        boolean canonical = canon.at(entry.block.number()) == entry;
        return !canonical && oldestFirst.size() > 2 * kept;
    }

    private static List<ChainBlock> joined(List<ChainBlock> some, List<ChainBlock> more) {
        var all = new ArrayList<>(some);
        all.addAll(more);
        return List.copyOf(all);
    }

    private static @Nullable List<ChainBlock> without(List<ChainBlock> blocks, ChainBlock gone) {
        if (blocks.size() == 1) return null;
        return blocks.stream().filter(block -> !block.hash().equals(gone.hash())).toList();
    }
}
