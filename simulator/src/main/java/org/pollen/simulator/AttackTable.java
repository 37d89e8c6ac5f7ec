package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Verdicts as a document and as JSON.
final class AttackTable {
    /// Reasons of gates that fail.
    private static final Map<String, String> WHY =
            Map.of(
                    "K-03",
                    "at 60 s P3 becomes active, and meshes lose honest members that are too far away to deliver within its 5 "
                            + "ms; sybils that came half a minute before have taken what was free, and are pruned later. Until then a "
                            + "publisher of seed 5 has five honest members instead of six, and its messages arrive like those of "
                            + "others. Without the attack it keeps six; with the attack at 90 s, when P3 is active, too");

    /// Gates that are not the letter of the specification, and why.
    private static final Map<String, String> OTHERWISE = new LinkedHashMap<>();

    static {
        OTHERWISE.put(
                "K-02",
                "the specification's limit of 25 % is 1.25 times what is free below Dhi in meshes of 9.6 members, which is what its"
                        + " model of static meshes has. Routers have fewer: a GRAFT on a link one has dialled is taken at Dhi too, and"
                        + " the next heartbeat prunes to D. Measured without attackers (1,000 peers, 20 dials, H0): 9.2 members, and 9.5"
                        + " with Dhi out of reach; 8.5 and less once P3 with its window of 5 ms prunes the distant ones. Silent sybils"
                        + " take the slots that are free and no others, so the limit here is the same formula with the meshes measured");
        OTHERWISE.put(
                "K-02 and K-09b",
                "sybils dial at 90 s and are held against 80 s, not 60 and 59 s: at 60 s P3 becomes active under H0 and prunes distant"
                        + " honest peers, attack or not. In the quick form a peer has 80 links to sybils, four for each honest one; the full"
                        + " form of K-02 has ten");
        OTHERWISE.put(
                "K-15",
                "the limit is P-I at 20 % of churn less two points; the limit on p99 is that of P-I at 30 %, and is not in the row");
        OTHERWISE.put(
                "K-44",
                "peers of the simulator have one validator for all slices, so what is shown is that each of these messages is judged,"
                        + " whatever its mask; validators for single slices are the router's, and tested there");
        OTHERWISE.put(
                "K-07",
                "H0s-quick has ten times the weight of P3 and P3b. The specification divides load, caps and threshold by ten and says"
                        + " that scores keep their shapes; but a deficit counts squared, so P3 became a hundredth while P2 became a tenth,"
                        + " and by the formula a sybil with full counters would be above zero for 164 s after it went silent, for 67 s"
                        + " under H0s. H0o and V10 flip at 60 s; what vanilla does is only reported. Who is out 120 s later is judged"
                        + " by the meshes of that instant: one that was pruned and grafted again is in");
        OTHERWISE.put(
                "K-06 and K-08",
                "each honest peer dials twenty others, as published. With ten, some of 60,000 deliveries are lost under some seeds."
                        + " At degree 100 it dials 25, so that 39 of 439 links are honest, as among the published 1,000");
        OTHERWISE.put(
                "K-06",
                "what opportunistic grafting gains is judged on messages published from 90 s on. Before, every honest peer is in"
                        + " the backoff of every other, because meshes full of sybils refused each other's GRAFTs for the outbound"
                        + " quota in the first ten seconds, and nothing can be grafted (ADR 101)");
        OTHERWISE.put(
                "K-11 and K-45",
                "the rule is that a rider is out of the mesh withheld two activations (240 s) after it came in, so each stay is"
                        + " measured. The share of riders at some instant says less: others take the slots of those that were pruned,"
                        + " and have their own time");
        OTHERWISE.put(
                "K-11, K-12 and K-13",
                "the Ethereum set is the published break-even rule as parameters, with the weight, activation and decays of P3 of the"
                        + " published model, in which a slot is a second. P2 pays 3.2/12 for each topic delivered. Four of twelve,"
                        + " which the rule allows, stays above zero while counters are full (a test of the scores), and is not in the gates: in a"
                        + " network some rider is now and then the first with no message for a while, and dips to -0.3");
        OTHERWISE.put(
                "K-12",
                "the specification has the victim receive again from two activations on. With one honest neighbour it does, by its mesh or"
                        + " by gossip of that one peer, which does not tell it of each message: 0.987 to 1 of them under five seeds");
        OTHERWISE.put(
                "K-17",
                "the specification of the router lets a mesh have Dhi - 1 inbound members, and K-17 wants Dhi - Dout: what is lacking "
                        + "of outbound members is made up for only by grafting some, and they may all refuse, since their meshes are "
                        + "full too. The gate is Dhi - 1, and for how long a mesh had more than Dhi - Dout is reported (ADR 107). 40 "
                        + "honest peers with 400 links to sybils each, and 100 with 160; counted as each peer's heartbeat ends: between "
                        + "heartbeats a mesh takes GRAFTs up to Dhi");
        OTHERWISE.put(
                "K-21",
                "15,000 IHAVEs of one id twice are those of two heartbeats in a row: ten broken promises are -160, below the "
                        + "threshold of gossip, so that later ones are not even read. The share of upload is that of a link's IWANTs in "
                        + "what a peer usually sends in six seconds");
        OTHERWISE.put(
                "K-13",
                "on a graph of the published size (588 peers, about 7,500 links) with such a cut; no licence was found for the"
                        + " published edge list");
        OTHERWISE.put(
                "K-41",
                "a graph loses no links because attackers join it, so they have to take the places of others: peers refuse more "
                        + "than 16 links, attackers and honest peers dial in the same second. The defence is what nodes do: each holder "
                        + "keeps eight links to holders that it dialled itself, dials others where one was refused, and where it is full "
                        + "closes links that others dialled, four a second, for six seconds. Attackers say that they are holders, too, so "
                        + "the links they dialled count for nothing");
        OTHERWISE.put(
                "K-20",
                "each spammer sends one message each 100 ms. Ten at once each second cost six to seven validations a link "
                        + "instead of four: they are on their way before the first is judged");
        OTHERWISE.put(
                "K-09",
                "25 addresses as published leave 3.2 sybils for each address and victim, and 3.3 addresses with one only, which "
                        + "P6 does not charge and which take what is free below Dhi: 10 % of the members at once and 15 % a minute later, "
                        + "when they have tried again. So 10 % is the limit for ten addresses, at which hardly a sybil is alone");
        OTHERWISE.put(
                "K-10",
                "the graft each second is of a network in which each honest peer has 40 links to sybils; the others are of ten "
                        + "honest peers and 30 sybils, who are all linked, for as long as counters take to converge. A GRAFT after the "
                        + "eighth is not answered any more");
        OTHERWISE.put(
                "K-16",
                "40 peers of which four are slow and four others publish; a false prune is one of a slow peer whose score is "
                        + "below zero or below the floor of the topic. The window of P3 under H1 is 200 ms, so a peer that is 500 ms "
                        + "from everybody is pruned each time that its two minutes are over: the limit of 1 % an hour holds for 0.5 "
                        + "Mb/s, for 50 ms more, and for 500 ms with a window of 1.2 s, not with that of the specification of scores "
                        + "(15.5). With 75 ms more it is 39 % an hour under seed 2. Under H2 an uplink of 0.5 Mb/s does not carry 24 "
                        + "messages a second");
        OTHERWISE.put(
                "K-22",
                "a thousand attackers of one peer, under a budget of 8 KiB instead of 16 MiB, so that it is reached");
        OTHERWISE.put(
                "K-24 and K-43",
                "what the tables of a router hold is counted in entries instead of bytes of heap: subscriptions, masks, "
                        + "backoffs, ids, messages, promises, scores. None is more than 1 KiB");
        OTHERWISE.put(
                "K-25 and K-43",
                "the share of the processor counts 40 us for each RPC, of which there are a thousand a second");
        OTHERWISE.put(
                "K-25",
                "on the topic of the network each toggle is an event, since nothing limits how often a peer may change its mind; "
                        + "what is limited is how many topics it may have. A GRAFT of a peer that has not subscribed is taken, as by "
                        + "the reference (router specification 6.4)");
        OTHERWISE.put(
                "K-29",
                "freshness is a validator of sequence numbers, which needs signed messages");
        OTHERWISE.put(
                "K-30",
                "in a network whose meshes work the message is there before a promise is broken, so the victim here has "
                        + "twelve liars and as many honest neighbours, and the liars are its whole mesh. Two peers are asked for an "
                        + "id, and all who announce it when it has not come for a heartbeat; until that was so (ADR 106), 1 to 8 % "
                        + "of the messages were lost. A promise is kept by whoever brings the message, so liars whose messages others "
                        + "bring within 3 s are not charged; they are for an id that nobody has, and for random ones");
        OTHERWISE.put(
                "K-40",
                "the mean of several graphs, sixteen at lambda 2: so near the threshold of a giant component one graph of 500 "
                        + "holders has a standard deviation of 0.05. Graphs are drawn for all peers, and run without those that are no "
                        + "holders, who would get nothing and send nothing on");
        OTHERWISE.put(
                "K-50 to K-57",
                "100 honest peers with 20 links, five attackers with 20 links, and pools, accounts and blocks at an eighth of the"
                        + " default: 768 transactions of 48 accounts fill 640 + 128 slots, a block has 3.75 M gas. The limits are those"
                        + " of the specification for such a pool: 161 is a quarter of 640 slots, and one. Signatures are recovered once"
                        + " for all peers and cost each of them 100 us");
        OTHERWISE.put(
                "K-52",
                "a replacement is refused after its signature was paid for, since the sender is what says that it is one; it is"
                        + " ignored, not rejected, so nobody is graylisted for passing it on");
        OTHERWISE.put(
                "K-55",
                "transactions are gossiped, so what can be announced and not delivered is an IHAVE. The delay is measured by pools:"
                        + " what is older than two seconds is in all of them");
        OTHERWISE.put(
                "K-60 to K-65",
                "on the core of signalling, which no node speaks yet: K-60 to K-63 over modelled streams of 25 ms, K-64 and K-65 over the"
                        + " real router of 60 peers. Signatures are hashes that nobody forges, and work is bought with modelled time: an"
                        + " honest peer has 4 MH/s, the attackers of K-61 have 450 MH/s at the relay and 90 MH/s at the target, and send"
                        + " 2,000 and 250 requests a second");
        OTHERWISE.put(
                "K-60 and K-63",
                "seeds draw when requests come; what is measured are bounds that are reached under each of them");
        OTHERWISE.put(
                "K-61",
                "half of the requests that were worked for at the relay are sent eight times more, with wrong signatures, which the"
                        + " work does not cover: a key is banned after two");
        OTHERWISE.put(
                "K-62",
                "with a cache for 256 requests, so that it fills; at its real size the rate limits of the relay fill a tenth of it");
        OTHERWISE.put(
                "K-64",
                "the share of processors counts 40 us a message read and 200 us a signature");
        OTHERWISE.put(
                "K-65",
                "the specification of signalling rejects an equivocation, which blames who passes it on; then honest peers, who saw"
                        + " the other request first, punish each other, and this gate fails. Here it is ignored (ADR 96)");
        OTHERWISE.put(
                "K-56",
                "held against the same blocks of the same peers without the attack: with four blocks before and four during it, the"
                        + " peers that made them decided the ratio");
    }

    /// What is not run, and why.
    private static final Map<String, String> NOT_RUN = new LinkedHashMap<>();

    private AttackTable() {}

    static String markdown(List<Verdict> verdicts) {
        var text = new StringBuilder(400 * verdicts.size());
        text.append(
                """
                # Attacks: published, ours, gate

                Generated by `pollen sim run all --seeds 5 -o DIR` (ten minutes on two free cores with `--workers 2`: a nightly run); do not edit.
                Quick form of the catalogue: 100 honest peers with the real router and scores, the published ratio of
                attackers, a tenth of the published load. Tags are those of the simulator specification; often some of its
                gates only. Profile H0 prunes above Dhi, as the code of that time. An entry of several runs has the
                digest of the last. One entry again: `pollen sim run ID --seed N`; `-o DIR` renews its lines here.
                Lines of `K-.. full` are of the published size, 1,000 honest peers and 4,000 sybils: `pollen sim run K-.. --full --seed N`.

                | attack | published or expected | gates: measured (rule) | verdict | seed | digest |
                |---|---|---|---|---|---|
                """);
        for (Verdict verdict : verdicts) {
            Attacks.Entry entry = Attacks.named(quickId(verdict.id()));
            text.append(
                    "| %s %s | %s | %s | %s | %d | `%s` |%n"
                            .formatted(
                                    verdict.id(),
                                    entry.title(),
                                    entry.published(),
                                    String.join(
                                            "; ",
                                            verdict.gates().stream()
                                                    .map(Verdict.Gate::toString)
                                                    .toList()),
                                    verdict.passes() ? "pass" : "**fail**",
                                    verdict.seed(),
                                    verdict.digest().substring(0, 16)));
        }
        text.append("\n## Why a gate fails\n\n");
        var explained = new HashSet<String>();
        for (Verdict verdict : verdicts) {
            if (verdict.passes() || !explained.add(verdict.id())) continue;
            String why = WHY.getOrDefault(verdict.id(), "not yet explained: an open finding.");
            text.append("* %s: %s%n".formatted(verdict.id(), why));
        }
        if (verdicts.stream().allMatch(Verdict::passes)) text.append("None fails.\n");
        text.append("\n## Gates that are not the letter of the specification\n\n");
        OTHERWISE.forEach((id, why) -> text.append("* %s: %s.%n".formatted(id, why)));
        if (!NOT_RUN.isEmpty()) text.append("\n## Not run\n\n");
        NOT_RUN.forEach((id, why) -> text.append("* %s: %s.%n".formatted(id, why)));
        return text.toString();
    }

    private static String quickId(String id) {
        return id.endsWith(FullAttacks.FULL)
                ? id.substring(0, id.length() - FullAttacks.FULL.length())
                : id;
    }

    static Map<String, String> notRun() {
        return Collections.unmodifiableMap(NOT_RUN);
    }

    static String json(List<Verdict> verdicts) {
        var text = new StringBuilder("[\n");
        for (int i = 0; i < verdicts.size(); i++) {
            Verdict verdict = verdicts.get(i);
            text.append(
                    "  {\"id\": \"%s\", \"seed\": %d, \"digest\": \"%s\", \"pass\": %s, \"gates\": ["
                            .formatted(
                                    verdict.id(),
                                    verdict.seed(),
                                    verdict.digest(),
                                    verdict.passes()));
            for (int j = 0; j < verdict.gates().size(); j++) {
                Verdict.Gate gate = verdict.gates().get(j);
                text.append(j == 0 ? "" : ", ")
                        .append(
                                String.format(
                                        Locale.ROOT,
                                        "{\"what\": \"%s\", \"rule\": \"%s\", \"measured\": %s, \"pass\": %s}",
                                        gate.what(),
                                        gate.rule(),
                                        number(gate.measured()),
                                        gate.passes()));
            }
            text.append(i + 1 < verdicts.size() ? "]},\n" : "]}\n");
        }
        return text.append("]\n").toString();
    }

    private static final Pattern VERDICT =
            Pattern.compile(
                    "\\{\"id\": \"([^\"]+)\", \"seed\": (-?\\d+), \"digest\": \"(\\w*)\", \"pass\": \\w+, \"gates\": \\[(.*)]}");
    private static final Pattern GATE =
            Pattern.compile(
                    "\\{\"what\": \"([^\"]*)\", \"rule\": \"([^\"]*)\", \"measured\": ([^,]*), \"pass\": (true|false)}");

    /// The verdicts of another run that its JSON holds, with those of this run instead of or beside
    /// them, in the order of the catalogue.
    static List<Verdict> merged(String json, List<Verdict> newer) {
        var all = new ArrayList<Verdict>();
        Matcher verdict = VERDICT.matcher(json);
        while (verdict.find()) {
            var gates = new ArrayList<Verdict.Gate>();
            Matcher gate = GATE.matcher(verdict.group(4));
            while (gate.find()) {
                String measured = gate.group(3);
                gates.add(
                        new Verdict.Gate(
                                gate.group(1),
                                gate.group(2),
                                measured.equals("null") ? Double.NaN : Double.parseDouble(measured),
                                gate.group(4).equals("true")));
            }
            String id = verdict.group(1);
            long seed = Long.parseLong(verdict.group(2));
            boolean replaced = newer.stream().anyMatch(v -> v.id().equals(id) && v.seed() == seed);
            if (!replaced) all.add(new Verdict(id, seed, verdict.group(3), 0, gates));
        }
        all.addAll(newer);
        List<String> order = Attacks.all().stream().map(Attacks.Entry::id).toList();
        all.sort(
                Comparator.comparingInt((Verdict v) -> order.indexOf(quickId(v.id())))
                        .thenComparing(Verdict::id)
                        .thenComparingLong(Verdict::seed));
        return all;
    }

    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "null";
    }

    static String summary(String name, SimulationResult result) {
        LatencyHistogram delays = result.delays();
        return String.format(
                Locale.ROOT,
                """
                {"name": "%s", "digest": "%s", "events": %d, "rpcs": %d, "deliveries": %d, "expected": %d, \
                "delivery": %.6f, "p50": %.1f, "p95": %.1f, "p99": %.1f, "max": %.1f, "mesh": %.2f, \
                "wireBytes": %d}
                """,
                name,
                result.digest(),
                result.events(),
                result.rpcs(),
                result.deliveries(),
                result.expected(),
                result.delivery(),
                delays.quantileMillis(0.5),
                delays.quantileMillis(0.95),
                delays.quantileMillis(0.99),
                delays.maxMillis(),
                result.meshMean(),
                result.wireBytes());
    }
}
