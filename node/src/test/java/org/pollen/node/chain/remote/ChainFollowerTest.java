package org.pollen.node.chain.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.mempool.Address;
import org.pollen.mempool.RunReport;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainFault;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;
import org.pollen.node.chain.GasBurner;
import org.pollen.node.chain.HeadChange;
import org.pollen.node.chain.PooledChain;

/// What a pool sees of a chain that it follows over JSON-RPC; mempool.md 5 and 6.
class ChainFollowerTest {
    private static final BigInteger GWEI = BigInteger.valueOf(1_000_000_000);

    private static Transaction transfer(PooledChain truth, int from, long nonce) {
        return truth.account(from)
                .signer()
                .draft(2, BigInteger.valueOf(31_337))
                .nonce(nonce)
                .fees(GWEI.multiply(BigInteger.valueOf(50)), GWEI)
                .gas(21_000)
                .value(BigInteger.valueOf(7))
                .to(truth.account((from + 1) % truth.chain.accounts().size()).address())
                .sign();
    }

    private static void both(Followed followed, int from, long nonce) {
        Transaction tx = transfer(followed.truth, from, nonce);
        assertThat(followed.add(tx).error()).isEqualTo(followed.truth.add(tx).error());
    }

    @Test
    void aMinedTransactionLeavesThePoolAndItsFollowerStays() {
        var followed = Followed.of(new PooledChain(42));
        both(followed, 1, 0);
        both(followed, 2, 3);
        followed.truth.mine();
        both(followed, 3, 0);
        followed.poll();
        followed.checkPool();
        assertThat(followed.changes).hasSize(1);
        assertThat(followed.pool().pendingCount()).isEqualTo(1);
        assertThat(followed.pool().queuedCount()).isEqualTo(1);
    }

    @Test
    @DisplayName("5.4: only accounts that a block touches are read and visited again")
    void onlyTouchedAccountsAreRevisited() {
        var followed = Followed.of(new PooledChain(new DevChain(DevChainConfig.defaults(42))));
        for (int i = 0; i < 40; i++) both(followed, i, i == 7 ? 0 : 1);
        followed.client.asked.clear();
        followed.truth.mine();
        followed.poll();
        followed.checkPool();
        // 7 sent, 8 received; 0 is what 39 others are to it: nothing.
        assertThat(followed.client.calls("eth_getBalance")).isEqualTo(2);
        assertThat(followed.runs.getLast().visited()).isLessThanOrEqualTo(2);
        assertThat(followed.client.calls("eth_getBlockByHash")).isEqualTo(1);
    }

    @Test
    void severalBlocksBetweenTwoPollsAreWalkedByTheirParents() {
        var followed = Followed.of(new PooledChain(42));
        for (int i = 0; i < 5; i++) {
            both(followed, i, 0);
            followed.truth.mine();
        }
        followed.poll();
        followed.checkPool();
        assertThat(followed.changes).hasSize(1);
        HeadChange change = followed.changes.getFirst();
        assertThat(change.added()).hasSize(5);
        assertThat(change.jumped()).isFalse();
        assertThat(change.reorganised()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64})
    void aReorganisationPoolsAgainWhatItDrops(int depth) {
        var followed = Followed.of(new PooledChain(longMemory(42)));
        for (int i = 0; i < depth; i++) {
            both(followed, i % 10, i / 10);
            followed.truth.mine();
            followed.poll();
        }
        assertThat(followed.truth.chain.reorganise(depth)).isPresent();
        followed.poll();
        followed.checkPool();
        assertThat(followed.changes.getLast().removed()).hasSize(depth);
        assertThat(followed.reinjected).isNotEmpty();
        assertThat(followed.reinjected)
                .containsExactlyInAnyOrderElementsOf(followed.truth.reinjected);
    }

    @Test
    @DisplayName("6: a branch of more than 64 blocks resets the pool and pools nothing again")
    void aDeeperReorganisationIsAJump() {
        var followed = Followed.of(new PooledChain(longMemory(42)));
        for (int i = 0; i < 65; i++) {
            both(followed, i % 10, i / 10);
            followed.truth.mine();
            followed.poll();
        }
        assertThat(followed.truth.chain.reorganise(65)).isPresent();
        followed.poll();
        assertThat(followed.changes.getLast().jumped()).isTrue();
        assertThat(followed.runs.getLast().reset()).isEqualTo(RunReport.Reset.DONE);
        assertThat(followed.reinjected).isEmpty();
        assertThat(followed.head().hash()).isEqualTo(followed.truth.chain.head().hash());
        followed.checkAccounts();
        // And it goes on from there.
        followed.truth.mine();
        followed.poll();
        assertThat(followed.changes.getLast().jumped()).isFalse();
        assertThat(followed.runs.getLast().reset()).isEqualTo(RunReport.Reset.DONE);
    }

    @Test
    void aLeapAheadIsASyncAndNoReorganisation() {
        var followed = Followed.of(new PooledChain(longMemory(42)));
        both(followed, 1, 1);
        for (int i = 0; i < 66; i++) followed.truth.mine();
        both(followed, 1, 0);
        followed.poll();
        assertThat(followed.changes).hasSize(1);
        assertThat(followed.changes.getFirst().jumped()).isTrue();
        assertThat(followed.changes.getFirst().reorganised()).isFalse();
        assertThat(followed.client.calls("eth_getBlockByHash")).isEqualTo(2); // the first head too
        followed.checkPool();
    }

    @Test
    void aHeadThatGoesBackIsFollowedBack() {
        var followed = Followed.of(new PooledChain(42));
        followed.truth.mine();
        followed.poll();
        int snapshot = followed.truth.chain.snapshot();
        both(followed, 1, 0);
        followed.truth.mine();
        followed.truth.mine();
        followed.poll();
        assertThat(followed.pool().pendingCount()).isZero();
        assertThat(followed.truth.chain.revert(snapshot)).isTrue();
        followed.poll();
        followed.checkPool();
        assertThat(followed.pool().pendingCount()).isEqualTo(1);
        assertThat(followed.changes.getLast().added()).isEmpty();
        assertThat(followed.changes.getLast().removed()).hasSize(2);
    }

    @Test
    void anotherGenesisAtTheSameAddressIsAJump() {
        var followed = Followed.of(new PooledChain(42));
        both(followed, 1, 0);
        both(followed, 2, 1);
        followed.truth.mine();
        followed.poll();
        var other =
                new PooledChain(
                        new DevChain(
                                DevChainConfig.defaults(42)
                                        .withAccounts(10)
                                        .withGenesisTime(5_000)));
        followed.client.serve(other);
        followed.truth = other;
        followed.poll();
        assertThat(followed.changes.getLast().jumped()).isTrue();
        assertThat(followed.changes.getLast().removed()).hasSize(2);
        followed.checkAccounts();
        assertThat(followed.pool().queuedCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = ChainFault.class,
            names = {"CONNECT", "TIMEOUT", "HTTP", "TOO_LARGE", "MALFORMED", "CHAIN_ID"})
    void aSourceThatFailsIsDownUntilItAnswers(ChainFault fault) {
        var followed = Followed.of(new PooledChain(42));
        followed.client.broken = fault;
        followed.truth.mine();
        followed.poll();
        followed.poll();
        assertThat(followed.follower.up()).isFalse();
        assertThat(followed.follower.trouble()).isEqualTo("broken");
        assertThat(followed.notes).containsExactly("ready", "up", "down");
        assertThat(followed.changes).isEmpty();
        followed.client.broken = null;
        followed.poll();
        assertThat(followed.follower.up()).isTrue();
        assertThat(followed.notes).containsExactly("ready", "up", "down", "up");
        followed.checkPool();
    }

    @Test
    void questionsComeLessOftenWhileTheSourceIsDownAndNeverStop() {
        var followed = Followed.of(new PooledChain(42));
        followed.client.broken = ChainFault.CONNECT;
        var pauses = new java.util.ArrayList<Long>();
        long next = followed.follower.tick(followed.now);
        for (int i = 0; i < 12; i++) {
            followed.now = Math.max(followed.now, next);
            var _ = followed.follower.tick(followed.now);
            followed.settle();
            next = followed.follower.tick(followed.now);
            pauses.add((next - followed.now) / 1_000_000);
        }
        assertThat(followed.faults).hasSize(12);
        assertThat(pauses.getFirst()).isLessThanOrEqualTo(320);
        assertThat(pauses.getLast()).isBetween(1_000L, 12_500L);
    }

    @Test
    @DisplayName(
            "O66 (follower): a client of another chain is not followed, and is when it is ours")
    void anotherChainIsNotFollowed() {
        var followed = new Followed(new PooledChain(42), 1000, 1L);
        followed.poll();
        assertThat(followed.faults.getFirst().fault()).isEqualTo(ChainFault.CHAIN_ID);
        assertThat(followed.faults.getFirst().text())
                .isEqualTo("the source follows chain 31337, not 1");
        assertThat(followed.tree.head()).isNull();
    }

    @Test
    void theFirstChainIdCountsFromThenOn() {
        var followed = Followed.of(new PooledChain(42));
        followed.client.tamper = answers -> with(answers, "0x7a69", "0x1");
        followed.truth.mine();
        followed.poll();
        assertThat(followed.faults.getFirst().fault()).isEqualTo(ChainFault.CHAIN_ID);
        assertThat(followed.follower.up()).isFalse();
        assertThat(followed.changes).isEmpty();
    }

    private static JsonNode with(JsonNode answers, String text, String other) {
        try {
            return new com.fasterxml.jackson.databind.json.JsonMapper()
                    .readTree(answers.toString().replace("\"" + text + "\"", "\"" + other + "\""));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// Each is said once of the new head; the head stays, and comes with the next honest answer.
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            textBlock =
                    """
                    hash         | "0x00"                                  | MALFORMED
                    hash         | "0x1111111111111111111111111111111111111111111111111111111111111111" | INCONSISTENT
                    hash         | 7                                       | MALFORMED
                    number       | "0x99"                                  | INCONSISTENT
                    number       | "0xffffffffffffffffffff"                | MALFORMED
                    number       | "-0x1"                                  | MALFORMED
                    number       | "0x-1"                                  | MALFORMED
                    timestamp    | null                                    | MALFORMED
                    parentHash   | "0xzz"                                  | MALFORMED
                    gasUsed      | "21000"                                 | MALFORMED
                    baseFeePerGas| "0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" | MALFORMED
                    miner        | "0x11"                                  | MALFORMED
                    transactions | {}                                      | MALFORMED
                    transactions | [5]                                     | MALFORMED
                    transactions | [{}]                                    | MALFORMED
                    withdrawals  | [{"address":1}]                         | MALFORMED
                    """,
            delimiter = '|')
    void aBlockThatCannotBeIsRefused(String field, String value, ChainFault kind) {
        var followed = Followed.of(new PooledChain(42));
        both(followed, 1, 0);
        followed.truth.mine();
        followed.client.tamper =
                answers -> {
                    for (JsonNode answer : answers) {
                        if (answer.path("result") instanceof ObjectNode block
                                && block.path("transactions").path(0).isObject()) {
                            block.set(field, json(value));
                        }
                    }
                    return answers;
                };
        followed.poll();
        assertThat(followed.faults).hasSize(1);
        assertThat(followed.faults.getFirst().fault()).isEqualTo(kind);
        assertThat(followed.changes).isEmpty();
        followed.client.tamper = answers -> answers;
        followed.poll();
        followed.checkPool();
    }

    private static JsonNode json(String text) {
        try {
            return new com.fasterxml.jackson.databind.json.JsonMapper().readTree(text.strip());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aTransactionWithAnotherHashOrSenderIsForeignAndTouchesAll() {
        var followed = Followed.of(new PooledChain(42));
        both(followed, 1, 0);
        followed.truth.mine();
        followed.client.tamper =
                answers -> {
                    for (JsonNode answer : answers) {
                        if (answer.path("result").path("transactions").path(0)
                                instanceof ObjectNode tx) {
                            tx.put("value", "0x8");
                        }
                    }
                    return answers;
                };
        followed.poll();
        assertThat(followed.changes.getFirst().newHead().transactions()).isEmpty();
        followed.checkPool(); // the sender was read again all the same
    }

    @Test
    void aParentThatIsNotThereIsWaitedForAndThenDoneWithout() {
        var followed = Followed.of(new PooledChain(42));
        both(followed, 1, 0);
        followed.truth.mine();
        followed.truth.mine();
        String missing = followed.truth.chain.byNumber(1).orElseThrow().hash().toString();
        followed.client.tamper =
                answers -> {
                    JsonNode result = answers.path(0).path("result");
                    if (result.path("hash").asText().equals(missing)) {
                        ((ObjectNode) answers.get(0)).putNull("result");
                    }
                    return answers;
                };
        for (int i = 0; i < ChainFollower.MISSING_MAX; i++) followed.poll();
        assertThat(followed.faults)
                .hasSize(ChainFollower.MISSING_MAX)
                .allMatch(fault -> fault.fault() == ChainFault.MISSING_BLOCK);
        assertThat(followed.changes).isEmpty();
        followed.poll();
        assertThat(followed.changes.getLast().jumped()).isTrue();
        followed.checkPool();
    }

    @Test
    void aHeadThatGoesWhileItIsReadIsNoTrouble() {
        var followed = Followed.of(new PooledChain(42));
        both(followed, 1, 0);
        followed.truth.mine();
        followed.client.hold = true;
        followed.now += Followed.POLL;
        var _ = followed.follower.tick(followed.now);
        followed.client.release(); // knows the head
        followed.client.hold = true;
        followed.settle();
        assertThat(followed.truth.chain.reorganise(1)).isPresent();
        followed.client.release(); // the block itself, which is a side branch by now
        followed.settle();
        followed.poll();
        followed.poll();
        followed.checkPool();
        assertThat(followed.notes).doesNotContain("down");
    }

    @Test
    @DisplayName(
            "5.4: an account read while a head comes that changes it is read again with the next")
    void anAccountThatAHeadOvertakesIsReadAgain() {
        var followed = Followed.of(new PooledChain(42));
        both(followed, 1, 0);
        assertThat(followed.truth.add(transfer(followed.truth, 5, 0)).error()).isNull();
        followed.truth.mine();
        followed.client.hold = true;
        followed.now += Followed.POLL;
        var _ = followed.follower.tick(followed.now);
        for (int i = 0; i < 2; i++) { // the head's number, then its block
            followed.client.release();
            followed.client.hold = true;
            followed.settle();
        }
        Address late = followed.truth.account(5).address();
        var loaded = followed.loader.load(List.of(late), followed.now);
        followed.settle();
        assertThat(followed.client.held).hasSize(2); // the head's accounts, and this one
        followed.client.held.removeLast().run();
        followed.settle();
        assertThat(loaded).isCompletedWithValue(true);
        followed.client.release();
        followed.settle();
        assertThat(followed.changes).hasSize(1);
        assertThat(Objects.requireNonNull(followed.accounts.newest(late)).nonce()).isZero();

        followed.truth.mine(); // without anything of its
        followed.poll();
        assertThat(Objects.requireNonNull(followed.accounts.newest(late)).nonce()).isOne();
        assertThat(followed.changes.getLast().added().getLast().block().touched()).contains(late);
    }

    @Test
    void codeThatRanMakesAllStatesUnsureAndKeptOnesAreReadAgain() {
        var truth = new PooledChain(42);
        var followed = Followed.of(truth);
        both(followed, 5, 1);
        Transaction call =
                truth.account(1)
                        .signer()
                        .draft(2, BigInteger.valueOf(31_337))
                        .nonce(0)
                        .fees(GWEI.multiply(BigInteger.valueOf(50)), GWEI)
                        .gas(200_000)
                        .value(BigInteger.ZERO)
                        .to(GasBurner.ADDRESS)
                        .sign();
        assertThat(followed.add(call).error()).isEqualTo(truth.add(call).error());
        var idle = followed.loader.load(List.of(truth.account(8).address()), followed.now);
        followed.settle();
        assertThat(idle).isCompletedWithValue(true);
        truth.mine();
        followed.poll();
        followed.checkPool();
        assertThat(followed.accounts.verifiedAt(truth.account(5).address()))
                .isEqualTo(followed.follower.heads());
        assertThat(followed.accounts.verifiedAt(truth.account(8).address()))
                .isLessThan(followed.follower.heads());
    }

    @Test
    void aFeedThatSaysNothingWhileHeadsComeIsOpenedAgain() {
        var followed = Followed.of(new PooledChain(42));
        followed.follower.fed(true);
        for (int i = 0; i < 2; i++) {
            followed.truth.mine();
            followed.now += 6 * Followed.POLL;
            followed.poll();
        }
        assertThat(followed.notes).contains("feed silent");
        followed.notes.clear();
        for (int i = 0; i < 4; i++) {
            followed.truth.mine();
            followed.follower.announced(followed.now);
            var _ = followed.follower.tick(followed.now);
            followed.settle();
        }
        assertThat(followed.notes).isEmpty();
        assertThat(followed.changes).hasSize(6);
    }

    @Test
    @DisplayName("an announced head is asked for at once, and the feed makes polls rare")
    void anAnnouncementWakes() {
        var followed = Followed.of(new PooledChain(42));
        followed.follower.fed(true);
        followed.poll();
        long next = followed.follower.tick(followed.now);
        assertThat(next - followed.now).isGreaterThan(4 * Followed.POLL);
        followed.truth.mine();
        followed.follower.announced(followed.now + 1);
        var _ = followed.follower.tick(followed.now + 1);
        followed.settle();
        assertThat(followed.head().number()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whateverTheChainDoesThePoolIsThatOfOneThatFollowsDirectly(long seed) {
        var random = new Random(seed);
        var followed = Followed.of(new PooledChain(longMemory(seed)));
        PooledChain truth = followed.truth;
        int snapshot = truth.chain.snapshot();
        for (int step = 0; step < 60; step++) {
            for (int i = random.nextInt(5); i > 0; i--) {
                int from = random.nextInt(10);
                long next = truth.pool.nextNonce(truth.account(from).address());
                both(followed, from, next + (random.nextInt(5) == 0 ? 1 : 0));
            }
            switch (random.nextInt(8)) {
                case 0 -> {
                    var _ = truth.chain.reorganise(1 + random.nextInt(6));
                }
                case 1 -> {
                    var _ = truth.chain.revert(snapshot);
                    snapshot = truth.chain.snapshot();
                }
                case 2 -> snapshot = truth.chain.snapshot();
                default -> truth.mine();
            }
            if (random.nextInt(6) == 0) followed.client.broken = ChainFault.TIMEOUT;
            followed.poll();
            followed.client.broken = null;
            while (!followed.follower.up()
                    || !followed.head().hash().equals(truth.chain.head().hash())) {
                followed.poll();
            }
            followed.checkPool();
        }
        assertThat(followed.runs).noneMatch(run -> run.reset() == RunReport.Reset.ABORTED);
    }

    private static DevChain longMemory(long seed) {
        return new DevChain(DevChainConfig.defaults(seed).withAccounts(10).withMemory(300, 200));
    }
}
