package org.pollen.libp2p.autonat;

import java.time.Duration;

/// Bounds of an AutoNAT server; go-libp2p's numbers.
///
/// @param requests of all peers within a minute
/// @param requestsPerPeer within a minute
/// @param dataRequests within a minute, of all peers, whose address is not the one they come from
/// @param concurrentPerPeer requests of one peer under way
/// @param waitMax before a dial that data was asked for, chosen at random from zero
/// @param dialTime for the dial, and half of it for the exchange on it
/// @param privateAddresses whether addresses that are not public are dialled: for tests and closed
///   networks
public record AutoNatLimits(
        int requests,
        int requestsPerPeer,
        int dataRequests,
        int concurrentPerPeer,
        Duration waitMax,
        Duration dialTime,
        boolean privateAddresses) {

    public static final AutoNatLimits DEFAULT =
            new AutoNatLimits(60, 12, 12, 2, Duration.ofSeconds(3), Duration.ofSeconds(10), false);

    public AutoNatLimits {
        if (requests < 1 || requestsPerPeer < 1 || dataRequests < 0 || concurrentPerPeer < 1) {
            throw new IllegalArgumentException(
                    "requests %d, requestsPerPeer %d, dataRequests %d, concurrentPerPeer %d: at least 1, 1, 0, 1"
                            .formatted(requests, requestsPerPeer, dataRequests, concurrentPerPeer));
        }
        if (waitMax.isNegative() || !dialTime.isPositive()) {
            throw new IllegalArgumentException(
                    "waitMax %s, dialTime %s: they must be positive".formatted(waitMax, dialTime));
        }
    }

    public AutoNatLimits withPrivateAddresses(boolean dialled) {
        return new AutoNatLimits(
                requests,
                requestsPerPeer,
                dataRequests,
                concurrentPerPeer,
                waitMax,
                dialTime,
                dialled);
    }

    public AutoNatLimits withWaitMax(Duration time) {
        return new AutoNatLimits(
                requests,
                requestsPerPeer,
                dataRequests,
                concurrentPerPeer,
                time,
                dialTime,
                privateAddresses);
    }
}
