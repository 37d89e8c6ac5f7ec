package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcMessage;
import org.pollen.scoring.TopicScoreSnapshot;
import org.pollen.simulator.Verdict.Gate;

/// Entries of the catalogue that misuse IHAVE, IWANT and IDONTWANT, in a duel for the exact limits
/// and in a network for what others notice of it.
///
/// Source: simulator specification 3.5, K-21, K-22 and K-28.
final class GossipAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;
    private static final String SENT = "gossipsub_rpc_sent_total";
    private static final String IDS = "gossipsub_iwant_ids_total";
    private static final String BYTES = "gossipsub_rpc_bytes_total";

    private GossipAttacks() {}

    // K-21.

    /// What a flood of IHAVEs led to between heartbeats of the one it is aimed at.
    private static final class Asked {
        private long ids;
        private long rpcs;
        long idsMost;
        long rpcsMost;
        double before; // least score until three seconds after the first IHAVE
        double after;
        long graylistedAt = Long.MAX_VALUE;

        void look(Duel duel, long now, long begins) {
            long nowIds = duel.counter(IDS, "out");
            long nowRpcs = duel.counter(SENT, "iwant");
            idsMost = Math.max(idsMost, nowIds - ids);
            rpcsMost = Math.max(rpcsMost, nowRpcs - rpcs);
            ids = nowIds;
            rpcs = nowRpcs;
            double score = duel.score();
            if (now < begins + 3 * SECOND) before = Math.min(before, score);
            after = Math.min(after, score);
            if (score <= -500) graylistedAt = Math.min(graylistedAt, now);
        }
    }

    private static void ihaves(Spammer self, int handle, int rpcs, int ids, long now) {
        var random = new SplittableRandom(Mix.mix(now, self.index, handle));
        for (int i = 0; i < rpcs; i++) {
            RpcBuilder rpc = self.rpc();
            for (int j = 0; j < ids; j++) rpc.ihave(self.simulation.mask(), id(random));
            self.send(handle, rpc, now);
        }
    }

    static byte[] id(SplittableRandom random) {
        var id = new byte[32];
        for (int i = 0; i < 8; i++) id[i] = (byte) random.nextInt();
        return id;
    }

    private static Asked ihaves(Arena arena, int rpcs, int ids, long[] began) {
        var asked = new Asked();
        var duel =
                new Duel(
                        arena,
                        Profile.H1,
                        14,
                        (self, handle, now) -> {
                            if (self.beats > 2) return;
                            if (self.beats == 1) began[0] = now;
                            ihaves(self, handle, rpcs, ids, now);
                        });
        duel.run((d, now) -> asked.look(d, now, began[0] == 0 ? now : began[0]));
        return asked;
    }

    static List<Gate> ihaveFlood(Arena arena) {
        var began = new long[1];
        Asked single = ihaves(arena, 15_000, 1, began);
        double seconds = (single.graylistedAt - began[0]) / 1e9;
        Asked many = ihaves(arena, 15, 1000, new long[1]);
        var gates = new ArrayList<Gate>();
        gates.add(
                Gate.atMost(
                        "15,000 IHAVEs of one id, twice: IWANT RPCs in a heartbeat, most",
                        10,
                        single.rpcsMost));
        gates.add(Gate.atLeast("and at least", 10, single.rpcsMost));
        gates.add(Gate.atLeast("score in the 3 s before promises are due", 0, single.before));
        gates.add(Gate.atMost("least score after", -0.001, single.after));
        gates.add(Gate.atMost("graylisted after, s", 6, seconds));
        gates.add(
                Gate.atMost(
                        "15 IHAVEs of 1,000 ids, twice: IWANT ids in a heartbeat, most",
                        5000,
                        many.idsMost));
        gates.add(Gate.atLeast("and at least", 5000, many.idsMost));
        gates.addAll(ihaveNetwork(arena.again()));
        return gates;
    }

    /// Two attackers with ten links each.
    private static List<Gate> ihaveNetwork(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(50);
        arena.spam(
                2,
                (self, handle, now) -> {
                    if (self.beats <= 2) ihaves(self, handle, 15_000, 1, now);
                });
        arena.connectSybils(10, HONEST, 20 * SECOND);
        var upload = new double[2]; // of an honest peer, until 15 and 19 s
        arena.setup()
                .probe((simulation, now) -> {
                    int at = now == 15 * SECOND ? 0 : now == 19 * SECOND ? 1 : -1;
                    if (at < 0) return;
                    for (int i = 0; i < HONEST; i++) {
                        upload[at] += simulation.honestPeer(i).counter(BYTES, "out");
                    }
                });
        arena.traffic();
        SimulationResult result = arena.run();
        double perSecond = (upload[1] - upload[0]) / 4 / HONEST;
        long links = arena.spammers().stream().mapToInt(Spammer::links).sum();
        long bytes = arena.spammers().stream().mapToLong(spammer -> spammer.iwantBytes).sum();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atLeast("bytes of IWANT for a link of an attacker", 1, (double) bytes / links),
                Gate.atMost(
                        "their share of a peer's usual upload in 6 s, %",
                        0.5, 100.0 * bytes / links / (6 * perSecond)),
                Gate.atMost(
                        "least spammer score (graylist -500)",
                        -500,
                        arena.probe.samples.stream()
                                .mapToDouble(MeshProbe.Sample::sybilScore)
                                .min()
                                .orElse(0)));
    }

    // K-22.

    static List<Gate> iwantFlood(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(50);
        arena.spam(
                1,
                (self, handle, now) -> {
                    if (self.beats == 1) self.send(handle, self.rpc().graft(arena.mask()), now);
                    RpcMessage first = arena.remember(self);
                    if (first == null) return;
                    for (int i = 0; i < 20; i++) {
                        self.send(handle, self.rpc().iwant(first.id()), now);
                    }
                });
        arena.link(HONEST, 0, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        Spammer spammer = arena.spammers().getFirst();
        long most = 0;
        for (long copies : arena.copies(spammer)) most = Math.max(most, copies);
        var gates = new ArrayList<Gate>();
        gates.add(Gate.atLeast("delivery", 1, result.delivery()));
        gates.add(Gate.atLeast("copies of one message", 4, most));
        gates.add(Gate.atMost("copies of one message", 4, most));
        gates.addAll(thousand(arena.again()));
        return gates;
    }

    /// A thousand attackers of one peer ask for all that the first of them hears of, three times
    /// and more, under a budget of four messages.
    private static List<Gate> thousand(Arena arena) {
        int attackers = 1000;
        long budget = 8 << 10;
        int from = 20;
        int end = 40;
        arena.profile(
                Profile.H1.with(
                        Profile.H1.params().toBuilder().iwantBytesPerHeartbeat(budget).build()));
        arena.end(end);
        arena.workers(1); // what one hears, all know
        arena.spam(
                attackers,
                (self, handle, now) -> {
                    Spammer first = arena.spammers().getFirst();
                    if (self == first) {
                        if (self.beats == 1) self.send(handle, self.rpc().graft(arena.mask()), now);
                        return;
                    }
                    List<RpcMessage> heard = first.heard;
                    for (int i = 0; i < 3; i++) {
                        RpcBuilder rpc = self.rpc();
                        for (int m = Math.max(0, heard.size() - 48); m < heard.size(); m++) {
                            rpc.iwant(heard.get(m).id());
                        }
                        self.send(handle, rpc, now);
                    }
                });
        for (int i = 0; i < attackers; i++) arena.link(HONEST + i, 0, arena.around(19 * SECOND));
        var unserved = new long[1];
        arena.setup()
                .probe((simulation, _) ->
                        unserved[0] =
                                simulation
                                        .honestPeer(0)
                                        .counter("gossipsub_iwant_unserved_total", "max_bytes"));
        arena.traffic();
        SimulationResult result = arena.run();
        double most = 0;
        for (Spammer spammer : arena.spammers()) {
            if (spammer == arena.spammers().getFirst()) continue; // it is in the mesh
            most = Math.max(most, (double) spammer.messageBytes / (end - from));
        }
        return List.of(
                Gate.atLeast("1,000 attackers of one peer: delivery", 1, result.delivery()),
                Gate.atMost("bytes for one of them a heartbeat, on average (budget)", budget, most),
                Gate.atLeast("and at least", budget / 4.0, most),
                Gate.atLeast("ids not served for the budget", 1000, unserved[0]));
    }

    // K-28.

    static List<Gate> idontwantLiar(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(60);
        arena.spam(
                20,
                (self, handle, now) -> {
                    RpcBuilder rpc = self.rpc().graft(arena.mask());
                    for (RpcMessage message : self.heard) rpc.idontwant(message.id());
                    self.heard.clear();
                    self.send(handle, rpc, now);
                });
        arena.connectSybils(10, HONEST, 20 * SECOND);
        var first = new double[2]; // most P2 of an attacker and of an honest peer
        arena.setup()
                .probe((simulation, now) -> {
                    if (now % (5 * SECOND) != 0) return;
                    for (int i = 0; i < HONEST; i++) {
                        HonestPeer peer = simulation.honestPeer(i);
                        for (int remote : peer.remotes()) {
                            int side = simulation.honest(remote) ? 1 : 0;
                            if (side == 1 && i > 0) continue;
                            first[side] = Math.max(first[side], firsts(peer, remote, now));
                        }
                    }
                });
        arena.traffic();
        SimulationResult result = arena.run();
        double before = result.phases().get(0).quantileMillis(0.99);
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost(
                        "p99 against before",
                        1.5,
                        result.phases().get(1).quantileMillis(0.99) / before),
                Gate.atMost("most P2 of a liar, first deliveries", 0, first[0]),
                Gate.atLeast("most P2 of an honest peer", 1, first[1]));
    }

    private static double firsts(HonestPeer peer, int remote, long now) {
        double most = 0;
        for (TopicScoreSnapshot topic : peer.snapshotOf(remote, now).topics()) {
            most = Math.max(most, topic.firstMessageDeliveries());
        }
        return most;
    }

    // K-30.

    /// Advertises each message the moment it hears of it, and serves none.
    private static final class Liar extends Adversary {
        private final LeanSeenCache seen = new LeanSeenCache(120 * SECOND);
        private final long from;

        Liar(Simulation simulation, Partition partition, int index, long from) {
            super(simulation, partition, index);
            this.from = from;
        }

        @Override
        protected void onLinked(int handle, long now) {
            super.onLinked(handle, now);
            send(handle, rpc().graft(simulation.mask()), now);
        }

        @Override
        protected void onMessage(int handle, RpcMessage message, long now) {
            if (now < from || !seen.add(message.idHi(), message.idLo(), now)) return;
            for (int other = 0; other < handleLimit(); other++) {
                if (!linked(other)) continue;
                send(other, rpc().ihave(simulation.mask(), message.id()), now);
            }
        }
    }

    static List<Gate> promises(Arena arena) {
        var gates = new ArrayList<Gate>();
        double charged = charged(arena);
        gates.add(Gate.atLeast("one id nobody has: P7 above 0 after, s", 3, charged));
        gates.add(
                Gate.atMost(
                        "one id nobody has: P7 above 0 after, s (3 s and a heartbeat)",
                        4.1,
                        charged));
        gates.addAll(realIds(arena));
        gates.addAll(randomIds(arena.again()));
        return gates;
    }

    /// Seconds from an IHAVE, which is asked for and not served, to the charge for it.
    private static double charged(Arena arena) {
        var began = new long[1];
        var charged = new long[] {Long.MAX_VALUE};
        var duel =
                new Duel(
                        arena,
                        Profile.H1,
                        10,
                        (self, handle, now) -> {
                            if (self.beats > 1) return;
                            began[0] = now;
                            ihaves(self, handle, 1, 1, now);
                        });
        duel.run((d, now) -> {
            if (began[0] == 0 || d.snapshot(now).behaviourPenalty() == 0) return;
            charged[0] = Math.min(charged[0], now);
        });
        return (charged[0] - began[0]) / 1e9;
    }

    /// What liars did to the first peer, which hears of messages by gossip only: they were first in
    /// its mesh and give it nothing.
    private static final class Lied {
        double most;
    }

    private static SimulationResult surrounded(Arena arena, Profile profile, long from, Lied lied) {
        int honest = 40;
        int liars = 12;
        var links = new Links();
        var random = new SplittableRandom(Mix.mix(arena.seed(), Mix.ATTACK, 30));
        for (int i = 1; i < honest; i++) {
            for (int j = 0; j < 8; j++) {
                int other = 1 + random.nextInt(honest - 1);
                if (other != i) links.add(i, other, 0);
            }
        }
        for (int a = 0; a < liars; a++) {
            links.add(honest + a, 0, SECOND);
            // Three of them are there from the start, in the meshes of others, and hear early.
            int known = a < 3 ? honest - 1 : 10;
            for (int j = 0; j < known; j++) links.add(honest + a, 1 + j, a < 3 ? 0 : 2 * SECOND);
        }
        for (int j = 0; j < 12; j++) links.add(11 + j, 0, 8 * SECOND);
        Setup.Builder setup =
                Setup.of(honest, Network.ideal(Latency.PL25), arena.mutated(profile))
                        .seed(arena.seed())
                        .links(links)
                        .watch(1)
                        .attackers(liars, (s, p, i) -> new Liar(s, p, i, from))
                        .attackBetween(from, Long.MAX_VALUE)
                        .afterHeartbeats((peer, now) -> {
                            if (peer.index != 0) return;
                            for (int a = honest; a < honest + liars; a++) {
                                double counter = peer.snapshotOf(a, now).behaviourPenalty();
                                lied.most = Math.max(lied.most, counter);
                            }
                        })
                        .end(58 * SECOND);
        for (int m = 0; m < 76; m++) {
            int publisher = 1 + random.nextInt(honest - 1);
            setup.message(
                    new PlannedMessage(
                            12 * SECOND + m * SECOND / 2,
                            publisher,
                            256,
                            PlannedMessage.Kind.NORMAL));
        }
        return arena.run(setup);
    }

    /// Under H1, which asks two peers for an id and all only after a heartbeat, and as the
    /// reference has it, which asks all.
    private static List<Gate> realIds(Arena arena) {
        Profile two = TopicAttacks.h1(2);
        Profile all = two.with(two.params().toBuilder().limitIWantRequesters(false).build());
        var lied = new Lied();
        SimulationResult limited = surrounded(arena, two, 0, lied);
        double reached = arena.toWatched(limited, 0);
        SimulationResult asking = surrounded(arena, all, 0, new Lied());
        double reachedByAsking = arena.toWatched(asking, 0);
        SimulationResult quiet = surrounded(arena, two, Long.MAX_VALUE, new Lied());
        double usual = quiet.delays().maxMillis();
        return List.of(
                Gate.atLeast(
                        "real ids: share that reaches the victim by gossip without lies",
                        1,
                        arena.toWatched(quiet, 0)),
                Gate.atLeast("real ids: slowest message without lies, ms", 150, usual),
                Gate.atLeast(
                        "real ids: share that reaches the victim (two peers are asked, then all)",
                        1,
                        reached),
                Gate.atMost(
                        "real ids: delay that lies add to the slowest, ms",
                        4000,
                        limited.delays().maxMillis() - usual),
                Gate.atLeast("real ids: most P7 of a liar (reported)", 0, lied.most),
                Gate.atLeast(
                        "real ids, asked of all: share that reaches the victim",
                        1,
                        reachedByAsking),
                Gate.atMost(
                        "real ids, asked of all: delay that lies add, ms",
                        4000,
                        asking.delays().maxMillis() - usual));
    }

    private static List<Gate> randomIds(Arena arena) {
        arena.profile(Profile.H1);
        arena.end(60);
        arena.spam(
                5,
                (self, handle, now) -> {
                    var random = new SplittableRandom(Mix.mix(now, self.index, handle));
                    for (int i = 0; i < 5; i++) {
                        self.send(handle, self.rpc().ihave(arena.mask(), id(random)), now);
                    }
                });
        arena.connectSybils(10, HONEST, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        double least = 0;
        for (MeshProbe.Sample sample : arena.probe.samples) {
            least = Math.min(least, sample.sybilScore());
        }
        return List.of(
                Gate.atLeast("random ids: delivery", 1, result.delivery()),
                Gate.atMost("random ids: least score of a liar", -0.001, least));
    }
}
