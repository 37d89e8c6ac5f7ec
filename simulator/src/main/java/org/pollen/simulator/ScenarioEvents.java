package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/// What a scenario lets happen at an instant: partitions of the network and their end, peers that
/// leave, come back or go dead.
///
/// Source: simulator specification 5 (key `events`).
final class ScenarioEvents {
    private static final long PARTITION_MIN = 1_000_000_000L;
    private static final List<String> KINDS = List.of("partition", "heal", "leave", "join", "kill");

    /// One event.
    ///
    /// @param key what its keys begin with
    private record Event(String key, long at, String kind) {}

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
    void check(long end, Latency latency) {
        boolean left = false;
        long cut = -1;
        for (Event event : events) {
            if (event.at > end) throw values.impossible(event.key + "at", "after the end");
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
    Cuts cuts(int peers, long seed, Latency latency) {
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
            cuts.add(event.at, until, peers, side(event, i, seed, latency));
        }
        return cuts;
    }

    private IntPredicate side(Event event, int number, long seed, Latency latency) {
        if (!values.has(event.key + "regions")) {
            double share = share(event);
            long draw = ((long) number << 32) | Mix.SIDE;
            return peer -> Mix.unit(seed, peer, draw) < share;
        }
        List<Integer> regions = regions(event, latency);
        return peer -> regions.contains(latency.region(Mix.unit(seed, peer, Mix.REGION)));
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
