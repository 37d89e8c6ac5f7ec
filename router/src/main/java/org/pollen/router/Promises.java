package org.pollen.router;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/// Which peers promised which messages: a peer that announced an id and was asked for it has to
/// send it in time.
///
/// Promises live in a slab; each is in three doubly linked lists: those of its id, those of its
/// peer, and all in order of time (every promise runs equally long, so that is the order of
/// expiry). All steps are constant time but the walk over what a step resolves. Nothing is
/// allocated once the slab has grown.
///
/// Source: gossipsub v1.1, "Spam Protection Measures"; router specification 6.9.
public final class Promises {
    private static final int NONE = -1;
    private static final int FIRST_NODES = 4;
    private static final int BY_ID = 0;
    private static final int BY_PEER = 1;
    private static final int BY_TIME = 2;

    /// Receives the peers that broke promises.
    public interface Broken {
        /// A peer broke promises.
        ///
        /// @param count how many promises the peer broke
        void broken(int peer, int count);
    }

    private final long followupNanos;
    private final int promisesMax;
    private final RandomGenerator random;

    private long[] hi = new long[FIRST_NODES];
    private long[] lo = new long[FIRST_NODES];
    private long[] expiry = new long[FIRST_NODES];
    private int[] peers = new int[FIRST_NODES];
    private int[][] next = new int[3][FIRST_NODES];
    private int[][] previous = new int[3][FIRST_NODES];
    private int[] free = new int[FIRST_NODES];
    private int freeCount;
    private int nodes;
    private int size;

    private final KeyTable headOfId = new KeyTable();
    private int[] headOfPeer = new int[0];
    private int oldest = NONE;
    private int latest = NONE;
    private int[] brokenBy = new int[0];
    private long kept;
    private final Distribution keptSeconds = new Distribution(RouterMetrics.TO_TEN_SECONDS);

    /// No promises yet.
    ///
    /// @param followupNanos how long a peer has
    /// @param promisesMax how many promises are tracked; further ones are not
    /// @param random chooses which id of a request is tracked, so that peers cannot know it
    public Promises(long followupNanos, int promisesMax, RandomGenerator random) {
        this.followupNanos = followupNanos;
        this.promisesMax = promisesMax;
        this.random = random;
    }

    /// Tracks one of the ids that were asked for, chosen at random.
    ///
    /// @param keys halves of the keys: hi, lo, hi, lo...
    /// @param count how many ids
    public void addOneOf(int peer, long[] keys, int count, long now) {
        if (count == 0) return;
        int chosen = random.nextInt(count);
        add(peer, keys[2 * chosen], keys[2 * chosen + 1], now);
    }

    /// Tracks a promise, unless the peer has promised this id already.
    public void add(int peer, long idHi, long idLo, long now) {
        if (size == promisesMax) return;
        long head = headOfId.get(idHi, idLo);
        for (int n = head == KeyTable.ABSENT ? NONE : (int) head; n != NONE; n = next[BY_ID][n]) {
            if (peers[n] == peer) return;
        }
        int node = freeCount > 0 ? free[--freeCount] : newNode();
        hi[node] = idHi;
        lo[node] = idLo;
        peers[node] = peer;
        expiry[node] = now + followupNanos;
        pushFront(BY_ID, node, head == KeyTable.ABSENT ? NONE : (int) head);
        headOfId.put(idHi, idLo, node);
        if (peer >= headOfPeer.length) {
            int old = headOfPeer.length;
            headOfPeer = Arrays.copyOf(headOfPeer, Math.max(peer + 1, old * 2));
            Arrays.fill(headOfPeer, old, headOfPeer.length, NONE);
            brokenBy = Arrays.copyOf(brokenBy, headOfPeer.length);
        }
        pushFront(BY_PEER, node, headOfPeer[peer]);
        headOfPeer[peer] = node;
        next[BY_TIME][node] = NONE;
        previous[BY_TIME][node] = latest;
        if (latest == NONE) oldest = node;
        else next[BY_TIME][latest] = node;
        latest = node;
        size++;
    }

    /// The message came, from whomever, and went to validation, was delivered, or was rejected for
    /// anything but its signature: all who promised it are released.
    public void fulfilled(long idHi, long idLo, long now) {
        if (size == 0) return;
        long head = headOfId.get(idHi, idLo);
        if (head == KeyTable.ABSENT) return;
        int n = (int) head;
        while (n != NONE) {
            int following = next[BY_ID][n];
            keptSeconds.observe((now - expiry[n] + followupNanos) / 1e9);
            remove(n);
            kept++;
            n = following;
        }
    }

    /// A message was rejected: fulfils its promises unless the reason is its signature, for then it
    /// was not the message that was promised.
    public void rejected(long idHi, long idLo, boolean becauseOfSignature, long now) {
        if (!becauseOfSignature) fulfilled(idHi, idLo, now);
    }

    /// Forgets all promises of a peer: we did not read what it sent, or it is gone for good.
    public void forget(int peer) {
        if (peer >= headOfPeer.length) return;
        while (headOfPeer[peer] != NONE) remove(headOfPeer[peer]);
    }

    /// Removes every promise whose time is over and reports how many each peer broke, in the order
    /// of first expiry.
    ///
    /// @return how many promises were broken
    public int broken(long now, Broken report) {
        int count = 0;
        int[] order = new int[0];
        int distinct = 0;
        while (oldest != NONE && expiry[oldest] - now < 0) {
            int peer = peers[oldest];
            if (brokenBy[peer]++ == 0) {
                if (distinct == order.length)
                    order = Arrays.copyOf(order, Math.max(8, distinct * 2));
                order[distinct++] = peer;
            }
            remove(oldest);
            count++;
        }
        for (int i = 0; i < distinct; i++) {
            report.broken(order[i], brokenBy[order[i]]);
            brokenBy[order[i]] = 0;
        }
        return count;
    }

    /// How many peers have promised an id and still can keep it.
    public int promisedBy(long idHi, long idLo) {
        long head = headOfId.get(idHi, idLo);
        int count = 0;
        for (int n = head == KeyTable.ABSENT ? NONE : (int) head; n != NONE; n = next[BY_ID][n])
            count++;
        return count;
    }

    /// How many promises are open.
    public int size() {
        return size;
    }

    /// How many promises were kept so far.
    public long kept() {
        return kept;
    }

    /// Seconds from asking to getting, of those that were kept.
    public Distribution keptSeconds() {
        return keptSeconds;
    }

    private void remove(int node) {
        int peer = peers[node];
        if (previous[BY_ID][node] == NONE) {
            int following = next[BY_ID][node];
            if (following == NONE) headOfId.remove(hi[node], lo[node]);
            else headOfId.put(hi[node], lo[node], following);
        }
        if (headOfPeer[peer] == node) headOfPeer[peer] = next[BY_PEER][node];
        if (oldest == node) oldest = next[BY_TIME][node];
        if (latest == node) latest = previous[BY_TIME][node];
        for (int list = 0; list < 3; list++) {
            int before = previous[list][node];
            int after = next[list][node];
            if (before != NONE) next[list][before] = after;
            if (after != NONE) previous[list][after] = before;
        }
        if (freeCount == free.length) free = Arrays.copyOf(free, freeCount * 2);
        free[freeCount++] = node;
        size--;
    }

    private void pushFront(int list, int node, int head) {
        previous[list][node] = NONE;
        next[list][node] = head;
        if (head != NONE) previous[list][head] = node;
    }

    private int newNode() {
        if (nodes == hi.length) {
            int length = nodes * 2;
            hi = Arrays.copyOf(hi, length);
            lo = Arrays.copyOf(lo, length);
            expiry = Arrays.copyOf(expiry, length);
            peers = Arrays.copyOf(peers, length);
            for (int list = 0; list < 3; list++) {
                next[list] = Arrays.copyOf(next[list], length);
                previous[list] = Arrays.copyOf(previous[list], length);
            }
        }
        return nodes++;
    }
}
