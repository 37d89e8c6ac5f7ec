package org.pollen.router;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What waits to be sent to one peer: a FIFO for each [RpcClass], bounded in RPCs and bytes.
///
/// When it is full, what is least important goes first, the oldest of it first: an RPC that pushes
/// out others of lower classes is taken, one that finds only its own class and higher ones is
/// refused. Nothing is copied: the queue holds references to RPCs that other queues share. Owned by
/// the router's thread, like whoever polls it. Appending and polling allocate nothing once the
/// rings have grown.
///
/// What an IDONTWANT made pointless is skipped when its turn comes: one look-up, where a search
/// through the queue for each id would be work that a hostile peer decides on.
public final class OutboundQueue {
    private static final RpcClass[] CLASSES = RpcClass.values();

    /// Hears of each RPC that was queued, or offered, and will not be sent.
    public interface DropListener {
        /// An RPC will not be sent.
        ///
        /// @param rpc may carry GRAFTs and PRUNEs that have to be retried
        void dropped(int peer, OutboundRpc rpc, RpcClass rpcClass, DropReason reason);
    }

    /// Tells whether a peer asked not to be sent a message.
    public interface UnwantedTest {
        /// Whether the peer asked not to be sent the message.
        ///
        /// @param hi one half of the key of the message id
        /// @param lo the other half
        boolean contains(int peer, long hi, long lo);
    }

    /// What became of an offered RPC.
    public enum Offer {
        /// It waits.
        QUEUED,
        /// There was no room: the listener was told.
        DROPPED,
        /// There was no room for control: the peer does not read, give up its stream.
        OVERFLOW,
        /// The queue is closed: nothing will be sent.
        CLOSED
    }

    private final int peer;
    private final OutboundLimits limits;
    private final UnwantedTest unwanted;
    private final DropListener drops;
    private final Rings spare;
    private final @Nullable Ring[] rings = new @Nullable Ring[CLASSES.length]; // of what waits
    private int dataSize;
    private long bytes;
    private boolean closed;

    /// An empty queue.
    ///
    /// @param peer the handle passed to the listener and the test
    public OutboundQueue(
            int peer, OutboundLimits limits, UnwantedTest unwanted, DropListener drops) {
        this(peer, limits, unwanted, drops, new Rings());
    }

    /// @param spare shared by queues of one thread: an empty queue has no ring
    OutboundQueue(
            int peer,
            OutboundLimits limits,
            UnwantedTest unwanted,
            DropListener drops,
            Rings spare) {
        this.peer = peer;
        this.limits = limits;
        this.unwanted = unwanted;
        this.drops = drops;
        this.spare = spare;
    }

    /// Appends an RPC to its class.
    ///
    /// @param now monotonic nanoseconds
    public Offer offer(OutboundRpc rpc, RpcClass rpcClass, long now) {
        if (closed) {
            drops.dropped(peer, rpc, rpcClass, DropReason.CLOSED);
            return Offer.CLOSED;
        }
        int length = rpc.bodyLength();
        if (rpcClass == RpcClass.CONTROL) {
            if (size(rpcClass) >= limits.controlMax()) {
                drops.dropped(peer, rpc, rpcClass, DropReason.FULL);
                return Offer.OVERFLOW;
            }
            makeRoom(rpcClass, length, now); // as far as possible
        } else {
            if (!makeRoom(rpcClass, length, now)) {
                drops.dropped(peer, rpc, rpcClass, DropReason.FULL);
                return Offer.DROPPED;
            }
            dataSize++;
        }
        Ring ring = rings[rpcClass.rank()];
        if (ring == null) {
            ring = spare.take();
            rings[rpcClass.rank()] = ring;
        }
        ring.add(rpc, now);
        bytes += length;
        return Offer.QUEUED;
    }

    /// Takes the next RPC to send, or null if none is left; drops on its way what expired or is no
    /// longer wanted.
    ///
    /// @param now monotonic nanoseconds
    public @Nullable OutboundRpc poll(long now) {
        for (RpcClass rpcClass : CLASSES) {
            if (size() == 0) return null;
            for (Ring ring = ring(rpcClass); ring != null; ring = ring(rpcClass)) {
                boolean expired = expired(ring, rpcClass, now);
                OutboundRpc rpc = take(rpcClass);
                if (expired) {
                    drops.dropped(peer, rpc, rpcClass, DropReason.EXPIRED);
                } else if (isUnwanted(rpc)) {
                    drops.dropped(peer, rpc, rpcClass, DropReason.UNWANTED);
                } else {
                    return rpc;
                }
            }
        }
        return null;
    }

    /// Drops everything and refuses what comes; closing again does nothing.
    public void close() {
        if (closed) return;
        closed = true;
        for (RpcClass rpcClass : CLASSES) {
            while (size(rpcClass) > 0) {
                drops.dropped(peer, take(rpcClass), rpcClass, DropReason.CLOSED);
            }
        }
    }

    /// Whether it was closed.
    public boolean isClosed() {
        return closed;
    }

    /// Whether nothing waits.
    public boolean isEmpty() {
        return size() == 0;
    }

    /// How many RPCs wait.
    public int size() {
        return dataSize + size(RpcClass.CONTROL);
    }

    /// How many RPCs of a class wait.
    public int size(RpcClass rpcClass) {
        Ring ring = ring(rpcClass);
        return ring == null ? 0 : ring.size;
    }

    /// How many bytes wait.
    public long bytes() {
        return bytes;
    }

    /// How many bytes of a class wait.
    public long bytes(RpcClass rpcClass) {
        Ring ring = ring(rpcClass);
        return ring == null ? 0 : ring.bytes;
    }

    /// Drops from lower classes until the RPC fits; drops nothing if that would not be enough.
    private boolean makeRoom(RpcClass rpcClass, int length, long now) {
        boolean control = rpcClass == RpcClass.CONTROL;
        if (fits(control, length)) return true;
        for (int i = CLASSES.length - 1;
                i > 0;
                i--) { // expired ones first: they would not be sent anyway
            for (Ring ring = rings[i];
                    ring != null && expired(ring, CLASSES[i], now);
                    ring = rings[i]) {
                drops.dropped(peer, take(CLASSES[i]), CLASSES[i], DropReason.EXPIRED);
            }
        }
        long lowerBytes = 0;
        int lowerSize = 0;
        for (int i = rpcClass.rank() + 1; i < rings.length; i++) {
            lowerBytes += bytes(CLASSES[i]);
            lowerSize += size(CLASSES[i]);
        }
        boolean enough =
                bytes - lowerBytes + length <= limits.bytesMax()
                        && dataSize - lowerSize < limits.dataMax();
        if (!enough && !control) return false;
        for (int i = CLASSES.length - 1; i > rpcClass.rank(); i--) {
            while (size(CLASSES[i]) > 0 && !fits(control, length)) {
                drops.dropped(peer, take(CLASSES[i]), CLASSES[i], DropReason.FULL);
            }
        }
        return true;
    }

    private boolean fits(boolean control, int length) {
        return bytes + length <= limits.bytesMax() && (control || dataSize < limits.dataMax());
    }

    private boolean expired(Ring ring, RpcClass rpcClass, long now) {
        return rpcClass != RpcClass.CONTROL && now - ring.firstSince() > limits.ttlNanos(rpcClass);
    }

    private boolean isUnwanted(OutboundRpc rpc) {
        RpcMessage message = rpc.singleMessage();
        return message != null && unwanted.contains(peer, message.idHi(), message.idLo());
    }

    private OutboundRpc take(RpcClass rpcClass) {
        Ring ring = Objects.requireNonNull(ring(rpcClass));
        OutboundRpc rpc = ring.take();
        if (ring.size == 0) {
            rings[rpcClass.rank()] = null;
            spare.give(ring);
        }
        bytes -= rpc.bodyLength();
        if (rpcClass != RpcClass.CONTROL) dataSize--;
        return rpc;
    }

    private @Nullable Ring ring(RpcClass rpcClass) {
        return rings[rpcClass.rank()];
    }

    /// Rings that no queue needs now. Most queues are empty most of the time, so a few rings serve
    /// all of them, and those are warm.
    static final class Rings {
        private static final int KEPT_MAX = 64;
        private static final int KEPT_LENGTH_MAX = 64;

        private @Nullable Ring[] rings = new @Nullable Ring[4];
        private int size;

        private Ring take() {
            if (size == 0) return new Ring();
            Ring ring = Objects.requireNonNull(rings[--size]);
            rings[size] = null;
            return ring;
        }

        private void give(Ring ring) {
            if (size == KEPT_MAX || ring.rpcs.length > KEPT_LENGTH_MAX) return;
            if (size == rings.length) rings = Arrays.copyOf(rings, size * 2);
            rings[size++] = ring;
        }
    }

    /// A growing ring of RPCs and the instants they came.
    private static final class Ring {
        private @Nullable OutboundRpc[] rpcs = {};
        private long[] since = {};
        private int head;
        private int size;
        private long bytes;

        void add(OutboundRpc rpc, long now) {
            if (size == rpcs.length) grow();
            int at = (head + size) & (rpcs.length - 1);
            rpcs[at] = rpc;
            since[at] = now;
            size++;
            bytes += rpc.bodyLength();
        }

        long firstSince() {
            return since[head];
        }

        OutboundRpc take() {
            OutboundRpc rpc = Objects.requireNonNull(rpcs[head]);
            rpcs[head] = null;
            head = (head + 1) & (rpcs.length - 1);
            size--;
            bytes -= rpc.bodyLength();
            return rpc;
        }

        private void grow() {
            int length = rpcs.length;
            @Nullable OutboundRpc[] more = Arrays.copyOf(rpcs, Math.max(8, length * 2));
            long[] moreSince = Arrays.copyOf(since, more.length);
            // Unroll: what had wrapped around goes behind the old end.
            System.arraycopy(rpcs, 0, more, length, head);
            System.arraycopy(since, 0, moreSince, length, head);
            for (int i = 0; i < head; i++) more[i] = null;
            rpcs = more;
            since = moreSince;
        }
    }
}
