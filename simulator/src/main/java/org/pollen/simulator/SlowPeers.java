package org.pollen.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.pollen.peer.PeerId;
import org.pollen.router.Mask;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.TopicScoreParams;
import org.pollen.simulator.Verdict.Gate;

/// K-16: honest peers that are slow, and how often others prune them for it.
///
/// Source: simulator specification 3.4.
final class SlowPeers {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 40;
    private static final int SLOW = 4;
    private static final int SIZE = 64;
    private static final int PUBLISHERS = 4; // none of them slow

    private SlowPeers() {}

    /// Prunes of slow peers for their score, against the time they are in meshes.
    ///
    /// From the threads of all partitions.
    private static final class FalsePrunes implements BiConsumer<HonestPeer, Long> {
        private final Map<Integer, Set<Long>> members = new LinkedHashMap<>(); // by peer
        private final Map<Integer, Long> looked = new LinkedHashMap<>();
        private long prunes;
        private long memberNanos;

        @Override
        public synchronized void accept(HonestPeer peer, Long now) {
            Set<Long> before = members.getOrDefault(peer.index, Set.of());
            long passed = now - looked.getOrDefault(peer.index, now);
            memberNanos += before.size() * passed;
            var here = new LinkedHashSet<Long>();
            List<Mask> masks = peer.simulation.setup().masks();
            for (int t = 0; t < masks.size(); t++) {
                for (PeerId member : peer.router().mesh(masks.get(t))) {
                    int index = peer.simulation.indexOf(member);
                    if (index >= HONEST - SLOW) here.add(((long) t << 32) | index);
                }
            }
            for (long key : before) {
                if (!here.contains(key) && blamed(peer, masks, key)) prunes++;
            }
            members.put(peer.index, here);
            looked.put(peer.index, now);
        }

        private static boolean blamed(HonestPeer peer, List<Mask> masks, long key) {
            int remote = (int) key;
            int handle = peer.handleOf(remote);
            int topic = peer.router().topicHandle(masks.get((int) (key >>> 32)));
            return peer.scoreOf(remote) < 0
                    || peer.router().scores().belowTopicFloor(handle, topic);
        }

        /// False prunes for each hundred memberships of an hour.
        double percentAnHour() {
            return 100 * prunes / (memberNanos / 3600e9);
        }
    }

    /// How they are slow.
    private enum How {
        UPLINK(", 0.5 Mb/s"),
        NEAR(", +50 ms"),
        FAR(", +500 ms");

        private final String text;

        How(String text) {
            this.text = text;
        }
    }

    static List<Gate> gates(Arena arena) {
        var gates = new ArrayList<Gate>();
        List<Mask> one = List.of(Mask.topic("t"));
        List<Mask> twelve = TopicAttacks.topics();
        Profile h1 = TopicAttacks.h1(4);
        report(gates, "H0", How.UPLINK, run(arena, Profile.H0_QUICK, How.UPLINK, one, 12, 160));
        report(gates, "H0", How.FAR, run(arena, Profile.H0_QUICK, How.FAR, one, 12, 160));
        report(gates, "H2", How.UPLINK, run(arena, TopicAttacks.h2(), How.UPLINK, twelve, 24, 160));
        limit(gates, "H2", How.FAR, run(arena, TopicAttacks.h2(), How.FAR, twelve, 48, 120));
        report(gates, "H1", How.FAR, run(arena, h1, How.FAR, one, 4, 300));
        limit(gates, "H1, window of 1.2 s", How.FAR, run(arena, wide(h1), How.FAR, one, 4, 600));
        limit(gates, "H1", How.NEAR, run(arena, h1, How.NEAR, one, 4, 600));
        limit(gates, "H1", How.UPLINK, run(arena, h1, How.UPLINK, one, 4, 600));
        return gates;
    }

    /// The same scores, with a window of P3 in which a copy comes over a distant peer.
    private static Profile wide(Profile profile) {
        PeerScoreParams scores = Objects.requireNonNull(profile.scores());
        TopicScoreParams topic = Objects.requireNonNull(scores.defaultTopicParams());
        return profile.with(
                scores.toBuilder()
                        .defaultTopicParams(
                                topic.toBuilder()
                                        .meshMessageDeliveriesTimes(
                                                Duration.ofMillis(1200), Duration.ofMinutes(2))
                                        .build())
                        .build(),
                profile.thresholds());
    }

    /// @param delivery of all messages
    /// @param pruned false prunes, % an hour
    private record Outcome(double delivery, double pruned) {}

    private static void report(List<Gate> gates, String name, How how, Outcome outcome) {
        gates.add(Gate.atLeast(name + how.text + ": delivery", 1, outcome.delivery));
        gates.add(
                Gate.atLeast(
                        name + how.text + ": false prunes of slow peers, % an hour (reported)",
                        0,
                        outcome.pruned));
    }

    private static void limit(List<Gate> gates, String name, How how, Outcome outcome) {
        gates.add(Gate.atLeast(name + how.text + ": delivery", 1, outcome.delivery));
        gates.add(
                Gate.atMost(
                        name + how.text + ": false prunes of slow peers, % an hour",
                        1,
                        outcome.pruned));
    }

    private static Outcome run(
            Arena arena, Profile profile, How how, List<Mask> masks, double rate, int end) {
        var pruned = new FalsePrunes();
        Setup.Builder setup =
                Setup.of(HONEST, Network.ideal(Latency.PL25), arena.mutated(profile))
                        .seed(arena.seed())
                        .masks(masks)
                        .links(new Links().dial(HONEST, 10, 0, arena.seed()))
                        .afterHeartbeats(pruned)
                        .end(end * SECOND)
                        .workload(PUBLISHERS, rate, SIZE, 10 * SECOND, (end - 10) * SECOND, 1);
        switch (how) {
            case UPLINK -> setup.slow(SLOW, 0.5e6);
            case NEAR -> setup.distant(SLOW, 50_000_000);
            case FAR -> setup.distant(SLOW, SECOND / 2);
        }
        SimulationResult result = arena.named(profile.name() + how.text).run(setup);
        return new Outcome(result.delivery(), pruned.percentAnHour());
    }
}
