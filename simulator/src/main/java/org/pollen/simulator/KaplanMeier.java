package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;

/// The share of durations that are longer than so many seconds, of which some were not seen to end:
/// those count for as long as they were seen.
///
/// Source: Kaplan and Meier, "Nonparametric estimation from incomplete observations" (1958).
final class KaplanMeier {
    private final List<Long> ended = new ArrayList<>();
    private final List<Long> open = new ArrayList<>();

    /// A duration that ended.
    void ended(long seconds) {
        ended.add(seconds);
    }

    /// A duration that lasted so long when it was last seen.
    void open(long seconds) {
        open.add(seconds);
    }

    void add(KaplanMeier other) {
        ended.addAll(other.ended);
        open.addAll(other.open);
    }

    /// How many ended.
    int ends() {
        return ended.size();
    }

    /// Adds a line at zero, one where the share falls, and one for the longest duration.
    ///
    /// @param table with the columns seconds, share, and how many had lasted as long
    Table into(Table table) {
        if (open.isEmpty() && ended.isEmpty()) return table;
        List<Long> ends = ended.stream().sorted().toList();
        List<Long> seen = open.stream().sorted().toList();
        double share = 1;
        table.add(0, 1, ends.size() + seen.size());
        int shorter = 0;
        for (int i = 0; i < ends.size(); ) {
            long t = ends.get(i);
            int next = i;
            while (next < ends.size() && ends.get(next) == t) next++;
            while (shorter < seen.size() && seen.get(shorter) < t) shorter++;
            int risk = ends.size() - i + seen.size() - shorter;
            share *= 1 - (double) (next - i) / risk;
            table.add(t, share, risk);
            i = next;
        }
        if (seen.isEmpty()) return table;
        long longest = seen.getLast();
        if (longest > table.column("seconds")[table.size() - 1]) {
            table.add(longest, share, seen.stream().filter(d -> d == longest).count());
        }
        return table;
    }

    /// The first duration that at most half of all are longer than; no number if more are.
    double median() {
        Table table = into(new Table("seconds", "share", "at_risk"));
        for (int i = 0; i < table.size(); i++) {
            if (table.column("share")[i] <= 0.5) return table.column("seconds")[i];
        }
        return Double.NaN;
    }
}
