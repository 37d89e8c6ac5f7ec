package org.pollen.simulator;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.router.RpcMessage;
import org.pollen.router.Verdict;
import org.pollen.signalling.AddressBook;
import org.pollen.signalling.Instants;
import org.pollen.signalling.Links;
import org.pollen.signalling.PunchAddress;
import org.pollen.signalling.RequestId;
import org.pollen.signalling.SignalCode;
import org.pollen.signalling.SignalConfig;
import org.pollen.signalling.SignalOutput;
import org.pollen.signalling.SignalVerdict;
import org.pollen.signalling.Signalling;

/// The signalling of a peer on the path of gossip: it judges what the router brings.
final class SignalPeer implements Application, Links, AddressBook, SignalOutput {
    /// What a message costs to read and its work to check: 24 to 60 us, measured on a busy machine
    /// (a signature: 126 to 216).
    static final long READ_NANOS = 40_000;

    static final long SIGNATURE_NANOS = 200_000;

    private static final long EPOCH_MILLIS = 1_700_000_000_000L;

    private final HonestPeer peer;
    private final boolean blames;
    final Signalling core;
    final Set<Integer> heard = new HashSet<>(); // hashes of what it judged; never iterated
    long accepted;
    long acceptedLate;
    long judged;

    /// @param blames whether who passes on an equivocation is blamed, as the specification of
    ///   signalling has it
    SignalPeer(HonestPeer peer, SignalConfig config, boolean blames) {
        this.peer = peer;
        this.blames = blames;
        core =
                new Signalling(
                        config,
                        SignalWorld.identity(SignalGossip.key(peer.index)),
                        SignalWorld.VERIFIER,
                        SignalWorld.WORK,
                        Mix.stream(peer.simulation.seed(), peer.index, 64),
                        this,
                        this,
                        this,
                        instants(0));
    }

    static Instants instants(long nanos) {
        return new Instants(nanos, EPOCH_MILLIS + nanos / 1_000_000);
    }

    @Override
    public void judge(long ticket, RpcMessage message, int from, long now) {
        byte[] data = message.data();
        PeerId forwarder = peer.simulation.peerId(Math.max(0, from));
        var judgement = core.onGossip(forwarder, message.mask().bytes(), data, instants(now));
        judged++;
        heard.add(java.util.Arrays.hashCode(data));
        SignalVerdict verdict = judgement.verdict();
        if (blames && judgement.reason().equals("equivocation")) verdict = SignalVerdict.REJECT;
        if (verdict == SignalVerdict.ACCEPT) accepted++;
        if (verdict == SignalVerdict.ACCEPT && now > SignalGossip.LATE) acceptedLate++;
        Verdict word =
                switch (verdict) {
                    case ACCEPT -> Verdict.ACCEPT;
                    case REJECT -> Verdict.REJECT;
                    case IGNORE -> Verdict.IGNORE;
                };
        peer.router().onValidated(ticket, word, now);
    }

    /// Processor time of all it judged.
    double cpuSeconds() {
        long signatures = core.metrics().signaturesChecked();
        return (judged * READ_NANOS + signatures * SIGNATURE_NANOS) / 1e9;
    }

    @Override
    public void event(long word, long now) {}

    // It is nobody's target, so nothing of this is asked or done.

    @Override
    public boolean direct(PeerId other) {
        return false;
    }

    @Override
    public int rttMillis(PeerId other) {
        return 0;
    }

    @Override
    public byte @Nullable [] remoteIp(PeerId other) {
        return null;
    }

    @Override
    public List<PeerId> signallers() {
        return List.of();
    }

    @Override
    public List<Multiaddr> listenAddresses() {
        return List.of();
    }

    @Override
    public @Nullable PeerRecord certified(PeerId other) {
        return null;
    }

    @Override
    public List<Multiaddr> met(PeerId other, long nowMillis) {
        return List.of();
    }

    @Override
    public void learned(PeerRecord record) {}

    @Override
    public void submit(PeerId relay, byte[] frame, RequestId id) {}

    @Override
    public void deliver(PeerId target, byte[] frame, long delivery) {}

    @Override
    public void notice(PeerId to, byte[] frame) {}

    @Override
    public void publish(byte[] mask, byte[] data) {}

    @Override
    public void solve(long work, byte[] prefix, int difficulty) {}

    @Override
    public void cancelSolve(long work) {}

    @Override
    public void query(PeerId neighbour, PeerId about) {}

    @Override
    public void dial(
            long dial, PeerId expected, PunchAddress address, long timeout, boolean initiator) {}

    @Override
    public void cancelDial(long dial) {}

    @Override
    public void datagram(PunchAddress address, byte[] payload) {}

    @Override
    public void punched(PeerId other, SignalCode result, List<RequestId> requests) {}

    @Override
    public void requestFailed(PeerId target, SignalCode why) {}
}
