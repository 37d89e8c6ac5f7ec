package org.pollen.node.rpc;

/// The way from a subscription to its socket; all methods may be called from any thread.
public interface RpcPush {
    /// Sends one notification, if the socket's queue has room.
    ///
    /// @param message JSON; must not change afterwards
    /// @return false if the reader is too slow: the subscription has to be dropped
    boolean offer(byte[] message);

    /// Sends the last words of a dropped subscription, room or not.
    void offerLast(byte[] message);

    /// Runs something when the socket closes, at once if it is closed already.
    void onClose(Runnable action);
}
