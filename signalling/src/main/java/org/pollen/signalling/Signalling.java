package org.pollen.signalling;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.SignedEnvelope;

/// All of signalling of one node: frames of streams, gossip and time come in, effects leave through
/// a [SignalOutput]. One thread.
public final class Signalling {
    private final Shared shared;
    private final PunchEngine engine;
    private final SignalRelay relay;
    private final SignalTarget target;
    private final SignalRequester requester;
    private final GossipSignals gossip;
    private boolean stopped;

    /// @param work check of work, [ProofOfWork.Check#SHA256] in nodes
    /// @param random for nonces and secrets: a secure one in nodes
    public Signalling(
            SignalConfig config,
            Identity self,
            Verifier verifier,
            ProofOfWork.Check work,
            RandomGenerator random,
            Links links,
            AddressBook book,
            SignalOutput output,
            Instants now) {
        shared =
                new Shared(
                        config,
                        self,
                        verifier,
                        work,
                        random,
                        links,
                        book,
                        output,
                        new Standing(config.tableEntries()),
                        new Challenges(self.peerId(), random, now.nanos()),
                        new TimeRules(config.skewMillis(), config.maxLifetimeMillis()),
                        new SignalMetrics());
        engine = new PunchEngine(shared, this::punchEnded, now);
        relay = new SignalRelay(shared, now);
        target = new SignalTarget(shared, engine, now);
        requester = new SignalRequester(shared, engine);
        gossip = new GossipSignals(shared, target, now);
    }

    private void punchEnded(PunchAttempt attempt, SignalCode result) {
        requester.onPunchEnded(attempt.peer);
        if (!attempt.initiator) target.onPunchEnded(attempt, result);
        var ids = attempt.askers.stream().map(PunchAttempt.Asker::id).toList();
        shared.output().punched(attempt.peer, result, ids);
    }

    /// A frame on a stream that a peer opened.
    ///
    /// @param relayed whether the connection goes through a relay
    /// @param frame without its length
    /// @return what is answered; null to reset the stream
    public @Nullable SignalStatus onFrame(
            PeerId from, boolean relayed, byte[] frame, Instants now) {
        if (stopped) return null;
        shared.metrics().bytesIn += frame.length;
        try {
            return switch (SignalFrame.parse(frame)) {
                case SignalFrame.Submit submit ->
                        relay.onSubmit(from, relayed, submit.requestEnvelope(), now);
                case SignalFrame.Deliver deliver ->
                        target.onDeliver(from, deliver.relayEnvelope(), frame.length, now);
                case SignalFrame.Notice notice ->
                        onNotice(from, notice.noticeEnvelope(), frame, now);
                case SignalFrame.Status _ -> {
                    shared.malformed(from, now);
                    yield null; // an answer to nothing
                }
            };
        } catch (MalformedException _) {
            shared.malformed(from, now);
            return null;
        }
    }

    private SignalStatus onNotice(PeerId from, byte[] bytes, byte[] frame, Instants now) {
        if (shared.standing().banned(from, now.nanos())) return SignalStatus.of(SignalCode.BANNED);
        SignalStatus limited = relay.charge(from, now);
        if (limited != null) return limited;
        try {
            SignedEnvelope envelope = SignedObject.NOTICE.open(bytes);
            SignalNotice notice = SignalNotice.parse(envelope.payload());
            if (!notice.to().equals(shared.self().peerId())) {
                return relay.onNotice(from, notice, frame, now);
            }
            boolean meant = requester.onNotice(envelope, notice, now);
            return SignalStatus.of(meant ? SignalCode.ACCEPTED : SignalCode.BAD_TARGET);
        } catch (MalformedException _) {
            return shared.malformed(from, now);
        }
    }

    /// Asks for a direct connection to a peer.
    ///
    /// @param mayGossip whether, when no relay helps, mesh peers may learn of it
    public void request(PeerId peer, boolean mayGossip, Instants now) {
        if (!stopped) requester.request(peer, mayGossip, now);
    }

    /// The answer to [SignalOutput#submit]; null if there was none.
    public void onSubmitAnswer(RequestId id, @Nullable SignalStatus status, Instants now) {
        requester.onAnswer(id, status, now);
    }

    /// The answer to [SignalOutput#deliver]; null if there was none.
    public void onDeliverAnswer(long delivery, @Nullable SignalStatus status, Instants now) {
        relay.onDeliverAnswer(delivery, status, now);
    }

    /// Reads an answer.
    ///
    /// @return null if it is none
    public static @Nullable SignalStatus answer(byte[] frame) {
        try {
            return SignalFrame.parse(frame) instanceof SignalFrame.Status status
                    ? status.status()
                    : null;
        } catch (MalformedException _) {
            return null;
        }
    }

    /// What [SignalOutput#solve] found; -1 for nothing.
    public void onSolved(long work, long counter, Instants now) {
        requester.onSolved(work, counter, now);
    }

    /// The answer to [SignalOutput#query]; null if there was none.
    public void onRecord(PeerId about, byte @Nullable [] envelope, Instants now) {
        engine.onRecord(about, envelope, now);
    }

    /// A dial got through.
    ///
    /// @param actual who is there
    /// @param ephemeral whether another port than the listen port was used
    public void onDialed(long dial, PeerId actual, boolean ephemeral, Instants now) {
        engine.onDialed(dial, actual, ephemeral, now);
    }

    /// A dial came to nothing.
    public void onDialFailed(long dial, Instants now) {
        engine.onDialFailed(dial, now);
    }

    /// There is a direct connection to a peer, by whatever means.
    public void onDirect(PeerId peer, Instants now) {
        engine.onDirect(peer, now);
    }

    /// Judges a gossip message on one of the masks of signalling, and reacts if it is for this
    /// node.
    public GossipSignals.Judgement onGossip(
            PeerId forwarder, byte[] mask, byte[] data, Instants now) {
        return stopped ? GossipSignals.Judgement.STOPPED : gossip.judge(forwarder, mask, data, now);
    }

    /// Does what is due.
    public void onTick(Instants now) {
        relay.onTick(now);
        requester.onTick(now);
        engine.onTick(now);
    }

    /// When [#onTick] is next needed, in nanoseconds; the largest number for never.
    public long nextTickAt() {
        return Math.min(relay.nextTickAt(), Math.min(requester.nextTickAt(), engine.nextTickAt()));
    }

    /// Ends everything; nothing is taken afterwards.
    public void stop(Instants now) {
        stopped = true;
        requester.stop();
        engine.stop(now);
        relay.stop();
    }

    /// This node.
    public PeerId peerId() {
        return shared.self().peerId();
    }

    /// The relay's part, to be asked.
    public SignalRelay relay() {
        return relay;
    }

    /// The target's part, to be asked.
    public SignalTarget target() {
        return target;
    }

    /// The requester's part, to be asked.
    public SignalRequester requester() {
        return requester;
    }

    /// Attempts to connect, to be asked.
    public PunchEngine punches() {
        return engine;
    }

    /// What peers did wrong.
    public Standing standing() {
        return shared.standing();
    }

    /// Counters.
    public SignalMetrics metrics() {
        return shared.metrics();
    }
}
