package org.pollen.node.devnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.node.OperatorException;

class AssertionTest {
    private static final List<String> KNOWN = List.of("delivery", "p99");
    private static final Map<String, Double> VALUES = Map.of("delivery", 0.9995, "p99", 40.0);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "delivery>=0.999",
                " delivery <= 1 ",
                "p99==40",
                "p99<41",
                "delivery>0.9",
                "p99>=-1"
            })
    void holds(String text) {
        assertThatCode(() -> Assertion.parse(text, KNOWN).check(VALUES)).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("O9 a false one names the value and exits 1")
    void falseOnesNameTheValue() {
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> Assertion.parse("delivery>1", KNOWN).check(VALUES))
                .withMessageContaining("delivery>1.0 is false: 0.9995")
                .satisfies(e -> assertThat(e.exitCode()).isEqualTo(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "delivery",
                "delivery=1",
                "delivry>=1",
                "p99>=fast",
                "p99>=1.2.3",
                ">=1"
            })
    void whatIsNoConditionIsAUsageError(String text) {
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> Assertion.parse(text, KNOWN))
                .withMessageContaining("is not a condition")
                .satisfies(e -> assertThat(e.exitCode()).isEqualTo(2))
                .satisfies(
                        e -> assertThat(e.problems().getFirst().fix()).contains("delivery, p99"));
    }
}
