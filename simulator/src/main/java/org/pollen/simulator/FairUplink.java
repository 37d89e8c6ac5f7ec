package org.pollen.simulator;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.pollen.router.OutboundRpc;

/// An uplink that all its transfers share alike, as parallel connections do.
///
/// Processor sharing in virtual time: `served` is what each transfer has had since the beginning,
/// in nanoseconds of the whole uplink, so a transfer ends when it reaches the value it began with
/// plus its own work, whoever comes and goes meanwhile. O(log n) for each transfer.
///
/// Source: simulator specification 2.4, mode `fair`.
final class FairUplink {
    /// One RPC on its way out, and what goes with it.
    record Transfer(double end, long number, int handle, OutboundRpc rpc, int stamp)
            implements Comparable<Transfer> {
        @Override
        public int compareTo(Transfer other) {
            int order = Double.compare(end, other.end);
            return order != 0 ? order : Long.compare(number, other.number);
        }
    }

    private final PriorityQueue<Transfer> transfers = new PriorityQueue<>();
    private double served;
    private long at;
    private long numbers;

    private void advance(long now) {
        if (!transfers.isEmpty()) served += (double) (now - at) / transfers.size();
        at = now;
    }

    /// Begins a transfer that would take so long alone.
    void add(int handle, OutboundRpc rpc, int stamp, double nanos, long now) {
        advance(now);
        transfers.add(new Transfer(served + nanos, numbers++, handle, rpc, stamp));
    }

    /// When the next transfer ends if none begins before; the end of time if there is none.
    long nextAt() {
        Transfer first = transfers.peek();
        if (first == null) return Long.MAX_VALUE;
        return at + (long) Math.ceil(Math.max(0, first.end - served) * transfers.size());
    }

    /// A transfer that has ended.
    @Nullable Transfer poll(long now) {
        advance(now);
        Transfer first = transfers.peek();
        // A nanosecond of tolerance: times of events are whole.
        return first != null && first.end <= served + 1 ? transfers.poll() : null;
    }
}
