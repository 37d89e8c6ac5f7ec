package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Keys of scenario files for links, latencies and churn; what they do is tested where it is done.
class NetworkKeysTest {
    private static final String HEAD =
            """
            schema: 1
            name: keys
            time: {warmup: 5s, run: 20s, cooldown: 2s}
            """;

    @TempDir Path folder = Path.of("");

    private Scenario scenario(String rest) throws IOException {
        return Scenario.load(Files.writeString(folder.resolve("a.yaml"), HEAD + rest));
    }

    private Setup setup(String rest) throws IOException {
        return scenario(rest).setup(1).build();
    }

    private Path beside(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void linksAreClosedAboveAMark() throws IOException {
        Setup setup = setup("topology: {peers: 60, k: 6, low: 8, high: 12, grace: 3s}");

        assertThat(setup.watermarks()).isEqualTo(new Watermarks(8, 12, 3_000_000_000L));
    }

    @Test
    void theGraceIsThatOfTheSpecification() throws IOException {
        Setup setup = setup("topology: {peers: 60, k: 6, low: 8, high: 12}");

        assertThat(setup.watermarks()).isEqualTo(new Watermarks(8, 12, 20_000_000_000L));
    }

    @Test
    void relaysLinkWhoIsBehindNat() throws IOException {
        assertThat(setup("topology: {peers: 60, k: 6, nat: 0.3, relay: true}").relays())
                .isNotEmpty();
        assertThat(setup("topology: {peers: 60, k: 6, nat: 0.3}").relays()).isEmpty();
    }

    @Test
    void jitterOfOnesOwn() throws IOException {
        Setup setup = setup("topology: {peers: 60, k: 6}\nnetwork: {jitter: 'pareto(2ms, 2.5)'}");

        assertThat(setup.network().jitter()).isEqualTo(new Jitter.Pareto(2_000_000, 2.5));
    }

    @Test
    void aProcessorForEachPeer() throws IOException {
        assertThat(setup("topology: {peers: 60, k: 6}\nnetwork: {cpu: true}").cpu())
                .isEqualTo(Cpu.DEFAULT);
        assertThat(setup("topology: {peers: 60, k: 6}").cpu()).isNull();
    }

    @Test
    void attackersOfAClass() throws IOException {
        String rest =
                """
                topology: {peers: 60, k: 6}
                attack: {sybils: 7, degree: 2, class: org.example.attacks.Parrot}
                """;
        var simulation = new Simulation(setup(rest));
        simulation.run(() -> false);

        assertThat(simulation.actor(66).getClass().getName())
                .isEqualTo("org.example.attacks.Parrot");
    }

    @Test
    void latenciesOfAFile() throws IOException {
        beside("l.csv", "north,north,5\nnorth,south,80,20\nsouth,south,7\nsouth,3\n");
        Setup setup = setup("topology: {peers: 60, k: 6, latencies: l.csv}");

        assertThat(setup.network().latency().regions()).isEqualTo(2);
        assertThat(setup.network().latency().weights()).containsExactly(1, 3);
    }

    @Test
    void sessionsOfAFile() throws IOException {
        beside("s.csv", "3,0,12\n3,15,\n");
        Setup setup = setup("topology: {peers: 60, k: 6, }\nchurn: {sessions: s.csv}");

        assertThat(setup.churn().toggles(3))
                .isEqualTo(new long[] {12_000_000_000L, 15_000_000_000L});
        assertThat(setup.churn().toggles(4)).isEmpty();
    }

    @Test
    void weibullSessions() throws IOException {
        String plain = "topology: {peers: 60, k: 6}\nchurn: {share: 0.5, up: 5s, down: 2s";
        Setup weibull = setup(plain + ", shape: 0.6}");
        Setup exponential = setup(plain + "}");
        boolean differs = false;
        for (int i = 0; i < 60; i++) {
            differs |= !Arrays.equals(weibull.churn().toggles(i), exponential.churn().toggles(i));
        }

        assertThat(differs).isTrue();
    }

    @Test
    void anotherFileIsAnotherRun() throws IOException {
        beside("s.csv", "3,0,12\n");
        Scenario scenario = scenario("topology: {peers: 60, k: 6}\nchurn: {sessions: s.csv}");
        Map<String, List<String>> swept = Map.of("churn.sessions", List.of("s.csv"));
        String before = scenario.fingerprint(Map.of());
        String beforeSweep = scenario.fingerprint(swept);
        assertThat(scenario.fingerprint(swept)).isEqualTo(beforeSweep);
        beside("s.csv", "3,0,13\n");

        assertThat(scenario.fingerprint(Map.of())).isNotEqualTo(before);
        assertThat(scenario.fingerprint(swept)).isNotEqualTo(beforeSweep);
    }

    @Test
    void filesOfAFolderAreHashedAndCopied() throws Exception {
        Files.createDirectories(folder.resolve("classes/a"));
        beside("classes/a/B.class", "one");
        beside("secret.csv", "x");
        var files = new NamedFiles(folder.resolve("a.yaml"));
        byte[] before = hash(files);
        Path into = folder.resolve("out");
        files.copy("classes", into);
        files.copy("../secret.csv", into);
        files.copy(folder.resolve("secret.csv").toString(), into);
        files.copy(".", into);

        assertThat(hash(files)).isEqualTo(before);
        beside("classes/a/B.class", "two");
        assertThat(hash(files)).isNotEqualTo(before);
        assertThat(into.resolve("classes/a/B.class")).hasContent("one");
        assertThat(into.resolve("secret.csv")).doesNotExist();
    }

    private static byte[] hash(NamedFiles files) throws Exception {
        var sha = MessageDigest.getInstance("SHA-256");
        files.hash(sha, "classes");
        return sha.digest();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "topology: {peers: 60, k: 6, low: 8} | 4:34: topology.low: closing links without topology.high",
                "topology: {peers: 60, k: 6, high: 8} | 4:35: topology.high: closing links without topology.low",
                "topology: {peers: 60, k: 6, low: 9, high: 8} | 4:43: topology.low is 9 and high 8",
                "topology: {peers: 60, k: 6, low: 1, high: 8, grace: 0s} | 4:43: topology.grace is 0 ns: it must be positive",
                "topology: {peers: 60, k: 6, relay: true} | 4:36: topology.relay: relays without topology.nat",
                "topology: {peers: 60, k: 6, nat: 0.1, relay: maybe} | 4:46: topology.relay is `maybe`",
                "topology: {peers: 60, k: 6, latencies: none.csv} | none.csv: cannot be read",
                "topology: {peers: 60, k: 6, latencies: l.csv, regions: pl25} | 4:40: topology.latencies: latencies beside topology.regions",
                "{topology: {peers: 60, k: 6}, network: {jitter: pareto(0ms)}} | jitter",
                "{topology: {peers: 60, k: 6}, network: {cpu: 2}} | network.cpu is `2`",
                "{topology: {peers: 60, k: 6}, attack: {sybils: 3, class: org.example.None}} | class org.example.None: not found",
                "{topology: {peers: 60, k: 6}, attack: {sybils: 3, class: java.lang.String}} | it must extend",
                "{topology: {peers: 60, k: 6}, attack: {sybils: 3, classpath: x.jar}} | a path without attack.class",
                "{topology: {peers: 60, k: 6}, attack: {class: org.example.attacks.Parrot}} | an attack without attack.sybils",
                "{topology: {peers: 60, k: 6}, churn: {shape: 0.6}} | sessions without churn.share",
                "{topology: {peers: 60, k: 6}, churn: {shape: 50, share: 0.1}} | churn.shape",
                "{topology: {peers: 60, k: 6}, churn: {sessions: s.csv, share: 0.1}} | random churn beside churn.sessions",
            })
    void wrongValues(String rest, String message) {
        String flow = rest.startsWith("{") ? rest.substring(1, rest.length() - 1) : rest;
        String block = flow.replace("}, ", "}\n");

        assertThatThrownBy(() -> scenario(block))
                .isInstanceOf(ScenarioException.class)
                .hasMessageContaining(message);
    }
}
