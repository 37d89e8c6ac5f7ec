package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.peer.PublicKey;
import org.pollen.signalling.Identity;
import org.pollen.signalling.Pow;
import org.pollen.signalling.ProofOfWork;
import org.pollen.signalling.RelayAttestation;
import org.pollen.signalling.SignalCode;
import org.pollen.signalling.SignalConfig;
import org.pollen.signalling.SignalFrame;
import org.pollen.signalling.SignalRequest;
import org.pollen.signalling.SignalStatus;
import org.pollen.signalling.SignedObject;
import org.pollen.simulator.Verdict.Gate;

/// Attacks on signalling over streams: the core of a node at relays and targets, attackers that
/// send whatever they like.
///
/// Source: simulator specification 3.8.
final class SignalAttacks {
    private static final long SECOND = SignalWorld.SECOND;
    private static final long MILLI = SignalWorld.MILLI;
    private static final byte[] NONE = {};
    private static final String VICTIM = "/ip4/8.8.8.8/tcp/4001";

    private SignalAttacks() {}

    private static byte[] signed(Identity by, SignalRequest request) {
        return by.seal(SignedObject.REQUEST, request.toByteArray());
    }

    private static byte[] attested(Identity relay, byte[] request, SignalWorld world) {
        var said =
                new RelayAttestation(
                        relay.peerId(),
                        request,
                        world.instants().epochMillis(),
                        50,
                        new byte[RelayAttestation.NONCE_BYTES],
                        RelayAttestation.STREAM,
                        RelayAttestation.IP_UNKNOWN);
        return relay.seal(SignedObject.RELAY, said.toByteArray());
    }

    private static SignalRequest worked(SignalRequest plain, int bits) {
        byte[] prefix = ProofOfWork.prefix(plain, NONE);
        return plain.withPow(Pow.unsolicited(bits, SignalWorld.counter(prefix, bits)));
    }

    // K-60.

    static List<Gate> flood(Arena arena) {
        return flood(arena, SignalConfig.DEFAULTS);
    }

    static List<Gate> flood(Arena arena, SignalConfig config) {
        double most = 20 + 10 * 10;
        long fast = oneKey(arena, config, 10_000, 10, true).core.metrics().signaturesChecked();
        long steady = oneKey(arena, config, 30, 10, true).core.metrics().signaturesChecked();
        SignalNode relay = oneKey(arena, config, 10_000, 10, false);
        return List.of(
                Gate.atMost("10,000/s: requests past the relay's buckets", most, fast),
                Gate.atLeast("30/s: requests past them (20 + 10/s)", 119, steady),
                Gate.atMost("30/s: requests past them (20 + 10/s)", most, steady),
                Gate.atMost(
                        "10,000/s: deliveries to one target (5 + 1/s)", 5 + 10, relay.delivered));
    }

    /// One attacker, one relay; toward one target, or toward many. Each request comes at a random
    /// instant of its share of the second.
    private static SignalNode oneKey(
            Arena arena, SignalConfig config, int perSecond, int seconds, boolean spread) {
        var world = new SignalWorld(arena, config);
        SignalNode relay = world.node(1);
        SignalNode target = world.node(2);
        relay.connect(target);
        Identity attacker = SignalWorld.identity(world.key(3).publicKey());
        relay.connect(attacker.peerId());
        var others = new ArrayList<PeerId>();
        for (int i = 0; i < 1000; i++) others.add(world.key(100 + i).publicKey().peerId());
        for (int i = 0; i < perSecond * seconds; i++) {
            long nonce = i;
            PeerId to = spread ? others.get(i % others.size()) : target.id();
            world.at(
                    i * SECOND / perSecond + world.random.nextLong(SECOND / perSecond),
                    () -> {
                        SignalRequest request =
                                world.request(attacker.peerId(), to, relay.id(), nonce);
                        byte[] envelope = signed(attacker, request);
                        var _ = relay.receive(attacker.peerId(), new SignalFrame.Submit(envelope));
                    });
        }
        world.run(seconds * SECOND);
        world.sign(arena);
        return relay;
    }

    // K-61.

    static List<Gate> manyKeys(Arena arena) {
        return manyKeys(arena, SignalConfig.DEFAULTS);
    }

    static List<Gate> manyKeys(Arena arena, SignalConfig config) {
        var gates = new ArrayList<Gate>();
        gates.addAll(atTheRelay(arena, config));
        gates.addAll(atTheTarget(arena, config));
        return gates;
    }

    /// Attackers that share what they can hash: they send requests without work all the time, and
    /// with the work that is asked for when they have done it; every other of those first several
    /// times with signatures that are wrong, since the work covers all but them.
    private static final class Botnet {
        private static final int SPOILT = 8;

        private final SignalWorld world;
        private final List<PublicKey> keys = new ArrayList<>();
        private final double hashesPerMilli;
        private double hashes;
        private int asked;
        private long sent;
        int hardest;
        private int solved;
        int mostSpoilt; // wrong signatures of one request that passed its work

        Botnet(SignalWorld world, int count, double hashesPerSecond) {
            this.world = world;
            hashesPerMilli = hashesPerSecond / 1000;
            for (int i = 0; i < count; i++) keys.add(world.key(100 + i).publicKey());
        }

        PublicKey next() {
            return keys.get((int) (sent % keys.size()));
        }

        /// The next request, with work if it is paid for.
        SignalRequest request(PeerId target, PeerId relay) {
            SignalRequest plain = world.request(next().peerId(), target, relay, sent++);
            double cost = Math.pow(2, asked);
            if (asked == 0 || hashes < cost) return plain;
            hashes -= cost;
            return SignalAttacks.worked(plain, asked);
        }

        /// Sends a request of theirs to a relay.
        void send(SignalNode relay, Identity by, SignalRequest request) {
            byte[] envelope = signed(by, request);
            if (request.pow() != null && solved++ % 2 == 0) spoilt(relay, by, envelope);
            heard(relay.receive(by.peerId(), new SignalFrame.Submit(envelope)));
        }

        private void spoilt(SignalNode relay, Identity by, byte[] envelope) {
            int passed = 0;
            for (int i = 1; i <= SPOILT; i++) {
                byte[] wrong = envelope.clone();
                wrong[wrong.length - i] ^= 1;
                SignalStatus status = relay.receive(by.peerId(), new SignalFrame.Submit(wrong));
                heard(status);
                if (status != null && status.code() == SignalCode.BAD_REQUEST_SIGNATURE) passed++;
            }
            mostSpoilt = Math.max(mostSpoilt, passed);
        }

        void heard(@Nullable SignalStatus status) {
            if (status == null) return;
            if (status.code() == SignalCode.ACCEPTED && hashes < Math.pow(2, asked)) asked = 0;
            var challenge = status.challenge();
            if (challenge != null) asked = challenge.difficulty();
            hardest = Math.max(hardest, asked);
        }

        void hash() {
            hashes = Math.min(hashes + hashesPerMilli, 3e7);
        }
    }

    /// Honest peers that each want another through a relay; when they get it.
    private static final class Users {
        private final SignalWorld world;
        private final List<SignalNode> from = new ArrayList<>();
        private final List<SignalNode> to = new ArrayList<>();
        private final List<Long> asked = new ArrayList<>();

        Users(SignalWorld world) {
            this.world = world;
        }

        void add(SignalNode source, SignalNode target, long at) {
            target.knows(source.id(), "/ip4/9.9." + from.size() + ".9/tcp/4001");
            source.knows(target.id(), "/ip4/7.7." + from.size() + ".7/tcp/4001");
            from.add(source);
            to.add(target);
            asked.add(at);
            world.at(at, () -> source.request(target.id()));
        }

        /// Seconds until the target began to punch; for ever if it never did.
        double[] seconds() {
            var all = new double[from.size()];
            for (int i = 0; i < all.length; i++) {
                Long first = to.get(i).heardOf.get(from.get(i).id());
                all[i] =
                        first == null
                                ? Double.POSITIVE_INFINITY
                                : (double) (first - asked.get(i)) / SECOND;
            }
            Arrays.sort(all);
            return all;
        }
    }

    private static List<Gate> atTheRelay(Arena arena, SignalConfig config) {
        int seconds = 30;
        int honest = 40;
        var world = new SignalWorld(arena, config);
        SignalNode relay = world.node(1);
        SignalNode somebody = world.node(2);
        relay.connect(somebody);
        // A hundred cores: about what keeps the bucket empty at 22 bits.
        var botnet = new Botnet(world, 10_000, 450e6);
        var users = new Users(world);
        for (int i = 0; i < honest; i++) {
            SignalNode source = world.node(50_000 + 2 * i);
            SignalNode target = world.node(50_001 + 2 * i);
            source.connect(relay);
            target.connect(relay);
            users.add(source, target, 5 * SECOND + world.random.nextLong(15 * SECOND));
        }
        for (long ms = 0; ms < seconds * 1000L; ms++) {
            world.at(
                    ms * MILLI,
                    () -> {
                        botnet.hash();
                        for (int i = 0; i < 2; i++) {
                            Identity by = SignalWorld.identity(botnet.next());
                            relay.connect(by.peerId());
                            SignalRequest request = botnet.request(somebody.id(), relay.id());
                            botnet.send(relay, by, request);
                        }
                    });
        }
        world.run(seconds * SECOND);
        world.sign(arena);
        double[] waits = users.seconds();
        long admitted = relay.core.metrics().signaturesChecked();
        return List.of(
                Gate.atMost(
                        "relay: requests past the work (200 + 100/s, and 5 + 5/s of the reserve)",
                        200 + 100.0 * seconds + 5 + 5.0 * seconds,
                        admitted),
                Gate.atMost(
                        "relay: copies of a solved request with wrong signatures that pass its work",
                        2,
                        botnet.mostSpoilt),
                Gate.atLeast("relay: most work that was asked for, bits", 22, botnet.hardest),
                Gate.atMost("relay: most work that was asked for, bits", 22, botnet.hardest),
                Gate.atMost(
                        "relay: honest solvers served, p95 s",
                        5,
                        waits[(int) Math.ceil(0.95 * waits.length) - 1]));
    }

    private static List<Gate> atTheTarget(Arena arena, SignalConfig config) {
        int seconds = 30;
        var world = new SignalWorld(arena, config);
        SignalNode target = world.node(2);
        var relays = new ArrayList<Identity>();
        for (int i = 0; i < 40; i++) {
            Identity relay = SignalWorld.identity(world.key(10 + i).publicKey());
            relays.add(relay);
            target.connect(relay.peerId());
        }
        var botnet = new Botnet(world, 10_000, 90e6);
        SignalNode honestRelay = world.node(3);
        honestRelay.connect(target);
        var users = new Users(world);
        for (int i = 0; i < 20; i++) {
            SignalNode source = world.node(60_000 + i);
            source.connect(honestRelay);
            users.add(source, target, 5 * SECOND + i * 750L * MILLI);
        }
        for (long ms = 0; ms < seconds * 1000L; ms += 4) {
            long number = ms / 4;
            world.at(
                    ms * MILLI,
                    () -> {
                        for (int i = 0; i < 4; i++) botnet.hash();
                        Identity relay = relays.get((int) (number % relays.size()));
                        Identity by = SignalWorld.identity(botnet.next());
                        SignalRequest request = botnet.request(target.id(), relay.peerId());
                        byte[] envelope = attested(relay, signed(by, request), world);
                        botnet.heard(
                                target.receive(relay.peerId(), new SignalFrame.Deliver(envelope)));
                    });
        }
        world.run(seconds * SECOND);
        world.sign(arena);
        double[] waits = users.seconds();
        return List.of(
                Gate.atMost(
                        "target: requests past the work (60 + 20/s, and 5 + 5/s of the reserve)",
                        60 + 20.0 * seconds + 5 + 5.0 * seconds,
                        target.core.metrics().signaturesChecked() / 2.0),
                Gate.atMost(
                        "target: honest solvers served, p95 s",
                        5,
                        waits[(int) Math.ceil(0.95 * waits.length) - 1]));
    }

    // K-62.

    static List<Gate> replay(Arena arena) {
        return replay(arena, SignalConfig.DEFAULTS.withReplayCapacity(256));
    }

    static List<Gate> replay(Arena arena, SignalConfig config) {
        var world = new SignalWorld(arena, config);
        SignalNode relay = world.node(1);
        SignalNode target = world.node(2);
        SignalNode otherRelay = world.node(4);
        relay.connect(target);
        otherRelay.connect(target);
        Identity source = SignalWorld.identity(world.key(3).publicKey());
        relay.connect(source.peerId());
        otherRelay.connect(source.peerId());
        target.knows(source.peerId(), VICTIM);
        byte[] envelope =
                signed(source, world.request(source.peerId(), target.id(), relay.id(), 1));
        byte[] outer = attested(relay.identity, envelope, world);
        // Once as it was meant, then again and again: within its life, at its edge and after it.
        long[] millis = {0, 10, 1_000, 10_000, 24_990, 25_010, 34_990, 39_900, 40_100, 90_000};
        for (long at : millis) {
            world.at(
                    at * MILLI,
                    () -> {
                        var submit = new SignalFrame.Submit(envelope);
                        var _ = relay.receive(source.peerId(), submit);
                        var _ = otherRelay.receive(source.peerId(), submit);
                        byte[] rewrapped = attested(otherRelay.identity, envelope, world);
                        var _ = target.receive(relay.id(), new SignalFrame.Deliver(outer));
                        var _ = target.receive(otherRelay.id(), new SignalFrame.Deliver(rewrapped));
                    });
        }
        world.run(100 * SECOND);
        long copies = relay.delivered + otherRelay.delivered;
        long begun = target.punchStarts.size();
        long most = full(world, relay, target);
        long refused = relay.core.metrics().submits(SignalCode.OVERLOADED);
        world.sign(arena);
        return List.of(
                Gate.atLeast("deliveries of the request", 1, copies),
                Gate.atMost("deliveries of the request", 1, copies),
                Gate.atLeast("punches it led to", 1, begun),
                Gate.atMost("punches it led to", 1, begun),
                Gate.atMost("entries of a replay cache for 256", 256, most),
                Gate.atLeast("requests refused by the full cache", 1, refused),
                Gate.atMost("requests that came through twice while it was full", 0, world.twice));
    }

    /// Fills the relay's cache, and sends each request again.
    private static long full(SignalWorld world, SignalNode relay, SignalNode target) {
        var seen = new ArrayList<byte[]>();
        var by = new ArrayList<PeerId>();
        long start = world.now();
        for (int i = 0; i < 400; i++) {
            int number = i;
            world.at(
                    start + i * 12L * MILLI,
                    () -> {
                        Identity source = SignalWorld.identity(world.key(200 + number).publicKey());
                        relay.connect(source.peerId());
                        byte[] envelope =
                                signed(
                                        source,
                                        world.request(
                                                source.peerId(), target.id(), relay.id(), number));
                        SignalStatus status =
                                relay.receive(source.peerId(), new SignalFrame.Submit(envelope));
                        if (status == null || status.code() == SignalCode.OVERLOADED) return;
                        seen.add(envelope);
                        by.add(source.peerId());
                    });
        }
        world.run(start + 5 * SECOND);
        long most = relay.core.relay().replayEntries();
        long before = relay.core.metrics().submits(SignalCode.ACCEPTED);
        for (int i = 0; i < seen.size(); i++) {
            int number = i;
            world.at(
                    start + 6 * SECOND + i * 12L * MILLI,
                    () -> {
                        var again = new SignalFrame.Submit(seen.get(number));
                        var _ = relay.receive(by.get(number), again);
                    });
        }
        world.run(start + 12 * SECOND);
        world.twice = relay.core.metrics().submits(SignalCode.ACCEPTED) - before;
        return Math.max(most, relay.core.relay().replayEntries());
    }

    // K-63.

    static List<Gate> reflection(Arena arena) {
        return reflection(arena, SignalConfig.DEFAULTS);
    }

    static List<Gate> reflection(Arena arena, SignalConfig config) {
        int targets = 20;
        int sources = 30;
        int seconds = 590;
        var world = new SignalWorld(arena, config);
        Identity relay = SignalWorld.identity(world.key(1).publicKey());
        var nodes = new ArrayList<SignalNode>();
        for (int t = 0; t < targets; t++) {
            SignalNode node = world.node(1000 + t);
            node.connect(relay.peerId());
            nodes.add(node);
        }
        // Accomplices of the relay, who all certify the victim's address, on TCP and on QUIC.
        for (int s = 0; s < sources; s++) {
            Identity source = SignalWorld.identity(world.key(2000 + s).publicKey());
            for (SignalNode node : nodes) {
                node.knows(
                        source.peerId(),
                        "/ip4/8.8.8.8/tcp/" + (4001 + s),
                        "/ip4/8.8.8.8/udp/" + (4001 + s) + "/quic-v1",
                        "/ip4/8.8.8.8/tcp/" + (5001 + s));
            }
            for (int round = 0; round * sources + s < seconds; round++) {
                long nonce = round;
                long second = round * (long) sources + s;
                for (SignalNode node : nodes) {
                    world.at(
                            second * SECOND + world.random.nextLong(SECOND),
                            () -> {
                                SignalRequest request =
                                        world.request(
                                                source.peerId(), node.id(), relay.peerId(), nonce);
                                byte[] outer = attested(relay, signed(source, request), world);
                                var _ =
                                        node.receive(
                                                relay.peerId(), new SignalFrame.Deliver(outer));
                            });
                }
            }
        }
        world.run((seconds + 20L) * SECOND);
        world.sign(arena);
        double worstRatio = 0;
        long mostPunches = 0;
        long punches = 0;
        for (SignalNode node : nodes) {
            double out = node.core.metrics().punchBytesOut();
            worstRatio = Math.max(worstRatio, out / node.bytesThatLedToPunches);
            mostPunches = Math.max(mostPunches, node.punchStarts.size());
            punches += node.punchStarts.size();
        }
        return List.of(
                Gate.atLeast("punches toward the victim, all targets", targets, punches),
                Gate.atMost(
                        "bytes to the victim for a byte of the requests that led to them",
                        1.5,
                        worstRatio),
                Gate.atMost(
                        "punches of one target toward the victim (2, and 1 each 300 s)",
                        3,
                        mostPunches));
    }
}
