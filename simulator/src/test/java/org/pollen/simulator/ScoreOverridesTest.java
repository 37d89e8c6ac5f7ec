package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.TopicScoreParams;

/// Parameters of scores in scenarios.
class ScoreOverridesTest {
    private static final String HEAD =
            """
            schema: 1
            name: scores
            time: {warmup: 6s, run: 30s, cooldown: 4s}
            topology: {peers: 80, k: 8, regions: pl25}
            workload: {rate: 6/s, size: 256B, publishers: 10}
            attack: {sybils: 60, degree: 12, at: 2s, from: 5s}
            """;

    private static Scenario scenario(String scoring) {
        return Scenario.parse("a.yaml", HEAD + "scoring: {" + scoring + "}\n");
    }

    private static double sybilShareAtTheEnd(Scenario scenario) {
        var probe = new MeshProbe();
        Setup setup = scenario.setup(1).probe(probe).build();
        new Simulation(setup).run(() -> false);
        return probe.samples.getLast().sybilShare();
    }

    @Test
    void silentSybilsArePrunedOnceTheirDeliveriesAreDue() {
        Scenario usual = scenario("profile: H0-quick");
        Scenario sooner =
                scenario(
                        "profile: H0-quick, overrides: {meshMessageDeliveriesActivation: 10s, meshMessageDeliveriesThreshold: 2}");

        assertThat(sybilShareAtTheEnd(usual)).as("due after 60 s").isGreaterThan(0.1);
        assertThat(sybilShareAtTheEnd(sooner)).isLessThan(0.02);
        assertThat(sooner.fingerprint(java.util.Map.of()))
                .isNotEqualTo(usual.fingerprint(java.util.Map.of()));
    }

    @Test
    void whatIsNamedIsChangedAndNothingElse() {
        Profile profile =
                scenario(
                                "profile: H0, overrides: {topicWeight: 0.5, topicScoreCap: 7, decayInterval: 2s, ipColocationFactorThreshold: 3, suppressP3WhenIdle: true, graylistThreshold: -20000}")
                        .setup(1)
                        .build()
                        .profile();

        PeerScoreParams scores = Objects.requireNonNull(profile.scores());
        PeerScoreParams before = Objects.requireNonNull(Profile.H0.scores());
        TopicScoreParams topic = Objects.requireNonNull(scores.defaultTopicParams());
        TopicScoreParams topicBefore = Objects.requireNonNull(before.defaultTopicParams());
        assertThat(topic).isEqualTo(topicBefore.toBuilder().topicWeight(0.5).build());
        assertThat(scores.topicScoreCap()).isEqualTo(7);
        assertThat(scores.decayInterval()).isEqualTo(Duration.ofSeconds(2));
        assertThat(scores.ipColocationFactorThreshold()).isEqualTo(3);
        assertThat(scores.suppressP3WhenIdle()).isTrue();
        assertThat(scores.behaviourPenaltyWeight()).isEqualTo(before.behaviourPenaltyWeight());
        assertThat(profile.thresholds().graylistThreshold()).isEqualTo(-20000);
        assertThat(profile.thresholds().publishThreshold())
                .isEqualTo(Profile.H0.thresholds().publishThreshold());
        assertThat(profile.params()).isEqualTo(Profile.H0.params());
    }

    @Test
    void everyParameterOfATopicIsAKey() {
        assertThat(ScenarioKeys.ALL)
                .containsKeys(
                        "scoring.overrides.timeInMeshWeight",
                        "scoring.overrides.firstMessageDeliveriesDecay",
                        "scoring.overrides.meshFailurePenaltyWeight",
                        "scoring.overrides.invalidMessageDeliveriesWeight",
                        "scoring.overrides.behaviourPenaltyDecay",
                        "scoring.overrides.acceptPXThreshold")
                .doesNotContainKeys(
                        "scoring.overrides.skipAtomicValidation",
                        "scoring.overrides.topics",
                        "scoring.overrides.appSpecificScore");
    }

    @Test
    void theyCanBeSweptOver() {
        Scenario scenario = scenario("profile: H0, overrides: {topicWeight: 0.5}");
        Profile profile =
                scenario.with(Map.of("scoring.overrides.topicScoreCap", "9"))
                        .setup(1)
                        .build()
                        .profile();
        assertThat(Objects.requireNonNull(profile.scores()).topicScoreCap()).isEqualTo(9);
    }

    @ParameterizedTest
    @DisplayName(
            "S-73: overrides of scores that break a rule are said with their place and the rule")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    meshMessageDeliveriesWeight: 1      | a.yaml:7:65: scoring.overrides: meshMessageDeliveriesWeight is 1.0: it must be
                    topicWeight: -1                     | a.yaml:7:49: scoring.overrides: topicWeight is -1.0
                    topicWeight: NaN                    | a.yaml:7:49: scoring.overrides: topicWeight is NaN
                    firstMessageDeliveriesDecay: 1.5    | firstMessageDeliveriesDecay is 1.5
                    gossipThreshold: 5                  | a.yaml:7:53: scoring.overrides: gossipThreshold is 5.0
                    publishThreshold: -1                | a.yaml:7:54: scoring.overrides: publishThreshold is -1.0
                    decayInterval: 5                    | a.yaml:7:51: scoring.overrides.decayInterval is `5`: it must be duration
                    topicWeight: much                   | scoring.overrides.topicWeight is `much`: it must be number
                    topicWaight: 1                      | a.yaml:7:36: unknown key scoring.overrides.topicWaight; did you mean scoring.overrides.topicWeight?
                    """)
    void wrong(String override, String told) {
        assertThatThrownBy(() -> scenario("profile: H0, overrides: {" + override + "}"))
                .isInstanceOf(ScenarioException.class)
                .hasMessageContaining(told);
    }

    @Test
    void aProfileWithoutScoresHasNothingToOverride() {
        assertThatThrownBy(() -> scenario("profile: V10, overrides: {topicWeight: 1}"))
                .hasMessageContaining("a.yaml:7:")
                .hasMessageContaining("the profile V10 has no scores: impossible");
    }
}
