package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// Attacks that are stopped, and how far they are.
class RunAttacksTest {
    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(BooleanSupplier stop, String... args) {
        var command = new RunCommand();
        command.stop = stop;
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    private int sim(String... args) {
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private String verdicts() {
        try {
            Path file = folder.resolve("verdicts.json");
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName(
            "stopped in the middle of a run, what was done before and by others is in the files")
    void stoppedInTheMiddleOfARun() {
        assertThat(sim("run", "K-46", "--seed", "9", "-o", folder.toString())).isZero();
        var asked = new AtomicInteger();
        BooleanSupplier inTheThird =
                () -> verdicts().contains("\"seed\": 2") && asked.incrementAndGet() == 3;

        int code = run(inTheThird, "K-46", "--seeds", "5", "-o", folder.toString());

        assertThat(code).isEqualTo(130);
        assertThat(asked).hasValue(3);
        assertThat(out.toString())
                .contains("pass K-46  an unknown slice first  seed 2")
                .doesNotContain("seed 3")
                .endsWith("stopped: 2 of 5 runs are done\n");
        assertThat(AttackTable.merged(verdicts(), List.of()))
                .extracting(Verdict::seed)
                .containsExactly(1L, 2L, 9L);
        assertThat(folder.resolve("attacks.md"))
                .content()
                .contains("| pass | 1 |", "| pass | 2 |", "| pass | 9 |")
                .doesNotContain("| 3 |");
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @ParameterizedTest
    @DisplayName("each kind of entry stops within its first run: a network, several, streams")
    @ValueSource(strings = {"K-09", "K-07", "K-51", "K-61", "K-64"})
    void everyKindOfEntryIsStopped(String id) {
        var asked = new AtomicInteger();

        int code = run(() -> asked.incrementAndGet() == 3, id, "-o", folder.toString());

        assertThat(code).isEqualTo(130);
        assertThat(out).hasToString("stopped: 0 of 1 runs are done\n");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisplayName("Ctrl-C: exit code 130, and the verdicts that were printed are in the files")
    void interrupted() throws Exception {
        Process process =
                SimProcess.of("run", "K-46", "--seeds", "1000", "-o", folder.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD) // progress
                        .start();
        try (var log = process.inputReader()) {
            String begun = log.readLine();
            SimProcess.interrupt(process);
            List<String> rest = log.lines().toList();

            assertThat(begun).startsWith("pass K-46");
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(130);
            long more = rest.stream().filter(line -> line.startsWith("pass K-46")).count();
            assertThat(rest.getLast())
                    .isEqualTo("stopped: %d of 1000 runs are done".formatted(1 + more));
            assertThat(AttackTable.merged(verdicts(), List.of())).hasSize((int) (1 + more));
        }
    }

    @ParameterizedTest
    @DisplayName("what cannot be merged is said before anything is run")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    K-99 | 00000000000000000000000000000000 | attack K-99: one of K-01
                    K-46 | 0000                             | no verdicts of this catalogue
                    """)
    void otherVerdicts(String id, String digest, String message) throws IOException {
        String other = AttackTable.json(List.of(new Verdict(id, 1, digest, 0, List.of())));
        Files.writeString(folder.resolve("verdicts.json"), other);

        assertThat(sim("run", "K-46", "-o", folder.toString())).isEqualTo(2);

        assertThat(err.toString()).contains("verdicts.json: ", message).hasLineCount(1);
        assertThat(out.toString()).isEmpty();
        assertThat(verdicts()).isEqualTo(other);
    }

    @Test
    void aFolderThatCannotBeIsSaidBeforeAnythingIsRun() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThat(sim("run", "K-46", "-o", file.toString())).isEqualTo(3);

        assertThat(err.toString()).contains("cannot write into " + file).hasLineCount(1);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void theHighestSeedIsRun() {
        assertThat(sim("run", "K-46", "--seed", "9223372036854775807")).isZero();
        assertThat(out.toString()).contains("pass K-46", "seed 9223372036854775807");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    0 | 1  | 7   | 0   | '[                    ] 0 of 1 done  K-06 seed 2  7 s  ? left'
                    3 | 12 | 70  | 60  | '[#####               ] 3 of 12 done  K-06 seed 2  70 s  2 min left'
                    3 | 4  | 75  | 60  | '[###############     ] 3 of 4 done  K-06 seed 2  75 s  5 s left'
                    3 | 4  | 900 | 60  | '[###############     ] 3 of 4 done  K-06 seed 2  15 min  0 s left'
                    """)
    void theLineOfASeries(long done, long all, double seconds, double doneSeconds, String line) {
        assertThat(Progress.series("K-06 seed 2", done, all, seconds, doneSeconds)).isEqualTo(line);
    }
}
