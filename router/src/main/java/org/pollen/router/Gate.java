package org.pollen.router;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.scoring.RejectReason;

/// Who is let in, and how far: the blacklist, direct peers, the graylist and the gater.
///
/// Source: router specification 6.1 step 5, 9.3, 9.5.
final class Gate {
    /// How much of an RPC is read.
    enum Access {
        ALL,
        /// Not the messages.
        CONTROL,
        NONE
    }

    private final RouterState state;
    private final @Nullable PeerGater gater;
    private final long decayNanos;
    private long decayAt;

    Gate(RouterState state, @Nullable PeerGater gater, long decayNanos, long now) {
        this.state = state;
        this.gater = gater;
        this.decayNanos = decayNanos;
        this.decayAt = now + decayNanos;
    }

    Access access(Peer peer, long now) {
        if (peer.direct) return Access.ALL;
        if (state.scores.graylisted(peer.handle)) return Access.NONE;
        return gater == null || gater.acceptsAll(peer.handle, now) ? Access.ALL : Access.CONTROL;
    }

    boolean blacklistIsEmpty() {
        return state.config.blacklist().isEmpty();
    }

    boolean blacklisted(PeerId id, long now) {
        return state.config.blacklist().contains(id, now);
    }

    void addPeer(Peer peer) {
        if (gater != null) {
            gater.addPeer(peer.handle, peer.ips.isEmpty() ? new byte[0] : peer.ips.getFirst());
        }
    }

    void removePeer(int peer, long now) {
        if (gater != null) gater.removePeer(peer, now);
    }

    void validating() {
        if (gater != null) gater.validate();
    }

    /// Lets the counters of the gater shrink; what was missed while nobody called is done once.
    void decay(long now) {
        if (gater == null || now - decayAt < 0) return;
        gater.decay(now);
        decayAt = now + decayNanos;
    }

    /// Whether there is a gater, whose counters shrink with time.
    boolean decays() {
        return gater != null;
    }

    void delivered(int peer) {
        if (gater != null && peer >= 0) gater.deliver(peer, 1);
    }

    void duplicate(int peer) {
        if (gater != null) gater.duplicate(peer);
    }

    void rejected(int peer, RejectReason reason, long now) {
        if (gater != null) gater.reject(peer, reason, now);
    }
}
