package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// What the values of a scenario have to be together: each key allows alone what no run can have
/// with another.
final class ScenarioRules {
    /// Peers without routers take no heed of these, whatever they are but 0 and none, or shares of
    /// all.
    private static final List<String> ROUTED =
            List.of(
                    "churn.",
                    "topology.nat",
                    "topology.punch",
                    "topology.relay",
                    "topology.connections",
                    "topology.high",
                    "protocol.crypto",
                    "protocol.variant",
                    "protocol.multiBitMode",
                    "network.cpu",
                    "workload.share",
                    "workload.validity",
                    "attack.",
                    "events.",
                    "groups.subscribe.",
                    "groups.behaviour.",
                    ScoreOverrides.SECTION,
                    ScenarioKeys.PARAMS);

    private static final List<String> NOTHING = List.of("0", "none", "false");

    /// Shares that are 1 where a key is left out.
    private static final List<String> WHOLE = List.of("workload.share", "workload.validity");

    /// Plans are made before a run, 24 bytes for each message.
    private static final double MESSAGES_MAX = 50e6;

    private final ScenarioValues values;
    private final ScenarioSetup setup;

    private ScenarioRules(ScenarioValues values) {
        this.values = values;
        setup = new ScenarioSetup(values);
    }

    /// Checks everything.
    ///
    /// @throws ScenarioException with the first that is wrong
    static void check(ScenarioValues values, ScenarioGates gates) {
        var rules = new ScenarioRules(values);
        rules.required();
        rules.topology();
        rules.attack();
        rules.network();
        rules.churn();
        rules.setup.spoken().check();
        rules.workload();
        rules.light();
        ScenarioEvents events = rules.setup.events();
        events.check(rules.setup.end(), rules.setup.latency(), rules.setup.groups());
        events.checkRates(rules.setup.workloads());
        rules.groups(events);
        Setup built = rules.built(); // every value is read once
        gates.check(
                new ScenarioGates.Run(
                        rules.setup.attackers() > 0 || !events.isEmpty(),
                        built.attackEnd() < built.end(),
                        rules.setup.attackers() > 0,
                        built.profile().routed(),
                        rules.named(built),
                        built.end()));
        if (values.duration("time.run", "60s") == 0 && !gates.isEmpty()) {
            throw values.impossible("time.run", "gates on a run without messages");
        }
        var _ = new Budget(values);
        var _ = new Recorder(values);
    }

    /// What a gate on a share of the messages may name: topics, and groups that publish.
    private List<String> named(Setup built) {
        var names = new ArrayList<>(setup.topics());
        for (PeerGroups.Group group : built.groups().all()) {
            boolean publishes =
                    built.messages().stream().anyMatch(message -> group.has(message.publisher()));
            if (publishes) names.add(group.name());
        }
        return names;
    }

    private void groups(ScenarioEvents events) {
        var _ = new ScenarioBehaviours(values, setup.groups(), events, setup.topics());
        for (PeerGroups.Group group : setup.groups().adversaries()) {
            for (String name : List.of("flipAt", "connect.at", "spam.from")) {
                String key = setup.groups().at(group) + "behaviour." + name;
                if (values.duration(key, "0s") <= setup.end()) continue;
                throw values.impossible(key, "after the end");
            }
        }
        for (PeerGroups.Group group : setup.groups().all()) {
            boolean plain =
                    group.role() == PeerGroups.Role.PUBLISHER
                            || group.role() == PeerGroups.Role.RELAY;
            if (plain || setup.profile().routed()) continue;
            throw values.impossible(
                    setup.groups().at(group) + "role",
                    "the profile light has no routers: only publishers and relays");
        }
    }

    private Setup built() {
        try {
            return setup.build(1).build();
        } catch (IllegalArgumentException e) {
            throw new ScenarioException("%s: %s".formatted(values.file(), e.getMessage()));
        }
    }

    private void required() {
        if (!values.text("schema", "").equals("1")) {
            throw new ScenarioException(values.at("schema") + ": schema must be 1");
        }
        if (values.text("name", "").isBlank()) {
            throw new ScenarioException(values.at("name") + ": name is missing");
        }
        if (values.text("topology.peers", "").isEmpty()) {
            throw new ScenarioException(
                    values.at("topology.peers") + ": topology.peers is missing");
        }
        if (setup.everybody() < 1) {
            throw new ScenarioException(
                    values.at("topology.peers") + ": topology.peers must be positive");
        }
    }

    private void topology() {
        String model = values.text("topology.model", "dial");
        boolean edges = model.equals("edges");
        if (!edges && setup.peers() > 1 && setup.dials() >= setup.peers()) {
            throw values.impossible(
                    "topology.k", "%d others of %d peers".formatted(setup.dials(), setup.peers()));
        }
        if (!edges && values.has("topology.edges")) {
            throw values.impossible(
                    "topology.edges", "a file of edges with topology.model `%s`".formatted(model));
        }
        if (!model.equals("clusters")) {
            for (String key : List.of("topology.clusters", "topology.inside")) {
                if (!values.has(key)) continue;
                throw values.impossible(key, "clusters with topology.model `%s`".formatted(model));
            }
        } else if (2L * setup.clusters() > setup.peers()) {
            throw values.impossible("topology.clusters", "clusters of fewer than two peers");
        } else if (setup.clusters() == 1) {
            throw values.impossible("topology.clusters", "a cluster of all peers");
        }
        if (edges && values.has("topology.k")) {
            throw values.impossible("topology.k", "dials and a file of edges");
        }
        double nat = values.share("topology.nat", "0");
        double punch = values.share("topology.punch", "0");
        if (nat == 0 && punch > 0) {
            throw values.impossible("topology.punch", "hole punching without topology.nat");
        }
        if (nat == 0 && values.text("topology.relay", "false").equals("true")) {
            throw values.impossible("topology.relay", "relays without topology.nat");
        }
        if (values.has("topology.latencies") && values.has("topology.regions")) {
            throw values.impossible("topology.latencies", "latencies beside topology.regions");
        }
        for (String key : List.of("topology.low", "topology.grace")) {
            if (!values.has(key) || values.has("topology.high")) continue;
            throw values.impossible(key, "closing links without topology.high");
        }
        if (values.has("topology.high") && !values.has("topology.low")) {
            throw values.impossible("topology.high", "closing links without topology.low");
        }
        if (nat == 1 && punch == 0 && setup.peers() > 1) {
            throw values.impossible("topology.nat", "nobody can be dialled");
        }
    }

    private void attack() {
        setup.attack().check(setup.sybils());
    }

    private void network() {
        if (!values.text("network.mode", "fifo").equals("fifo")
                && values.text("network.bandwidth", "ideal").equals("ideal")
                && setup.groups().all().stream().allMatch(group -> group.bandwidth() == null)) {
            throw values.impossible("network.mode", "uplinks shared without network.bandwidth");
        }
    }

    private void churn() {
        if (values.has("churn.sessions")) {
            for (String key : values.keys()) {
                if (!key.startsWith("churn.") || key.equals("churn.sessions")) continue;
                throw values.impossible(key, "random churn beside churn.sessions");
            }
        }
        if (values.has("churn.shape") && values.share("churn.share", "0") == 0) {
            throw values.impossible("churn.shape", "sessions without churn.share");
        }
        if (values.share("churn.share", "0") == 0
                && (values.has("churn.up") || values.has("churn.down"))) {
            throw values.impossible("churn.up", "times of churn without churn.share");
        }
    }

    private void workload() {
        var shares = new LinkedHashMap<String, Double>();
        for (String at : values.entries("workload")) {
            boolean slots = values.text(at + "arrival", "uniform").equals("slots");
            if (values.has(at + "slot") && !slots) {
                throw values.impossible(
                        at + "slot", "slots without %sarrival: slots".formatted(at));
            }
        }
        List<Workload> workloads = setup.workloads();
        double messages = 0;
        for (int i = 0; i < workloads.size(); i++) {
            Workload workload = workloads.get(i);
            messages += workload.messages();
            if (messages <= MESSAGES_MAX) continue;
            throw values.impossible(
                    values.entries("workload").get(i) + "rate",
                    "more than 50 million messages in a run");
        }
        for (int i = 0; i < workloads.size(); i++) {
            Workload workload = workloads.get(i);
            Double before = shares.put(workload.topic(), workload.share());
            if (before == null || before == workload.share()) continue;
            throw values.impossible(
                    values.entries("workload").get(i) + "share",
                    "another share of the topic %s".formatted(workload.topic()));
        }
    }

    private void light() {
        if (setup.profile().routed()) return;
        for (String key : values.keys()) {
            if (ROUTED.stream().noneMatch(ScenarioKeys.plain(key)::startsWith)) continue;
            if (harmless(key)) continue;
            throw values.impossible(
                    key,
                    "the profile light has no routers: leave it out, or take another scoring.profile");
        }
    }

    private boolean harmless(String key) {
        if (WHOLE.contains(ScenarioKeys.plain(key))) return values.share(key, "1") == 1;
        return NOTHING.contains(values.text(key, ""));
    }
}
