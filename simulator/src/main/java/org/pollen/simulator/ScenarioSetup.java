package org.pollen.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams;

/// What the values of a scenario build: links, a profile, messages, attackers.
final class ScenarioSetup {
    private static final Pattern EDGE = Pattern.compile("(\\d{1,7})\\s*,\\s*(\\d{1,7})");

    private static final int DEADLINES_MAX = 8;

    private final ScenarioValues values;

    ScenarioSetup(ScenarioValues values) {
        this.values = values;
    }

    int peers() {
        return values.value("topology.peers", "0", Integer::parseInt);
    }

    int dials() {
        int count = values.value("topology.k", "20", Integer::parseInt);
        if (count >= 1) return count;
        throw values.outOf("topology.k", "20", "positive");
    }

    int clusters() {
        return values.count("topology.clusters", "10");
    }

    /// How many attackers there are.
    int sybils() {
        return values.value("attack.sybils", "0", Quantity::notNegative);
    }

    Profile profile() {
        return values.value("scoring.profile", "H1", Profile::named);
    }

    /// Everything, under a seed.
    Setup.Builder build(long seed) {
        Network network = network();
        Profile profile = ScoreOverrides.apply(values, protocol(profile()));
        long warmUp = values.duration("time.warmup", "30s");
        long run = values.duration("time.run", "60s");
        long coolDown = values.duration("time.cooldown", "10s");
        Links links = links(seed);
        String unlimited = Integer.toString(Integer.MAX_VALUE);
        Setup.Builder setup =
                Setup.of(peers(), network, profile)
                        .seed(seed)
                        .crypto(values.value("protocol.crypto", "none", Crypto::named))
                        .links(links)
                        .nat(values.share("topology.nat", "0"))
                        .punch(values.share("topology.punch", "0"))
                        .relays(values.value("topology.relay", "false", Quantity::truth))
                        .connectionsMax(values.count("topology.connections", unlimited))
                        .end(warmUp + run + coolDown);
        watermarks(setup);
        setup.deadlines(values.value("measure.deadlines", "3s,4s,6s", ScenarioSetup::deadlines));
        if (values.value("network.cpu", "false", Quantity::truth)) setup.cpu(Cpu.DEFAULT);
        List<Workload> workloads = workloads();
        publish(setup, workloads, seed);
        int publishers = workloads.stream().mapToInt(Workload::publishers).max().orElse(1);
        if (sybils() > 0) attack().join(setup, links, peers(), publishers, seed);
        if (values.has("attack.class")) setup.adversaries(sybils(), adversaries());
        ScenarioEvents events = events();
        if (!events.isEmpty()) {
            int all = peers() + sybils();
            setup.cuts(events.cuts(all, seed, network.latency()))
                    .departures(events.departures(peers(), seed), dials());
            if (sybils() == 0) {
                long last = events.last() > events.first() ? events.last() : Long.MAX_VALUE;
                setup.attackBetween(events.first(), last);
            }
        }
        return churn(setup, warmUp / 2);
    }

    private void watermarks(Setup.Builder setup) {
        if (!values.has("topology.high")) return;
        int low = values.value("topology.low", "0", Quantity::notNegative);
        long grace = values.duration("topology.grace", "20s");
        try {
            setup.watermarks(low, values.count("topology.high", "1"), grace);
        } catch (IllegalArgumentException e) {
            throw new ScenarioException(
                    "%s: topology.%s".formatted(values.at("topology.high"), e.getMessage()));
        }
    }

    /// Who comes and goes.
    ///
    /// @param from when the first leave
    private Setup.Builder churn(Setup.Builder setup, long from) {
        if (values.has("churn.sessions")) {
            return setup.churnTrace(beside("churn.sessions"), dials());
        }
        double churning = values.share("churn.share", "0");
        if (churning == 0) return setup;
        long up = values.duration("churn.up", "60s");
        long down = values.duration("churn.down", "10s");
        if (!values.has("churn.shape")) return setup.churn(churning, up, down, from, dials());
        double shape = values.value("churn.shape", "0.6", Double::parseDouble);
        try {
            return setup.weibullChurn(churning, shape, up, down, from, dials());
        } catch (IllegalArgumentException e) {
            throw new ScenarioException(
                    "%s: churn.shape: %s".formatted(values.at("churn.shape"), e.getMessage()));
        }
    }

    /// A file that a value names.
    private Path beside(String key) {
        return Path.of(values.file()).resolveSibling(values.text(key, ""));
    }

    /// What happens when.
    ScenarioEvents events() {
        return new ScenarioEvents(values);
    }

    Latency latency() {
        return values.has("topology.latencies")
                ? LatencyFile.read(beside("topology.latencies"))
                : values.value("topology.regions", "interop8", Latency::named);
    }

    private Network network() {
        Latency latency = latency();
        Network.Bandwidth bandwidth =
                values.value("network.bandwidth", "ideal", Network.Bandwidth::named);
        Network.Sharing sharing = values.value("network.mode", "fifo", Network.Sharing::named);
        double loss = values.value("network.loss", "0", Double::parseDouble);
        if (!(loss >= 0 && loss < 1)) {
            throw values.outOf("network.loss", "0", "in [0, 1)");
        }
        long validation = values.duration("network.validation", "0ms");
        var network = new Network(latency, bandwidth, loss, validation, sharing);
        return values.has("network.jitter")
                ? network.withJitter(values.value("network.jitter", "none", Jitter::named))
                : network;
    }

    /// The instant at which the run ends.
    long end() {
        return values.duration("time.warmup", "30s")
                + values.duration("time.run", "60s")
                + values.duration("time.cooldown", "10s");
    }

    /// What is published.
    List<Workload> workloads() {
        return values.entries("workload").stream().map(this::workload).toList();
    }

    private Workload workload(String at) {
        long warmUp = values.duration("time.warmup", "30s");
        long run = values.duration("time.run", "60s");
        var workload =
                new Workload(
                        values.value(at + "topic", "t", ScenarioSetup::topic),
                        values.share(at + "share", "1"),
                        values.value(at + "rate", "1/s", Quantity::rate),
                        values.value(at + "size", "1KiB", Quantity::bytes),
                        publishers(at + "publishers"),
                        values.duration(at + "start", warmUp / 1000 + "us"),
                        values.duration(at + "stop", (warmUp + run) / 1000 + "us"),
                        values.value(at + "arrival", "uniform", Workload.Arrival::named),
                        values.duration(at + "slot", "12s"),
                        values.share(at + "validity", "1"));
        if (workload.start() > workload.stop() || workload.stop() > end()) {
            String key = at + (values.has(at + "stop") ? "stop" : "start");
            throw values.impossible(key, "start, stop and the end of the run in another order");
        }
        if (workload.slot() < 1_000_000) {
            throw values.outOf(at + "slot", "12s", "at least 1ms");
        }
        return workload;
    }

    private static long[] deadlines(String text) {
        String[] words = text.split(",", -1);
        if (words.length > DEADLINES_MAX) throw new IllegalArgumentException(text);
        long[] nanos =
                Arrays.stream(words).map(String::trim).mapToLong(Quantity::duration).toArray();
        if (Arrays.stream(nanos).distinct().count() < nanos.length) {
            throw new IllegalArgumentException(text + ": one is there twice");
        }
        return nanos;
    }

    private static String topic(String text) {
        if (text.matches("[\\w-]{1,64}")) return text;
        throw new IllegalArgumentException(text);
    }

    private int publishers(String key) {
        String all = Integer.toString(peers());
        int publishers = values.value(key, all, Integer::parseInt);
        if (publishers >= 1 && publishers <= peers()) return publishers;
        throw values.outOf(key, all, "between 1 and topology.peers (%d)".formatted(peers()));
    }

    private static void publish(Setup.Builder setup, List<Workload> workloads, long seed) {
        List<String> topics = workloads.stream().map(Workload::topic).distinct().toList();
        var shares = new double[topics.size()];
        var messages = new ArrayList<PlannedMessage>();
        for (int i = 0; i < workloads.size(); i++) {
            Workload workload = workloads.get(i);
            int topic = topics.indexOf(workload.topic());
            shares[topic] = workload.share();
            messages.addAll(workload.plan(seed, i, topic));
        }
        setup.topics(topics.stream().map(Mask::topic).toList(), shares);
        messages.sort(Comparator.comparingLong(PlannedMessage::at)); // and stable
        messages.forEach(setup::message);
    }

    private Profile protocol(Profile profile) {
        if (values.keys().stream().noneMatch(key -> key.startsWith(ScenarioKeys.PARAMS))) {
            return profile;
        }
        RouterParams.Builder params = profile.params().toBuilder();
        with("D", Integer::parseInt, params::meshTarget);
        with("Dlo", Integer::parseInt, params::meshLow);
        with("Dhi", Integer::parseInt, params::meshHigh);
        with("Dscore", Integer::parseInt, params::meshScore);
        with("Dout", Integer::parseInt, params::meshOutbound);
        with("Dlazy", Integer::parseInt, params::gossipLazy);
        with("gossipFactor", Double::parseDouble, params::gossipFactor);
        with("opportunisticGraftTicks", Integer::parseInt, params::opportunisticGraftTicks);
        with("floodPublish", Quantity::truth, params::floodPublish);
        with(
                "heartbeat",
                text -> Duration.ofNanos(Quantity.duration(text)),
                params::heartbeatInterval);
        try {
            return profile.with(params.build());
        } catch (IllegalArgumentException e) {
            throw new ScenarioException(
                    "%s: protocol.params: %s".formatted(values.file(), e.getMessage()));
        }
    }

    private <T> void with(String name, Function<String, T> read, Consumer<T> set) {
        String key = ScenarioKeys.PARAMS + name;
        if (values.has(key)) set.accept(values.value(key, "", read));
    }

    private Links links(long seed) {
        String model = values.text("topology.model", "dial");
        return switch (model) {
            case "dial" -> new Links().dial(peers(), dials(), 0, seed);
            case "regular" -> new Links().regular(peers(), dials(), 0, seed);
            case "scalefree" -> new Links().scalefree(peers(), dials(), 0, seed);
            case "clusters" -> {
                double inside = values.share("topology.inside", "0.9");
                yield new Links().clusters(peers(), dials(), clusters(), inside, 0, seed);
            }
            case "edges" -> edges();
            default ->
                    throw new ScenarioException(
                            "%s: topology.model is `%s`: it must be %s"
                                    .formatted(
                                            values.at("topology.model"),
                                            model,
                                            ScenarioKeys.meaning("topology.model")));
        };
    }

    private Links edges() {
        if (values.text("topology.edges", "").isEmpty()) {
            throw new ScenarioException(
                    values.at("topology.model") + ": topology.edges is missing");
        }
        Path path = beside("topology.edges");
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

    private Adversaries adversaries() {
        Path path = values.has("attack.classpath") ? beside("attack.classpath") : null;
        return values.value("attack.class", "", name -> Adversaries.named(name, path));
    }

    private SybilAttack attack() {
        try {
            return new SybilAttack(
                    sybils(),
                    values.count("attack.degree", "20"),
                    values.value("attack.target", "all", SybilAttack.Target::named),
                    values.duration("attack.at", "0s"),
                    values.duration("attack.from", "0s"),
                    values.share("attack.drop", "1"),
                    values.duration("attack.regraft", "60s"));
        } catch (IllegalArgumentException e) {
            throw new ScenarioException("%s: attack.%s".formatted(values.file(), e.getMessage()));
        }
    }
}
