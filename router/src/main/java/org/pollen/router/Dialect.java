package org.pollen.router;

/// Which protobuf schema a router speaks. The two never meet in one router: field 4 of a message
/// means a mask in one and a topic string in the other.
public enum Dialect {
    /// BlossomSub: topics are bitmasks, a message on several bits belongs to several slices; proto3
    /// presence.
    BLOSSOM,
    /// gossipsub: topics are opaque strings that are never sliced; proto2 presence.
    MESHSUB
}
