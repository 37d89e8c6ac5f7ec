package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PrivateKey;
import org.pollen.router.PxPeer;
import org.pollen.router.Rpc;
import org.pollen.router.RpcBuilder;
import org.pollen.simulator.Verdict.Gate;

/// K-26: peers and backoffs that PRUNEs offer.
///
/// Source: simulator specification 3.5.
final class ExchangeAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final int OFFERED = 16;

    private ExchangeAttacks() {}

    static List<Gate> poisonedExchange(Arena arena) {
        var gates = new ArrayList<Gate>();
        gates.add(
                Gate.atMost(
                        "genuine records, below the threshold: dials",
                        0,
                        dials(arena, 50, Offer.GENUINE)));
        gates.add(
                Gate.atLeast(
                        "genuine records, above it: dials",
                        OFFERED,
                        dials(arena, 0, Offer.GENUINE)));
        gates.add(
                Gate.atMost(
                        "genuine records, above it: dials",
                        OFFERED,
                        dials(arena, 0, Offer.GENUINE)));
        gates.add(
                Gate.atMost(
                        "records of others' keys, above it: dials",
                        0,
                        dials(arena, 0, Offer.OTHER_KEY)));
        gates.add(
                Gate.atMost(
                        "records with changed bytes, above it: dials",
                        0,
                        dials(arena, 0, Offer.CHANGED)));
        gates.add(
                Gate.atMost(
                        "records of private addresses, above it: dials",
                        0,
                        dials(arena, 0, Offer.PRIVATE)));
        gates.addAll(backoff(arena));
        gates.addAll(bootstrappers(arena));
        gates.addAll(network(arena.again()));
        return gates;
    }

    // Records.

    private enum Offer {
        /// Of an attacker's peer, signed by it.
        GENUINE,
        /// Of one peer, in the name of another.
        OTHER_KEY,
        /// Of which a byte was changed.
        CHANGED,
        /// Signed, with an address that is nobody's.
        PRIVATE
    }

    private static PxPeer offer(Offer kind, long seed, int number) {
        PrivateKey key = Signatures.key(seed, 1000 + number);
        PeerId id = key.publicKey().peerId();
        String host = kind == Offer.PRIVATE ? "/ip4/192.168.1.%d" : "/ip4/11.0.0.%d";
        var address = Multiaddr.parse((host + "/tcp/9000").formatted(1 + number));
        byte[] signed = new PeerRecord(id, 1, List.of(address)).toSignedEnvelope(key);
        if (kind == Offer.CHANGED) signed[signed.length / 2] ^= 1;
        if (kind == Offer.OTHER_KEY) {
            id = Signatures.key(seed, 2000 + number).publicKey().peerId();
        }
        return new PxPeer(id.bytes(), signed);
    }

    /// How many peers are dialled that a PRUNE offers.
    private static double dials(Arena arena, double threshold, Offer kind) {
        Profile profile =
                Profile.H1.with(
                        Objects.requireNonNull(Profile.H1.scores()),
                        Profile.H1.thresholds().toBuilder().acceptPX(threshold).build());
        var duel =
                new Duel(
                        arena,
                        profile,
                        6,
                        (self, handle, now) -> {
                            if (self.beats != 2) return;
                            List<PxPeer> offers =
                                    IntStream.range(0, OFFERED)
                                            .mapToObj(i -> offer(kind, arena.seed(), i))
                                            .toList();
                            RpcBuilder rpc = self.rpc();
                            self.send(handle, rpc.prune(self.simulation.mask(), 60, offers), now);
                        });
        return duel.run((_, _) -> {}).exchangeDials();
    }

    // Backoff.

    /// A PRUNE with a backoff of 2^63 s: the attacker, whom the honest peer would like to have, is
    /// left alone for an hour, the longest that anybody can ask for.
    private static List<Gate> backoff(Arena arena) {
        var pruned = new long[2]; // when, and when it was grafted again
        var duel =
                new Duel(
                        arena,
                        Profile.H1,
                        3700,
                        (self, handle, now) -> {
                            if (self.beats == 3) {
                                RpcBuilder rpc = self.rpc();
                                rpc.prune(self.simulation.mask(), Long.MIN_VALUE, List.of());
                                self.send(handle, rpc, now);
                                self.grafts = 0;
                                pruned[0] = now;
                            }
                            if (self.beats > 3 && self.grafts > 0 && pruned[1] == 0) {
                                pruned[1] = now;
                            }
                        });
        duel.run((_, _) -> {});
        double seconds = pruned[1] == 0 ? Double.POSITIVE_INFINITY : (pruned[1] - pruned[0]) / 1e9;
        return List.of(
                Gate.atLeast("backoff of 2^63 s: grafted again after, s", 3600, seconds),
                Gate.atMost("backoff of 2^63 s: grafted again after, s", 3610, seconds));
    }

    // Bootstrappers.

    /// Answers each first GRAFT with a PRUNE and peers to go to.
    private static final class Bootstrapper extends Adversary {
        private final int from; // of those it offers
        private final int count;
        private final SplittableRandom random;
        private final Set<Integer> told = new LinkedHashSet<>();

        Bootstrapper(Simulation simulation, Partition partition, int index, int from, int count) {
            super(simulation, partition, index);
            this.from = from;
            this.count = count;
            random = Mix.stream(simulation.seed(), index, Mix.ATTACK);
        }

        @Override
        protected void onRpc(int handle, Rpc rpc, long now) {
            if (rpc.graftCount() == 0 || !told.add(handle)) return;
            var offers = new ArrayList<PxPeer>();
            for (int i = 0; i < OFFERED; i++) {
                int peer = from + random.nextInt(count);
                offers.add(new PxPeer(simulation.peerId(peer).bytes(), null));
            }
            send(handle, rpc().prune(simulation.mask(), 60, offers), now);
        }
    }

    /// A hundred peers come to a network of as many. Each knows three of a hundred bootstrappers,
    /// of which one offers sybils only.
    private static List<Gate> bootstrappers(Arena arena) {
        int old = 100;
        int joiners = 100;
        int honest = old + joiners;
        int bootstrappers = 100;
        int sybils = 50;
        int asked = 3;
        Profile profile =
                Profile.H1.with(
                        Objects.requireNonNull(Profile.H1.scores()),
                        Profile.H1.thresholds().toBuilder().acceptPX(0).build());
        var links = new Links().dial(old, 10, 0, arena.seed());
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 26));
        for (int joiner = old; joiner < honest; joiner++) {
            for (int i = 0; i < asked; i++) {
                links.add(joiner, honest + random.nextInt(bootstrappers), 10 * SECOND);
            }
        }
        var counts = new double[2]; // new links to sybils, and all
        Simulation.Probe probe =
                (simulation, now) -> {
                    if (now != 25 * SECOND) return;
                    for (int joiner = old; joiner < honest; joiner++) {
                        for (int remote : simulation.honestPeer(joiner).remotes()) {
                            if (remote >= honest && remote < honest + bootstrappers) continue;
                            if (remote >= honest) counts[0]++;
                            counts[1]++;
                        }
                    }
                };
        arena.run(
                Setup.of(honest, Network.ideal(Latency.PL25), arena.mutated(profile))
                        .seed(arena.seed())
                        .links(links)
                        .attackers(
                                bootstrappers + sybils,
                                (s, p, i) -> {
                                    if (i >= honest + bootstrappers) {
                                        return new Sybil(s, p, i, Sybil.Behaviour.SILENT);
                                    }
                                    return i == honest
                                            ? new Bootstrapper(
                                                    s, p, i, honest + bootstrappers, sybils)
                                            : new Bootstrapper(s, p, i, 0, old);
                                })
                        .probe(probe)
                        .end(26 * SECOND));
        // Three standard deviations of how many of those asked are the compromised one.
        double bound = 3 * Math.sqrt(0.01 * 0.99 / (joiners * asked));
        return List.of(
                Gate.atLeast("1 of 100 bootstrappers lies: new links", 1000, counts[1]),
                Gate.atMost(
                        "1 of 100 bootstrappers lies: share of sybils in them (1 % and 3 sigma of the sample)",
                        0.01 + bound, counts[0] / counts[1]));
    }

    // A network below the threshold.

    private static List<Gate> network(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(50);
        arena.spam(
                4,
                (self, handle, now) -> {
                    var random = new SplittableRandom(Mix.mix(now, self.index, handle));
                    var offers = new ArrayList<PxPeer>();
                    for (int i = 0; i < OFFERED; i++) {
                        byte[] id = self.simulation.peerId(random.nextInt(HONEST)).bytes();
                        if (i % 2 == 0) id[10] ^= 1;
                        offers.add(new PxPeer(id, new byte[] {1, 2, 3}));
                    }
                    RpcBuilder rpc = self.rpc().graft(arena.mask());
                    self.send(handle, rpc.prune(arena.mask(), Long.MAX_VALUE, offers), now);
                });
        arena.connectSybils(5, HONEST, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("network: delivery", 1, result.delivery()),
                Gate.atMost("network: dials", 0, result.exchangeDials()));
    }
}
