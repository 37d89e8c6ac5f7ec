package org.pollen.router;

import java.util.Arrays;

/// Until when a peer must not be grafted on a topic, nor graft us.
///
/// Entries outlive the connection, so that reconnecting does not shorten a backoff: whoever gives
/// out peer handles keeps the handle of a peer while [#holds] says so. Instants are compared by
/// difference.
///
/// Source: gossipsub v1.1, "Prune backoff"; router specification 6.4, 6.5, 7.
public final class Backoffs {
    /// The shortest backoff a peer can ask for.
    public static final long SECONDS_MIN = 1;

    /// The longest backoff a peer can ask for: one hour.
    public static final long SECONDS_MAX = 3_600;

    private final long slackNanos;
    private final KeyTable until = new KeyTable(); // hi = topic << 32 | peer, lo = spread of hi
    private int[] ofPeer = new int[64];

    /// No backoffs yet.
    ///
    /// @param slackNanos how long after its end a backoff still keeps us from grafting: the peer's
    ///   clock may be slow
    public Backoffs(long slackNanos) {
        this.slackNanos = slackNanos;
    }

    /// Clamps the seconds of a PRUNE, an unsigned number that a stranger wrote.
    ///
    /// @return nanoseconds; `defaultNanos` for 0, which means none was given
    public static long fromWire(long seconds, long defaultNanos) {
        if (seconds == 0) return defaultNanos;
        if (seconds < 0) return SECONDS_MAX * 1_000_000_000L; // 2^63 or more
        return Math.clamp(seconds, SECONDS_MIN, SECONDS_MAX) * 1_000_000_000L;
    }

    /// Starts a backoff; a longer one that runs already stays.
    public void add(int topic, int peer, long nanos, long now) {
        long hi = key(topic, peer);
        long lo = spread(hi);
        long end = now + nanos;
        long old = until.get(hi, lo);
        if (old == KeyTable.ABSENT) {
            if (peer >= ofPeer.length) {
                ofPeer = Arrays.copyOf(ofPeer, Math.max(peer + 1, ofPeer.length * 2));
            }
            ofPeer[peer]++;
        } else if (old - end >= 0) {
            return;
        }
        until.put(hi, lo, end);
    }

    /// Whether the peer would break the backoff by grafting us now.
    public boolean isActive(int topic, int peer, long now) {
        long hi = key(topic, peer);
        long end = until.get(hi, spread(hi));
        return end != KeyTable.ABSENT && now - end < 0;
    }

    /// Whether we should not graft the peer yet: until the end and a slack.
    public boolean isActiveWithSlack(int topic, int peer, long now) {
        long hi = key(topic, peer);
        long end = until.get(hi, spread(hi));
        return end != KeyTable.ABSENT && now - end < slackNanos;
    }

    /// How long the backoff still runs; 0 or less if it ended, or there is none.
    public long remaining(int topic, int peer, long now) {
        long hi = key(topic, peer);
        long end = until.get(hi, spread(hi));
        return end == KeyTable.ABSENT ? 0 : end - now;
    }

    /// Drops what ended longer than the slack ago; to be called every few heartbeats.
    public void sweep(long now) {
        until.retain((hi, _, end) -> {
            if (now - end < slackNanos) return true;
            ofPeer[(int) hi]--;
            return false;
        });
    }

    /// Whether there is any entry of a peer: its handle must not go to another peer then.
    public boolean holds(int peer) {
        return peer < ofPeer.length && ofPeer[peer] > 0;
    }

    /// How many entries there are.
    public int size() {
        return until.size();
    }

    private static long key(int topic, int peer) {
        return ((long) topic << 32) | peer;
    }

    private static long spread(long key) {
        long h = (key ^ (key >>> 33)) * 0xff51afd7ed558ccdL;
        h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return (h ^ (h >>> 33)) | 1; // never both halves zero
    }
}
