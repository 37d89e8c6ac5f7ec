package org.pollen.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.Callable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.config.ConfigText;
import org.pollen.node.store.DataDirectory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `pollen init`: a data directory with an identity and a commented configuration file.
@Command(name = "init", description = "Make a data directory: config.toml and an identity")
final class InitCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Path folder = global.dataDir(global.load(Map.of()));
        try (DataDirectory data = DataDirectory.open(folder)) {
            Path file = folder.resolve("config.toml");
            if (Files.exists(file)) {
                throw new OperatorException(
                        ErrorCode.DAT_003,
                        file + " exists already",
                        "edit it, or choose another --data-dir; it is never written over");
            }
            String id = data.identity().publicKey().peerId().toString();
            Files.writeString(file, ConfigText.commentedToml(), StandardOpenOption.CREATE_NEW);
            spec.commandLine().getErr().println("data    " + folder);
            spec.commandLine().getErr().println("next    pollen run --data-dir " + folder);
            spec.commandLine().getErr().flush();
            spec.commandLine().getOut().println(id);
            spec.commandLine().getOut().flush();
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    "cannot write to " + folder + ": " + e.getMessage(),
                    "choose a folder that you can write to with --data-dir",
                    e);
        }
        return 0;
    }
}
