package org.pollen.simulator;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The keys that scenario files may have.
///
/// Source: simulator specification 5.
final class ScenarioKeys {
    /// The keys of router parameters begin with it.
    static final String PARAMS = "protocol.params.";

    private ScenarioKeys() {}

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
        ALL.put("topology.peers", "how many, required");
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
        ALL.put("protocol.crypto", "none, modelled, real: whether messages are signed");
        ALL.put("workload.topic", "name of letters, digits, - and _ (t)");
        ALL.put("workload.rate", "messages a second, as 12/s");
        ALL.put("workload.size", "of payloads, as 2KiB");
        ALL.put("workload.publishers", "how many peers publish (all)");
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
        ALL.put("protocol.params.opportunisticGraftTicks", "heartbeats between such grafts");
        ALL.put("protocol.params.floodPublish", "true or false");
        ALL.put("protocol.params.heartbeat", "duration between heartbeats, as 1s");
        ALL.put("attack.sybils", "how many (0)");
        ALL.put("attack.degree", "how many honest peers each sybil dials (20)");
        ALL.put("attack.target", "all, publishers, or one: whom they dial (all)");
        ALL.put("attack.at", "when they dial, give or take a twentieth (0s)");
        ALL.put("attack.from", "when they begin to drop messages (0s)");
        ALL.put("attack.drop", "share of messages they drop then, 0..1 (1)");
        ALL.put("attack.regraft", "duration from a PRUNE to their next GRAFT (60s)");
        ALL.put("attack.class", "name of a class that extends Adversary, instead of sybils");
        ALL.put("attack.classpath", "jar or folder beside the scenario that has it");
        ALL.put("events.at", "instant of the run, required");
        ALL.put("events.do", "partition, heal, leave, join, or kill, required");
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
        ALL.put("compare.test", "paired: Wilcoxon's test on pairs of equal seeds");
        ALL.put("compare.alpha", "p below which a difference counts, 0..1 (0.05)");
        ALL.put("seeds", "list of whole numbers, or {from: 1, count: 5}; for sweeps");
        ALL.put("sweep", "keys with lists of values, or {from: 1, to: 9, steps: 3, scale: log}");
        ALL.put(
                "gates",
                "list of conditions, as `delivery >= 1.0`, `p99(attack) <= 340ms` or `median(p99) <= 340ms`");
    }

    /// Keys whose values are names of files beside the scenario.
    static final List<String> FILES =
            List.of("topology.edges", "topology.latencies", "churn.sessions");

    /// Sections that may be a list of mappings, and whether they have to be one.
    static final Map<String, Boolean> LISTS = Map.of("workload", false, "events", true);

    private static final Pattern ENTRY = Pattern.compile("([a-z]+)\\.\\d{1,4}\\.(.+)");

    /// The key of an entry of a list, as `workload.1.rate`, without its number.
    static String plain(String key) {
        Matcher entry = ENTRY.matcher(key);
        boolean numbered = entry.matches() && LISTS.containsKey(entry.group(1));
        return numbered ? entry.group(1) + "." + entry.group(2) : key;
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
        return plain(key).equals("events.regions")
                || key.equals("measure.deadlines")
                || key.equals("compare.metrics");
    }

    /// Whether other keys are below it.
    static boolean isSection(String key) {
        return ALL.keySet().stream().anyMatch(known -> known.startsWith(key + "."));
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
