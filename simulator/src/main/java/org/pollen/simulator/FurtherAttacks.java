package org.pollen.simulator;

import java.util.List;
import java.util.SplittableRandom;
import org.pollen.router.Mask;
import org.pollen.router.MessageIdScheme;
import org.pollen.router.OutboundRpc;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterParams;
import org.pollen.router.RouterParams.MultiBitMode;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;
import org.pollen.simulator.Verdict.Gate;

/// Entries of the catalogue that need more than one topic, masks of several bits, crafted RPCs, or
/// peers that are slow or come and go.
///
/// Source: simulator specification 3.
final class FurtherAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;

    private FurtherAttacks() {}

    // Sybils.

    static List<Gate> churnAndSybils(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(100);
        arena.sybils(400, Sybil.Behaviour.SILENT);
        arena.connectSybils(20, HONEST, 0);
        arena.setup().churn(0.2, 40 * SECOND, 8 * SECOND, 10 * SECOND, 10);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery to those that stayed", 0.973, result.delivery()),
                Gate.atMost(
                        "p99 ms (of P-I at 30 %)", 8000, Math.max(p99(result, 0), p99(result, 1))));
    }

    // Crafted RPCs.

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

    static List<Gate> wideMask(Arena arena) {
        SimulationResult flood = wide(arena, MultiBitMode.FLOOD_HOLDERS);
        SimulationResult composite = wide(arena, MultiBitMode.COMPOSITE);
        SimulationResult random = wide(arena, MultiBitMode.RANDOM_SLICE);
        return List.of(
                Gate.atLeast("FLOOD_HOLDERS copies a delivery", 37.05, copies(flood)),
                Gate.atMost("FLOOD_HOLDERS copies a delivery", 40.95, copies(flood)),
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
                Gate.atLeast("messages that were judged", 1000, result.validations()),
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
        var published = new long[1];
        arena.setup()
                .probe((simulation, now) -> {
                    if (now < 10 * SECOND) return; // meshes are there
                    var own = new PlannedMessage(now, 0, 64, PlannedMessage.Kind.NORMAL);
                    byte[] payload = own.payload(1 << 25 | (int) published[0]++);
                    simulation.honestPeer(0).publish(bits(2, 5), payload, now);
                });
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("messages sent by the attackers", 100, sent[0]),
                Gate.atLeast("messages published by an honest peer", 20, published[0]),
                Gate.atMost(
                        "copies sent, or sent on, to anybody",
                        0,
                        Math.max(0, result.messageRpcs() - sent[0])));
    }

    private static double p99(SimulationResult result, int phase) {
        return result.phases().get(phase).quantileMillis(0.99);
    }
}
