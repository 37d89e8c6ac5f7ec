package org.pollen.mempool.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.mempool.fetch.FetchHarness.MILLI;
import static org.pollen.mempool.fetch.FetchHarness.blob;
import static org.pollen.mempool.fetch.FetchHarness.fake;
import static org.pollen.mempool.fetch.FetchHarness.said;
import static org.pollen.mempool.fetch.FetchHarness.tx;
import static org.pollen.mempool.fetch.FetchHarness.txs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.Transaction;

/// Rows C144 to C164 of mempool.md 12.10, and attack A16.
class TransactionFetcherTest {
    private static final int A = 1;
    private static final int B = 2;
    private static final int C = 3;

    private final FetchHarness h = new FetchHarness();

    @Test
    @DisplayName("C144: an announced hash waits half a second and is asked for then")
    void waitsForABroadcast() {
        h.announce(A, tx(1), tx(2));
        h.pass(499);
        assertThat(h.stages()).isEqualTo("2/0/0");
        assertThat(h.requests).isEmpty();
        h.pass(1);
        assertThat(h.stages()).isEqualTo("0/0/2");
        assertThat(h.request(A)).containsExactly(tx(1).hash(), tx(2).hash());
    }

    @Test
    @DisplayName("C145: who announces what is queued or fetched is an alternate, not asked too")
    void alternates() {
        h.announce(A, tx(1));
        h.pass(500);
        h.announce(A, tx(2));
        h.pass(500); // 1 is being fetched, 2 is queued behind it
        assertThat(h.stages()).isEqualTo("0/1/1");
        h.announce(B, tx(1)); // only the one that is being fetched
        assertThat(h.requests).containsOnlyKeys(A);
        assertThat(h.fetcher.outstanding(B)).isEqualTo(1);
        h.announce(C, tx(2)); // what is queued may be asked of who is free
        assertThat(h.request(C)).containsExactly(tx(2).hash());
        h.announce(B, tx(2));
        assertThat(h.request(B)).isEmpty();
    }

    @Test
    @DisplayName("C146: a peer is asked one thing at a time")
    void oneRequestAPeer() {
        h.announce(A, tx(1));
        h.pass(500);
        h.announce(A, tx(2));
        h.pass(600);
        assertThat(h.request(A)).containsExactly(tx(1).hash());
        h.reply(A, tx(1));
        assertThat(h.request(A)).containsExactly(tx(2).hash());
    }

    @Test
    @DisplayName("C147: what a failed request was for is asked of an alternate, or dropped")
    void failedRequest() {
        h.announce(A, tx(1), tx(2));
        h.pass(500);
        h.announce(B, tx(2));
        h.requests.clear();
        h.fetcher.disconnected(A, h.now);
        assertThat(h.request(B)).containsExactly(tx(2).hash());
        assertThat(h.stages()).isEqualTo("0/0/1"); // nobody else has 1
    }

    @Test
    @DisplayName("C147: a peer that could not be asked keeps what else it announced")
    void failedRequestOfAPeerThatStays() {
        h.announce(A, tx(1));
        h.pass(500);
        h.announce(A, tx(2));
        h.requests.clear();
        h.fetcher.requestFailed(A, h.now);
        h.fetcher.requestFailed(A, h.now); // nothing is open any more
        h.fetcher.requestFailed(C, h.now);
        assertThat(h.stages()).isEqualTo("1/0/0");
        h.pass(500);
        assertThat(h.request(A)).containsExactly(tx(2).hash());
        assertThat(h.fetcher.counts().count(FetchCounter.REQUEST_FAIL)).isEqualTo(1);
    }

    @Test
    @DisplayName("C148: a delivery cleans up after all who announced it")
    void deliveryCleansUp() {
        h.announce(A, tx(1));
        h.announce(B, tx(1));
        h.pass(500);
        h.announce(C, tx(1));
        int asked = h.requests.keySet().iterator().next();
        h.reply(asked, tx(1));
        nothingIsLeft();
        assertThat(h.pooled).containsExactly(tx(1).hash());
    }

    @Test
    @DisplayName("C149: an empty reply is not asked for again")
    void emptyReply() {
        h.announce(A, tx(1), tx(2));
        h.pass(500);
        h.reply(A);
        assertThat(h.requests).isEmpty();
        nothingIsLeft();
        h.pass(10_000);
        assertThat(h.requests).isEmpty();
    }

    @Test
    @DisplayName(
            "C150: what a reply left out before its last is asked of others, the rest of it too")
    void partialReply() {
        h.announce(A, tx(1), tx(2), tx(3), tx(4));
        h.pass(500);
        h.reply(A, tx(1), tx(3));
        assertThat(h.request(A)).containsExactly(tx(4).hash()); // 2 nobody else has
        assertThat(h.stages()).isEqualTo("0/0/1");
    }

    @Test
    @DisplayName("C150: with an alternate, what was left out before the last goes to it")
    void partialReplyWithAlternate() {
        h.announce(A, tx(1), tx(2), tx(3), tx(4));
        h.pass(500);
        h.announce(B, tx(2));
        h.reply(A, tx(1), tx(3));
        assertThat(h.request(B)).containsExactly(tx(2).hash());
        assertThat(h.request(A)).containsExactly(tx(4).hash());
    }

    @Test
    @DisplayName("C151: a broadcast removes what waits, is queued or is being fetched")
    void broadcasts() {
        h.announce(A, tx(1));
        h.broadcast(B, tx(1));
        nothingIsLeft();

        h.announce(A, tx(2));
        h.pass(500);
        h.announce(A, tx(3));
        h.pass(500);
        h.broadcast(B, tx(2), tx(3));
        assertThat(h.stages()).isEqualTo("0/0/0");
        h.reply(A); // the request is answered although nothing is left to answer
        nothingIsLeft();
    }

    @Test
    @DisplayName("C152: each announcement waits its own time")
    void eachWaitsItsOwnTime() {
        h.announce(A, tx(1));
        h.pass(250);
        h.announce(B, tx(2));
        h.pass(250);
        h.announce(C, tx(3));
        assertThat(h.requests).containsOnlyKeys(A);
        h.pass(249);
        assertThat(h.requests).containsOnlyKeys(A);
        h.pass(1);
        assertThat(h.requests).containsOnlyKeys(A, B);
        h.pass(250);
        assertThat(h.requests).containsOnlyKeys(A, B, C);
    }

    @Test
    @DisplayName("8.2: what is due within 100 ms is done at once")
    void slack() {
        h.announce(A, tx(1));
        h.pass(100);
        h.announce(B, tx(2));
        h.pass(1);
        h.announce(C, tx(3));
        h.pass(399);
        assertThat(h.requests).containsOnlyKeys(A, B);
        assertThat(h.fetcher.nextTickAt()).hasValue((101 + 500) * MILLI);
    }

    @Test
    @DisplayName("C153: who does not answer in 5 s is replaced, and asked nothing until it answers")
    void timeout() {
        h.announce(A, tx(1), tx(9));
        h.pass(500);
        h.announce(B, tx(1));
        h.pass(4_999);
        assertThat(h.requests).containsOnlyKeys(A);
        h.pass(1);
        assertThat(h.request(B)).containsExactly(tx(1).hash());
        assertThat(h.stages()).isEqualTo("0/0/1"); // nobody else has 9
        assertThat(h.fetcher.counts().count(FetchCounter.REQUEST_TIMEOUT)).isEqualTo(1);

        h.announce(A, tx(2));
        h.pass(4_000);
        assertThat(h.stages()).isEqualTo("0/1/1");
        h.reply(A, tx(9)); // late, but an answer
        assertThat(h.request(A)).containsExactly(tx(2).hash());
    }

    @Test
    @DisplayName("C154: 256 of 4096 hashes are asked for at once, the oldest first")
    void manyHashes() {
        List<AnnouncedTransaction> all = fakes(0, 4096, 100);
        h.fetcher.announce(A, all, h.now);
        h.pass(500);
        assertThat(h.request(A))
                .containsExactlyElementsOf(
                        all.subList(0, 256).stream().map(AnnouncedTransaction::hash).toList());
        assertThat(h.stages()).isEqualTo("0/3840/256");
    }

    @Test
    @DisplayName("8.2: a blob that did not wait comes after older hashes")
    void oldestFirst() {
        h.announce(A, tx(1)); // so that the peer is busy
        h.pass(500);
        h.announceOnly(A, fake(11, 0, 100));
        h.announceOnly(A, fake(12, 3, 100));
        h.pass(600);
        h.reply(A, tx(1));
        assertThat(h.request(A)).containsExactly(fake(11, 0, 100).hash(), fake(12, 3, 100).hash());
    }

    @Test
    @DisplayName("C155: a request ends with the hash that fills 128 KiB")
    void manyBytes() {
        assertThat(requested(4, 0, 48 * 1024)).isEqualTo(3);
        assertThat(requested(2, 0, 128 * 1024)).isEqualTo(1);
        assertThat(requested(2, 3, 1280 * 1024)).isEqualTo(1);
    }

    private static int requested(int n, int type, long size) {
        var one = new FetchHarness();
        var all = new ArrayList<AnnouncedTransaction>();
        for (int i = 0; i < n; i++) all.add(fake(i, type, size));
        one.fetcher.announce(A, all, 0);
        one.pass(500);
        return one.request(A).size();
    }

    @Test
    @DisplayName("C156: what a peer announces beyond 4096 is dropped")
    void tooManyAnnouncements() {
        h.fetcher.announce(A, fakes(0, 4095, 100), h.now);
        h.fetcher.announce(A, fakes(4095, 4098, 100), h.now);
        assertThat(h.fetcher.outstanding(A)).isEqualTo(4096);
        assertThat(h.fetcher.waitingHashes()).isEqualTo(4096);
        h.pass(500); // waiting or not, they count
        h.fetcher.announce(A, fakes(5000, 5001, 100), h.now);
        assertThat(h.fetcher.outstanding(A)).isEqualTo(4096);
        assertThat(h.fetcher.counts().count(FetchCounter.ANNOUNCE_DOS)).isEqualTo(3);
    }

    @Test
    @DisplayName("C157: what was refused for its price is not asked for again")
    void underpriced() {
        h.refusals.put(tx(1).hash(), PoolError.ErrUnderpriced);
        h.refusals.put(tx(2).hash(), PoolError.ErrReplaceUnderpriced);
        h.refusals.put(tx(3).hash(), PoolError.ErrTxGasPriceTooLow);
        h.announce(A, tx(1), tx(2), tx(3));
        h.pass(500);
        h.reply(A, tx(1), tx(2), tx(3));
        h.announce(B, tx(1), tx(2), tx(3));
        h.pass(500);
        assertThat(h.requests).isEmpty();
        assertThat(h.fetcher.counts().count(FetchCounter.ANNOUNCE_UNDERPRICED)).isEqualTo(3);
        assertThat(h.fetcher.counts().count(FetchCounter.REPLY_UNDERPRICED)).isEqualTo(3);
    }

    @Test
    @DisplayName("C158: 32768 refused hashes are remembered, not one more")
    void underpricedIsBounded() {
        List<Transaction> all = txs(0, 32_769);
        for (Transaction tx : all) h.refusals.put(tx.hash(), PoolError.ErrUnderpriced);
        for (int i = 0; i < all.size(); i += 4000) {
            h.fetcher.broadcast(A, all.subList(i, Math.min(i + 4000, all.size())), h.now);
        }
        assertThat(h.fetcher.underpricedHashes()).isEqualTo(32_768);
        h.announce(B, all.getFirst(), all.getLast());
        assertThat(h.fetcher.waitingHashes()).isEqualTo(1); // the oldest was forgotten
    }

    @Test
    @DisplayName("C159: a refusal for its price is remembered for 5 minutes")
    void underpricedExpires() {
        var recent = new RecentHashes(10, TransactionFetcher.UNDERPRICED_AGE.toNanos());
        Hash32 hash = tx(1).hash();
        long second = Duration.ofSeconds(1).toNanos();
        recent.add(hash, 0);
        assertThat(recent.contains(hash, 299 * second)).isTrue();
        assertThat(recent.contains(hash, 300 * second)).isTrue();
        assertThat(recent.contains(hash, 301 * second)).isFalse();
        assertThat(recent.size()).isZero();
    }

    @Test
    @DisplayName("C160: a reply that nobody asked for changes nothing")
    void unexpectedReply() {
        h.announce(A, tx(1));
        h.pass(500);
        h.reply(B, tx(7));
        assertThat(h.request(A)).containsExactly(tx(1).hash());
        assertThat(h.stages()).isEqualTo("0/0/1");
        h.requests.clear();
        h.fetcher.reply(A, List.of(tx(1)), h.now);
        h.fetcher.reply(A, List.of(tx(1)), h.now); // a second one
        nothingIsLeft();
    }

    @Test
    @DisplayName(
            "C161: of a peer that left while its hash waits, is queued or is fetched nothing stays")
    void peerLeavesInEachStage() {
        h.announce(A, tx(1));
        h.fetcher.disconnected(A, h.now);
        nothingIsLeft();

        h.announce(A, tx(1));
        h.pass(500);
        h.announce(A, tx(2));
        h.pass(500); // 1 is fetched, 2 queued
        h.announce(B, tx(1));
        h.requests.clear();
        h.fetcher.disconnected(A, h.now);
        assertThat(h.request(B)).containsExactly(tx(1).hash());
        assertThat(h.stages()).isEqualTo("0/0/1");
        h.fetcher.disconnected(B, h.now);
        h.fetcher.disconnected(B, h.now);
        nothingIsLeft();
        assertThat(h.fetcher.nextTickAt()).isEmpty();
    }

    @Test
    @DisplayName("C161: a peer that timed out and leaves frees nothing twice")
    void peerLeavesAfterItsTimeout() {
        h.announce(A, tx(1), tx(2));
        h.pass(5_600);
        h.fetcher.disconnected(A, h.now);
        nothingIsLeft();
        assertThat(h.stages()).isEqualTo("0/0/0");
    }

    @Test
    @DisplayName("C162: who announced another type or size is dropped")
    void wrongAnnouncements() {
        Transaction tx = tx(1);
        h.announceOnly(A, new AnnouncedTransaction(tx.hash(), 2, tx.size()));
        h.announceOnly(B, new AnnouncedTransaction(tx.hash(), 0, tx.size() + 9));
        h.announceOnly(C, new AnnouncedTransaction(tx.hash(), 0, tx.size() + 8));
        h.broadcast(4, tx);
        assertThat(h.drops).containsExactly("1 WRONG_TYPE", "2 WRONG_SIZE");
        nothingIsLeft();
    }

    @Test
    @DisplayName("C162: the same once it is being fetched")
    void wrongAnnouncementsFetched() {
        Transaction tx = tx(1);
        h.announceOnly(A, new AnnouncedTransaction(tx.hash(), 0, tx.size() - 9), said(tx(2)));
        h.pass(500);
        h.reply(A, tx);
        assertThat(h.drops).containsExactly("1 WRONG_SIZE");
        nothingIsLeft();
    }

    @Test
    @DisplayName("C163: a blob transaction is asked for at once")
    void blobsDoNotWait() {
        h.announce(A, blob(1), tx(2));
        assertThat(h.request(A)).containsExactly(blob(1).hash());
        assertThat(h.stages()).isEqualTo("1/0/1");
    }

    @Test
    @DisplayName("C164: a wrong sidecar ends the message and the connection")
    void wrongSidecar() {
        h.refusals.put(blob(1).hash(), PoolError.ErrKZGVerificationError);
        h.announce(A, blob(1), blob(2));
        h.announce(B, blob(1));
        h.reply(A, blob(1), blob(2));
        assertThat(h.drops).containsExactly("1 BAD_SIDECAR");
        assertThat(h.pooled).doesNotContain(blob(1).hash());
        // The hash is not to blame: whoever else has it is asked, and may have the right one.
        assertThat(h.request(B)).containsExactly(blob(1).hash());
        h.refusals.clear();
        h.reply(B, blob(1));
        assertThat(h.pooled).contains(blob(1).hash());
        nothingIsLeft();
    }

    @Test
    @DisplayName("8.2: what is pooled or was included lately is not asked for")
    void knownAndIncluded() {
        h.pooled.add(tx(1).hash());
        h.fetcher.included(List.of(tx(2).hash()), h.now);
        h.announce(A, tx(1), tx(2));
        nothingIsLeft();
        assertThat(h.fetcher.counts().count(FetchCounter.ANNOUNCE_KNOWN)).isEqualTo(1);
        assertThat(h.fetcher.counts().count(FetchCounter.ANNOUNCE_ONCHAIN)).isEqualTo(1);
        h.fetcher.reorganised();
        h.announce(A, tx(2));
        assertThat(h.fetcher.waitingHashes()).isEqualTo(1);
    }

    @Test
    @DisplayName("8.2: batches of 128; with much nonsense in one the peer is slowed down")
    void floods() {
        List<Transaction> all = txs(0, 300);
        for (int i = 128; i < 128 + 33; i++) {
            h.refusals.put(all.get(i).hash(), PoolError.ErrNonceTooLow);
        }
        h.fetcher.broadcast(A, all, h.now);
        assertThat(h.batches).containsExactly(128, 128, 44);
        assertThat(h.pauses).containsEntry(A, h.now + 200 * MILLI);

        h.pauses.clear();
        h.refusals.remove(all.get(128).hash());
        h.pooled.clear();
        h.fetcher.broadcast(A, all, h.now); // 32 of 128 are a quarter
        assertThat(h.pauses).isEmpty();
        assertThat(h.fetcher.counts().count(FetchCounter.BROADCAST_OTHERREJECT)).isEqualTo(65);
    }

    @Test
    @DisplayName("A16: a flood of announcements costs 4096 entries, a stalling peer one timeout")
    void announcementFlood() {
        int liar = 7;
        int honest = 8;
        for (int i = 0; i < 100_000; i += 1000) {
            h.fetcher.announce(liar, fakes(i, i + 1000, 100), h.now);
        }
        assertThat(h.fetcher.outstanding(liar)).isEqualTo(4096);
        // Another liar announces the honest hash first, is asked for it, and says nothing.
        h.announce(A, tx(1));
        h.announce(honest, tx(1));
        long start = h.now;
        while (!h.request(honest).contains(tx(1).hash())) {
            h.pass(10);
            assertThat(h.now - start).isLessThanOrEqualTo(5_600 * MILLI);
        }
        h.pass(50); // a round trip
        h.reply(honest, tx(1));
        assertThat(h.pooled).contains(tx(1).hash());
        assertThat(h.now - start).isLessThanOrEqualTo(5_600 * MILLI);
    }

    @Test
    @DisplayName("a long random run leaves no trace and never asks a peer twice at once")
    void randomRun() {
        var random = new SplittableRandom(4);
        Set<Integer> seen = new HashSet<>();
        for (int step = 0; step < 20_000; step++) {
            int peer = random.nextInt(6);
            int n = random.nextInt(400);
            switch (random.nextInt(7)) {
                case 0, 1, 2 -> h.announce(peer, n % 5 == 0 ? blob(n) : tx(n));
                case 3 -> {
                    List<Hash32> asked = h.request(peer);
                    if (asked.isEmpty()) break;
                    seen.add(peer);
                    h.pooled.clear();
                    reply(peer, asked, random.nextInt(4));
                }
                case 4 -> h.broadcast(peer, tx(n));
                case 5 -> {
                    if (n % 20 != 0) break;
                    h.requests.remove(peer);
                    h.fetcher.disconnected(peer, h.now);
                }
                default -> h.pass(random.nextInt(120));
            }
            assertThat(h.fetcher.queuedHashes()).isNotNegative();
            assertThat(h.fetcher.fetchingHashes()).isNotNegative();
        }
        assertThat(seen).hasSize(6);
        for (int peer = 0; peer < 6; peer++) h.fetcher.disconnected(peer, h.now);
        nothingIsLeft();
        assertThat(h.drops).isEmpty();
    }

    private void reply(int peer, List<Hash32> asked, int skip) {
        var all = new ArrayList<Transaction>();
        for (int n = 0; n < 400; n++) {
            Transaction tx = n % 5 == 0 ? blob(n) : tx(n);
            if (asked.contains(tx.hash()) && (skip == 0 || n % (skip + 1) == 0)) all.add(tx);
        }
        h.reply(peer, all.toArray(Transaction[]::new));
    }

    private void nothingIsLeft() {
        assertThat(h.stages()).isEqualTo("0/0/0");
        assertThat(h.fetcher.peerCount()).isZero();
    }

    private static List<AnnouncedTransaction> fakes(int from, int to, long size) {
        var all = new ArrayList<AnnouncedTransaction>();
        for (int n = from; n < to; n++) all.add(fake(n, 0, size));
        return all;
    }
}
