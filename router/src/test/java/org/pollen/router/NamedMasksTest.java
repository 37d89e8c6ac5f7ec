package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Vectors of the router specification, 1.10.
class NamedMasksTest {

    @ParameterizedTest(name = "C3: {0} -> {1}")
    @CsvSource(
            textBlock =
                    """
                    00000000,           15=04 22=02 23=20
                    ZERO60,             13=04 15=10 25=20
                    616263,             7=04 10=01 22=10
                    74657374,           5=20 10=80 31=02
                    74782d6c616e652d31, 21=40 26=04 28=80
                    00000019,           14=01 16=04 26=40
                    """)
    void bloomVectors(String data, String bits) {
        byte[] bytes = data.equals("ZERO60") ? new byte[60] : HexFormat.of().parseHex(data);
        var expected = new byte[32];
        for (String at : bits.split(" ", -1)) {
            String[] pair = at.split("=", -1);
            expected[Integer.parseInt(pair[0])] = (byte) Integer.parseInt(pair[1], 16);
        }

        assertThat(NamedMasks.bloom(bytes, 256, 3)).isEqualTo(Mask.of(expected));
    }

    @Test
    void aNameIsItsUtf8Bytes() {
        byte[] name = "tx-lane-1".getBytes(StandardCharsets.UTF_8);

        assertThat(NamedMasks.of("tx-lane-1")).isEqualTo(NamedMasks.bloom(name, 256, 3));
    }

    @Test
    void otherWidthsHaveTheirOwnLength() {
        assertThat(NamedMasks.bloom(new byte[4], 8, 1).length()).isEqualTo(1);
        assertThat(NamedMasks.bloom(new byte[4], 2048, 23).bitCount()).isPositive();
    }

    @ParameterizedTest(name = "C3: {0} bits, k = {1}: {2}")
    @CsvSource({
        "256, 33, k is 33: with 256 bits it must be from 1 to 32",
        "256, 0, k is 0: with 256 bits it must be from 1 to 32",
        "100, 3, bits is 100: it must be a power of two from 8 to 2048",
        "4, 3, bits is 4: it must be a power of two from 8 to 2048",
        "4096, 3, bits is 4096: it must be a power of two from 8 to 2048"
    })
    void moreRoundsThanTheDigestHasBitsAreRefused(int bits, int k, String message) {
        assertThatThrownBy(() -> NamedMasks.bloom(new byte[4], bits, k)).hasMessage(message);
    }
}
