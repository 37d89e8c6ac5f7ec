package org.pollen.simulator;

import java.io.PrintWriter;
import java.util.Locale;

/// The progress line: on a terminal it is drawn over itself five times a second, elsewhere there is
/// one each ten seconds. Reads the wall clock, and nothing of the run depends on it.
final class Progress {
    private static final int BAR = 20;

    private final PrintWriter out;
    private final boolean terminal;
    private final long start = System.nanoTime();
    private long next;
    private int drawn; // characters of the line on the terminal
    private long done; // runs of a series
    private long doneNanos; // what they took

    Progress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
        next = start + (terminal ? 200_000_000L : 2_000_000_000L);
    }

    /// Shows how far a run is, if it is time to.
    void show(Simulation simulation) {
        long wall = System.nanoTime();
        if (!due(wall)) return;
        double seconds = Math.max(1e-3, (wall - start) / 1e9);
        double share = Math.min(1, (double) simulation.now() / simulation.setup().end());
        long events = simulation.events();
        draw(
                String.format(
                        Locale.ROOT,
                        "[%-20s] %3.0f %%  %.0f of %.0f s  %.2f x real time  %,.0f events/s  %,d RPCs  %d MiB  %s left",
                        "#".repeat((int) (BAR * share)),
                        100 * share,
                        simulation.now() / 1e9,
                        simulation.setup().end() / 1e9,
                        simulation.now() / 1e9 / seconds,
                        events / seconds,
                        simulation.rpcs(),
                        (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory())
                                >> 20,
                        share == 0 ? "?" : duration(seconds * (1 - share) / share)));
    }

    /// Shows how far a series of runs is, if it is time to.
    ///
    /// @param what is running
    /// @param all runs there are
    void show(String what, long all) {
        long wall = System.nanoTime();
        if (due(wall)) draw(series(what, done, all, (wall - start) / 1e9, doneNanos / 1e9));
    }

    /// One more run of a series is finished; clears the line for what is printed of it.
    void finished() {
        done++;
        doneNanos = System.nanoTime() - start;
        clear();
    }

    /// The line of a series of runs. Those that are left take as long as those that are done, on
    /// average, and what the one under way has taken is taken off.
    ///
    /// @param seconds since the first began
    /// @param doneSeconds of them until the last one that is done had ended
    static String series(String what, long done, long all, double seconds, double doneSeconds) {
        return String.format(
                Locale.ROOT,
                "[%-20s] %d of %d done  %s  %s  %s left",
                "#".repeat((int) (BAR * done / all)),
                done,
                all,
                what,
                duration(seconds),
                left(done, all - done, doneSeconds, seconds - doneSeconds));
    }

    /// How long the runs that are left will take, from the mean of those that are done; a question
    /// mark before the first.
    ///
    /// @param underWaySeconds is what has gone into those that are left
    static String left(long done, long left, double doneSeconds, double underWaySeconds) {
        if (done == 0) return "?";
        return duration(Math.max(0, doneSeconds / done * left - underWaySeconds));
    }

    static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 120 ? whole + " s" : whole / 60 + " min";
    }

    /// Leaves the line as it is.
    void end() {
        if (terminal && drawn > 0) out.println();
        out.flush();
    }

    /// Takes the line away from a terminal.
    void clear() {
        if (!terminal || drawn == 0) return;
        out.print("\r" + " ".repeat(drawn) + "\r");
        out.flush();
        drawn = 0;
    }

    private boolean due(long wall) {
        if (wall - next < 0) return false;
        next = wall + (terminal ? 200_000_000L : 10_000_000_000L);
        return true;
    }

    private void draw(String line) {
        // A line that is shorter than the one before is drawn over all of it.
        String rest = " ".repeat(Math.max(0, drawn - line.length()));
        out.print(terminal ? "\r" + line + rest : line + "\n");
        out.flush();
        drawn = line.length();
    }
}
