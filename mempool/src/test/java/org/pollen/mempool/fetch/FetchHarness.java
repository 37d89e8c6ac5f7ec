package org.pollen.mempool.fetch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.RlpWriter;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionRefusedException;

/// A fetcher with a pool of two sets, its requests in a map, and a clock that stands still.
final class FetchHarness implements FetchPool, FetchOutput {
    static final long MILLI = 1_000_000;

    final TransactionFetcher fetcher;
    final Set<Hash32> pooled = new HashSet<>();
    final Map<Hash32, PoolError> refusals = new HashMap<>();
    final Map<Integer, List<Hash32>> requests = new LinkedHashMap<>();
    final List<String> drops = new ArrayList<>();
    final Map<Integer, Long> pauses = new HashMap<>();
    final List<Integer> batches = new ArrayList<>();
    long now;

    FetchHarness() {
        fetcher = new TransactionFetcher(this, this, new SplittableRandom(1));
    }

    void announce(int peer, Transaction... transactions) {
        announce(peer, List.of(transactions));
    }

    void announce(int peer, List<Transaction> transactions) {
        fetcher.announce(peer, transactions.stream().map(FetchHarness::said).toList(), now);
    }

    void announceOnly(int peer, AnnouncedTransaction... announced) {
        fetcher.announce(peer, List.of(announced), now);
    }

    void broadcast(int peer, Transaction... transactions) {
        fetcher.broadcast(peer, List.of(transactions), now);
    }

    /// Answers a peer's request, which is forgotten here.
    void reply(int peer, Transaction... transactions) {
        requests.remove(peer);
        fetcher.reply(peer, List.of(transactions), now);
    }

    /// Lets time pass, with a tick whenever one is due.
    void pass(long millis) {
        long end = now + millis * MILLI;
        while (fetcher.nextTickAt().isPresent() && fetcher.nextTickAt().getAsLong() <= end) {
            now = Math.max(now, fetcher.nextTickAt().getAsLong());
            fetcher.tick(now);
        }
        now = end;
        fetcher.tick(now);
    }

    List<Hash32> request(int peer) {
        return requests.getOrDefault(peer, List.of());
    }

    /// Hashes that wait, are queued and are fetched.
    String stages() {
        return fetcher.waitingHashes()
                + "/"
                + fetcher.queuedHashes()
                + "/"
                + fetcher.fetchingHashes();
    }

    @Override
    public boolean has(Hash32 hash) {
        return pooled.contains(hash);
    }

    @Override
    public List<AddOutcome> add(List<Transaction> batch) {
        batches.add(batch.size());
        var outcomes = new ArrayList<AddOutcome>();
        for (Transaction tx : batch) {
            PoolError error = refusals.get(tx.hash());
            if (error == null && !pooled.add(tx.hash())) error = PoolError.ErrAlreadyKnown;
            outcomes.add(new AddOutcome(tx, error, false, ""));
        }
        return outcomes;
    }

    @Override
    public void request(int peer, List<Hash32> hashes) {
        if (requests.put(peer, List.copyOf(hashes)) != null) {
            throw new AssertionError("a second request to peer " + peer);
        }
    }

    @Override
    public void drop(int peer, FetchFault fault) {
        drops.add(peer + " " + fault);
    }

    @Override
    public void pause(int peer, long until) {
        pauses.put(peer, until);
    }

    static AnnouncedTransaction said(Transaction tx) {
        return new AnnouncedTransaction(tx.hash(), tx.type(), tx.size());
    }

    static AnnouncedTransaction fake(int n, int type, long size) {
        return new AnnouncedTransaction(hash(n), type, size);
    }

    static Hash32 hash(int n) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < 4; i++) bytes[28 + i] = (byte) (n >>> (24 - 8 * i));
        return new Hash32(bytes);
    }

    static Transaction tx(int n) {
        return tx(n, 0);
    }

    /// A transaction with a signature that nobody can have made, which nothing here looks at.
    static Transaction tx(int n, int dataLength) {
        var out = new RlpWriter();
        out.number((long) n).number(1L).number(21_000L).bytes(new byte[20]).number(0L);
        out.bytes(new byte[dataLength]).number(37L).number(1L).number(1L);
        return decode(out.toEnvelope(Transaction.LEGACY));
    }

    static Transaction blob(int n) {
        var out = new RlpWriter();
        out.number(1L).number((long) n).number(1L).number(1L).number(21_000L);
        out.bytes(new byte[20]).number(0L).bytes(new byte[0]).list(new RlpWriter());
        out.number(1L).list(new RlpWriter().bytes(new byte[32]));
        out.number(0L).number(1L).number(1L);
        return decode(out.toEnvelope(Transaction.BLOB));
    }

    static List<Transaction> txs(int from, int to) {
        var all = new ArrayList<Transaction>();
        for (int n = from; n < to; n++) all.add(tx(n));
        return all;
    }

    private static Transaction decode(byte[] envelope) {
        try {
            return TransactionDecoder.decode(envelope);
        } catch (TransactionRefusedException e) {
            throw new AssertionError(e);
        }
    }
}
