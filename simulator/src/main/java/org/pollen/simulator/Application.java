package org.pollen.simulator;

import org.pollen.router.RpcMessage;

/// What an honest peer runs beside gossip, such as a pool: it judges the messages that come, and
/// publishes its own.
///
/// Touched only by the partition of its peer.
interface Application {
    /// When the validation of a message begins: it answers later, by the router's `onValidated`.
    void judge(long ticket, RpcMessage message, int from, long now);

    /// One of its own events.
    void event(long word, long now);
}
