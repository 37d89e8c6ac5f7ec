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
    private boolean drawn;

    Progress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
        next = start + (terminal ? 200_000_000L : 2_000_000_000L);
    }

    /// Shows how far a run is, if it is time to.
    void show(Simulation simulation) {
        long wall = System.nanoTime();
        if (wall - next < 0) return;
        next = wall + (terminal ? 200_000_000L : 10_000_000_000L);
        double seconds = Math.max(1e-3, (wall - start) / 1e9);
        double share = Math.min(1, (double) simulation.now() / simulation.setup().end());
        long events = simulation.events();
        String line =
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
                        share == 0 ? "?" : duration(seconds * (1 - share) / share));
        out.print(terminal ? "\r" + line : line + "\n");
        out.flush();
        drawn = true;
    }

    /// Leaves the line as it is.
    void end() {
        if (terminal && drawn) out.println();
        out.flush();
    }

    private static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 120 ? whole + " s" : whole / 60 + " min";
    }
}
