package org.pollen.mempool.fetch;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;

/// What each peer is sent and what it is only told of.
///
/// A transaction goes whole to a few peers and by its hash to the others; a large one and one with
/// blobs only by its hash. Nobody is sent or told what it sent or told us, nor anything twice. A
/// peer that just came is told of everything executable.
///
/// Belongs to one thread. The owner drains a peer by [#poll] when its stream has room. Source:
/// mempool specification 8.1.
public final class TransactionBroadcast {
    /// Largest transaction that is sent without being asked for, bytes.
    public static final int BODY_BYTES_MAX = 4096;

    /// What one message to a peer holds: transactions, or else announcements.
    ///
    /// @param bodies whole transactions
    /// @param announces empty if there are bodies
    public record Pack(List<Transaction> bodies, List<AnnouncedTransaction> announces) {
        /// Copies the lists.
        public Pack {
            bodies = List.copyOf(bodies);
            announces = List.copyOf(announces);
        }

        /// Whether there is nothing to send.
        public boolean isEmpty() {
            return bodies.isEmpty() && announces.isEmpty();
        }
    }

    private final DirectPeers direct;
    private final IntConsumer writable;
    private final Map<Integer, byte[]> ids = new LinkedHashMap<>();
    private final Map<Integer, PeerOutbox> outboxes = new LinkedHashMap<>();
    private long overflowed;

    /// Without peers.
    ///
    /// @param self this node's id
    /// @param key 16 secret bytes, new for each process
    /// @param writable told a peer for whom something began to wait
    public TransactionBroadcast(byte[] self, byte[] key, IntConsumer writable) {
        this.writable = writable;
        direct = new DirectPeers(self, key);
    }

    /// A peer came: it is told of everything that is executable.
    public void connected(int peer, byte[] id, Iterable<AnnouncedTransaction> executable) {
        ids.put(peer, id.clone());
        var outbox = new PeerOutbox();
        outboxes.put(peer, outbox);
        for (AnnouncedTransaction one : executable) {
            if (outbox.know(one.hash())) overflowed += outbox.announce(one);
        }
        if (!outbox.isEmpty()) writable.accept(peer);
    }

    /// A peer left.
    public void disconnected(int peer) {
        ids.remove(peer);
        outboxes.remove(peer);
    }

    /// A peer sent or announced a transaction: it need not hear of it.
    public void learned(int peer, Hash32 hash) {
        PeerOutbox outbox = outboxes.get(peer);
        if (outbox == null) return;
        var _ = outbox.know(hash);
    }

    /// Transactions became executable, or replaced executable ones; in nonce order of each sender.
    public void publish(List<Outbound> transactions) {
        for (Outbound one : transactions) publish(one);
    }

    private void publish(Outbound one) {
        Transaction body = one.body();
        boolean small = body != null && body.size() <= BODY_BYTES_MAX;
        Set<Integer> chosen = small ? new HashSet<>(direct.choose(ids, one.sender())) : Set.of();
        outboxes.forEach((peer, outbox) -> {
            boolean idle = outbox.isEmpty();
            if (!outbox.know(one.announced().hash())) return;
            overflowed +=
                    body != null && chosen.contains(peer)
                            ? outbox.send(body)
                            : outbox.announce(one.announced());
            if (idle) writable.accept(peer);
        });
    }

    /// Takes the next message for a peer; empty if there is none.
    public Pack poll(int peer) {
        PeerOutbox outbox = outboxes.get(peer);
        if (outbox == null) return new Pack(List.of(), List.of());
        List<Transaction> bodies = outbox.nextBodies();
        return new Pack(bodies, bodies.isEmpty() ? outbox.nextAnnounces() : List.of());
    }

    /// What was dropped because too much waited for a peer.
    public long overflowed() {
        return overflowed;
    }

    /// The peers that get a sender's transactions whole, for tests of this package.
    List<Integer> directPeers(Address sender) {
        return direct.choose(ids, sender);
    }
}
