package org.pollen.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.Callable;
import org.pollen.node.ConfiguredNode;
import org.pollen.node.config.Config;
import org.pollen.node.config.ConfigKey;
import org.pollen.node.config.ConfigKeys;
import org.pollen.node.config.ConfigText;
import org.pollen.peer.PrivateKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pollen config`: write, check and show settings.
@Command(
        name = "config",
        description = "Write, check and show settings",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ConfigCommand.Init.class,
            ConfigCommand.Check.class,
            ConfigCommand.Show.class,
            ConfigCommand.Schema.class,
            ConfigCommand.Reference.class
        })
final class ConfigCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }

    /// `pollen config init`: a file with every key, its meaning and its default, commented out.
    @Command(name = "init", description = "Print a commented configuration file")
    static final class Init implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            spec.commandLine().getOut().print(ConfigText.commentedToml());
            spec.commandLine().getOut().flush();
            return 0;
        }
    }

    /// `pollen config check`: nothing but the problems.
    @Command(name = "check", description = "Check the settings and say what is wrong")
    static final class Check implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            Config config = global.load(Map.of());
            // Of any identity: one may not have been made yet.
            PrivateKey key = PrivateKey.generateEd25519(new SecureRandom());
            ConfiguredNode.check(config, key, global.dataDir(config));
            spec.commandLine().getOut().println(config.changed().size() + " settings, all good");
            spec.commandLine().getOut().flush();
            return 0;
        }
    }

    /// `pollen config show`: values, and with `--origin` where each came from.
    @Command(name = "show", description = "Show the settings in force")
    static final class Show implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(names = "--origin", description = "Where each value came from")
        boolean origin;

        @Option(names = "--changed", description = "Only what is not built-in")
        boolean changed;

        @Override
        public Integer call() {
            Config config = global.load(Map.of());
            ObjectNode json = new ObjectMapper().createObjectNode().put("schema", 1);
            ObjectNode values = json.putObject("settings");
            var out = spec.commandLine().getOut();
            for (ConfigKey<?> key : ConfigKeys.all().values()) {
                Config.Value value = config.value(key);
                if (changed && !config.changed().contains(key.name())) continue;
                String text = value == null ? "" : value.text();
                String from = value == null ? "not set" : value.origin();
                if (global.json()) {
                    values.putObject(key.name()).put("value", text).put("origin", from);
                } else if (origin) {
                    out.printf("%-28s %-32s %s%n", key.name(), text, from);
                } else {
                    out.printf("%-28s %s%n", key.name(), text);
                }
            }
            if (global.json()) out.println(json);
            out.flush();
            return 0;
        }
    }

    /// `pollen config schema`: JSON Schema of the file.
    @Command(name = "schema", description = "Print the JSON Schema of the file")
    static final class Schema implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            spec.commandLine().getOut().println(ConfigText.jsonSchema());
            spec.commandLine().getOut().flush();
            return 0;
        }
    }

    /// `pollen config reference`: the page docs/configuration.md.
    @Command(name = "reference", description = "Print docs/configuration.md")
    static final class Reference implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() {
            spec.commandLine().getOut().print(ConfigText.markdown());
            spec.commandLine().getOut().flush();
            return 0;
        }
    }
}
