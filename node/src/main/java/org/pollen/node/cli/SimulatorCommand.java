package org.pollen.node.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.spi.ToolProvider;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/// `pollen sim`: hands its arguments to the simulator, which is found at run time by the JDK's
/// interface for tools, so that neither module imports the other.
@Command(
        name = "sim",
        description = "Simulates networks and attacks on the real router; try `sim help`")
final class SimulatorCommand implements Callable<Integer> {
    private static final String TOOL = "pollen-sim";

    @Spec CommandSpec spec = CommandSpec.create();

    @Unmatched List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        for (ToolProvider tool : ServiceLoader.load(ToolProvider.class)) {
            if (!tool.name().equals(TOOL)) continue;
            return tool.run(
                    spec.commandLine().getOut(),
                    spec.commandLine().getErr(),
                    arguments.toArray(String[]::new));
        }
        spec.commandLine().getErr().println("the simulator is not part of this installation");
        return 1;
    }
}
