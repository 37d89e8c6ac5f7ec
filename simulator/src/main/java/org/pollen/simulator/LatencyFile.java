package org.pollen.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Latencies between regions from a file, whose peers are drawn by weight.
///
/// Lines are `from,to,oneWayMs` or `from,to,oneWayMs,jitterMs` with names of regions, or
/// `name,weight`; blank ones, those that begin with `#`, and a first line `from,to,oneWayMs...` are
/// skipped. A pair in one direction only holds for both; each two regions, and each with itself,
/// need a line. A region without a weight has 1. Jitter is uniform from 0 to what is said, 0 if it
/// is not. Hosts that were measured one by one are regions of the same weight.
///
/// Source: simulator specification 2.4, "csv".
final class LatencyFile {
    static final int REGIONS_MAX = 127; // a byte in the simulation
    private static final long BYTES_MAX = 1 << 20;
    private static final double MILLIS_MAX = 10_000;
    private static final double WEIGHT_MAX = 1e9;
    private static final long UNKNOWN = -1;

    private final Path path;
    private final Map<String, Integer> regions = new LinkedHashMap<>();
    private final double[] weights = new double[REGIONS_MAX];
    private final boolean[] weighted = new boolean[REGIONS_MAX];
    private final long[][] oneWay = new long[REGIONS_MAX][REGIONS_MAX];
    private final long[][] jitter = new long[REGIONS_MAX][REGIONS_MAX];
    private boolean jitters;

    private LatencyFile(Path path) {
        this.path = path;
        for (long[] row : oneWay) Arrays.fill(row, UNKNOWN);
        Arrays.fill(weights, 1);
    }

    /// The latencies in a file.
    ///
    /// @throws ScenarioException that names file and line if it cannot be read or understood
    static Latency read(Path path) {
        var file = new LatencyFile(path);
        int number = 0;
        for (String line : lines(path)) {
            number++;
            String text = line.strip();
            boolean header = number == 1 && text.startsWith("from,to,");
            if (text.isEmpty() || text.startsWith("#") || header) continue;
            file.line(text, number);
        }
        return file.latency();
    }

    private static List<String> lines(Path path) {
        try {
            if (Files.size(path) > BYTES_MAX) {
                throw new ScenarioException("%s: more than %d bytes".formatted(path, BYTES_MAX));
            }
            return Files.readAllLines(path);
        } catch (IOException e) {
            throw new ScenarioException("%s: cannot be read: %s".formatted(path, e));
        }
    }

    private void line(String text, int number) {
        String[] cells = text.split(",", -1);
        for (int i = 0; i < cells.length; i++) cells[i] = cells[i].strip();
        if (cells.length < 2 || cells.length > 4) {
            throw error(number, text, "from,to,oneWayMs[,jitterMs] or name,weight");
        }
        int from = region(cells[0], number, text);
        if (cells.length == 2) {
            if (weighted[from]) throw error(number, text, "one weight for each region");
            weighted[from] = true;
            weights[from] = value(cells[1], 0, WEIGHT_MAX, "a weight above 0", number, text);
            return;
        }
        int to = region(cells[1], number, text);
        if (oneWay[from][to] != UNKNOWN) throw error(number, text, "one line for each pair");
        String range = "oneWayMs above 0, up to 10000";
        oneWay[from][to] = nanos(value(cells[2], 0, MILLIS_MAX, range, number, text));
        if (cells.length == 3) return;
        range = "jitterMs from 0 to 10000";
        jitter[from][to] = nanos(value(cells[3], -1, MILLIS_MAX, range, number, text));
        jitters |= jitter[from][to] > 0;
    }

    private int region(String name, int number, String text) {
        if (name.isEmpty()) throw error(number, text, "names of regions");
        Integer known = regions.get(name);
        if (known != null) return known;
        if (regions.size() == REGIONS_MAX) {
            throw error(number, text, "at most %d regions".formatted(REGIONS_MAX));
        }
        regions.put(name, regions.size());
        return regions.size() - 1;
    }

    private static long nanos(double millis) {
        return Math.round(millis * 1e6);
    }

    /// @param above the number is larger than this; -1 stands for 0 and more
    private double value(
            String cell, double above, double most, String range, int number, String text) {
        try {
            double value = Double.parseDouble(cell);
            boolean enough = above < 0 ? value >= 0 : nanos(value) > 0;
            if (enough && value <= most) return value;
        } catch (NumberFormatException _) {
            // The same message as for a number out of range.
        }
        throw error(number, text, range);
    }

    private ScenarioException error(int number, String text, String rule) {
        return new ScenarioException(
                "%s:%d: `%s`: it must be %s".formatted(path, number, text, rule));
    }

    private Latency latency() {
        int count = regions.size();
        if (count == 0) throw new ScenarioException("%s: no regions".formatted(path));
        List<String> names = new ArrayList<>(regions.keySet());
        var matrix = new long[count][count];
        var more = new long[count][count];
        for (int a = 0; a < count; a++) {
            for (int b = 0; b < count; b++) {
                boolean back = oneWay[a][b] == UNKNOWN;
                matrix[a][b] = back ? oneWay[b][a] : oneWay[a][b];
                more[a][b] = back ? jitter[b][a] : jitter[a][b];
                if (matrix[a][b] == UNKNOWN) {
                    throw new ScenarioException(
                            "%s: no latency from `%s` to `%s`"
                                    .formatted(path, names.get(a), names.get(b)));
                }
            }
        }
        return new Latency(
                "csv:" + path.getFileName(),
                Arrays.copyOf(weights, count),
                matrix,
                jitters ? new Jitter.Regional(more) : Jitter.none(),
                Spread.none(),
                names);
    }
}
