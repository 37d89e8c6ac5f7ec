package org.pollen.simulator;

import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pollen.router.RouterParams;
import org.pollen.scoring.PeerScoreParams;

/// The text of a scenario with every key that its run depends on, given or not: what a folder of
/// results keeps, so that another version with other defaults has the same run.
///
/// Defaults are those that were asked for when the scenario was checked, so that nobody has to say
/// them twice; parameters of the router and of scores are those of the profile. What is not there:
/// keys without a default (a limit that nobody set), and those of sweeps, of which a run is a
/// point.
///
/// Source: simulator specification 4.2.
final class ResolvedScenario {
    private static final Pattern PLAIN = Pattern.compile("-?[A-Za-z0-9_./][\\w./-]*");
    private static final Pattern OF_SWEEPS = Pattern.compile("(compare|sweep|seeds)(\\..*)?");
    private static final long MICRO = 1_000;
    private static final long SECOND = 1_000_000_000L;

    private final ScenarioValues values;
    private final boolean sybils; // that attack or attack.use names
    private final boolean dialAll;
    private final Map<String, String> all = new LinkedHashMap<>();

    private ResolvedScenario(ScenarioValues values, long seed) {
        this.values = values;
        var setup = new ScenarioSetup(values);
        sybils = setup.sybils() > 0;
        dialAll = sybils && setup.attack().dialsAll();
        for (String key : values.keys()) all.put(key, values.text(key, ""));
        values.defaults()
                .forEach((key, text) -> {
                    if (!contradicts(key)) all.putIfAbsent(key, text);
                });
        Profile profile = setup.spoken().apply(setup.profile());
        if (profile.routed()) {
            params(profile.params());
            scores(profile);
        }
        all.put("schema", "1");
        all.put("seed", Long.toString(seed));
        all.keySet().removeIf(key -> OF_SWEEPS.matcher(key).matches());
    }

    /// The text.
    ///
    /// @param seed that it is run with
    static String of(ScenarioValues values, List<String> gates, long seed) {
        var root = new LinkedHashMap<String, Object>();
        Map<String, String> all = new ResolvedScenario(values, seed).all;
        for (String key : ScenarioKeys.ALL.keySet()) {
            all.forEach((known, text) -> {
                if (ScenarioKeys.plain(known).equals(key)) put(root, known, text);
            });
        }
        var text = new StringBuilder();
        write(text, root, 0);
        if (!gates.isEmpty()) text.append("gates:\n");
        for (String gate : gates) text.append("  - ").append(quoted(gate)).append('\n');
        return text.toString();
    }

    /// Whether a default may not be written beside what is given, or does not mean anything then.
    private boolean contradicts(String key) {
        return switch (ScenarioKeys.plain(key)) {
            case "attack.drop", "attack.regraft" -> !sybils || values.has("attack.class");
            case "attack.degree", "attack.with.degree" -> !sybils || dialAll;
            case "churn.share" -> values.has("churn.sessions");
            case "topology.k" -> values.has("topology.edges");
            // What nobody gave is not there: naming it would be another behaviour.
            case "groups.behaviour.flipAt",
                    "groups.behaviour.spam.from",
                    "groups.behaviour.forward.afterFlip" ->
                    true;
            case "topology.connections" -> true; // as many as there are
            case "workload.slot" -> {
                String workload = key.substring(0, key.lastIndexOf('.') + 1);
                yield !values.text(workload + "arrival", "uniform").equals("slots");
            }
            default -> key.startsWith("attack.") ? !sybils : isOfAnotherBehaviour(key);
        };
    }

    /// Whether it is of something that a group of attackers is not said to do.
    private boolean isOfAnotherBehaviour(String key) {
        String[] parts = key.split("\\.", -1);
        if (parts.length < 5 || !parts[2].equals("behaviour")) return false;
        String behaviour = String.join(".", Arrays.copyOf(parts, 4)) + ".";
        return !parts[3].equals("connect")
                && values.keys().stream().noneMatch(given -> given.startsWith(behaviour));
    }

    private void params(RouterParams params) {
        param("D", params.meshTarget());
        param("Dlo", params.meshLow());
        param("Dhi", params.meshHigh());
        param("Dscore", params.meshScore());
        param("Dout", params.meshOutbound());
        param("Dlazy", params.gossipLazy());
        param("gossipFactor", params.gossipFactor());
        param("opportunisticGraftTicks", params.opportunisticGraftTicks());
        param("floodPublish", params.floodPublish());
        param("heartbeat", params.heartbeatInterval());
    }

    private void param(String name, Object value) {
        put(ScenarioKeys.PARAMS + name, value);
    }

    private void put(String key, @Nullable Object value) {
        String text = value == null ? null : text(value);
        if (text != null) all.putIfAbsent(key, text);
    }

    private void scores(Profile profile) {
        PeerScoreParams scores = profile.scores();
        if (scores == null) return;
        var records = new ArrayList<Record>(List.of(scores, profile.thresholds()));
        Stream.concat(
                        Stream.ofNullable(scores.defaultTopicParams()),
                        scores.topics().values().stream())
                .forEach(records::add);
        var found = new LinkedHashMap<String, @Nullable Object>();
        for (Record each : records) {
            for (RecordComponent field : each.getClass().getRecordComponents()) {
                String key = ScoreOverrides.SECTION + "." + field.getName();
                if (!ScenarioKeys.known(key)) continue;
                Object value = value(each, field);
                // Topics that differ are the profile's, and have no key for all of them.
                if (found.containsKey(key) && !value.equals(found.get(key))) found.put(key, null);
                else found.putIfAbsent(key, value);
            }
        }
        found.forEach(this::put);
    }

    private static Object value(Record of, RecordComponent field) {
        try {
            return field.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /// As a scenario has it; null for what it cannot say.
    private static @Nullable String text(Object value) {
        return switch (value) {
            case Double d ->
                    Double.isFinite(d) ? new BigDecimal(d.toString()).toPlainString() : null;
            case Duration d -> duration(d.toNanos());
            default -> value.toString();
        };
    }

    private static @Nullable String duration(long nanos) {
        if (nanos % SECOND == 0) return nanos / SECOND + "s";
        return nanos % MICRO == 0 ? nanos / MICRO + "us" : null;
    }

    @SuppressWarnings("unchecked")
    private static void put(Map<String, Object> root, String key, String text) {
        Map<String, Object> at = root;
        String[] parts = key.split("\\.", -1);
        for (int i = 0; i < parts.length - 1; i++) {
            at = (Map<String, Object>) at.computeIfAbsent(parts[i], _ -> new LinkedHashMap<>());
        }
        at.put(parts[parts.length - 1], scalars(key, text));
    }

    @SuppressWarnings("unchecked")
    private static void write(StringBuilder out, Map<String, Object> mapping, int depth) {
        var keys = new ArrayList<String>(mapping.keySet());
        boolean entry = keys.stream().allMatch(key -> key.matches("\\d+")); // of a list
        if (entry) keys.sort(Comparator.comparingInt(Integer::parseInt));
        for (String key : keys) {
            Object value = mapping.get(key);
            out.repeat("  ", depth).append(entry ? "-" : key + ":");
            if (value instanceof Map<?, ?> inner) {
                out.append('\n');
                write(out, (Map<String, Object>) inner, depth + 1);
            } else {
                out.append(' ').append(value).append('\n');
            }
        }
    }

    /// What YAML has for a value: a scalar, or a list of words.
    private static String scalars(String key, String text) {
        if (!ScenarioKeys.isWords(key)) return quoted(text);
        List<String> words = ScenarioKeys.words(text);
        return words.stream()
                .map(ResolvedScenario::quoted)
                .collect(Collectors.joining(", ", "[", "]"));
    }

    /// As a scalar of YAML.
    private static String quoted(String text) {
        return PLAIN.matcher(text).matches() ? text : RunFolder.json(text);
    }
}
