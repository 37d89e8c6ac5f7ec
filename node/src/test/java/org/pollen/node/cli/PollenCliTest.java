package org.pollen.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a person types, and what they get: output, error, exit code.
class PollenCliTest {
    @TempDir Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void o12_withoutArgumentsItSaysWhatThereIsAndExits2() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains("Usage: pollen").contains("config").contains("key");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void o13_anUnknownFlagIsNamedWithTheNearestOne() {
        assertThat(run("config", "show", "--orgin")).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo(
                        """
                        error[USE-001]: Unknown option: '--orgin'
                          fix: did you mean --origin?
                          doc: docs/errors.md#use-001
                        """);
    }

    @Test
    void o15_versionIsJsonOnRequest() {
        assertThat(run("version", "-o", "json")).isZero();
        assertThat(out.toString()).startsWith("{\"schema\":1,\"version\":\"").contains("dialects");
    }

    @Test
    void o17_aMissingConfigurationFileExits3() {
        assertThat(run("config", "check", "--config", folder.resolve("no.toml").toString()))
                .isEqualTo(3);
        assertThat(err.toString()).startsWith("error[CFG-001]: configuration file ");
    }

    /// What `run` would refuse, `config check` refuses.
    @ParameterizedTest
    @CsvSource({
        "txpool.locals, 0x12, 'txpool.locals contains'",
        "p2p.bootnodes, /ip4/1.2.3.4, 'p2p.bootnodes has'",
        "chain.source, rpc, 'chain.'"
    })
    void aValueThatNoNodeCouldUseExits3(String key, String value, String told) {
        for (String[] command : new String[][] {{"config", "check"}, {"run", "--dry-run"}}) {
            err.getBuffer().setLength(0);
            var args = new ArrayList<>(List.of(command));
            args.addAll(List.of("--data-dir", folder.resolve("d").toString()));
            args.addAll(List.of("--set", key + "=" + value));
            assertThat(run(args.toArray(String[]::new))).isEqualTo(3);
            assertThat(err.toString()).startsWith("error[CFG-00").contains(told);
        }
        assertThat(run("config", "check")).isZero();
    }

    @Test
    void aNodeDoesNotStartOnADiskWithLessThanHalfOfMinFree() {
        Path data = folder.resolve("data");
        assertThat(run("run", "--data-dir", data.toString(), "--set", "data.minFree=8000000GiB"))
                .isEqualTo(4);
        assertThat(err.toString())
                .startsWith("error[DAT-003]: the disk of " + data + " is nearly full: ")
                .contains("MiB free, data.minFree is ")
                .contains("fix: make room");
        assertThat(data.resolve("runtime.json")).doesNotExist();
    }

    @Test
    void localsThatAreNoAddressesAreNamed() {
        String data = folder.resolve("data").toString();
        assertThat(
                        run(
                                "run",
                                "--dry-run",
                                "--data-dir",
                                data,
                                "--set",
                                "chain.source=embedded",
                                "--set",
                                "txpool.locals=0x12"))
                .isEqualTo(3);
        assertThat(err.toString()).startsWith("error[CFG-003]: txpool.locals contains \"0x12\"");
    }

    @Test
    void o24_aKeyFileThatOthersCanReadIsRefused() throws IOException {
        Path file = folder.resolve("node.key");
        assertThat(run("key", "new", "--out", file.toString())).isZero();
        assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(run("key", "show", file.toString())).isEqualTo(4);

        assertThat(err.toString())
                .contains("error[KEY-002]")
                .contains("(rw-r--r--)")
                .contains("fix: run: chmod 600 " + file);
    }

    @Test
    void aKeyIsShownAsItsPeerIdAndNeverWrittenOver() {
        Path file = folder.resolve("node.key");
        assertThat(run("key", "new", "--out", file.toString())).isZero();
        String id = out.toString().strip();
        assertThat(id).startsWith("12D3KooW");

        assertThat(run("key", "show", file.toString())).isZero();
        assertThat(out.toString()).isEqualTo(id + "\n" + id + "\n");

        assertThat(run("key", "new", "--out", file.toString())).isEqualTo(4);
        assertThat(err.toString()).contains("exists already");
    }

    @Test
    void aCorruptKeyIsOneLine() throws IOException {
        Path file = folder.resolve("node.key");
        run("key", "new", "--out", file.toString());
        Files.write(file, new byte[] {1, 2, 3});

        assertThat(run("key", "show", file.toString())).isEqualTo(4);

        assertThat(err.toString()).startsWith("error[KEY-003]").doesNotContain("\tat ");
    }

    @Test
    void o78_whatAStrangerWroteCannotSteerTheTerminal() {
        assertThat(PollenCli.printable("a\u001b[31mred\u0007\nb")).isEqualTo("a.[31mred..b");
    }

    private int run(String... args) {
        return PollenCli.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }
}
