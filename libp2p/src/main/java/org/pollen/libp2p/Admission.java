package org.pollen.libp2p;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// Counts connections and streams by scope and says no at the exact number: per address and prefix,
/// not yet authenticated, per peer, whole host. Thread-safe; every [Ticket] is given back once.
final class Admission {
    private static final int RATES_MAX = 16_384;
    private static final int CROWD = 256;

    /// What a network address counts under: a prefix of its bytes.
    private record Prefix(int bits, long value) {}

    private static final class PeerCounts {
        int connections;
        int streams;
        int streamsInbound;

        boolean unused() {
            return connections == 0 && streams == 0;
        }
    }

    private final HostLimits limits;
    private final Map<Prefix, Integer> byPrefix = new HashMap<>();
    private final Map<Prefix, TokenBucket> rates =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Prefix, TokenBucket> eldest) {
                    return size() > RATES_MAX; // bounded: a forgotten bucket is a full one
                }
            };
    private final Map<PeerId, PeerCounts> peers = new HashMap<>();
    private int transients;
    private int transientsInbound;
    private int connections;
    private int connectionsInbound;
    private int streams;
    private int streamsInbound;

    Admission(HostLimits limits) {
        this.limits = limits;
    }

    /// The right to one connection, first without a known peer.
    final class Ticket {
        private final boolean inbound;
        private final @Nullable Prefix narrow;
        private final @Nullable Prefix wide;
        private @Nullable PeerId peer;
        private boolean released;

        private Ticket(boolean inbound, @Nullable Prefix narrow, @Nullable Prefix wide) {
            this.inbound = inbound;
            this.narrow = narrow;
            this.wide = wide;
        }

        /// The peer is authenticated: moves from the transient to the peer's scope.
        ///
        /// @return what refuses it, null if nothing does; a refused ticket still has to be released
        @Nullable Limit promote(PeerId authenticated) {
            synchronized (Admission.this) {
                if (released || peer != null) {
                    throw new IllegalStateException("the ticket is used already");
                }
                if (connections >= limits.connections()
                        || (inbound && connectionsInbound >= limits.connectionsInbound())) {
                    return Limit.CONNECTIONS;
                }
                PeerCounts counts = peers.get(authenticated);
                if (counts != null && counts.connections >= limits.connectionsPerPeer()) {
                    return Limit.CONNECTIONS_PER_PEER;
                }
                endTransient(inbound);
                connections++;
                connectionsInbound += inbound ? 1 : 0;
                peers.computeIfAbsent(authenticated, _ -> new PeerCounts()).connections++;
                peer = authenticated;
                return null;
            }
        }

        /// The connection is gone. Idempotent.
        void release() {
            synchronized (Admission.this) {
                if (released) {
                    return;
                }
                released = true;
                leave(narrow);
                leave(wide);
                PeerId known = peer;
                if (known == null) {
                    endTransient(inbound);
                    return;
                }
                connections--;
                connectionsInbound -= inbound ? 1 : 0;
                PeerCounts counts = Objects.requireNonNull(peers.get(known));
                counts.connections--;
                forgetUnused(known, counts);
            }
        }
    }

    /// What came of asking: a ticket or the limit that forbids it.
    record Answer(@Nullable Ticket ticket, @Nullable Limit refusal) {}

    /// A socket was accepted.
    synchronized Answer accept(InetAddress address, long now) {
        Prefix narrow = null;
        Prefix wide = null;
        if (!(limits.loopbackExempt() && address.isLoopbackAddress())) {
            narrow = prefix(address, address instanceof Inet6Address ? 56 : 32);
            if (count(narrow) >= limits.connectionsPerIp()) {
                return new Answer(null, Limit.L1_IP_CONNECTIONS);
            }
            if (address instanceof Inet6Address) {
                wide = prefix(address, 48);
                if (count(wide) >= limits.connectionsPerPrefix()) {
                    return new Answer(null, Limit.L1_IP_CONNECTIONS);
                }
            }
            long interval = limits.acceptIntervalSeconds() * 1_000_000_000L;
            TokenBucket rate = rates.get(narrow);
            if (rate == null) {
                rate = new TokenBucket(limits.acceptBurst(), interval, now);
                rates.put(narrow, rate);
            }
            if (!rate.tryTake(now)) {
                return new Answer(null, Limit.L1_IP_RATE);
            }
        }
        if (transients >= limits.transientConnections()
                || transientsInbound >= limits.transientConnectionsInbound()) {
            return new Answer(null, Limit.L2_TRANSIENT);
        }
        transients++;
        transientsInbound++;
        enter(narrow);
        enter(wide);
        return new Answer(new Ticket(true, narrow, wide), null);
    }

    /// Whether so many strangers are in their handshakes that a new one has to show its address
    /// first: half of what is allowed, or 256.
    synchronized boolean crowded() {
        return transientsInbound
                >= Math.min(CROWD, Math.max(1, limits.transientConnectionsInbound() / 2));
    }

    /// What [#accept] would say now about the address, without counting it; null if nothing.
    synchronized @Nullable Limit refusal(InetAddress address, long now) {
        if (limits.loopbackExempt() && address.isLoopbackAddress()) {
            return null;
        }
        Prefix narrow = prefix(address, address instanceof Inet6Address ? 56 : 32);
        if (count(narrow) >= limits.connectionsPerIp()
                || (address instanceof Inet6Address
                        && count(prefix(address, 48)) >= limits.connectionsPerPrefix())) {
            return Limit.L1_IP_CONNECTIONS;
        }
        TokenBucket rate = rates.get(narrow);
        return rate == null || rate.hasOne(now) ? null : Limit.L1_IP_RATE;
    }

    /// A circuit of a relay ends here. The relay's address is none of the peer's, so none counts.
    synchronized Answer acceptCircuit() {
        if (transients >= limits.transientConnections()
                || transientsInbound >= limits.transientConnectionsInbound()) {
            return new Answer(null, Limit.L2_TRANSIENT);
        }
        transients++;
        transientsInbound++;
        return new Answer(new Ticket(true, null, null), null);
    }

    /// We are about to dial. Only inbound sockets count per address: whom we dial we chose.
    synchronized Answer dial() {
        if (transients >= limits.transientConnections() + limits.dials()) {
            return new Answer(null, Limit.L2_TRANSIENT);
        }
        transients++;
        return new Answer(new Ticket(false, null, null), null);
    }

    /// A stream is about to open.
    ///
    /// @return what refuses it, null if it counts now and has to be given back
    synchronized @Nullable Limit openStream(PeerId peer, boolean inbound) {
        if (streams >= limits.streams() || (inbound && streamsInbound >= limits.streamsInbound())) {
            return Limit.STREAMS;
        }
        PeerCounts counts = peers.computeIfAbsent(peer, _ -> new PeerCounts());
        if (counts.streams >= limits.streamsPerPeer()
                || (inbound && counts.streamsInbound >= limits.streamsPerPeerInbound())) {
            forgetUnused(peer, counts);
            return Limit.STREAMS_PER_PEER;
        }
        counts.streams++;
        counts.streamsInbound += inbound ? 1 : 0;
        streams++;
        streamsInbound += inbound ? 1 : 0;
        return null;
    }

    synchronized void closeStream(PeerId peer, boolean inbound) {
        PeerCounts counts = Objects.requireNonNull(peers.get(peer));
        assert counts.streams > 0;
        counts.streams--;
        counts.streamsInbound -= inbound ? 1 : 0;
        streams--;
        streamsInbound -= inbound ? 1 : 0;
        forgetUnused(peer, counts);
    }

    /// Everything that is counted now, for tests that look for drift.
    synchronized String usage() {
        return "transients=%d/%d connections=%d/%d streams=%d/%d prefixes=%d peers=%d"
                .formatted(
                        transients,
                        transientsInbound,
                        connections,
                        connectionsInbound,
                        streams,
                        streamsInbound,
                        byPrefix.size(),
                        peers.size());
    }

    private void forgetUnused(PeerId peer, PeerCounts counts) {
        if (counts.unused()) {
            peers.remove(peer);
        }
    }

    private void endTransient(boolean inbound) {
        transients--;
        transientsInbound -= inbound ? 1 : 0;
    }

    private int count(Prefix prefix) {
        return byPrefix.getOrDefault(prefix, 0);
    }

    private void enter(@Nullable Prefix prefix) {
        if (prefix != null) {
            byPrefix.merge(prefix, 1, Integer::sum);
        }
    }

    private void leave(@Nullable Prefix prefix) {
        if (prefix != null) {
            byPrefix.computeIfPresent(prefix, (_, n) -> n == 1 ? null : n - 1);
        }
    }

    private static Prefix prefix(InetAddress address, int bits) {
        byte[] bytes = address.getAddress();
        long value = 0;
        for (int i = 0; i < bits / 8; i++) {
            value = (value << 8) | (bytes[i] & 0xff);
        }
        return new Prefix(bits, value);
    }
}
