package org.pollen.node.blobs;

import java.util.Map;
import org.pollen.mempool.fetch.FetchCounts;

/// What went over the wire so far, for metrics; any thread.
///
/// @param peers that speak the protocols
/// @param fetches counters of the fetcher
/// @param waiting hashes that wait for a broadcast
/// @param queueing hashes that wait for a peer that is free
/// @param fetching hashes that a peer was asked for
/// @param announced announcements sent
/// @param overflowed announcements dropped because too many waited for a peer
/// @param served transactions sent to peers that asked
/// @param servedBytes bytes of them
/// @param unknown hashes that peers asked for and that are not here
/// @param limited requests and messages beyond a peer's rate
/// @param faults peers disconnected, by why
public record BlobExchangeView(
        int peers,
        FetchCounts fetches,
        int waiting,
        int queueing,
        int fetching,
        long announced,
        long overflowed,
        long served,
        long servedBytes,
        long unknown,
        long limited,
        Map<String, Long> faults) {
    /// Copies the map.
    public BlobExchangeView {
        faults = Map.copyOf(faults);
    }
}
