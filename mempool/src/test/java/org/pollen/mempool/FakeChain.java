package org.pollen.mempool;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// A chain in a few maps. State belongs to a block; a child starts with a copy of its parent's, and
/// the test changes it as it likes.
final class FakeChain implements ChainView {
    private final Map<Hash32, Map<Address, AccountState>> states = new HashMap<>();
    private final Map<Hash32, Block> blocks = new HashMap<>();
    private final Set<Hash32> missingStates = new HashSet<>();
    private AccountState unknown = AccountState.EMPTY;
    private long gasLimit;
    private int nextHash = 1;
    private BlockHeader head;

    /// What blob gas costs next.
    BigInteger blobFee = BigInteger.ONE;

    /// The newest block that is final; -1 if nobody says.
    long finalNumber = -1;

    /// Whether new blocks say which accounts they touched.
    boolean tellTouched = true;

    FakeChain(long gasLimit) {
        this.gasLimit = gasLimit;
        this.head = header(hash(0), 0, 0);
        states.put(head.hash(), new HashMap<>());
        blocks.put(head.hash(), new Block(head, List.of(), Set.of()));
    }

    @Override
    public BlockHeader head() {
        return head;
    }

    @Override
    public Optional<StateView> stateAt(BlockHeader header) {
        Map<Address, AccountState> state = states.get(header.hash());
        if (state == null || missingStates.contains(header.hash())) return Optional.empty();
        return Optional.of(address -> state.getOrDefault(address, unknown));
    }

    @Override
    public BigInteger blobFee(BlockHeader header) {
        return blobFee;
    }

    @Override
    public OptionalLong finalized() {
        return finalNumber < 0 ? OptionalLong.empty() : OptionalLong.of(finalNumber);
    }

    /// Base fee of the head, which the next block keeps.
    void baseFee(long wei) {
        replaceHead(
                new BlockHeader(
                        head.hash(),
                        head.parentHash(),
                        head.number(),
                        head.timestamp(),
                        gasLimit,
                        gasLimit / 2,
                        BigInteger.valueOf(wei)));
    }

    @Override
    public StateView genesisState() {
        return _ -> unknown;
    }

    @Override
    public Optional<Block> block(Hash32 hash) {
        return Optional.ofNullable(blocks.get(hash));
    }

    /// Balance of every account without one of its own.
    void defaultBalance(BigInteger balance) {
        unknown = new AccountState(0, balance, AccountState.Code.NONE);
    }

    /// State of every account without one of its own.
    void defaultState(AccountState state) {
        unknown = state;
    }

    void gasLimit(long limit) {
        gasLimit = limit;
        replaceHead(
                new BlockHeader(
                        head.hash(),
                        head.parentHash(),
                        head.number(),
                        head.timestamp(),
                        limit,
                        head.gasUsed(),
                        head.baseFee()));
    }

    void replaceHead(BlockHeader header) {
        head = header;
        blocks.put(header.hash(), new Block(header, List.of(), null));
        states.putIfAbsent(header.hash(), new HashMap<>());
    }

    AccountState account(Address address) {
        return state(head).getOrDefault(address, unknown);
    }

    void set(Address address, AccountState state) {
        state(head).put(address, state);
    }

    void nonce(int key, long nonce) {
        AccountState old = account(Txs.address(key));
        set(Txs.address(key), new AccountState(nonce, old.balance(), old.code()));
    }

    void balance(int key, long balance) {
        balance(key, BigInteger.valueOf(balance));
    }

    void balance(int key, BigInteger balance) {
        AccountState old = account(Txs.address(key));
        set(Txs.address(key), new AccountState(old.nonce(), balance, old.code()));
    }

    void code(int key, AccountState.Code code) {
        AccountState old = account(Txs.address(key));
        set(Txs.address(key), new AccountState(old.nonce(), old.balance(), code));
    }

    /// A child of `parent` that executes transactions: nonces go up, costs go down; it becomes the
    /// head.
    BlockHeader extend(BlockHeader parent, Transaction... transactions) {
        return extend(parent, parent.timestamp() + 12, transactions);
    }

    BlockHeader extend(BlockHeader parent, long timestamp, Transaction... transactions) {
        var header =
                new BlockHeader(
                        hash(nextHash++),
                        parent.hash(),
                        parent.number() + 1,
                        timestamp,
                        gasLimit,
                        gasLimit / 2,
                        parent.baseFee());
        var state = new HashMap<>(state(parent));
        Set<Address> touched = new LinkedHashSet<>();
        for (Transaction tx : transactions) {
            AccountState old = state.getOrDefault(tx.sender(), unknown);
            state.put(
                    tx.sender(),
                    new AccountState(
                            tx.nonce() + 1,
                            old.balance().subtract(tx.cost()).max(BigInteger.ZERO),
                            old.code()));
            touched.add(tx.sender());
        }
        states.put(header.hash(), state);
        blocks.put(
                header.hash(),
                new Block(header, List.of(transactions), tellTouched ? touched : null));
        head = header;
        return header;
    }

    /// As [#extend] `n` times, without transactions.
    BlockHeader extendBy(BlockHeader parent, int n) {
        BlockHeader last = parent;
        for (int i = 0; i < n; i++) last = extend(last);
        return last;
    }

    /// Changes an account in the state of the head, as its block's doing.
    void touch(Address address, AccountState state) {
        set(address, state);
        Block block = Objects.requireNonNull(blocks.get(head.hash()));
        Set<Address> touched = block.touched();
        if (touched == null) return;
        Set<Address> more = new LinkedHashSet<>(touched);
        more.add(address);
        blocks.put(head.hash(), new Block(head, block.transactions(), more));
    }

    void forgetBlock(Hash32 hash) {
        blocks.remove(hash);
    }

    /// Takes a transaction out of a block, as if an operator had lost it.
    void forgetTransaction(BlockHeader header, Transaction tx) {
        Block block = Objects.requireNonNull(blocks.get(header.hash()));
        List<Transaction> rest = block.transactions().stream().filter(t -> !t.equals(tx)).toList();
        blocks.put(header.hash(), new Block(header, rest, block.touched()));
    }

    void forgetState(Hash32 hash) {
        missingStates.add(hash);
    }

    private Map<Address, AccountState> state(BlockHeader header) {
        return Objects.requireNonNull(states.get(header.hash()));
    }

    private BlockHeader header(Hash32 parent, long number, long timestamp) {
        return new BlockHeader(
                hash(nextHash++), parent, number, timestamp, gasLimit, gasLimit / 2, null);
    }

    private static Hash32 hash(int n) {
        return Txs.hash(n);
    }
}
