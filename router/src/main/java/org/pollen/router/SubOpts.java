package org.pollen.router;

/// One subscription announcement.
///
/// @param subscribe false to unsubscribe
/// @param mask the mask or topic, as announced (not sliced)
/// @param requestsPartial meshsub 1.3: wants partial messages
/// @param supportsSendingPartial meshsub 1.3: can send partial messages
public record SubOpts(
        boolean subscribe, Mask mask, boolean requestsPartial, boolean supportsSendingPartial) {

    /// A subscription.
    public static SubOpts subscribe(Mask mask) {
        return new SubOpts(true, mask, false, false);
    }

    /// The end of a subscription.
    public static SubOpts unsubscribe(Mask mask) {
        return new SubOpts(false, mask, false, false);
    }
}
