package org.pollen.mempool;

import java.util.HashMap;
import java.util.Map;

/// What each peer may cost us: signatures that led to nothing, and messages that were ignored.
///
/// A message whose verdict is Reject lowers its peer's score, but only after the work; one that is
/// ignored lowers nothing. So each peer has a bucket of recoveries and one of ignored messages;
/// when one is empty its messages are not read. A recovery that led to an accepted transaction is
/// given back, so that a busy honest peer is never held up.
///
/// For one thread. Peers are the owner's numbers. Source: mempool specification 8.4; ADR 83.
public final class GossipBudget {
    /// Recoveries a second, and at once after a pause.
    public static final int RECOVERIES = 500;

    public static final int RECOVERIES_BURST = 2000;

    /// Ignored messages a second, and at once after a pause.
    public static final int IGNORED = 200;

    public static final int IGNORED_BURST = 2000;

    /// Messages after which a peer's share of ignored ones is looked at.
    public static final int WINDOW = 1000;

    private static final double SHARE_MAX = 0.75;

    private static final class Peer {
        final TokenBucket recoveries;
        final TokenBucket ignored;
        int judged;
        int ignoredOfThem;
        boolean worthless;

        Peer(long now) {
            recoveries = new TokenBucket(RECOVERIES_BURST, RECOVERIES, now);
            ignored = new TokenBucket(IGNORED_BURST, IGNORED, now);
        }
    }

    private final Map<Integer, Peer> peers = new HashMap<>();
    private long refused;
    private long found;

    /// Nobody has cost anything yet.
    public GossipBudget() {}

    /// Whether a message of a peer may be worked on; if so, a recovery is paid for.
    ///
    /// @param now monotonic nanoseconds, never less than in an earlier call
    public boolean admits(int peer, long now) {
        Peer state = peers.computeIfAbsent(peer, _ -> new Peer(now));
        if (state.ignored.has(now) && state.recoveries.take(now)) return true;
        refused++;
        return false;
    }

    /// What became of a message that was admitted.
    public void judged(int peer, GossipVerdict verdict, long now) {
        Peer state = peers.get(peer);
        if (state == null) return; // it left meanwhile
        if (verdict == GossipVerdict.ACCEPT) state.recoveries.give();
        if (verdict == GossipVerdict.IGNORE) {
            var _ = state.ignored.take(now);
            state.ignoredOfThem++;
        }
        if (++state.judged < WINDOW) return;
        state.worthless = state.ignoredOfThem > SHARE_MAX * state.judged;
        if (state.worthless) found++;
        state.judged = 0;
        state.ignoredOfThem = 0;
    }

    /// How often a thousand messages of a peer were found to be worthless.
    public long found() {
        return found;
    }

    /// A message that was admitted was ignored for a reason of ours: its peer gets back what it
    /// paid for it.
    public void excused(int peer) {
        Peer state = peers.get(peer);
        if (state != null) state.recoveries.give();
    }

    /// Whether more than three quarters of a peer's last thousand messages were ignored: it does
    /// not belong into a mesh.
    public boolean worthless(int peer) {
        Peer state = peers.get(peer);
        return state != null && state.worthless;
    }

    /// A peer left.
    public void removed(int peer) {
        peers.remove(peer);
    }

    /// Messages that were not worked on.
    public long refused() {
        return refused;
    }
}
