package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A number that a run comes to, as gates name it: `p99(attack)`, `meshShare(sybil, t >= 125s)`.
///
/// Source: simulator specification 5 (key `gates`), 4.1.
///
/// @param metric what is measured
/// @param phase of the messages it is about: 0 before, 1 during, 2 after the attack or the events;
///   -1 for all
/// @param topic of the messages, or their mask, or the group of publishers; null for all
/// @param from virtual nanoseconds: messages published, or seconds looked at, from then on; -1 for
///   from the first message on
/// @param until and up to then, itself included
record Measure(Metric metric, int phase, @Nullable String topic, long from, long until) {
    private static final long SECOND = 1_000_000_000L;

    /// The phase after the attack or the events.
    static final int AFTER = 2;

    private static final List<String> PHASES = List.of("before", "attack", "after");
    private static final Pattern CALL =
            Pattern.compile("([A-Za-z][\\w]*)\\s*(?:\\(([^()]*(?:\\([^()]*\\)[^()]*)*)\\))?");
    private static final Pattern TIME = Pattern.compile("t\\s*(<=|>=)\\s*(\\S+)");

    /// What the numbers count.
    enum Unit {
        /// Shares and counts.
        PLAIN,
        MILLIS,
        SECONDS,
        BYTES
    }

    /// What a number is made of.
    private enum Of {
        /// Delays of messages, by phase.
        DELAYS,
        /// Single messages.
        MESSAGES,
        /// Counts of each second.
        SECONDS,
        /// Meshes as they are at each second.
        MESHES,
        /// Stays in meshes.
        STAYS,
        /// First copies of messages.
        COPIES
    }

    /// What can be measured.
    enum Metric {
        DELIVERY("delivery", Unit.PLAIN, "honest", Of.MESSAGES),
        DELIVERY_ALL("deliveryAll", Unit.PLAIN, "honest", Of.MESSAGES),
        P50("p50", Unit.MILLIS, "honest", Of.DELAYS),
        P95("p95", Unit.MILLIS, "honest", Of.DELAYS),
        P99("p99", Unit.MILLIS, "honest", Of.DELAYS),
        MAX("max", Unit.MILLIS, "honest", Of.DELAYS),
        DUPLICATES("duplicates", Unit.PLAIN, "honest", Of.SECONDS),
        BYTES_PER_DELIVERY("bytesPerDelivery", Unit.BYTES, "honest", Of.SECONDS),
        MESH_MEAN("meshMean", Unit.PLAIN, "honest", Of.MESHES),
        MESH_LEAST("meshLeast", Unit.PLAIN, "honest", Of.MESHES),
        MESH_SHARE("meshShare", Unit.PLAIN, "sybil", Of.MESHES),
        MESH_MOST("meshMost", Unit.PLAIN, "sybil", Of.MESHES),
        GIANT("giant", Unit.PLAIN, "honest", Of.MESHES),
        HOPS("hops", Unit.PLAIN, "honest", Of.COPIES),
        IWANT_PATH("iwantPath", Unit.PLAIN, "honest", Of.COPIES),
        LONGEST_STAY("longestStay", Unit.SECONDS, "sybil", Of.STAYS);

        final String text;
        final Unit unit;
        final String who;
        private final Of of;

        Metric(String text, Unit unit, String who, Of of) {
            this.text = text;
            this.unit = unit;
            this.who = who;
            this.of = of;
        }

        /// Whether it is about messages, and those of a phase can be told from others.
        boolean ofMessages() {
            return of == Of.DELAYS || of == Of.MESSAGES;
        }

        /// Whether what is counted has an instant that is known.
        boolean inTime() {
            return of == Of.MESSAGES || of == Of.SECONDS || of == Of.MESHES;
        }

        /// Whether somebody has to look at meshes every second.
        boolean ofMeshes() {
            return of == Of.MESHES || of == Of.STAYS;
        }

        /// Whether peers have to remember first copies.
        boolean ofCopies() {
            return of == Of.COPIES;
        }

        static List<String> names() {
            return Arrays.stream(values()).map(metric -> metric.text).toList();
        }
    }

    /// What a run came to, and who looked at it meanwhile.
    ///
    /// @param meshes null if nobody did
    /// @param stays null if nobody did
    /// @param graph null if nobody did
    record Outcome(
            Setup setup,
            SimulationResult result,
            @Nullable MeshProbe meshes,
            @Nullable Stays stays,
            @Nullable MeshGraph graph) {}

    /// Reads one.
    ///
    /// @throws IllegalArgumentException with what is wrong and what was meant
    static Measure parse(String text) {
        Matcher call = CALL.matcher(text.trim());
        if (!call.matches()) throw new IllegalArgumentException("`%s`".formatted(text.trim()));
        Metric metric = metric(call.group(1));
        int phase = -1;
        String topic = null;
        long from = -1;
        long until = Long.MAX_VALUE;
        String arguments = call.group(2) == null ? "" : call.group(2);
        for (String word : ScenarioKeys.words(arguments)) {
            Matcher time = TIME.matcher(word);
            if (word.isEmpty() && arguments.isBlank()) continue;
            if (time.matches()) {
                if (!metric.inTime()) {
                    throw new IllegalArgumentException(
                            "%s of `%s`: it is not known by time".formatted(metric.text, word));
                }
                long instant = instant(time.group(2));
                if (time.group(1).equals(">=")) from = instant;
                else until = instant;
            } else if (word.equals("during") && metric.ofMessages()) {
                phase = 1;
            } else if (PHASES.contains(word) && metric.ofMessages()) {
                phase = PHASES.indexOf(word);
            } else if (!word.equals(metric.who)) {
                boolean topics = metric == Metric.DELIVERY || metric == Metric.DELIVERY_ALL;
                boolean mask = word.contains("(");
                if (!topics || !(mask || word.matches("[\\w.-]+"))) throw unknown(metric, word);
                topic = mask ? mask(metric, word) : word;
            }
        }
        if (from > until) throw new IllegalArgumentException("`%s`: no instant".formatted(text));
        return new Measure(metric, phase, topic, from, until);
    }

    private static String mask(Metric metric, String word) {
        try {
            return ScenarioProtocol.canonical(word);
        } catch (IllegalArgumentException _) {
            throw unknown(metric, word);
        }
    }

    private static Metric metric(String name) {
        for (Metric metric : Metric.values()) if (metric.text.equals(name)) return metric;
        throw new IllegalArgumentException(
                name + ScenarioException.suggestion(name, Metric.names()));
    }

    private static IllegalArgumentException unknown(Metric metric, String word) {
        var known = new ArrayList<String>(List.of(metric.who));
        if (metric.ofMessages()) known.addAll(PHASES);
        if (metric.inTime()) known.add("t >= 5s");
        return new IllegalArgumentException(
                "%s of `%s`%s"
                        .formatted(metric.text, word, ScenarioException.suggestion(word, known)));
    }

    private static long instant(String text) {
        try {
            return Quantity.duration(text);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException("`%s`: an instant is like 125s".formatted(text));
        }
    }

    /// As it is written, without a comma, so that it may be the name of a column.
    String text() {
        var words = new ArrayList<String>();
        if (metric.who.equals("sybil")) words.add("sybil");
        if (phase >= 0) words.add(PHASES.get(phase));
        if (topic != null) words.add(topic.replace(",", ""));
        if (from >= 0) words.add("t>=" + seconds(from));
        if (until < Long.MAX_VALUE) words.add("t<=" + seconds(until));
        return words.isEmpty() ? metric.text : metric.text + "(" + String.join(" ", words) + ")";
    }

    private static String seconds(long nanos) {
        return Verdict.Gate.number(nanos / 1e9) + "s";
    }

    /// A limit for it, in its unit.
    ///
    /// @throws IllegalArgumentException if it is none
    double limit(String text) {
        String t = text.trim();
        boolean plain = t.matches("[0-9.]+");
        return switch (metric.unit) {
            case PLAIN -> notNegative(t);
            case MILLIS -> plain ? notNegative(t) : Quantity.duration(t) / 1e6;
            case SECONDS -> plain ? notNegative(t) : Quantity.duration(t) / 1e9;
            case BYTES -> plain ? notNegative(t) : Quantity.size(t);
        };
    }

    private static double notNegative(String text) {
        double value = Double.parseDouble(text);
        if (!(value >= 0)) throw new IllegalArgumentException(text);
        return value;
    }

    /// Its value; no number if nothing was there to be measured.
    double of(Outcome outcome) {
        SimulationResult result = outcome.result();
        return switch (metric) {
            case DELIVERY, DELIVERY_ALL -> delivery(outcome.setup(), result);
            case GIANT -> giant(outcome);
            case HOPS -> result.copies().hopsMean();
            case IWANT_PATH -> result.copies().share(CopyCounts.Way.IWANT);
            case P50 -> quantileMillis(result, 0.5);
            case P95 -> quantileMillis(result, 0.95);
            case P99 -> quantileMillis(result, 0.99);
            case MAX -> quantileMillis(result, 1);
            case DUPLICATES -> {
                double deliveries = sum(outcome, Tally.DELIVERIES);
                yield (sum(outcome, Tally.MESSAGES) - deliveries) / deliveries;
            }
            case BYTES_PER_DELIVERY ->
                    (sum(outcome, Tally.MESSAGE_BYTES) + sum(outcome, Tally.CONTROL_BYTES))
                            / sum(outcome, Tally.DELIVERIES);
            case MESH_MEAN -> mean(outcome, MeshProbe.Sample::honestMean);
            case MESH_LEAST -> least(outcome, MeshProbe.Sample::honestLeast);
            case MESH_SHARE -> mean(outcome, MeshProbe.Sample::sybilShare);
            case MESH_MOST -> -least(outcome, sample -> -sample.sybilMost());
            case LONGEST_STAY -> {
                Stays stays = outcome.stays();
                yield stays == null ? Double.NaN : stays.longestSeconds();
            }
        };
    }

    /// Without deliveries there is no delay, so no limit holds.
    private double quantileMillis(SimulationResult result, double q) {
        LatencyHistogram delays = phase < 0 ? result.delays() : result.phases().get(phase);
        if (delays.total() == 0) return Double.NaN;
        return q == 1 ? delays.maxMillis() : delays.quantileMillis(q);
    }

    private double delivery(Setup setup, SimulationResult result) {
        boolean leavers = metric == Metric.DELIVERY_ALL;
        if (!leavers && phase < 0 && topic == null && from < 0 && until == Long.MAX_VALUE) {
            return result.expected() == 0 ? Double.NaN : result.delivery();
        }
        long reached = 0;
        long expected = 0;
        for (int i = 0; i < setup.messages().size(); i++) {
            PlannedMessage message = setup.messages().get(i);
            if (message.at() < from || message.at() > until) continue;
            if (message.at() >= result.endNanos()) continue;
            if (phase >= 0 && setup.phase(message) != phase) continue;
            if (topic != null && !setup.isOf(topic, i)) continue;
            reached += result.reached()[i] + (leavers ? result.reachedLeavers()[i] : 0);
            expected += leavers ? setup.expectedWithLeavers(message) : setup.expected(message);
        }
        return expected == 0 ? Double.NaN : (double) reached / expected;
    }

    /// What was counted in the seconds that are within the time as a whole.
    private double sum(Outcome outcome, int column) {
        long[] series = outcome.result().series();
        long begin = begin(outcome) / SECOND * SECOND;
        int width = Tally.WIDTH;
        double sum = 0;
        for (int s = 0; (s + 1) * width <= series.length; s++) {
            if (s * SECOND >= begin && (s + 1) * SECOND <= until) sum += series[s * width + column];
        }
        return sum;
    }

    private long begin(Outcome outcome) {
        if (from >= 0) return from;
        return outcome.setup().messages().stream().mapToLong(PlannedMessage::at).min().orElse(0);
    }

    private List<MeshProbe.Sample> samples(Outcome outcome) {
        MeshProbe meshes = outcome.meshes();
        if (meshes == null) return List.of();
        return meshes.from(begin(outcome)).stream().filter(sample -> sample.at() <= until).toList();
    }

    private double giant(Outcome outcome) {
        MeshGraph graph = outcome.graph();
        return graph == null ? Double.NaN : graph.giantLeast(begin(outcome), until);
    }

    private double mean(Outcome outcome, ToDoubleFunction<MeshProbe.Sample> value) {
        return samples(outcome).stream().mapToDouble(value).average().orElse(Double.NaN);
    }

    private double least(Outcome outcome, ToDoubleFunction<MeshProbe.Sample> value) {
        return samples(outcome).stream().mapToDouble(value).min().orElse(Double.NaN);
    }
}
