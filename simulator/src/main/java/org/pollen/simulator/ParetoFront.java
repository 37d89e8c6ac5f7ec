package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Which points of a sweep no other one beats: none is at least as good in each of some numbers, of
/// which less is better, and better in one.
///
/// Source: simulator specification 5, "Statistics of sweeps".
final class ParetoFront {
    private final List<String> numbers;
    private final List<String> names = new ArrayList<>();
    private final List<double[]> points = new ArrayList<>();

    /// @param numbers what is compared
    ParetoFront(List<String> numbers) {
        this.numbers = List.copyOf(numbers);
    }

    /// What of a sweep's columns is compared: delay, bytes for a delivery, and the attackers' share
    /// of meshes, as far as they are there.
    static List<String> of(List<String> columns) {
        var found = new ArrayList<String>(List.of("p99"));
        boolean each = columns.contains("gate bytesPerDelivery");
        found.add(each ? "gate bytesPerDelivery" : "bytes");
        columns.stream()
                .filter(column -> column.startsWith("gate meshShare(sybil"))
                .findFirst()
                .ifPresent(found::add);
        return found;
    }

    /// Adds a point.
    ///
    /// @param values in the order of the numbers
    void add(String name, double... values) {
        names.add(name);
        points.add(values.clone());
    }

    /// Whether no other point beats one; a point with a value that is no number neither beats
    /// another nor is on the front.
    boolean holds(int point) {
        if (!Arrays.stream(points.get(point)).allMatch(Double::isFinite)) return false;
        for (double[] other : points) if (beats(other, points.get(point))) return false;
        return true;
    }

    private static boolean beats(double[] one, double[] other) {
        boolean better = false;
        for (int i = 0; i < one.length; i++) {
            if (!(one[i] <= other[i])) return false;
            better |= one[i] < other[i];
        }
        return better;
    }

    /// A line for each point.
    ///
    /// @param axes the names of its first columns
    String csv(List<String> axes) {
        var text = new StringBuilder(String.join(",", axes));
        text.append(',').append(String.join(",", numbers)).append(",front\n");
        for (int i = 0; i < names.size(); i++) {
            text.append(names.get(i));
            for (double value : points.get(i)) {
                text.append(String.format(Locale.ROOT, ",%.4f", value));
            }
            text.append(',').append(holds(i)).append('\n');
        }
        return text.toString();
    }
}
