package org.pollen.simulator;

import java.io.PrintWriter;
import java.util.spi.ToolProvider;

/// How the command line of a node finds the simulator without importing it: `ToolProvider` is the
/// JDK's own interface for that.
public final class SimTool implements ToolProvider {
    /// For the service loader.
    public SimTool() {}

    @Override
    public String name() {
        return "pollen-sim";
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... args) {
        return SimCommand.commandLine().setOut(out).setErr(err).execute(args);
    }

    /// The entry point of a stand-alone start.
    public static void main(String[] args) {
        System.exit(SimCommand.commandLine().execute(args));
    }
}
