package org.pollen.libp2p.relay;

import java.time.Duration;

/// Bounds of a relay; go-libp2p's numbers.
///
/// @param reservations at once, of the whole relay
/// @param reservationsPerIp of one IPv4 address or IPv6 /56; loopback counts like any other
/// @param reservationsPerNetwork of one IPv4 /16 or IPv6 /32: in place of the autonomous system,
///   which only a database knows
/// @param reservationTime how long one lives unless it is renewed
/// @param circuits at once, of the whole relay
/// @param circuitsPerPeer at once, counted at both ends
/// @param circuitTime how long one lives
/// @param circuitBytes in each direction
/// @param requestsPerPeer streams of one peer whose request is not answered yet
/// @param requestTime a request and its answer, on the hop and on the stop side
public record RelayLimits(
        int reservations,
        int reservationsPerIp,
        int reservationsPerNetwork,
        Duration reservationTime,
        int circuits,
        int circuitsPerPeer,
        Duration circuitTime,
        long circuitBytes,
        int requestsPerPeer,
        Duration requestTime) {

    public static final RelayLimits DEFAULT =
            new RelayLimits(
                    128,
                    8,
                    32,
                    Duration.ofHours(1),
                    512,
                    16,
                    Duration.ofSeconds(120),
                    128 << 10,
                    16,
                    Duration.ofSeconds(60));

    public RelayLimits {
        atLeastOne("reservations", reservations);
        atLeastOne("reservationsPerIp", reservationsPerIp);
        atLeastOne("reservationsPerNetwork", reservationsPerNetwork);
        atLeastOne("reservationTime in seconds", reservationTime.toSeconds());
        atLeastOne("circuits", circuits);
        atLeastOne("circuitsPerPeer", circuitsPerPeer);
        atLeastOne("circuitTime in seconds", circuitTime.toSeconds());
        atLeastOne("circuitBytes", circuitBytes);
        atLeastOne("requestsPerPeer", requestsPerPeer);
        atLeastOne("requestTime in seconds", requestTime.toSeconds());
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(
                    "%s is %d: it must be at least 1".formatted(name, value));
        }
    }

    /// What each circuit is told.
    public CircuitLimit circuitLimit() {
        return new CircuitLimit(circuitTime.toSeconds(), circuitBytes);
    }

    /// The same with other circuits.
    public RelayLimits withCircuit(Duration time, long bytes) {
        return new RelayLimits(
                reservations,
                reservationsPerIp,
                reservationsPerNetwork,
                reservationTime,
                circuits,
                circuitsPerPeer,
                time,
                bytes,
                requestsPerPeer,
                requestTime);
    }

    /// The same with other reservations.
    public RelayLimits withReservations(int total, Duration time) {
        return new RelayLimits(
                total,
                reservationsPerIp,
                reservationsPerNetwork,
                time,
                circuits,
                circuitsPerPeer,
                circuitTime,
                circuitBytes,
                requestsPerPeer,
                requestTime);
    }
}
