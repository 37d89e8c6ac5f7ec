package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.router.RpcMessage;
import org.pollen.simulator.Verdict.Gate;

/// K-29: each message again, just before and just after it is forgotten.
///
/// Source: simulator specification 3.5.
final class ReplayAttack {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final int LINKS = 20;
    private static final int LAST = 22; // second in which the last message is published

    private ReplayAttack() {}

    /// Hears messages as a member of meshes, passes none on, and sends each to all its links once
    /// more after a time.
    private static final class Replayer extends Adversary {
        private final long after;
        private final LeanSeenCache seen = new LeanSeenCache(600 * SECOND);
        private final Map<Long, RpcMessage> heard = new LinkedHashMap<>();
        private long replays;

        Replayer(Simulation simulation, Partition partition, int index, long after) {
            super(simulation, partition, index);
            this.after = after;
        }

        @Override
        protected void onLinked(int handle, long now) {
            super.onLinked(handle, now);
            send(handle, rpc().graft(simulation.mask()), now);
        }

        @Override
        protected void onMessage(int handle, RpcMessage message, long now) {
            if (!seen.add(message.idHi(), message.idLo(), now)) return;
            long number = heard.size();
            heard.put(number, message);
            post(index, now + after, SCRIPT, number, null);
        }

        @Override
        protected void onScript(long number, long now) {
            RpcMessage message = heard.get(number);
            if (message == null) return;
            replays++;
            for (int handle = 0; handle < handleLimit(); handle++) {
                if (linked(handle)) transmit(handle, message, now);
            }
        }
    }

    /// What a run came to.
    ///
    /// @param delivery deliveries for each expected one
    /// @param flood copies that honest peers got of each replayed message after a minute, for each
    ///   copy of it before
    /// @param replays messages sent again
    private record Outcome(double delivery, double flood, long replays) {}

    static List<Gate> gates(Arena arena) {
        Outcome early = run(arena, 119, false);
        Outcome late = run(arena.again(), 121, false);
        Outcome fresh = run(arena.again(), 121, true);
        var gates = new ArrayList<Gate>();
        gates.add(Gate.atLeast("messages replayed, each time", 20, replays(early, late, fresh)));
        gates.add(Gate.atLeast("after 119 s: deliveries against expected", 1, early.delivery));
        gates.add(Gate.atMost("after 119 s: deliveries against expected", 1, early.delivery));
        gates.add(
                Gate.atLeast(
                        "after 121 s, no freshness rule: deliveries against expected",
                        1.9,
                        late.delivery));
        gates.add(
                Gate.atMost(
                        "after 121 s, no freshness rule: deliveries against expected",
                        2,
                        late.delivery));
        gates.add(
                Gate.atMost(
                        "copies of a replayed message against those of the message",
                        1,
                        late.flood));
        gates.add(
                Gate.atLeast(
                        "after 121 s, sequence numbers checked: deliveries against expected",
                        1,
                        fresh.delivery));
        gates.add(
                Gate.atMost(
                        "after 121 s, sequence numbers checked: deliveries against expected",
                        1,
                        fresh.delivery));
        return gates;
    }

    private static double replays(Outcome... outcomes) {
        double least = Double.MAX_VALUE;
        for (Outcome outcome : outcomes) least = Math.min(least, outcome.replays);
        return least;
    }

    private static Outcome run(Arena arena, int after, boolean fresh) {
        arena.profile(Profile.H0_QUICK); // seen for 120 s
        arena.end(LAST + after + 5);
        arena.attackAt((LAST + 1) * SECOND);
        arena.setup().crypto(Crypto.MODELLED);
        if (fresh) arena.setup().freshSequences();
        var replayers = new ArrayList<Replayer>();
        arena.actors(
                1,
                (s, p, i) -> {
                    var replayer = new Replayer(s, p, i, after * SECOND);
                    replayers.add(replayer);
                    return replayer;
                });
        for (int i = 0; i < LINKS; i++) arena.link(HONEST, 5 * i, 5 * SECOND);
        arena.traffic(10, LAST, 2);
        SimulationResult result = arena.run();
        long before = copies(result, 0, 60);
        long again = copies(result, 60, LAST + after + 5);
        return new Outcome(
                result.delivery(), (double) again / before, replayers.getFirst().replays);
    }

    /// Single messages that came to honest peers from one second to another.
    private static long copies(SimulationResult result, int from, int to) {
        int width = Tally.WIDTH;
        long sum = 0;
        for (int second = from; second < to; second++) {
            int at = width * second + Tally.MESSAGES;
            if (at < result.series().length) sum += result.series()[at];
        }
        return sum;
    }
}
