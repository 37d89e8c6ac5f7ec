package org.pollen.scoring;

/// What a peer can do to earn a behaviour penalty (P7), with the usual amount.
///
/// A GRAFT within the flood window costs [#GRAFT_IN_BACKOFF] and [#GRAFT_FLOOD].
public enum BehaviourPenalty {
    /// A GRAFT while the backoff of its topic has not expired.
    GRAFT_IN_BACKOFF("graft in backoff", 1),
    /// The same, so early that it cannot be a difference of clocks.
    GRAFT_FLOOD("graft flood", 1),
    /// A message announced, asked for and not sent in time.
    BROKEN_PROMISE("broken promise", 1),
    /// A second extensions message on one stream.
    REPEATED_EXTENSIONS("repeated extensions", 10),
    /// An RPC that does not decode.
    MALFORMED_RPC("malformed rpc", 1),
    /// More subscriptions than allowed.
    SUBSCRIPTION_LIMIT("subscription limit", 1),
    /// A hundred messages (by default) for topics we never subscribed to.
    UNSUBSCRIBED_MESSAGES("unsubscribed messages", 1),
    /// Whatever the application or an extension reports, for an amount of its choice.
    APPLICATION("application", 1);

    private final String text;
    private final double amount;

    BehaviourPenalty(String text, double amount) {
        this.text = text;
        this.amount = amount;
    }

    /// How it is called in reasons and metrics.
    public String text() {
        return text;
    }

    /// How much it usually adds to the counter.
    public double amount() {
        return amount;
    }
}
