package org.pollen.libp2p.peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.peers.AddressBook.KnownAddress;
import org.pollen.libp2p.peers.AddressBook.Source;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// Which address of which peer is dialled when: a few peers at once, each by [DialRanking], with
/// patience for peers that could not be reached. Does not dial: it is asked what is due and told
/// how it ended. Not thread-safe.
public final class DialScheduler {
    private static final long BASE_NANOS = 5_000_000_000L;
    private static final long COEFFICIENT_NANOS = 1_000_000_000L;
    private static final long MAX_NANOS = 300_000_000_000L;
    private static final int FAILURES_MAX = 4096;

    /// What may be dialled.
    ///
    /// @param privateAddresses addresses that cannot be reached from everywhere, and names, which
    ///   may lead anywhere, if a stranger tells of them; what the operator names, and what worked
    ///   before, may be
    /// @param unverifiedAddresses addresses that nobody signed
    /// @param peers dialled at once
    /// @param addressesPerPeer tried of a peer, the most trusted
    /// @param dialsPerPeer at once
    public record Policy(
            boolean privateAddresses,
            boolean unverifiedAddresses,
            int peers,
            int addressesPerPeer,
            int dialsPerPeer) {
        /// Public and signed addresses only, 16 peers at once, 8 dials each.
        public static final Policy DEFAULT = new Policy(false, false, 16, 25, 8);

        /// Checks each.
        public Policy {
            if (peers < 1 || addressesPerPeer < 1 || dialsPerPeer < 1) {
                throw new IllegalArgumentException(
                        "peers %d, addressesPerPeer %d, dialsPerPeer %d: each must be at least 1"
                                .formatted(peers, addressesPerPeer, dialsPerPeer));
            }
        }

        /// Whether an address may be dialled.
        public boolean allows(KnownAddress known) {
            return switch (known.source()) {
                case CONFIGURED, CONNECTED -> true;
                case CERTIFIED, RECORDED -> privateAddresses || isPublicIp(known.address());
                case LOCAL -> !known.address().isPublic();
                case TOLD ->
                        unverifiedAddresses && (privateAddresses || isPublicIp(known.address()));
            };
        }
    }

    private static boolean isPublicIp(Multiaddr address) {
        return address.isPublic() && address.ip().isPresent();
    }

    /// What came of asking for a peer.
    public enum Answer {
        STARTED,
        /// It is being dialled already.
        RUNNING,
        /// It failed before and has to wait.
        BACKOFF,
        /// So many peers are being dialled already.
        BUSY,
        /// There is no address that may be dialled.
        NOTHING
    }

    private static final class PeerDial {
        private final PeerId peer;
        private final ArrayList<Due> waiting = new ArrayList<>(); // by time
        private final Set<Multiaddr> running = new LinkedHashSet<>();

        private PeerDial(PeerId peer) {
            this.peer = peer;
        }
    }

    private record Due(Multiaddr address, long at) {}

    private record Failures(int count, long until) {}

    private final PeerId self;
    private final Policy policy;
    private final Map<PeerId, PeerDial> dials = new LinkedHashMap<>();
    private final Map<PeerId, Failures> failures =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<PeerId, Failures> eldest) {
                    return size() > FAILURES_MAX;
                }
            };
    private final FamilyHealth udp = new FamilyHealth();
    private final FamilyHealth ip6 = new FamilyHealth();
    private long refusedAddresses;

    public DialScheduler(PeerId self, Policy policy) {
        this.self = self;
        this.policy = policy;
    }

    /// Begins to dial a peer.
    ///
    /// @param known its addresses, the most trusted first
    public Answer dial(PeerId peer, List<KnownAddress> known, long now) {
        if (dials.containsKey(peer)) {
            return Answer.RUNNING;
        }
        if (backoff(peer, now) > 0) {
            return Answer.BACKOFF;
        }
        if (dials.size() >= policy.peers) {
            return Answer.BUSY;
        }
        if (peer.equals(self)) {
            return Answer.NOTHING;
        }
        var allowed = new ArrayList<Multiaddr>();
        for (KnownAddress one : known) {
            if (!policy.allows(one)) {
                refusedAddresses++;
            } else if (allowed.size() < policy.addressesPerPeer
                    && (one.source() == Source.CONFIGURED || reachable(one.address()))) {
                allowed.add(one.address());
            }
        }
        if (allowed.isEmpty()) {
            return Answer.NOTHING;
        }
        var dial = new PeerDial(peer);
        for (DialRanking.Ranked ranked : DialRanking.rank(allowed)) {
            dial.waiting.add(new Due(ranked.address(), now + ranked.delayNanos()));
        }
        dials.put(peer, dial);
        return Answer.STARTED;
    }

    private boolean reachable(Multiaddr address) {
        boolean open = true;
        if (address.isPublic() && DialRanking.isQuic(address)) {
            open = udp.mayDial();
        }
        if (open && address.isPublic() && DialRanking.isIp6(address)) {
            open = ip6.mayDial();
        }
        return open;
    }

    /// The addresses to dial now, with the peer's id; each will have to be reported.
    public List<Multiaddr> due(long now) {
        var due = new ArrayList<Multiaddr>();
        for (PeerDial dial : dials.values()) {
            while (!dial.waiting.isEmpty() && dial.running.size() < policy.dialsPerPeer) {
                // With nothing left running there is nothing to wait for.
                if (dial.waiting.getFirst().at > now && !dial.running.isEmpty()) {
                    break;
                }
                Multiaddr address = dial.waiting.removeFirst().address;
                dial.running.add(address);
                due.add(address.withPeerId(dial.peer));
            }
        }
        return due;
    }

    /// When [#due(long)] will next have something although nothing ends; `Long.MAX_VALUE` for
    /// never.
    public long nextAt() {
        long next = Long.MAX_VALUE;
        for (PeerDial dial : dials.values()) {
            if (!dial.waiting.isEmpty() && dial.running.size() < policy.dialsPerPeer) {
                next = Math.min(next, dial.waiting.getFirst().at);
            }
        }
        return next;
    }

    /// A dial led nowhere.
    ///
    /// @param address with the peer's id, as [#due(long)] gave it
    public void failed(Multiaddr address, long now) {
        ended(address, false);
        PeerId peer = address.peerId().orElse(null);
        PeerDial dial = peer == null ? null : dials.get(peer);
        if (peer == null || dial == null || !dial.running.remove(address.withoutPeerId())) {
            return;
        }
        if (dial.running.isEmpty() && dial.waiting.isEmpty()) {
            dials.remove(peer);
            Failures before = failures.remove(peer);
            int count = before == null ? 0 : Math.min(before.count + 1, 20);
            long wait = Math.min(MAX_NANOS, BASE_NANOS + COEFFICIENT_NANOS * count * count);
            failures.put(peer, new Failures(count, now + wait));
        }
    }

    private void ended(Multiaddr address, boolean success) {
        if (address.isRelayed() || !address.isPublic()) {
            return;
        }
        if (DialRanking.isQuic(address)) {
            udp.ended(success);
        }
        if (DialRanking.isIp6(address)) {
            ip6.ended(success);
        }
    }

    /// There is a connection to the peer, by this or another way: the other dials are superfluous.
    ///
    /// @param by the address that led there with the peer's id, null if it came to us
    /// @return whether dials were running that have to be cancelled
    public boolean connected(PeerId peer, @Nullable Multiaddr by) {
        if (by != null) {
            ended(by, true);
        }
        failures.remove(peer);
        PeerDial dial = dials.remove(peer);
        if (dial == null) {
            return false;
        }
        if (by != null) {
            dial.running.remove(by.withoutPeerId());
        }
        return !dial.running.isEmpty();
    }

    /// How long a peer is left alone, in nanoseconds.
    public long backoff(PeerId peer, long now) {
        Failures known = failures.get(peer);
        return known == null ? 0 : Math.max(0, known.until - now);
    }

    /// Peers being dialled.
    public int running() {
        return dials.size();
    }

    /// Addresses the policy forbade, since start.
    public long refusedAddresses() {
        return refusedAddresses;
    }

    /// Whether UDP, or IPv6, is taken for a black hole.
    public boolean isBlackHole(boolean forUdp) {
        return (forUdp ? udp : ip6).isBlocked();
    }
}
