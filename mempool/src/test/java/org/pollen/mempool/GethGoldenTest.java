package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// 200 streams with the answers of go-ethereum v1.17.10, as [GethOracle] recorded them.
class GethGoldenTest {
    /// Lines as in a stream; an operation's answer follows it after a tab.
    static final String FILE = "/geth/streams.txt.gz";

    @Test
    @DisplayName("0, reference mode: 200 recorded streams, answered as geth did, step by step")
    void answersAsRecorded() throws IOException {
        int streams = 0;
        int operations = 0;
        var replay = new GethReplay();
        String name = "";
        try (BufferedReader lines = open()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int tab = line.indexOf('\t');
                String operation = tab < 0 ? line : line.substring(0, tab);
                if (operation.startsWith("S ")) {
                    streams++;
                    name = operation;
                    replay = new GethReplay();
                }
                String answer = replay.step(operation);
                if (tab < 0) continue;
                operations++;
                String expected = line.substring(tab + 1);
                if (!expected.equals(answer)) {
                    fail("%s%n%s%n geth %s%n ours %s", name, operation, expected, answer);
                }
            }
        }
        assertThat(streams).isEqualTo(200);
        assertThat(operations).isGreaterThan(20_000);
    }

    private static BufferedReader open() throws IOException {
        InputStream file = Objects.requireNonNull(GethGoldenTest.class.getResourceAsStream(FILE));
        return new BufferedReader(
                new InputStreamReader(new GZIPInputStream(file), StandardCharsets.UTF_8));
    }
}
