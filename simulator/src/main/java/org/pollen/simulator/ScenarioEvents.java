package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a scenario lets happen at an instant: partitions of the network and their end, peers that
/// leave, come back or go dead, adversaries that turn, numbers that change.
///
/// Source: simulator specification 5 (key `events`).
final class ScenarioEvents {
    private static final long PARTITION_MIN = 1_000_000_000L;
    private static final List<String> KINDS =
            List.of("partition", "heal", "leave", "join", "kill", "flip", "set");

    private static final String LOSS = "network.loss";
    private static final String DROP = "drop";

    /// One event.
    ///
    /// @param key what its keys begin with
    private record Event(String key, long at, String kind) {}

    /// A group of adversaries forwards otherwise from an instant on.
    ///
    /// @param drop share of messages that it drops; -1 if it flips
    record Turn(long at, double drop) {
        boolean flips() {
            return drop < 0;
        }
    }

    private final ScenarioValues values;
    private final List<Event> events = new ArrayList<>();

    ScenarioEvents(ScenarioValues values) {
        this.values = values;
        if (values.keys().stream().noneMatch(key -> key.startsWith("events."))) return;
        for (String key : values.entries("events")) {
            String kind = values.text(key + "do", "");
            if (!KINDS.contains(kind)) {
                throw new ScenarioException(
                        "%s: %sdo is `%s`%s"
                                .formatted(
                                        values.at(key + "do"),
                                        key,
                                        kind,
                                        ScenarioException.suggestion(kind, KINDS)));
            }
            events.add(new Event(key, values.duration(key + "at", ""), kind));
        }
        events.sort(Comparator.comparingLong(Event::at)); // and stable
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    long first() {
        return events.getFirst().at;
    }

    long last() {
        return events.getLast().at;
    }

    /// Refuses events that cannot be.
    ///
    /// @param end of the run
    void check(long end, Latency latency, ScenarioGroups groups) {
        boolean left = false;
        long cut = -1;
        for (Event event : events) {
            if (event.at > end) throw values.impossible(event.key + "at", "after the end");
            if (List.of("flip", "set").contains(event.kind)) {
                checkChange(event, groups);
                continue;
            }
            for (String name : List.of("group", "key", "value")) {
                if (!values.has(event.key + name)) continue;
                throw values.impossible(
                        event.key + name, "a %s of a %s".formatted(name, event.kind));
            }
            boolean heals = event.kind.equals("heal");
            boolean regions = values.has(event.key + "regions");
            boolean shared = values.has(event.key + "share");
            if (regions && !event.kind.equals("partition")) {
                throw values.impossible(event.key + "regions", "regions of a " + event.kind);
            }
            if (heals && shared) throw values.impossible(event.key + "share", "a share of a heal");
            if (!heals && regions == shared) {
                throw values.impossible(
                        event.key + "do",
                        regions
                                ? "a partition by share and by regions"
                                : "a %s of nobody: give it a share".formatted(event.kind));
            }
            if (regions) regions(event, latency);
            else if (!heals) share(event);
            switch (event.kind) {
                case "partition" -> cut = event.at;
                case "heal" -> {
                    if (cut < 0) throw values.impossible(event.key + "do", "nothing to heal");
                    if (event.at - cut < PARTITION_MIN) {
                        throw values.impossible(
                                event.key + "at",
                                "a partition of less than 1s, which messages under way outlive");
                    }
                    cut = -1;
                }
                case "leave" -> left = true;
                case "join" -> {
                    if (!left) throw values.impossible(event.key + "do", "nobody has left before");
                }
                default -> {}
            }
        }
    }

    /// Refuses other rates for messages that have ended.
    ///
    /// @param workloads in their order
    void checkRates(List<Workload> workloads) {
        List<String> entries = values.entries("workload");
        for (int i = 0; i < workloads.size(); i++) {
            long stop = workloads.get(i).stop();
            for (Event event : sets(entries.get(i) + "rate").toList()) {
                if (event.at < stop) continue;
                throw values.impossible(
                        event.key + "at", "a rate of messages that have ended: nothing changes");
            }
        }
    }

    private void checkChange(Event event, ScenarioGroups groups) {
        for (String name : List.of("share", "regions")) {
            if (!values.has(event.key + name)) continue;
            throw values.impossible(event.key + name, "a %s of a %s".formatted(name, event.kind));
        }
        boolean flips = event.kind.equals("flip");
        String key = values.text(event.key + "key", "");
        if (flips) {
            for (String name : List.of("key", "value")) {
                if (!values.has(event.key + name)) continue;
                throw values.impossible(event.key + name, "a %s of a flip".formatted(name));
            }
            if (!values.has(event.key + "group")) {
                throw values.impossible(event.key + "do", "a flip of nobody: give it a group");
            }
        } else {
            if (!settable().contains(key)) {
                throw new ScenarioException(
                        "%s: %skey is `%s`%s"
                                .formatted(
                                        values.at(event.key + "key"),
                                        event.key,
                                        key,
                                        ScenarioException.suggestion(key, settable())));
            }
            if (!values.has(event.key + "value")) {
                throw values.impossible(event.key + "do", "a set without a value");
            }
            if (key.equals(DROP) != values.has(event.key + "group")) {
                throw values.impossible(
                        event.key + (key.equals(DROP) ? "key" : "group"),
                        key.equals(DROP)
                                ? "drop of nobody: give it a group"
                                : "%s of a group".formatted(key));
            }
        }
        if (values.has(event.key + "group")) {
            PeerGroups.Group group = groups.named(event.key + "group");
            boolean scripted = !values.has(groups.at(group) + "behaviour.class");
            if (group.role().honest() || !scripted) {
                throw values.impossible(
                        event.key + "group",
                        scripted
                                ? "only adversaries %s".formatted(flips ? "flip" : "drop messages")
                                : "adversaries of a class do as they like");
            }
            if (!flips) values.share(event.key + "value", "0");
        } else if (key.equals(LOSS)) {
            lossOf(event);
        } else {
            values.value(event.key + "value", "", Quantity::rate);
        }
    }

    /// What may be set.
    private List<String> settable() {
        return Stream.concat(
                        Stream.of(LOSS, DROP),
                        values.entries("workload").stream().map(entry -> entry + "rate"))
                .toList();
    }

    private double lossOf(Event event) {
        double loss = values.value(event.key + "value", "", Double::parseDouble);
        if (loss >= 0 && loss < 1) return loss;
        throw values.outOf(event.key + "value", "", "in [0, 1) for network.loss");
    }

    private Stream<Event> sets(String key) {
        return events.stream()
                .filter(event -> event.kind.equals("set"))
                .filter(event -> values.text(event.key + "key", "").equals(key));
    }

    /// The share of segments that are lost, over time; null if it stays as it is.
    ///
    /// @param start before the first event
    @Nullable Timeline losses(double start) {
        List<Event> changes = sets(LOSS).toList();
        Timeline losses = Timeline.constant(start);
        for (Event event : changes) losses = losses.then(event.at, lossOf(event));
        return changes.isEmpty() ? null : losses;
    }

    /// The messages a second of a workload, over time.
    ///
    /// @param at what its keys begin with
    /// @param start before the first event
    Timeline rates(String at, double start) {
        Timeline rates = Timeline.constant(start);
        for (Event event : sets(at + "rate").toList()) {
            double rate = values.value(event.key + "value", "", Quantity::rate);
            rates = rates.then(event.at, rate);
        }
        return rates;
    }

    /// How a group of adversaries turns, by time.
    List<Turn> turns(String group) {
        var turns = new ArrayList<Turn>();
        for (Event event : events) {
            if (!values.text(event.key + "group", "").equals(group)) continue;
            boolean flips = event.kind.equals("flip");
            turns.add(new Turn(event.at, flips ? -1 : values.share(event.key + "value", "0")));
        }
        return turns;
    }

    /// The key of the first event that flips a group.
    String flip(String group) {
        for (Event event : events) {
            boolean ofGroup = values.text(event.key + "group", "").equals(group);
            if (event.kind.equals("flip") && ofGroup) return event.key + "group";
        }
        return "events";
    }

    private double share(Event event) {
        double share = values.share(event.key + "share", "0");
        boolean all = event.kind.equals("partition") && share == 1;
        if (share > 0 && !all) return share;
        throw values.impossible(event.key + "share", all ? "nobody on the other side" : "nobody");
    }

    private List<Integer> regions(Event event, Latency latency) {
        String key = event.key + "regions";
        var regions = new ArrayList<Integer>();
        for (String name : values.text(key, "").split(",", -1)) {
            int region = Regions.named(latency, name.trim());
            if (region < 0) {
                throw new ScenarioException(
                        "%s: %s: `%s`%s"
                                .formatted(
                                        values.at(key),
                                        key,
                                        name.trim(),
                                        ScenarioException.suggestion(
                                                name.trim(), latency.regionNames())));
            }
            regions.add(region);
        }
        if (regions.stream().distinct().count() == latency.regions()) {
            throw values.impossible(key, "nobody on the other side");
        }
        return regions;
    }

    /// The partitions.
    ///
    /// @param peers all, attackers included
    /// @param groups for the regions of their peers
    Cuts cuts(int peers, long seed, Latency latency, PeerGroups groups) {
        var cuts = new Cuts();
        for (int i = 0; i < events.size(); i++) {
            Event event = events.get(i);
            if (!event.kind.equals("partition")) continue;
            long until =
                    events.subList(i, events.size()).stream()
                            .filter(later -> later.kind.equals("heal"))
                            .mapToLong(Event::at)
                            .findFirst()
                            .orElse(Long.MAX_VALUE);
            cuts.add(event.at, until, peers, side(event, i, seed, latency, groups));
        }
        return cuts;
    }

    private IntPredicate side(
            Event event, int number, long seed, Latency latency, PeerGroups groups) {
        if (!values.has(event.key + "regions")) {
            double share = share(event);
            long draw = ((long) number << 32) | Mix.SIDE;
            return peer -> Mix.unit(seed, peer, draw) < share;
        }
        List<Integer> regions = regions(event, latency);
        return peer -> regions.contains(groups.region(peer, latency, seed));
    }

    /// Who goes and comes.
    Departures departures(int peers, long seed) {
        var changes = new ArrayList<Departures.Change>();
        for (Event event : events) {
            boolean ofPeers = List.of("leave", "join", "kill").contains(event.kind);
            if (!ofPeers) continue;
            var kind = Departures.Kind.valueOf(event.kind.toUpperCase(Locale.ROOT));
            changes.add(new Departures.Change(event.at, kind, share(event)));
        }
        return changes.isEmpty() ? Departures.NONE : new Departures(peers, seed, changes);
    }
}
