package org.pollen.node.devnet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.node.OperatorException;
import org.pollen.node.cli.PollenCli;
import org.pollen.node.ops.MetricCatalogue;

/// Whole nodes over real TCP: what `pollen devnet` runs, smaller and quicker.
class DevnetIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final List<String> progress = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    private static DevnetOptions options(String base, String dialect, String... assertions) {
        return new DevnetOptions(
                5,
                1,
                7,
                Duration.ofSeconds(1),
                Duration.ofMillis(2500),
                30,
                Duration.ofSeconds(6),
                dialect,
                base,
                true,
                List.of(assertions));
    }

    /// On a busy machine a block can bring a transaction before its message comes; what is mined is
    /// ignored and not forwarded, so this asks for less than the devnet's own condition.
    @ParameterizedTest
    @ValueSource(strings = {"blossom-2.1", "blossom-2.0", "meshsub", "both"})
    @DisplayName("O9 five nodes deliver everything, survive reorganisations, and their pools agree")
    void deliversAndAgrees(String dialect) throws Exception {
        String base = "127.71." + Math.floorMod(dialect.hashCode(), 200);
        try (DevnetRun run =
                DevnetRun.prepare(
                        options(base, dialect, "delivery>=0.99", "reorgs>=1", "blocks>=4"),
                        progress::add)) {
            run.start();
            run.run(Duration.ofSeconds(2));
            run.finish(Duration.ofSeconds(10));
            run.check();

            JsonNode summary = JSON.readTree(run.json());
            assertThat(summary.path("nodes").asInt()).isEqualTo(5);
            assertThat(summary.path("deliveryRatio").asDouble()).isGreaterThanOrEqualTo(0.99);
            assertThat(summary.path("txDelivered").asLong()).isGreaterThan(50);
            assertThat(summary.path("poolsConsistent").asBoolean()).isTrue();
            assertThat(summary.path("scores").path("min").asDouble()).isNotNegative();
            for (String field :
                    List.of("txSubmitted", "blocks", "reorgs", "reinjected", "poolPending")) {
                assertThat(summary.path(field).isNumber()).as(field).isTrue();
            }
            assertThat(run.text().lines()).hasSize(3);
        }
        assertThat(progress).anyMatch(line -> line.startsWith("mesh    formed in"));
        assertThat(progress).anyMatch(line -> line.contains("  block "));
    }

    @Test
    @DisplayName(
            "O48, O53, O57 health, metrics, discovery and the page's state are served by each node")
    void servesOperations() throws Exception {
        try (DevnetRun run =
                DevnetRun.prepare(options("127.71.201", "blossom-2.1"), progress::add)) {
            run.start();
            String second = "http://127.71.201.2:9813";
            assertThat(get(second + "/livez").statusCode()).isEqualTo(200);
            Awaitility.await().until(() -> get(second + "/readyz").statusCode() == 200);
            assertThat(get(second + "/readyz?verbose").body()).contains("mesh").contains("pool");

            String metrics = get(second + "/metrics").body();
            assertThat(metrics)
                    .contains("# TYPE gossipsub_mesh_peers gauge")
                    .contains("txpool_pending")
                    .contains("libp2p_swarm_connections")
                    .doesNotContain("12D3Koo"); // no peer id in any label
            var exported = new TreeMap<String, String>();
            for (String line : metrics.lines().toList()) {
                String[] words = line.split(" ", 5);
                if (words[1].equals("TYPE")) exported.put(words[2], words[3]);
            }
            for (var metric : MetricCatalogue.all().values()) {
                String type = exported.remove(metric.name());
                if (type == null) {
                    assertThat(metric.when())
                            .as(metric.name())
                            .matches(
                                    "once .*|with (masks|topics|p2p.discv5|a (peer manager|trace|journal|data directory)).*");
                } else {
                    assertThat(type)
                            .as(metric.name())
                            .isEqualTo(metric.type().equals("info") ? "gauge" : metric.type());
                }
            }
            assertThat(exported.keySet()).as("exported, and not in the catalogue").isEmpty();
            JsonNode targets = JSON.readTree(get(second + "/sd").body());
            assertThat(targets.findValuesAsText("targets")).hasSize(targets.size());
            assertThat(targets.toString()).contains("127.71.201.5:9813");

            Awaitility.await()
                    .until(() ->
                            JSON.readTree(get(second + "/api/v1/state").body()).path("peers").size()
                                    == 4);
            asksForScores(second);
            assertThat(get(second + "/").body()).contains("<!doctype html>");
            assertThat(get(second + "/../etc/passwd").statusCode()).isEqualTo(404);
            assertThat(get(second + "/nothing").statusCode()).isEqualTo(404);
        }
    }

    @Test
    @DisplayName("O6 a busy port is named before any node starts, and nothing is left behind")
    void aBusyPortIsNamed() throws Exception {
        String base = "127.71.202";
        try (var taken = new ServerSocket(9811, 1, InetAddress.getByName(base + ".3"));
                DevnetRun run = DevnetRun.prepare(options(base, "blossom-2.1"), progress::add)) {
            assertThat(taken.isBound()).isTrue();
            assertThatExceptionOfType(OperatorException.class)
                    .isThrownBy(run::start)
                    .withMessageContaining("cannot listen on 127.71.202.3:9811 (address in use)")
                    .satisfies(e -> assertThat(e.exitCode()).isEqualTo(4));
            assertThat(progress).isEmpty();
        }
        try (var free = new ServerSocket(9810, 1, InetAddress.getByName(base + ".1"))) {
            assertThat(free.isBound()).isTrue();
        }
    }

    @Test
    @DisplayName("O6 a busy port is all that the command says, with exit code 4")
    void aBusyPortIsOneError() throws Exception {
        try (var taken = new ServerSocket(9811, 1, InetAddress.getByName("127.71.203.3"))) {
            assertThat(taken.isBound()).isTrue();
            Process devnet = process("--base", "127.71.203", "--quiet");
            try {
                String said = new String(devnet.getErrorStream().readAllBytes(), UTF_8);
                assertThat(devnet.waitFor()).as(said).isEqualTo(4);
                assertThat(said.lines().toList())
                        .hasSize(3)
                        .first(STRING)
                        .startsWith("error[")
                        .contains("127.71.203.3:9811 (address in use)");
                assertThat(said).contains("take other addresses, such as --base ");
            } finally {
                devnet.destroyForcibly();
            }
        }
    }

    @Test
    @DisplayName("O7 Ctrl-C before the network is up ends it with 0 and without a summary")
    void aSignalWhileItStarts() throws Exception {
        Process devnet = process("--base", "127.71.204", "--nodes", "60");
        try {
            BufferedReader said = devnet.errorReader();
            String line = said.readLine();
            while (line != null && !line.startsWith("chain ")) line = said.readLine();
            devnet.toHandle().destroy(); // Process.destroy closes what it says
            String rest = said.lines().collect(Collectors.joining("\n"));
            assertThat(devnet.waitFor()).as(rest).isZero();
            assertThat(rest)
                    .endsWith("stopped before the network was up")
                    .doesNotContain("Exception");
            assertThat(devnet.inputReader().lines()).isEmpty();
        } finally {
            devnet.destroyForcibly();
        }
    }

    /// `pollen devnet` as a process of its own. After a minute it is killed: who reads what it says
    /// reads to the end, which no timeout of a test interrupts.
    private static Process process(String... options) throws IOException {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "org.pollen.node.cli.PollenCli",
                                "devnet"));
        command.addAll(List.of(options));
        var builder = new ProcessBuilder(command);
        // With one of these a JVM says so first, where the tests read.
        builder.environment()
                .keySet()
                .removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        Process process = builder.start();
        CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS)
                .execute(process.toHandle()::destroyForcibly);
        return process;
    }

    /// O31: what the command prints adds up to the score.
    private static void asksForScores(String node) throws Exception {
        assertThat(cli("peers", "list", "--node", node)).contains("/blossomsub/").contains("node3");
        assertThat(cli("peers", "mesh", "--node", node)).contains("tx  mask ");
        assertThat(cli("peers", "scores", "--node", node)).contains("mesh(tx)");
        JsonNode explained =
                JSON.readTree(cli("score", "explain", "node3", "--node", node, "-o", "json"));
        double sum = 0;
        for (JsonNode part : explained.path("components")) sum += part.asDouble();
        assertThat(sum).isCloseTo(explained.path("score").asDouble(), within(1e-9));
        assertThat(cli("peers", "show", "node3", "--node", node)).contains("total = ");
    }

    private static String cli(String... args) {
        var out = new StringWriter();
        int code =
                PollenCli.commandLine()
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(out))
                        .execute(args);
        assertThat(code).as(out.toString()).isZero();
        return out.toString();
    }

    private HttpResponse<String> get(String url) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url)).build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
