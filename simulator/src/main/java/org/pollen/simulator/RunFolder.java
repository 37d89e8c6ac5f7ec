package org.pollen.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// What a run leaves in its folder: tables as CSV, a summary, the digest of each second.
///
/// Written in this order, the summary last, and each file whole or not at all: a folder with a
/// summary is complete.
///
/// @param run what made it, and what it took: the build, the machine, the wall clock
/// @param summary names and values, in order; texts, numbers, truth values, the mapping `settings`
///   and the list `gates`
/// @param tables by name of the file without its ending
/// @param digests of each virtual second
record RunFolder(
        Map<String, Object> run,
        Map<String, Object> summary,
        Map<String, Table> tables,
        List<String> digests) {
    static final String SUMMARY = "summary.json";
    private static final String RUN = "run.json";
    private static final List<String> PHASES = List.of("before", "during", "after", "victim");

    RunFolder {
        run = new LinkedHashMap<>(run);
        summary = new LinkedHashMap<>(summary);
        tables = new LinkedHashMap<>(tables);
        digests = List.copyOf(digests);
    }

    /// Collects what a run came to.
    ///
    /// @param origin what says where it came from: the keys of a scenario as `settings`, or `entry`
    /// @param complete whether it reached its end
    static RunFolder of(
            String name,
            Map<String, Object> origin,
            Setup setup,
            SimulationResult result,
            Recorder recorder,
            List<Verdict.Gate> gates,
            boolean complete) {
        var summary = new LinkedHashMap<String, Object>();
        summary.put("name", name);
        summary.putAll(origin);
        summary.put("complete", complete);
        summary.put("seed", setup.seed());
        summary.put("digest", result.digest());
        summary.put("profile", setup.profile().name());
        summary.put("protocol", setup.profile().protocol().id());
        summary.put("latency", setup.network().latency().name());
        summary.put("bandwidth", setup.network().bandwidth().name());
        summary.put("mode", setup.network().sharing().text());
        summary.put("loss", setup.network().loss());
        summary.put("validationMs", setup.network().validationNanos() / 1e6);
        summary.put("honest", setup.honest());
        summary.put("attackers", setup.total() - setup.honest());
        summary.put("dials", setup.links().size());
        summary.put("messages", setup.messages().size());
        summary.put("D", setup.profile().params().meshTarget());
        summary.put("Dlo", setup.profile().params().meshLow());
        summary.put("Dhi", setup.profile().params().meshHigh());
        if (setup.attackAt() != Long.MAX_VALUE) summary.put("attackAt", setup.attackAt() / 1e9);
        summary.put("seconds", result.endNanos() / 1e9);
        summary.put("events", result.events());
        summary.put("rpcs", result.rpcs());
        summary.put("messageRpcs", result.messageRpcs());
        summary.put("deliveries", result.deliveries());
        summary.put("expected", result.expected());
        summary.put("delivery", result.delivery());
        summary.put("invalidDeliveries", result.invalidDeliveries());
        LatencyHistogram delays = result.delays();
        summary.put("p50", delays.quantileMillis(0.5));
        summary.put("p90", delays.quantileMillis(0.9));
        summary.put("p95", delays.quantileMillis(0.95));
        summary.put("p99", delays.quantileMillis(0.99));
        summary.put("max", delays.maxMillis());
        summary.put("meshMean", result.meshMean());
        summary.put("wireBytes", result.wireBytes());
        var deliveries = new DeliveryTables(setup, result);
        RunSums.put(summary, setup, result, deliveries, recorder);
        summary.put("gates", lines(gates));
        var tables = new LinkedHashMap<String, Table>();
        for (ResultTable table : ResultTable.values()) {
            tables.put(
                    table.file(),
                    switch (table) {
                        case SERIES -> series(result);
                        case LATENCY -> latency(result);
                        case DELIVERY -> deliveries.delivery();
                        case DEADLINES -> deliveries.deadlines();
                        case MESSAGES -> messages(setup, result);
                        case HOPS -> deliveries.hops();
                        case GAPS -> deliveries.gaps();
                        case GRAPH -> recorder.graph().graph();
                        case NEIGHBOURHOOD -> recorder.graph().neighbourhood();
                        case GRAYLISTING -> recorder.graylisting();
                        case MESH -> recorder.mesh();
                        case SCORES -> recorder.scores();
                        case SURVIVAL -> recorder.survival();
                        case ATTACK -> recorder.attack();
                        case BANDWIDTH -> bandwidth(result, recorder);
                    });
        }
        return new RunFolder(run(setup, result), summary, tables, result.perSecond());
    }

    private static Map<String, Object> run(Setup setup, SimulationResult result) {
        var run = new LinkedHashMap<String, Object>();
        run.put("format", ResultTable.FORMAT);
        run.put("pollen", Version.CURRENT.number());
        run.put("commit", Version.CURRENT.commit());
        run.put("java", "%s (%s)".formatted(Runtime.version(), System.getProperty("java.vendor")));
        run.put(
                "system",
                "%s %s, %d processors"
                        .formatted(
                                System.getProperty("os.name"),
                                System.getProperty("os.arch"),
                                Runtime.getRuntime().availableProcessors()));
        run.put("heapMiB", Runtime.getRuntime().maxMemory() >> 20);
        run.put("workers", setup.workers());
        run.put("seed", setup.seed());
        run.put("digest", result.digest());
        run.put("virtualSeconds", result.endNanos() / 1e9);
        run.put("wallSeconds", result.wallNanos() / 1e9);
        return run;
    }

    private static Table series(SimulationResult result) {
        Table table = ResultTable.SERIES.table();
        int width = table.columns().size() - 1;
        int bytes = Tally.CONTROL_BYTES + 1;
        for (int s = 0; s < seconds(result); s++) {
            var row = new double[width + 1];
            row[0] = s;
            for (int c = 0; c < width; c++) {
                int column = c < bytes ? c : Tally.IHAVE_IDS + c - bytes;
                row[c + 1] = count(result, s, column);
            }
            table.add(row);
        }
        return table;
    }

    private static Table bandwidth(SimulationResult result, Recorder recorder) {
        Table table = ResultTable.BANDWIDTH.table();
        for (int s = 0; s < seconds(result); s++) {
            double first = count(result, s, Tally.FIRST_BYTES);
            // A delivery after a validation may be of a copy of the second before.
            double further = Math.max(0, count(result, s, Tally.MESSAGE_BYTES) - first);
            double[] most = recorder.peaks(s);
            table.add(
                    s,
                    first,
                    further,
                    count(result, s, Tally.IHAVE_BYTES),
                    count(result, s, Tally.IWANT_BYTES),
                    count(result, s, Tally.IDONTWANT_BYTES),
                    count(result, s, Tally.MESH_BYTES),
                    count(result, s, Tally.SUBSCRIPTION_BYTES),
                    count(result, s, Tally.MIXED_BYTES),
                    count(result, s, Tally.OTHER_BYTES),
                    count(result, s, Tally.HEADER_BYTES),
                    count(result, s, Tally.SENT_BYTES),
                    most[0],
                    most[1]);
        }
        return table;
    }

    private static int seconds(SimulationResult result) {
        int counted = result.series().length / Tally.WIDTH;
        return (int) Math.min(counted, result.endNanos() / 1_000_000_000L);
    }

    private static double count(SimulationResult result, int second, int column) {
        return result.series()[second * Tally.WIDTH + column];
    }

    private static Table latency(SimulationResult result) {
        Table table = ResultTable.LATENCY.table();
        for (int phase = 0; phase < result.phases().size(); phase++) {
            LatencyHistogram histogram = result.phases().get(phase);
            int p = phase;
            histogram.cumulative((millis, share) -> table.add(p, millis, share));
        }
        return table;
    }

    private static Table messages(Setup setup, SimulationResult result) {
        Table table = ResultTable.MESSAGES.table();
        for (int i = 0; i < setup.messages().size(); i++) {
            PlannedMessage message = setup.messages().get(i);
            if (message.at() >= result.endNanos()) continue;
            int reached = result.reached()[i];
            int expected = result.expectations().stayed(i);
            double slowest = reached == 0 ? Double.NaN : result.slowest()[i] / 1e6;
            double[] shares = result.times().millis(i);
            table.add(
                    i,
                    message.at() / 1e9,
                    message.publisher(),
                    message.size(),
                    message.kind().code(),
                    reached,
                    expected,
                    slowest,
                    setup.topicOf(i),
                    reached + result.reachedLeavers()[i],
                    result.expectations().all(i),
                    shares[0],
                    shares[1],
                    shares[2],
                    reached < expected ? Double.NaN : slowest);
        }
        return table;
    }

    /// The same with another name and the verdicts of gates.
    RunFolder named(String name, List<Verdict.Gate> gates) {
        var other = new LinkedHashMap<String, Object>(summary);
        other.put("name", name);
        other.put("gates", lines(gates));
        return new RunFolder(run, other, tables, digests);
    }

    /// As a summary has them.
    static List<Map<String, Object>> lines(List<Verdict.Gate> gates) {
        var lines = new ArrayList<Map<String, Object>>();
        for (Verdict.Gate gate : gates) {
            var line = new LinkedHashMap<String, Object>();
            line.put("what", gate.what());
            line.put("rule", gate.rule());
            line.put("measured", gate.measured());
            line.put("pass", gate.passes());
            lines.add(line);
        }
        return lines;
    }

    static String phaseName(int phase) {
        return PHASES.get(phase);
    }

    /// A value of the summary, or of what made it; empty if there is none.
    String text(String key) {
        return String.valueOf(summary.getOrDefault(key, run.getOrDefault(key, "")));
    }

    double number(String key) {
        Object value = summary.getOrDefault(key, run.get(key));
        return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /// The keys that its scenario gave, with their texts; none of an attack of the catalogue.
    Map<String, String> settings() {
        var settings = new LinkedHashMap<String, String>();
        if (summary.get("settings") instanceof Map<?, ?> map) {
            map.forEach((key, value) -> settings.put(String.valueOf(key), String.valueOf(value)));
        }
        return settings;
    }

    Table table(String name) {
        Table table = tables.get(name);
        return table == null ? new Table("none") : table;
    }

    /// The verdicts of gates.
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> gates() {
        return summary.get("gates") instanceof List<?> list
                ? (List<Map<String, Object>>) list
                : List.of();
    }

    /// Takes away what another run has left that this one may not write: what says that the folder
    /// is complete, the record, and traces.
    static void begin(Path folder) {
        clear(folder);
        try {
            for (String log : List.of(EventLog.FILE, "trace.pb", "trace.ndjson")) {
                Files.deleteIfExists(folder.resolve(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write into %s: %s".formatted(folder, e), e);
        }
    }

    /// Takes away what says that a folder is complete, before anything in it is written anew.
    private static void clear(Path folder) {
        try {
            Files.deleteIfExists(folder.resolve(SUMMARY));
            Files.deleteIfExists(folder.resolve("report.html"));
            for (ResultTable table : ResultTable.values()) {
                Files.deleteIfExists(folder.resolve(table.file() + ".parquet"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write into %s: %s".formatted(folder, e), e);
        }
    }

    /// Writes everything.
    void write(Path folder) {
        write(folder, false);
    }

    /// Writes everything.
    ///
    /// @param parquet whether the tables are written as Parquet, too
    void write(Path folder, boolean parquet) {
        clear(folder);
        if (parquet) {
            tables.forEach((name, table) -> write(folder, name + ".parquet", Parquet.file(table)));
        }
        tables.forEach((name, table) -> write(folder, name + ".csv", table.csv()));
        var text = new StringBuilder("second,digest\n");
        for (int i = 0; i < digests.size(); i++) {
            text.append(i).append(',').append(digests.get(i)).append('\n');
        }
        write(folder, "digest.csv", text.toString());
        write(folder, RUN, json(run) + "\n");
        write(folder, SUMMARY, json(summary) + "\n");
    }

    /// Writes a file whole or not at all.
    static void write(Path folder, String name, String content) {
        write(folder, name, content.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Path folder, String name, byte[] content) {
        Path part = folder.resolve(name + ".part");
        try {
            Files.createDirectories(folder);
            Files.write(part, content);
            Files.move(part, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            try {
                Files.deleteIfExists(part);
            } catch (IOException cleaning) {
                e.addSuppressed(cleaning);
            }
            throw new UncheckedIOException("cannot write %s: %s".formatted(name, e), e);
        }
    }

    /// Reads a folder.
    ///
    /// @throws ScenarioException if it is no folder of a complete write
    static RunFolder read(Path folder) {
        Path file = folder.resolve(SUMMARY);
        if (!Files.isRegularFile(file)) {
            throw new ScenarioException("%s: no %s in it: no result".formatted(folder, SUMMARY));
        }
        try {
            Map<String, Object> summary = mapping(file);
            Map<String, Object> run = mapping(folder.resolve(RUN));
            var tables = new LinkedHashMap<String, Table>();
            for (ResultTable table : ResultTable.values()) {
                String name = table.file();
                Path csv = folder.resolve(name + ".csv");
                if (!Files.isRegularFile(csv)) {
                    throw new ScenarioException("%s: %s.csv is missing".formatted(folder, name));
                }
                tables.put(name, Table.parse(csv.toString(), Files.readString(csv)));
            }
            List<String> digests =
                    Files.readAllLines(folder.resolve("digest.csv")).stream()
                            .skip(1)
                            .map(line -> line.substring(line.indexOf(',') + 1))
                            .toList();
            return new RunFolder(run, summary, tables, digests);
        } catch (IOException | YamlEngineException e) {
            throw new ScenarioException("%s: cannot be read: %s".formatted(folder, e.getMessage()));
        }
    }

    private static Map<String, Object> mapping(Path file) throws IOException {
        Object parsed =
                new Load(LoadSettings.builder().setLabel(file.toString()).build())
                        .loadFromString(Files.readString(file));
        if (!(parsed instanceof Map<?, ?> map)) {
            throw new ScenarioException(file + ": it is no result");
        }
        var values = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> values.put(String.valueOf(key), value));
        return values;
    }

    static String json(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                var parts = new ArrayList<String>();
                map.forEach((k, v) -> parts.add(json(String.valueOf(k)) + ": " + json(v)));
                yield "{" + String.join(", ", parts) + "}";
            }
            case List<?> list -> {
                var parts = new ArrayList<String>();
                for (Object item : list) parts.add(json(item));
                yield "[" + String.join(", ", parts) + "]";
            }
            case String text -> quoted(text);
            case Double d when !Double.isFinite(d) -> "null";
            case Double d -> decimal(d);
            case Object other -> other.toString();
        };
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        text.chars()
                .forEach(c -> {
                    if (c == '"' || c == '\\') quoted.append('\\').append((char) c);
                    else if (c < ' ') quoted.append("\\u%04x".formatted(c));
                    else quoted.append((char) c);
                });
        return quoted.append('"').toString();
    }

    private static String decimal(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) return Long.toString((long) value);
        return String.format(Locale.ROOT, "%.6f", value).replaceAll("0+$", "");
    }
}
