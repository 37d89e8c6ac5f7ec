package org.pollen.node.cli;

import java.util.concurrent.Callable;
import org.pollen.node.ops.MetricCatalogue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `pollen metrics`: what a node exports.
@Command(
        name = "metrics",
        description = "What a node exports to Prometheus",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = MetricsCommand.Listing.class)
final class MetricsCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }

    /// `pollen metrics list`.
    @Command(name = "list", description = "Names, types, labels and meanings, as docs/metrics.md")
    static final class Listing implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            spec.commandLine().getOut().print(MetricCatalogue.document());
            spec.commandLine().getOut().flush();
            return 0;
        }
    }
}
