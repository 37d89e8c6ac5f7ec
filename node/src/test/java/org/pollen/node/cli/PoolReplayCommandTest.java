package org.pollen.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionSigner;

class PoolReplayCommandTest {
    /// The fixtures of the pool's own tests.
    private static final Path FIXTURES =
            Path.of("..", "mempool", "src", "test", "resources", "transactions.jsonl");

    @TempDir Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(strings = {"hardened", "reference"})
    void theFixturesMatch(String mode) {
        assertThat(run("pool", "replay", FIXTURES.toString(), "--mode", mode)).isZero();

        assertThat(err.toString()).isEmpty();
        assertThat(out.toString().lines()).hasSize(428);
        assertThat(out.toString())
                .startsWith("tx0002  OK pending, gossip accept\n")
                .contains("\ntx0230  OK pending, gossip reject\n")
                .endsWith("427 lines, 0 mismatches\n");
    }

    @Test
    void asJsonItIsOneDocument() throws IOException {
        assertThat(run("pool", "replay", FIXTURES.toString(), "-o", "json")).isZero();

        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.get("schema").asInt()).isEqualTo(1);
        assertThat(json.get("lines").asInt()).isEqualTo(427);
        assertThat(json.get("mismatches").asInt()).isZero();
        assertThat(json.get("matched").asInt()).isEqualTo(427);
        assertThat(json.get("results")).hasSize(427);
        assertThat(json.get("results").get(0).toString())
                .isEqualTo(
                        "{\"line\":1,\"id\":\"tx0002\",\"status\":\"matched\","
                                + "\"answer\":\"OK\",\"place\":\"pending\",\"gossip\":\"accept\"}");
    }

    @Test
    void aMismatchIsNamedAndExits1() throws IOException {
        Path file =
                file(
                        """
                        {"id":"a","raw":"%s","expect":"ErrNonceTooLow","place":"queued"}

                        {"raw":"0x05c0"}
                        """
                                .formatted(transfer()));

        assertThat(run("pool", "replay", file.toString())).isEqualTo(1);

        assertThat(out.toString())
                .isEqualTo(
                        """
                        a       OK pending, gossip accept  MISMATCH answer: expected \
                        ErrNonceTooLow, got OK; place: expected QUEUED, got PENDING
                        line 3  ErrTxTypeNotSupported, gossip ignore: transaction type not \
                        supported: 5
                        without expectation: 1
                        2 lines, 1 mismatches
                        """);
        assertThat(run("pool", "replay", file.toString(), "-o", "json")).isEqualTo(1);
        assertThat(out.toString()).contains("\"differences\":[\"answer: expected ");
    }

    @Test
    void brokenLinesAreNamedByNumberAllAtOnceAndExit3() throws IOException {
        Path file =
                file(
                        """
                        {"id":"a","raw":"%s"}
                        {"id":"b","raw":
                        [1]
                        """
                                .formatted(transfer()));

        assertThat(run("pool", "replay", file.toString())).isEqualTo(3);

        assertThat(out.toString()).isEmpty();
        assertThat(err.toString())
                .contains("error[POOL-001]: " + file + " line 2: column 17: ")
                .contains("error[POOL-001]: " + file + " line 3: not a JSON object\n")
                .contains("  fix: each line is a JSON object such as")
                .doesNotContain("at org.pollen");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {}                                                | raw is missing
                    {"raw":null}                                      | raw is missing
                    {"raw":5}                                         | raw is 5: it must be text
                    {"raw":"0x1"}                                     | raw is 0x1: it must be an even number of hex digits
                    {"raw":"zz"}                                      | raw is zz: it must be an even number of hex digits
                    {"raw":"0x"} x                                    | column 14: Unrecognized token 'x'
                    {"raw":"0x","place":"nowhere"}                    | place is nowhere: pending or queued
                    {"raw":"0x","env":{"fork":"dune"}}                | env.fork is dune: one of [frontier, homestead,
                    {"raw":"0x","env":{"nonce":"18446744073709551616"}} | nonce is 18446744073709551616: it must fit 64 bits
                    {"raw":"0x","env":{"balance":"-1"}}               | balance is "-1": it must be a decimal number
                    {"raw":"0x","env":{"balance":""}}                 | balance is "": it must be a decimal number
                    {"raw":"0x","env":{"minTip":1.5}}                 | minTip is 1.5: it must be a decimal number
                    {"raw":"0x","env":{"config":{"globalSlots":0}}}   | globalSlots is 0: it must be at least 1
                    {"raw":"0x","env":{"delegated":["0x12"]}}         | env.delegated: address is "0x12"
                    {"raw":"0x","after":{"pending":2147483648}}       | pending is 2147483648: too large
                    {"raw":"0x","then":{}}                            | setGasTip is missing
                    """)
    void whatIsWrongWithALineIsSaid(String line, String message) throws IOException {
        assertThat(run("pool", "replay", file(line + "\n").toString())).isEqualTo(3);
        assertThat(err.toString()).contains(" line 1: " + message);
    }

    @Test
    void numbersMayBeTextAndForksAreNamed() throws IOException {
        Path file =
                file(
                        """
                        {"raw":"%s","expect":"ErrTxGasPriceTooLow","env":{"fork":"osaka","minTip":"9"}}
                        {"raw":"%<s","expect":"OK","env":{"nonce":0,"balance":"18446744073709551616",\
                        "blockGasLimit":21000,"config":{"globalSlots":4,"globalQueue":1}}}
                        """
                                .formatted(transfer()));

        assertThat(run("pool", "replay", file.toString())).isZero();
    }

    @Test
    void onlyTheFirstTenBrokenLinesAreTold() throws IOException {
        assertThat(run("pool", "replay", file("x\n".repeat(50)).toString())).isEqualTo(3);
        assertThat(err.toString().lines().filter(l -> l.startsWith("error["))).hasSize(10);
    }

    @Test
    void bytesThatAreNoTextAreABrokenLine() throws IOException {
        Path file = folder.resolve("noise.jsonl");
        Files.write(file, new byte[] {'{', (byte) 0xff, 0x1b, '}'});

        assertThat(run("pool", "replay", file.toString())).isEqualTo(3);
        assertThat(err.toString()).contains("line 1: ").doesNotContain("\u001b");
    }

    @Test
    void aFileThatIsNotThereExits4() {
        Path file = folder.resolve("no.jsonl");

        assertThat(run("pool", "replay", file.toString())).isEqualTo(4);

        assertThat(err.toString())
                .isEqualTo(
                        """
                        error[DAT-003]: transactions cannot be read from %s: there is no such file
                          fix: give the path of a readable file, one JSON object a line
                          doc: docs/errors.md#dat-003
                        """
                                .formatted(file));
    }

    @Test
    void aFolderExits4() {
        assertThat(run("pool", "replay", folder.toString())).isEqualTo(4);
        assertThat(err.toString()).startsWith("error[DAT-003]: ");
    }

    @Test
    void withoutAFileOrACommandItExits2() {
        assertThat(run("pool", "replay")).isEqualTo(2);
        assertThat(err.toString()).contains("FILE.jsonl");
        assertThat(run("pool")).isEqualTo(2);
        assertThat(err.toString()).contains("replay");
    }

    @Test
    void anEmptyFileHasNoMismatches() throws IOException {
        assertThat(run("pool", "replay", file("").toString())).isZero();
        assertThat(out.toString()).isEqualTo("0 lines, 0 mismatches\n");
    }

    private static String transfer() {
        byte[] key = new byte[32];
        key[31] = 1;
        var signer = new TransactionSigner(key);
        return "0x"
                + HexFormat.of()
                        .formatHex(
                                signer.draft(Transaction.LEGACY, BigInteger.ONE)
                                        .to(signer.address())
                                        .sign()
                                        .raw());
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("t.jsonl"), text, StandardCharsets.UTF_8);
    }

    private int run(String... args) {
        return PollenCli.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(args);
    }
}
