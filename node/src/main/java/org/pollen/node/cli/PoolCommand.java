package org.pollen.node.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `pollen pool`: what concerns transactions and the pool they wait in.
@Command(
        name = "pool",
        description = "Work with transactions and the pool",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            PoolViewCommands.Status.class,
            PoolViewCommands.Listing.class,
            PoolViewCommands.Show.class,
            PoolSendCommand.class,
            PoolFileCommands.Inspect.class,
            PoolDropCommand.class,
            PoolFileCommands.Export.class,
            PoolFileCommands.Import.class,
            PoolReplayCommand.class
        })
final class PoolCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }
}
