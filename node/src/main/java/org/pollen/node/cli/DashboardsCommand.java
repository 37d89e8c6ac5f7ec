package org.pollen.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.ops.Dashboards;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pollen dashboards`: the Grafana dashboards that fit this version.
@Command(
        name = "dashboards",
        description = "The Grafana dashboards that fit this version",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = DashboardsCommand.Export.class)
final class DashboardsCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }

    /// `pollen dashboards export DIR`.
    @Command(name = "export", description = "Write them as JSON files for Grafana")
    static final class Export implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "DIR", description = "An existing folder")
        Path folder = Path.of(".");

        @Override
        public Integer call() {
            for (var dashboard : Dashboards.all().entrySet()) {
                Path file = folder.resolve(dashboard.getKey());
                try {
                    Files.writeString(file, dashboard.getValue());
                } catch (IOException e) {
                    throw new OperatorException(
                            ErrorCode.USE_001,
                            "cannot write " + file,
                            "name a folder that exists and may be written",
                            e);
                }
                spec.commandLine().getOut().println(file);
            }
            spec.commandLine().getOut().flush();
            return 0;
        }
    }
}
