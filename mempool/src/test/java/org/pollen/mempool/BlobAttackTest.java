package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.mempool.PoolError.ErrAccountLimitExceeded;
import static org.pollen.mempool.PoolError.ErrReplaceUnderpriced;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.fetch.AnnouncedTransaction;
import org.pollen.mempool.fetch.FetchFault;
import org.pollen.mempool.fetch.FetchOutput;
import org.pollen.mempool.fetch.FetchPool;
import org.pollen.mempool.fetch.TransactionFetcher;

/// Attack A15 of mempool.md 9: the fetcher and the blob pool together.
class BlobAttackTest implements FetchPool, FetchOutput {
    private static final int LIAR = 1;
    private static final int HONEST = 2;

    private final BlobHarness h = new BlobHarness();
    private final TransactionFetcher fetcher =
            new TransactionFetcher(this, this, new SplittableRandom(1));
    private final Map<Integer, List<Hash32>> requests = new LinkedHashMap<>();
    private final List<String> drops = new ArrayList<>();

    @Test
    @DisplayName("A15: a poisoned sidecar costs its sender the connection, and not the hash")
    void poisonedSidecar() {
        h.proofs = sidecar -> sidecar.blob(0)[31] == 0;
        Transaction good = BlobTxs.blob(1, 0);
        Transaction bad = poisoned(good);
        assertThat(bad.hash()).isEqualTo(good.hash());
        announce(LIAR, good);
        announce(HONEST, good);
        assertThat(requests).containsOnlyKeys(LIAR);
        fetcher.reply(LIAR, List.of(bad), h.now);
        assertThat(drops).containsExactly(LIAR + " BAD_SIDECAR");
        assertThat(h.pool().has(good.hash())).isFalse();
        assertThat(requests).containsKey(HONEST); // at once
        fetcher.reply(HONEST, List.of(good), h.now);
        assertThat(h.nonces(1)).containsExactly(0L);
        h.check();
    }

    @Test
    @DisplayName("A15: a peer that announces and says nothing costs one timeout")
    void stallingPeer() {
        Transaction good = BlobTxs.blob(1, 0);
        announce(LIAR, good);
        announce(HONEST, good);
        h.now += TransactionFetcher.TIMEOUT.toNanos();
        fetcher.tick(h.now);
        assertThat(requests).containsKey(HONEST);
        fetcher.reply(HONEST, List.of(good), h.now);
        assertThat(h.nonces(1)).containsExactly(0L);
        assertThat(Duration.ofNanos(h.now)).isEqualTo(TransactionFetcher.TIMEOUT);
    }

    @Test
    @DisplayName("A15: many of one account, or ever a little more, get nowhere")
    void spam() {
        for (int i = 0; i < 16; i++) assertThat(h.add(BlobTxs.blob(1, i))).isNull();
        assertThat(h.add(BlobTxs.blob(1, 16, 1000, 1000, 1000))).isEqualTo(ErrAccountLimitExceeded);
        int accepted = 0;
        for (long fee = 2; fee <= 1000; fee++) {
            if (h.add(BlobTxs.blob(1, 0, fee, fee, fee)) == null) accepted++;
        }
        assertThat(accepted).isEqualTo(9); // each twice the one before
        assertThat(h.add(BlobTxs.blob(1, 1, 1000, 1000, 1))).isEqualTo(ErrReplaceUnderpriced);
        // Announced by their hashes, and nothing else: there is no body to spread.
        assertThat(h.announced).hasSize(16 + accepted);
    }

    private void announce(int peer, Transaction tx) {
        fetcher.announce(
                peer, List.of(new AnnouncedTransaction(tx.hash(), tx.type(), tx.size())), h.now);
    }

    private static Transaction poisoned(Transaction tx) {
        byte[] network = tx.network().clone();
        BlobSidecar sidecar = tx.sidecar();
        if (sidecar == null) throw new AssertionError();
        network[sidecar.blobsFrom() + 4 + 31] = 1;
        return BlobTxs.decode(network);
    }

    @Override
    public boolean has(Hash32 hash) {
        return h.pool().has(hash);
    }

    @Override
    public List<AddOutcome> add(List<Transaction> batch) {
        return h.pool().add(batch, TransactionSource.GOSSIP, h.now);
    }

    @Override
    public void request(int peer, List<Hash32> hashes) {
        requests.put(peer, hashes);
    }

    @Override
    public void drop(int peer, FetchFault fault) {
        drops.add(peer + " " + fault);
    }

    @Override
    public void pause(int peer, long until) {
        throw new AssertionError();
    }
}
