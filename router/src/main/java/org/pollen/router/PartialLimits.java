package org.pollen.router;

/// What peers may make us remember of partial messages.
///
/// Source: router specification 10.
///
/// @param groupHeartbeats how long a group is remembered after we last published in it, or after a
///   peer opened it; at least 3
/// @param groupsPerTopicMax groups of a topic that peers opened
/// @param groupsPerPeerMax groups of a topic that one peer opened
/// @param groupIdBytesMax longest group id
/// @param metadataBytesMax longest metadata of a peer
public record PartialLimits(
        int groupHeartbeats,
        int groupsPerTopicMax,
        int groupsPerPeerMax,
        int groupIdBytesMax,
        int metadataBytesMax) {

    /// As go-libp2p-pubsub, which has no limits on lengths.
    public static final PartialLimits DEFAULT = new PartialLimits(5, 255, 8, 64, 1024);

    /// Checks the numbers.
    public PartialLimits {
        atLeast("groupHeartbeats", groupHeartbeats, 3);
        atLeast("groupsPerTopicMax", groupsPerTopicMax, 0);
        atLeast("groupsPerPeerMax", groupsPerPeerMax, 0);
        atLeast("groupIdBytesMax", groupIdBytesMax, 1);
        atLeast("metadataBytesMax", metadataBytesMax, 0);
    }

    private static void atLeast(String field, int value, int minimum) {
        if (value < minimum) {
            throw new IllegalArgumentException(
                    "%s is %d: it must be at least %d".formatted(field, value, minimum));
        }
    }
}
