package org.pollen.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.mempool.Hash32;
import org.pollen.node.NodeRuntime;
import org.pollen.node.OperatorException;
import org.pollen.node.devnet.Devnet;
import org.pollen.node.devnet.DevnetOptions;

/// `pollen pool status|list|show|send|inspect|export|import` against a running network. Rows of
/// operations.md 17.
class PoolCommandsIT {
    private static final String BASE = "127.73.9";
    private static final String RPC = "http://" + BASE + ".1:9811";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MANY = 1000;

    @TempDir Path folder = Path.of("");

    private record Done(int code, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }

        JsonNode json() throws Exception {
            return JSON.readTree(out);
        }
    }

    private static Done pollen(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code =
                PollenCli.commandLine()
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err))
                        .execute(args);
        return new Done(code, out.toString(), err.toString());
    }

    private static Done pool(String command, String... args) {
        var all = new ArrayList<>(List.of("pool", command, "--rpc", RPC));
        all.addAll(List.of(args));
        return pollen(all.toArray(String[]::new));
    }

    private static Set<Hash32> executable(NodeRuntime node) {
        var hashes = new HashSet<Hash32>();
        Objects.requireNonNull(node.pool())
                .snapshot()
                .forEachAccount(account ->
                        account.pending().forEach(one -> hashes.add(one.transaction().hash())));
        return hashes;
    }

    /// A network whose blocks come once an hour.
    private static DevnetOptions options(int nodes) {
        return new DevnetOptions(
                nodes,
                0,
                42,
                Duration.ofHours(1),
                Duration.ZERO,
                0,
                Duration.ZERO,
                "blossom-2.1",
                BASE,
                false,
                List.of());
    }

    @Test
    @DisplayName(
            "3: pool inspect tells what is pooled; export writes it, import submits it elsewhere")
    void filesOfTransactions() throws Exception {
        Path file = folder.resolve("pool.txt");
        String sender;
        try (var devnet = new Devnet(options(2), _ -> {})) {
            devnet.start();
            sender = devnet.chain().accounts().get(7).address().checksummed();
            assertThat(pool("send", "--count", "2", "--from", "7", "--value", "3").code()).isZero();
            assertThat(pool("send", "--from", "8", "--gap").code()).isZero();
            assertThat(pool("inspect").out())
                    .contains("pending " + sender + " 0  " + sender + ": 3 wei + 21000 gas × ")
                    .contains("pending " + sender + " 1  ")
                    .contains("queued  0x");
            assertThat(pool("inspect", "--from", sender).lines()).hasSize(2);
            JsonNode inspected = pool("inspect", "-o", "json").json();
            assertThat(inspected.path("transactions")).hasSize(3);
            assertThat(inspected.path("transactions").get(0).path("state").asText())
                    .isEqualTo("pending");

            Done exported = pool("export", file.toString());
            assertThat(exported.out()).isEqualTo("3 transactions in %s%n".formatted(file));
            assertThat(Files.readAllLines(file)).hasSize(3).allMatch(line -> line.startsWith("0x"));
            Path one = folder.resolve("one.txt");
            assertThat(pool("export", one.toString(), "--from", sender).code()).isZero();
            assertThat(Files.readAllLines(one)).isEqualTo(Files.readAllLines(file).subList(0, 2));
            try (var rpc = new RpcClient(RPC, 1 << 10)) {
                assertThatThrownBy(() -> rpc.result("txpool_content"))
                        .isInstanceOf(OperatorException.class)
                        .hasMessageContaining(" answers txpool_content with more than 1024 bytes");
                assertThat(rpc.result("eth_chainId").isTextual()).isTrue();
            }
            Done again = pool("export", file.toString());
            assertThat(again.code()).isEqualTo(2);
            assertThat(again.err()).contains("is there already");
            assertThat(pool("export", folder.resolve("a/b").toString()).code()).isEqualTo(4);
            assertThat(
                            pool("export", folder.resolve("other").toString(), "-o", "json")
                                    .json()
                                    .path("transactions")
                                    .asInt())
                    .isEqualTo(3);
        }
        try (var devnet = new Devnet(options(2), _ -> {})) { // the same chain, empty pools
            devnet.start();
            Done taken = pool("import", file.toString());
            assertThat(taken.code()).as(taken.err()).isZero();
            assertThat(taken.out()).isEqualTo("3 taken, 0 known already, 0 refused%n".formatted());
            assertThat(pool("status").out()).startsWith("2 pending, 1 queued");
            Files.writeString(file, Files.readString(file) + "# a comment\n0x02c0\n");
            Done known = pool("import", file.toString(), "-o", "json");
            assertThat(known.code()).isEqualTo(1);
            assertThat(known.json().path("known").asInt()).isEqualTo(3);
            assertThat(known.json().path("refused")).hasSize(1);
            assertThat(known.err()).contains("refused: transaction 3: rlp: ");
        }
    }

    @Test
    @DisplayName(
            "O34, O35, O36 sent ones are the same on all nodes, gaps queue, replacements pay more")
    void whatIsSentIsPooledEverywhere() throws Exception {
        try (var devnet = new Devnet(options(4), _ -> {})) {
            devnet.start();
            Done sent = pool("send", "--count", "" + MANY, "--rate", "200", "--from", "1");
            assertThat(sent.code()).as(sent.err()).isZero();
            assertThat(sent.lines()).hasSize(MANY);
            assertThat(sent.err()).contains(MANY + " submitted, 0 refused");
            Set<Hash32> expected = new HashSet<>();
            for (String line : sent.lines()) expected.add(Hash32.parse(line));
            long before = System.nanoTime();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20))
                    .untilAsserted(() -> {
                        for (NodeRuntime node : devnet.nodes()) {
                            assertThat(executable(node)).isEqualTo(expected);
                        }
                    });
            System.out.printf(
                    "O34: %d transactions the same on all nodes %d ms after the last one%n",
                    MANY, (System.nanoTime() - before) / 1_000_000);

            // A gap is queued and goes nowhere; then it is filled.
            Done early = pool("send", "--from", "2", "--gap");
            assertThat(early.code()).as(early.err()).isZero();
            JsonNode queued = pool("list", "--queued", "-o", "json").json();
            assertThat(queued.path("total").asInt()).isEqualTo(1);
            assertThat(queued.path("transactions").get(0).path("hash").asText())
                    .isEqualTo(early.lines().getFirst());
            assertThat(pool("status").out()).startsWith(MANY + " pending, 1 queued at block ");
            Done late = pool("send", "--from", "2", "--value", "2.5 gwei");
            assertThat(late.code()).isZero();
            expected.add(Hash32.parse(early.lines().getFirst()));
            expected.add(Hash32.parse(late.lines().getFirst()));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> {
                        for (NodeRuntime node : devnet.nodes()) {
                            assertThat(executable(node)).isEqualTo(expected);
                        }
                    });
            assertThat(pool("status", "-o", "json").json().path("pending").asInt())
                    .isEqualTo(MANY + 2);

            // Five percent more is too little, ten are enough.
            String old = late.lines().getFirst();
            Done little = pool("send", "--from", "2", "--replace", old, "--bump", "5%");
            assertThat(little.code()).isEqualTo(1);
            assertThat(little.err()).contains("replacement transaction underpriced");
            Done enough = pool("send", "--from", "2", "--replace", old, "--bump", "12.5");
            assertThat(enough.code()).as(enough.err()).isZero();
            assertThat(pool("show", old).code()).isEqualTo(2);
            Done shown = pool("show", enough.lines().getFirst(), "-o", "json");
            assertThat(shown.json().path("value").asText()).isEqualTo("0x9502f900");
            assertThat(pool("show", enough.lines().getFirst()).out()).contains("\"blockHash\"");
            assertThat(pool("send", "--from", "3", "--replace", old).err())
                    .contains("is not pooled there");
            assertThat(pool("send", "--from", "3", "--replace", enough.lines().getFirst()).err())
                    .contains("choose its sender with --from or --key");

            // What a file holds, with a key of a file; as a table.
            Path key = folder.resolve("key");
            Files.writeString(key, devnet.chain().accounts().get(4).keyText());
            Done own = pool("send", "--key", key.toString(), "-o", "json");
            assertThat(own.json().path("hashes")).hasSize(1);
            Path raw = folder.resolve("raw");
            Files.writeString(raw, "# nothing yet\n0x02c0\n");
            Done broken = pool("send", "--raw", raw.toString());
            assertThat(broken.code()).isEqualTo(1);
            assertThat(broken.err()).contains("refused: transaction 0: rlp: ");
            String sender = devnet.chain().accounts().get(2).address().toString();
            Done table = pool("list", "--from", sender);
            assertThat(table.lines()).hasSize(3);
            assertThat(pool("list", "--limit", "1").out()).contains(": --limit");
            Done mined = pool("send", "--from", "5", "--wait", "mined", "--wait-limit", "1");
            assertThat(mined.code()).isEqualTo(1); // blocks come once an hour here
            assertThat(mined.err()).contains("1 submitted, 0 refused, 0 mined");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    send --count 0                 | --count is 0
                    send --count 100001            | --count is 100001
                    send --rate -1                 | --rate is -1.0
                    send --from 50                 | --from is 50
                    send --from -1                 | --from is -1
                    send --wait seen               | --wait is "seen"
                    send --wait-limit 0            | --wait-limit is 0
                    send --replace 0x12 --gap      | --replace goes with neither
                    send --key missing             | --key missing cannot be used
                    send --raw missing             | --raw missing cannot be used
                    send --count x                 | --count
                    list --limit 0                 | --limit is 0
                    inspect --from 0x12            | --from is "0x12"
                    import missing                 | FILE missing cannot be used
                    import                         | FILE
                    export                         | FILE
                    list --from 0x12               | --from is "0x12"
                    show 0x12                      | HASH is "0x12"
                    show                           | HASH
                    status --rpc 127.0.0.1:1       | --rpc 127.0.0.1:1 is no URL
                    status --node nowhere          | --node nowhere is no data directory
                    """)
    void wrongInputIsAUsageError(String line, String message) {
        var args = new ArrayList<>(List.of("pool"));
        args.addAll(List.of(line.split(" ")));
        Done done = pollen(args.toArray(String[]::new));
        assertThat(done.code()).isEqualTo(2);
        assertThat(done.err()).startsWith("error[USE-001]: ").contains(message);
        assertThat(done.out()).isEmpty();
    }

    @Test
    void aNodeThatIsNotThereIsSaidToBeSo() {
        Done done = pollen("pool", "status", "--rpc", "http://127.0.0.1:1");
        assertThat(done.code()).isEqualTo(5);
        assertThat(done.err()).startsWith("error[NET-002]: no JSON-RPC answers at ");
        Done empty = pollen("pool", "status", "--node", folder.toString());
        assertThat(empty.code()).isEqualTo(5);
        assertThat(empty.err()).contains("no node with JSON-RPC runs in ");
    }
}
