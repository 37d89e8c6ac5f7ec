package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.pollen.router.Mask;
import org.pollen.router.MessageIdScheme;
import org.pollen.router.OutboundRpc;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.PxPeer;
import org.pollen.router.RouterParams;
import org.pollen.router.RouterParams.MultiBitMode;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;
import org.pollen.router.SubOpts;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.simulator.Verdict.Gate;

/// Entries of the catalogue that need more than one topic, masks of several bits, crafted RPCs, or
/// peers that are slow or come and go.
///
/// Source: simulator specification 3.
final class FurtherAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final long ATTACK = 30 * SECOND;

    private FurtherAttacks() {}

    /// What several probes of one run count.
    private static final class Count implements Simulation.Probe {
        private final Simulation.Probe probe;
        private double worst;
        private long bad;
        private long all;

        Count(java.util.function.BiConsumer<Count, Simulation> look) {
            probe = (simulation, _) -> look.accept(this, simulation);
        }

        @Override
        public void sample(Simulation simulation, long now) {
            probe.sample(simulation, now);
        }
    }

    // Sybils.

    static List<Gate> carefulAddresses(Arena arena) {
        PeerScoreParams scores = arena.scores().toBuilder().ipColocationFactor(-10, 1).build();
        arena.profile(Profile.H0_QUICK.with(scores, Profile.H0_QUICK.thresholds()));
        arena.end(110);
        arena.sybils(400, Sybil.Behaviour.SILENT);
        arena.addresses(25);
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 9));
        for (int victim = 0; victim < HONEST; victim++) {
            for (int address = 0; address < 25; address++) {
                int sybil = address + 25 * random.nextInt(16);
                arena.link(HONEST + sybil, victim, arena.around(ATTACK));
            }
        }
        var count =
                new Count((self, simulation) -> {
                    for (int i = 0; i < 10; i++) {
                        HonestPeer peer = simulation.honestPeer(i);
                        for (int remote : peer.remotes()) {
                            if (simulation.honest(remote)) continue;
                            double part =
                                    peer.snapshotOf(remote, simulation.now())
                                            .ipColocationContribution();
                            self.worst = Math.min(self.worst, part);
                        }
                    }
                });
        arena.setup().probe(count);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atLeast("least P6 of a sybil", 0, count.worst),
                Gate.atMost("p99 against before", 1.25, p99(result, 1) / p99(result, 0)));
    }

    static List<Gate> churnAndSybils(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(100);
        arena.sybils(400, Sybil.Behaviour.SILENT);
        arena.connectSybils(20, HONEST, 0);
        arena.setup().churn(0.2, 40 * SECOND, 8 * SECOND, 10 * SECOND, 10);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery to those that stayed", 0.968, result.delivery()),
                Gate.atMost("p99 ms", 8000, Math.max(p99(result, 0), p99(result, 1))));
    }

    static List<Gate> slowPeers(Arena arena) {
        arena.profile(TopicAttacks.h1(4));
        arena.end(220);
        arena.setup().slow(10, 0.5e6);
        var count =
                new Count((self, simulation) -> {
                    if (simulation.now() % (5 * SECOND) != 0) return;
                    for (int i = 0; i < HONEST; i++) {
                        HonestPeer peer = simulation.honestPeer(i);
                        for (int slow = HONEST - 10; slow < HONEST; slow++) {
                            if (slow == i) continue;
                            self.all++;
                            if (peer.scoreOf(slow) < 0) self.bad++;
                        }
                    }
                });
        arena.setup().probe(count);
        arena.traffic(10, 210, 4);
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost(
                        "slow honest peers below zero, share",
                        0.01,
                        (double) count.bad / Math.max(1, count.all)));
    }

    // Crafted RPCs.

    static List<Gate> poisonedExchange(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(50);
        arena.spam(
                4,
                (self, handle, now) -> {
                    var random = new SplittableRandom(Mix.mix(now, self.index, handle));
                    var offers = new ArrayList<PxPeer>();
                    for (int i = 0; i < 16; i++) {
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
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("dials that peer exchange asked for", 0, result.exchangeDials()));
    }

    static List<Gate> oversized(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(50);
        var builder = new RpcBuilder(Profile.H1.params().dialect(), 1 << 26);
        for (int i = 0; i < 100_000; i++) builder.graft(Mask.topic("x" + i));
        OutboundRpc large = builder.buildWhole();
        arena.spam(2, (self, handle, now) -> self.transmit(handle, large, now));
        arena.connectSybils(5, HONEST, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atLeast("RPCs that decoders refused", 100, result.refusedRpcs()),
                Gate.atMost("p99 against before", 1.2, p99(result, 1) / p99(result, 0)));
    }

    static List<Gate> oddIds(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(50);
        arena.spam(
                4,
                (self, handle, now) -> {
                    var random = new SplittableRandom(Mix.mix(now, self.index, handle));
                    RpcBuilder rpc = self.rpc();
                    for (int length : new int[] {0, 1, 7, 33, 255, 4096}) {
                        var id = new byte[length];
                        random.nextBytes(id);
                        rpc.ihave(arena.mask(), id).iwant(id).idontwant(id);
                    }
                    rpc.ihave(Mask.EMPTY, new byte[0]).graft(Mask.EMPTY);
                    rpc.prune(Mask.topic("unknown"), 0, List.of());
                    self.send(handle, rpc, now);
                });
        arena.connectSybils(10, HONEST, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("p99 against before", 1.2, p99(result, 1) / p99(result, 0)));
    }

    // Masks.

    /// BlossomSub with the sizes of meshes that the other profiles have, without scores.
    static Profile blossom(MultiBitMode mode) {
        RouterParams params =
                RouterParams.BLOSSOM_21.toBuilder()
                        .multiBitMode(mode)
                        .floodPublish(false)
                        .signingPolicy(SigningPolicy.STRICT_NO_SIGN)
                        .messageIds(MessageIdScheme.SHA256)
                        .build();
        return new Profile(
                "blossom-" + mode.name().toLowerCase(java.util.Locale.ROOT),
                params,
                null,
                Profile.PLAIN.thresholds(),
                PubsubProtocol.BLOSSOMSUB_2_1);
    }

    static Mask bits(int... ordinals) {
        var bytes = new byte[32];
        for (int bit : ordinals) bytes[bit >> 3] |= (byte) (0x80 >> (bit & 7));
        return Mask.of(bytes);
    }

    static List<Gate> sparseHolders(Arena arena) {
        int peers = 2000;
        double share = 0.25;
        double[] wanted = {0.635, 0.961, 0.999};
        var gates = new ArrayList<Gate>();
        for (int i = 0; i < 3; i++) {
            int degree = 8 << i;
            Setup.Builder setup =
                    Setup.of(
                                    peers,
                                    Network.ideal(Latency.PL25),
                                    blossom(MultiBitMode.FLOOD_HOLDERS))
                            .seed(arena.seed())
                            .masks(List.of(bits(3, 77, 200)))
                            .holders(share)
                            .links(new Links().dial(peers, degree / 2, 0, arena.seed()))
                            .end(9 * SECOND);
            int[] holders =
                    IntStream.range(0, peers)
                            .filter(p -> Mix.unit(arena.seed(), p, Mix.HOLDER) < share)
                            .toArray();
            for (int m = 0; m < 60; m++) {
                int publisher = holders[(int) (Mix.unit(arena.seed(), m, 40) * holders.length)];
                long at = 4 * SECOND + m * 40_000_000L;
                setup.message(new PlannedMessage(at, publisher, 64, PlannedMessage.Kind.NORMAL));
            }
            SimulationResult result = arena.named("lambda " + (2 << i)).run(setup);
            String what = "reach at lambda %d".formatted(2 << i);
            gates.add(Gate.atLeast(what, wanted[i] - 0.03, result.delivery()));
            gates.add(Gate.atMost(what, Math.min(1, wanted[i] + 0.03), result.delivery()));
        }
        return gates;
    }

    static List<Gate> wideMask(Arena arena) {
        SimulationResult flood = wide(arena, MultiBitMode.FLOOD_HOLDERS);
        SimulationResult composite = wide(arena, MultiBitMode.COMPOSITE);
        SimulationResult random = wide(arena, MultiBitMode.RANDOM_SLICE);
        return List.of(
                Gate.atLeast("FLOOD_HOLDERS copies a delivery", 37, copies(flood)),
                Gate.atMost("FLOOD_HOLDERS copies a delivery", 41, copies(flood)),
                Gate.atLeast("COMPOSITE delivery", 1, composite.delivery()),
                Gate.atMost("COMPOSITE copies a delivery (D + 2)", 10, copies(composite)),
                Gate.atMost("RANDOM_SLICE delivery (reported)", 1, random.delivery()));
    }

    private static SimulationResult wide(Arena arena, MultiBitMode mode) {
        return arena.run(
                Setup.of(HONEST, Network.ideal(Latency.PL25), blossom(mode))
                        .seed(arena.seed())
                        .masks(List.of(bits(1, 9, 30, 64, 99, 150, 201, 250)))
                        .links(new Links().regular(HONEST, 40, 0, arena.seed()))
                        .end(30 * SECOND)
                        .workload(HONEST, 4, 64, 15 * SECOND, 25 * SECOND, 1));
    }

    private static double copies(SimulationResult result) {
        return (double) result.messageRpcs() / result.deliveries();
    }

    static List<Gate> manyBits(Arena arena) {
        arena.profile(blossom(MultiBitMode.COMPOSITE));
        arena.setup().masks(List.of(bits(5)));
        arena.end(50);
        var all = new byte[256];
        Arrays.fill(all, (byte) 0xff);
        Mask wide = Mask.of(all);
        arena.spam(
                2,
                (self, handle, now) -> {
                    RpcBuilder rpc = self.rpc().subscription(SubOpts.subscribe(wide)).graft(wide);
                    self.send(handle, rpc, now);
                });
        arena.connectSybils(5, HONEST, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("p99 against before", 1.2, p99(result, 1) / p99(result, 0)));
    }

    static List<Gate> addedBit(Arena arena) {
        arena.profile(blossom(MultiBitMode.COMPOSITE));
        arena.setup().masks(List.of(bits(5), bits(6)));
        arena.end(50);
        arena.workers(1); // numbers of invalid messages are drawn in turn
        var number = new int[1];
        arena.spam(
                4,
                (self, handle, now) -> {
                    for (Mask mask : List.of(bits(5), bits(5, 6), bits(5, 6, 7))) {
                        self.transmit(handle, invalid(self, mask, number[0]++, now), now);
                    }
                });
        arena.connectSybils(10, HONEST, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("invalid deliveries", 0, result.invalidDeliveries()));
    }

    private static RpcMessage invalid(Spammer self, Mask mask, int number, long now) {
        var planned = new PlannedMessage(now, self.index, 64, PlannedMessage.Kind.INVALID);
        return self.partition.signer.compose(mask, planned.payload(1 << 24 | number));
    }

    static List<Gate> unknownSlice(Arena arena) {
        arena.profile(blossom(MultiBitMode.COMPOSITE));
        arena.setup().masks(List.of(bits(5)));
        arena.end(40);
        arena.workers(1);
        var sent = new long[1];
        arena.spam(
                2,
                (self, handle, now) -> {
                    var planned =
                            new PlannedMessage(now, self.index, 64, PlannedMessage.Kind.NORMAL);
                    byte[] payload = planned.payload(1 << 24 | (int) sent[0]++);
                    self.transmit(handle, self.partition.signer.compose(bits(2, 5), payload), now);
                });
        arena.connectSybils(10, HONEST, 20 * SECOND);
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("messages sent by the attackers", 100, sent[0]),
                Gate.atMost(
                        "copies sent on to anybody",
                        0,
                        Math.max(0, result.messageRpcs() - sent[0])));
    }

    private static double p99(SimulationResult result, int phase) {
        return result.phases().get(phase).quantileMillis(0.99);
    }
}
