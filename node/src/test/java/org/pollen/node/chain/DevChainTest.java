package org.pollen.node.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.mempool.AccountState;
import org.pollen.mempool.Address;
import org.pollen.mempool.BaseFee;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionSigner;
import org.pollen.mempool.TransactionStatus;

class DevChainTest {
    private static final BigInteger CHAIN = BigInteger.valueOf(31_337);
    private static final BigInteger GWEI = BigInteger.valueOf(1_000_000_000);
    private static final BigInteger ETHER = BigInteger.TEN.pow(18);

    private final PooledChain node = new PooledChain(42);
    private final DevChain chain = node.chain;

    @Test
    void thereAreFiftyFundedAccountsAndTheyFollowFromTheSeed() {
        var one = new DevChain(DevChainConfig.defaults(42));
        var same = new DevChain(DevChainConfig.defaults(42));
        var other = new DevChain(DevChainConfig.defaults(43));

        assertThat(one.accounts()).hasSize(50);
        assertThat(one.chainId()).isEqualTo(31_337);
        assertThat(one.latest().hash()).isEqualTo(same.latest().hash());
        assertThat(one.latest().hash()).isNotEqualTo(other.latest().hash());
        assertThat(one.accounts().get(7).address()).isEqualTo(same.accounts().get(7).address());
        assertThat(one.accounts().get(7).address()).isNotEqualTo(other.accounts().get(7).address());
        assertThat(balance(one, one.accounts().getFirst().address()))
                .isEqualTo(ETHER.multiply(BigInteger.valueOf(10_000)));
    }

    @Test
    void aBlockMovesValueAndPaysTheTip() {
        Address to = node.account(1).address();
        BigInteger before = balance(chain, to);
        Transaction tx = transfer(0, 0).value(ETHER).to(to).sign();
        node.add(tx);

        ChainBlock block = node.mine();

        BigInteger price = baseFee(block).add(GWEI);
        BigInteger fee = price.multiply(BigInteger.valueOf(21_000));
        assertThat(block.transactions()).containsExactly(tx);
        assertThat(block.receipts())
                .containsExactly(new Receipt(tx.hash(), 0, true, 21_000, 21_000, price, null));
        assertThat(balance(chain, to)).isEqualTo(before.add(ETHER));
        assertThat(balance(chain, node.account(0).address()))
                .isEqualTo(chain.config().balance().subtract(ETHER).subtract(fee));
        assertThat(balance(chain, block.seal().beneficiary()))
                .isEqualTo(GWEI.multiply(BigInteger.valueOf(21_000)));
        assertThat(account(node.account(0).address()).nonce()).isEqualTo(1);
        assertThat(node.pool.status(tx.hash())).isEqualTo(TransactionStatus.UNKNOWN);
    }

    @Test
    void touchedAccountsAreAllThatDifferAndNoOthers() {
        node.add(transfer(0, 0).to(node.account(1).address()).value(ETHER).sign());

        ChainBlock block = node.mine();

        assertThat(block.block().touched())
                .containsExactlyInAnyOrder(
                        node.account(0).address(),
                        node.account(1).address(),
                        block.seal().beneficiary());
    }

    @Test
    void theBestTipComesFirstAndNoncesStayInOrder() {
        Transaction poor = transfer(0, 0).fees(gwei(9), gwei(1)).sign();
        Transaction rich = transfer(1, 0).fees(gwei(9), gwei(3)).sign();
        Transaction richer = transfer(1, 1).fees(gwei(9), gwei(5)).sign();
        List.of(poor, rich, richer).forEach(node::add);

        assertThat(node.mine().transactions()).containsExactly(rich, richer, poor);
    }

    @Test
    @DisplayName(
            "2.1, 7 txpool.locals: preferred accounts come first, the best tip first in both parts")
    void preferredAccountsComeFirst() {
        Transaction poor = transfer(0, 0).fees(gwei(9), gwei(1)).sign();
        Transaction rich = transfer(1, 0).fees(gwei(9), gwei(3)).sign();
        Transaction richer = transfer(2, 0).fees(gwei(9), gwei(5)).sign();
        Transaction own = transfer(3, 0).fees(gwei(9), gwei(2)).sign();
        List.of(poor, rich, richer, own).forEach(node::add);
        node.chain.prefer(Set.of(node.account(0).address(), node.account(3).address()));

        assertThat(node.mine().transactions()).containsExactly(own, poor, richer, rich);
    }

    @Test
    void aBlockHasNoMoreGasThanItsLimit() {
        var small = new PooledChain(new DevChain(DevChainConfig.defaults(1).withGasLimit(50_000)));
        for (int i = 0; i < 3; i++) {
            small.add(transfer(small, i, 0).sign());
        }

        assertThat(small.mine().transactions()).hasSize(2);
        assertThat(small.mine().transactions()).hasSize(1);
        assertThat(small.mine().transactions()).isEmpty();
    }

    @ParameterizedTest(name = "mempool.md 5.2: {0} gas used of 30 million")
    @CsvSource({"0, 765625000", "15000000, 875000000", "30000000, 984375000"})
    void theBaseFeeFollowsTheGasUsed(long gasUsed, long expected) {
        if (gasUsed > 0) {
            node.add(
                    transfer(0, 0)
                            .to(GasBurner.ADDRESS)
                            .value(BigInteger.ZERO)
                            .gas(gasUsed)
                            .sign());
        }
        ChainBlock first = node.mine();
        ChainBlock second = node.mine();

        assertThat(second.header().baseFee()).isEqualTo(BaseFee.next(first.header()));
        assertThat(baseFee(second).doubleValue())
                .as("within what the last turn of the burner leaves")
                .isCloseTo((double) expected, Percentage.withPercentage(0.01));
    }

    @ParameterizedTest(name = "{0} available: {1} used")
    @CsvSource({
        "0, 0",
        "21, 21",
        "22, 22",
        "1000, 22",
        "1003, 22",
        "1004, 44",
        "1025, 44",
        "1026, 66",
        "9000, 8030"
    })
    void theBurnerUsesWhatTheEvmWouldCharge(long available, long used) {
        assertThat(GasBurner.used(available)).isEqualTo(used).isEqualTo(interpreted(available));
    }

    @Test
    void aFailedCallPaysAndMovesNothing() {
        Transaction tx = transfer(0, 0).to(GasBurner.ADDRESS).value(ETHER).gas(21_010).sign();
        node.add(tx);

        Receipt receipt = node.mine().receipts().getFirst();

        assertThat(receipt.success()).isFalse();
        assertThat(receipt.gasUsed()).isEqualTo(21_010);
        assertThat(balance(chain, GasBurner.ADDRESS)).isZero();
    }

    @Test
    void aCreationMovesValueToTheContractsAddress() {
        Transaction tx =
                transfer(0, 0).to(null).value(ETHER).gas(60_000).data(new byte[] {1, 0}).sign();
        node.add(tx);

        Receipt receipt = node.mine().receipts().getFirst();

        // 53000 + 16 + 4, and 2 for the one word of init code.
        assertThat(receipt.gasUsed()).isEqualTo(53_022);
        assertThat(receipt.created())
                .isEqualTo(BlockBuilder.contractAddress(node.account(0).address(), 0));
        assertThat(balance(chain, Objects.requireNonNull(receipt.created()))).isEqualTo(ETHER);
    }

    @Test
    void contractAddressesAreThoseOfTheYellowPaper() {
        // A vector that every client has: sender and nonce of EIP-1014's predecessor rule.
        Address sender = Address.parse("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0");

        assertThat(BlockBuilder.contractAddress(sender, 0).toString())
                .isEqualTo("0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d");
        assertThat(BlockBuilder.contractAddress(sender, 1).toString())
                .isEqualTo("0x343c43a37d37dff08ae8c4a11544c718abb4fcf8");
    }

    @Test
    void aSetCodeTransactionSetsTheDelegationAndTheNextOneClearsIt() {
        TransactionSigner authority = node.account(5).signer();
        Address code = node.account(6).address();
        node.add(setCode(0, authority, code, 0));
        ChainBlock first = node.mine();

        AccountState delegated = account(authority.address());
        byte[] delegation = chain.state(first).orElseThrow().code(authority.address());
        node.add(setCode(1, authority, new Address(new byte[20]), 1));
        node.mine();

        assertThat(delegated.code()).isEqualTo(AccountState.Code.DELEGATION);
        assertThat(delegated.nonce()).isEqualTo(1);
        assertThat(delegation).hasSize(23).startsWith(0xef, 0x01, 0x00).endsWith(code.bytes());
        // 46000, less the refund for an account that exists, which is at most a fifth.
        assertThat(first.receipts().getFirst().gasUsed()).isEqualTo(46_000 - 46_000 / 5);
        assertThat(account(authority.address()).code()).isEqualTo(AccountState.Code.NONE);
        assertThat(account(authority.address()).nonce()).isEqualTo(2);
    }

    @Test
    void anAuthorizationWithAnotherNonceChangesNothing() {
        TransactionSigner authority = node.account(5).signer();
        node.add(setCode(0, authority, node.account(6).address(), 7));

        node.mine();

        assertThat(account(authority.address()))
                .isEqualTo(new AccountState(0, chain.config().balance(), AccountState.Code.NONE));
    }

    @Test
    void aReorganisationReplacesBlocksByOthersOfTheSameHeightAndDropsTransactions() {
        mineTransfers(3);
        ChainBlock oldHead = chain.latest();
        var heard = new ArrayList<HeadChange>();
        chain.addListener(heard::add);

        HeadChange change = chain.reorganise(2).orElseThrow();

        assertThat(heard).containsExactly(change);
        assertThat(change.oldHead()).isEqualTo(oldHead);
        assertThat(change.newHead()).isEqualTo(chain.latest());
        assertThat(change.removed()).extracting(ChainBlock::number).containsExactly(3L, 2L);
        assertThat(change.added()).extracting(ChainBlock::number).containsExactly(2L, 3L);
        assertThat(chain.latest().number()).isEqualTo(3);
        assertThat(chain.latest().hash()).isNotEqualTo(oldHead.hash());
        assertThat(change.added().getFirst().parentHash())
                .isEqualTo(chain.byNumber(1).orElseThrow().hash());
        int before = count(change.removed());
        assertThat(count(change.added())).isLessThan(before).isGreaterThan(0);
        assertThat(chain.byHash(oldHead.hash())).as("side blocks stay known").isPresent();
    }

    @Test
    void whatABranchDropsIsPooledAgainAndMinedAgain() {
        mineTransfers(3);

        HeadChange change = chain.reorganise(3).orElseThrow();
        List<Transaction> lost = new ArrayList<>();
        change.removed().forEach(block -> lost.addAll(block.transactions()));
        change.added().forEach(block -> lost.removeAll(block.transactions()));

        assertThat(lost).isNotEmpty();
        assertThat(node.reinjected).containsExactlyInAnyOrderElementsOf(lost);
        lost.forEach(tx -> {
            assertThat(node.pool.status(tx.hash())).isEqualTo(TransactionStatus.PENDING);
            assertThat(chain.inclusion(tx.hash())).isEmpty();
        });
        ChainBlock next = node.mine();
        assertThat(next.transactions()).containsExactlyInAnyOrderElementsOf(lost);
    }

    @Test
    void inclusionsAreOfTheCanonicalChainOnly() {
        mineTransfers(3);
        HeadChange change = chain.reorganise(3).orElseThrow();

        for (ChainBlock block : change.added()) {
            for (int i = 0; i < block.transactions().size(); i++) {
                assertThat(chain.inclusion(block.transactions().get(i).hash()))
                        .contains(new Inclusion(block, i));
            }
        }
    }

    @Test
    void aReorganisationGoesNoDeeperThanTheChain() {
        mineTransfers(2);

        assertThat(chain.reorganise(128).orElseThrow().removed()).hasSize(2);
        assertThat(new DevChain(DevChainConfig.defaults(1)).reorganise(1)).isEmpty();
    }

    @Test
    void aReorganisationCanBe128DeepAndThePoolIsRightAfterIt() {
        mineTransfers(140);

        assertThat(chain.reorganise(128).orElseThrow().removed()).hasSize(128);

        assertThat(node.pool.head()).isEqualTo(chain.head());
    }

    @Test
    void sameSeedSameCallsSameBlocks() {
        assertThat(story(7)).isEqualTo(story(7));
        assertThat(story(7)).isNotEqualTo(story(8));
    }

    @Test
    void blockTimesNeverStandStill() {
        long time = chain.head().timestamp();

        chain.mine(time - 50, List.of());
        chain.mine(0, List.of());

        assertThat(chain.head().timestamp()).isEqualTo(time + 2);
    }

    @Test
    void aSnapshotBringsTheHeadBackOnce() {
        mineTransfers(1);
        ChainBlock then = chain.latest();
        int snapshot = chain.snapshot();
        mineTransfers(2);
        var heard = new ArrayList<HeadChange>();
        chain.addListener(heard::add);

        assertThat(chain.revert(snapshot)).isTrue();

        assertThat(chain.latest()).isEqualTo(then);
        assertThat(chain.byNumber(2)).isEmpty();
        assertThat(heard).singleElement().satisfies(c -> assertThat(c.added()).isEmpty());
        assertThat(chain.revert(snapshot)).as("used up").isFalse();
        assertThat(node.pool.head()).isEqualTo(then.header());
    }

    @Test
    void aBalanceSetFromOutsideReachesThePoolWithTheNextBlock() {
        Address poor = node.account(3).address();

        chain.setBalance(poor, BigInteger.ONE);
        ChainBlock next = node.mine();

        assertThat(balance(chain, poor)).isEqualTo(BigInteger.ONE);
        assertThat(next.block().touched()).contains(poor);
        assertThat(node.add(transfer(3, 0).sign()).error())
                .isEqualTo(org.pollen.mempool.PoolError.ErrInsufficientFunds);
    }

    @Test
    void oldStatesAndBlocksAreForgottenButNotTheFirst() {
        var forgetful = new DevChain(DevChainConfig.defaults(1).withAccounts(2).withMemory(8, 4));
        ChainBlock first = forgetful.latest();
        var all = new ArrayList<ChainBlock>();
        for (int i = 0; i < 20; i++) all.add(forgetful.mine(0, List.of()));

        assertThat(forgetful.byNumber(12)).isEmpty();
        assertThat(forgetful.byHash(all.get(11).hash())).isEmpty();
        assertThat(forgetful.byNumber(13)).contains(all.get(12));
        assertThat(forgetful.state(all.get(15))).isEmpty();
        assertThat(forgetful.state(all.get(16))).isPresent();
        assertThat(forgetful.byNumber(0)).contains(first);
        assertThat(forgetful.genesisState().account(forgetful.accounts().getFirst().address()))
                .isNotEqualTo(AccountState.EMPTY);
        assertThat(forgetful.reorganise(10).orElseThrow().removed()).hasSize(3);
    }

    @Test
    void whatCannotBePaidOrIsForAnotherChainIsLeftOut() {
        Transaction foreign =
                node.account(0)
                        .signer()
                        .draft(2, BigInteger.ONE)
                        .fees(gwei(9), gwei(1))
                        .to(node.account(1).address())
                        .sign();
        Transaction cheap = transfer(1, 0).fees(BigInteger.ONE, BigInteger.ONE).sign();
        Transaction ahead = transfer(2, 1).sign();
        var pending = new ArrayList<List<org.pollen.mempool.PooledTransaction>>();
        for (Transaction tx : List.of(foreign, cheap, ahead)) {
            pending.add(
                    List.of(
                            new org.pollen.mempool.PooledTransaction(
                                    tx, org.pollen.mempool.TransactionSource.LOCAL, 0)));
        }

        assertThat(chain.mine(0, pending).transactions()).isEmpty();
    }

    private static List<String> story(long seed) {
        var node = new PooledChain(seed);
        for (int block = 0; block < 6; block++) {
            for (int i = 0; i < 4; i++) node.add(transfer(node, i, block).sign());
            node.mine();
        }
        node.chain.reorganise(3);
        node.mine();
        var hashes = new ArrayList<String>();
        for (long n = 0; n <= node.chain.latest().number(); n++) {
            hashes.add(node.chain.byNumber(n).orElseThrow().hash().toString());
        }
        return hashes;
    }

    private void mineTransfers(int blocks) {
        for (int block = 0; block < blocks; block++) {
            for (int i = 0; i < 4; i++) {
                long nonce = node.pool.nextNonce(node.account(i).address());
                node.add(transfer(i, nonce).fees(gwei(50), gwei(1)).sign());
            }
            node.mine();
        }
    }

    private TransactionSigner.Draft transfer(int from, long nonce) {
        return transfer(node, from, nonce);
    }

    private static TransactionSigner.Draft transfer(PooledChain node, int from, long nonce) {
        return node.account(from)
                .signer()
                .draft(2, CHAIN)
                .nonce(nonce)
                .fees(gwei(9), gwei(1))
                .value(BigInteger.ONE)
                .to(node.account(9).address());
    }

    private Transaction setCode(long nonce, TransactionSigner authority, Address code, long own) {
        return node.account(0)
                .signer()
                .draft(4, CHAIN)
                .nonce(nonce)
                .fees(gwei(9), gwei(1))
                .gas(100_000)
                .to(node.account(1).address())
                .authorizations(List.of(authority.authorize(CHAIN, code, own)))
                .sign();
    }

    private AccountState account(Address address) {
        return chain.state(chain.latest()).orElseThrow().account(address);
    }

    private static BigInteger balance(DevChain chain, Address address) {
        return chain.state(chain.latest()).orElseThrow().account(address).balance();
    }

    private static BigInteger baseFee(ChainBlock block) {
        return Objects.requireNonNull(block.header().baseFee());
    }

    private static BigInteger gwei(long number) {
        return GWEI.multiply(BigInteger.valueOf(number));
    }

    private static int count(List<ChainBlock> blocks) {
        return blocks.stream().mapToInt(block -> block.transactions().size()).sum();
    }

    /// The burner's code, opcode by opcode.
    private static long interpreted(long available) {
        long gas = available;
        while (true) {
            if (gas < 22) return available; // out of gas somewhere in this turn
            long read = gas - 3;
            gas -= 22;
            if (read <= 1000) return available - gas;
        }
    }
}
