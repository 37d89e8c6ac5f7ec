package org.pollen.simulator;

import java.util.Arrays;

/// The links of one peer that go through a relay, and when each has room for more: what is under
/// way on it is limited to 128 KiB a second in each direction.
///
/// Source: simulator specification 2.4, "NAT".
final class RelayedLinks {
    static final double NANOS_PER_BYTE = 1e9 / (128 << 10);

    private static final long DIRECT = -1;

    private long[] freeAt = {}; // by handle

    /// A link was made; its handle may have been another's before.
    void open(int handle, boolean relayed) {
        if (handle >= freeAt.length) {
            int before = freeAt.length;
            freeAt = Arrays.copyOf(freeAt, handle + handle / 2 + 4);
            Arrays.fill(freeAt, before, freeAt.length, DIRECT);
        }
        freeAt[handle] = relayed ? 0 : DIRECT;
    }

    boolean relayed(int handle) {
        return handle < freeAt.length && freeAt[handle] != DIRECT;
    }

    /// When the relay takes more from a link; long ago if there is none.
    long freeAt(int handle) {
        return handle < freeAt.length ? freeAt[handle] : DIRECT;
    }

    /// When the last byte of a message is through, of which the first one came as early as the
    /// uplink could send it.
    ///
    /// @param leaves when its last byte leaves the sender
    /// @param sending how long the uplink took for it
    long pass(int handle, long bytes, long leaves, long sending) {
        long begins = Math.max(freeAt[handle], leaves - sending);
        long ends = Math.max(leaves, begins + nanos(bytes));
        freeAt[handle] = ends;
        return ends;
    }

    static long nanos(long bytes) {
        return (long) (bytes * NANOS_PER_BYTE);
    }
}
