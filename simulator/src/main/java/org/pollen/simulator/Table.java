package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Columns of numbers with names, as CSV: what a run leaves behind and a report reads.
///
/// RFC 4180 with LF; numbers in plain decimal, and nothing where a number is missing.
final class Table {
    private final List<String> columns;
    private final List<double[]> rows = new ArrayList<>();

    Table(String... columns) {
        this.columns = List.of(columns);
    }

    Table(List<String> columns) {
        this.columns = List.copyOf(columns);
    }

    void add(double... row) {
        if (row.length != columns.size()) {
            throw new IllegalArgumentException(
                    "%d numbers for %d columns".formatted(row.length, columns.size()));
        }
        rows.add(row.clone());
    }

    List<String> columns() {
        return columns;
    }

    int size() {
        return rows.size();
    }

    boolean has(String column) {
        return columns.contains(column);
    }

    /// The values of a column, from top to bottom.
    double[] column(String name) {
        int index = columns.indexOf(name);
        if (index < 0) throw new IllegalArgumentException("no column " + name);
        return rows.stream().mapToDouble(row -> row[index]).toArray();
    }

    String csv() {
        var text = new StringBuilder(String.join(",", columns)).append('\n');
        for (double[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                if (i > 0) text.append(',');
                if (!Double.isNaN(row[i])) text.append(number(row[i]));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) return Long.toString((long) value);
        String text = String.format(Locale.ROOT, "%.6f", value);
        return text.replaceAll("0+$", "");
    }

    /// Reads what [#csv] wrote.
    ///
    /// @throws ScenarioException naming the line that is not such a table
    static Table parse(String file, String text) {
        List<String> lines = text.lines().toList();
        if (lines.isEmpty()) throw new ScenarioException(file + ": it is empty");
        var table = new Table(List.of(lines.getFirst().split(",", -1)));
        for (int i = 1; i < lines.size(); i++) {
            String[] cells = lines.get(i).split(",", -1);
            if (cells.length != table.columns.size()) {
                throw new ScenarioException(
                        "%s:%d: %d cells for %d columns"
                                .formatted(file, i + 1, cells.length, table.columns.size()));
            }
            var row = new double[cells.length];
            for (int j = 0; j < row.length; j++) {
                try {
                    row[j] = cells[j].isEmpty() ? Double.NaN : Double.parseDouble(cells[j]);
                } catch (NumberFormatException _) {
                    throw new ScenarioException(
                            "%s:%d: `%s` is no number".formatted(file, i + 1, cells[j]));
                }
            }
            table.rows.add(row);
        }
        return table;
    }
}
