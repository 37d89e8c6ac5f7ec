package org.pollen.signalling;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.SignedEnvelope;

/// Judges requests that travel as gossip, for everybody on the path; the target also reacts. Nobody
/// answers.
///
/// Two requests of one source with one nonce are the source's fault alone: it is banned, and who
/// passed the second one on is not blamed, since it may not have seen the first. (The specification
/// rejects here; ADR 96.)
///
/// Source: A9.
public final class GossipSignals {
    /// A verdict and its reason, for metrics.
    ///
    /// @param reason a word or two, never of a peer
    public record Judgement(SignalVerdict verdict, String reason) {
        private static final Judgement ACCEPT = new Judgement(SignalVerdict.ACCEPT, "valid");

        static final Judgement STOPPED = ignore("stopped");

        private static Judgement reject(String reason) {
            return new Judgement(SignalVerdict.REJECT, reason);
        }

        private static Judgement ignore(String reason) {
            return new Judgement(SignalVerdict.IGNORE, reason);
        }
    }

    /// @param outer the relay's envelope; null for kind 1
    /// @param said what it attests; null for kind 1
    private record Message(
            @Nullable SignedEnvelope outer,
            @Nullable RelayAttestation said,
            Shared.Opened opened) {}

    private final Shared shared;
    private final SignalTarget target;
    private final KeyedBuckets<PeerId> forwarders;
    private final KeyedBuckets<PeerId> sources;
    private final TokenBucket global;

    GossipSignals(Shared shared, SignalTarget target, Instants now) {
        this.shared = shared;
        this.target = target;
        forwarders = shared.buckets("gossip.forwarder", now);
        sources = shared.buckets("gossip.source", now);
        global = new TokenBucket(shared.config().bucket("gossip.global"), now.nanos());
    }

    /// Judges a message.
    ///
    /// @param forwarder who sent it to this node
    /// @param mask it was sent on
    Judgement judge(PeerId forwarder, byte[] mask, byte[] data, Instants now) {
        Judgement judgement = decide(forwarder, mask, data, now);
        String word = judgement.verdict() + " " + judgement.reason();
        shared.metrics().gossip.merge(word, 1L, Long::sum);
        return judgement;
    }

    private Judgement decide(PeerId forwarder, byte[] mask, byte[] data, Instants now) {
        if (data.length > GossipSignal.BYTES_MAX) return Judgement.reject("size");
        if (!forwarders.tryConsume(forwarder, now.nanos())) return Judgement.ignore("forwarder");
        Message message;
        try {
            message = read(GossipSignal.parse(data));
        } catch (MalformedException _) {
            return Judgement.reject("malformed");
        }
        SignalRequest request = message.opened.request();
        if (!Arrays.equals(mask, SignalMask.of(request.target()))) return Judgement.reject("mask");
        if (shared.standing().banned(request.source(), now.nanos())) {
            return Judgement.ignore("banned");
        }
        SignalCode late = shared.times().fault(request, now.epochMillis());
        if (late == SignalCode.MALFORMED) return Judgement.reject("lifetime");
        boolean received =
                message.said == null
                        || shared.times()
                                .received(message.said.receivedMillis(), now.epochMillis());
        if (late != null || !received) return Judgement.ignore("time");
        if (!worked(request)) return Judgement.reject("work");
        if (!global.tryConsume(1, now.nanos())) return Judgement.ignore("global");
        return decide(message, data.length, now);
    }

    private boolean worked(SignalRequest request) {
        Pow pow = request.pow();
        if (pow == null || pow.difficulty() < shared.config().powGossipMin()) return false;
        shared.metrics().worksChecked++;
        return SignalGovernor.holds(request, pow, shared.work());
    }

    private Judgement decide(Message message, int bytes, Instants now) {
        Shared.Opened opened = message.opened;
        SignalRequest request = opened.request();
        if (message.outer != null
                && message.said != null
                && !(message.outer.publicKey().peerId().equals(message.said.relay())
                        && shared.signed(message.outer, SignedObject.RELAY))) {
            return Judgement.reject("relay signature");
        }
        if (!opened.keyIsSources() || !shared.signed(opened.envelope(), SignedObject.REQUEST)) {
            return Judgement.reject("request signature");
        }
        if (!sources.tryConsume(request.source(), now.nanos())) return Judgement.ignore("source");
        SignalCode known =
                target.replays()
                        .insert(
                                request,
                                opened.id(),
                                shared.times().forgetAt(request),
                                now.epochMillis());
        if (known == SignalCode.EQUIVOCATION) {
            shared.standing().note(request.source(), Standing.Deed.EQUIVOCATION, now.nanos());
            return Judgement.ignore("equivocation");
        }
        if (known != SignalCode.ACCEPTED) {
            return Judgement.ignore(known == SignalCode.REPLAY ? "replay" : "overloaded");
        }
        if (request.target().equals(shared.self().peerId())) {
            int match = message.said == null ? 0 : message.said.ipMatch();
            PeerId relay = message.said == null ? null : message.said.relay();
            SignalStatus status = target.react(opened, relay, match, bytes, now);
            shared.metrics().deliveries[status.code().number()]++;
        }
        return Judgement.ACCEPT;
    }

    private static Message read(GossipSignal signal) throws MalformedException {
        if (signal.kind() == GossipSignal.REQUEST) {
            Shared.Opened opened = Shared.Opened.read(signal.envelope());
            Fields.require(opened.request().relay() == null, "a relay in a request for any");
            return new Message(null, null, opened);
        }
        SignedEnvelope outer = SignedObject.RELAY.open(signal.envelope());
        RelayAttestation said = RelayAttestation.parse(outer.payload());
        Shared.Opened opened = Shared.Opened.read(said.requestEnvelope());
        PeerId relay = opened.request().relay();
        Fields.require(said.via() == RelayAttestation.GOSSIP, "not via gossip");
        Fields.require(relay == null || relay.equals(said.relay()), "another relay");
        return new Message(outer, said, opened);
    }

    /// The request that a message is about; null if it is none.
    static byte @Nullable [] requestPayload(byte[] data) {
        try {
            return read(GossipSignal.parse(data)).opened.envelope().payload();
        } catch (MalformedException _) {
            return null;
        }
    }
}
