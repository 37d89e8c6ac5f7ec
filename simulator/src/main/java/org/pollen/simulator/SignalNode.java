package org.pollen.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PublicKey;
import org.pollen.signalling.AddressBook;
import org.pollen.signalling.Identity;
import org.pollen.signalling.Instants;
import org.pollen.signalling.Links;
import org.pollen.signalling.PunchAddress;
import org.pollen.signalling.RequestId;
import org.pollen.signalling.SignalCode;
import org.pollen.signalling.SignalFrame;
import org.pollen.signalling.SignalOutput;
import org.pollen.signalling.SignalStatus;
import org.pollen.signalling.Signalling;

/// A node that runs the core of signalling, its effects wired to the streams of a world. Dials lead
/// to nobody.
final class SignalNode implements Links, AddressBook, SignalOutput {
    final SignalWorld world;
    final Identity identity;
    final Signalling core;
    private final Set<PeerId> connected = new LinkedHashSet<>();
    private final Map<PeerId, PeerRecord> records = new HashMap<>(); // never iterated
    final Map<PeerId, Long> heardOf = new HashMap<>(); // when it began to punch whom
    private final Set<PeerId> punching = new HashSet<>(); // never iterated
    final Map<SignalCode, Integer> failures = new HashMap<>();
    final List<Long> punchStarts = new ArrayList<>();
    long bytesThatLedToPunches;
    long delivered;
    private long tickAt = Long.MAX_VALUE;

    SignalNode(SignalWorld world, PublicKey key) {
        this.world = world;
        identity = SignalWorld.identity(key);
        core =
                new Signalling(
                        world.config,
                        identity,
                        SignalWorld.VERIFIER,
                        SignalWorld.WORK,
                        world.random.split(),
                        this,
                        this,
                        this,
                        world.instants());
    }

    PeerId id() {
        return identity.peerId();
    }

    void connect(SignalNode other) {
        connected.add(other.id());
        other.connected.add(id());
    }

    /// A peer that is no node: an attacker at the other end.
    void connect(PeerId other) {
        connected.add(other);
    }

    /// What a peer certifies about itself.
    void knows(PeerId peer, String... addresses) {
        var list = new ArrayList<Multiaddr>();
        for (String address : addresses) list.add(Multiaddr.parse(address));
        records.put(peer, new PeerRecord(peer, 1, list));
    }

    /// A frame on a stream that a peer opened.
    @Nullable SignalStatus receive(PeerId from, SignalFrame frame) {
        return receive(from, frame.toByteArray());
    }

    private @Nullable SignalStatus receive(PeerId from, byte[] frame) {
        long before = punchStarts.size();
        SignalStatus status = core.onFrame(from, false, frame, world.instants());
        if (punchStarts.size() > before) bytesThatLedToPunches += frame.length;
        ticked();
        return status;
    }

    void request(PeerId target) {
        core.request(target, false, world.instants());
        ticked();
    }

    /// Has the core run when it wants to.
    private void ticked() {
        long next = core.nextTickAt();
        if (next >= tickAt || next == Long.MAX_VALUE) return;
        tickAt = next;
        world.at(
                next,
                () -> {
                    if (tickAt != next) return;
                    tickAt = Long.MAX_VALUE;
                    core.onTick(world.instants());
                    ticked();
                });
    }

    private void later(java.util.function.Consumer<Instants> what) {
        world.after(
                world.latency(),
                () -> {
                    what.accept(world.instants());
                    ticked();
                });
    }

    // Effects.

    @Override
    public void submit(PeerId relay, byte[] frame, RequestId id) {
        send(relay, frame, status -> core.onSubmitAnswer(id, status, world.instants()));
    }

    @Override
    public void deliver(PeerId target, byte[] frame, long delivery) {
        delivered++;
        send(target, frame, status -> core.onDeliverAnswer(delivery, status, world.instants()));
    }

    private void send(
            PeerId to, byte[] frame, java.util.function.Consumer<@Nullable SignalStatus> answer) {
        SignalNode node = world.find(to);
        if (node == null) return;
        world.after(
                world.latency(),
                () -> {
                    SignalStatus status = node.receive(id(), frame);
                    later(_ -> answer.accept(status));
                });
    }

    @Override
    public void notice(PeerId to, byte[] frame) {
        send(to, frame, _ -> {});
    }

    @Override
    public void publish(byte[] mask, byte[] data) {}

    @Override
    public void solve(long work, byte[] prefix, int difficulty) {
        long took = world.workNanos(difficulty, SignalWorld.HASHES_PER_SECOND);
        long counter = SignalWorld.counter(prefix, difficulty);
        world.after(
                took,
                () -> {
                    core.onSolved(work, counter, world.instants());
                    ticked();
                });
    }

    @Override
    public void cancelSolve(long work) {}

    @Override
    public void query(PeerId neighbour, PeerId about) {
        later(now -> core.onRecord(about, null, now));
    }

    @Override
    public void dial(
            long dial, PeerId expected, PunchAddress address, long timeout, boolean initiator) {
        punched(expected);
    }

    @Override
    public void cancelDial(long dial) {}

    @Override
    public void datagram(PunchAddress address, byte[] payload) {}

    /// Another packet of a punch under way is no new punch.
    private void punched(PeerId peer) {
        heardOf.putIfAbsent(peer, world.now());
        if (punching.add(peer)) punchStarts.add(world.now());
    }

    @Override
    public void punched(PeerId peer, SignalCode result, List<RequestId> requests) {
        punching.remove(peer);
    }

    @Override
    public void requestFailed(PeerId target, SignalCode why) {
        failures.merge(why, 1, Integer::sum);
    }

    // What the core asks.

    @Override
    public boolean direct(PeerId peer) {
        return connected.contains(peer);
    }

    @Override
    public int rttMillis(PeerId peer) {
        return 50;
    }

    @Override
    public byte @Nullable [] remoteIp(PeerId peer) {
        return null;
    }

    @Override
    public List<PeerId> signallers() {
        return List.copyOf(connected);
    }

    @Override
    public List<Multiaddr> listenAddresses() {
        return List.of();
    }

    @Override
    public @Nullable PeerRecord certified(PeerId peer) {
        return records.get(peer);
    }

    @Override
    public List<Multiaddr> met(PeerId peer, long nowMillis) {
        return List.of();
    }

    @Override
    public void learned(PeerRecord record) {
        records.put(record.peerId(), record);
    }
}
