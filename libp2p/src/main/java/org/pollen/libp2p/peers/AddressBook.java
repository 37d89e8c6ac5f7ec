package org.pollen.libp2p.peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;

/// Where peers can be reached, and who says so. Bounded: a stranger who tells of many peers pushes
/// out other hearsay, never a peer that we were connected to.
///
/// Times are milliseconds since 1970, for the book survives the process. Not thread-safe.
public final class AddressBook {

    /// Who vouches for an address, best first.
    public enum Source {
        /// The operator.
        CONFIGURED,
        /// We were connected to it.
        CONNECTED,
        /// The peer signed it.
        CERTIFIED,
        /// The peer signed it in another form than the book keeps: a record of discv5.
        RECORDED,
        /// Someone on the local network, whom the operator has us listen to.
        LOCAL,
        /// A peer about itself without a signature, or somebody about another.
        TOLD
    }

    /// What came of offering a record.
    public enum Outcome {
        ADDED,
        /// The very record that is known: it lives longer now.
        REFRESHED,
        /// The known record has a higher number, or the same with other content.
        STALE,
        /// No record, or a wrong signature.
        MALFORMED,
        /// It speaks for another peer than expected.
        FOREIGN,
        /// Everyone in the book is worth more.
        FULL
    }

    /// Bounds and lives.
    ///
    /// @param peers most peers
    /// @param addressesPerPeer most addresses of a peer besides those it signed
    /// @param certifiedMillis how long a signed record is believed
    /// @param toldMillis how long hearsay is
    /// @param connectedMillis how long an address that worked is remembered after the connection
    public record Limits(
            int peers,
            int addressesPerPeer,
            long certifiedMillis,
            long toldMillis,
            long connectedMillis) {
        /// 4096 peers, 20 addresses each; a week for records, 10 minutes for hearsay, a day for
        /// what worked.
        public static final Limits DEFAULT =
                new Limits(4096, 20, 7 * 86_400_000L, 600_000, 86_400_000);

        /// Checks each.
        public Limits {
            if (peers < 1 || addressesPerPeer < 1) {
                throw new IllegalArgumentException(
                        "peers is %d and addressesPerPeer %d: each must be at least 1"
                                .formatted(peers, addressesPerPeer));
            }
            if (certifiedMillis < 1 || toldMillis < 1 || connectedMillis < 1) {
                throw new IllegalArgumentException("a life is not positive");
            }
        }
    }

    /// An address and how long it is good.
    ///
    /// @param address without peer id
    public record KnownAddress(Multiaddr address, Source source, long untilMillis) {}

    /// What is known of a peer: what a store keeps.
    ///
    /// @param seq of the envelope, 0 without one
    /// @param envelope the signed record as received, null for none
    /// @param addresses the best first
    /// @param connectedAt when we last were connected, 0 for never
    /// @param toldAt when we last heard of it
    public record KnownPeer(
            PeerId peer,
            long seq,
            byte @Nullable [] envelope,
            List<KnownAddress> addresses,
            long connectedAt,
            long toldAt) {
        /// Copies the addresses.
        public KnownPeer {
            addresses = List.copyOf(addresses);
        }
    }

    /// What a store has to write down.
    ///
    /// @param gone peers to forget
    public record Changes(List<KnownPeer> kept, List<PeerId> gone) {
        /// Whether there is nothing.
        public boolean isEmpty() {
            return kept.isEmpty() && gone.isEmpty();
        }
    }

    /// A record whose signature was verified: made on any thread, put into the book on its own.
    public record Certified(PeerRecord record, byte[] envelope) {
        /// Verifies.
        ///
        /// @throws MalformedException if it is none or its signature is wrong
        public static Certified verify(byte[] envelope) throws MalformedException {
            return new Certified(PeerRecord.fromSignedEnvelope(envelope), envelope.clone());
        }
    }

    private static final class Entry {
        private final PeerId peer;
        private long seq;
        private byte @Nullable [] envelope;
        private final Map<Multiaddr, KnownAddress> addresses = new LinkedHashMap<>();
        private long connectedAt;
        private long toldAt;
        private boolean connected;

        private Entry(PeerId peer) {
            this.peer = peer;
        }

        private boolean has(Source source) {
            for (KnownAddress one : addresses.values()) {
                if (one.source == source) {
                    return true;
                }
            }
            return false;
        }

        /// How much it would be missed; [Rank#PINNED] is never given up.
        private Rank rank() {
            if (connected || has(Source.CONFIGURED)) {
                return Rank.PINNED;
            }
            if (connectedAt != 0) {
                return Rank.PROVEN;
            }
            return envelope != null ? Rank.CERTIFIED : Rank.TOLD;
        }
    }

    private enum Rank {
        TOLD,
        CERTIFIED,
        PROVEN,
        PINNED
    }

    private final PeerId self;
    private final Limits limits;
    private final Map<PeerId, Entry> entries = new LinkedHashMap<>();
    private final Set<PeerId> changed = new LinkedHashSet<>();
    private final Map<Outcome, Long> outcomes = new LinkedHashMap<>();
    private long evicted;

    public AddressBook(PeerId self, Limits limits) {
        this.self = self;
        this.limits = limits;
        for (Outcome outcome : Outcome.values()) {
            outcomes.put(outcome, 0L);
        }
    }

    // ---- what is told

    /// Takes a record that was verified.
    ///
    /// @param expected whom it should speak for, null for anybody
    public Outcome certify(Certified offered, @Nullable PeerId expected, long now) {
        PeerId peer = offered.record.peerId();
        if (peer.equals(self) || (expected != null && !peer.equals(expected))) {
            return count(Outcome.FOREIGN);
        }
        Entry entry = entries.get(peer);
        byte[] known = entry == null ? null : entry.envelope;
        if (entry != null && known != null) {
            int order = Long.compareUnsigned(offered.record.seq(), entry.seq);
            boolean same = order == 0 && Arrays.equals(known, offered.envelope);
            if (order < 0 || (order == 0 && !same)) {
                return count(Outcome.STALE);
            }
            if (same) {
                put(entry, offered.record, now);
                return count(Outcome.REFRESHED);
            }
        }
        if (entry == null) {
            entry = make(peer, Rank.CERTIFIED, now);
            if (entry == null) {
                return count(Outcome.FULL);
            }
        }
        // Signed replaces signed and hearsay; what the operator says and what worked stays.
        entry.addresses.values().removeIf(one -> one.source.compareTo(Source.CERTIFIED) >= 0);
        entry.seq = offered.record.seq();
        entry.envelope = offered.envelope;
        put(entry, offered.record, now);
        return count(Outcome.ADDED);
    }

    private void put(Entry entry, PeerRecord record, long now) {
        for (Multiaddr address : record.addresses()) {
            Multiaddr bare = address.withoutPeerId();
            KnownAddress known = entry.addresses.get(bare);
            if (known == null || known.source.compareTo(Source.CERTIFIED) >= 0) {
                entry.addresses.put(
                        bare,
                        new KnownAddress(bare, Source.CERTIFIED, now + limits.certifiedMillis));
            }
        }
        entry.toldAt = now;
        changed.add(entry.peer);
    }

    /// A record that turned out to be none, for the count.
    public Outcome malformed() {
        return count(Outcome.MALFORMED);
    }

    /// Takes an address that nobody signed. Hearsay about a peer whose signed record is known is
    /// ignored.
    ///
    /// @param address without peer id
    /// @return whether it is in the book now
    public boolean tell(PeerId peer, Multiaddr address, Source source, long now) {
        if (source == Source.CERTIFIED) {
            throw new IllegalArgumentException("source is CERTIFIED: use certify");
        }
        if (peer.equals(self)) {
            return false;
        }
        Entry entry = entries.get(peer);
        if (entry == null) {
            entry =
                    make(
                            peer,
                            switch (source) {
                                case CONFIGURED -> Rank.PINNED;
                                case CONNECTED -> Rank.PROVEN;
                                default -> Rank.TOLD;
                            },
                            now);
            if (entry == null) {
                count(Outcome.FULL);
                return false;
            }
        }
        KnownAddress known = entry.addresses.get(address);
        long until =
                switch (source) {
                    case CONFIGURED -> Long.MAX_VALUE;
                    case CONNECTED -> now + limits.connectedMillis;
                    default -> now + limits.toldMillis;
                };
        if (known == null && source == Source.TOLD && entry.envelope != null) {
            return false;
        }
        if (known != null && known.source.compareTo(source) < 0) {
            return true; // it has a better word already
        }
        if (known == null && !roomForAddress(entry, source)) {
            return false;
        }
        entry.addresses.put(address, new KnownAddress(address, source, until));
        entry.toldAt = now;
        changed.add(peer);
        return true;
    }

    /// Signed addresses have their own bound; of the others the least trusted, then the first to
    /// expire goes.
    private boolean roomForAddress(Entry entry, Source source) {
        KnownAddress worst = null;
        int unsigned = 0;
        for (KnownAddress one : entry.addresses.values()) {
            if (one.source == Source.CERTIFIED) {
                continue;
            }
            unsigned++;
            if (worst == null
                    || one.source.compareTo(worst.source) > 0
                    || (one.source == worst.source && one.untilMillis < worst.untilMillis)) {
                worst = one;
            }
        }
        if (worst == null || unsigned < limits.addressesPerPeer) {
            return true;
        }
        if (worst.source.compareTo(source) < 0) {
            return false;
        }
        entry.addresses.remove(worst.address);
        return true;
    }

    /// A connection to the peer exists.
    ///
    /// @param dialled the address that led there, null if the peer came to us
    public void connected(PeerId peer, @Nullable Multiaddr dialled, long now) {
        if (dialled != null) {
            tell(peer, dialled, Source.CONNECTED, now);
        }
        Entry entry = entries.get(peer);
        if (entry != null) {
            entry.connected = true;
            entry.connectedAt = now;
            changed.add(peer);
        }
    }

    /// The last connection to the peer is gone.
    public void disconnected(PeerId peer, long now) {
        Entry entry = entries.get(peer);
        if (entry == null) {
            return;
        }
        if (entry.connected) {
            entry.connectedAt = now;
            entry.addresses.replaceAll((address, known) ->
                    known.source == Source.CONNECTED
                            ? new KnownAddress(address, known.source, now + limits.connectedMillis)
                            : known);
        }
        entry.connected = false;
        changed.add(peer);
    }

    /// Forgets what is too old.
    public void expire(long now) {
        var dead = new ArrayList<PeerId>();
        for (Entry entry : entries.values()) {
            boolean removed =
                    entry.addresses
                            .values()
                            .removeIf(one -> one.untilMillis <= now && !entry.connected);
            if (removed) {
                changed.add(entry.peer);
                if (!entry.has(Source.CERTIFIED)) {
                    entry.envelope = null;
                    entry.seq = 0;
                }
            }
            if (entry.addresses.isEmpty() && !entry.connected) {
                dead.add(entry.peer);
            }
        }
        dead.forEach(this::remove);
    }

    private @Nullable Entry make(PeerId peer, Rank rank, long now) {
        if (entries.size() >= limits.peers) {
            expire(now);
        }
        if (entries.size() >= limits.peers) {
            Entry worst = null;
            for (Entry entry : entries.values()) {
                if (worst == null
                        || entry.rank().compareTo(worst.rank()) < 0
                        || (entry.rank() == worst.rank() && entry.toldAt < worst.toldAt)) {
                    worst = entry;
                }
            }
            if (worst == null || worst.rank() == Rank.PINNED || worst.rank().compareTo(rank) > 0) {
                return null;
            }
            remove(worst.peer);
            evicted++;
        }
        var entry = new Entry(peer);
        entry.toldAt = now;
        entries.put(peer, entry);
        changed.add(peer);
        return entry;
    }

    private void remove(PeerId peer) {
        entries.remove(peer);
        changed.add(peer);
    }

    private Outcome count(Outcome outcome) {
        outcomes.merge(outcome, 1L, Long::sum);
        return outcome;
    }

    // ---- what is asked

    public int size() {
        return entries.size();
    }

    /// Peers pushed out because the book was full.
    public long evicted() {
        return evicted;
    }

    /// Offered records by what came of them.
    public Map<Outcome, Long> outcomes() {
        return Collections.unmodifiableMap(new LinkedHashMap<>(outcomes));
    }

    /// The addresses of a peer that are still good, the most trusted first.
    public List<KnownAddress> addresses(PeerId peer, long now) {
        Entry entry = entries.get(peer);
        if (entry == null) {
            return List.of();
        }
        var good = new ArrayList<KnownAddress>();
        for (KnownAddress one : entry.addresses.values()) {
            if (one.untilMillis > now || entry.connected) {
                good.add(one);
            }
        }
        good.sort((a, b) -> a.source.compareTo(b.source));
        return good;
    }

    /// The signed record of a peer as it came, for those who pass it on.
    public Optional<byte[]> envelope(PeerId peer) {
        Entry entry = entries.get(peer);
        return entry == null ? Optional.empty() : Optional.ofNullable(entry.envelope);
    }

    /// Peers to dial, those the operator names first, then those we knew, then those who signed;
    /// within these who was told of last.
    public List<PeerId> candidates() {
        var waiting = new ArrayList<Entry>();
        for (Entry entry : entries.values()) {
            if (!entry.connected) {
                waiting.add(entry);
            }
        }
        waiting.sort((a, b) -> {
            int byRank = b.rank().compareTo(a.rank());
            return byRank != 0 ? byRank : Long.compare(b.toldAt, a.toldAt);
        });
        return waiting.stream().map(entry -> entry.peer).toList();
    }

    // ---- the store

    /// What changed since this was asked last. Peers whom nobody but hearsay or the operator
    /// vouches for are not worth keeping and do not appear.
    public Changes changes() {
        var kept = new ArrayList<KnownPeer>();
        var gone = new ArrayList<PeerId>();
        for (PeerId peer : changed) {
            Entry entry = entries.get(peer);
            if (entry == null || (entry.envelope == null && entry.connectedAt == 0)) {
                gone.add(peer);
            } else {
                kept.add(known(entry));
            }
        }
        changed.clear();
        return new Changes(kept, gone);
    }

    private KnownPeer known(Entry entry) {
        var addresses = new ArrayList<KnownAddress>();
        for (KnownAddress one : entry.addresses.values()) {
            if (one.source == Source.CONNECTED || one.source == Source.CERTIFIED) {
                addresses.add(one);
            } else if (one.source == Source.CONFIGURED && entry.connectedAt != 0) {
                // The operator may not name it next time, but we know the peer then.
                addresses.add(
                        new KnownAddress(
                                one.address,
                                Source.CONNECTED,
                                entry.connectedAt + limits.connectedMillis));
            }
        }
        return new KnownPeer(
                entry.peer, entry.seq, entry.envelope, addresses, entry.connectedAt, entry.toldAt);
    }

    /// Takes a peer back from a store. Its record is verified again: a file is input like any
    /// other.
    ///
    /// @return false if it is no good, or there is no room
    public boolean restore(KnownPeer stored, long now) {
        byte[] envelope = stored.envelope;
        Certified certified = null;
        if (envelope != null) {
            try {
                certified = Certified.verify(envelope);
            } catch (MalformedException _) {
                count(Outcome.MALFORMED);
                return false;
            }
            if (!certified.record.peerId().equals(stored.peer)) {
                count(Outcome.FOREIGN);
                return false;
            }
        }
        if (stored.peer.equals(self) || entries.containsKey(stored.peer)) {
            return false;
        }
        var good = new LinkedHashMap<Multiaddr, KnownAddress>();
        for (KnownAddress one : stored.addresses) {
            long most =
                    now
                            + (one.source == Source.CERTIFIED
                                    ? limits.certifiedMillis
                                    : limits.connectedMillis);
            boolean vouched =
                    switch (one.source) {
                        case CERTIFIED ->
                                certified != null
                                        && certified.record.addresses().stream()
                                                .anyMatch(
                                                        a -> a.withoutPeerId().equals(one.address));
                        case CONNECTED -> good.size() < limits.addressesPerPeer;
                        default -> false;
                    };
            if (vouched && one.untilMillis > now) {
                good.put(
                        one.address,
                        new KnownAddress(one.address, one.source, Math.min(most, one.untilMillis)));
            }
        }
        if (good.isEmpty()) {
            return false;
        }
        Entry entry =
                make(stored.peer, stored.connectedAt != 0 ? Rank.PROVEN : Rank.CERTIFIED, now);
        if (entry == null) {
            return false;
        }
        entry.addresses.putAll(good);
        if (certified != null && entry.has(Source.CERTIFIED)) {
            entry.envelope = certified.envelope;
            entry.seq = certified.record.seq();
        }
        entry.connectedAt = Math.min(stored.connectedAt, now);
        entry.toldAt = Math.min(stored.toldAt, now);
        changed.remove(stored.peer);
        return true;
    }
}
