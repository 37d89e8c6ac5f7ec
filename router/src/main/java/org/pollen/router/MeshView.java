package org.pollen.router;

/// A mesh as its keeper sees it: of one slice, or of all slices of a mask together.
abstract class MeshView {
    /// Appends the members.
    abstract void members(IntList out);

    /// Appends the peers that could be grafted: they hold the mask, speak mesh, and are no members.
    ///
    /// @param outboundOnly whether to look only among peers that we dialled
    abstract void candidates(IntList out, boolean outboundOnly, long now);

    abstract void graft(Peer peer, GraftReason reason, long now);

    abstract void prune(Peer peer, PruneReason reason, long now);

    /// Whether another mesh needs the member, so that pruning it here would make the two fight.
    abstract boolean spared(int peer);

    abstract int size();
}
