package org.pollen.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `topics mask`, `score lint`, `score simulate`, and asking a node that is not there.
class ExplainCommandsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    @DisplayName("O33 topics mask --hex of a two-bit mask: two slices with their ordinals")
    void slicesOfAMask() throws Exception {
        assertThat(run("topics", "mask", "--hex", "2001", "-o", "json")).isZero();
        JsonNode answer = JSON.readTree(out.toString());
        assertThat(answer.path("width").asInt()).isEqualTo(16);
        assertThat(answer.path("bits").asInt()).isEqualTo(2);
        assertThat(answer.path("slices").toString())
                .isEqualTo(
                        "[{\"ordinal\":2,\"mask\":\"2000\"},{\"ordinal\":15,\"mask\":\"0001\"}]");
    }

    @Test
    void masksOfNames() {
        assertThat(run("topics", "mask", "tx")).isZero();
        assertThat(out.toString()).contains("width   256 bits, 1 set").containsOnlyOnce("slice ");
        assertThat(run("topics", "mask", "a", "b", "--width", "64", "--bits", "3")).isZero();
        assertThat(out.toString()).contains("width   64 bits");
        assertThat(run("topics", "mask", "--hex", "00")).isZero();
        assertThat(out.toString()).contains("the empty mask names no topic");
    }

    @ParameterizedTest
    @CsvSource({
        "mask, give names or --hex",
        "mask tx --hex 01, give names or --hex",
        "mask --hex 0x1z, --hex \"0x1z\"",
        "mask tx --width 12, power of two",
        "mask tx --width 64 --bits 0, k is 0"
    })
    void badMasksAreUsageErrors(String arguments, String message) {
        assertThat(run(("topics " + arguments).split(" ", -1))).isEqualTo(2);
        assertThat(err.toString()).startsWith("error[USE-001]: ").contains(message);
    }

    @Test
    @DisplayName("O32 score lint: the node's own set is clean, an Eth2-like one breaks L3")
    void lintsPresets() throws Exception {
        assertThat(run("score", "lint")).isZero();
        assertThat(out.toString()).isEqualTo("node: 0 findings" + System.lineSeparator());
        out.getBuffer().setLength(0);
        assertThat(run("score", "lint", "--preset", "eth2", "-o", "json")).isEqualTo(1);
        assertThat(JSON.readTree(out.toString()).findValuesAsText("id")).contains("L3");
    }

    @Test
    @DisplayName("score simulate: invalid messages graylist a peer, and time forgives slowly")
    void simulates() throws Exception {
        int code =
                run(
                        "score",
                        "simulate",
                        "--for",
                        "10s",
                        "--then",
                        "2h",
                        "--invalid",
                        "1",
                        "--first",
                        "2",
                        "-o",
                        "json");
        assertThat(code).isZero();
        JsonNode rows = JSON.readTree(out.toString()).path("rows");
        JsonNode afterwards = rows.path(1);
        JsonNode last = rows.path(rows.size() - 1);
        assertThat(afterwards.path("state").asText()).isEqualTo("graylisted");
        assertThat(afterwards.path("P4").asDouble()).isLessThan(-500);
        assertThat(last.path("P4").asDouble()).isBetween(-10.0, 0.0);
    }

    @Test
    void simulatesOneHonestPeer() throws Exception {
        assertThat(
                        run(
                                "score",
                                "simulate",
                                "--first",
                                "10",
                                "--copies",
                                "10",
                                "--then",
                                "0s",
                                "-o",
                                "json"))
                .isZero();
        for (JsonNode row : JSON.readTree(out.toString()).path("rows")) {
            assertThat(row.path("total").asDouble()).isNotNegative();
        }
        assertThat(run("score", "simulate", "--sharing", "20")).isZero();
        assertThat(out.toString()).contains("graylisted");
        assertThat(run("score", "simulate", "--sharing", "0")).isEqualTo(2);
        assertThat(run("score", "simulate", "--first", "1e9")).isEqualTo(2);
    }

    @Test
    @DisplayName("a node that is not there: NET-002, exit 5")
    void nobodyAnswers(@TempDir Path folder) throws Exception {
        assertThat(run("peers", "list", "--node", "http://127.0.0.1:1")).isEqualTo(5);
        assertThat(err.toString()).startsWith("error[NET-002]: no node answers at ");
        assertThat(run("peers", "scores", "--node", folder.toString())).isEqualTo(5);
        assertThat(run("peers", "mesh", "--node", folder.resolve("x").toString())).isEqualTo(2);
        Files.writeString(folder.resolve("runtime.json"), "{\"ops\":\"http://127.0.0.1:1\"}");
        assertThat(run("score", "explain", "x", "--data-dir", folder.toString())).isEqualTo(5);
    }

    @Test
    void wrongWordsAreAnsweredWithTheRightOnes() {
        assertThat(run("score", "lint", "--preset", "nope")).isEqualTo(2);
        assertThat(err.toString())
                .contains("expected one of node, recommended, lotus, quilibrium-20,");
        assertThat(run("peers", "list", "--sort", "x")).isEqualTo(2);
        assertThat(err.toString()).contains("expected one of score, worst, rtt, id but was 'x'");
        assertThat(run("score", "lint", "--preset", "quilibrium-20")).isEqualTo(1);
    }

    private int run(String... args) {
        return PollenCli.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }
}
