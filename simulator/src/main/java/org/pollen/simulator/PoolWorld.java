package org.pollen.simulator;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccountState;
import org.pollen.mempool.Address;
import org.pollen.mempool.Block;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.Fork;
import org.pollen.mempool.ForkSchedule;
import org.pollen.mempool.GossipGate;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolConfig;
import org.pollen.mempool.StateView;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionSigner;
import org.pollen.router.Mask;
import org.pollen.router.RpcMessage;

/// What the pools of one run share: the blocks that were made, accounts and their transactions, and
/// each message decoded and its sender recovered once, since all peers see the same bytes.
///
/// Only for runs with one worker.
///
/// Source: simulator specification 3.7.
final class PoolWorld {
    static final Mask TRANSACTIONS = Mask.topic("tx");
    static final Mask BLOCKS = Mask.topic("blocks");
    static final BigInteger CHAIN = BigInteger.ONE;
    static final ForkSchedule FORKS = ForkSchedule.always(Fork.PRAGUE);
    static final long SLOT = 12_000_000_000L;

    /// An eighth of the default pool, of the honest accounts and of the gas of a block.
    static final int SCALE = 8;

    static final int HONEST_ACCOUNTS = 384 / SCALE;
    static final int HONEST_EACH = 16;
    static final int FULL = HONEST_ACCOUNTS * HONEST_EACH;
    static final int SLOTS = 5120 / SCALE;
    static final int QUEUE = 1024 / SCALE;
    static final long GAS_LIMIT = 30_000_000L / SCALE;
    static final long PRICE = 300;

    /// Numbers of the accounts of attackers begin here.
    static final int ATTACKERS = 1_000_000;

    /// Numbers of the accounts whose transactions come while the run lasts.
    static final int ARRIVALS = 500_000;

    private static final BigInteger RICH = BigInteger.TEN.pow(24);
    private static final Address SINK = new Address(new byte[20]);
    private static final Map<Integer, TransactionSigner> SIGNERS = new LinkedHashMap<>();
    private static @Nullable List<Transaction> resident;

    /// A block with the state after it.
    private record Made(Block block, Map<Address, AccountState> state) {}

    private record Key(long hi, long lo) {}

    private final Map<Hash32, Made> made = new LinkedHashMap<>();
    private final Map<Address, BigInteger> balances = new LinkedHashMap<>();
    private final Map<Key, GossipGate.Answer> answers = new LinkedHashMap<>();
    private final Set<Hash32> attack = new LinkedHashSet<>();
    private final GossipGate gate = new GossipGate(CHAIN, FORKS);
    final BlockHeader genesis;
    final PoolConfig config;
    final List<Block> chain = new ArrayList<>();

    /// Attack transactions that came from a peer that runs the router.
    long beyondFirstHop;

    /// Transactions that each run admitted, at most.
    int admittedMost;

    /// Transactions of attackers that took the place of others with their nonce.
    long replacements;

    /// Blocks made since, by number, when.
    final Map<Long, Long> madeAt = new LinkedHashMap<>();

    PoolWorld(PoolConfig config) {
        this.config = config;
        genesis = header(new Hash32(new byte[32]), 0);
        made.put(genesis.hash(), new Made(new Block(genesis, List.of(), Set.of()), Map.of()));
    }

    private static BlockHeader header(Hash32 parent, long number) {
        var hash = new byte[32];
        ByteBuffer.wrap(hash).putLong(Mix.mix(parent.hashCode(), number)).putLong(24, number);
        return new BlockHeader(
                new Hash32(hash), parent, number, 12 * number, GAS_LIMIT, GAS_LIMIT / 2, null);
    }

    // Accounts.

    /// Signing is slow: keys are kept for the whole process.
    static synchronized TransactionSigner signer(int number) {
        return SIGNERS.computeIfAbsent(
                number,
                n -> {
                    var key = new byte[32];
                    ByteBuffer.wrap(key).putInt(0, 0x1234567).putInt(28, n);
                    return new TransactionSigner(key);
                });
    }

    static Address address(int number) {
        return signer(number).address();
    }

    static Transaction transaction(int account, long nonce, long price, long value) {
        return signer(account)
                .draft(Transaction.LEGACY, CHAIN)
                .nonce(nonce)
                .gasPrice(BigInteger.valueOf(price))
                .to(SINK)
                .value(BigInteger.valueOf(value))
                .sign();
    }

    /// What fills each pool before the run.
    static synchronized List<Transaction> resident() {
        List<Transaction> all = resident;
        if (all == null) {
            var list = new ArrayList<Transaction>();
            for (int i = 1; i <= HONEST_ACCOUNTS; i++) {
                for (int n = 0; n < HONEST_EACH; n++) list.add(transaction(i, n, PRICE, 100));
            }
            all = List.copyOf(list);
            resident = all;
        }
        return all;
    }

    /// Gives an account less than it would have.
    void balance(int account, long wei) {
        balances.put(address(account), BigInteger.valueOf(wei));
    }

    /// Marks what attackers send.
    void attacks(List<Transaction> transactions) {
        for (Transaction tx : transactions) attack.add(tx.hash());
    }

    boolean isAttack(Transaction tx) {
        return attack.contains(tx.hash());
    }

    boolean isHonest(Transaction tx) {
        return !isAttack(tx);
    }

    // Blocks.

    StateView state(BlockHeader header) {
        Map<Address, AccountState> state =
                java.util.Objects.requireNonNull(made.get(header.hash())).state;
        return address -> {
            AccountState known = state.get(address);
            return known == null ? initial(address) : known;
        };
    }

    boolean knows(Hash32 hash) {
        return made.containsKey(hash);
    }

    @Nullable Block block(Hash32 hash) {
        Made one = made.get(hash);
        return one == null ? null : one.block;
    }

    private AccountState initial(Address address) {
        return new AccountState(0, balances.getOrDefault(address, RICH), AccountState.Code.NONE);
    }

    /// A child with these transactions.
    Block extend(BlockHeader parent, List<Transaction> transactions, long now) {
        BlockHeader header = header(parent.hash(), parent.number() + 1);
        var state =
                new LinkedHashMap<>(
                        java.util.Objects.requireNonNull(made.get(parent.hash())).state);
        var touched = new LinkedHashSet<Address>();
        for (Transaction tx : transactions) {
            Address from = tx.sender();
            AccountState old = state.getOrDefault(from, initial(from));
            BigInteger left = old.balance().subtract(tx.cost()).max(BigInteger.ZERO);
            state.put(from, new AccountState(tx.nonce() + 1, left, old.code()));
            touched.add(from);
        }
        var block = new Block(header, transactions, touched);
        made.put(header.hash(), new Made(block, state));
        chain.add(block);
        madeAt.put(header.number(), now);
        return block;
    }

    // Messages.

    /// What the gate says of a message's bytes; once for all peers.
    GossipGate.Answer answer(RpcMessage message, BlockHeader head) {
        return answers.computeIfAbsent(
                new Key(message.idHi(), message.idLo()),
                _ -> {
                    byte[] raw =
                            Arrays.copyOfRange(
                                    message.array(),
                                    message.dataOffset(),
                                    message.dataOffset() + message.dataLength());
                    return gate.check(raw, head, BigInteger.ONE, _ -> false);
                });
    }

    GossipGate gate() {
        return gate;
    }
}
