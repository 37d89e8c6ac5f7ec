package org.pollen.simulator;

import java.util.Locale;

/// What a run may cost. One that costs more ends where it is, and its result is a partial one.
///
/// Looks at the clock and the heap of this process, and nothing of the run depends on them but
/// where it ends.
///
/// Source: simulator specification 5 (key `budget`), 4.3 (exit code 3).
final class Budget {
    private static final long COLLECT_NANOS = 10_000_000_000L;

    private final String name;
    private final long wallNanos;
    private final double heapBytes;
    private final double events;
    private final long start = System.nanoTime();
    private long collectAt = start;
    private String exceeded = "";

    /// The clock starts now.
    Budget(ScenarioValues values) {
        name = values.text("name", "");
        wallNanos = values.has("budget.wall") ? values.duration("budget.wall", "") : Long.MAX_VALUE;
        heapBytes =
                values.has("budget.heap")
                        ? values.value("budget.heap", "", Quantity::size)
                        : Double.MAX_VALUE;
        events =
                values.has("budget.events")
                        ? values.value("budget.events", "", Budget::count)
                        : Double.MAX_VALUE;
        double needed = values.has("budget.heap") ? MemoryEstimate.bytes(values) : 0;
        if (needed <= heapBytes) return;
        exceeded =
                "%s: it needs about %s, and budget.heap is %s"
                        .formatted(name, mebibytes(needed), mebibytes(heapBytes));
    }

    private static double count(String text) {
        double count = Double.parseDouble(text);
        if (count >= 1 && count == Math.rint(count)) return count;
        throw new IllegalArgumentException(text);
    }

    /// Refuses a run that is known to cost too much.
    void check() {
        if (isExceeded()) throw exception();
    }

    /// Looks at what a run has cost so far.
    ///
    /// @return whether it has to end
    boolean spent(Simulation simulation) {
        if (isExceeded()) return true;
        double second = simulation.now() / 1e9;
        if (System.nanoTime() - start > wallNanos) {
            say("budget.wall", Progress.duration(wallNanos / 1e9), second);
        } else if (simulation.events() > events) {
            say("budget.events", Verdict.Gate.number(events), second);
        } else if (heap() > heapBytes) {
            say("budget.heap", mebibytes(heapBytes), second);
        }
        return isExceeded();
    }

    private void say(String key, String limit, double second) {
        exceeded =
                String.format(
                        Locale.ROOT,
                        "%s: over %s (%s) at %.1f s of virtual time",
                        name,
                        key,
                        limit,
                        second);
    }

    /// Bytes that are in use. What is above the limit may be garbage, which only a collection can
    /// tell; there is one in ten seconds at most.
    private double heap() {
        if (used() <= heapBytes) return 0;
        long now = System.nanoTime();
        if (now < collectAt) return 0;
        collectAt = now + COLLECT_NANOS;
        System.gc();
        return used();
    }

    private static double used() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    boolean isExceeded() {
        return !exceeded.isEmpty();
    }

    ScenarioException exception() {
        return new ScenarioException(exceeded, RunCommand.TOO_LARGE);
    }

    private static String mebibytes(double bytes) {
        return String.format(Locale.ROOT, "%.0f MiB", bytes / 0x1p20);
    }
}
