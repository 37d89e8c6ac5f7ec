package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.pollen.router.RpcBuilder;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.simulator.Verdict.Gate;

/// The attack catalogue in its quick form: 100 honest peers, the published ratio of sybils to
/// honest peers, a tenth of the published load, minutes of virtual time.
///
/// Source: simulator specification 3.
public final class Attacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;

    /// Runs an entry under a seed.
    interface Script {
        List<Gate> run(Arena arena);
    }

    /// One entry.
    ///
    /// @param id as in the specification
    /// @param title a few words
    /// @param explanation a line
    /// @param published what is known from publications or follows from the rules
    public record Entry(
            String id, String title, String explanation, String published, Object script) {
        /// Runs it.
        public Verdict run(long seed, int workers) {
            return run(seed, workers, null, () -> false);
        }

        /// Runs it.
        ///
        /// @param runs has a hand in its runs
        /// @param stop asked now and then
        /// @throws StoppedException once it says so
        Verdict run(long seed, int workers, @Nullable EntryRuns runs, BooleanSupplier stop) {
            long start = System.nanoTime();
            var arena = new Arena(seed, workers, runs);
            arena.stopWhen(stop);
            arena.goOn(); // not every entry has a network that would ask
            List<Gate> gates = ((Script) script).run(arena);
            if (runs != null) runs.end(gates);
            return new Verdict(id, seed, arena.digest(), (System.nanoTime() - start) / 1e9, gates);
        }

        /// Whether it runs peers on a network, and not only a core with what reaches it: otherwise
        /// it has verdicts and no run that could leave files.
        boolean networked() {
            return !CORES.contains(id);
        }
    }

    /// Entries on a core alone: the scores of one peer, the signalling of relays and targets.
    private static final Set<String> CORES = Set.of("K-14", "K-60", "K-61", "K-62", "K-63");

    private static final List<Entry> ALL = build();

    private Attacks() {}

    /// All entries, in the order of their ids.
    public static List<Entry> all() {
        return ALL;
    }

    /// The entry with an id.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Entry named(String id) {
        for (Entry entry : ALL) if (entry.id.equalsIgnoreCase(id)) return entry;
        throw new IllegalArgumentException(
                "attack %s: one of %s"
                        .formatted(id, String.join(", ", ALL.stream().map(Entry::id).toList())));
    }

    /// The entry with an id as verdicts and results have it: with ` full` behind it, its full form.
    static Entry ofResult(String id) {
        if (!id.endsWith(FullAttacks.FULL)) return named(id);
        return FullAttacks.of(named(id.substring(0, id.length() - FullAttacks.FULL.length())));
    }

    private static void add(
            List<Entry> to, String id, String title, String line, String published, Script s) {
        to.add(new Entry(id, title, line, published, s));
    }

    private static List<Entry> build() {
        var all = new ArrayList<Entry>();
        add(
                all,
                "K-01",
                "eclipse one peer",
                "silent sybils, each with one link, all onto one publisher",
                "delivery 100 % [PUB2]",
                Eclipses::one);
        add(
                all,
                "K-02",
                "eclipse the network",
                "four silent sybils for each honest peer, 20 links each",
                "no effect: sybils are kept out [PUB]",
                Eclipses::everybody);
        add(
                all,
                "K-03",
                "eclipse all publishers",
                "silent sybils onto the publishers only",
                "delivery 100 % [PUB2]",
                Eclipses::publishers);
        add(
                all,
                "K-04",
                "censor one publisher",
                "sybils that forward everything but the messages of one peer",
                "hard to detect, flood publish keeps delivery [PUB]",
                Eclipses::censor);
        add(
                all,
                "K-05",
                "degrade the network",
                "sybils that drop half of what they should forward",
                "delivery 100 % [PUB2]",
                Eclipses::degrade);
        add(
                all,
                "K-06",
                "cold boot",
                "silent sybils are there from the start",
                "hardened: 100 %, p99 1.66 s [PUB2]",
                FlashAttacks::coldBoot);
        add(
                all,
                "K-07",
                "covert flash",
                "sybils behave, then all go silent at once",
                "mesh healed within 2 min [PUB2]",
                FlashAttacks::covertFlash);
        add(
                all,
                "K-08",
                "attack at dawn",
                "sybils are up ten seconds before the honest peers connect",
                "delivery 100 % [PUB2]",
                FlashAttacks::dawn);
        add(
                all,
                "K-09",
                "sybils on few addresses",
                "25 addresses for 400 sybils, P6 on",
                "kept out [PUB2]",
                Eclipses::sharedAddresses);
        add(
                all,
                "K-10",
                "graft again at once",
                "sybils that answer each PRUNE with a GRAFT a second later",
                "graylisted through P7 [CALC]",
                GraftAttacks::regraft);
        add(
                all,
                "K-17",
                "mesh take-over by inbound links",
                "sybils dial and graft without end",
                "Dhi and Dout bound it [PUB rule]",
                GraftAttacks::takeOver);
        add(
                all,
                "K-20",
                "invalid messages",
                "a tenth of the peers sends ten invalid messages a second",
                "P4 graylists after four [PUB test]",
                InvalidMessages::gates);
        add(
                all,
                "K-21",
                "IHAVE flood",
                "15,000 advertisements of unknown ids in each heartbeat",
                "caps of ids and RPCs, broken promises [PUB test]",
                GossipAttacks::ihaveFlood);
        add(
                all,
                "K-22",
                "IWANT flood",
                "asks for the same message again and again",
                "one and three more copies [PUB test]",
                GossipAttacks::iwantFlood);
        add(
                all,
                "K-23",
                "GRAFT flood",
                "grafts in every heartbeat although pruned",
                "three PRUNEs, then silence [PUB test]",
                Attacks::graftFlood);
        add(
                all,
                "K-24",
                "GRAFT for unknown topics",
                "a million GRAFTs for topics that nobody has",
                "ignored, no state",
                StateAttacks::unknownTopics);
        add(
                all,
                "K-25",
                "subscription churn",
                "subscribes and unsubscribes a thousand times a second",
                "bounded work [DESIGN]",
                StateAttacks::subscriptionChurn);
        add(
                all,
                "K-27",
                "IDONTWANT abuse",
                "1,001 RPCs of eleven random ids in each heartbeat",
                "caps; others' delivery unchanged",
                Attacks::idontwantAbuse);
        add(
                all,
                "K-28",
                "IDONTWANT liar",
                "claims to have everything it hears of, forwards nothing",
                "no honest peer loses a message",
                GossipAttacks::idontwantLiar);
        add(
                all,
                "K-29",
                "replay",
                "every message again, just before and just after ids are forgotten",
                "duplicates only",
                ReplayAttack::gates);
        add(
                all,
                "K-30",
                "promise breaking",
                "advertises ids and never sends the messages",
                "P7 within 3 s and a heartbeat",
                GossipAttacks::promises);
        add(
                all,
                "K-09b",
                "careful co-location",
                "25 addresses, and no peer meets two sybils of one address",
                "no P6 charge [PUB]",
                Eclipses::carefulAddresses);
        add(
                all,
                "K-11",
                "free riding in some topics of twelve",
                "forwards everything but some topics, and comes back after each PRUNE",
                "H2: never pruned up to 3 of 12 [PUB]; H1 with a floor for each topic: pruned [DESIGN]",
                TopicAttacks::freeRiding);
        add(
                all,
                "K-12",
                "eclipse in some topics",
                "the neighbours of a victim withhold three topics, all or all but one of them",
                "H2: succeeds for ever [PUB]; H1: the victim receives again [DESIGN]",
                TopicAttacks::topicEclipse);
        add(
                all,
                "K-13",
                "partition by a vertex cut",
                "two attackers are all that six peers have, and withhold three topics of twelve",
                "H2: succeeds [PUB]",
                TopicAttacks::vertexCut);
        add(
                all,
                "K-14",
                "flat region of scores",
                "the published sums of five topics: what more is withheld costs nothing",
                "8.29, and no change [PUB]",
                TopicAttacks::flatRegion);
        add(
                all,
                "K-41",
                "partition of bit slices",
                "attackers take the links of all holders of a mask and drop what is on it",
                "reach at most 0.5; with holder-aware dialling at least 0.99 [DESIGN]",
                TopicAttacks::slicePartition);
        add(
                all,
                "K-15",
                "churn and sybils",
                "K-06 while a fifth of the honest peers come and go",
                "99.3 % less two points [EXP]",
                FurtherAttacks::churnAndSybils);
        add(
                all,
                "K-16",
                "slow peers",
                "no attacker: a tenth of the honest peers has 0.5 Mb/s, or is 500 ms away",
                "honest peers are not punished [EXP]",
                SlowPeers::gates);
        add(
                all,
                "K-26",
                "poisoned peer exchange",
                "each PRUNE offers 16 forged or unsigned peers and the longest backoff",
                "no dials below the threshold",
                ExchangeAttacks::poisonedExchange);
        add(
                all,
                "K-31",
                "oversized RPCs",
                "RPCs with 100,000 control entries",
                "refused before anything is built",
                FurtherAttacks::oversized);
        add(
                all,
                "K-32",
                "odd ids and empty masks",
                "ids of 0 to 4,096 bytes in IHAVE, IWANT and IDONTWANT, empty masks",
                "no exception, nothing changes",
                FurtherAttacks::oddIds);
        add(
                all,
                "K-40",
                "sparse holders, the baseline",
                "no attacker: masks of three bits held by 5 to 20 % of 10,000 peers, 2 % of 25,000 and 1 % of 50,000",
                "0, 0, 0.635, 0.961, 0.999 of the holders [CALC]",
                HolderGraphs::gates);
        add(
                all,
                "K-42",
                "wide masks",
                "masks of eight bits that everybody holds, 40 links each",
                "39 copies with FLOOD_HOLDERS, D with COMPOSITE [CALC]",
                FurtherAttacks::wideMask);
        add(
                all,
                "K-43",
                "masks of many bits",
                "subscribes to and grafts masks of 2,048 bits",
                "bounded work [DESIGN]",
                StateAttacks::manyBits);
        add(
                all,
                "K-44",
                "around a validator by another bit",
                "invalid messages on a slice, and on it with one bit more",
                "0 invalid deliveries; the reference accepts them",
                FurtherAttacks::addedBit);
        add(
                all,
                "K-45",
                "a score for each slice",
                "forwards on two slices, withholds on the third",
                "pruned from the third",
                TopicAttacks::sliceSplit);
        add(
                all,
                "K-46",
                "an unknown slice first",
                "messages on a mask whose first slice nobody holds",
                "sent to nobody; the reference sends to non-holders",
                FurtherAttacks::unknownSlice);
        add(
                all,
                "K-50",
                "DETER-X over the network",
                "more gapped transactions at a better price than a pool holds, on 100 links",
                "later versions refuse them [PUB]",
                PoolAttacks::deterX);
        add(
                all,
                "K-51",
                "jointly unaffordable batch over the network",
                "a run of which each can be paid for and no two",
                "R: a quarter of the slots at the peers hit; H: 1 [PUB, CALC]",
                PoolAttacks::overdraft);
        add(
                all,
                "K-52",
                "underpriced replacements over the network",
                "ten transactions replaced at 9 % more, again and again",
                "the bump of 10 %",
                PoolAttacks::replacements);
        add(
                all,
                "K-53",
                "MemPurge over the network",
                "many dear followers behind one cheap ancestor",
                "R: a quarter of the slots; H: 16; honest gas 0.75 and 0.98 [PUB, CALC]",
                PoolAttacks::memPurge);
        add(
                all,
                "K-54",
                "eviction churn over the network",
                "fresh accounts that each pay a little more",
                "a quarter of the slots a run [CALC]",
                PoolAttacks::eviction);
        add(
                all,
                "K-55",
                "announcement without delivery",
                "claims to have each transaction it hears of, and serves none",
                "retried from others; the liar loses score [DESIGN]",
                PoolAttacks::stall);
        add(
                all,
                "K-56",
                "flood of cheap transactions",
                "valid ones at the lowest price, two hundred a second",
                "bounded pools; blocks not later [DESIGN]",
                PoolAttacks::flood);
        add(
                all,
                "K-57",
                "divergence probe",
                "two conflicting transactions of each account, by link",
                "0.99 again within two slots [DESIGN]",
                PoolAttacks::divergence);
        add(
                all,
                "K-60",
                "flood of requests from one key",
                "10,000 requests for a hole punch a second, through one relay",
                "20 and 10 a second pass [DESIGN]",
                SignalAttacks::flood);
        add(
                all,
                "K-61",
                "flood of requests from many keys",
                "10,000 keys that also hash, at a relay and, through 40 of their own, at a target",
                "200 and 100 a second, 60 and 20; whoever works is served [DESIGN]",
                SignalAttacks::manyKeys);
        add(
                all,
                "K-62",
                "replay of captured requests",
                "one request again, through both relays and directly, until long after its life",
                "no second effect; the cache refuses instead of forgetting [DESIGN]",
                SignalAttacks::replay);
        add(
                all,
                "K-63",
                "reflection by hole punching",
                "a relay and 30 accomplices who all certify the address of a victim",
                "at most 1.5 bytes for a byte, 2 punches and one each 300 s [DESIGN]",
                SignalAttacks::reflection);
        add(
                all,
                "K-64",
                "spam of requests as gossip",
                "requests on all 16 masks, without work and with 15 bits",
                "rejected before a signature is checked, senders graylisted [DESIGN]",
                SignalGossip::spam);
        add(
                all,
                "K-65",
                "equivocation",
                "two requests with one nonce, to different neighbours",
                "the source is banned, nobody else is to blame [DESIGN]",
                SignalGossip::equivocation);
        all.sort(
                java.util.Comparator.comparing((Entry entry) -> entry.id().substring(0, 4))
                        .thenComparing(Entry::id));
        return List.copyOf(all);
    }

    // Spam.

    private static List<Gate> graftFlood(Arena arena) {
        PeerScoreParams scores = arena.scores().toBuilder().behaviourPenalty(-100, 0, 0.99).build();
        arena.profile(
                Profile.H0_QUICK.with(
                        scores, PeerScoreThresholds.builder().limits(-10, -100, -1000).build()));
        arena.end(70);
        // The first GRAFT is taken; the PRUNE behind it, which names no backoff as in the published
        // test, starts that of the victim, which all others ignore.
        arena.spam(
                1,
                (self, handle, now) ->
                        self.send(
                                handle,
                                self.rpc().prune(arena.mask(), 0, List.of()).graft(arena.mask()),
                                now));
        arena.link(HONEST, 0, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atLeast("PRUNEs for it", 3, arena.spammers().getFirst().prunes),
                Gate.atMost("PRUNEs for it", 3, arena.spammers().getFirst().prunes),
                Gate.atMost(
                        "its score (graylist -1000)",
                        -1000,
                        least(arena.probe.samples, MeshProbe.Sample::sybilScore)),
                Gate.atMost(
                        "in the mesh at the end", 0, arena.probe.samples.getLast().victimSybils()));
    }

    private static List<Gate> idontwantAbuse(Arena arena) {
        // Room for all ids of three heartbeats, so that only the caps on RPCs ignore any.
        arena.profile(
                Profile.H1.with(
                        Profile.H1.params().toBuilder().idontwantIdsPerPeerMax(30_000).build()));
        arena.end(40);
        var flights = new AtomicInteger();
        arena.spam(
                1,
                (self, handle, now) -> {
                    if (now > 38 * SECOND) return; // what is counted has arrived
                    flights.incrementAndGet();
                    var random = new SplittableRandom(Mix.mix(now, self.index, handle));
                    for (int i = 0; i < 1001; i++) {
                        RpcBuilder rpc = self.rpc();
                        for (int j = 0; j < 11; j++) rpc.idontwant(GossipAttacks.id(random));
                        self.send(handle, rpc, now);
                    }
                });
        arena.connectSybils(2, HONEST, 20 * SECOND);
        var ignored = new Unwanted();
        arena.setup().probe(ignored);
        arena.traffic();
        SimulationResult result = arena.run();
        double rpcs = (double) ignored.rpcs / flights.get();
        double ids = (double) ignored.ids / flights.get();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("p99 against before", 1.2, p99(result, 1) / p99(result, 0)),
                Gate.atLeast("RPCs ignored in a heartbeat, of 1,001", 1, rpcs),
                Gate.atMost("RPCs ignored in a heartbeat, of 1,001", 1, rpcs),
                Gate.atLeast("ids ignored in a heartbeat, of 11 in each RPC", 1000, ids),
                Gate.atMost("ids ignored in a heartbeat, of 11 in each RPC", 1000, ids),
                Gate.atMost("ids remembered for the attacker, most", 30_000, ignored.most),
                Gate.atLeast("and at least", 1, ignored.most));
    }

    /// What the peers linked to the attacker ignore of its IDONTWANTs, and what they remember.
    private static final class Unwanted implements Simulation.Probe {
        private static final String IGNORED = "gossipsub_idontwant_ignored_total";
        private int most;
        private long rpcs;
        private long ids;

        @Override
        public void sample(Simulation simulation, long now) {
            rpcs = 0;
            ids = 0;
            for (int i = 0; i < HONEST; i++) {
                HonestPeer peer = simulation.honestPeer(i);
                most = Math.max(most, peer.unwantedOf(HONEST));
                rpcs += peer.counter(IGNORED, "max_messages");
                ids += peer.counter(IGNORED, "max_ids");
            }
        }
    }

    private static double p99(SimulationResult result, int phase) {
        return result.phases().get(phase).quantileMillis(0.99);
    }

    private static double least(
            List<MeshProbe.Sample> samples,
            java.util.function.ToDoubleFunction<MeshProbe.Sample> value) {
        return samples.stream().mapToDouble(value).min().orElse(Double.NaN);
    }
}
