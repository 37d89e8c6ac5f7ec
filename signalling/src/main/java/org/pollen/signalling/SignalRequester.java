package org.pollen.signalling;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.SignedEnvelope;

/// A: asks through up to three relays, one after the other, then as gossip; does the work that is
/// asked for; and dials when a relay has passed its request on.
///
/// Each signature has a nonce of its own: the same nonce twice would be taken for equivocation.
///
/// Source: A5.5, A6, A8.5, A8.7.
public final class SignalRequester {
    private static final long ANSWER_NANOS = 5_000_000_000L;
    private static final long NOTICE_NANOS = 60_000_000_000L;
    private static final int OUTGOING_MAX = 256;
    private static final int WORKS_MAX = 4;

    private enum Phase {
        ASKING,
        SOLVING,
        WAITING,
        ACCEPTED
    }

    private static final class Outgoing {
        final PeerId target;
        final boolean gossip;
        final Set<PeerId> tried = new HashSet<>(); // never iterated
        int attempt;
        int works;
        Phase phase = Phase.ASKING;
        @Nullable PeerId relay;
        @Nullable SignalRequest request;
        @Nullable RequestId id;
        byte[] frame = Fields.NONE;
        @Nullable Challenge challenge;
        long work = -1;
        long due;
        boolean gossiped;
        boolean dialled;

        Outgoing(PeerId target, boolean gossip) {
            this.target = target;
            this.gossip = gossip;
        }
    }

    private final Shared shared;
    private final PunchEngine engine;
    private final Map<PeerId, Outgoing> outgoing = new LinkedHashMap<>();
    private long nextWork;

    SignalRequester(Shared shared, PunchEngine engine) {
        this.shared = shared;
        this.engine = engine;
    }

    /// Asks for a direct connection to a peer; one request a peer at a time.
    ///
    /// @param gossip whether it may become gossip when no relay helps
    void request(PeerId target, boolean gossip, Instants now) {
        if (outgoing.containsKey(target) || target.equals(shared.self().peerId())) return;
        if (outgoing.size() >= OUTGOING_MAX) {
            shared.output().requestFailed(target, SignalCode.OVERLOADED);
            return;
        }
        var out = new Outgoing(target, gossip);
        outgoing.put(target, out);
        ask(out, SignalCode.NOT_CONNECTED, now);
    }

    /// By the next relay: those that the target says relay for it, then the nearest to it.
    private void ask(Outgoing out, SignalCode last, Instants now) {
        PeerId relay = out.attempt < SignalRequest.ATTEMPTS ? relay(out) : null;
        if (relay == null) {
            if (out.gossip && !out.gossiped) {
                out.gossiped = true;
                out.relay = null;
                out.attempt = SignalRequest.ATTEMPTS;
                solve(out, shared.config().powGossipMin(), null, now);
            } else {
                fail(out, last);
            }
            return;
        }
        out.relay = relay;
        out.tried.add(relay);
        out.request = fresh(out, now);
        out.attempt++;
        submit(out, now);
    }

    private @Nullable PeerId relay(Outgoing out) {
        List<PeerId> connected = shared.links().signallers();
        PeerRecord record = shared.book().certified(out.target);
        if (record != null) {
            for (Multiaddr address : record.addresses()) {
                if (!address.isRelayed()) continue;
                PeerId named = relayOf(address);
                if (named != null && connected.contains(named) && usable(out, named)) return named;
            }
        }
        for (PeerId peer : Nearest.to(out.target, connected, connected.size())) {
            if (usable(out, peer)) return peer;
        }
        return null;
    }

    private static @Nullable PeerId relayOf(Multiaddr circuit) {
        for (Multiaddr.Component part : circuit.components()) {
            if (part.protocol() != org.pollen.peer.MultiaddrProtocol.P2P) continue;
            try {
                return PeerId.fromBytes(part.value());
            } catch (MalformedException _) {
                return null;
            }
        }
        return null;
    }

    private boolean usable(Outgoing out, PeerId relay) {
        return !relay.equals(out.target) && !out.tried.contains(relay);
    }

    private SignalRequest fresh(Outgoing out, Instants now) {
        return new SignalRequest(
                shared.self().peerId(),
                out.target,
                out.relay,
                shared.randomBytes(SignalRequest.NONCE_BYTES),
                now.epochMillis(),
                now.epochMillis() + shared.config().lifetimeMillis(),
                SignalRequest.TCP | SignalRequest.QUIC,
                Math.min(out.attempt, SignalRequest.ATTEMPTS - 1),
                null);
    }

    private void submit(Outgoing out, Instants now) {
        byte[] payload = java.util.Objects.requireNonNull(out.request).toByteArray();
        byte[] envelope = shared.self().seal(SignedObject.REQUEST, payload);
        out.id = RequestId.of(payload);
        out.frame = new SignalFrame.Submit(envelope).toByteArray();
        resubmit(out, now);
    }

    private void resubmit(Outgoing out, Instants now) {
        out.phase = Phase.ASKING;
        out.due = now.nanos() + ANSWER_NANOS;
        shared.output()
                .submit(
                        java.util.Objects.requireNonNull(out.relay),
                        out.frame,
                        java.util.Objects.requireNonNull(out.id));
    }

    // Answers.

    /// A relay's answer; null if the stream ended without one.
    void onAnswer(RequestId id, @Nullable SignalStatus status, Instants now) {
        Outgoing out = asked(id);
        if (out == null || out.phase != Phase.ASKING) return;
        if (status == null) {
            ask(out, SignalCode.UNSPECIFIED, now);
            return;
        }
        switch (status.code()) {
            case ACCEPTED -> {
                out.phase = Phase.ACCEPTED;
                out.due =
                        now.nanos()
                                + Math.clamp(status.syncDelayMillis(), 0, 2000)
                                        * Instants.NANOS_PER_MILLI;
            }
            case POW_REQUIRED -> work(out, status, now);
            case RATE_LIMITED -> {
                if (relay(out) == null && out.attempt < SignalRequest.ATTEMPTS) {
                    out.tried.clear(); // the same again, when it may be
                    out.phase = Phase.WAITING;
                    out.request = null;
                    out.due = now.nanos() + wait(status);
                } else {
                    ask(out, status.code(), now);
                }
            }
            default -> ask(out, status.code(), now);
        }
    }

    private static long wait(SignalStatus status) {
        return Math.clamp(status.retryAfterMillis(), 50, 10_000) * Instants.NANOS_PER_MILLI;
    }

    /// Work that was done is offered again until it is too late; else it is begun.
    private void work(Outgoing out, SignalStatus status, Instants now) {
        SignalRequest request = out.request;
        int asked =
                status.challenge() == null
                        ? shared.config().powMax()
                        : status.challenge().difficulty();
        boolean done =
                request != null
                        && request.pow() != null
                        && request.pow().difficulty() >= asked
                        && request.expiresMillis() > now.epochMillis();
        if (done) {
            out.phase = Phase.WAITING;
            out.due = now.nanos() + wait(status);
        } else {
            solve(out, asked, status.challenge(), now);
        }
    }

    private void solve(Outgoing out, int least, @Nullable Challenge challenge, Instants now) {
        if (least > Difficulty.SOLVED_MAX || ++out.works > WORKS_MAX) {
            fail(out, SignalCode.POW_REQUIRED);
            return;
        }
        if (out.dialled) engine.cancel(out.target, now); // the target does not punch yet
        out.dialled = false;
        // Work that was too little once will be again while the bucket empties: do the most now.
        boolean more = out.works > 1 && least < shared.config().powMax();
        int difficulty = more ? shared.config().powMax() : least;
        // Work takes time: the request may live as long as any may.
        SignalRequest plain = fresh(out, now);
        out.request =
                new SignalRequest(
                        plain.source(),
                        plain.target(),
                        plain.relay(),
                        plain.nonce(),
                        plain.issuedMillis(),
                        plain.issuedMillis() + shared.config().maxLifetimeMillis(),
                        plain.transports(),
                        plain.attempt(),
                        Pow.unsolicited(difficulty, 0));
        boolean answers = !more && challenge != null && challenge.issuer().equals(out.relay);
        out.challenge = answers ? challenge : null;
        out.phase = Phase.SOLVING;
        out.due = now.nanos() + shared.config().maxLifetimeMillis() * Instants.NANOS_PER_MILLI;
        out.work = nextWork++;
        byte[] seed = out.challenge == null ? Fields.NONE : out.challenge.seed();
        shared.output().solve(out.work, ProofOfWork.prefix(out.request, seed), difficulty);
    }

    /// A counter was found; -1 if none was.
    void onSolved(long work, long counter, Instants now) {
        Outgoing out = null;
        for (Outgoing each : outgoing.values()) {
            if (each.phase == Phase.SOLVING && each.work == work) out = each;
        }
        if (out == null || out.request == null || out.request.pow() == null) return;
        out.work = -1;
        if (counter < 0) {
            fail(out, SignalCode.POW_REQUIRED);
            return;
        }
        Pow pow =
                out.challenge == null
                        ? Pow.unsolicited(out.request.pow().difficulty(), counter)
                        : Pow.answer(out.challenge, counter);
        out.request = out.request.withPow(pow);
        if (out.relay != null) {
            submit(out, now);
            return;
        }
        byte[] payload = out.request.toByteArray();
        out.id = RequestId.of(payload);
        byte[] envelope = shared.self().seal(SignedObject.REQUEST, payload);
        shared.output()
                .publish(
                        SignalMask.of(out.target),
                        new GossipSignal(GossipSignal.REQUEST, envelope).toByteArray());
        out.phase = Phase.ACCEPTED;
        out.due = now.nanos();
    }

    /// The target's word on a request of this node; what it did not ask for is dropped.
    ///
    /// @return whether it was meant
    boolean onNotice(SignedEnvelope envelope, SignalNotice notice, Instants now) {
        Outgoing out = asked(new RequestId(notice.requestId()));
        boolean meant =
                out != null
                        && notice.issuer().equals(out.target)
                        && notice.to().equals(shared.self().peerId())
                        && envelope.publicKey().peerId().equals(out.target)
                        && shared.signed(envelope, SignedObject.NOTICE);
        if (!meant || out == null) return false;
        Challenge challenge = notice.challenge();
        if (notice.code() == SignalCode.POW_REQUIRED && challenge != null && out.relay != null) {
            solve(out, challenge.difficulty(), challenge, now);
        } else {
            fail(out, notice.code());
        }
        return true;
    }

    /// The attempt to connect that a request led to is over.
    void onPunchEnded(PeerId target) {
        Outgoing out = outgoing.get(target);
        if (out != null && out.dialled && out.phase == Phase.ACCEPTED) outgoing.remove(target);
    }

    private @Nullable Outgoing asked(RequestId id) {
        for (Outgoing out : outgoing.values()) if (id.equals(out.id)) return out;
        return null;
    }

    private void fail(Outgoing out, SignalCode why) {
        outgoing.remove(out.target);
        if (out.work >= 0) shared.output().cancelSolve(out.work);
        shared.output().requestFailed(out.target, why);
    }

    // Time.

    void onTick(Instants now) {
        for (Outgoing out : new ArrayList<>(outgoing.values())) {
            if (out.due - now.nanos() > 0 || outgoing.get(out.target) != out) continue;
            switch (out.phase) {
                case ASKING -> ask(out, SignalCode.UNSPECIFIED, now);
                case SOLVING -> fail(out, SignalCode.POW_REQUIRED);
                case WAITING -> {
                    if (out.request == null) ask(out, SignalCode.RATE_LIMITED, now);
                    else resubmit(out, now);
                }
                case ACCEPTED -> dial(out, now);
            }
        }
    }

    /// Once; then the target's notice is waited for until the attempt ends.
    private void dial(Outgoing out, Instants now) {
        if (out.dialled) {
            outgoing.remove(out.target);
            return;
        }
        out.dialled = true;
        out.due = now.nanos() + NOTICE_NANOS;
        SignalCode code =
                engine.request(
                        out.target,
                        java.util.Objects.requireNonNull(out.id),
                        true,
                        null,
                        out.due,
                        0,
                        now);
        if (code != SignalCode.ACCEPTED) fail(out, code);
    }

    long nextTickAt() {
        long next = Long.MAX_VALUE;
        for (Outgoing out : outgoing.values()) next = Math.min(next, out.due);
        return next;
    }

    void stop() {
        for (Outgoing out : outgoing.values()) {
            if (out.work >= 0) shared.output().cancelSolve(out.work);
        }
        outgoing.clear();
    }

    /// Requests under way.
    public int outgoing() {
        return outgoing.size();
    }
}
