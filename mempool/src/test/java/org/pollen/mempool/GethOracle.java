package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Plays random streams on go-ethereum's pool and on ours in reference mode, and compares every
/// answer. `interop/geth/run` builds the program and calls this; other builds do not.
@EnabledIfSystemProperty(named = "geth.oracle", matches = ".+")
class GethOracle {
    private static final int DIFFERENCES_SHOWN = 5;

    private final String oracle = System.getProperty("geth.oracle", "");
    private final int streams = Integer.getInteger("geth.streams", 300);
    private final int operations = Integer.getInteger("geth.operations", 200);
    private final long seed = Long.getLong("geth.seed", 1);

    /// Where to record the streams with geth's answers; not recorded if empty.
    private final String record = System.getProperty("geth.record", "");

    private final List<String> differences = new ArrayList<>();
    private long answers;

    @Test
    @DisplayName("0, reference mode: random streams are answered as geth answers, step by step")
    void answersAsGeth() throws IOException, InterruptedException {
        try (Writer out = record.isEmpty() ? Writer.nullWriter() : recorder(Path.of(record))) {
            for (long s = seed; s < seed + streams; s++) compare(s, out);
        }
        System.out.printf(
                "geth oracle: %d streams from seed %d, %d answers, %d streams differ%n",
                streams, seed, answers, differences.size());
        assertThat(differences).isEmpty();
        assertThat(answers).isGreaterThanOrEqualTo((long) streams * operations);
    }

    private void compare(long stream, Writer out) throws IOException, InterruptedException {
        var lines = new ArrayList<String>();
        new GethStreams(stream, operations, lines::add);
        List<String> theirs = ask(lines);
        int next = 0;
        String difference = null;
        for (String line : lines) {
            int tab = line.indexOf('\t');
            if (tab < 0) {
                out.write(line + "\n");
                continue;
            }
            String operation = line.substring(0, tab);
            String their = next < theirs.size() ? theirs.get(next++) : "nothing";
            if (!operation.startsWith("S ")) answers++;
            out.write(operation + "\t" + their + "\n");
            if (difference == null && !their.equals(line.substring(tab + 1))) {
                difference = lines.getFirst() + "\n" + line + "\n geth " + their;
            }
        }
        if (difference != null && differences.size() < DIFFERENCES_SHOWN) {
            differences.add(difference);
        }
    }

    /// One process for one stream: a few milliseconds, and nothing is left over from the last.
    private List<String> ask(List<String> lines) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(oracle).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Thread writer =
                Thread.ofPlatform()
                        .start(() -> {
                            try (BufferedWriter in = process.outputWriter(StandardCharsets.UTF_8)) {
                                for (String line : lines) {
                                    int tab = line.indexOf('\t');
                                    in.write(tab < 0 ? line : line.substring(0, tab));
                                    in.write('\n');
                                }
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        List<String> answers;
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            answers = out.lines().toList();
        }
        writer.join();
        assertThat(process.waitFor()).as("exit code of %s", oracle).isZero();
        return answers;
    }

    private static Writer recorder(Path file) throws IOException {
        return new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(file)) {
                    {
                        def.setLevel(java.util.zip.Deflater.BEST_COMPRESSION);
                    }
                },
                StandardCharsets.UTF_8);
    }
}
