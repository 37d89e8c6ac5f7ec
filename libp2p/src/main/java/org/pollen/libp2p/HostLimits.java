package org.pollen.libp2p;

/// Bounds of a host; [Limit] counts what each refuses.
///
/// @param connections of the host, and how many of them may be inbound
/// @param transientConnections not yet authenticated (L2)
/// @param connectionsPerPeer both directions
/// @param connectionsPerIp per IPv4 address and per IPv6 /56 (L1)
/// @param connectionsPerPrefix per IPv6 /48 (L1)
/// @param acceptBurst accepts from one IP at once (L1), refilled by one each
///   `acceptIntervalSeconds`
/// @param loopbackExempt whether L1 and the rate of pushes spare loopback, as go does; a devnet
///   lives there
/// @param streams of the host, inbound of them, and the same per peer
/// @param streamsPerConnectionInbound RST beyond (L21)
/// @param streamsPerConnectionOutbound opens beyond wait
/// @param negotiatingStreams inbound per connection (L9)
/// @param unauthenticatedBytes before the peer is known (L4)
/// @param streamHighWater bytes queued on a stream from which it is not writable
/// @param streamQueueBytes bytes queued on a stream from which it is reset
/// @param memoryBytes windows and queues of the whole host
/// @param connectionMemoryBytes the same of one connection (L25)
/// @param streamWindowBytes how far a receive window may grow
/// @param dials at once, and of them to one peer (L46)
public record HostLimits(
        int connections,
        int connectionsInbound,
        int transientConnections,
        int transientConnectionsInbound,
        int connectionsPerPeer,
        int connectionsPerIp,
        int connectionsPerPrefix,
        int acceptBurst,
        int acceptIntervalSeconds,
        boolean loopbackExempt,
        int streams,
        int streamsInbound,
        int streamsPerPeer,
        int streamsPerPeerInbound,
        int streamsPerConnectionInbound,
        int streamsPerConnectionOutbound,
        int negotiatingStreams,
        int unauthenticatedBytes,
        int streamHighWater,
        int streamQueueBytes,
        long memoryBytes,
        long connectionMemoryBytes,
        int streamWindowBytes,
        int dials,
        int dialsPerPeer) {

    /// go-libp2p's base numbers, grown for one GiB of budget.
    public static final HostLimits DEFAULT =
            new HostLimits(
                    256, 192, 64, 32, 8, 8, 64, 16, 5, true, 4096, 3072, 512, 256, 512, 256, 128,
                    64 << 10, 256 << 10, 4 << 20, 1L << 30, 64L << 20, 16 << 20, 160, 8);

    public HostLimits {
        atLeast("connections", connections, 1);
        atLeast("connectionsInbound", connectionsInbound, 0);
        atLeast("transientConnections", transientConnections, 1);
        atLeast("transientConnectionsInbound", transientConnectionsInbound, 0);
        atLeast("connectionsPerPeer", connectionsPerPeer, 1);
        atLeast("connectionsPerIp", connectionsPerIp, 1);
        atLeast("connectionsPerPrefix", connectionsPerPrefix, 1);
        atLeast("acceptBurst", acceptBurst, 1);
        atLeast("acceptIntervalSeconds", acceptIntervalSeconds, 1);
        atLeast("streams", streams, 1);
        atLeast("streamsInbound", streamsInbound, 0);
        atLeast("streamsPerPeer", streamsPerPeer, 1);
        atLeast("streamsPerPeerInbound", streamsPerPeerInbound, 0);
        atLeast("streamsPerConnectionInbound", streamsPerConnectionInbound, 0);
        atLeast("streamsPerConnectionOutbound", streamsPerConnectionOutbound, 1);
        atLeast("negotiatingStreams", negotiatingStreams, 1);
        atLeast("unauthenticatedBytes", unauthenticatedBytes, 1 << 10);
        atLeast("streamHighWater", streamHighWater, 1);
        atLeast("streamQueueBytes", streamQueueBytes, streamHighWater);
        atLeast("memoryBytes", memoryBytes, 1 << 20);
        atLeast("connectionMemoryBytes", connectionMemoryBytes, 1 << 20);
        atLeast("streamWindowBytes", streamWindowBytes, 256 << 10);
        atLeast("dials", dials, 1);
        atLeast("dialsPerPeer", dialsPerPeer, 1);
    }

    private static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    "%s is %d: it must be at least %d".formatted(name, value, least));
        }
    }

    /// The same with another number of connections.
    public HostLimits withConnections(int total, int inbound) {
        return copy(
                total,
                inbound,
                transientConnections,
                transientConnectionsInbound,
                connectionsPerIp,
                loopbackExempt);
    }

    /// The same with another number of sockets whose peer is not known yet: a devnet in which
    /// everybody dials one node at once needs more than the default.
    public HostLimits withTransientConnections(int total, int inbound) {
        return copy(
                connections, connectionsInbound, total, inbound, connectionsPerIp, loopbackExempt);
    }

    /// The same with another number of connections from one address.
    public HostLimits withConnectionsPerIp(int perIp, boolean exemptLoopback) {
        return copy(
                connections,
                connectionsInbound,
                transientConnections,
                transientConnectionsInbound,
                perIp,
                exemptLoopback);
    }

    private HostLimits copy(
            int total,
            int inbound,
            int unknown,
            int unknownInbound,
            int perIp,
            boolean exemptLoopback) {
        return new HostLimits(
                total,
                inbound,
                unknown,
                unknownInbound,
                connectionsPerPeer,
                perIp,
                connectionsPerPrefix,
                acceptBurst,
                acceptIntervalSeconds,
                exemptLoopback,
                streams,
                streamsInbound,
                streamsPerPeer,
                streamsPerPeerInbound,
                streamsPerConnectionInbound,
                streamsPerConnectionOutbound,
                negotiatingStreams,
                unauthenticatedBytes,
                streamHighWater,
                streamQueueBytes,
                memoryBytes,
                connectionMemoryBytes,
                streamWindowBytes,
                dials,
                dialsPerPeer);
    }
}
