package org.pollen.bench;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.router.Mask;
import org.pollen.router.RouterOutput;
import org.pollen.router.RpcMessage;
import org.pollen.router.Subscription;

/// Takes what a router does and forgets it; no message needs validation.
class SilentOutput implements RouterOutput {
    @Override
    public void writable(int peer) {}

    @Override
    public boolean validates(Mask mask, RpcMessage message) {
        return false;
    }

    @Override
    public void validate(long ticket, RpcMessage message, int fromPeer) {}

    @Override
    public boolean deliver(Subscription subscription, RpcMessage message, int fromPeer) {
        return true;
    }

    @Override
    public void connect(PeerId peer, byte @Nullable [] signedRecord) {}

    @Override
    public void disconnect(int peer, String reason) {}

    @Override
    public void resetStream(int peer, String reason) {}
}
