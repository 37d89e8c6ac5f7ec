package org.pollen.libp2p;

import java.util.List;
import java.util.Map;

/// A snapshot of a host's counters and gauges. Maps keep a fixed order; keys are metric labels.
///
/// @param peers distinct connected peers
/// @param connectionsInbound open now
/// @param connectionsOutbound open now
/// @param closedInbound by reason, since start
/// @param dials by [DialResult#label()]
/// @param rejected inbound connections refused: `limit`, `ip_limit`, `banned`, `gated`
/// @param limits refusals by [Limit#label()]: only those that happened
/// @param streams open now, by protocol
/// @param traffic application bytes after decryption, by protocol
/// @param agents connections by agent family (the text before the first `/`), at most 20 and
///   `other`
/// @param recordsSent sealed Noise records; `framesSent / recordsSent` says how well writes were
///   gathered
/// @param socketBytesIn before decryption
/// @param handshakesOnLoop steps of Noise that event loops computed themselves
/// @param handshakesOnExecutor those that went to the handshake executor
/// @param holePunch from relayed to direct connections
/// @param autoNat whether peers can dial us
/// @param relay reservations and circuits, at both ends
public record HostMetrics(
        int peers,
        int connectionsInbound,
        int connectionsOutbound,
        long openedInbound,
        long openedOutbound,
        Map<String, Long> closedInbound,
        Map<String, Long> closedOutbound,
        Map<String, Long> dials,
        Map<String, Long> rejected,
        Map<String, Long> limits,
        List<ProtocolStreams> streams,
        List<ProtocolTraffic> traffic,
        Map<String, Integer> agents,
        long framesSent,
        long recordsSent,
        long socketBytesIn,
        long socketBytesOut,
        long memoryReserved,
        HandshakeSteps handshakesOnLoop,
        HandshakeSteps handshakesOnExecutor,
        RelayMetrics relay,
        AutoNatMetrics autoNat,
        HolePunchMetrics holePunch) {

    /// Of a host that counts nothing: for implementations that do not know.
    public static final HostMetrics NONE =
            new HostMetrics(
                    0,
                    0,
                    0,
                    0,
                    0,
                    Map.of(),
                    Map.of(),
                    Map.of(),
                    Map.of(),
                    Map.of(),
                    List.of(),
                    List.of(),
                    Map.of(),
                    0,
                    0,
                    0,
                    0,
                    0,
                    new HandshakeSteps(0, 0),
                    new HandshakeSteps(0, 0),
                    new RelayMetrics(0, 0, 0, 0, 0, 0, Map.of()),
                    new AutoNatMetrics("unknown", 0, 0, 0, 0, 0),
                    new HolePunchMetrics(0, 0, 0));

    public HostMetrics {
        streams = List.copyOf(streams);
        traffic = List.copyOf(traffic);
    }

    /// The same with other counts of peers and connections.
    public HostMetrics with(
            int peersNow, int inboundNow, int outboundNow, long inboundEver, long outboundEver) {
        return new HostMetrics(
                peersNow,
                inboundNow,
                outboundNow,
                inboundEver,
                outboundEver,
                closedInbound,
                closedOutbound,
                dials,
                rejected,
                limits,
                streams,
                traffic,
                agents,
                framesSent,
                recordsSent,
                socketBytesIn,
                socketBytesOut,
                memoryReserved,
                handshakesOnLoop,
                handshakesOnExecutor,
                relay,
                autoNat,
                holePunch);
    }

    /// Public-key steps of handshakes, since start.
    ///
    /// @param nanos what they took
    public record HandshakeSteps(long count, long nanos) {}

    /// Relays, at both ends.
    ///
    /// @param reservationsHeld ours at others, now
    /// @param reservationsGranted to us, with renewals, since start
    /// @param reservationsFailed that we asked for in vain, since start
    /// @param reservationsGiven of others with us, now
    /// @param circuits through us, now
    /// @param bytes through us, since start
    /// @param answers of our relay, by [org.pollen.libp2p.relay.RelayStatus#label()]
    public record RelayMetrics(
            int reservationsHeld,
            long reservationsGranted,
            long reservationsFailed,
            int reservationsGiven,
            int circuits,
            long bytes,
            Map<String, Long> answers) {}

    /// What peers found out about dialling us.
    ///
    /// @param verdict `unknown`, `reachable` or `unreachable`
    /// @param confirmed addresses that peers have dialled, now
    /// @param reached answers since start that a dial succeeded
    /// @param failed answers that a dial failed
    /// @param refused requests that were refused
    /// @param discarded answers that were not believed
    public record AutoNatMetrics(
            String verdict,
            int confirmed,
            long reached,
            long failed,
            long refused,
            long discarded) {}

    /// What came of relayed connections that we accepted and tried to replace, since start.
    ///
    /// @param plain where a plain dial succeeded
    /// @param punched where both sides dialled at once
    /// @param failed where neither led anywhere
    public record HolePunchMetrics(long plain, long punched, long failed) {}

    /// Open streams of a protocol.
    public record ProtocolStreams(String protocol, int inbound, int outbound) {}

    /// Bytes of a protocol since start.
    public record ProtocolTraffic(String protocol, long bytesIn, long bytesOut) {}
}
