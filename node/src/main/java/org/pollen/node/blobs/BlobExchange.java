package org.pollen.node.blobs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.CloseReason;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.ErrorCodes;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostListener;
import org.pollen.libp2p.IdentifyInfo;
import org.pollen.libp2p.Stream;
import org.pollen.libp2p.StreamHandler;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.PooledBlob;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionRefusedException;
import org.pollen.mempool.fetch.AnnouncedTransaction;
import org.pollen.mempool.fetch.FetchFault;
import org.pollen.mempool.fetch.FetchOutput;
import org.pollen.mempool.fetch.FetchPool;
import org.pollen.mempool.fetch.MessageRules;
import org.pollen.mempool.fetch.Outbound;
import org.pollen.mempool.fetch.TransactionBroadcast;
import org.pollen.mempool.fetch.TransactionFetcher;
import org.pollen.node.CoreLoop;
import org.pollen.peer.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells peers which blob transactions this node has, and fetches those that they have.
///
/// Everything but framing and proofs is on the pool's thread. What a peer can make us do is
/// bounded: announcements by their rate and by [TransactionFetcher#ANNOUNCES_MAX], answers by what
/// was asked, service by requests and bytes a second; proofs are only verified for what the pool
/// would take otherwise. A peer that breaks the protocol or sends a wrong sidecar is disconnected,
/// and not spoken to here for [#SHUNNED]. Source: mempool.md 8.2; ADR 84.
public final class BlobExchange implements FetchPool, FetchOutput, HostListener {
    /// For how long a peer that misbehaved is told and asked nothing.
    public static final Duration SHUNNED = Duration.ofMinutes(10);

    /// Requests of a peer that are answered, a second and at once after a pause.
    public static final int REQUESTS = 10;

    public static final int REQUESTS_BURST = 64;

    /// Bytes that a peer is sent, a second and at once after a pause.
    public static final int BYTES = 2 << 20;

    public static final int BYTES_BURST = 16 << 20;

    /// Requests of a peer that may be open at once.
    static final int OPEN_MAX = 4;

    private static final Logger LOG = LoggerFactory.getLogger("blobpool");
    private static final long TICK = Duration.ofMillis(250).toNanos();
    private static final long DEADLINE = Duration.ofSeconds(30).toNanos();
    private static final long PAUSE = Duration.ofSeconds(1).toNanos();
    private static final int SHUNNED_MAX = 1024;
    private static final long RETRY = Duration.ofSeconds(5).toNanos();
    private static final int RETRY_DOUBLINGS = 5;

    private final String name;
    private final Host host;
    private final CoreLoop loop;
    private final Executor workers;
    private final BlobSource pool;
    private final TransactionFetcher fetcher;
    private final TransactionBroadcast broadcast;
    private final Map<PeerId, Peer> peers = new LinkedHashMap<>();
    private final Map<Integer, Peer> byNumber = new HashMap<>();
    private final Map<PeerId, Long> shunned = new LinkedHashMap<>();
    private final Set<Integer> dirty = new LinkedHashSet<>();
    private final Map<PeerId, Stream> readers = new ConcurrentHashMap<>();
    private final Map<PeerId, Integer> open = new ConcurrentHashMap<>();
    private final Set<ServedFetch> serving = ConcurrentHashMap.newKeySet();
    private final Queue<Paused> paused = new ConcurrentLinkedQueue<>();
    private final Map<String, Long> faults = new TreeMap<>();
    private Map<Hash32, PoolError> refused = Map.of(); // while an answer is handed over
    private Consumer<PeerId> onFault = _ -> {};
    private int numbers;
    private long announced;
    private long served;
    private long servedBytes;
    private long unknown;
    private long limited;
    private volatile BlobExchangeView view;

    private record Paused(Stream stream, long until) {}

    /// What is known of a peer.
    private static final class Peer {
        final PeerId id;
        final int number;
        final Rate requests;
        final Rate bytes;
        @Nullable Stream announce;
        @Nullable FetchCall call;
        boolean opening;
        int failures;
        long retryAt;

        Peer(PeerId id, int number, long now) {
            this.id = id;
            this.number = number;
            requests = new Rate(REQUESTS_BURST, REQUESTS, now);
            bytes = new Rate(BYTES_BURST, BYTES, now);
            retryAt = now;
        }
    }

    /// Serves the protocols of a host; before it and the loop start.
    ///
    /// @param loop the pool's
    /// @param workers decode and verify; reject when they are full
    public BlobExchange(
            String name,
            Host host,
            CoreLoop loop,
            Executor workers,
            BlobSource pool,
            RandomGenerator random) {
        this.name = name;
        this.host = host;
        this.loop = loop;
        this.workers = workers;
        this.pool = pool;
        byte[] key = new byte[16];
        random.nextBytes(key);
        fetcher = new TransactionFetcher(this, this, random);
        broadcast = new TransactionBroadcast(host.peerId().bytes(), key, this::dirty);
        for (String kind : BlobFaults.ALL) faults.put(kind, 0L);
        view = view();
        loop.addTicker(this::tick, loop.now() + TICK);
        host.handle(BlobMessages.ANNOUNCE, this::reader);
        host.handle(BlobMessages.FETCH, this::server);
        host.addListener(this);
    }

    /// Who else hears of a peer that misbehaved; before the start.
    public void onFault(Consumer<PeerId> listener) {
        onFault = listener;
    }

    /// What went over the wire so far; any thread.
    public BlobExchangeView seen() {
        return view;
    }

    // Streams, on their event loops.

    private StreamHandler reader(Stream stream) {
        PeerId peer = stream.connection().remotePeer();
        Stream old = readers.put(peer, stream);
        if (old != null) old.reset(ErrorCodes.STREAM_SUPPLANTED);
        return new AnnounceReader(this, peer, now());
    }

    private StreamHandler server(Stream stream) {
        PeerId peer = stream.connection().remotePeer();
        if (open.merge(peer, 1, Integer::sum) > OPEN_MAX) {
            close(peer);
            throw new IllegalStateException("a peer asks too often at once");
        }
        var fetch = new ServedFetch(this, peer, stream, now());
        serving.add(fetch);
        return fetch;
    }

    private void close(PeerId peer) {
        open.computeIfPresent(peer, (_, n) -> n == 1 ? null : n - 1);
    }

    /// Monotonic nanoseconds.
    long now() {
        return loop.now();
    }

    /// A peer announces.
    void heard(PeerId peer, List<AnnouncedTransaction> what) {
        loop.post(now -> {
            Peer from = peer(peer, now);
            if (from == null) return;
            for (AnnouncedTransaction one : what) broadcast.learned(from.number, one.hash());
            fetcher.announce(from.number, what, now);
        });
    }

    /// A peer's announcements ended.
    void unheard(PeerId peer, Stream stream) {
        readers.remove(peer, stream);
    }

    /// Reads nothing from a peer for a moment: it sends too much.
    void pause(Stream stream) {
        stream.pauseReading();
        paused.add(new Paused(stream, now() + PAUSE));
        loop.post(_ -> limited++);
    }

    /// A peer did what no honest one does.
    void misbehaved(PeerId peer, String kind, String text) {
        loop.post(now -> fault(peer, kind, text, now));
    }

    /// A peer asks.
    void asked(ServedFetch fetch, List<Hash32> hashes) {
        boolean posted =
                loop.post(now -> {
                    Peer from = peer(fetch.peer, now);
                    if (from != null && from.requests.take(1, now)) {
                        fetch.answer(hashes, now);
                        return;
                    }
                    limited++;
                    fetch.refuse();
                });
        if (!posted) fetch.refuse();
    }

    /// There is room for more of an answer.
    void goOn(ServedFetch fetch) {
        loop.post(fetch::step);
    }

    /// An answer's stream ended.
    void servedUp(ServedFetch fetch) {
        if (serving.remove(fetch)) close(fetch.peer);
    }

    /// A request of ours has no answer.
    void unanswered(FetchCall call) {
        loop.post(now -> end(call, now));
    }

    /// A request of ours is answered: decodes and recovers on the workers, asks the pool what is
    /// worth more work, verifies that, and hands it over.
    void answered(FetchCall call, List<byte[]> answers) {
        try {
            workers.execute(() -> decode(call, answers));
        } catch (RejectedExecutionException _) {
            unanswered(call);
        }
    }

    private void decode(FetchCall call, List<byte[]> answers) {
        var transactions = new ArrayList<Transaction>(answers.size());
        Set<Hash32> asked = new HashSet<>(call.hashes);
        for (byte[] answer : answers) {
            try {
                transactions.add(TransactionDecoder.decode(answer));
            } catch (TransactionRefusedException _) {
                misbehaved(call, "answers what is no transaction");
                return;
            }
        }
        String why = MessageRules.transactions(transactions, true);
        Set<Address> senders = new LinkedHashSet<>();
        for (Transaction tx : transactions) {
            if (!asked.contains(tx.hash())) why = "answers what was not asked for";
            Address sender = tx.senderOrNull();
            if (sender != null) senders.add(sender);
        }
        if (why != null) {
            misbehaved(call, why);
            return;
        }
        var _ =
                pool.load(senders)
                        .thenAccept(loaded -> {
                            boolean posted = loaded && loop.post(_ -> consider(call, transactions));
                            if (!posted) unanswered(call);
                        });
    }

    private void misbehaved(FetchCall call, String why) {
        unanswered(call);
        misbehaved(call.peer, BlobFaults.ANSWER, why);
    }

    /// Which of them would be refused anyway? Their proofs are not worth verifying.
    private void consider(FetchCall call, List<Transaction> transactions) {
        var not = new HashMap<Hash32, PoolError>();
        for (Transaction tx : transactions) {
            PoolError error = pool.refusal(tx);
            if (error != null) not.put(tx.hash(), error);
        }
        try {
            workers.execute(() -> verify(call, transactions, not));
        } catch (RejectedExecutionException _) {
            unanswered(call);
        }
    }

    private void verify(
            FetchCall call, List<Transaction> transactions, Map<Hash32, PoolError> not) {
        List<Transaction> verified = new ArrayList<>(transactions.size());
        for (Transaction tx : transactions) {
            verified.add(tx);
            // A wrong sidecar ends the message: nobody pays for what is behind it.
            if (!not.containsKey(tx.hash()) && !pool.proofsHold(tx)) break;
        }
        boolean posted = loop.post(now -> deliver(call, verified, not, now));
        if (!posted) unanswered(call);
    }

    // The pool's thread.

    private void deliver(
            FetchCall call, List<Transaction> verified, Map<Hash32, PoolError> not, long now) {
        Peer from = byNumber.get(call.number);
        if (from == null || !call.equals(from.call)) return; // it was given up, or the peer left
        from.call = null;
        for (Transaction tx : verified) broadcast.learned(from.number, tx.hash());
        refused = not;
        fetcher.reply(from.number, verified, now);
        refused = Map.of();
    }

    private void end(FetchCall call, long now) {
        Peer from = byNumber.get(call.number);
        if (from == null || !call.equals(from.call)) return;
        from.call = null;
        fetcher.requestFailed(from.number, now);
    }

    private @Nullable Peer peer(PeerId id, long now) {
        Peer known = peers.get(id);
        if (known != null) return known;
        Long until = shunned.get(id);
        if (until != null) {
            if (now - until < 0) return null;
            shunned.remove(id);
        }
        if (host.connection(id).isEmpty()) return null;
        var fresh = new Peer(id, numbers++, now);
        peers.put(id, fresh);
        byNumber.put(fresh.number, fresh);
        return fresh;
    }

    private void fault(PeerId id, String kind, String text, long now) {
        faults.merge(kind, 1L, Long::sum);
        LOG.info("{}: {} disconnected for its {}: {}", name, id.abbreviated(), kind, text);
        forget(id, now);
        shunned.put(id, now + SHUNNED.toNanos());
        if (shunned.size() > SHUNNED_MAX) shunned.remove(shunned.keySet().iterator().next());
        onFault.accept(id);
        for (Connection connection : host.connections()) {
            if (connection.remotePeer().equals(id)) {
                connection.close(ErrorCodes.CONNECTION_PROTOCOL_VIOLATION);
            }
        }
    }

    private void forget(PeerId id, long now) {
        Peer left = peers.remove(id);
        if (left == null) return;
        byNumber.remove(left.number);
        dirty.remove(left.number);
        broadcast.disconnected(left.number);
        fetcher.disconnected(left.number, now);
        if (left.announce != null) left.announce.reset(ErrorCodes.NONE);
    }

    /// Transactions that peers may be told of now.
    public void announced(List<PooledBlob> blobs) {
        broadcast.publish(
                blobs.stream().map(one -> new Outbound(said(one), one.sender(), null)).toList());
    }

    private static AnnouncedTransaction said(PooledBlob blob) {
        return new AnnouncedTransaction(blob.hash(), Transaction.BLOB, blob.size());
    }

    /// The chain has new blocks.
    ///
    /// @param blobs of them
    /// @param reorganised whether others left it
    public void followed(List<Hash32> blobs, boolean reorganised, long now) {
        if (reorganised) fetcher.reorganised();
        fetcher.included(blobs, now);
    }

    private void dirty(int number) {
        if (dirty.isEmpty()) loop.next(_ -> drain());
        dirty.add(number);
    }

    private void drain() {
        for (int number : List.copyOf(dirty)) {
            Peer to = byNumber.get(number);
            if (to != null) drain(to);
        }
        dirty.clear();
    }

    private void drain(Peer to) {
        Stream stream = to.announce;
        while (stream != null && stream.writable()) {
            List<AnnouncedTransaction> pack = broadcast.poll(to.number).announces();
            if (pack.isEmpty()) return;
            byte[] message = BlobMessages.announcement(pack);
            stream.write(message, 0, message.length);
            announced += pack.size();
        }
    }

    private void announceTo(Peer to) {
        Connection connection = host.connection(to.id).orElse(null);
        if (connection == null || connection.limited()) return;
        IdentifyInfo told = connection.identify().orElse(null);
        if (told == null || !told.supports(BlobMessages.ANNOUNCE)) return;
        to.opening = true;
        var writer = new Announcing(to);
        var _ =
                host.open(connection, List.of(BlobMessages.ANNOUNCE), writer)
                        .whenComplete((stream, _) -> loop.post(at -> opened(to, stream, at)));
    }

    private void opened(Peer to, @Nullable Stream stream, long now) {
        to.opening = false;
        boolean gone = !to.equals(peers.get(to.id));
        if (stream == null) {
            to.retryAt = now + (RETRY << Math.min(to.failures++, RETRY_DOUBLINGS));
        } else if (gone) {
            stream.reset(ErrorCodes.NONE);
        } else {
            to.announce = stream;
            var have = new ArrayList<AnnouncedTransaction>();
            pool.forEachAnnounced(blob -> have.add(said(blob)));
            broadcast.connected(to.number, to.id.bytes(), have);
        }
    }

    private void lost(Peer to, Stream stream, long now) {
        if (!stream.equals(to.announce)) return;
        to.announce = null;
        to.retryAt = now + (RETRY << Math.min(to.failures++, RETRY_DOUBLINGS));
        broadcast.disconnected(to.number); // who knows what of it arrived
    }

    /// Our announcements to a peer.
    private final class Announcing implements StreamHandler {
        private final Peer to;

        Announcing(Peer to) {
            this.to = to;
        }

        @Override
        public void data(Stream stream, byte[] array, int off, int len) {
            // Nothing is to be said here.
        }

        @Override
        public void writable(Stream stream) {
            loop.post(_ -> drain(to));
        }

        @Override
        public void closed(Stream stream, @Nullable Throwable cause) {
            loop.post(now -> lost(to, stream, now));
        }
    }

    private long tick(long now) {
        fetcher.tick(now);
        for (Peer peer : List.copyOf(peers.values())) {
            if (peer.announce == null && !peer.opening && now - peer.retryAt >= 0) {
                announceTo(peer);
            }
            FetchCall call = peer.call;
            if (call != null && now - call.startedAt > DEADLINE) {
                call.giveUp();
                end(call, now); // also when its own word was lost
            }
        }
        for (ServedFetch fetch : serving) if (now - fetch.startedAt > DEADLINE) fetch.refuse();
        for (var each = paused.iterator(); each.hasNext(); ) {
            Paused one = each.next();
            if (now - one.until < 0) continue;
            one.stream.resumeReading();
            each.remove();
        }
        view = view();
        return now + TICK;
    }

    private BlobExchangeView view() {
        return new BlobExchangeView(
                peers.size(),
                fetcher.counts().copy(),
                fetcher.waitingHashes(),
                fetcher.queuedHashes(),
                fetcher.fetchingHashes(),
                announced,
                broadcast.overflowed(),
                served,
                servedBytes,
                unknown,
                limited,
                faults);
    }

    /// A transaction for a peer; null if it is not here, or the peer had enough.
    byte @Nullable [] serve(ServedFetch fetch, Hash32 hash, long now) {
        Peer to = peers.get(fetch.peer);
        byte[] network = to == null ? null : pool.network(hash);
        if (to == null || network == null) {
            unknown++;
            return null;
        }
        if (!to.bytes.take(network.length, now)) {
            limited++;
            return null;
        }
        broadcast.learned(to.number, hash);
        served++;
        servedBytes += network.length;
        return network;
    }

    // What the fetcher asks of us.

    @Override
    public boolean has(Hash32 hash) {
        return pool.has(hash);
    }

    @Override
    public List<AddOutcome> add(List<Transaction> batch) {
        var outcomes = new ArrayList<AddOutcome>(batch.size());
        for (Transaction tx : batch) {
            PoolError error = refused.get(tx.hash());
            outcomes.add(
                    error == null
                            ? pool.add(tx, loop.now())
                            : new AddOutcome(tx, error, false, error.text()));
        }
        return outcomes;
    }

    @Override
    public void request(int number, List<Hash32> hashes) {
        Peer from = byNumber.get(number);
        Connection connection = from == null ? null : host.connection(from.id).orElse(null);
        if (from == null || connection == null) {
            loop.next(now -> fetcher.requestFailed(number, now));
            return;
        }
        var call = new FetchCall(this, from.id, number, hashes, loop.now());
        from.call = call;
        var _ =
                host.open(connection, List.of(BlobMessages.FETCH), call)
                        .whenComplete((stream, failure) -> {
                            if (failure == null) call.opened(stream);
                            else call.failed();
                        });
    }

    @Override
    public void drop(int number, FetchFault fault) {
        Peer from = byNumber.get(number);
        if (from == null) return;
        loop.next(now -> fault(from.id, BlobFaults.of(fault), fault.text(), now));
    }

    @Override
    public void pause(int number, long until) {
        Peer from = byNumber.get(number);
        Stream stream = from == null ? null : readers.get(from.id);
        if (stream == null) return;
        stream.pauseReading();
        paused.add(new Paused(stream, until));
    }

    // What the host tells, on event loops.

    @Override
    public void identified(Connection connection, IdentifyInfo identify) {
        if (!identify.supports(BlobMessages.ANNOUNCE)) return;
        loop.post(now -> {
            Peer known = peer(connection.remotePeer(), now);
            if (known != null && known.announce == null && !known.opening) announceTo(known);
        });
    }

    @Override
    public void disconnected(Connection connection, CloseReason reason) {
        PeerId id = connection.remotePeer();
        loop.post(now -> {
            if (host.connection(id).isEmpty()) forget(id, now);
        });
    }
}
