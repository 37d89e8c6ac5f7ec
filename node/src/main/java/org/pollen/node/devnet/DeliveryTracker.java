package org.pollen.node.devnet;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.ConcurrentHistogram;
import org.pollen.mempool.Hash32;

/// Follows every published transaction to every node. Thread-safe; each transaction's entry is a
/// bit a node, dropped once all have it.
final class DeliveryTracker {
    private static final long HIGHEST = 60_000_000_000L; // a minute, in nanoseconds

    private static final class Flight {
        final long publishedAt;
        final boolean[] reached;
        int missing;

        Flight(long publishedAt, int origin, int nodes) {
            this.publishedAt = publishedAt;
            this.reached = new boolean[nodes];
            this.reached[origin] = true;
            this.missing = nodes - 1;
        }
    }

    private final int nodes;
    private final Map<Hash32, Flight> flights = new LinkedHashMap<>();
    private final Map<Hash32, Boolean> landed =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Hash32, Boolean> eldest) {
                    return size() > 100_000;
                }
            };
    private final ConcurrentHistogram latencies = new ConcurrentHistogram(HIGHEST, 3);
    private long published;
    private long complete;
    private long deliveries;

    DeliveryTracker(int nodes) {
        this.nodes = nodes;
    }

    /// A node published something; the first one counts.
    synchronized void published(int node, byte[] id, long now) {
        var key = key(id);
        if (flights.containsKey(key) || landed.containsKey(key)) return;
        published++;
        if (nodes == 1) complete++;
        else flights.put(key, new Flight(now, node, nodes));
    }

    /// A node has its first copy.
    ///
    /// @return nanoseconds since it was published, -1 if that is not known
    synchronized long arrived(int node, byte[] id, long now) {
        var key = key(id);
        Flight flight = flights.get(key);
        if (flight == null || flight.reached[node]) return -1;
        flight.reached[node] = true;
        deliveries++;
        long nanos = Math.max(0, now - flight.publishedAt);
        latencies.recordValue(Math.min(HIGHEST, nanos));
        if (--flight.missing == 0) {
            complete++;
            flights.remove(key);
            landed.put(key, true);
        }
        return nanos;
    }

    /// Transactions published so far.
    synchronized long published() {
        return published;
    }

    /// Transactions that every node has.
    synchronized long complete() {
        return complete;
    }

    /// Transactions still on their way.
    synchronized int inFlight() {
        return flights.size();
    }

    /// Copies that arrived, of those that should have: one for each transaction and other node.
    synchronized double ratio() {
        long expected = published * (nodes - 1);
        return expected == 0 ? 1 : (double) deliveries / expected;
    }

    /// A percentile of the times from publishing to arrival, in milliseconds.
    double percentileMillis(double percent) {
        return latencies.getTotalCount() == 0 ? 0 : latencies.getValueAtPercentile(percent) / 1e6;
    }

    private static Hash32 key(byte[] id) {
        return new Hash32(id.length == Hash32.BYTES ? id : Arrays.copyOf(id, Hash32.BYTES));
    }
}
