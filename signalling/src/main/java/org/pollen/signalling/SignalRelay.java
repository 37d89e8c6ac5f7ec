package org.pollen.signalling;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.SignedEnvelope;

/// S: takes requests of peers it is connected to, and passes them on to targets it is connected to.
/// It dials nobody, tries once, and answers before the target does.
///
/// The order of the checks is part of the protocol: what is cheap comes first, and nothing is
/// charged to a peer for what another did in its name.
///
/// Source: A5.1, A5.2, A5.5.
public final class SignalRelay {
    static final int IN_FLIGHT_MAX = 256;
    static final long DELIVERY_NANOS = 5_000_000_000L;
    static final int NOTICE_TABLE = 4096;
    private static final int SYNC_MAX = 2000;

    private record Pair(PeerId source, PeerId target) {}

    private record Delivery(PeerId source, PeerId target, RequestId id, long deadline) {}

    private final Shared shared;
    private final SignalGovernor governor;
    private final KeyedBuckets<PeerId> requesters;
    private final KeyedBuckets<Pair> pairs;
    private final KeyedBuckets<PeerId> notices;
    private final ReplayCache replays;
    private final Map<Long, Delivery> inFlight = new LinkedHashMap<>();
    private final Map<RequestId, Pair> passedOn = new LinkedHashMap<>();
    private final Map<PeerId, Long> told = new LinkedHashMap<>(); // targets that asked us to wait
    private long deliveries;

    SignalRelay(Shared shared, Instants now) {
        this.shared = shared;
        governor = shared.governor("relay.global", now);
        requesters = shared.buckets("relay.requester", now);
        pairs = shared.buckets("relay.pair", now);
        notices = shared.buckets("relay.notice", now);
        replays = new ReplayCache(shared.config().replayCapacity());
    }

    /// A request of a peer.
    ///
    /// @param relayed whether its connection goes through a relay
    SignalStatus onSubmit(PeerId from, boolean relayed, byte[] envelope, Instants now) {
        SignalStatus status = judge(from, relayed, envelope, now);
        shared.metrics().submits[status.code().number()]++;
        return status;
    }

    private SignalStatus judge(PeerId from, boolean relayed, byte[] bytes, Instants now) {
        Standing standing = shared.standing();
        if (standing.banned(from, now.nanos())) return SignalStatus.of(SignalCode.BANNED);
        if (relayed) return SignalStatus.of(SignalCode.WRONG_TRANSPORT);
        if (!requesters.tryConsume(from, now.nanos())) {
            return shared.limited(from, requesters.retryAfterMillis(from, now.nanos()), now);
        }
        SignalStatus closed = governor.closed(now);
        if (closed != null) return closed;
        int bits = governor.required(0, now.nanos());
        try {
            Shared.Opened opened = Shared.Opened.read(bytes);
            return check(from, opened, bytes, bits, now).with(opened.id());
        } catch (MalformedException _) {
            return shared.malformed(from, now);
        }
    }

    private SignalStatus check(
            PeerId from, Shared.Opened opened, byte[] bytes, int bits, Instants now) {
        SignalRequest request = opened.request();
        PeerId self = shared.self().peerId();
        if (!self.equals(request.relay())) return SignalStatus.of(SignalCode.WRONG_RELAY);
        if (!request.source().equals(from)) return SignalStatus.of(SignalCode.SOURCE_MISMATCH);
        PeerId target = request.target();
        if (target.equals(self) || target.equals(from)) {
            return SignalStatus.of(SignalCode.BAD_TARGET);
        }
        SignalCode late = shared.times().fault(request, now.epochMillis());
        if (late == SignalCode.MALFORMED) return shared.malformed(from, now);
        if (late != null) return SignalStatus.of(late);
        SignalStatus refused = governor.admit(request, bits, now);
        if (refused != null) return refused;
        if (!opened.keyIsSources() || !shared.signed(opened.envelope(), SignedObject.REQUEST)) {
            // Work does not cover the signature: without this one solution would pay for any number
            // of spoilt copies. The source is who is at the other end, so it is to blame.
            shared.standing().note(from, Standing.Deed.FORGED_REQUEST, now.nanos());
            return SignalStatus.of(SignalCode.BAD_REQUEST_SIGNATURE);
        }
        SignalCode known =
                replays.insert(
                        request, opened.id(), shared.times().forgetAt(request), now.epochMillis());
        if (known != SignalCode.ACCEPTED) return seen(from, known, now);
        var pair = new Pair(from, target);
        if (!pairs.tryConsume(pair, now.nanos())) {
            return shared.limited(from, pairs.retryAfterMillis(pair, now.nanos()), now);
        }
        if (!shared.links().direct(target)) return SignalStatus.of(SignalCode.NOT_CONNECTED);
        Long wait = told.get(target);
        if (wait != null && wait > now.nanos()) {
            return SignalStatus.limited(Math.ceilDiv(wait - now.nanos(), Instants.NANOS_PER_MILLI));
        }
        if (inFlight.size() >= IN_FLIGHT_MAX) return SignalStatus.of(SignalCode.OVERLOADED);
        return passOn(opened, pair, bytes, now);
    }

    private SignalStatus seen(PeerId from, SignalCode known, Instants now) {
        if (known == SignalCode.REPLAY) {
            shared.standing().note(from, Standing.Deed.REPLAY, now.nanos());
        } else if (known == SignalCode.EQUIVOCATION) {
            shared.standing().note(from, Standing.Deed.EQUIVOCATION, now.nanos());
        }
        return SignalStatus.of(known);
    }

    private SignalStatus passOn(Shared.Opened opened, Pair pair, byte[] bytes, Instants now) {
        Links links = shared.links();
        int rtt = Math.max(0, links.rttMillis(pair.source));
        byte[] attested =
                attest(bytes, pair.source, rtt, RelayAttestation.STREAM, now.epochMillis());
        long delivery = deliveries++;
        inFlight.put(
                delivery,
                new Delivery(pair.source, pair.target, opened.id(), now.nanos() + DELIVERY_NANOS));
        remember(opened.id(), pair);
        shared.output()
                .deliver(pair.target, new SignalFrame.Deliver(attested).toByteArray(), delivery);
        int delay = (links.rttMillis(pair.target) - rtt) / 2;
        return new SignalStatus(
                SignalCode.ACCEPTED,
                0,
                null,
                Math.clamp(delay, 0, SYNC_MAX),
                opened.id().bytes(),
                "");
    }

    /// S's signature around A's.
    byte[] attest(byte[] requestEnvelope, PeerId source, int rtt, int via, long nowMillis) {
        var attestation =
                new RelayAttestation(
                        shared.self().peerId(),
                        requestEnvelope,
                        nowMillis,
                        rtt,
                        shared.randomBytes(RelayAttestation.NONCE_BYTES),
                        via,
                        ipMatch(source));
        return shared.self().seal(SignedObject.RELAY, attestation.toByteArray());
    }

    private int ipMatch(PeerId source) {
        byte[] seen = shared.links().remoteIp(source);
        PeerRecord record = shared.book().certified(source);
        if (seen == null || record == null) return RelayAttestation.IP_UNKNOWN;
        IpKey actual = IpKey.exact(seen);
        for (Multiaddr address : record.addresses()) {
            if (address.isRelayed() || address.ip().isEmpty()) continue;
            if (IpKey.exact(address.ip().get()).equals(actual))
                return RelayAttestation.IP_CERTIFIED;
        }
        return RelayAttestation.IP_OTHER;
    }

    private void remember(RequestId id, Pair pair) {
        if (passedOn.size() >= NOTICE_TABLE) passedOn.remove(passedOn.keySet().iterator().next());
        passedOn.put(id, pair);
    }

    /// The target's answer; null if there was none. It is for this relay, not for A.
    void onDeliverAnswer(long delivery, @Nullable SignalStatus status, Instants now) {
        Delivery done = inFlight.remove(delivery);
        if (done == null) return;
        if (status == null) {
            shared.metrics().deliveriesFailed++;
        } else if (status.code() == SignalCode.RATE_LIMITED && status.retryAfterMillis() > 0) {
            // Who goes on is charged for it by the target, although others caused it.
            if (told.size() >= shared.config().tableEntries()) {
                told.remove(told.keySet().iterator().next());
            }
            long wait = Math.min(60_000, status.retryAfterMillis()) * Instants.NANOS_PER_MILLI;
            told.put(done.target, now.nanos() + wait);
        }
    }

    /// Charges a peer for a notice, before anything of it is read.
    ///
    /// @return null if it may go on
    @Nullable SignalStatus charge(PeerId from, Instants now) {
        if (notices.tryConsume(from, now.nanos())) return null;
        return shared.limited(from, notices.retryAfterMillis(from, now.nanos()), now);
    }

    /// A notice of a target, for a source.
    SignalStatus onNotice(PeerId from, SignalNotice notice, byte[] frame, Instants now) {
        Pair pair = passedOn.get(new RequestId(notice.requestId()));
        boolean known =
                pair != null
                        && pair.target.equals(from)
                        && notice.issuer().equals(from)
                        && pair.source.equals(notice.to());
        if (!known) return SignalStatus.of(SignalCode.BAD_TARGET);
        passedOn.remove(new RequestId(notice.requestId()));
        if (!shared.links().direct(notice.to())) return SignalStatus.of(SignalCode.NOT_CONNECTED);
        shared.metrics().notices++;
        shared.output().notice(notice.to(), frame);
        return SignalStatus.of(SignalCode.ACCEPTED);
    }

    /// Publishes, for a peer that reaches nobody else, a request of its as gossip.
    ///
    /// @return the message's data; null if it is none that may be published
    byte @Nullable [] wrap(PeerId from, byte[] requestEnvelope, Instants now) {
        try {
            SignedEnvelope envelope = SignedObject.REQUEST.open(requestEnvelope);
            if (!SignalRequest.parse(envelope.payload()).source().equals(from)) return null;
        } catch (MalformedException _) {
            return null;
        }
        byte[] attested =
                attest(
                        requestEnvelope,
                        from,
                        Math.max(0, shared.links().rttMillis(from)),
                        RelayAttestation.GOSSIP,
                        now.epochMillis());
        return new GossipSignal(GossipSignal.RELAYED, attested).toByteArray();
    }

    /// Forgets what is over.
    void onTick(Instants now) {
        Iterator<Delivery> all = inFlight.values().iterator();
        while (all.hasNext()) { // in the order of their deadlines
            if (all.next().deadline - now.nanos() > 0) break;
            all.remove();
            shared.metrics().deliveriesFailed++;
        }
        told.values().removeIf(until -> until - now.nanos() <= 0);
    }

    long nextTickAt() {
        Iterator<Delivery> first = inFlight.values().iterator();
        return first.hasNext() ? first.next().deadline : Long.MAX_VALUE;
    }

    /// Deliveries under way are given up.
    void stop() {
        inFlight.clear();
        passedOn.clear();
        told.clear();
    }

    /// Deliveries without an answer yet.
    public int inFlight() {
        return inFlight.size();
    }

    /// Requests remembered.
    public int replayEntries() {
        return replays.size();
    }

    /// Peers with a bucket.
    public int requesterEntries() {
        return requesters.size();
    }

    /// How often a peer had to share a bucket with others.
    public long overflowed() {
        return requesters.overflowed() + pairs.overflowed() + notices.overflowed();
    }

    /// Millionths of tokens of a peer; changes nothing.
    long requesterMicro(PeerId peer, long nowNanos) {
        return requesters.peekMicro(peer, nowNanos);
    }
}
