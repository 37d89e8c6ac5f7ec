package org.pollen.libp2p;

/// What happens to connections. For one connection the order is `handshake`, `connected`,
/// `identified` (each time the peer tells something new), `disconnected`; all from its event loop.
/// Must not block.
public interface HostListener {

    /// The connection is authenticated and can carry streams.
    default void connected(Connection connection) {}

    /// The peer told about itself, by identify or by a later push.
    default void identified(Connection connection, IdentifyInfo identify) {}

    default void disconnected(Connection connection, CloseReason reason) {}

    /// From accept or connect to ready, for a histogram.
    default void handshake(Connection connection, long nanos) {}

    /// A round trip was measured, by the ping protocol or by the muxer.
    default void roundTrip(Connection connection, long nanos) {}
}
