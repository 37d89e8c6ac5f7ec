package org.pollen.node.rpc;

import org.jspecify.annotations.Nullable;

/// Whom a call comes from: one HTTP request or one WebSocket.
public interface RpcSession {
    /// Takes calls off the caller's allowance.
    ///
    /// @return false if it is used up, and then none of them may run
    boolean admits(int calls);

    /// The way back for notifications; null if the transport has none.
    @Nullable RpcPush push();

    /// Runs something after the answer to the current call was handed to the socket, so that a
    /// subscription's first notification cannot overtake its id. Dropped if there is no way back.
    void afterAnswer(Runnable action);

    /// A caller without limits and without a way back, for tests and callers in this process.
    RpcSession LOCAL =
            new RpcSession() {
                @Override
                public boolean admits(int calls) {
                    return true;
                }

                @Override
                public @Nullable RpcPush push() {
                    return null;
                }

                @Override
                public void afterAnswer(Runnable action) {}
            };
}
