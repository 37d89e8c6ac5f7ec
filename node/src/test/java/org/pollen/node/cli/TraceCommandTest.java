package org.pollen.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceCommandTest {
    @TempDir Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return PollenCli.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }

    private String trace(String content) throws IOException {
        return Files.writeString(folder.resolve("trace"), content).toString();
    }

    @Test
    @DisplayName("C153: trace decode counts the events of a file by kind")
    void countsByKind() throws IOException {
        String file =
                trace(
                        """
                        {"type":"join","time":1700000000000000000,"topic":"a"}
                        {"type":"graft","time":1700000001500000000,"topic":"a"}
                        {"type":"graft","time":1700000001000000000,"topic":"a"}
                        {"type":"gr\
                        """);

        assertThat(run("trace", "decode", file)).isZero();

        assertThat(out.toString())
                .containsPattern("join +1\n")
                .containsPattern("graft +2\n")
                .containsPattern("validate +0\n")
                .containsPattern("total +3\n")
                .contains("ndjson, 0 nodes, 2023-11-14T22:13:20Z, 1.500 s");
        assertThat(err.toString()).contains("the last event is cut off; 11 bytes");
    }

    @Test
    void jsonIsOnRequest() throws IOException {
        assertThat(run("trace", "show", trace("{\"type\":\"join\"}\n"), "-o", "json")).isZero();
        assertThat(out.toString())
                .startsWith("{\"schema\":1,\"format\":\"ndjson\",\"events\":{\"publish\":0,")
                .contains("\"join\":1")
                .contains("\"total\":1");
    }

    @Test
    void whatIsNoTraceIsOneError() throws IOException {
        String file = trace("{\"type\":\"join\"}\n{\"a\":1}\n");
        assertThat(run("trace", "decode", file)).isEqualTo(3);
        assertThat(err.toString())
                .startsWith("error[TRC-001]")
                .contains("at byte 16, an object without a type")
                .doesNotContain("\tat ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aFileThatIsNotThereIsOneError() {
        assertThat(run("trace", "decode", folder.resolve("no").toString())).isEqualTo(4);
        assertThat(err.toString()).startsWith("error[DAT-003]").contains("there is no such file");
        assertThat(run("trace", "decode", folder.toString())).isEqualTo(4);
        assertThat(err.toString()).contains("not a file");
    }
}
