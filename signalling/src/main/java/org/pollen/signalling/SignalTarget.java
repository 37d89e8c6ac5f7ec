package org.pollen.signalling;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.SignedEnvelope;

/// B: checks what relays pass on, without trusting them, and punches.
///
/// Source: A5.3, A5.5.
public final class SignalTarget {
    private final Shared shared;
    private final SignalGovernor governor;
    private final KeyedBuckets<PeerId> relays;
    private final KeyedBuckets<PeerId> sources;
    private final ReplayCache replays;
    private final PunchEngine engine;
    private final AuditLog audit = new AuditLog();

    SignalTarget(Shared shared, PunchEngine engine, Instants now) {
        this.shared = shared;
        this.engine = engine;
        governor = shared.governor("target.global", now);
        relays = shared.buckets("target.relay", now);
        sources = shared.buckets("target.source", now);
        replays = new ReplayCache(shared.config().replayCapacity());
    }

    /// The requests it has seen, for gossip too.
    ReplayCache replays() {
        return replays;
    }

    /// Relay envelopes that were accepted.
    public AuditLog audit() {
        return audit;
    }

    /// Requests remembered.
    public int replayEntries() {
        return replays.size();
    }

    /// A request that a relay passes on.
    ///
    /// @param frameBytes of the frame that it came in
    SignalStatus onDeliver(PeerId from, byte[] envelope, int frameBytes, Instants now) {
        SignalStatus status = judge(from, envelope, frameBytes, now);
        shared.metrics().deliveries[status.code().number()]++;
        return status;
    }

    private SignalStatus judge(PeerId from, byte[] bytes, int frameBytes, Instants now) {
        if (shared.standing().banned(from, now.nanos())) return SignalStatus.of(SignalCode.BANNED);
        if (!relays.tryConsume(from, now.nanos())) {
            return shared.limited(from, relays.retryAfterMillis(from, now.nanos()), now);
        }
        SignalStatus closed = governor.closedToWork(now);
        if (closed != null) return closed;
        try {
            SignedEnvelope outer = SignedObject.RELAY.open(bytes);
            RelayAttestation said = RelayAttestation.parse(outer.payload());
            if (said.via() != RelayAttestation.STREAM) return shared.malformed(from, now);
            if (!said.relay().equals(from)) {
                shared.standing().note(from, Standing.Deed.RELAY_MISMATCH, now.nanos());
                return SignalStatus.of(SignalCode.RELAY_MISMATCH);
            }
            if (!shared.times().received(said.receivedMillis(), now.epochMillis())) {
                return SignalStatus.of(SignalCode.EXPIRED);
            }
            Shared.Opened opened = Shared.Opened.read(said.requestEnvelope());
            SignalStatus status = check(from, outer, said, opened, now);
            if (status == null) {
                status = react(opened, from, said.ipMatch(), frameBytes, now);
                if (status.code() == SignalCode.ACCEPTED) {
                    audit.add(new AuditLog.Entry(now.epochMillis(), bytes, opened.id()));
                }
            }
            tell(from, opened, status);
            return status.with(opened.id());
        } catch (MalformedException _) {
            return shared.malformed(from, now);
        }
    }

    private @Nullable SignalStatus check(
            PeerId from,
            SignedEnvelope outer,
            RelayAttestation said,
            Shared.Opened opened,
            Instants now) {
        SignalRequest request = opened.request();
        if (!said.relay().equals(request.relay())) return SignalStatus.of(SignalCode.WRONG_RELAY);
        PeerId self = shared.self().peerId();
        if (!request.target().equals(self) || request.source().equals(self)) {
            return SignalStatus.of(SignalCode.BAD_TARGET);
        }
        if (shared.standing().banned(request.source(), now.nanos())) {
            return SignalStatus.of(SignalCode.BANNED);
        }
        SignalCode late = shared.times().fault(request, now.epochMillis());
        if (late == SignalCode.MALFORMED) return shared.malformed(from, now);
        if (late != null) return SignalStatus.of(late);
        int bits = governor.required(engine.recentPunches(request.source(), now), now.nanos());
        SignalStatus refused = governor.admit(request, bits, now);
        if (refused != null) return refused;
        if (!outer.publicKey().peerId().equals(said.relay())
                || !shared.signed(outer, SignedObject.RELAY)) {
            shared.standing().note(from, Standing.Deed.FORGED_RELAY, now.nanos());
            return SignalStatus.of(SignalCode.BAD_RELAY_SIGNATURE);
        }
        if (!opened.keyIsSources() || !shared.signed(opened.envelope(), SignedObject.REQUEST)) {
            shared.standing().note(from, Standing.Deed.FORGED_REQUEST, now.nanos());
            return SignalStatus.of(SignalCode.BAD_REQUEST_SIGNATURE);
        }
        SignalCode known =
                replays.insert(
                        request, opened.id(), shared.times().forgetAt(request), now.epochMillis());
        if (known == SignalCode.REPLAY) {
            shared.standing().note(from, Standing.Deed.REPLAY, now.nanos());
        } else if (known == SignalCode.EQUIVOCATION) {
            // The source signed both; who passed it on cannot know.
            shared.standing().note(request.source(), Standing.Deed.EQUIVOCATION, now.nanos());
        }
        return known == SignalCode.ACCEPTED ? null : SignalStatus.of(known);
    }

    /// What follows when a request is genuine and new: also for gossip.
    ///
    /// @param relay who passed it on; null for gossip of the source itself
    SignalStatus react(
            Shared.Opened opened, @Nullable PeerId relay, int ipMatch, int bytesIn, Instants now) {
        SignalRequest request = opened.request();
        PeerId source = request.source();
        if (!sources.tryConsume(source, now.nanos())) {
            return SignalStatus.limited(sources.retryAfterMillis(source, now.nanos()));
        }
        if (shared.links().direct(source)) return SignalStatus.of(SignalCode.ALREADY_CONNECTED);
        if (ipMatch == RelayAttestation.IP_OTHER) {
            return SignalStatus.of(SignalCode.ADDRESS_MISMATCH);
        }
        long left = request.expiresMillis() + shared.times().skewMillis() - now.epochMillis();
        long until = now.nanos() + Math.max(0, left) * Instants.NANOS_PER_MILLI;
        return SignalStatus.of(
                engine.request(source, opened.id(), false, relay, until, bytesIn, now));
    }

    /// A word to the source, through the relay, where it can do something about it.
    private void tell(PeerId relay, Shared.Opened opened, SignalStatus status) {
        if (status.code() == SignalCode.POW_REQUIRED && status.challenge() != null) {
            send(relay, opened.request().source(), opened.id(), status.code(), status.challenge());
        }
    }

    private void send(
            PeerId relay, PeerId to, RequestId id, SignalCode code, @Nullable Challenge challenge) {
        var notice = new SignalNotice(shared.self().peerId(), to, id.bytes(), code, challenge);
        byte[] envelope = shared.self().seal(SignedObject.NOTICE, notice.toByteArray());
        shared.output().notice(relay, new SignalFrame.Notice(envelope).toByteArray());
    }

    /// An attempt that relays had passed on came to this.
    void onPunchEnded(PunchAttempt attempt, SignalCode result) {
        switch (result) {
            case NO_ADDRESS, IP_BUSY, BUDGET_EXHAUSTED, PUNCH_FAILED -> {
                for (PunchAttempt.Asker asker : attempt.askers) {
                    if (asker.relay() == null) continue;
                    send(asker.relay(), attempt.peer, asker.id(), result, null);
                }
            }
            default -> {}
        }
    }
}
