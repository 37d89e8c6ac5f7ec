package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Varints, base58 and base32 against host.md 19.1 and 2.
class VarintTest {
    @ParameterizedTest
    @CsvSource({
        "0,00",
        "1,01",
        "127,7f",
        "128,8001",
        "255,ff01",
        "300,ac02",
        "16384,808001",
        "9223372036854775807,ffffffffffffffff7f"
    })
    void h01_vectorsBothWays(long value, String hex) throws Exception {
        byte[] out = new byte[Varint.MAX_LENGTH];

        int end = Varint.write(out, 0, value);

        assertThat(HexFormat.of().formatHex(out, 0, end)).isEqualTo(hex);
        assertThat(Varint.size(value)).isEqualTo(end);
        assertThat(Varint.read(ByteBuffer.wrap(HexFormat.of().parseHex(hex)))).isEqualTo(value);
        byte[] framed = HexFormat.of().parseHex("ff" + hex + "01");
        assertThat(Varint.read(framed, 1, framed.length)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"8000", "8100", "80808080808080808001", "80", ""})
    void h01_invalidOnesAreRefused(String hex) {
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> Varint.read(ByteBuffer.wrap(HexFormat.of().parseHex(hex))));
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> Varint.read(bytes, 0, bytes.length));
    }

    @Test
    void aNegativeNumberIsTheCallersMistake() {
        assertThatThrownBy(() -> Varint.write(new byte[10], 0, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "'',''",
        "00,1",
        "0000,11",
        "61,2g",
        "626262,a3gV",
        "00eb15231dfceb60925886b67d065299925915aeb172c06647,1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L"
    })
    void h02_base58(String hex, String text) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertThat(Base58.encode(bytes)).isEqualTo(text);
        assertThat(Base58.decode(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "O", "I", "l", "é"})
    void h02_aLetterOutsideTheAlphabetIsRefused(String text) {
        assertThatThrownBy(() -> Base58.decode(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void h02_everyBaseGoesRoundWithItsLeadingZeros() {
        for (int length = 1; length < 40; length++) {
            byte[] bytes = new byte[length];
            for (int i = length / 3; i < length; i++) bytes[i] = (byte) (i * 37 + length);
            assertThat(Base58.decode(Base58.encode(bytes))).isEqualTo(bytes);
            assertThat(Multibase.decode(Multibase.base32(bytes))).isEqualTo(bytes);
            assertThat(Multibase.decode("z" + Base58.encode(bytes))).isEqualTo(bytes);
            int zeros = 0;
            while (zeros < length && bytes[zeros] == 0) zeros++;
            String rest = zeros == length ? "" : new java.math.BigInteger(1, bytes).toString(36);
            assertThat(Multibase.decode("k" + "0".repeat(zeros) + rest)).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "b", "b1", "bab8", "Bab", "k-1", "x00", "fzz", "bb"})
    void h02_multibaseThatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> Multibase.decode(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aTextWithoutBoundIsRefused() {
        char[] long1025 = new char[Base58.LENGTH_MAX + 1];
        Arrays.fill(long1025, '2');
        assertThatThrownBy(() -> Base58.decode(new String(long1025)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Base58.encode(new byte[Base58.LENGTH_MAX + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
