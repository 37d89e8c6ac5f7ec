package org.pollen.router;

import java.util.List;
import org.pollen.scoring.RejectReason;

/// What a router does about the messages that another router of the same node handles.
///
/// A node that speaks two dialects runs a router for each. Both use one [SeenCache], so whichever
/// of them a message reaches first has it judged and delivered; to the other, copies of it are
/// duplicates from then on. What follows from the message for that other one's own peers is done
/// here: promises are kept, copies are credited or charged, and an accepted message is sent.
final class Elsewhere {
    private final RouterState state;

    Elsewhere(RouterState state) {
        this.state = state;
    }

    /// The other router has a first copy, which is about to be validated.
    void seen(RpcMessage message, Mask mask, long now) {
        int key = state.masks.intern(mask);
        if (key < 0) return;
        state.scores.engine.validate(message.idHi(), message.idLo(), now);
        state.promises.fulfilled(message.idHi(), message.idLo(), now);
        if (message.dataLength() >= state.params.idontwantThreshold()) {
            state.idontwant.send(key, List.of(message.id()), -1, now);
        }
        state.masks.release(key);
    }

    /// The other router's validators refused it: whoever sent us copies meanwhile is charged.
    void refused(RpcMessage message, Mask mask, RejectReason reason, long now) {
        int key = state.masks.intern(mask);
        if (key < 0) return;
        long hi = message.idHi();
        long lo = message.idLo();
        int[] slices = state.masks.slices(key);
        state.scores.engine.reject(-1, hi, lo, state.scoreKeys(key, slices), reason, now);
        state.masks.release(key);
    }

    /// Sends a message that the other router accepted or published.
    ///
    /// @param own whether it was published by this node
    /// @return as [Delivery#forward]
    int passOn(RpcMessage message, int key, boolean own, long now) {
        long hi = message.idHi();
        long lo = message.idLo();
        int[] slices = state.masks.slices(key);
        state.seen.add(hi, lo, now);
        state.scores.engine.deliver(-1, hi, lo, state.scoreKeys(key, slices), now);
        state.promises.fulfilled(hi, lo, now);
        return own
                ? state.delivery.forward(message, key, Targets.OWN, RpcClass.OWN, now)
                : state.delivery.forward(message, key, Targets.ELSEWHERE, RpcClass.FORWARD, now);
    }
}
