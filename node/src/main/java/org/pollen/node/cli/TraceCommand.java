package org.pollen.node.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `pollen trace`: what concerns traces of gossip.
@Command(
        name = "trace",
        description = "Look at traces of gossip",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = TraceDecodeCommand.class)
final class TraceCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }
}
