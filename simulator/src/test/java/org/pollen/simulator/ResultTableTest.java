package org.pollen.simulator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.router.Mask;
import org.pollen.router.OutboundRpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.SubOpts;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The tables that a run leaves, and what is said of them.
class ResultTableTest {
    private static final String SCENARIO =
            """
            schema: 1
            name: tiny
            seed: 5
            time: {warmup: 8s, run: 6s, cooldown: 6s}
            topology: {peers: 40, k: 6, regions: interop8}
            churn: {share: 0.1}
            protocol: {params: {D: 7}}
            workload: {rate: 4/s, size: 1KiB, publishers: 5}
            attack: {sybils: 20, degree: 10, at: 9s, from: 9s}
            """;

    @TempDir Path folder = Path.of("");

    private final StringWriter out = new StringWriter();

    private int sim(Object... args) {
        String[] texts = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
        return new SimTool().run(new PrintWriter(out, true), new PrintWriter(out, true), texts);
    }

    private RunFolder run() throws IOException {
        Path file = Files.writeString(folder.resolve("tiny.yaml"), SCENARIO);
        Path into = folder.resolve("run");
        assertThat(sim("run", file, "--quiet", "--report", "-o", into)).isIn(0, 1);
        return RunFolder.read(into);
    }

    private static double sum(Table table, String... columns) {
        return Arrays.stream(columns).mapToDouble(c -> Arrays.stream(table.column(c)).sum()).sum();
    }

    @Test
    @SuppressWarnings("unchecked")
    void eachTableHasTheColumnsThatTheSchemaNames() throws IOException {
        run();
        out.getBuffer().setLength(0);
        assertThat(sim("schema", "--tables")).isZero();

        var all =
                (Map<String, Object>)
                        new Load(LoadSettings.builder().build()).loadFromString(out.toString());
        assertThat(all).containsEntry("version", "2");
        var resources = (List<Map<String, Object>>) requireNonNull(all.get("resources"));
        assertThat(resources).hasSize(16);
        for (Map<String, Object> resource : resources) {
            var schema = (Map<String, Object>) requireNonNull(resource.get("schema"));
            var fields = (List<Map<String, Object>>) requireNonNull(schema.get("fields"));
            Path file =
                    folder.resolve("run").resolve((String) requireNonNull(resource.get("path")));
            String header = Files.readAllLines(file).getFirst();
            assertThat(fields)
                    .extracting(field -> field.get("name"))
                    .isEqualTo(List.of(header.split(",", -1)));
            assertThat(fields)
                    .allSatisfy(f -> assertThat((String) f.get("description")).isNotBlank());
        }
    }

    @Test
    void bandwidthByKindIsWhatSeriesHave() throws IOException {
        RunFolder run = run();
        Table series = run.table("series");
        Table bandwidth = run.table("bandwidth");

        assertThat(sum(bandwidth, "first", "further")).isEqualTo(sum(series, "message_bytes"));
        assertThat(
                        sum(
                                bandwidth,
                                "ihave",
                                "iwant",
                                "idontwant",
                                "mesh",
                                "subscriptions",
                                "mixed",
                                "other",
                                "headers"))
                .isEqualTo(sum(series, "control_bytes"));
        for (String column : List.of("ihave", "mesh", "subscriptions", "headers", "up_most")) {
            assertThat(sum(bandwidth, column)).as(column).isPositive();
        }
        // What honest peers send reaches honest peers or attackers.
        double received = sum(series, "message_bytes", "control_bytes");
        double attackers = sum(run.table("attack"), "bytes");
        assertThat(attackers).isPositive().isLessThan(received);
        assertThat(sum(bandwidth, "sent")).isGreaterThan(received - attackers - 1e5);
        double most = Arrays.stream(bandwidth.column("down_most")).max().orElse(0);
        assertThat(most).isLessThanOrEqualTo(received).isGreaterThan(received / 40 / 20);
    }

    @Test
    void attackersAreFollowedInAllTables() throws IOException {
        RunFolder run = run();
        Table attack = run.table("attack");
        Table mesh = run.table("mesh");

        assertThat(attack.column("members")[attack.size() - 1])
                .isEqualTo(sum(attack, "entered") - sum(attack, "left"));
        assertThat(attack.column("members")[15] / 40).isEqualTo(mesh.column("attackers")[15]);
        assertThat(Arrays.stream(attack.column("links")).max().orElse(0)).isBetween(100.0, 200.0);
        assertThat(Arrays.stream(attack.column("peers_hit")).max().orElse(0)).isBetween(0.3, 1.0);
        double[] slowest = run.table("messages").column("slowest_ms");
        double most = Arrays.stream(slowest).filter(Double::isFinite).max().orElse(0);
        // Quantiles come from a histogram of three digits.
        assertThat(most).isBetween(run.number("max") * 0.99, run.number("max") * 1.01);
    }

    @Test
    void aRunSaysWhichBuildMadeItAndWithWhatKeys() throws IOException {
        RunFolder run = run();

        assertThat(run.run())
                .containsKeys("pollen", "commit", "system", "wallSeconds")
                .containsEntry("format", 2)
                .containsEntry("seed", 5)
                .containsEntry("digest", run.text("digest"));
        assertThat((String) run.run().get("java")).startsWith(Runtime.version().toString());
        assertThat(run.summary()).doesNotContainKey("wallSeconds");
        assertThat(run.settings())
                .containsEntry("protocol.params.D", "7")
                .containsEntry("attack.sybils", "20")
                .containsEntry("churn.share", "0.1")
                .containsEntry("topology.regions", "interop8");
        assertThat(Version.CURRENT.number()).matches("\\d+\\.\\d+\\.\\d+");
        assertThat(Version.CURRENT.commit()).matches("unknown|[0-9a-f]{7,}");
        String html = Files.readString(folder.resolve("run").resolve("report.html"));
        run.settings()
                .forEach((key, value) ->
                        assertThat(html)
                                .contains(
                                        "<dt>%s</dt><dd><code>%s</code></dd>"
                                                .formatted(key, value)));
    }

    @Test
    void partsOfAnRpcAreTakenApart() {
        Mask mask = Mask.topic("t");
        var rpc =
                new RpcBuilder(Profile.H1.params().dialect(), 1 << 20)
                        .subscription(SubOpts.subscribe(mask))
                        .graft(mask)
                        .prune(mask, 60, List.of())
                        .ihave(mask, new byte[20])
                        .iwant(new byte[20])
                        .idontwant(new byte[20]);
        OutboundRpc whole = rpc.buildWhole();
        var tally = new Tally(0);

        RpcBytes.count(whole.toBody(), 0, tally);

        int[] kinds = {
            Tally.SUBSCRIPTION_BYTES,
            Tally.MESH_BYTES,
            Tally.IHAVE_BYTES,
            Tally.IWANT_BYTES,
            Tally.IDONTWANT_BYTES,
            Tally.OTHER_BYTES
        };
        for (int kind : kinds) assertThat(tally.sum(kind)).isPositive();
        long body = Arrays.stream(kinds).mapToLong(tally::sum).sum();
        assertThat(body).isEqualTo(whole.bodyLength());
        assertThat(body + tally.sum(Tally.HEADER_BYTES))
                .isEqualTo(Network.wireBytes(whole.bodyLength()));
        // What does not decode is counted, too: all of it.
        var broken = new Tally(0);
        RpcBytes.count(new byte[] {0x1a, 100, 1, 2}, 0, broken);
        assertThat(broken.sum(Tally.OTHER_BYTES)).isEqualTo(4);
    }
}
