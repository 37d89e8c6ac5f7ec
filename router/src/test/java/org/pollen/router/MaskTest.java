package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaskTest {

    @Test
    @DisplayName("C1: 32 bytes of FF are 256 slices, in ordinal order")
    void allBitsOf32BytesAre256Slices() {
        List<Mask> slices = Mask.fromHex("ff".repeat(32)).slices();

        assertThat(slices).hasSize(256).doesNotHaveDuplicates();
        for (int i = 0; i < 256; i++) assertThat(slices.get(i)).isEqualTo(Mask.bit(32, i));
    }

    @Test
    @DisplayName("C1: four bits in three bytes, highest bit of a byte first")
    void slicesComeByByteAndHighestBitFirst() {
        var bytes = new byte[32];
        bytes[2] = (byte) 0x80;
        bytes[12] = 4;
        bytes[13] = 3;

        assertThat(Mask.of(bytes).slices())
                .containsExactly(only(2, 0x80), only(12, 4), only(13, 2), only(13, 1));
    }

    @ParameterizedTest(name = "C2: {0} -> {1}")
    @CsvSource({"'', ''", "00, 00", "0000, 0000", "C0, 80 40", "8001, 8000 0001", "200000, 200000"})
    void slices(String mask, String expected) {
        List<Mask> slices = List.of(expected.split(" ", -1)).stream().map(Mask::fromHex).toList();

        assertThat(Mask.fromHex(mask).slices()).isEqualTo(slices);
    }

    @Test
    void lengthIsPartOfTheIdentity() {
        assertThat(Mask.zero(1)).isNotEqualTo(Mask.zero(2)).isNotEqualTo(Mask.EMPTY);
        assertThat(Mask.fromHex("01")).isNotEqualTo(Mask.fromHex("0001"));
        assertThat(Mask.fromHex("01"))
                .isEqualTo(Mask.of((byte) 1))
                .hasSameHashCodeAs(Mask.of((byte) 1));
        assertThat(Mask.fromHex("01").compareTo(Mask.fromHex("ff"))).isNegative();
        assertThat(Mask.of(new byte[0])).isSameAs(Mask.EMPTY);
    }

    @ParameterizedTest(name = "{0} covers {1}: {2}, overlaps: {3}")
    @CsvSource({
        "0101, 0001, true, true",
        "0001, 0101, false, true",
        "0101, 0101, true, true",
        "0101, 0010, false, false",
        "0101, 01, false, false",
        "0000, 0000, true, true",
        "0101, 0000, false, false",
        "0000, 0100, false, false",
        "'', '', true, true"
    })
    void holdersAndOverlaps(String one, String other, boolean covers, boolean overlaps) {
        assertThat(Mask.fromHex(one).covers(Mask.fromHex(other))).isEqualTo(covers);
        assertThat(Mask.fromHex(one).overlaps(Mask.fromHex(other))).isEqualTo(overlaps);
    }

    @Test
    void masksOfOneLengthCombine() {
        assertThat(Mask.fromHex("0100").or(Mask.fromHex("0003"))).isEqualTo(Mask.fromHex("0103"));
        assertThatThrownBy(() -> Mask.fromHex("01").or(Mask.EMPTY))
                .hasMessage("masks of 1 and 0 bytes: they must have the same length");
    }

    @Test
    void bitsAreCountedInAnyPartOfAnArray() {
        byte[] bytes = Mask.fromHex("ff".repeat(20)).bytes();

        assertThat(Mask.bitCount(bytes, 1, 17)).isEqualTo(136);
        assertThat(Mask.bitCount(bytes, 3, 0)).isZero();
        assertThat(Mask.bitCount(bytes, 0, 8)).isEqualTo(64);
    }

    @Test
    void textAndDigits() {
        assertThat(Mask.topic("blocks").display(Dialect.MESHSUB)).isEqualTo("blocks");
        assertThat(Mask.topic("ab").display(Dialect.BLOSSOM)).isEqualTo("6162").hasToString("6162");
    }

    @Test
    @DisplayName("C20: 256 bytes are a mask, 257 are not")
    void theLongestMask() {
        assertThat(Mask.zero(256).length()).isEqualTo(256);
        assertThatThrownBy(() -> Mask.zero(257))
                .hasMessage("mask has 257 bytes: at most 256 are allowed");
        assertThatThrownBy(() -> Mask.bit(2, 16))
                .hasMessage("bit 16: a mask of 2 bytes has bits 0 to 15");
        assertThatThrownBy(() -> Mask.bit(2, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Mask only(int at, int value) {
        var bytes = new byte[32];
        bytes[at] = (byte) value;
        return Mask.of(bytes);
    }
}
