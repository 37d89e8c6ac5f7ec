package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The keys that scenario files may have.
///
/// Source: simulator specification 5.
final class ScenarioKeys {
    /// The keys of router parameters begin with it.
    static final String PARAMS = "protocol.params.";

    private ScenarioKeys() {}

    /// Other spellings of keys, as the specification has them.
    private static final Map<String, String> ALSO =
            Map.of(
                    "topology.connect.model", "topology.model",
                    "topology.connect.k", "topology.k",
                    "topology.limits.low", "topology.low",
                    "topology.limits.high", "topology.high");

    /// The usual spelling of a key.
    static String usual(String key) {
        return ALSO.getOrDefault(key, key);
    }

    /// What may be said of sybils below `attack`, and below `attack.with`.
    private static final List<String> SYBILS =
            List.of("sybils", "fraction", "degree", "target", "at", "from", "drop", "regraft");

    /// Dotted keys and what they mean.
    static final Map<String, String> ALL = new LinkedHashMap<>();

    static {
        ALL.put("schema", "1");
        ALL.put("name", "of the scenario");
        ALL.put("description", "free text");
        ALL.put("seed", "whole number (1)");
        ALL.put("time.warmup", "duration before messages (30s)");
        ALL.put("time.run", "duration with messages (60s)");
        ALL.put("time.cooldown", "duration after messages (10s)");
        ALL.put("topology.peers", "how many, required; with groups, attackers included");
        ALL.put("topology.k", "how many others each peer dials (20)");
        ALL.put(
                "topology.model",
                "dial, regular, scalefree, clusters, or edges with topology.edges");
        ALL.put("topology.clusters", "groups of peers, for the model clusters (10)");
        ALL.put("topology.inside", "share of the dials to one's own cluster, 0..1 (0.9)");
        ALL.put("topology.edges", "file of lines `from,to`, beside the scenario");
        ALL.put("topology.nat", "share of peers that cannot be dialled, 0..1");
        ALL.put("topology.punch", "share of pairs behind NAT that reach each other, 0..1 (0)");
        ALL.put(
                "topology.relay",
                "true or false: relays link pairs behind NAT that do not reach each other (false)");
        ALL.put("topology.connections", "links above which a peer refuses to be dialled");
        ALL.put("topology.high", "links above which a peer closes some, with topology.low");
        ALL.put("topology.low", "links that are left then");
        ALL.put("topology.limits.high", "the same as topology.high");
        ALL.put("topology.limits.low", "the same as topology.low");
        ALL.put("topology.connect.model", "the same as topology.model");
        ALL.put("topology.connect.k", "the same as topology.k");
        ALL.put("topology.grace", "duration for which a new link is not closed (20s)");
        ALL.put(
                "topology.latencies",
                "file of lines `from,to,oneWayMs`, beside the scenario, instead of topology.regions");
        ALL.put("churn.share", "of the peers that come and go, 0..1");
        ALL.put("churn.up", "mean duration a peer stays (60s)");
        ALL.put("churn.down", "mean duration it is away (10s)");
        ALL.put("churn.shape", "of Weibull sessions, 0.1..10, whose scale is then churn.up (none)");
        ALL.put(
                "churn.sessions",
                "file of lines `peer,up,down`, beside the scenario, instead of churn.share");
        ALL.put(
                "topology.regions",
                "interop8, lean3, pl25, gerbil, vac5, cloud10, bimodal, const(50ms), lognormal(100ms)");
        ALL.put("network.bandwidth", "ideal, interop, dchome, thirds, vac5");
        ALL.put("network.mode", "fifo, fair, tcplite, tcplite-warm");
        ALL.put("network.loss", "of segments, 0..1");
        ALL.put(
                "network.jitter",
                "none, uniform(0.1), lognormal(5ms), pareto(2ms), instead of that of the latencies");
        ALL.put(
                "network.cpu",
                "true or false: RPCs wait for one processor a peer, beside network.validation (false)");
        ALL.put("network.validation", "duration of a validation (0ms)");
        ALL.put(
                "scoring.profile",
                "H0, H0-quick, H0s, H0s-quick, H0o-quick, V10, H1, plain, light");
        ALL.putAll(ScoreOverrides.keys());
        ALL.put(
                "protocol.variant",
                "meshsub-1.0, meshsub-1.1, meshsub-1.2, meshsub-1.3, blossom-2.0, blossom-2.1 (that of the profile)");
        ALL.put(
                "protocol.multiBitMode",
                "FLOOD_HOLDERS (blossom-2.0), RANDOM_SLICE (blossom-2.1), or COMPOSITE");
        ALL.put("protocol.crypto", "none, modelled, real: whether messages are signed");
        ALL.put("groups.name", "of letters, digits, - and _, required");
        ALL.put("groups.count", "how many peers it has (the rest, for one of the groups)");
        ALL.put("groups.fraction", "of topology.peers, 0..1, instead of a count");
        ALL.put(
                "groups.role",
                "publisher, relay, bootstrap (dialled, in no mesh), adversary (relay)");
        ALL.put("groups.region", "the region of all its peers, as EU (drawn for each peer)");
        ALL.put(
                "groups.bandwidth",
                "of its peers: ideal, interop, dchome, thirds, vac5, or a number, as 50Mb/s");
        ALL.put("groups.subscribe.topic", "of a workload; the list has words or mappings");
        ALL.put(
                "groups.subscribe.bits",
                "a mask, with BlossomSub: random(3 of 256), or bits(3, 77 of 256)");
        ALL.put("groups.subscribe.share", "of the group that subscribes to it, 0..1 (1)");
        ALL.put("groups.behaviour.connect.to", "all, publishers, or the name of a group (all)");
        ALL.put("groups.behaviour.connect.degree", "how many each dials (20)");
        ALL.put("groups.behaviour.connect.at", "when, give or take a twentieth (0s)");
        ALL.put("groups.behaviour.graft", "true or false: grafts itself into meshes (false)");
        ALL.put("groups.behaviour.regraft", "duration from a PRUNE to the next GRAFT (never)");
        ALL.put(
                "groups.behaviour.forward.drop",
                "share of messages that it does not pass on, 0..1 (0; without forward: 1)");
        ALL.put("groups.behaviour.forward.afterFlip", "the same after flipAt, 0..1 (1)");
        ALL.put("groups.behaviour.forward.except", "list of topics of which it passes nothing on");
        ALL.put("groups.behaviour.flipAt", "instant from which forward.afterFlip holds");
        ALL.put("groups.behaviour.spam.kind", "invalid, ihave, idontwant, or graft");
        ALL.put("groups.behaviour.spam.rate", "RPCs a second on each link, up to 1000/s (1/s)");
        ALL.put(
                "groups.behaviour.spam.size",
                "ids of an RPC, or bytes of an invalid message, 8..5000 (64)");
        ALL.put("groups.behaviour.spam.from", "instant of the first (0s)");
        ALL.put("groups.behaviour.class", "name of a class that extends Adversary, and connect");
        ALL.put("groups.behaviour.classpath", "jar or folder beside the scenario that has it");
        ALL.put("workload.group", "who publishes: all, or the name of a group (the publishers)");
        ALL.put("workload.topic", "name of letters, digits, - and _ (t)");
        ALL.put(
                "workload.mask",
                "with BlossomSub: random(3 of 256), or bits(3, 77 of 256) (the one that groups subscribe to)");
        ALL.put("workload.rate", "messages a second, as 12/s");
        ALL.put("workload.size", "of payloads, as 2KiB");
        ALL.put("workload.publishers", "how many of them publish (all)");
        ALL.put("workload.share", "of the peers that subscribe to the topic, 0..1 (1)");
        ALL.put("workload.start", "instant of the first message (the end of time.warmup)");
        ALL.put("workload.stop", "instant of no further message (the end of time.run)");
        ALL.put("workload.arrival", "uniform, poisson, or slots: all of a slot at its beginning");
        ALL.put("workload.slot", "duration, for the arrival slots (12s)");
        ALL.put("workload.validity", "share of the messages that are valid, 0..1 (1)");
        ALL.put("protocol.params.D", "members a mesh is grown to");
        ALL.put("protocol.params.Dlo", "members below which it is grown");
        ALL.put("protocol.params.Dhi", "members above which it is cut");
        ALL.put("protocol.params.Dscore", "members kept for their score");
        ALL.put("protocol.params.Dout", "least members that were dialled");
        ALL.put("protocol.params.Dlazy", "least peers that are told of messages");
        ALL.put("protocol.params.gossipFactor", "share of peers that are told of messages, 0..1");
        ALL.put(
                "protocol.params.opportunisticGraftTicks",
                "heartbeats between such grafts, 0 for none");
        ALL.put("protocol.params.floodPublish", "true or false");
        ALL.put("protocol.params.heartbeat", "duration between heartbeats, as 1s");
        ALL.put(
                "attack.use",
                "an entry of the catalogue that is sybils: K-01, K-02, K-03, K-05, K-06, K-07, K-10, K-41");
        ALL.put("attack.sybils", "how many (0)");
        ALL.put("attack.fraction", "of topology.peers, 0..1, instead of attack.sybils");
        ALL.put("attack.degree", "how many honest peers each sybil dials (20)");
        ALL.put(
                "attack.target",
                "all, publishers, one, or holders of the first topic: whom they dial (all)");
        ALL.put("attack.at", "when they dial, give or take a twentieth (0s)");
        ALL.put("attack.from", "when they begin to drop messages (0s)");
        ALL.put("attack.drop", "share of messages they drop then, 0..1 (1)");
        ALL.put("attack.regraft", "duration from a PRUNE to their next GRAFT (60s)");
        for (String name : SYBILS) {
            String meaning = meaning("attack." + name).replaceAll(" \\(.*\\)", "");
            ALL.put("attack.with." + name, meaning + ", instead of what attack.use says");
        }
        ALL.put("attack.class", "name of a class that extends Adversary, instead of sybils");
        ALL.put("attack.classpath", "jar or folder beside the scenario that has it");
        ALL.put("events.at", "instant of the run, required");
        ALL.put("events.do", "partition, heal, leave, join, kill, flip, or set, required");
        ALL.put("events.group", "of adversaries, that flips, or whose drop is set");
        ALL.put(
                "events.key",
                "what is set: network.loss, workload.rate (workload.1.rate of a list), or drop of a group");
        ALL.put("events.value", "what it is set to");
        ALL.put(
                "events.share",
                "of the peers that are on one side, leave, come back or go dead, 0..1");
        ALL.put(
                "events.regions",
                "list of regions that are one side of a partition, as [EU, WAS]; instead of a share");
        ALL.put("budget.wall", "duration of real time a run may take, as 20m");
        ALL.put("budget.heap", "memory that a run may use, as 18GiB");
        ALL.put("budget.events", "how many events a run may have, as 5e9");
        ALL.put(
                "compare.baseline",
                "values of axes, as `topology.k=20`: the point others are compared with (the first)");
        ALL.put("measure.scoreEvery", "whole seconds between looks at scores, as 5s");
        ALL.put("measure.observers", "how many peers are asked for scores (40)");
        ALL.put("measure.meshes", "how many peers are asked for their meshes (200)");
        ALL.put("measure.graphEvery", "whole seconds between looks at the whole mesh (10s)");
        ALL.put(
                "measure.deadlines",
                "up to 8 durations, of which later deliveries are counted, as [3s, 4s, 6s]");
        ALL.put("compare.metrics", "list of numbers, as [p99, meshShare(sybil)]");
        ALL.put(
                "compare.test",
                "paired: Wilcoxon's test on pairs of equal seeds, or unpaired: Mann and Whitney's (paired)");
        ALL.put(
                "compare.equivalence",
                "share of the baseline's median within which a point is as good as equal, 0..1");
        ALL.put("compare.alpha", "p below which a difference counts, 0..1 (0.05)");
        ALL.put("seeds", "list of whole numbers, or {from: 1, count: 5}; for sweeps");
        ALL.put("sweep", "keys with lists of values, or {from: 1, to: 9, steps: 3, scale: log}");
        ALL.put(
                "gates",
                "list of conditions, as `delivery >= 1.0`, `p99(attack) <= 340ms` or `median(p99) <= 340ms`");
    }

    private static final List<String> LISTS_OF_WORDS =
            List.of(
                    "events.regions",
                    "measure.deadlines",
                    "compare.metrics",
                    "groups.behaviour.forward.except");

    /// Keys whose values are names of files beside the scenario.
    static final List<String> FILES =
            List.of("topology.edges", "topology.latencies", "churn.sessions");

    /// Sections that may be a list of mappings, and whether they have to be one.
    static final Map<String, Boolean> LISTS =
            Map.of("workload", false, "events", true, "groups", true, "groups.subscribe", true);

    /// A word in the place of a mapping of such a list is the value of this key.
    static final Map<String, String> WORDS = Map.of("groups.subscribe", "topic");

    /// The section that may be a list of mappings and words which are one mapping together.
    static final String BEHAVIOUR = "groups.behaviour";

    /// What a behaviour that is only named stands for.
    static final Map<String, Map.Entry<String, String>> NAMED =
            Map.of(
                    "connect", Map.entry("connect.degree", "20"),
                    "graft", Map.entry("graft", "true"),
                    "forward", Map.entry("forward.drop", "0"),
                    "regraft", Map.entry("regraft", "60s"));

    private static final Pattern NUMBER = Pattern.compile("\\d{1,4}");

    /// The key of an entry of a list, as `workload.1.rate`, without its number.
    static String plain(String key) {
        String[] parts = key.split("\\.", -1);
        var plain = new StringBuilder(parts[0]);
        boolean dropped = false;
        for (int i = 1; i < parts.length; i++) {
            boolean inside = i < parts.length - 1 && !dropped;
            dropped =
                    inside
                            && NUMBER.matcher(parts[i]).matches()
                            && LISTS.containsKey(plain.toString());
            if (!dropped) plain.append('.').append(parts[i]);
        }
        return plain.toString();
    }

    /// Whether it is a key of one value, or of a list that is read for itself.
    static boolean known(String key) {
        return ALL.containsKey(plain(key));
    }

    /// What the value of a key has to be.
    static String meaning(String key) {
        return String.valueOf(ALL.get(plain(key)));
    }

    /// Whether its value may be a list of words.
    static boolean isWords(String key) {
        return LISTS_OF_WORDS.contains(plain(key));
    }

    /// The words of a list that is one text. A comma between parentheses belongs to a word.
    static List<String> words(String text) {
        var words = new ArrayList<String>();
        int depth = 0;
        int begin = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '(') depth++;
            else if (c == ')') depth--;
            if (c != ',' || depth > 0) continue;
            words.add(text.substring(begin, i).trim());
            begin = i + 1;
        }
        words.add(text.substring(begin).trim());
        return words;
    }

    /// Whether other keys are below it.
    static boolean isSection(String key) {
        String section = plain(key) + ".";
        return ALL.keySet().stream().anyMatch(known -> known.startsWith(section));
    }

    /// Whether a key has one value, which may be another in a run.
    static boolean canChange(String key) {
        return known(key) && !List.of("gates", "seeds", "sweep").contains(key);
    }

    /// The key that was probably meant, or those that are beside it, as the end of a message.
    static String suggestion(String key) {
        String written = plain(key);
        String nearest = ScenarioException.suggestion(written, List.copyOf(ALL.keySet()));
        if (nearest.contains("did you mean")) return nearest;
        int dot = written.lastIndexOf('.');
        String section = written.substring(0, dot + 1);
        List<String> beside =
                ALL.keySet().stream()
                        .filter(known -> known.startsWith(section))
                        .map(known -> known.substring(section.length()).split("\\.", -1)[0])
                        .distinct()
                        .toList();
        return ScenarioException.suggestion(written.substring(dot + 1), beside);
    }
}
