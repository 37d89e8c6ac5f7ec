package org.pollen.mempool;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A chain on which everybody is rich, and transactions whose senders are known, so that the pool's
/// own work is all that is measured. In the pool's package, whose parts it makes.
final class BenchChain implements ChainView {
    private static final BigInteger RICH = BigInteger.TEN.pow(30);
    private static final AccountState ACCOUNT = new AccountState(0, RICH, AccountState.Code.NONE);

    private final Map<Hash32, Block> blocks = new HashMap<>();
    private BlockHeader head;
    private int made;

    BenchChain() {
        head = header(hash(0), 0);
        blocks.put(head.hash(), new Block(head, List.of(), Set.of()));
    }

    @Override
    public BlockHeader head() {
        return head;
    }

    @Override
    public Optional<StateView> stateAt(BlockHeader header) {
        return Optional.of(genesisState());
    }

    @Override
    public StateView genesisState() {
        return _ -> ACCOUNT;
    }

    @Override
    public Optional<Block> block(Hash32 hash) {
        return Optional.ofNullable(blocks.get(hash));
    }

    BlockHeader extend(
            BlockHeader parent, List<Transaction> transactions, @Nullable Set<Address> touched) {
        BlockHeader header = header(parent.hash(), parent.number() + 1);
        blocks.put(header.hash(), new Block(header, transactions, touched));
        head = header;
        return header;
    }

    TransactionPool pool(PoolConfig config) {
        return new TransactionPool(
                config,
                PoolContext.of(BigInteger.ONE, ForkSchedule.always(Fork.PRAGUE), this),
                PoolEvents.NONE,
                new Random(1));
    }

    private BlockHeader header(Hash32 parent, long number) {
        return new BlockHeader(
                hash(++made), parent, number, number * 12, 30_000_000, 15_000_000, BigInteger.TEN);
    }

    static Address address(int key) {
        byte[] bytes = new byte[20];
        ByteBuffer.wrap(bytes).putInt(0, key * 0x9E3779B9).putInt(16, key);
        return new Address(bytes);
    }

    private static Hash32 hash(int n) {
        byte[] bytes = new byte[32];
        ByteBuffer.wrap(bytes).putInt(0, n).putInt(28, n);
        return new Hash32(bytes);
    }

    static Transaction transaction(int key, long nonce, long price) {
        byte[] envelope =
                new RlpWriter()
                        .number(nonce)
                        .number(price)
                        .number(21_000L)
                        .bytes(address(0).bytes())
                        .number(1L)
                        .bytes(new byte[0])
                        .number(37L)
                        .number(new BigInteger(1, address(key).bytes()))
                        .number(1L)
                        .toEnvelope(Transaction.LEGACY);
        try {
            return TransactionDecoder.decode(envelope).known(address(key), List.of());
        } catch (TransactionRefusedException e) {
            throw new AssertionError(e);
        }
    }

    /// Runs of consecutive nonces of several accounts, account by account.
    static List<Transaction> runs(int firstKey, int accounts, int length, long price) {
        var all = new ArrayList<Transaction>(accounts * length);
        for (int key = firstKey; key < firstKey + accounts; key++) {
            for (int n = 0; n < length; n++) all.add(transaction(key, n, price + (key * 31L) % 97));
        }
        return all;
    }
}
