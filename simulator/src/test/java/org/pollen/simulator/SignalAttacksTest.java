package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.signalling.BucketParams;
import org.pollen.signalling.SignalConfig;
import org.pollen.simulator.Verdict.Gate;

/// Attacks on signalling, and that their gates fail without the defence they are about.
class SignalAttacksTest {
    @ParameterizedTest
    @DisplayName("S-67 (on the core, without a node): attacks on signalling hold their gates")
    @ValueSource(strings = {"K-60", "K-61", "K-62", "K-63", "K-64", "K-65"})
    void gates(String id) {
        Verdict verdict = Attacks.named(id).run(1, 1);

        assertThat(verdict.gates()).allMatch(Gate::passes);
        assertThat(verdict.digest()).hasSize(32);
    }

    private static List<String> failing(List<Gate> gates) {
        return gates.stream().filter(gate -> !gate.passes()).map(Gate::what).toList();
    }

    @Test
    @DisplayName("without the requester's bucket K-60 fails")
    void withoutRequesterBucket() {
        SignalConfig open =
                SignalConfig.DEFAULTS.withBucket(
                        "relay.requester", BucketParams.of(100_000, 100_000, 1, 60));

        assertThat(failing(SignalAttacks.flood(new Arena(1, 1), open)))
                .contains(
                        "10,000/s: requests past the relay's buckets",
                        "30/s: requests past them (20 + 10/s)");
    }

    @Test
    @DisplayName("without the bucket of an address K-63 fails")
    void withoutAddressBucket() {
        SignalConfig open =
                SignalConfig.DEFAULTS.withBucket(
                        "punch.ip.unverified", BucketParams.of(1000, 1000, 1, 60));

        assertThat(failing(SignalAttacks.reflection(new Arena(1, 1), open)))
                .containsExactly("punches of one target toward the victim (2, and 1 each 300 s)");
    }

    @Test
    @DisplayName("without work K-64 fails")
    void withoutWork() {
        assertThat(
                        failing(
                                SignalGossip.spam(
                                        new Arena(1, 1),
                                        SignalConfig.DEFAULTS.withPow(0, 0, 22),
                                        0)))
                .contains("signatures checked");
    }

    @Test
    @DisplayName("K-64 fails when one of the spammers is not graylisted")
    void oneSpammerIsQuiet() {
        assertThat(failing(SignalGossip.spam(new Arena(1, 1), SignalConfig.DEFAULTS, 1)))
                .containsExactly("least score of each spammer (graylist -300)");
    }

    @Test
    @DisplayName(
            "K-65 fails when who passes an equivocation on is blamed, as the specification has it")
    void withBlame() {
        assertThat(failing(SignalGossip.equivocation(new Arena(1, 1), true)))
                .contains("least score of an honest peer");
    }
}
