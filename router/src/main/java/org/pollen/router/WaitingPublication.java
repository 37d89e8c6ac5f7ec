package org.pollen.router;

/// Something that is published once there are enough peers, made by
/// [GossipRouter#publishWhenReady]. On the router's thread.
public interface WaitingPublication {
    /// Whether it is neither published nor given up.
    boolean waits();

    /// Gives it up; later than its end it does nothing.
    void cancel();
}
