package org.pollen.router;

/// Which messages that the node accepts a subscription yields.
///
/// A node accepts what the union of its subscriptions covers; each subscription then takes its
/// part, each message at most once. Under [#SUPERSET] a message that no single subscription covers
/// is yielded by none.
///
/// Source: router specification 1.6.
public enum DeliveryMode {
    /// Messages whose slices are all ours, as if the subscription were alone on its node.
    SUPERSET,
    /// Messages published on exactly our mask.
    EXACT,
    /// Messages that share a slice with us.
    OVERLAP,
    /// Messages whose first slice is ours, as the reference delivers them.
    SLICE0;

    /// Whether a subscription to `ours` yields a message published on `published`.
    ///
    /// @param published an accepted message's mask
    public boolean yields(Dialect dialect, Mask ours, Mask published) {
        if (dialect == Dialect.MESHSUB) return ours.equals(published);
        return switch (this) {
            case SUPERSET -> ours.covers(published);
            case EXACT -> ours.equals(published);
            case OVERLAP -> ours.overlaps(published);
            case SLICE0 -> ours.covers(published.slices().getFirst());
        };
    }
}
