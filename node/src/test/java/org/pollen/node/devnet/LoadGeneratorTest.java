package org.pollen.node.devnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.BaseFee;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.TransactionSigner;
import org.pollen.node.chain.DevAccount;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;
import org.pollen.node.chain.PooledChain;
import org.pollen.node.devnet.LoadGenerator.Kind;
import org.pollen.node.devnet.LoadGenerator.Status;
import org.pollen.node.devnet.LoadGenerator.Submission;

class LoadGeneratorTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long STEP = SECOND / 20;

    private final Map<Kind, Integer> sent = new EnumMap<>(Kind.class);
    private final Map<PoolError, Integer> refused = new HashMap<>();
    private final List<String> hashes = new ArrayList<>();

    @Test
    void theRateIsKept() {
        var node = new PooledChain(new DevChain(DevChainConfig.defaults(1)));

        run(node, LoadMix.DEVNET, 20, 60, 0);

        int all = sent.values().stream().mapToInt(i -> i).sum();
        int fills = sent.getOrDefault(Kind.FILL, 0);
        assertThat(all - fills).isBetween(1190, 1200);
    }

    @Test
    void everyKindIsSentAndNoneIsRefusedWhileTheChainReorganises() {
        var node = new PooledChain(new DevChain(DevChainConfig.defaults(2)));

        run(node, LoadMix.DEVNET, 20, 200, 14);

        assertThat(sent)
                .containsKeys(
                        Kind.TRANSFER,
                        Kind.CALL,
                        Kind.DELEGATION,
                        Kind.GAP,
                        Kind.FILL,
                        Kind.REPLACEMENT)
                .doesNotContainKey(Kind.INVALID);
        assertThat(refused).isEmpty();
        assertThat(node.reinjected).isNotEmpty();
        for (int i = 0; i < 4; i++) node.mine();
        assertThat(node.pool.queuedCount()).as("no account is stuck behind a gap").isZero();
    }

    @Test
    void theBaseFeeMovesBothWaysAndStaysReadable() {
        var node = new PooledChain(new DevChain(DevChainConfig.defaults(3)));
        var fees = new ArrayList<BigInteger>();
        node.chain.addListener(change -> fees.add(change.newHead().header().baseFee()));

        run(node, LoadMix.DEVNET, 20, 200, 0);

        int ups = 0;
        int downs = 0;
        for (int i = 1; i < fees.size(); i++) {
            int order = fees.get(i).compareTo(fees.get(i - 1));
            if (order > 0) ups++;
            if (order < 0) downs++;
        }
        assertThat(ups).isGreaterThan(15);
        assertThat(downs).isGreaterThan(15);
        assertThat(fees)
                .allSatisfy(fee ->
                        assertThat(fee)
                                .isBetween(
                                        BigInteger.valueOf(50_000_000),
                                        BigInteger.valueOf(60_000_000_000L)));
    }

    @Test
    void sameSeedSameTransactions() {
        run(new PooledChain(new DevChain(DevChainConfig.defaults(4))), LoadMix.DEVNET, 20, 20, 5);
        var first = List.copyOf(hashes);
        hashes.clear();
        run(new PooledChain(new DevChain(DevChainConfig.defaults(4))), LoadMix.DEVNET, 20, 20, 5);

        assertThat(hashes).isEqualTo(first).hasSizeGreaterThan(300);
    }

    @Test
    void onRequestSomeAreInvalidAndExactlyTheseAreRefused() {
        var node = new PooledChain(new DevChain(DevChainConfig.defaults(5)));

        run(node, LoadMix.DEVNET.withInvalid(0.2), 20, 60, 0);

        assertThat(refused)
                .containsOnlyKeys(
                        PoolError.ErrInsufficientFunds,
                        PoolError.ErrIntrinsicGas,
                        PoolError.ErrTipAboveFeeCap,
                        PoolError.ErrNonceTooLow);
        assertThat(refused.values().stream().mapToInt(i -> i).sum())
                .isEqualTo(sent.get(Kind.INVALID))
                .isGreaterThan(100);
    }

    @Test
    void anAccountWithTooMuchInFlightWaitsAndThatIsCounted() {
        var node = new PooledChain(new DevChain(DevChainConfig.defaults(6).withAccounts(2)));
        LoadGenerator load = generator(node, LoadMix.transfers(), 100);

        for (long t = STEP; t <= 2 * SECOND; t += STEP) {
            load.poll(t, accounts(node), BigInteger.ONE).forEach(s -> node.add(s.tx()));
        }

        assertThat(node.pool.pendingCount()).isEqualTo(2 * LoadGenerator.PENDING_MAX);
        assertThat(load.leftOut()).isEqualTo(200 - 2 * LoadGenerator.PENDING_MAX);
    }

    @Test
    void aCallerThatWasAwayGetsASecondsWorthAtMost() {
        var node = new PooledChain(new DevChain(DevChainConfig.defaults(7)));
        LoadGenerator load = generator(node, LoadMix.transfers(), 20);

        assertThat(load.poll(100 * SECOND, accounts(node), BigInteger.ONE)).hasSize(20);
        assertThat(load.leftOut()).isEqualTo(1980);
        assertThat(load.nextAt()).isEqualTo(100 * SECOND + SECOND / 20);
        assertThat(load.poll(100 * SECOND, accounts(node), BigInteger.ONE)).isEmpty();
    }

    @Test
    void aMixOfMoreThanEverythingIsRefused() {
        assertThatThrownBy(() -> new LoadMix(0.5, 0.5, 0.1, 0, 0, 0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 1");
        assertThatThrownBy(() -> new LoadMix(-0.5, 0.5, 0.1, 0, 0, 0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must not be negative");
    }

    /// Drives load and chain on one clock: a block every two seconds, a reorganisation now and
    /// then.
    private void run(PooledChain node, LoadMix mix, double rate, int seconds, int reorgEvery) {
        LoadGenerator load = generator(node, mix, rate);
        var random = new Random(9);
        for (long t = STEP; t <= seconds * SECOND; t += STEP) {
            node.now = t;
            BigInteger baseFee = BaseFee.next(node.chain.head());
            for (Submission submission : load.poll(t, accounts(node), baseFee)) {
                AddOutcome outcome = node.add(submission.tx());
                sent.merge(submission.kind(), 1, Integer::sum);
                hashes.add(submission.tx().hash().toString());
                if (outcome.error() != null) refused.merge(outcome.error(), 1, Integer::sum);
            }
            if (t % (2 * SECOND) == 0) node.mine();
            if (reorgEvery > 0 && t % (reorgEvery * SECOND) == 0) {
                node.chain.reorganise(1 + random.nextInt(3));
            }
        }
        load.finish(seconds * SECOND, accounts(node), BaseFee.next(node.chain.head()))
                .forEach(submission -> node.add(submission.tx()));
    }

    private static LoadGenerator generator(PooledChain node, LoadMix mix, double rate) {
        List<TransactionSigner> signers =
                node.chain.accounts().stream().map(DevAccount::signer).toList();
        return new LoadGenerator(signers, 31_337, mix, rate, new Random(11), 0);
    }

    private static LoadGenerator.Accounts accounts(PooledChain node) {
        return (_, address) ->
                Status.of(
                        address,
                        node.snapshot(),
                        node.chain.stateAt(node.snapshot().head()).orElseThrow());
    }
}
