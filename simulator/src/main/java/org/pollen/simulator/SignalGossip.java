package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.PublicKey;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams.MultiBitMode;
import org.pollen.router.RpcMessage;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScorePresets;
import org.pollen.signalling.GossipSignal;
import org.pollen.signalling.Pow;
import org.pollen.signalling.ProofOfWork;
import org.pollen.signalling.SignalConfig;
import org.pollen.signalling.SignalMask;
import org.pollen.signalling.SignalRequest;
import org.pollen.signalling.SignedObject;
import org.pollen.simulator.Verdict.Gate;

/// Attacks on signalling as gossip: the router and scores of a node on the 16 masks, with the
/// validation of signalling behind it.
///
/// Source: simulator specification 3.8, K-64 and K-65.
final class SignalGossip {
    private static final long SECOND = 1_000_000_000L;
    private static final long ATTACK = 15 * SECOND;

    /// After this an equivocator has been banned everywhere.
    static final long LATE = 22 * SECOND;

    private static final int HONEST = 60;
    private static final PeerScoreThresholds LIMITS =
            PeerScoreThresholds.builder().limits(-100, -200, -300).build();

    private SignalGossip() {}

    static PublicKey key(int number) {
        var seed = new byte[32];
        for (int i = 0; i < 4; i++) seed[i] = (byte) (number >>> (8 * i));
        seed[4] = 2;
        return PrivateKey.ed25519(seed).publicKey();
    }

    private static List<Mask> masks() {
        return IntStream.range(0, 16).mapToObj(i -> Mask.bit(SignalMask.BYTES, i)).toList();
    }

    /// A request as gossip, signed, with work of so many bits.
    private static byte[] message(PublicKey source, int target, long nonce, long at, int bits) {
        var bytes = new byte[SignalRequest.NONCE_BYTES];
        for (int i = 0; i < 8; i++) bytes[i] = (byte) (nonce >>> (8 * i));
        long issued = SignalPeer.instants(at).epochMillis();
        PeerId to = key(target).peerId();
        var plain =
                new SignalRequest(
                        source.peerId(), to, null, bytes, issued, issued + 15_000, 1, 0, null);
        byte[] prefix = ProofOfWork.prefix(plain, new byte[0]);
        SignalRequest request =
                bits == 0
                        ? plain
                        : plain.withPow(Pow.unsolicited(bits, SignalWorld.counter(prefix, bits)));
        byte[] envelope =
                SignalWorld.identity(source).seal(SignedObject.REQUEST, request.toByteArray());
        return new GossipSignal(GossipSignal.REQUEST, envelope).toByteArray();
    }

    private static Mask maskOf(int target) {
        return Mask.of(SignalMask.of(key(target).peerId()));
    }

    /// One run and what it came to.
    private static final class Field implements Simulation.Probe {
        final Map<Integer, SignalPeer> peers = new LinkedHashMap<>();
        private final int attackers;
        private final double[] leastOfAttackers;
        double leastOfHonest;

        Field(int attackers) {
            this.attackers = attackers;
            leastOfAttackers = new double[attackers];
        }

        /// The least score of the attacker that came off best.
        double bestOfAttackers() {
            return Arrays.stream(leastOfAttackers).max().orElse(0);
        }

        void run(Arena arena, SignalConfig config, boolean blames, int seconds, Spammer.Beat beat) {
            var links = new Links().dial(HONEST, 10, 0, arena.seed());
            for (int a = 0; a < attackers; a++) {
                for (int i = 0; i < 10; i++) {
                    links.add(HONEST + a, (a * 7 + i * 6) % HONEST, 0);
                }
            }
            Profile profile =
                    FurtherAttacks.blossom(MultiBitMode.COMPOSITE)
                            .with(
                                    ScorePresets.RECOMMENDED.toBuilder()
                                            .defaultTopicParams(ScorePresets.recommendedTopic(1))
                                            .build(),
                                    LIMITS);
            arena.run(
                    Setup.of(HONEST, Network.ideal(Latency.PL25), profile)
                            .seed(arena.seed())
                            .masks(masks())
                            .links(links)
                            .applications(peer -> {
                                var made = new SignalPeer(peer, config, blames);
                                peers.put(peer.index, made);
                                return made;
                            })
                            .attackers(attackers, (s, p, i) -> new Spammer(s, p, i, ATTACK, beat))
                            .attackBetween(ATTACK, Long.MAX_VALUE)
                            .probe(this)
                            .end(seconds * SECOND));
        }

        @Override
        public void sample(Simulation simulation, long now) {
            for (int i = 0; i < HONEST; i++) {
                HonestPeer peer = simulation.honestPeer(i);
                for (int a = 0; a < attackers; a++) {
                    leastOfAttackers[a] = Math.min(leastOfAttackers[a], peer.scoreOf(HONEST + a));
                }
                for (int other = 0; other < HONEST; other++) {
                    leastOfHonest = Math.min(leastOfHonest, peer.scoreOf(other));
                }
            }
        }
    }

    private static void all(Spammer self, RpcMessage message, long now) {
        for (int h = 0; h < self.handleLimit(); h++) {
            if (self.linked(h)) self.transmit(h, message, now);
        }
    }

    // K-64.

    static List<Gate> spam(Arena arena) {
        return spam(arena, SignalConfig.DEFAULTS, 0);
    }

    /// @param idle how many of the spammers send nothing
    static List<Gate> spam(Arena arena, SignalConfig config, int idle) {
        int attackers = 6;
        int seconds = 45;
        var field = new Field(attackers);
        var sent = new long[1];
        field.run(
                arena,
                config,
                false,
                seconds,
                (self, handle, now) -> {
                    if (handle > 0 || self.index < HONEST + idle) return;
                    for (int i = 0; i < 20; i++) { // on every mask, with no work and with 15 bits
                        long number = sent[0]++;
                        int target = (int) (number % 64);
                        byte[] data =
                                message(
                                        key(self.index),
                                        target,
                                        number,
                                        now,
                                        number % 2 == 0 ? 0 : 15);
                        all(self, self.partition.signer.compose(maskOf(target), data), now);
                    }
                });
        long accepted = 0;
        long signatures = 0;
        double cpu = 0;
        long judged = 0;
        for (SignalPeer peer : field.peers.values()) {
            accepted += peer.accepted;
            signatures += peer.core.metrics().signaturesChecked();
            cpu += peer.cpuSeconds();
            judged += peer.judged;
        }
        double share = cpu / (HONEST * (seconds - ATTACK / (double) SECOND));
        return List.of(
                Gate.atLeast("messages judged", 100, judged),
                Gate.atMost("messages accepted by anybody", 0, accepted),
                Gate.atMost("signatures checked", 0, signatures),
                Gate.atMost(
                        "least score of each spammer (graylist -300)",
                        -300,
                        field.bestOfAttackers()),
                Gate.atLeast("least score of an honest peer", 0, field.leastOfHonest),
                Gate.atMost("share of the network's processors", 0.02, share));
    }

    // K-65.

    static List<Gate> equivocation(Arena arena) {
        return equivocation(arena, false);
    }

    /// Two requests with one nonce at once, one to every other neighbour; then honest ones again.
    static List<Gate> equivocation(Arena arena, boolean blames) {
        var field = new Field(1);
        var beats = new int[1];
        var versions = new ArrayList<byte[]>();
        int target = 200;
        field.run(
                arena,
                SignalConfig.DEFAULTS,
                blames,
                60,
                (self, handle, now) -> {
                    if (handle > 0) return;
                    int beat = beats[0]++;
                    PublicKey source = key(self.index);
                    if (beat < 2) {
                        byte[] one = message(source, target, 7 + beat, now, 16);
                        byte[] two = message(source, target, 7 + beat, now + 1_000_000, 16);
                        versions.add(one);
                        versions.add(two);
                        for (int h = 0; h < self.handleLimit(); h++) {
                            if (!self.linked(h)) continue;
                            byte[] data = h % 2 == 0 ? one : two;
                            self.transmit(
                                    h, self.partition.signer.compose(maskOf(target), data), now);
                        }
                    } else if (now > LATE) {
                        byte[] data = message(source, target, 1000 + beat, now, 16);
                        all(self, self.partition.signer.compose(maskOf(target), data), now);
                    }
                });
        int both = 0;
        int bannedNot = 0;
        long later = 0;
        int othersBlamed = 0;
        PeerId source = key(HONEST).peerId();
        long end = 60 * SECOND;
        for (SignalPeer peer : field.peers.values()) {
            boolean saw =
                    peer.heard.contains(Arrays.hashCode(versions.get(0)))
                            && peer.heard.contains(Arrays.hashCode(versions.get(1)));
            if (saw) both++;
            if (saw && !peer.core.standing().banned(source, end)) bannedNot++;
            if (saw) later += peer.acceptedLate;
            if (peer.core.standing().size() > 1) othersBlamed++;
        }
        return List.of(
                Gate.atLeast("peers that saw both requests", HONEST / 2, both),
                Gate.atMost("of those, that did not ban the source for 600 s", 0, bannedNot),
                Gate.atMost("requests of the source they accepted later", 0, later),
                Gate.atMost("peers that blame anybody else", 0, othersBlamed),
                Gate.atLeast("least score of an honest peer", 0, field.leastOfHonest));
    }
}
