package org.pollen.simulator;

import java.util.Arrays;
import java.util.List;

/// How the first copies of messages came, and when the further ones did. Integers, merged by
/// addition.
///
/// Source: simulator specification 4.1, "delivery" and "redundancy".
final class CopyCounts {
    /// Ways on which a first copy comes.
    enum Way {
        /// From an attacker, who does not say, or beside other messages in an RPC.
        OTHER(0),
        /// Passed on through a mesh.
        MESH(1),
        /// From its publisher to who is not in the publisher's mesh, or to all holders of a mask
        /// where routers do that.
        FLOOD(2),
        /// Asked for with IWANT.
        IWANT(3);

        /// By their codes.
        static final List<Way> ALL = List.of(values());

        /// Two bits.
        final int code;

        Way(int code) {
            this.code = code;
        }
    }

    /// More hops than these are counted as so many.
    static final int HOPS_MAX = 62;

    private final long[] hops = new long[Way.ALL.size() * (HOPS_MAX + 1)];
    private final long[] unknown = new long[Way.ALL.size()]; // of as many hops as an attacker knows
    private final LatencyHistogram gaps = new LatencyHistogram();

    /// Counts a delivery.
    ///
    /// @param count of hops from the publisher on; -1 if an attacker was on the way
    void delivered(Way way, int count) {
        if (count < 0) unknown[way.code]++;
        else hops[way.code * (HOPS_MAX + 1) + count]++;
    }

    /// Counts a further copy, so many nanoseconds after the first.
    void further(long gap) {
        gaps.add(gap);
    }

    void add(CopyCounts other) {
        for (int i = 0; i < hops.length; i++) hops[i] += other.hops[i];
        for (int i = 0; i < unknown.length; i++) unknown[i] += other.unknown[i];
        gaps.add(other.gaps);
    }

    /// Deliveries of one way after so many hops; -1 for an unknown number of them.
    long deliveries(Way way, int count) {
        return count < 0 ? unknown[way.code] : hops[way.code * (HOPS_MAX + 1) + count];
    }

    /// Deliveries of one way.
    long deliveries(Way way) {
        int from = way.code * (HOPS_MAX + 1);
        return unknown[way.code] + Arrays.stream(hops, from, from + HOPS_MAX + 1).sum();
    }

    /// Deliveries of all ways.
    long deliveries() {
        return Arrays.stream(hops).sum() + Arrays.stream(unknown).sum();
    }

    /// The share of the deliveries that were made in one way; no number without any.
    double share(Way way) {
        long all = deliveries();
        return all == 0 ? Double.NaN : (double) deliveries(way) / all;
    }

    /// Hops of a delivery, on average over those where they are known.
    double hopsMean() {
        long sum = 0;
        long count = 0;
        for (int i = 0; i < hops.length; i++) {
            sum += hops[i] * (i % (HOPS_MAX + 1));
            count += hops[i];
        }
        return count == 0 ? Double.NaN : (double) sum / count;
    }

    /// The most hops of a delivery.
    int hopsMost() {
        for (int count = HOPS_MAX; count > 0; count--) {
            for (Way way : Way.ALL) if (deliveries(way, count) > 0) return count;
        }
        return 0;
    }

    /// Nanoseconds from first copies to further ones.
    LatencyHistogram gaps() {
        return gaps;
    }
}
