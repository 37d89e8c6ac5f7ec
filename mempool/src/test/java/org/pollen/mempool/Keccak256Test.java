package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.bouncycastle.crypto.digests.KeccakDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Keccak256Test {
    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    '',                                            c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470
                    abc,                                           4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45
                    The quick brown fox jumps over the lazy dog,   4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15
                    """)
    void publishedVectors(String text, String hash) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        assertThat(HexFormat.of().formatHex(Keccak256.hash(bytes))).isEqualTo(hash);
    }

    @Test
    void itAgreesWithBouncyCastleAtEveryLengthAroundTheBlocks() {
        var random = new Random(256);
        for (int length = 0; length < 700; length++) {
            byte[] bytes = new byte[length + 9];
            random.nextBytes(bytes);
            int offset = random.nextInt(10);

            assertThat(Keccak256.hash(bytes, offset, length))
                    .as("length %d", length)
                    .isEqualTo(reference(bytes, offset, length));
        }
    }

    @Test
    void aSliceOutsideTheArrayIsRefused() {
        assertThatThrownBy(() -> Keccak256.hash(new byte[10], 5, 6))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Keccak256.hash(new byte[10], -1, 6))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static byte[] reference(byte[] bytes, int offset, int length) {
        var digest = new KeccakDigest(256);
        digest.update(bytes, offset, length);
        byte[] out = new byte[32];
        digest.doFinal(out, 0);
        return out;
    }
}
