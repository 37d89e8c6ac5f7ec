package org.pollen.router;

import java.util.function.Predicate;

/// One local subscription to a whole mask, made by [GossipRouter#subscribe] and ended by
/// [GossipRouter#unsubscribe].
///
/// An identity, not a value: two subscriptions to the same mask are two subscribers.
public final class Subscription {
    private final Mask mask;
    private final DeliveryMode mode;
    private final Predicate<? super RpcMessage> filter;
    private boolean active = true;

    Subscription(Mask mask, DeliveryMode mode, Predicate<? super RpcMessage> filter) {
        this.mask = mask;
        this.mode = mode;
        this.filter = filter;
    }

    /// The mask as given, not sliced.
    public Mask mask() {
        return mask;
    }

    /// Which of the accepted messages it yields.
    public DeliveryMode mode() {
        return mode;
    }

    /// Whether it has not been ended.
    public boolean active() {
        return active;
    }

    boolean yields(Dialect dialect, Mask published, RpcMessage message) {
        return mode.yields(dialect, mask, published) && filter.test(message);
    }

    void end() {
        active = false;
    }

    @Override
    public String toString() {
        return "subscription " + mask + " " + mode;
    }
}
