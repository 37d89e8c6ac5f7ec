package org.pollen.libp2p;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.RejectedExecutionException;

/// What of its event loop's time the public-key steps of handshakes may take. Used on that loop
/// only; each thread has its own.
///
/// A step is 0.03 to 0.2 ms of curves; to hand it to another thread and back costs up to a tenth of
/// that again. So a loop computes steps itself as long as nobody else is made to wait: at most a
/// millisecond between two looks at its sockets, and while its streams carry anything no more than
/// its share, with a burst. What is beyond goes to the handshake executor, so that a flood of
/// strangers costs gossip that share and not the loop. The first message of a dial is always
/// computed on the loop, and counted.
///
/// Source: docs/adr/0109-steps-of-handshakes-on-the-loop.md.
final class LoopShare {
    /// Most that steps take before the loop looks at its sockets again, but for the last one's
    /// rest.
    static final long PASS_NANOS = 1_000_000;

    /// What a share grows to while it is not used.
    static final long BURST_NANOS = 10_000_000;

    /// How long a loop counts as carrying once it was seen that bytes of a stream came or left.
    static final long CARRYING_NANOS = 100_000_000;

    private static final FastThreadLocal<LoopShare> CURRENT =
            new FastThreadLocal<>() {
                @Override
                protected LoopShare initialValue() {
                    return new LoopShare();
                }
            };

    private boolean carried; // since the last question
    private boolean carrying;
    private long carriedAt;
    private double left = BURST_NANOS;
    private long leftAt;
    private boolean asked;
    private long inPass;
    private final Runnable endPass = this::endPass;

    /// That of the calling thread.
    static LoopShare current() {
        return CURRENT.get();
    }

    /// Bytes of a stream of this loop's connections came or left.
    void carried() {
        carried = true;
    }

    /// Whether a step may be computed here and now.
    ///
    /// @param now in nanoseconds, of any origin
    /// @param share of the loop's time while it carries anything, 0 to 1; 0 allows no step at all
    boolean allows(long now, double share) {
        if (carried) {
            carried = false;
            carrying = true;
            carriedAt = now;
        } else if (carrying && now - carriedAt >= CARRYING_NANOS) {
            carrying = false;
        }
        if (asked) {
            left = Math.min(BURST_NANOS, left + share * Math.max(0, now - leftAt));
        }
        asked = true;
        leftAt = now;
        return share > 0 && inPass < PASS_NANOS && (!carrying || left > 0);
    }

    /// A step was computed.
    ///
    /// @param nanos what it took; below 0 counts as nothing
    void took(EventExecutor loop, long nanos) {
        long spent = Math.max(0, nanos);
        left = Math.max(-BURST_NANOS, left - spent);
        boolean first = inPass == 0 && spent > 0;
        inPass += spent;
        if (first) {
            try {
                loop.execute(endPass); // runs once the sockets that were ready are read
            } catch (RejectedExecutionException _) {
                inPass = 0; // its connections are closed as well
            }
        }
    }

    private void endPass() {
        inPass = 0;
    }
}
