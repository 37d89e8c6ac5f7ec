package org.pollen.mempool.fetch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;

/// What waits to be sent to one peer, and what it knows already.
final class PeerOutbox {
    /// Most transactions, and most announcements, that wait for a peer; the oldest go first.
    static final int QUEUED_MAX = 4096;

    /// Most hashes that are remembered as known to a peer.
    static final int KNOWN_MAX = 32768;

    /// A message ends with the transaction that brings it here.
    static final int PACK_BYTES = 100 * 1024;

    /// Most announcements of a message: what takes as many bytes, at a hash, a type and a size
    /// each.
    static final int PACK_ANNOUNCES = PACK_BYTES / (Hash32.BYTES + 6);

    private final ArrayDeque<Transaction> bodies = new ArrayDeque<>();
    private final ArrayDeque<AnnouncedTransaction> announces = new ArrayDeque<>();
    private final Set<Hash32> known = new LinkedHashSet<>();

    /// Remembers that the peer knows a hash.
    ///
    /// @return false if that was remembered already
    boolean know(Hash32 hash) {
        if (!known.add(hash)) return false;
        if (known.size() > KNOWN_MAX) known.remove(known.iterator().next());
        return true;
    }

    /// Queues a transaction, and returns how many had to go to make room.
    int send(Transaction tx) {
        return push(bodies, tx);
    }

    /// Queues an announcement, and returns how many had to go to make room.
    int announce(AnnouncedTransaction announced) {
        return push(announces, announced);
    }

    private static <T> int push(ArrayDeque<T> queue, T one) {
        queue.add(one);
        if (queue.size() <= QUEUED_MAX) return 0;
        queue.remove();
        return 1;
    }

    boolean isEmpty() {
        return bodies.isEmpty() && announces.isEmpty();
    }

    List<Transaction> nextBodies() {
        var pack = new ArrayList<Transaction>();
        for (int bytes = 0; bytes < PACK_BYTES && !bodies.isEmpty(); ) {
            Transaction tx = bodies.remove();
            bytes += tx.size();
            pack.add(tx);
        }
        return pack;
    }

    List<AnnouncedTransaction> nextAnnounces() {
        var pack = new ArrayList<AnnouncedTransaction>();
        while (pack.size() < PACK_ANNOUNCES && !announces.isEmpty()) pack.add(announces.remove());
        return pack;
    }
}
