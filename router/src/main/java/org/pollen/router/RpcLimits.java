package org.pollen.router;

/// What one received RPC may contain; checked while it is scanned, before anything is built from
/// it.
///
/// Source: router specification 2.5 and 6.3.
///
/// @param frameBytesMax longest frame accepted
/// @param messagesMax messages in an RPC
/// @param subscriptionsMax subscription announcements in an RPC
/// @param controlEntriesMax IHAVE, IWANT, GRAFT, PRUNE and IDONTWANT entries, and peers listed by
///   PRUNEs, in an RPC
/// @param messageIdsMax message ids in all control entries of an RPC
/// @param messageIdBytesMax longest message id
/// @param controlBytesMax encoded length of all control parts of an RPC
/// @param maskBytesMax longest mask or topic; an element with a longer one is skipped, not the RPC
/// @param maskBitsMax set bits of a mask; an element with more is skipped, not the RPC
public record RpcLimits(
        int frameBytesMax,
        int messagesMax,
        int subscriptionsMax,
        int controlEntriesMax,
        int messageIdsMax,
        int messageIdBytesMax,
        int controlBytesMax,
        int maskBytesMax,
        int maskBitsMax) {

    /// The defaults of the specification: frames of 1 MiB.
    public static final RpcLimits DEFAULT =
            new RpcLimits(1 << 20, 5_000, 5_000, 10_000, 20_000, 64, 1 << 20, Mask.BYTES_MAX, 256);

    /// Checks that nothing is negative and masks are not longer than [Mask#BYTES_MAX].
    public RpcLimits {
        atLeast("frameBytesMax", frameBytesMax, 1);
        atLeast("messagesMax", messagesMax, 0);
        atLeast("subscriptionsMax", subscriptionsMax, 0);
        atLeast("controlEntriesMax", controlEntriesMax, 0);
        atLeast("messageIdsMax", messageIdsMax, 0);
        atLeast("messageIdBytesMax", messageIdBytesMax, 1);
        atLeast("controlBytesMax", controlBytesMax, 0);
        atLeast("maskBytesMax", maskBytesMax, 0);
        atLeast("maskBitsMax", maskBitsMax, 1);
        if (maskBytesMax > Mask.BYTES_MAX) {
            throw new IllegalArgumentException(
                    "maskBytesMax is %d: it must be at most %d"
                            .formatted(maskBytesMax, Mask.BYTES_MAX));
        }
    }

    /// The same limits with another longest frame; control may then be as long as the frame.
    public RpcLimits withFrameBytesMax(int bytes) {
        return new RpcLimits(
                bytes,
                messagesMax,
                subscriptionsMax,
                controlEntriesMax,
                messageIdsMax,
                messageIdBytesMax,
                bytes,
                maskBytesMax,
                maskBitsMax);
    }

    private static void atLeast(String field, int value, int minimum) {
        if (value < minimum) {
            throw new IllegalArgumentException(
                    "%s is %d: it must be at least %d".formatted(field, value, minimum));
        }
    }
}
