package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Budgets of mempool.md 8.4, and attack A17.
class GossipBudgetTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int PEER = 3;

    private final GossipBudget budget = new GossipBudget();
    private long clock;

    @Test
    @DisplayName("A17: 10,000 bad signatures of a peer in a second cost 2,500 recoveries at most")
    void signatureFlood() throws Exception {
        var gate = new GossipGate(BigInteger.ONE, Txs.PRAGUE);
        var head = new BlockHeader(Txs.hash(1), Txs.hash(0), 1, 1, 30_000_000, 0, null);
        int recoveries = 0;
        int rejected = 0;
        for (int i = 0; i < 10_000; i++) {
            long now = i * (SECOND / 10_000);
            if (!budget.admits(PEER, now)) continue;
            byte[] payload = badSignature(i);
            if (!(gate.check(payload, head, BigInteger.ONE, _ -> false)
                    instanceof GossipGate.Answer.Stop stop)) {
                throw new AssertionError();
            }
            recoveries++;
            assertThat(stop.error()).isEqualTo(PoolError.ErrInvalidSender);
            assertThat(stop.judgement().verdict()).isEqualTo(GossipVerdict.REJECT);
            budget.judged(PEER, stop.judgement().verdict(), now);
            rejected++;
        }
        assertThat(recoveries).isLessThanOrEqualTo(2500).isGreaterThan(2000);
        assertThat(rejected).isEqualTo(recoveries); // each of them counts for P4
        assertThat(budget.refused()).isEqualTo(10_000 - recoveries);
        assertThat(budget.admits(PEER + 1, SECOND)).isTrue(); // others pay for themselves
    }

    /// In range, so that only a recovery can tell: r is the coordinate of no point.
    private static byte[] badSignature(int n) {
        var out = new RlpWriter();
        out.number((long) n).number(1L).number(21_000L).bytes(new byte[20]).number(0L);
        out.bytes(new byte[0]).number(37L).number(5L).number(1L);
        return out.toEnvelope(Transaction.LEGACY);
    }

    @Test
    @DisplayName("8.4: what is accepted costs nothing")
    void acceptedIsFree() {
        for (int i = 0; i < 100_000; i++) {
            assertThat(budget.admits(PEER, 0)).isTrue();
            budget.judged(PEER, GossipVerdict.ACCEPT, 0);
        }
    }

    @Test
    @DisplayName("8.4: 200 ignored messages a second, 2,000 at once")
    void ignored() {
        long now = 0;
        int admitted = 0;
        for (int i = 0; i < 50_000; i++) {
            now += SECOND / 1000; // 1000 a second
            if (!budget.admits(PEER, now)) continue;
            admitted++;
            budget.judged(PEER, GossipVerdict.IGNORE, now);
        }
        assertThat(admitted).isBetween(2000 + 49 * 200, 2000 + 51 * 200);
        assertThat(budget.worthless(PEER)).isTrue();
        budget.removed(PEER);
        assertThat(budget.worthless(PEER)).isFalse();
        budget.judged(PEER, GossipVerdict.IGNORE, now); // it left meanwhile
    }

    @Test
    @DisplayName("8.4: a peer is worthless when more than three quarters of 1,000 are ignored")
    void worthless() {
        window(750);
        assertThat(budget.worthless(PEER)).isFalse();
        window(751);
        assertThat(budget.worthless(PEER)).isTrue();
        window(0);
        assertThat(budget.worthless(PEER)).isFalse();
    }

    @Test
    @DisplayName("8.4: what is ignored for a reason of ours costs nothing and is not counted")
    void excused() {
        for (int i = 0; i < 3 * GossipBudget.RECOVERIES_BURST; i++) {
            assertThat(budget.admits(PEER, clock)).isTrue();
            budget.excused(PEER);
        }
        budget.excused(PEER + 1); // nobody
        assertThat(budget.found()).isZero();
        window(751);
        window(751);
        assertThat(budget.found()).isEqualTo(2);
    }

    private void window(int ignored) {
        for (int i = 0; i < GossipBudget.WINDOW; i++) {
            GossipVerdict verdict = i < ignored ? GossipVerdict.IGNORE : GossipVerdict.ACCEPT;
            clock += SECOND;
            assertThat(budget.admits(PEER, clock)).isTrue();
            budget.judged(PEER, verdict, clock);
        }
    }
}
