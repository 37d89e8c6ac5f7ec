package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pollen.mempool.ReplayLine.After;
import org.pollen.mempool.ReplayLine.Environment;
import org.pollen.mempool.ReplayLine.Then;
import org.pollen.mempool.ReplayResult.Status;
import org.pollen.mempool.kzg.KzgProofs;

class PoolReplayTest {
    private static final BlobProofs KZG = KzgProofs.load().orElseThrow();
    private static final TransactionSigner ALICE =
            new TransactionSigner(Keccak256.hash(new byte[] {1}));

    private final List<ReplayLine> lines = new ArrayList<>();

    @Test
    void aLineOfItsOwnGetsAFreshPool() {
        line("a", raw(0, 1), null, 0, null, List.of("OK"), TransactionStatus.PENDING, null, null);
        line("b", raw(0, 1), null, 0, null, List.of("OK"), TransactionStatus.PENDING, null, null);

        assertThat(statuses()).containsExactly(Status.MATCHED, Status.MATCHED);
    }

    @Test
    void theLinesOfAGroupShareAPoolInTheOrderOfTheirSteps() {
        line("late", raw(0, 1), "g", 2, null, List.of("ErrAlreadyKnown"), null, null, null);
        line("alone", raw(0, 1), null, 0, null, List.of("OK"), null, null, null);
        line("early", raw(0, 1), "g", 1, null, List.of("OK"), null, null, null);

        assertThat(statuses()).containsOnly(Status.MATCHED);
        assertThat(results().stream().map(r -> r.line().id()))
                .containsExactly("late", "alone", "early");
    }

    @Test
    void aBatchIsOneAddAndItsLastLineSaysWhatThePoolHolds() {
        line("2", raw(2, 1), "g", 1, 7, List.of("OK"), TransactionStatus.PENDING, null, null);
        line("1", raw(1, 1), "g", 2, 7, List.of("OK"), TransactionStatus.PENDING, null, null);
        line(
                "0",
                raw(0, 1),
                "g",
                3,
                7,
                List.of("OK"),
                TransactionStatus.PENDING,
                new After(3, 0, 3, null),
                null);

        assertThat(statuses()).containsOnly(Status.MATCHED);
    }

    @Test
    void everyDifferenceIsTold() {
        line(
                "a",
                raw(1, 1),
                null,
                0,
                null,
                List.of("ErrRlp", "ErrNonceTooLow"),
                TransactionStatus.PENDING,
                new After(1, 0, 1, 1),
                new Then(BigInteger.TWO, new After(1, 1, null, null)));

        ReplayResult result = results().getFirst();

        assertThat(result.status()).isEqualTo(Status.MISMATCH);
        assertThat(result.differences())
                .containsExactly(
                        "answer: expected ErrRlp or ErrNonceTooLow, got OK",
                        "place: expected PENDING, got QUEUED",
                        "after.pending: expected 1, got 0",
                        "after.queued: expected 0, got 1",
                        "after.events: expected 1, got 0",
                        "after.eventsSinceStep4: expected 1, got 0",
                        "then.after.pending: expected 1, got 0",
                        "then.after.queued: expected 1, got 0");
    }

    @Test
    void whatIsAnnouncedAfterTheFourthStepIsSummed() {
        for (int step = 1; step <= 6; step++) {
            line(
                    "s" + step,
                    raw(step - 1, 1),
                    "g",
                    step,
                    null,
                    List.of("OK"),
                    null,
                    step == 6 ? new After(6, 0, 1, 2) : null,
                    null);
        }

        assertThat(statuses()).containsOnly(Status.MATCHED);
    }

    @Test
    void aLineWithoutExpectationsIsOnlyAnswered() {
        lines.add(ReplayLine.of(1, "a", new byte[] {5, 1}));
        lines.add(ReplayLine.of(2, "b", raw(0, 1)));
        lines.add(ReplayLine.of(3, "c", raw(1, 1)));

        assertThat(results())
                .extracting(ReplayResult::status, ReplayResult::answer, ReplayResult::gossip)
                .containsExactly(
                        tuple(Status.UNCHECKED, "ErrTxTypeNotSupported", GossipVerdict.IGNORE),
                        tuple(Status.UNCHECKED, "OK", GossipVerdict.ACCEPT),
                        tuple(Status.UNCHECKED, "OK", GossipVerdict.IGNORE));
        assertThat(results().getFirst().message()).isEqualTo("transaction type not supported: 5");
    }

    @Test
    void theEnvironmentHoldsForTheWholePool() {
        var environment =
                new Environment(
                        Fork.LONDON,
                        1_000_000,
                        BigInteger.TWO,
                        5,
                        BigInteger.valueOf(42_000),
                        16,
                        16,
                        List.of(ALICE.address()).stream()
                                .collect(java.util.stream.Collectors.toSet()));
        lines.add(in(environment, raw(4, 2), "ErrNonceTooLow"));
        lines.add(in(environment, raw(5, 1), "ErrTxGasPriceTooLow"));
        lines.add(in(environment, raw(5, 2), "OK"));
        lines.add(in(environment, raw(5, 3), "ErrInsufficientFunds"));
        lines.add(in(environment, raw(6, 2), "ErrOutOfOrderTxFromDelegated"));

        assertThat(statuses()).containsOnly(Status.MATCHED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C142, C143: every line of transactions.jsonl gets what it expects")
    void theWholeFile(PoolMode mode) throws Exception {
        List<ReplayLine> file = ReplayFixture.lines();

        List<ReplayResult> results =
                PoolReplay.replay(file, mode, KZG, () -> new SplittableRandom(1));

        assertThat(results).hasSize(427);
        assertThat(results.stream().filter(r -> r.status() == Status.MISMATCH))
                .as("mismatches")
                .isEmpty();
        assertThat(results.stream().filter(r -> r.status() == Status.MATCHED)).hasSize(427);
    }

    @Test
    void theSameLinesGiveTheSameResults() throws Exception {
        List<ReplayLine> file = ReplayFixture.lines();

        List<ReplayResult> once =
                PoolReplay.replay(file, PoolMode.HARDENED, KZG, () -> new SplittableRandom(1));
        List<ReplayResult> twice =
                PoolReplay.replay(file, PoolMode.HARDENED, KZG, () -> new SplittableRandom(1));

        assertThat(IntStream.range(0, once.size())).allMatch(i -> once.get(i).equals(twice.get(i)));
    }

    private static org.assertj.core.groups.Tuple tuple(Object... values) {
        return org.assertj.core.api.Assertions.tuple(values);
    }

    private static byte[] raw(long nonce, long price) {
        return ALICE.draft(Transaction.LEGACY, BigInteger.ONE)
                .nonce(nonce)
                .gasPrice(BigInteger.valueOf(price))
                .to(ALICE.address())
                .sign()
                .raw();
    }

    private static ReplayLine in(Environment environment, byte[] raw, String expected) {
        return new ReplayLine(
                1, expected, raw, environment, null, 0, null, List.of(expected), null, null, null);
    }

    private void line(
            String id,
            byte[] raw,
            @Nullable String group,
            int step,
            @Nullable Integer batch,
            List<String> expected,
            @Nullable TransactionStatus place,
            @Nullable After after,
            @Nullable Then then) {
        lines.add(
                new ReplayLine(
                        lines.size() + 1,
                        id,
                        raw,
                        Environment.DEFAULT,
                        group,
                        step,
                        batch,
                        expected,
                        place,
                        after,
                        then));
    }

    private List<ReplayResult> results() {
        return PoolReplay.replay(lines, PoolMode.HARDENED, KZG, () -> new SplittableRandom(1));
    }

    private List<Status> statuses() {
        return results().stream().map(ReplayResult::status).toList();
    }
}
