package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import org.pollen.router.RpcMessage;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.simulator.Verdict.Gate;

/// K-20: messages that nobody may accept, without a signature in a duel, and for validators to
/// reject in a network.
///
/// Source: simulator specification 3.5.
final class InvalidMessages {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final int SPAMMERS = 10;
    private static final String REJECTS = "gossipsub_rejects_total";

    private InvalidMessages() {}

    private static Profile profile(Arena arena) {
        return Profile.H0_QUICK.with(
                arena.scores(), PeerScoreThresholds.builder().limits(-100, -200, -300).build());
    }

    static List<Gate> gates(Arena arena) {
        var gates = new ArrayList<>(unsigned(arena));
        gates.addAll(network(arena.again()));
        return gates;
    }

    /// What a duel came to when a heartbeat ended.
    private static final class Seen {
        long rejects;
        double score;
        double scoreBefore;
    }

    /// A hundred at once in the third beat, and another hundred later.
    private static List<Gate> unsigned(Arena arena) {
        var number = new int[1];
        var duel =
                new Duel(
                        arena,
                        profile(arena),
                        12,
                        (self, handle, now) -> {
                            if (self.beats == 1) {
                                self.send(handle, self.rpc().graft(self.simulation.mask()), now);
                            }
                            if (self.beats != 3 && self.beats != 6) return;
                            for (int i = 0; i < 100; i++) {
                                self.transmit(handle, invalid(self, number[0]++, now), now);
                            }
                        });
        duel.setup().crypto(Crypto.MODELLED);
        var seen = new Seen();
        SimulationResult result =
                duel.run((d, _) -> {
                    if (d.attacker().beats < 3) seen.scoreBefore = d.score();
                    if (d.attacker().beats < 6)
                        seen.rejects = d.counter(REJECTS, "missing_signature");
                    seen.score = d.score();
                });
        long rejects = duel.counter(REJECTS, "missing_signature");
        return List.of(
                Gate.atLeast("100 unsigned at once: score before", 0, seen.scoreBefore),
                Gate.atLeast("100 unsigned at once: rejected until graylisted", 4, seen.rejects),
                Gate.atMost("100 unsigned at once: rejected until graylisted", 4, seen.rejects),
                Gate.atMost("score after them (graylist -300)", -300, seen.score),
                Gate.atLeast("PRUNEs for it", 1, duel.attacker().prunes),
                Gate.atMost("validations of them and of 100 later", 0, result.validations()),
                Gate.atMost("of 100 later, looked at", 0, rejects - seen.rejects));
    }

    private static RpcMessage invalid(Spammer self, int number, long now) {
        var planned = new PlannedMessage(now, self.index, 64, PlannedMessage.Kind.INVALID);
        return self.partition.signer.compose(
                self.simulation.mask(), planned.payload(1 << 24 | number));
    }

    /// A tenth of the peers, each with ten links, ten messages a second on each of them.
    private static List<Gate> network(Arena arena) {
        arena.profile(profile(arena));
        arena.end(70);
        var number = new int[1];
        arena.spam(
                SPAMMERS,
                SECOND / 10,
                (self, handle, now) -> {
                    if (handle > 0) return;
                    RpcMessage message = invalid(self, number[0]++, now);
                    for (int h = 0; h < self.handleLimit(); h++) {
                        if (self.linked(h)) self.transmit(h, message, now);
                    }
                });
        arena.connectSybils(10, HONEST, 20 * SECOND);
        arena.workers(1); // numbers of invalid messages are drawn in turn
        arena.traffic();
        SimulationResult result = arena.run();
        long links = arena.spammers().stream().mapToInt(Spammer::links).sum();
        double p99 = result.phases().get(1).quantileMillis(0.99);
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("invalid deliveries", 0, result.invalidDeliveries()),
                Gate.atMost(
                        "p99 against before",
                        1.2,
                        p99 / result.phases().get(0).quantileMillis(0.99)),
                Gate.atMost(
                        "least spammer score (graylist -300)",
                        -300,
                        arena.probe.samples.stream()
                                .mapToDouble(MeshProbe.Sample::sybilScore)
                                .min()
                                .orElse(0)),
                Gate.atLeast(
                        "validations for each link of a spammer",
                        1,
                        (double) result.validations() / links),
                Gate.atMost(
                        "validations for each link of a spammer",
                        4,
                        (double) result.validations() / links));
    }
}
