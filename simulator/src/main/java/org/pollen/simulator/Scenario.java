package org.pollen.simulator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pollen.router.RouterParams;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// A scenario file: YAML with known keys only, every error with line and column.
///
/// Source: simulator specification 5; the keys it has so far are in [#KEYS].
public final class Scenario {
    /// What a process takes without any peer, and what of it is the run's.
    static final long PROCESS_BYTES = 64L << 20;

    static final long RUN_BYTES = 8L << 20;

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000L;
    private static final List<String> METRICS = List.of("delivery", "p50", "p95", "p99", "max");

    /// Dotted keys and what they mean.
    static final Map<String, String> KEYS = new LinkedHashMap<>();

    static {
        KEYS.put("schema", "1");
        KEYS.put("name", "of the scenario");
        KEYS.put("description", "free text");
        KEYS.put("seed", "whole number (1)");
        KEYS.put("time.warmup", "duration before messages (30s)");
        KEYS.put("time.run", "duration with messages (60s)");
        KEYS.put("time.cooldown", "duration after messages (10s)");
        KEYS.put("topology.peers", "how many, required");
        KEYS.put("topology.k", "how many others each peer dials (20)");
        KEYS.put(
                "topology.model",
                "dial, regular, scalefree, clusters, or edges with topology.edges");
        KEYS.put("topology.clusters", "groups of peers, for the model clusters (10)");
        KEYS.put("topology.inside", "share of the dials to one's own cluster, 0..1 (0.9)");
        KEYS.put("topology.edges", "file of lines `from,to`, beside the scenario");
        KEYS.put("topology.nat", "share of peers that cannot be dialled, 0..1");
        KEYS.put("topology.punch", "share of pairs behind NAT that reach each other, 0..1 (0)");
        KEYS.put("topology.connections", "links above which a peer refuses to be dialled");
        KEYS.put("churn.share", "of the peers that come and go, 0..1");
        KEYS.put("churn.up", "mean duration a peer stays (60s)");
        KEYS.put("churn.down", "mean duration it is away (10s)");
        KEYS.put("topology.regions", "interop8, lean3, pl25, gerbil, vac5, const(50ms)");
        KEYS.put("network.bandwidth", "ideal, interop, dchome, thirds, vac5");
        KEYS.put("network.mode", "fifo, fair, tcplite, tcplite-warm");
        KEYS.put("network.loss", "of segments, 0..1");
        KEYS.put("network.validation", "duration of a validation (0ms)");
        KEYS.put(
                "scoring.profile",
                "H0, H0-quick, H0s, H0s-quick, H0o-quick, V10, H1, plain, light");
        KEYS.put("protocol.crypto", "none, modelled, real: whether messages are signed");
        KEYS.put("workload.rate", "messages a second, as 12/s");
        KEYS.put("workload.size", "of payloads, as 2KiB");
        KEYS.put("workload.publishers", "how many peers publish (all)");
        KEYS.put("protocol.params.D", "members a mesh is grown to");
        KEYS.put("protocol.params.Dlo", "members below which it is grown");
        KEYS.put("protocol.params.Dhi", "members above which it is cut");
        KEYS.put("protocol.params.Dscore", "members kept for their score");
        KEYS.put("protocol.params.Dout", "least members that were dialled");
        KEYS.put("protocol.params.Dlazy", "least peers that are told of messages");
        KEYS.put("protocol.params.gossipFactor", "share of peers that are told of messages, 0..1");
        KEYS.put("protocol.params.opportunisticGraftTicks", "heartbeats between such grafts");
        KEYS.put("protocol.params.floodPublish", "true or false");
        KEYS.put("protocol.params.heartbeat", "duration between heartbeats, as 1s");
        KEYS.put("attack.sybils", "how many (0)");
        KEYS.put("attack.degree", "how many honest peers each sybil dials (20)");
        KEYS.put("attack.target", "all, publishers, or one: whom they dial (all)");
        KEYS.put("attack.at", "when they dial, give or take a twentieth (0s)");
        KEYS.put("attack.from", "when they begin to drop messages (0s)");
        KEYS.put("attack.drop", "share of messages they drop then, 0..1 (1)");
        KEYS.put("attack.regraft", "duration from a PRUNE to their next GRAFT (60s)");
        KEYS.put("seeds", "list of whole numbers, or {from: 1, count: 5}; for sweeps");
        KEYS.put("sweep", "keys with lists of values, or {from: 1, to: 9, steps: 3, scale: log}");
        KEYS.put("gates", "list of conditions, as `delivery >= 1.0` or `p99 <= 340ms`");
    }

    private static final String PARAMS = "protocol.params.";

    /// Peers without routers take no heed of these, whatever they are but 0 and none.
    private static final List<String> ROUTED =
            List.of(
                    "churn.",
                    "topology.nat",
                    "topology.punch",
                    "topology.connections",
                    "protocol.crypto",
                    "attack.",
                    PARAMS);

    private static final List<String> NOTHING = List.of("0", "none");
    private static final Pattern EDGE = Pattern.compile("(\\d{1,7})\\s*,\\s*(\\d{1,7})");
    private static final Pattern GATE = Pattern.compile("(\\w+)\\s*(<=|>=)\\s*([0-9.]+)(ms)?");

    private record Value(String text, String where) {}

    private record Condition(String metric, boolean atMost, double limit, String text) {}

    private final Map<String, Value> values;
    private final List<Condition> gates;
    private final SweepKeys sweep;
    private final String file;

    private Scenario(
            String file, Map<String, Value> values, List<Condition> gates, SweepKeys sweep) {
        this.file = file;
        this.values = values;
        this.gates = gates;
        this.sweep = sweep;
    }

    /// Reads and checks a file.
    ///
    /// @throws ScenarioException with file, line, column and a suggestion
    public static Scenario load(Path file) {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new ScenarioException("%s: cannot be read: %s".formatted(file, e.getMessage()));
        }
    }

    /// Reads and checks a text.
    ///
    /// @param file its name in messages
    public static Scenario parse(String file, String text) {
        Node root;
        try {
            LoadSettings settings = LoadSettings.builder().setLabel(file).build();
            root = new Compose(settings).composeString(text).orElse(null);
        } catch (MarkedYamlEngineException e) {
            String where =
                    e.getProblemMark()
                            .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                            .orElse("");
            throw new ScenarioException("%s%s: %s".formatted(file, where, e.getProblem()));
        } catch (YamlEngineException e) {
            throw new ScenarioException("%s: %s".formatted(file, e.getMessage()));
        }
        if (!(root instanceof MappingNode mapping)) {
            throw new ScenarioException("%s:1:1: a scenario is a mapping of keys".formatted(file));
        }
        var values = new LinkedHashMap<String, Value>();
        var gates = new ArrayList<Condition>();
        var sweep = new SweepKeys(file);
        read(file, "", mapping, values, gates, sweep);
        var scenario = new Scenario(file, values, gates, sweep);
        scenario.check();
        return scenario;
    }

    private static void read(
            String file,
            String prefix,
            MappingNode mapping,
            Map<String, Value> values,
            List<Condition> gates,
            SweepKeys sweep) {
        for (NodeTuple tuple : mapping.getValue()) {
            String where = where(file, tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode scalar)) {
                throw new ScenarioException(where + ": a key must be a word");
            }
            String key = prefix + scalar.getValue();
            Node node = tuple.getValueNode();
            if (sweep.read(key, node)) continue;
            if (node instanceof MappingNode inner && isSection(key)) {
                read(file, key + ".", inner, values, gates, sweep);
            } else if (!KEYS.containsKey(key)) {
                throw new ScenarioException(
                        "%s: unknown key %s%s"
                                .formatted(
                                        where,
                                        key,
                                        ScenarioException.suggestion(
                                                key, List.copyOf(KEYS.keySet()))));
            } else if (key.equals("gates") && node instanceof SequenceNode list) {
                for (Node item : list.getValue()) gates.add(gate(file, item));
            } else if (node instanceof ScalarNode content) {
                var value = new Value(content.getValue(), where(file, node));
                if (values.put(key, value) != null) {
                    throw new ScenarioException(where + ": key " + key + " is there twice");
                }
            } else {
                throw new ScenarioException(
                        "%s: %s must be %s".formatted(where(file, node), key, KEYS.get(key)));
            }
        }
    }

    private static boolean isSection(String key) {
        return KEYS.keySet().stream().anyMatch(known -> known.startsWith(key + "."));
    }

    static String where(String file, Node node) {
        return file
                + node.getStartMark()
                        .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                        .orElse("");
    }

    private static Condition gate(String file, Node node) {
        String text = node instanceof ScalarNode scalar ? scalar.getValue().trim() : "";
        Matcher matcher = GATE.matcher(text);
        if (!matcher.matches()) {
            throw new ScenarioException(
                    "%s: gate `%s`: it must be like `delivery >= 1.0` or `p99 <= 340ms`"
                            .formatted(where(file, node), text));
        }
        String metric = matcher.group(1);
        if (!METRICS.contains(metric)) {
            throw new ScenarioException(
                    "%s: gate on %s%s"
                            .formatted(
                                    where(file, node),
                                    metric,
                                    ScenarioException.suggestion(metric, METRICS)));
        }
        return new Condition(
                metric, matcher.group(2).equals("<="), Double.parseDouble(matcher.group(3)), text);
    }

    private void check() {
        if (!text("schema", "").equals("1")) {
            throw new ScenarioException(at("schema") + ": schema must be 1");
        }
        if (text("name", "").isBlank())
            throw new ScenarioException(at("name") + ": name is missing");
        if (text("topology.peers", "").isEmpty()) {
            throw new ScenarioException(at("topology.peers") + ": topology.peers is missing");
        }
        if (peers() < 1) {
            throw new ScenarioException(at("topology.peers") + ": topology.peers must be positive");
        }
        combinations();
        setup(1); // every value is read once
    }

    /// What each key allows alone and no run can have together.
    private void combinations() {
        String model = text("topology.model", "dial");
        if (!model.equals("edges") && peers() > 1 && dials() >= peers()) {
            refuse("topology.k", "%d others of %d peers".formatted(dials(), peers()));
        }
        if (!model.equals("edges") && values.containsKey("topology.edges")) {
            refuse("topology.edges", "a file of edges with topology.model `%s`".formatted(model));
        }
        if (!model.equals("clusters")) {
            for (String key : List.of("topology.clusters", "topology.inside")) {
                if (values.containsKey(key)) {
                    refuse(key, "clusters with topology.model `%s`".formatted(model));
                }
            }
        } else if (2L * clusters() > peers()) {
            refuse("topology.clusters", "clusters of fewer than two peers");
        } else if (clusters() == 1) {
            refuse("topology.clusters", "a cluster of all peers");
        }
        if (sybils() == 0) {
            for (String key : values.keySet()) {
                if (!key.startsWith("attack.") || key.equals("attack.sybils")) continue;
                refuse(key, "an attack without attack.sybils");
            }
        }
        if (model.equals("edges") && values.containsKey("topology.k")) {
            refuse("topology.k", "dials and a file of edges");
        }
        if (!text("network.mode", "fifo").equals("fifo")
                && text("network.bandwidth", "ideal").equals("ideal")) {
            refuse("network.mode", "uplinks shared without network.bandwidth");
        }
        if (share("topology.nat") == 0 && share("topology.punch") > 0) {
            refuse("topology.punch", "hole punching without topology.nat");
        }
        if (share("topology.nat") == 1 && share("topology.punch") == 0 && peers() > 1) {
            refuse("topology.nat", "nobody can be dialled");
        }
        if (share("churn.share") == 0
                && (values.containsKey("churn.up") || values.containsKey("churn.down"))) {
            refuse("churn.up", "times of churn without churn.share");
        }
        if (!value("scoring.profile", "H1", Profile::named).routed()) {
            for (String key : values.keySet()) {
                if (ROUTED.stream().noneMatch(key::startsWith)) continue;
                if (NOTHING.contains(text(key, ""))) continue;
                refuse(
                        key,
                        "the profile light has no routers: leave it out, or take another scoring.profile");
            }
        }
        if (duration(text("time.run", "60s")) == 0 && !gates.isEmpty()) {
            refuse("time.run", "gates on a run without messages");
        }
    }

    private void refuse(String key, String why) {
        throw new ScenarioException("%s: %s: %s: impossible".formatted(at(key), key, why));
    }

    private String at(String key) {
        Value value = values.get(key);
        return value == null ? file : value.where;
    }

    private String text(String key, String otherwise) {
        Value value = values.get(key);
        return value == null ? otherwise : value.text;
    }

    private <T> T value(String key, String otherwise, Function<String, T> read) {
        try {
            return read.apply(text(key, otherwise));
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            boolean explained = message != null && message.contains(": ");
            throw new ScenarioException(
                    "%s: %s is `%s`: it must be %s%s"
                            .formatted(
                                    at(key),
                                    key,
                                    text(key, otherwise),
                                    KEYS.get(key),
                                    explained ? " (" + message + ")" : ""));
        }
    }

    /// Of the scenario.
    public String name() {
        return text("name", "");
    }

    /// The keys that are given, as they are written, in the order of the file.
    Map<String, String> settings() {
        var settings = new LinkedHashMap<String, String>();
        values.forEach((key, value) -> settings.put(key, value.text));
        settings.remove("schema");
        return settings;
    }

    /// Of the file, 1 if it has none.
    public long seed() {
        return value("seed", "1", Long::parseLong);
    }

    private int peers() {
        return value("topology.peers", "0", Integer::parseInt);
    }

    private int dials() {
        int count = value("topology.k", "20", Integer::parseInt);
        if (count < 1)
            throw new ScenarioException(at("topology.k") + ": topology.k must be positive");
        return count;
    }

    /// What the scenario builds under a seed.
    public Setup.Builder setup(long seed) {
        Latency latency = value("topology.regions", "interop8", Latency::named);
        Network.Bandwidth bandwidth = value("network.bandwidth", "ideal", Network.Bandwidth::named);
        Network.Sharing sharing = value("network.mode", "fifo", Network.Sharing::named);
        double loss = value("network.loss", "0", Double::parseDouble);
        if (!(loss >= 0 && loss < 1)) {
            throw new ScenarioException(at("network.loss") + ": network.loss must be in 0..1");
        }
        long validation = value("network.validation", "0ms", Scenario::duration);
        Profile profile = protocol(value("scoring.profile", "H1", Profile::named));
        long warmUp = value("time.warmup", "30s", Scenario::duration);
        long run = value("time.run", "60s", Scenario::duration);
        long coolDown = value("time.cooldown", "10s", Scenario::duration);
        double rate = value("workload.rate", "1/s", Scenario::rate);
        int size = value("workload.size", "1KiB", Scenario::bytes);
        int publishers = value("workload.publishers", Integer.toString(peers()), Integer::parseInt);
        if (publishers < 1 || publishers > peers()) {
            throw new ScenarioException(
                    at("workload.publishers")
                            + ": workload.publishers must be between 1 and topology.peers");
        }
        Links links = links(seed);
        Setup.Builder setup =
                Setup.of(
                                peers(),
                                new Network(latency, bandwidth, loss, validation, sharing),
                                profile)
                        .seed(seed)
                        .crypto(value("protocol.crypto", "none", Crypto::named))
                        .links(links)
                        .nat(share("topology.nat"))
                        .punch(share("topology.punch"))
                        .connectionsMax(
                                value(
                                        "topology.connections",
                                        Integer.toString(Integer.MAX_VALUE),
                                        Scenario::positive))
                        .end(warmUp + run + coolDown)
                        .workload(publishers, rate, size, warmUp, warmUp + run, 1);
        if (sybils() > 0) attack().join(setup, links, peers(), publishers, seed);
        double churning = share("churn.share");
        long up = value("churn.up", "60s", Scenario::duration);
        long down = value("churn.down", "10s", Scenario::duration);
        return churning == 0 ? setup : setup.churn(churning, up, down, warmUp / 2, dials());
    }

    private Profile protocol(Profile profile) {
        if (values.keySet().stream().noneMatch(key -> key.startsWith(PARAMS))) return profile;
        RouterParams.Builder params = profile.params().toBuilder();
        with("D", Integer::parseInt, params::meshTarget);
        with("Dlo", Integer::parseInt, params::meshLow);
        with("Dhi", Integer::parseInt, params::meshHigh);
        with("Dscore", Integer::parseInt, params::meshScore);
        with("Dout", Integer::parseInt, params::meshOutbound);
        with("Dlazy", Integer::parseInt, params::gossipLazy);
        with("gossipFactor", Double::parseDouble, params::gossipFactor);
        with("opportunisticGraftTicks", Integer::parseInt, params::opportunisticGraftTicks);
        with("floodPublish", Scenario::truth, params::floodPublish);
        with("heartbeat", text -> Duration.ofNanos(duration(text)), params::heartbeatInterval);
        try {
            return profile.with(params.build());
        } catch (IllegalArgumentException e) {
            throw new ScenarioException("%s: protocol.params: %s".formatted(file, e.getMessage()));
        }
    }

    private <T> void with(String name, Function<String, T> read, Consumer<T> set) {
        String key = PARAMS + name;
        if (values.containsKey(key)) set.accept(value(key, "", read));
    }

    private static boolean truth(String text) {
        if (!text.equals("true") && !text.equals("false")) throw new IllegalArgumentException(text);
        return text.equals("true");
    }

    private Links links(long seed) {
        String model = text("topology.model", "dial");
        return switch (model) {
            case "dial" -> new Links().dial(peers(), dials(), 0, seed);
            case "regular" -> new Links().regular(peers(), dials(), 0, seed);
            case "scalefree" -> new Links().scalefree(peers(), dials(), 0, seed);
            case "clusters" ->
                    new Links()
                            .clusters(
                                    peers(),
                                    dials(),
                                    clusters(),
                                    share("topology.inside", "0.9"),
                                    0,
                                    seed);
            case "edges" -> edges();
            default ->
                    throw new ScenarioException(
                            "%s: topology.model is `%s`: it must be %s"
                                    .formatted(
                                            at("topology.model"),
                                            model,
                                            KEYS.get("topology.model")));
        };
    }

    private Links edges() {
        String name = text("topology.edges", "");
        if (name.isEmpty()) {
            throw new ScenarioException(at("topology.model") + ": topology.edges is missing");
        }
        Path path = Path.of(file).resolveSibling(name);
        var links = new Links();
        try {
            int number = 0;
            for (String line : Files.readAllLines(path)) {
                number++;
                if (line.isBlank() || line.startsWith("#")) continue;
                Matcher matcher = EDGE.matcher(line.trim());
                boolean good = matcher.matches();
                int from = good ? Integer.parseInt(matcher.group(1)) : -1;
                int to = good ? Integer.parseInt(matcher.group(2)) : -1;
                if (!good || from >= peers() || to >= peers() || from == to) {
                    throw new ScenarioException(
                            "%s:%d: `%s`: it must be two different peers below %d, as `3,17`"
                                    .formatted(path, number, line, peers()));
                }
                links.add(from, to, 0);
            }
            return links;
        } catch (IOException e) {
            throw new ScenarioException("%s: cannot be read: %s".formatted(path, e));
        }
    }

    private int clusters() {
        return value("topology.clusters", "10", Scenario::positive);
    }

    /// Whether there are attackers.
    int sybils() {
        return value("attack.sybils", "0", Scenario::notNegative);
    }

    private SybilAttack attack() {
        try {
            return new SybilAttack(
                    sybils(),
                    value("attack.degree", "20", Scenario::positive),
                    value("attack.target", "all", SybilAttack.Target::named),
                    value("attack.at", "0s", Scenario::duration),
                    value("attack.from", "0s", Scenario::duration),
                    share("attack.drop", "1"),
                    value("attack.regraft", "60s", Scenario::duration));
        } catch (IllegalArgumentException e) {
            throw new ScenarioException("%s: attack.%s".formatted(file, e.getMessage()));
        }
    }

    private double share(String key) {
        return share(key, "0");
    }

    private double share(String key, String otherwise) {
        double share = value(key, otherwise, Double::parseDouble);
        if (!(share >= 0 && share <= 1)) {
            throw new ScenarioException("%s: %s must be in 0..1".formatted(at(key), key));
        }
        return share;
    }

    private static int notNegative(String text) {
        int number = Integer.parseInt(text);
        if (number < 0) throw new IllegalArgumentException(text);
        return number;
    }

    private static int positive(String text) {
        int number = Integer.parseInt(text);
        if (number < 1) throw new IllegalArgumentException(text);
        return number;
    }

    /// About how much memory a run takes: peers, their links, and what each remembers of each
    /// message. The constants were fitted to runs of 1,000, 10,000 and 100,000 peers.
    public long estimateBytes() {
        double seconds = value("time.run", "60s", Scenario::duration) / 1e9;
        double messages = value("workload.rate", "1/s", Scenario::rate) * Math.min(seconds, 120);
        boolean routed = value("scoring.profile", "H1", Profile::named).routed();
        double peer =
                routed
                        ? 17_000 + 2.0 * dials() * 900 + messages * 280
                        : 600 + 2.0 * dials() * 70 + messages / 8;
        // An attacker keeps links and the ids of two minutes; each of its links is an honest
        // peer's.
        double degree = value("attack.degree", "20", Scenario::positive);
        double sybil = 2_000 + degree * (routed ? 1_100 : 100) + messages * 40;
        return (long) (peers() * peer + sybils() * sybil) + PROCESS_BYTES;
    }

    /// What its gates say about a result.
    List<Verdict.Gate> gates(SimulationResult result) {
        var verdicts = new ArrayList<Verdict.Gate>();
        for (Condition gate : gates) {
            double measured = measured(gate.metric, result);
            verdicts.add(
                    gate.atMost
                            ? Verdict.Gate.atMost(gate.metric, gate.limit, measured)
                            : Verdict.Gate.atLeast(gate.metric, gate.limit, measured));
        }
        return verdicts;
    }

    /// The scenario with other values for some keys, checked anew.
    Scenario with(Map<String, String> changes) {
        if (changes.isEmpty()) return this;
        var changed = new LinkedHashMap<String, Value>(values);
        changes.forEach((key, value) -> {
            if (!canChange(key)) {
                throw new ScenarioException(
                        "--set %s: unknown key%s"
                                .formatted(
                                        key,
                                        ScenarioException.suggestion(
                                                key, List.copyOf(KEYS.keySet()))));
            }
            changed.put(key, new Value(value, "--set " + key));
        });
        var scenario = new Scenario(file, changed, gates, sweep);
        scenario.check();
        return scenario;
    }

    /// Stands for all that a run depends on but for these keys and the seed: values and the file of
    /// edges, whatever the layout of the text.
    String fingerprint(Set<String> but) {
        var sorted = new TreeMap<String, String>();
        values.forEach((key, value) -> sorted.put(key, value.text));
        sorted.keySet().removeAll(but);
        sorted.keySet().removeAll(List.of("seed", "name", "description"));
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(sorted.toString().getBytes(StandardCharsets.UTF_8));
            String edges = text("topology.edges", "");
            if (!edges.isEmpty() && !but.contains("topology.edges")) {
                sha.update(Files.readAllBytes(Path.of(file).resolveSibling(edges)));
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new ScenarioException("%s: cannot be read: %s".formatted(file, e.getMessage()));
        }
    }

    /// Whether a key has one value, which may be another in a run.
    static boolean canChange(String key) {
        return KEYS.containsKey(key)
                && !key.equals("gates")
                && !key.equals("seeds")
                && !key.equals("sweep");
    }

    /// The values of each key that is swept over.
    Map<String, List<String>> sweep() {
        return sweep.axes();
    }

    /// The seeds of a sweep, if the file says so.
    List<Long> seeds() {
        return sweep.seeds();
    }

    private static double measured(String metric, SimulationResult result) {
        LatencyHistogram delays = result.delays();
        return switch (metric) {
            case "delivery" -> result.delivery();
            case "p50" -> delays.quantileMillis(0.5);
            case "p95" -> delays.quantileMillis(0.95);
            case "p99" -> delays.quantileMillis(0.99);
            default -> delays.maxMillis();
        };
    }

    private static double number(String text, @Nullable String unit, double factor) {
        if (unit == null || !text.endsWith(unit)) throw new IllegalArgumentException(text);
        double value =
                Double.parseDouble(text.substring(0, text.length() - unit.length())) * factor;
        if (!(value >= 0)) throw new IllegalArgumentException(text);
        return value;
    }

    private static long duration(String text) {
        if (text.endsWith("ms")) return (long) number(text, "ms", MILLI);
        if (text.endsWith("us")) return (long) number(text, "us", 1000);
        if (text.endsWith("s")) return (long) number(text, "s", SECOND);
        return (long) number(text, "m", 60 * SECOND);
    }

    private static double rate(String text) {
        double value = number(text, "/s", 1);
        if (value == 0) throw new IllegalArgumentException(text);
        return value;
    }

    private static int bytes(String text) {
        double value;
        if (text.endsWith("KiB")) value = number(text, "KiB", 1024);
        else if (text.endsWith("MiB")) value = number(text, "MiB", 1 << 20);
        else value = number(text, "B", 1);
        if (value < PlannedMessage.HEADER || value > 1 << 24) {
            throw new IllegalArgumentException(text);
        }
        return (int) value;
    }
}
