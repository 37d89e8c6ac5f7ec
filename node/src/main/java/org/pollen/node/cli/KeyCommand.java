package org.pollen.node.cli;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pollen.node.store.KeyFile;
import org.pollen.peer.PrivateKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pollen key`: make and show identities; never prints a secret.
@Command(
        name = "key",
        description = "Make and show node identities",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {KeyCommand.New.class, KeyCommand.Show.class})
final class KeyCommand implements Callable<Integer> {
    @Mixin GlobalOptions global = new GlobalOptions();
    @Spec CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }

    /// The kinds of key that `key new` makes.
    enum Type {
        /// The default; short ids that begin with 12D3.
        ED25519,
        /// As Ethereum nodes use; ids that begin with 16Ui.
        SECP256K1
    }

    /// `pollen key new`.
    @Command(name = "new", description = "Make an identity and print its peer id")
    static final class New implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Option(
                names = "--type",
                defaultValue = "ed25519",
                description = "ed25519 or secp256k1 (default ${DEFAULT-VALUE})")
        Type type = Type.ED25519;

        @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where to")
        @Nullable Path out;

        @Override
        public Integer call() {
            var random = new SecureRandom();
            PrivateKey key =
                    switch (type) {
                        case ED25519 -> PrivateKey.generateEd25519(random);
                        case SECP256K1 -> PrivateKey.generateSecp256k1(random);
                    };
            KeyFile.create(java.util.Objects.requireNonNull(out), key);
            print(spec, key);
            return 0;
        }
    }

    /// `pollen key show`.
    @Command(name = "show", description = "Print the peer id of a key file")
    static final class Show implements Callable<Integer> {
        @Mixin GlobalOptions global = new GlobalOptions();
        @Spec CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "FILE", description = "A key file")
        @Nullable Path file;

        @Override
        public Integer call() {
            print(spec, KeyFile.read(java.util.Objects.requireNonNull(file)));
            return 0;
        }
    }

    private static void print(CommandSpec spec, PrivateKey key) {
        spec.commandLine().getOut().println(key.publicKey().peerId());
        spec.commandLine().getOut().flush();
    }
}
