package org.pollen.simulator;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;

/// Whom a peer dials again when a partition of the network is over: those it had dialled, or tried
/// to, and was cut off from.
final class Redials {
    private final BitSet dialled = new BitSet(); // handles
    private int[] lost = {};

    /// There is a link.
    ///
    /// @param outbound whether the peer has dialled it
    void linked(int handle, boolean outbound) {
        dialled.set(handle, outbound);
    }

    boolean dialled(int handle) {
        return dialled.get(handle);
    }

    /// To be dialled when it can be reached.
    void later(int remote) {
        for (int known : lost) if (known == remote) return;
        lost = Arrays.copyOf(lost, lost.length + 1);
        lost[lost.length - 1] = remote;
    }

    /// Those that can be reached now, in the order they were lost, and forgets them.
    int[] take(IntPredicate reachable) {
        int[] now = Arrays.stream(lost).filter(reachable).toArray();
        lost = Arrays.stream(lost).filter(reachable.negate()).toArray();
        return now;
    }
}
