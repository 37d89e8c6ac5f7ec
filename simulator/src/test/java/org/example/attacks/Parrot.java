package org.example.attacks;

import java.util.SplittableRandom;
import org.pollen.router.RpcMessage;
import org.pollen.simulator.Adversary;

/// An example of an attacker of one's own: is in all meshes, and says everything to everybody, as
/// often as it hears it and again half a second later.
public final class Parrot extends Adversary {
    private static final long PAUSE = 500_000_000L;

    private final SplittableRandom random;
    private RpcMessage last;

    /// @param seat its place in the run
    public Parrot(Seat seat) {
        super(seat);
        random = random();
    }

    @Override
    protected void onLinked(int handle, long now) {
        super.onLinked(handle, now);
        send(handle, rpc().graft(masks().getFirst()), now);
    }

    @Override
    protected void onMessage(int handle, RpcMessage message, long now) {
        last = message;
        tell(now);
        later(now + PAUSE + random.nextLong(1_000_000), 0);
    }

    @Override
    protected void onScript(long word, long now) {
        if (last != null) tell(now);
    }

    private void tell(long now) {
        for (int handle = 0; handle < handleLimit(); handle++) {
            if (linked(handle)) forward(handle, last, now);
        }
    }
}
