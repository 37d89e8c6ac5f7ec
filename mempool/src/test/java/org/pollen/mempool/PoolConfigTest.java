package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The table of mempool.md 2.1.
class PoolConfigTest {
    @Test
    @DisplayName("2.1: the defaults are sane")
    void defaults() {
        PoolConfig defaults = PoolConfig.DEFAULTS;
        assertThat(defaults.sanitize().warnings()).isEmpty();
        assertThat(defaults.sanitize().config()).isEqualTo(defaults);
        assertThat(defaults.capacity()).isEqualTo(6144);
        assertThat(defaults.mode()).isEqualTo(PoolMode.HARDENED);
    }

    @Test
    @DisplayName("2.1: each bad field is replaced alone, with a warning that has both values")
    void nonsenseIsRepaired() {
        var bad =
                new PoolConfig(
                        PoolMode.REFERENCE,
                        true,
                        "",
                        Duration.ZERO,
                        0,
                        0,
                        0,
                        -1,
                        0,
                        0,
                        Duration.ZERO);
        PoolConfig.Sanitized sanitized = bad.sanitize();
        assertThat(sanitized.config())
                .isEqualTo(
                        new PoolConfig(
                                PoolMode.REFERENCE,
                                true,
                                "",
                                Duration.ofSeconds(1),
                                1,
                                10,
                                16,
                                5120,
                                64,
                                1024,
                                Duration.ofHours(3)));
        assertThat(sanitized.warnings())
                .hasSize(8)
                .contains("txpool.globalslots is -1, which is not allowed: using 5120");
        assertThat(
                        PoolConfig.DEFAULTS
                                .withPrices(5, 20)
                                .withLifetime(Duration.ofNanos(-1))
                                .sanitize())
                .satisfies(
                        s -> assertThat(s.config().priceBump()).isEqualTo(20),
                        s -> assertThat(s.config().lifetime()).isEqualTo(Duration.ofHours(3)));
    }
}
