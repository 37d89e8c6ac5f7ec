package org.pollen.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.OperatorException.Problem;

/// What a person can get wrong in a configuration, and what they are told.
class ConfigLoaderTest {
    @TempDir Path folder;

    @Test
    void o16_aFlagBeatsSetBeatsEnvironmentBeatsFileBeatsBuiltIn() throws IOException {
        Path file = file("[p2p]\nport = 1\nmaxPeers = 11\n[rpc]\nport = 3\n[ops]\nport = 4\n");
        var environment = Map.of("POLLEN_P2P_PORT", "2", "POLLEN_P2P_MAX_PEERS", "12");

        Config config =
                ConfigLoader.load(
                        file, environment, List.of("p2p.port=5"), Map.of("rpc.port", "6"));

        assertThat(config.get(ConfigKeys.P2P_PORT)).isEqualTo(5);
        assertThat(config.get(ConfigKeys.P2P_MAX_PEERS)).isEqualTo(12);
        assertThat(config.get(ConfigKeys.RPC_PORT)).isEqualTo(6);
        assertThat(config.get(ConfigKeys.OPS_PORT)).isEqualTo(4);
        assertThat(config.get(ConfigKeys.P2P_HOST)).isEqualTo("0.0.0.0");
        assertThat(config.value(ConfigKeys.OPS_PORT))
                .isEqualTo(new Config.Value("4", "config.toml:7:1"));
        assertThat(config.value(ConfigKeys.P2P_MAX_PEERS))
                .isEqualTo(new Config.Value("12", "environment POLLEN_P2P_MAX_PEERS"));
    }

    @Test
    void o17_aMissingFileIsNamed() {
        var environment = Map.of("POLLEN_CONFIG", folder.resolve("none.toml").toString());

        assertThat(problems(null, environment))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.CFG_001);
                    assertThat(problem.message()).contains("none.toml does not exist");
                });
    }

    @Test
    void o18_allSyntaxErrorsAreListedWithLineAndColumn() throws IOException {
        Path file = file("[p2p\nport = 1\nhost = \nmaxPeers = = 3\n");

        List<Problem> problems = problems(file, Map.of());

        assertThat(problems).hasSizeGreaterThanOrEqualTo(3);
        assertThat(problems)
                .allSatisfy(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.CFG_002);
                    assertThat(problem.message()).matches("config.toml:\\d+:\\d+ .*");
                });
    }

    @Test
    void o19_aMisspeltKeyIsRefusedWithTheNearestOne() throws IOException {
        Path file = file("[txpool]\nglobalslot = 4\n");

        List<Problem> problems = problems(file, Map.of("POLLEN_P2P_PROT", "3"));

        assertThat(problems)
                .containsExactly(
                        new Problem(
                                ErrorCode.CFG_004,
                                "config.toml:2:1 unknown key txpool.globalslot",
                                "did you mean txpool.globalslots (default 5120)"),
                        new Problem(
                                ErrorCode.CFG_004,
                                "environment variable POLLEN_P2P_PROT sets no known key",
                                "did you mean POLLEN_P2P_PORT"));
    }

    @Test
    void o14_aValueOutOfRangeIsRefusedWithTheRule() {
        List<Problem> problems =
                problems(
                        null,
                        Map.of("POLLEN_P2P_PORT", "70000", "POLLEN_P2P_IDLE_TIMEOUT", "soon"));

        assertThat(problems)
                .contains(
                        new Problem(
                                ErrorCode.CFG_003,
                                "environment POLLEN_P2P_PORT p2p.port is \"70000\"",
                                "it must be a whole number from 0 to 65535"));
        assertThat(problems).hasSize(2);
    }

    @Test
    void o44_adminIsNeverServedInPublic() {
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() ->
                        ConfigLoader.load(null, Map.of(), List.of("rpc.apis=eth,admin"), Map.of()))
                .satisfies(e -> assertThat(e.exitCode()).isEqualTo(3));
    }

    @Test
    void o22_settingsThatExcludeEachOtherAreNamedTogether() {
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() ->
                        ConfigLoader.load(
                                null, Map.of(), List.of("gossip.D=8", "gossip.Dhi=4"), Map.of()))
                .withMessageContaining("gossip.D 8 and gossip.Dhi 4");
    }

    @Test
    void o20_theFileThatInitWritesIsAcceptedAndChangesNothing() throws IOException {
        Path file = file(ConfigText.commentedToml());

        Config config = ConfigLoader.load(file, Map.of(), List.of(), Map.of());

        assertThat(config.changed()).isEmpty();
    }

    @Test
    void theFileThatInitWritesIsAcceptedWithEveryDefaultUncommented() throws IOException {
        String uncommented =
                ConfigText.commentedToml()
                        .lines()
                        .map(line -> line.matches("# \\w+ = .+") ? line.substring(2) : line)
                        .filter(line ->
                                !line.endsWith("= \"\"") && !line.matches("(D|Dlo|Dhi|id) = 0"))
                        .reduce("", (a, b) -> a + b + "\n");

        Config config = ConfigLoader.load(file(uncommented), Map.of(), List.of(), Map.of());

        assertThat(config.changed()).hasSizeGreaterThan(25);
    }

    @Test
    void theReferencePageIsWhatTheKeysSay() throws IOException {
        Path page = Path.of("..", "docs", "configuration.md");

        assertThat(Files.readString(page))
                .as("docs/configuration.md is generated: pollen config reference > it")
                .isEqualTo(ConfigText.markdown());
    }

    @Test
    void noTwoKeysShareAnEnvironmentVariable() {
        assertThat(ConfigKeys.all().values().stream().map(ConfigKey::environmentName))
                .doesNotHaveDuplicates();
    }

    @Test
    void aSetWithoutEqualsIsRefused() {
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> ConfigLoader.load(null, Map.of(), List.of("p2p.port"), Map.of()))
                .withMessageContaining("--set p2p.port is not KEY=VALUE");
    }

    private Path file(String content) throws IOException {
        return Files.writeString(folder.resolve("config.toml"), content);
    }

    private static List<Problem> problems(
            @org.jspecify.annotations.Nullable Path file, Map<String, String> environment) {
        try {
            ConfigLoader.load(file, environment, List.of(), Map.of());
        } catch (OperatorException e) {
            return e.problems();
        }
        throw new AssertionError("nothing was wrong");
    }
}
