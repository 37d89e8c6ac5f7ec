package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The groups of a scenario: who is in them, and what they subscribe to. With groups,
/// `topology.peers` counts everybody, attackers included, and each peer is in one of them or a
/// sybil.
///
/// Source: simulator specification 5 (key `groups`).
final class ScenarioGroups {
    private static final String EVERYBODY = "all";

    /// Gates mean something else by these.
    private static final List<String> TAKEN =
            List.of(EVERYBODY, "honest", "sybil", "before", "attack", "during", "after");

    private final ScenarioValues values;
    private final List<PeerGroups.Group> groups = new ArrayList<>(); // adversaries last
    private final Map<String, String> places = new LinkedHashMap<>(); // what keys begin with

    /// @param peers of `topology.peers`
    /// @param sybils of them that are in no group
    /// @param latency for the names of regions
    ScenarioGroups(ScenarioValues values, int peers, int sybils, Supplier<Latency> latency) {
        this.values = values;
        List<String> entries = values.list("groups");
        if (entries.isEmpty()) return;
        int[] counts = counts(entries, peers, sybils);
        for (boolean honest : new boolean[] {true, false}) {
            for (int i = 0; i < entries.size(); i++) {
                String at = entries.get(i);
                PeerGroups.Role role = values.value(at + "role", "relay", PeerGroups.Role::named);
                if (role.honest() != honest) continue;
                String name = name(at);
                int first = groups.stream().mapToInt(PeerGroups.Group::count).sum();
                groups.add(
                        new PeerGroups.Group(
                                name,
                                role,
                                first,
                                counts[i],
                                region(at + "region", latency),
                                bandwidth(at + "bandwidth"),
                                null));
                places.put(name, at);
            }
        }
        if (of(PeerGroups.Role.PUBLISHER).isEmpty() && of(PeerGroups.Role.RELAY).isEmpty()) {
            throw values.impossible(
                    entries.getFirst() + "role", "no group of publishers or relays");
        }
    }

    private String name(String at) {
        String key = at + "name";
        String name = values.text(key, "");
        if (!name.matches("[A-Za-z][\\w-]{0,63}")) {
            throw new ScenarioException(
                    "%s: %s is `%s`: it must be a name %s"
                            .formatted(values.at(key), key, name, ScenarioKeys.meaning(key)));
        }
        if (TAKEN.contains(name)) {
            throw values.impossible(key, "a group called %s, which means others".formatted(name));
        }
        if (places.containsKey(name)) {
            throw values.impossible(key, "two groups called %s".formatted(name));
        }
        return name;
    }

    private int[] counts(List<String> entries, int peers, int sybils) {
        var counts = new int[entries.size()];
        int rest = -1;
        long sum = sybils;
        for (int i = 0; i < counts.length; i++) {
            String at = entries.get(i);
            boolean counted = values.has(at + "count");
            boolean shared = values.has(at + "fraction");
            if (counted && shared) {
                throw values.impossible(at + "fraction", "a count and a fraction");
            }
            if (!counted && !shared) {
                if (rest >= 0) {
                    throw values.impossible(
                            at + "count", "two groups of the rest: give one a count");
                }
                rest = i;
                continue;
            }
            counts[i] =
                    counted
                            ? values.count(at + "count", "1")
                            : (int) Math.round(peers * values.share(at + "fraction", "0"));
            if (counts[i] == 0) throw values.impossible(at + "fraction", "nobody");
            sum += counts[i];
        }
        if (rest >= 0 && sum < peers) {
            counts[rest] = (int) (peers - sum);
        } else if (rest >= 0 || sum != peers) {
            throw values.impossible(
                    "topology.peers",
                    "%d, of which groups%s have %d%s"
                            .formatted(
                                    peers,
                                    sybils > 0 ? " and sybils" : "",
                                    sum,
                                    rest >= 0
                                            ? ", and nobody is left for another group"
                                            : ": leave out one count, and that group is the rest"));
        }
        return counts;
    }

    private int region(String key, Supplier<Latency> latency) {
        if (!values.has(key)) return -1;
        String name = values.text(key, "");
        Latency matrix = latency.get();
        int region = Regions.named(matrix, name);
        if (region >= 0) return region;
        throw new ScenarioException(
                "%s: %s: `%s`%s"
                        .formatted(
                                values.at(key),
                                key,
                                name,
                                ScenarioException.suggestion(name, matrix.regionNames())));
    }

    private Network.@Nullable Bandwidth bandwidth(String key) {
        if (!values.has(key)) return null;
        return values.value(
                key,
                "",
                text ->
                        text.endsWith("b/s")
                                ? Network.Bandwidth.uniform(Quantity.bits(text))
                                : Network.Bandwidth.named(text));
    }

    boolean isNone() {
        return groups.isEmpty();
    }

    List<PeerGroups.Group> all() {
        return groups;
    }

    /// What the keys of a group begin with.
    String at(PeerGroups.Group group) {
        return String.valueOf(places.get(group.name()));
    }

    int honest() {
        return groups.stream()
                .filter(group -> group.role().honest())
                .mapToInt(PeerGroups.Group::count)
                .sum();
    }

    /// The adversaries.
    List<PeerGroups.Group> adversaries() {
        return of(PeerGroups.Role.ADVERSARY);
    }

    private List<PeerGroups.Group> of(PeerGroups.Role role) {
        return groups.stream().filter(group -> group.role() == role).toList();
    }

    /// The group that a value names.
    PeerGroups.Group named(String key) {
        String name = values.text(key, "");
        for (PeerGroups.Group group : groups) if (group.name().equals(name)) return group;
        List<String> known = groups.stream().map(PeerGroups.Group::name).toList();
        throw new ScenarioException(
                "%s: %s: `%s`%s"
                        .formatted(
                                values.at(key),
                                key,
                                name,
                                known.isEmpty()
                                        ? ": there are no groups"
                                        : ScenarioException.suggestion(name, known)));
    }

    /// Who may publish what a workload says: a group, all honest peers but those nobody has in
    /// meshes, or the groups of publishers.
    ///
    /// @param honest how many honest peers there are
    /// @param key that names the group
    int[] publishers(int honest, String key) {
        String name = values.text(key, "");
        if (!name.isEmpty() && !name.equals(EVERYBODY)) {
            PeerGroups.Group group = named(key);
            if (group.role() == PeerGroups.Role.PUBLISHER) return group.peers();
            throw values.impossible(
                    key,
                    "messages of a group whose role is %s, not publisher"
                            .formatted(values.text(at(group) + "role", "relay")));
        }
        List<PeerGroups.Group> publishers = of(PeerGroups.Role.PUBLISHER);
        if (name.isEmpty() && !publishers.isEmpty()) {
            return publishers.stream().flatMapToInt(g -> IntStream.of(g.peers())).toArray();
        }
        var all = new PeerGroups(groups);
        return IntStream.range(0, honest).filter(peer -> !all.bootstraps(peer)).toArray();
    }

    /// The names of topics and masks that groups subscribe to.
    List<String> subscribed() {
        return groups.stream()
                .flatMap(group -> values.list(at(group) + "subscribe").stream())
                .map(at -> new ScenarioProtocol(values).subscriptionOf(at))
                .distinct()
                .toList();
    }

    /// The groups with what they subscribe to.
    ///
    /// @param topics names, in their order
    PeerGroups with(List<String> topics) {
        var all = new ArrayList<PeerGroups.Group>();
        for (PeerGroups.Group group : groups) {
            if (topics.contains(group.name())) {
                throw values.impossible(
                        at(group) + "name", "a group and a topic called " + group.name());
            }
            all.add(group.subscribing(shares(group, topics)));
        }
        return new PeerGroups(all);
    }

    private double @Nullable [] shares(PeerGroups.Group group, List<String> topics) {
        List<String> entries = values.list(at(group) + "subscribe");
        if (entries.isEmpty()) return null;
        var shares = new double[topics.size()];
        for (String entry : entries) {
            var protocol = new ScenarioProtocol(values);
            String key = protocol.subscriptionKey(entry);
            String name = protocol.subscriptionOf(entry);
            int topic = topics.indexOf(name);
            if (topic < 0) {
                throw new ScenarioException(
                        "%s: %s: `%s`%s"
                                .formatted(
                                        values.at(key),
                                        key,
                                        name,
                                        ScenarioException.suggestion(name, topics)));
            }
            if (shares[topic] > 0) throw values.impossible(key, "twice the same topic");
            shares[topic] = values.share(entry + "share", "1");
            if (shares[topic] == 0) throw values.impossible(entry + "share", "nobody");
            if (shares[topic] < 1 && !group.role().honest()) {
                throw values.impossible(entry + "share", "a share of adversaries");
            }
        }
        return shares;
    }
}
