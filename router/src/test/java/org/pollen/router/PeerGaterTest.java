package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.scoring.RejectReason;

class PeerGaterTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int A = 20;
    private static final byte[] ADDRESS = {1, 2, 3, 4};

    private final PeerGater gater = new PeerGater(PeerGaterParams.of(.1, .9, .999), new Random(1));
    private long now;

    @Test
    @DisplayName("C148: the sequence of the reference's test")
    void theReferenceSequence() {
        gater.addPeer(A, ADDRESS);
        assertThat(all()).isTrue();
        gater.validate();
        assertThat(all()).isTrue();
        gater.reject(A, RejectReason.VALIDATION_QUEUE_FULL, now);
        assertThat(all()).isTrue();
        gater.reject(A, RejectReason.VALIDATION_THROTTLED, now);
        assertThat(all()).as("total is 0").isTrue();

        for (int i = 0; i < 100; i++) {
            gater.reject(A, RejectReason.VALIDATION_IGNORED, now);
            gater.reject(A, RejectReason.VALIDATION_FAILED, now);
        }
        assertThat(gater.probability(A)).isCloseTo(1.0 / 1701, within(1e-12));
        assertThat(attempts()).as("sometimes control only").contains(false);
        for (int i = 0; i < 100; i++) gater.deliver(A, 1);
        assertThat(gater.probability(A)).isCloseTo(101.0 / 1801, within(1e-12));
        assertThat(attempts()).as("sometimes all").contains(true);

        for (int i = 0; i < 100; i++) gater.decay(now);
        assertThat(attempts()).as("throttling is forgotten").doesNotContain(false);
        gater.removePeer(A, now);
        gater.removePeer(A, now);
        assertThat(gater.size()).as("the address is remembered").isEqualTo(1);
        gater.decay(now + Duration.ofHours(6).toNanos());
        assertThat(gater.size()).isEqualTo(1);
        gater.decay(now + Duration.ofHours(6).toNanos() + 1);
        assertThat(gater.size()).isZero();
    }

    @Test
    void nobodyIsGatedWhenItHasBeenQuiet() {
        overload();
        assertThat(attempts()).contains(false);
        now = 60 * SECOND + 1;
        assertThat(attempts()).doesNotContain(false);
    }

    @Test
    void nobodyIsGatedWhileFewAreThrottled() {
        overload();
        for (int i = 0; i < 20; i++) gater.validate();
        assertThat(attempts()).as("2 of 21 are below 10 %").doesNotContain(false);
    }

    @Test
    void peersOfOneAddressShareTheirRecord() {
        overload();
        gater.addPeer(A, ADDRESS);
        gater.addPeer(A + 1, ADDRESS);
        gater.addPeer(A + 2, new byte[] {9});
        assertThat(gater.size()).isEqualTo(2);
        assertThat(gater.probability(A + 1)).isEqualTo(gater.probability(A));
        assertThat(gater.probability(A + 2)).isEqualTo(1);
        assertThat(gater.probability(500)).isEqualTo(1);
        assertThat(gater.acceptsAll(500, now)).isTrue();
        gater.removePeer(A, now);
        gater.decay(now + Duration.ofHours(7).toNanos());
        assertThat(gater.size()).as("one peer is still there").isEqualTo(2);
    }

    @Test
    void duplicatesWeighAnEighthAndTopicsAsConfigured() {
        gater.addPeer(A, ADDRESS);
        for (int i = 0; i < 8; i++) gater.duplicate(A);
        assertThat(gater.probability(A)).isEqualTo(.5);
        gater.deliver(A, 0);
        assertThat(gater.probability(A)).as("weight 0 is 1").isCloseTo(2.0 / 3, within(1e-12));
        gater.deliver(A, 2);
        assertThat(gater.probability(A)).isCloseTo(4.0 / 5, within(1e-12));
        gater.duplicate(99);
        gater.deliver(99, 1);
        gater.reject(99, RejectReason.VALIDATION_IGNORED, now);
        gater.reject(99, RejectReason.INVALID_SIGNATURE, now);
        gater.reject(-1, RejectReason.INVALID_SIGNATURE, now);
    }

    @ParameterizedTest(name = "{7}")
    @CsvSource({
        "0, .9, .9, 1000, .01, 1000, 1, 'threshold is 0.0: it must be greater than 0'",
        ".1, 1, .9, 1000, .01, 1000, 1, 'globalDecay is 1.0: it must be between 0 and 1'",
        ".1, 0, .9, 1000, .01, 1000, 1, 'globalDecay is 0.0: it must be between 0 and 1'",
        ".1, .9, 2, 1000, .01, 1000, 1, 'sourceDecay is 2.0: it must be between 0 and 1'",
        ".1, .9, .9, 999, .01, 1000, 1, 'decayInterval is PT0.999S: it must be at least 1 s'",
        ".1, .9, .9, 1000, 1, 1000, 1, 'decayToZero is 1.0: it must be between 0 and 1'",
        ".1, .9, .9, 1000, .01, 999, 1, 'quiet is PT0.999S: it must be at least 1 s'",
        ".1, .9, .9, 1000, .01, 1000, .9, 'ignoreWeight is 0.9: it must be at least 1'",
        "NaN, .9, .9, 1000, .01, 1000, 1, 'threshold is NaN: it must be greater than 0'"
    })
    void parametersAreChecked(
            double threshold,
            double global,
            double source,
            long interval,
            double zero,
            long quiet,
            double ignore,
            String message) {
        assertThatThrownBy(() ->
                        new PeerGaterParams(
                                threshold,
                                global,
                                source,
                                Duration.ofMillis(interval),
                                zero,
                                Duration.ZERO,
                                Duration.ofMillis(quiet),
                                .125,
                                ignore,
                                16))
                .hasMessage(message);
    }

    @Test
    void theDefaultsDecayInTwoMinutesAndAnHour() {
        assertThat(Math.pow(PeerGaterParams.DEFAULT.globalDecay(), 120))
                .isCloseTo(.01, within(1e-9));
        assertThat(Math.pow(PeerGaterParams.DEFAULT.sourceDecay(), 3600))
                .isCloseTo(.01, within(1e-9));
    }

    private void overload() {
        gater.addPeer(A, ADDRESS);
        gater.validate();
        for (int i = 0; i < 2; i++) gater.reject(A, RejectReason.VALIDATION_THROTTLED, now);
        for (int i = 0; i < 100; i++) gater.reject(A, RejectReason.VALIDATION_FAILED, now);
    }

    private boolean all() {
        return gater.acceptsAll(A, now);
    }

    private Iterable<Boolean> attempts() {
        return IntStream.range(0, 1000).mapToObj(_ -> all()).toList();
    }
}
