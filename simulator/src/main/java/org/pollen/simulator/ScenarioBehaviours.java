package org.pollen.simulator;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What the groups of adversaries of a scenario do: whom they dial, and how they behave.
///
/// Source: simulator specification 2.5, 5 (key `groups`).
final class ScenarioBehaviours {
    private static final int SIZE_MIN = 8;
    private static final int SIZE_MAX = 5000;
    private static final double RATE_MAX = 1000;

    /// A group and what each of it is.
    ///
    /// @param conduct null if they are of a class
    private record Crew(
            PeerGroups.Group group,
            Setup.Attackers maker,
            ScriptedAdversary.@Nullable Conduct conduct,
            long linked) {}

    private final ScenarioValues values;
    private final ScenarioGroups groups;
    private final ScenarioEvents events;
    private final List<String> topics;
    private final List<Crew> crews = new ArrayList<>();

    /// @param topics names, in their order
    ScenarioBehaviours(
            ScenarioValues values,
            ScenarioGroups groups,
            ScenarioEvents events,
            List<String> topics) {
        this.values = values;
        this.groups = groups;
        this.events = events;
        this.topics = topics;
        for (PeerGroups.Group group : groups.all()) {
            String at = groups.at(group) + "behaviour.";
            if (group.role().honest()) none(group, at);
            else crews.add(crew(group, at));
        }
    }

    private void none(PeerGroups.Group group, String at) {
        for (String key : values.keys()) {
            if (!key.startsWith(at)) continue;
            String role = values.text(groups.at(group) + "role", "relay");
            throw values.impossible(key, "behaviours of a group whose role is " + role);
        }
    }

    private Crew crew(PeerGroups.Group group, String at) {
        long linked = values.duration(at + "connect.at", "0s");
        if (values.has(at + "class")) {
            Adversaries adversaries = ofClass(at);
            Setup.Attackers maker =
                    (simulation, partition, index) ->
                            Setup.Builder.made(adversaries, simulation, partition, index);
            return new Crew(group, maker, null, linked);
        }
        if (values.has(at + "classpath")) {
            throw values.impossible(at + "classpath", "a path without behaviour.class");
        }
        ScriptedAdversary.Conduct conduct = conduct(group, at);
        return new Crew(
                group,
                (s, p, index) -> new ScriptedAdversary(s, p, index, conduct),
                conduct,
                linked);
    }

    private Adversaries ofClass(String at) {
        for (String key : values.keys()) {
            boolean own = key.startsWith(at + "class") || key.startsWith(at + "connect.");
            if (!key.startsWith(at) || own) continue;
            throw values.impossible(key, "a behaviour beside behaviour.class");
        }
        String classpath = values.text(at + "classpath", "");
        Path path = classpath.isEmpty() ? null : Path.of(values.file()).resolveSibling(classpath);
        return values.value(at + "class", "", name -> Adversaries.named(name, path));
    }

    private ScriptedAdversary.Conduct conduct(PeerGroups.Group group, String at) {
        if (topics.size() > ScriptedAdversary.TOPICS_MAX) {
            throw values.impossible(
                    groups.at(group) + "role",
                    "adversaries of more than %d topics".formatted(ScriptedAdversary.TOPICS_MAX));
        }
        boolean graft = values.value(at + "graft", "false", Quantity::truth);
        if (values.has(at + "regraft") && !graft) {
            throw values.impossible(at + "regraft", "regraft without graft");
        }
        long regraft = values.has(at + "regraft") ? values.duration(at + "regraft", "60s") : -1;
        long follows = 0;
        PeerGroups.Group with = groups.with(topics).named(group.name());
        double[] shares = with == null ? null : with.shares();
        for (int t = 0; t < topics.size(); t++) {
            if (shares == null || shares[t] > 0) follows |= 1L << t;
        }
        return new ScriptedAdversary.Conduct(
                follows, graft, regraft, drop(group, at), withheld(at, follows), spam(at));
    }

    /// The share of messages that a group drops, with all that changes it.
    private Timeline drop(PeerGroups.Group group, String at) {
        boolean forwards = values.keys().stream().anyMatch(key -> key.startsWith(at + "forward."));
        List<ScenarioEvents.Turn> turns = new ArrayList<>(events.turns(group.name()));
        boolean flips = values.has(at + "flipAt") || turns.stream().anyMatch(turn -> turn.flips());
        if (values.has(at + "flipAt")) {
            long flipAt = values.duration(at + "flipAt", "");
            turns.addFirst(new ScenarioEvents.Turn(flipAt, -1));
            turns.sort((a, b) -> Long.compare(a.at(), b.at())); // and stable
        }
        if (values.has(at + "flipAt") && !forwards) {
            throw values.impossible(at + "flipAt", "a flip without forward: nothing changes");
        }
        if (values.has(at + "forward.afterFlip") && !flips) {
            throw values.impossible(
                    at + "forward.afterFlip", "without flipAt or an event that flips the group");
        }
        double usual = forwards ? values.share(at + "forward.drop", "0") : 1;
        double flipped = values.share(at + "forward.afterFlip", "1");
        if (flips && usual == flipped) {
            String key = values.has(at + "flipAt") ? at + "flipAt" : events.flip(group.name());
            throw values.impossible(
                    key, "a flip that changes nothing: forward.drop is forward.afterFlip");
        }
        Timeline drop = Timeline.constant(usual);
        boolean other = false;
        for (ScenarioEvents.Turn turn : turns) {
            if (turn.flips()) other = !other;
            drop = drop.then(turn.at(), turn.flips() ? other ? flipped : usual : turn.drop());
        }
        return drop;
    }

    private long withheld(String at, long follows) {
        String key = at + "forward.except";
        if (!values.has(key)) return 0;
        long withheld = 0;
        var protocol = new ScenarioProtocol(values);
        for (String word : values.value(key, "", protocol::names)) {
            int topic = topics.indexOf(word);
            if (topic < 0) {
                throw new ScenarioException(
                        "%s: %s: `%s`%s"
                                .formatted(
                                        values.at(key),
                                        key,
                                        word,
                                        ScenarioException.suggestion(word, topics)));
            }
            if ((follows & 1L << topic) == 0) {
                throw values.impossible(
                        key, "`%s`, to which the group does not subscribe".formatted(word));
            }
            withheld |= 1L << topic;
        }
        return withheld;
    }

    private ScriptedAdversary.@Nullable Spam spam(String at) {
        if (values.keys().stream().noneMatch(key -> key.startsWith(at + "spam."))) return null;
        if (!values.has(at + "spam.kind")) {
            throw values.impossible(at + "spam.kind", "spam of no kind: give it one");
        }
        double rate = values.value(at + "spam.rate", "1/s", Quantity::rate);
        if (rate > RATE_MAX) throw values.outOf(at + "spam.rate", "1/s", "up to 1000/s");
        int size = values.count(at + "spam.size", "64");
        if (size < SIZE_MIN || size > SIZE_MAX) {
            throw values.outOf(at + "spam.size", "64", "in 8..5000");
        }
        return new ScriptedAdversary.Spam(
                values.value(at + "spam.kind", "", ScriptedAdversary.Nuisance::named),
                (long) (1e9 / rate),
                size,
                values.duration(at + "spam.from", "0s"));
    }

    /// Adds what they dial.
    ///
    /// @param honest how many honest peers there are
    /// @param publishers of the workloads
    void dial(Links links, int honest, int[] publishers, long seed) {
        for (int i = 0; i < crews.size(); i++) {
            PeerGroups.Group group = crews.get(i).group;
            String at = groups.at(group) + "behaviour.connect.";
            int degree = values.count(at + "degree", "20");
            int[] aims = aims(group, at + "to", honest, publishers);
            long when = crews.get(i).linked;
            var random = new SplittableRandom(Mix.mix(seed, Mix.ATTACK, i + 1));
            for (int peer : group.peers()) {
                for (int d = 0; d < degree; d++) {
                    long jitter = (long) (when * 0.1 * (random.nextDouble() - 0.5));
                    links.add(peer, aims[random.nextInt(aims.length)], when + jitter);
                }
            }
        }
    }

    private int[] aims(PeerGroups.Group group, String key, int honest, int[] publishers) {
        String to = values.text(key, "all");
        if (to.equals("all")) return IntStream.range(0, honest).toArray();
        if (to.equals("publishers")) return publishers;
        PeerGroups.Group aim = groups.named(key);
        if (!aim.name().equals(group.name())) return aim.peers();
        throw values.impossible(key, "a group that dials itself");
    }

    /// What makes the adversary at an index; null if it is in no group.
    Setup.@Nullable Attackers maker(int index) {
        for (Crew crew : crews) if (crew.group.has(index)) return crew.maker;
        return null;
    }

    /// How many there are.
    int count() {
        return crews.stream().mapToInt(crew -> crew.group.count()).sum();
    }

    /// When the first of them begin to do harm.
    long begins() {
        long least = Long.MAX_VALUE;
        long linked = Long.MAX_VALUE;
        for (Crew crew : crews) {
            linked = Math.min(linked, crew.linked);
            var conduct = crew.conduct;
            least =
                    Math.min(
                            least,
                            conduct == null ? crew.linked : conduct.harmfulFrom(crew.linked));
        }
        return least == Long.MAX_VALUE ? linked : least;
    }

    /// When none does harm any more; [Long#MAX_VALUE] if they go on.
    long ends() {
        long last = -1;
        for (Crew crew : crews) {
            var conduct = crew.conduct;
            last = Math.max(last, conduct == null ? Long.MAX_VALUE : conduct.harmlessFrom());
        }
        return last <= begins() ? Long.MAX_VALUE : last;
    }
}
