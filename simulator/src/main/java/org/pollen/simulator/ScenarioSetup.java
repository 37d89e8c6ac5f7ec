package org.pollen.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams;

/// What the values of a scenario build: links, a profile, messages, attackers.
final class ScenarioSetup {
    private static final Pattern EDGE = Pattern.compile("(\\d{1,7})\\s*,\\s*(\\d{1,7})");

    /// Heartbeats that no run has.
    private static final int NEVER = 1 << 30;

    private static final int DEADLINES_MAX = 8;

    private final ScenarioValues values;
    private @Nullable ScenarioGroups groups; // once they are asked for

    ScenarioSetup(ScenarioValues values) {
        this.values = values;
    }

    /// What the scenario says: honest peers, and with groups attackers, too.
    int everybody() {
        return values.value("topology.peers", "0", Integer::parseInt);
    }

    /// How many honest peers there are.
    int peers() {
        ScenarioGroups of = groups();
        return of.isNone() ? everybody() : of.honest();
    }

    ScenarioGroups groups() {
        ScenarioGroups known = groups;
        if (known == null) {
            known = new ScenarioGroups(values, everybody(), sybils(), this::latency);
            groups = known;
        }
        return known;
    }

    int dials() {
        int count = values.value("topology.k", "20", Integer::parseInt);
        if (count >= 1) return count;
        throw values.outOf("topology.k", "20", "positive");
    }

    int clusters() {
        return values.count("topology.clusters", "10");
    }

    /// How many sybils there are, in no group.
    int sybils() {
        return attack().sybils(everybody());
    }

    /// How many attackers there are.
    int attackers() {
        int grouped = groups().adversaries().stream().mapToInt(PeerGroups.Group::count).sum();
        return grouped + sybils();
    }

    /// The keys of the sybils.
    AttackKeys attack() {
        return new AttackKeys(values);
    }

    /// About how many honest peers an attacker dials.
    int attackDegree() {
        double most = sybils() > 0 && attack().dialsAll() ? peers() : attack().degree();
        for (PeerGroups.Group group : groups().adversaries()) {
            String key = groups().at(group) + "behaviour.connect.degree";
            most = Math.max(most, values.count(key, "20"));
        }
        return (int) most;
    }

    Profile profile() {
        return values.value("scoring.profile", "H1", Profile::named);
    }

    /// Everything, under a seed.
    Setup.Builder build(long seed) {
        Network network = network();
        Profile profile = ScoreOverrides.apply(values, protocol(spoken().apply(profile())));
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
        publish(setup, seed);
        ScenarioEvents events = events();
        bootstraps(links, seed);
        attackers(setup, links, events, seed);
        setup.losses(events.losses(network.loss()));
        if (!events.isEmpty()) {
            int all = peers() + attackers();
            PeerGroups of = new PeerGroups(groups().all());
            setup.cuts(events.cuts(all, seed, network.latency(), of))
                    .departures(events.departures(peers(), seed), dials());
            if (attackers() == 0) {
                long last = events.last() > events.first() ? events.last() : Long.MAX_VALUE;
                setup.attackBetween(events.first(), last);
            }
        }
        return churn(setup, warmUp / 2);
    }

    /// Each peer dials one of the peers that are there for that.
    private void bootstraps(Links links, long seed) {
        var all = new PeerGroups(groups().all());
        int[] known = IntStream.range(0, peers()).filter(all::bootstraps).toArray();
        if (known.length == 0) return;
        for (int peer = 0; peer < peers(); peer++) {
            if (all.bootstraps(peer)) continue;
            double u = Mix.unit(seed, peer, (1L << 32) | Mix.TOPOLOGY);
            links.add(peer, known[(int) (u * known.length)], 0);
        }
    }

    /// Adversaries of groups, and sybils behind them.
    private void attackers(Setup.Builder setup, Links links, ScenarioEvents events, long seed) {
        if (attackers() == 0) return;
        var behaviours = new ScenarioBehaviours(values, groups(), events, topics());
        behaviours.dial(links, peers(), publishers(), seed);
        long begins = behaviours.count() > 0 ? behaviours.begins() : Long.MAX_VALUE;
        long ends = behaviours.count() > 0 ? behaviours.ends() : -1;
        Setup.Attackers sybils = null;
        if (sybils() > 0) {
            SybilAttack attack = attack().attack(sybils());
            int first = peers() + behaviours.count();
            attack.dial(links, first, aims(attack.target(), seed), attack().dialsAll(), seed);
            sybils = values.has("attack.class") ? adversaries() : sybils(attack);
            begins = Math.min(begins, attack.begins());
            ends = Long.MAX_VALUE;
        }
        Setup.Attackers others = sybils;
        setup.attackers(
                        attackers(),
                        (simulation, partition, index) -> {
                            Setup.Attackers maker = behaviours.maker(index);
                            if (maker == null) maker = Objects.requireNonNull(others);
                            return maker.make(simulation, partition, index);
                        })
                .attackBetween(begins, ends);
    }

    private static Setup.Attackers sybils(SybilAttack attack) {
        Sybil.Behaviour behaviour = attack.behaviour();
        return (simulation, partition, index) -> new Sybil(simulation, partition, index, behaviour);
    }

    private int[] aims(SybilAttack.Target target, long seed) {
        return switch (target) {
            case ALL -> IntStream.range(0, peers()).toArray();
            case PUBLISHERS -> publishers();
            case ONE -> new int[] {publishers()[0]};
            case HOLDERS -> {
                PeerGroups of = groups().with(topics());
                double share = workloads().getFirst().share();
                int[] holders =
                        IntStream.range(0, peers())
                                .filter(i -> Setup.follows(seed, i, 0, of.share(i, 0, share)))
                                .toArray();
                if (holders.length > 0) yield holders;
                throw values.impossible(attack().key("target"), "nobody subscribes");
            }
        };
    }

    /// All that publish something.
    private int[] publishers() {
        return values.entries("workload").stream()
                .flatMapToInt(at -> IntStream.of(publishers(at)))
                .distinct()
                .sorted()
                .toArray();
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

    /// What routers speak.
    ScenarioProtocol spoken() {
        return new ScenarioProtocol(values);
    }

    /// Those that subscribe to a mask, if any do: what others publish on it begins with all holders
    /// they know, wherever these are.
    private int[] holders(int[] publishers, List<String> topics, int topic, long seed) {
        if (!spoken().masked()) return publishers;
        PeerGroups of = groups().with(topics);
        double share =
                workloads().stream()
                        .filter(workload -> workload.topic().equals(topics.get(topic)))
                        .mapToDouble(Workload::share)
                        .findFirst()
                        .orElse(1);
        int[] holders =
                Arrays.stream(publishers)
                        .filter(i -> Setup.follows(seed, i, topic, of.share(i, topic, share)))
                        .toArray();
        return holders.length == 0 ? publishers : holders;
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
        double rate = values.value(at + "rate", "1/s", Quantity::rate);
        var workload =
                new Workload(
                        spoken().nameOf(at, groups().subscribed()),
                        values.share(at + "share", "1"),
                        rate,
                        values.value(at + "size", "1KiB", Quantity::bytes),
                        publishers(at).length,
                        values.duration(at + "start", warmUp / 1000 + "us"),
                        values.duration(at + "stop", (warmUp + run) / 1000 + "us"),
                        values.value(at + "arrival", "uniform", Workload.Arrival::named),
                        values.duration(at + "slot", "12s"),
                        values.share(at + "validity", "1"),
                        events().rates(at, rate));
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

    /// Who publishes what a workload says.
    private int[] publishers(String at) {
        int[] may = groups().publishers(peers(), at + "group");
        String key = at + "publishers";
        String all = Integer.toString(may.length);
        int publishers = values.value(key, all, Integer::parseInt);
        if (publishers >= 1 && publishers <= may.length) return Arrays.copyOf(may, publishers);
        String most = groups().isNone() ? "topology.peers" : "the publishers there are";
        throw values.outOf(key, all, "between 1 and %s (%d)".formatted(most, may.length));
    }

    /// The names of topics, in the order of the workloads.
    List<String> topics() {
        return workloads().stream().map(Workload::topic).distinct().toList();
    }

    private void publish(Setup.Builder setup, long seed) {
        List<Workload> workloads = workloads();
        List<String> entries = values.entries("workload");
        List<String> topics = topics();
        var shares = new double[topics.size()];
        var messages = new ArrayList<PlannedMessage>();
        for (int i = 0; i < workloads.size(); i++) {
            Workload workload = workloads.get(i);
            int topic = topics.indexOf(workload.topic());
            shares[topic] = workload.share();
            int[] publishers = holders(publishers(entries.get(i)), topics, topic, seed);
            for (PlannedMessage message : workload.by(publishers.length).plan(seed, i, topic)) {
                messages.add(message.by(publishers[message.publisher()]));
            }
        }
        List<Mask> masks = topics.stream().map(name -> spoken().mask(name, seed)).toList();
        setup.topics(masks, shares).topicNames(topics).groups(groups().with(topics));
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
        with(
                "opportunisticGraftTicks",
                text -> Quantity.notNegative(text) == 0 ? NEVER : Integer.parseInt(text),
                params::opportunisticGraftTicks);
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

    private Setup.Attackers adversaries() {
        Path path = values.has("attack.classpath") ? beside("attack.classpath") : null;
        Adversaries made = values.value("attack.class", "", name -> Adversaries.named(name, path));
        return (simulation, partition, index) ->
                Setup.Builder.made(made, simulation, partition, index);
    }
}
