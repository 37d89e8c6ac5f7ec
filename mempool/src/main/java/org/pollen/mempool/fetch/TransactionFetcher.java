package org.pollen.mempool.fetch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;

/// Fetches announced transactions: which hash is asked of which peer, and when.
///
/// A hash waits half a second, because somebody may broadcast it meanwhile; then one of those who
/// announced it is asked, a few hundred hashes at once and one request a peer; if it does not
/// answer in time another one is. A blob transaction is never broadcast, so it does not wait.
///
/// A pure state machine, owned by one thread. The owner calls [#tick] when [#nextTickAt] has come.
/// Times are monotonic nanoseconds, never less than in an earlier call.
///
/// Source: mempool specification 8.2.
public final class TransactionFetcher {
    /// How long a hash waits for a broadcast.
    public static final Duration BROADCAST_WAIT = Duration.ofMillis(500);

    /// What is due within this time of something that is due is done with it.
    public static final Duration SLACK = Duration.ofMillis(100);

    /// How long a peer may take to answer.
    public static final Duration TIMEOUT = Duration.ofSeconds(5);

    /// Most hashes of a request.
    public static final int REQUEST_HASHES = 256;

    /// A request ends with the hash that brings the announced sizes here.
    public static final long REQUEST_BYTES = 128 * 1024;

    /// Most hashes that are remembered for a peer.
    public static final int ANNOUNCES_MAX = 4096;

    /// By how many bytes an announced size may be off.
    public static final int SIZE_TOLERANCE = 8;

    /// How many refused, and how many included hashes are remembered.
    public static final int REMEMBERED = 32768;

    /// How long a hash that paid too little is not fetched again.
    public static final Duration UNDERPRICED_AGE = Duration.ofMinutes(5);

    /// How long nothing is read from a peer that sends too much nonsense.
    public static final Duration FLOOD_PAUSE = Duration.ofMillis(200);

    private final FetchPool pool;
    private final FetchOutput out;
    private final RandomGenerator random;
    private final FetchCounts counts = new FetchCounts();
    private final RecentHashes underpriced =
            new RecentHashes(REMEMBERED, UNDERPRICED_AGE.toNanos());
    private final RecentHashes included = new RecentHashes(REMEMBERED, Long.MAX_VALUE);
    private final Deliveries deliveries;
    private final Map<Hash32, Wanted> wanted = new HashMap<>();
    private final Set<Wanted> waiting = new LinkedHashSet<>(); // the oldest first
    private final Map<Integer, FetchPeer> peers = new LinkedHashMap<>();
    private long announcements;
    private int fetching;

    /// A fetcher without peers.
    ///
    /// @param random chooses which peer is looked at first
    public TransactionFetcher(FetchPool pool, FetchOutput out, RandomGenerator random) {
        this.pool = pool;
        this.out = out;
        this.random = random;
        deliveries = new Deliveries(pool, counts, underpriced);
    }

    /// A peer announces transactions. More than it may have outstanding are ignored.
    public void announce(int peer, List<AnnouncedTransaction> announced, long now) {
        counts.mark(FetchCounter.ANNOUNCE_IN, announced.size());
        FetchPeer from = peers.computeIfAbsent(peer, FetchPeer::new);
        for (AnnouncedTransaction one : announced) {
            if (!interesting(one.hash(), now)) continue;
            Wanted known = wanted.get(one.hash());
            if (known != null && known.offers.containsKey(peer)) continue;
            if (from.offers.size() >= ANNOUNCES_MAX) {
                counts.mark(FetchCounter.ANNOUNCE_DOS, 1);
                continue;
            }
            offer(from, known == null ? want(one, now) : known, one);
        }
        schedule(from, now);
        if (from.idle()) peers.remove(peer);
    }

    private boolean interesting(Hash32 hash, long now) {
        if (pool.has(hash)) {
            counts.mark(FetchCounter.ANNOUNCE_KNOWN, 1);
            return false;
        }
        if (included.contains(hash, now)) {
            counts.mark(FetchCounter.ANNOUNCE_ONCHAIN, 1);
            return false;
        }
        if (underpriced.contains(hash, now)) {
            counts.mark(FetchCounter.ANNOUNCE_UNDERPRICED, 1);
            return false;
        }
        return true;
    }

    private Wanted want(AnnouncedTransaction one, long now) {
        boolean blob = one.type() == Transaction.BLOB;
        var fresh = new Wanted(one.hash(), blob ? Wanted.Stage.QUEUED : Wanted.Stage.WAITING, now);
        wanted.put(one.hash(), fresh);
        if (!blob) waiting.add(fresh);
        return fresh;
    }

    private void offer(FetchPeer from, Wanted what, AnnouncedTransaction one) {
        var offer = new Wanted.Offer(what, announcements++, one);
        what.offers.put(from.id, offer);
        from.offers.put(offer.order(), offer);
    }

    /// A peer sends transactions without being asked.
    public void broadcast(int peer, List<Transaction> transactions, long now) {
        take(peer, transactions, false, now);
    }

    /// A peer answers its request, with all, some or none of what it was asked for.
    public void reply(int peer, List<Transaction> transactions, long now) {
        take(peer, transactions, true, now);
    }

    private void take(int peer, List<Transaction> transactions, boolean reply, long now) {
        Deliveries.Result result = deliveries.take(transactions, reply, now);
        Map<Integer, FetchFault> faulty = new LinkedHashMap<>();
        var arrived = new HashSet<Hash32>();
        for (AnnouncedTransaction one : result.delivered()) {
            arrived.add(one.hash());
            arrive(one, faulty);
        }
        if (reply) answered(peer, arrived);
        FetchFault fault = result.fault();
        if (fault != null) faulty.put(peer, fault);
        else if (result.flooded()) out.pause(peer, now + FLOOD_PAUSE.toNanos());
        faulty.forEach((liar, why) -> {
            forget(liar);
            out.drop(liar, why);
        });
        scheduleAll(now);
    }

    /// A transaction is here, from whomever: nobody needs to be asked for it, and what was said of
    /// it can be compared.
    private void arrive(AnnouncedTransaction one, Map<Integer, FetchFault> faulty) {
        Wanted what = wanted.get(one.hash());
        if (what == null) return;
        what.offers.forEach((peer, offer) -> {
            AnnouncedTransaction said = offer.announced();
            if (said.type() != one.type()) faulty.put(peer, FetchFault.WRONG_TYPE);
            else if (Math.abs(said.size() - one.size()) > SIZE_TOLERANCE) {
                faulty.put(peer, FetchFault.WRONG_SIZE);
            }
        });
        for (int peer : List.copyOf(what.offers.keySet())) withdraw(what, peer);
    }

    /// Ends a peer's request. What it left out is asked of others, and of itself only what comes
    /// after the last one it sent: a reply is cut at the end when it would be too long.
    private void answered(int peer, Set<Hash32> arrived) {
        FetchPeer from = peers.get(peer);
        FetchPeer.Request request = from == null ? null : from.request;
        if (from == null || request == null) return; // nobody asked
        counts.mark(FetchCounter.REQUEST_DONE, 1);
        from.request = null;
        List<Wanted> asked = request.wanted();
        int cut = asked.size(); // nothing arrived: do not ask it for the same again
        for (int i = 0; i < asked.size(); i++) if (arrived.contains(asked.get(i).hash)) cut = i;
        for (int i = 0; i < asked.size(); i++) {
            Wanted what = asked.get(i);
            if (!what.fetchedFrom(peer)) continue; // it arrived
            requeue(what);
            if (i < cut) withdraw(what, peer);
        }
        if (from.idle()) peers.remove(peer);
    }

    /// A peer's stream broke, or it said that it cannot answer: it keeps its announcements, but
    /// what it was asked for is asked of others.
    public void requestFailed(int peer, long now) {
        FetchPeer from = peers.get(peer);
        if (from == null || from.request == null) return;
        counts.mark(FetchCounter.REQUEST_FAIL, 1);
        giveUp(from, from.request);
        from.request = null;
        if (from.idle()) peers.remove(peer);
        scheduleAll(now);
    }

    /// A peer left: nothing is expected from it any more.
    public void disconnected(int peer, long now) {
        FetchPeer from = peers.get(peer);
        if (from == null) return;
        if (from.request != null) counts.mark(FetchCounter.REQUEST_FAIL, 1);
        forget(peer);
        scheduleAll(now);
    }

    private void forget(int peer) {
        FetchPeer from = peers.remove(peer);
        if (from == null) return;
        for (Wanted.Offer offer : List.copyOf(from.offers.values())) {
            Wanted what = offer.wanted();
            if (what.fetchedFrom(peer)) requeue(what);
            what.offers.remove(peer);
            if (what.offers.isEmpty()) goneFor(what);
        }
    }

    /// A block is on the chain: what it holds need not be fetched.
    public void included(Iterable<Hash32> hashes, long now) {
        for (Hash32 hash : hashes) included.add(hash, now);
    }

    /// The chain was reorganised: what was included may not be any more.
    public void reorganised() {
        included.clear();
    }

    /// Does what is due.
    public void tick(long now) {
        boolean changed = endWaits(now);
        changed |= endRequests(now);
        if (changed) scheduleAll(now);
    }

    private boolean endWaits(long now) {
        if (waiting.isEmpty() || now < waiting.iterator().next().since + BROADCAST_WAIT.toNanos()) {
            return false;
        }
        long until = now + SLACK.toNanos() - BROADCAST_WAIT.toNanos();
        for (var each = waiting.iterator(); each.hasNext(); ) {
            Wanted what = each.next();
            if (what.since > until) break;
            each.remove();
            what.stage = Wanted.Stage.QUEUED;
        }
        return true;
    }

    private boolean endRequests(long now) {
        OptionalLong first = firstTimeout();
        if (first.isEmpty() || now < first.getAsLong()) return false;
        long until = now + SLACK.toNanos() - TIMEOUT.toNanos();
        for (FetchPeer peer : List.copyOf(peers.values())) {
            FetchPeer.Request request = peer.request;
            if (request == null || request.late() || request.sentAt() > until) continue;
            counts.mark(FetchCounter.REQUEST_TIMEOUT, 1);
            giveUp(peer, request);
            // It may answer yet; until then it is asked nothing more.
            peer.request = new FetchPeer.Request(List.of(), request.sentAt(), true);
        }
        return true;
    }

    private void giveUp(FetchPeer peer, FetchPeer.Request request) {
        for (Wanted what : request.wanted()) {
            if (!what.fetchedFrom(peer.id)) continue;
            requeue(what);
            withdraw(what, peer.id);
        }
    }

    private OptionalLong firstTimeout() {
        return peers.values().stream()
                .map(peer -> peer.request)
                .filter(request -> request != null && !request.late())
                .mapToLong(request -> request.sentAt() + TIMEOUT.toNanos())
                .min();
    }

    /// When [#tick] next has something to do; empty if nothing is under way.
    public OptionalLong nextTickAt() {
        OptionalLong timeout = firstTimeout();
        if (waiting.isEmpty()) return timeout;
        long wait = waiting.iterator().next().since + BROADCAST_WAIT.toNanos();
        return OptionalLong.of(timeout.isEmpty() ? wait : Math.min(wait, timeout.getAsLong()));
    }

    private void scheduleAll(long now) {
        List<FetchPeer> all = List.copyOf(peers.values());
        if (all.isEmpty()) return;
        int start = random.nextInt(all.size()); // so that nobody always comes first
        for (int i = 0; i < all.size(); i++) schedule(all.get((start + i) % all.size()), now);
    }

    /// Asks a peer for the oldest of what it offers, if it is free.
    private void schedule(FetchPeer peer, long now) {
        if (peer.request != null) return;
        var asked = new ArrayList<Wanted>();
        long bytes = 0;
        for (Wanted.Offer offer : peer.offers.values()) {
            Wanted what = offer.wanted();
            if (what.stage != Wanted.Stage.QUEUED) continue;
            what.stage = Wanted.Stage.FETCHING;
            what.from = peer.id;
            fetching++;
            asked.add(what);
            bytes += offer.announced().size();
            if (asked.size() >= REQUEST_HASHES || bytes >= REQUEST_BYTES) break;
        }
        if (asked.isEmpty()) return;
        peer.request = new FetchPeer.Request(asked, now, false);
        counts.mark(FetchCounter.REQUEST_OUT, asked.size());
        out.request(peer.id, asked.stream().map(what -> what.hash).toList());
    }

    private void requeue(Wanted what) {
        what.stage = Wanted.Stage.QUEUED;
        what.from = Wanted.NOBODY;
        fetching--;
    }

    /// A peer does not offer something any more.
    private void withdraw(Wanted what, int peer) {
        Wanted.Offer offer = what.offers.remove(peer);
        FetchPeer from = peers.get(peer);
        if (offer != null && from != null) {
            from.offers.remove(offer.order());
            if (from.idle()) peers.remove(peer);
        }
        if (what.offers.isEmpty()) goneFor(what);
    }

    private void goneFor(Wanted what) {
        if (what.stage == Wanted.Stage.WAITING) waiting.remove(what);
        if (what.stage == Wanted.Stage.FETCHING) fetching--;
        what.stage = Wanted.Stage.GONE;
        wanted.remove(what.hash);
    }

    /// Hashes that wait for a broadcast.
    public int waitingHashes() {
        return waiting.size();
    }

    /// Hashes that wait for a peer that is free.
    public int queuedHashes() {
        return wanted.size() - waiting.size() - fetching;
    }

    /// Hashes that a peer was asked for.
    public int fetchingHashes() {
        return fetching;
    }

    /// Hashes that are remembered for a peer.
    public int outstanding(int peer) {
        FetchPeer from = peers.get(peer);
        return from == null ? 0 : from.offers.size();
    }

    /// Peers of whom anything is remembered.
    public int peerCount() {
        return peers.size();
    }

    /// Hashes that paid too little and are remembered for it.
    public int underpricedHashes() {
        return underpriced.size();
    }

    /// The live counters.
    public FetchCounts counts() {
        return counts;
    }
}
