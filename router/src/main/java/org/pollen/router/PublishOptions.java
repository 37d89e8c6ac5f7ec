package org.pollen.router;

/// How to publish.
///
/// @param localOnly hand it to local subscriptions and send nothing
/// @param evenIfSeen send it although its id was seen: for what was ignored when it came and became
///   valid since
/// @param deliverLocally hand it to local subscriptions too
public record PublishOptions(boolean localOnly, boolean evenIfSeen, boolean deliverLocally) {
    /// To peers and local subscriptions, once.
    public static final PublishOptions DEFAULT = new PublishOptions(false, false, true);

    /// To local subscriptions only.
    public static final PublishOptions LOCAL_ONLY = new PublishOptions(true, false, true);

    /// To peers, although it may have been seen: what [GossipRouter#announce] does.
    public static final PublishOptions ANNOUNCE = new PublishOptions(false, true, false);
}
