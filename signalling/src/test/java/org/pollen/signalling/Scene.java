package org.pollen.signalling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PrivateKey;

/// One node under test: what it knows is set, what it does is recorded, time is moved by hand.
final class Scene implements Links, AddressBook, SignalOutput {
    /// Something it sent.
    record Sent(String what, @Nullable PeerId peer, byte[] frame, long number) {}

    /// A dial, with when it began.
    record Dial(long id, PeerId expected, PunchAddress address, long timeout, long atMillis) {}

    final Set<PeerId> connected = new LinkedHashSet<>();
    final Map<PeerId, Integer> rtts = new HashMap<>();
    final Map<PeerId, byte[]> ips = new HashMap<>();
    final List<Multiaddr> listening = new ArrayList<>();
    final Map<PeerId, PeerRecord> records = new HashMap<>();
    final Map<PeerId, List<Multiaddr>> met = new HashMap<>();

    final List<Sent> sent = new ArrayList<>();
    final List<Dial> dials = new ArrayList<>();
    final List<Long> cancelled = new ArrayList<>();
    final List<Integer> datagrams = new ArrayList<>();
    final List<Long> datagramTimes = new ArrayList<>();
    final List<PeerId> queried = new ArrayList<>();
    final Map<PeerId, SignalCode> punched = new LinkedHashMap<>();
    final Map<PeerId, List<RequestId>> askers = new LinkedHashMap<>();
    final Map<PeerId, SignalCode> failed = new LinkedHashMap<>();
    final List<byte[]> prefixes = new ArrayList<>();
    final List<Integer> difficulties = new ArrayList<>();

    final Signalling node;
    Instants now = new Instants(0, Vectors.T0 + 200);

    Scene(PrivateKey key) {
        this(key, SignalConfig.DEFAULTS);
    }

    Scene(PrivateKey key, SignalConfig config) {
        node =
                new Signalling(
                        config,
                        Identity.of(key),
                        Verifier.KEYS,
                        ProofOfWork.Check.SHA256,
                        new SplittableRandom(1),
                        this,
                        this,
                        this,
                        now);
    }

    Scene connect(PeerId... peers) {
        connected.addAll(List.of(peers));
        return this;
    }

    /// A record of a peer, with these addresses.
    Scene certified(PrivateKey key, String... addresses) {
        PeerId peer = key.publicKey().peerId();
        var list = new ArrayList<Multiaddr>();
        for (String address : addresses) list.add(Multiaddr.parse(address));
        records.put(peer, new PeerRecord(peer, 1, list));
        return this;
    }

    Scene met(PeerId peer, String... addresses) {
        var list = new ArrayList<Multiaddr>();
        for (String address : addresses) list.add(Multiaddr.parse(address));
        met.put(peer, list);
        return this;
    }

    void pass(long millis) {
        now = now.plusMillis(millis);
    }

    /// Moves time, ticking whenever the node asks for it.
    void run(long millis) {
        long end = now.nanos() + millis * Instants.NANOS_PER_MILLI;
        for (int i = 0; i < 10_000; i++) {
            long next = node.nextTickAt();
            if (next > end) break;
            long ahead = Math.max(0, next - now.nanos()) / Instants.NANOS_PER_MILLI;
            pass(ahead);
            node.onTick(now);
        }
        now = now.plusMillis((end - now.nanos()) / Instants.NANOS_PER_MILLI);
        node.onTick(now);
    }

    SignalStatus submit(PeerId from, byte[] envelope) {
        return frame(from, new SignalFrame.Submit(envelope));
    }

    SignalStatus deliver(PeerId from, byte[] envelope) {
        return frame(from, new SignalFrame.Deliver(envelope));
    }

    SignalStatus frame(PeerId from, SignalFrame frame) {
        return Objects.requireNonNull(node.onFrame(from, false, frame.toByteArray(), now));
    }

    List<Sent> sent(String what) {
        return sent.stream().filter(each -> each.what.equals(what)).toList();
    }

    List<Long> dialTimes() {
        return dials.stream().map(Dial::atMillis).toList();
    }

    private long millis() {
        return now.nanos() / Instants.NANOS_PER_MILLI;
    }

    @Override
    public boolean direct(PeerId peer) {
        return connected.contains(peer);
    }

    @Override
    public int rttMillis(PeerId peer) {
        return rtts.getOrDefault(peer, 0);
    }

    @Override
    public byte @Nullable [] remoteIp(PeerId peer) {
        return ips.get(peer);
    }

    @Override
    public List<PeerId> signallers() {
        return List.copyOf(connected);
    }

    @Override
    public List<Multiaddr> listenAddresses() {
        return listening;
    }

    @Override
    public @Nullable PeerRecord certified(PeerId peer) {
        return records.get(peer);
    }

    @Override
    public List<Multiaddr> met(PeerId peer, long nowMillis) {
        return met.getOrDefault(peer, List.of());
    }

    @Override
    public void learned(PeerRecord record) {
        records.put(record.peerId(), record);
    }

    @Override
    public void submit(PeerId relay, byte[] frame, RequestId id) {
        sent.add(new Sent("submit", relay, frame, millis()));
    }

    @Override
    public void deliver(PeerId target, byte[] frame, long delivery) {
        sent.add(new Sent("deliver", target, frame, delivery));
    }

    @Override
    public void notice(PeerId to, byte[] frame) {
        sent.add(new Sent("notice", to, frame, millis()));
    }

    @Override
    public void publish(byte[] mask, byte[] data) {
        sent.add(new Sent("publish " + Vectors.hex(mask), null, data, millis()));
    }

    @Override
    public void solve(long work, byte[] prefix, int difficulty) {
        sent.add(new Sent("solve", null, prefix, work));
        prefixes.add(prefix);
        difficulties.add(difficulty);
    }

    @Override
    public void cancelSolve(long work) {
        sent.add(new Sent("cancelSolve", null, Fields.NONE, work));
    }

    @Override
    public void query(PeerId neighbour, PeerId about) {
        queried.add(neighbour);
    }

    @Override
    public void dial(
            long dial,
            PeerId expected,
            PunchAddress address,
            long timeoutMillis,
            boolean initiator) {
        dials.add(new Dial(dial, expected, address, timeoutMillis, millis()));
    }

    @Override
    public void cancelDial(long dial) {
        cancelled.add(dial);
    }

    @Override
    public void datagram(PunchAddress address, byte[] payload) {
        datagrams.add(payload.length);
        datagramTimes.add(millis());
    }

    @Override
    public void punched(PeerId peer, SignalCode result, List<RequestId> requests) {
        punched.put(peer, result);
        askers.put(peer, requests);
    }

    @Override
    public void requestFailed(PeerId target, SignalCode why) {
        failed.put(target, why);
    }
}
