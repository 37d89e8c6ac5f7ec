package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ScorePresetsTest {
    private static final Percentage ABOUT = Percentage.withPercentage(1e-10);

    @Test
    void allAreValid() {
        for (var params :
                List.of(
                        ScorePresets.LOTUS,
                        ScorePresets.LOTUS_2020,
                        ScorePresets.QUILIBRIUM_20,
                        ScorePresets.QUILIBRIUM_21,
                        ScorePresets.HARDENING_TESTBED,
                        ScorePresets.RECOMMENDED,
                        Eth2Presets.params(Eth2Presets.Network.mainnet(500_000))))
            assertThat(params.problems()).isEmpty();
        assertThat(ScorePresets.LOTUS_2020_THRESHOLDS.opportunisticGraftThreshold()).isEqualTo(2.5);
        assertThat(ScorePresets.HARDENING_TESTBED_THRESHOLDS.graylistThreshold()).isEqualTo(-10000);
        assertThat(ScorePresets.QUILIBRIUM_20_THRESHOLDS.acceptPXThreshold()).isEqualTo(1);
        assertThat(ScorePresets.LOTUS_2020.topics().keySet()).containsExactly("blocks", "messages");
    }

    @Test
    @DisplayName("15.5 the arithmetic of our own set")
    void recommended() {
        TopicScoreParams tx = ScorePresets.recommendedTopic(1);

        assertThat(tx.bestContribution()).isEqualTo(2.75);
        assertThat(tx.fullDeficit()).isCloseTo(4.125, ABOUT);
        assertThat(tx.topicPruneThreshold()).isCloseTo(-8.25, ABOUT);
        assertThat(tx.meshMessageDeliveriesCap())
                .isEqualTo(4 * tx.meshMessageDeliveriesThreshold());
        assertThat(ScorePresets.RECOMMENDED_RARE_TOPIC.bestContribution()).isEqualTo(2.75);
        assertThat(ScorePresets.RECOMMENDED_RARE_TOPIC.recommendedFloor())
                .isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(ScorePresets.recommendedThresholds(4).opportunisticGraftThreshold())
                .isEqualTo(1);
        assertThatThrownBy(() -> ScorePresets.recommendedTopic(0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("15.2 what the tests of Teku pin")
    void teku() {
        var params = Eth2Presets.params(Eth2Presets.Network.mainnet(500_000));
        ToDoubleFunction<String> p4 =
                key -> params.topic(key).orElseThrow().invalidMessageDeliveriesWeight();

        assertThat(p4.applyAsDouble("voluntary_exit")).isEqualTo(-2150);
        assertThat(p4.applyAsDouble("attester_slashing")).isEqualTo(-2150);
        assertThat(p4.applyAsDouble("beacon_block")).isEqualTo(-215);
        assertThat(p4.applyAsDouble("beacon_aggregate_and_proof")).isEqualTo(-215);
        assertThat(p4.applyAsDouble("beacon_attestation_63")).isEqualTo(-6880);
        assertThat(params.ipColocationFactorWeight()).isEqualTo(-53.75);
        assertThat(params.topicScoreCap()).isEqualTo(53.75);
        assertThat(params.topic("proposer_slashing").orElseThrow().firstMessageDeliveriesWeight())
                .isCloseTo(36.81486, Percentage.withPercentage(1e-4));
        assertThat(params.topic("beacon_block").orElseThrow().timeInMeshCap()).isEqualTo(300);
        assertThat(params.decayInterval()).isEqualTo(Duration.ofSeconds(12));
        assertThat(params.topics()).hasSize(5 + 64);
    }

    @Test
    @DisplayName("15.2 P3 waits until the chain has advanced by its decay")
    void beforeGenesis() {
        for (long slot : new long[] {160, 161}) {
            var network = new Eth2Presets.Network(Duration.ofSeconds(12), 32, 8, 64, 8_192, slot);
            assertThat(Eth2Presets.block(network).meshMessageDeliveriesWeight())
                    .isEqualTo(slot > 160 ? -0.5 : 0);
        }
        var small = new Eth2Presets.Network(Duration.ofSeconds(12), 32, 8, 64, 8_192, 1000);
        var large = Eth2Presets.Network.mainnet(500_000);
        assertThat(Eth2Presets.subnet(small).meshMessageDeliveriesActivation())
                .isEqualTo(Duration.ofSeconds(12 * 96));
        assertThat(Eth2Presets.subnet(large).meshMessageDeliveriesActivation())
                .isEqualTo(Duration.ofSeconds(12 * 17));
        assertThat(Eth2Presets.aggregate(large).problems()).isEmpty();
    }

    @Test
    @DisplayName("5.2 the table of decay factors, and where counters end up")
    void decay() {
        double[] seconds = {30, 60, 120, 300, 600, 900, 3600, 36000};
        double[] factors = {
            0.8576958985908941,
            0.9261187281287935,
            0.9623506263980885,
            0.9847666521101581,
            0.9923540961321005,
            0.9948962130443358,
            0.9987216039048303,
            0.9998720867875375
        };
        for (int i = 0; i < factors.length; i++)
            assertThat(ScoreDecay.factor(Duration.ofSeconds((long) seconds[i])))
                    .isEqualTo(factors[i]);
        Duration second = Duration.ofSeconds(1);
        assertThat(ScoreDecay.factor(Duration.ofMinutes(1), second, 0.1))
                .isEqualTo(0.9623506263980885);
        assertThat(ScoreDecay.factor(Duration.ofHours(1), second, 0.1))
                .isEqualTo(0.9993605975346589);

        double counter = 0;
        for (int i = 0; i < 1000; i++) counter = counter * 0.9 + 3;
        assertThat(counter).isCloseTo(ScoreDecay.converge(0.9, 3), ABOUT);
    }
}
