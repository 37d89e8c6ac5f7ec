package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.RSAPublicKeySpec;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Keys and signatures that are none: what the JDK would take and we do not.
class KeyRefusalTest {
    private static final byte[] MESSAGE = "libp2p test message".getBytes(StandardCharsets.US_ASCII);
    private static final String SPKI = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    private static final String R =
            "ea8e2d446617c19c3ffcbdee31423c7d6464a94d256004125877ecc596a8bac2";
    private static final String S =
            "5929c2f99eb6f3a00afaec6723b728c4e29d8bd0945371f2a7e5202d9a131d9b";
    private static final BigInteger F4 = BigInteger.valueOf(65537);

    @ParameterizedTest
    @ValueSource(
            strings = {
                // not on the curve
                "0401010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101",
                // coordinates beyond the field
                "04ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                // the hybrid form of a good point
                "06de3d300fa36ae0e8f5d530899d83abab44abf3161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d6851510c098e5c47c646a597fb4dcec034e9f77c409e62"
            })
    void h04_aP256KeyThatIsNoPointIsRefused(String point) {
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> EcdsaPublicKey.of(hex(SPKI + point)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                // the order of the curve
                "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
                // a good scalar of another point
                "0000000000000000000000000000000000000000000000000000000000000001"
            })
    void h03_aP256ScalarThatIsNoneOrAnothersIsRefused(String scalar) {
        String point = HexFormat.of().formatHex(point());
        byte[] data = hex("30770201010420" + scalar + "a00a06082a8648ce3d030107a144034200" + point);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> EcdsaPrivateKey.of(data));
    }

    @ParameterizedTest
    @CsvSource({
        "30450221 00R 0220 S, true",
        "30440220 R 0220 S, false", // negative r, which the JDK takes for the positive one
        "30460221 00R 0221 00S, false", // a zero too many
        "30460222 0000R 0220 S, false",
        "3081450221 00R 0220 S, false", // a longer length than needed
        "30450221 00R 0220 S 00, false", // a byte behind
        "30470221 00R 0220 S 0500, false", // a third element
        "31450221 00R 0220 S, false",
        "30450321 00R 0220 S, false",
        "30450221 00R 0320 S, false",
        "30440221 00R 0220 S, false",
        "30250201 00 0220 S, false", // zero
        "30260221 00R 0201 00, false",
        "30240200 0220 S, false", // no digits at all
        "30250221 00R 0200, false",
        "3006020101020101, false"
    })
    void h05_ecdsaSignaturesAreStrictDer(String der, boolean good) throws Exception {
        byte[] signature = hex(der.replace("R", R).replace("S", S).replace(" ", ""));
        PublicKey key = EcdsaPublicKey.ofPoint(point());

        assertThat(key.verify(MESSAGE, signature)).isEqualTo(good);
        if (good) {
            BigInteger[] rs = Objects.requireNonNull(EcdsaSignature.decode(signature));
            assertThat(EcdsaSignature.encode(rs[0], rs[1])).isEqualTo(signature);
        }
    }

    @ParameterizedTest
    @CsvSource({"2047,false", "2048,true", "8192,true", "8193,false"})
    void h06_l17_rsaModuliFromTheFirstToTheLastThatIsTaken(int bits, boolean good)
            throws Exception {
        BigInteger modulus = odd(bits);
        byte[] spki = spki(modulus, F4);
        if (good) {
            PublicKey key = RsaPublicKey.of(spki);
            assertThat(PublicKey.fromProtobuf(key.toProtobuf())).isEqualTo(key);
        } else {
            assertThatExceptionOfType(MalformedException.class)
                    .isThrownBy(() -> RsaPublicKey.of(spki))
                    .withMessageContaining(bits + " bits");
        }
    }

    /// A squaring a bit: an exponent as long as the modulus makes a check four hundred times as
    /// dear.
    @ParameterizedTest
    @CsvSource({"3,true", "65537,true", "2147483647,true", "2147483649,false", "65536,false"})
    void h06_rsaExponentsHaveABound(long exponent, boolean good) throws Exception {
        byte[] spki = spki(odd(2048), BigInteger.valueOf(exponent));
        if (good) {
            assertThat(RsaPublicKey.of(spki).type()).isEqualTo(KeyType.RSA);
        } else {
            assertThatExceptionOfType(MalformedException.class)
                    .isThrownBy(() -> RsaPublicKey.of(spki))
                    .withMessageContaining("exponent");
        }
    }

    @Test
    void h06_anExponentOfOneSignsEverythingAndIsRefused() {
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> RsaPublicKey.of(odd(2048), BigInteger.ONE));
    }

    @Test
    void h04_anRsaKeyHasOneEncoding() throws Exception {
        byte[] good = spki(odd(2048), F4);
        String text = HexFormat.of().formatHex(good);
        // The modulus without its leading zero is negative; the JDK reads it as positive.
        byte[] negative =
                hex(
                        text.replace("0282010100", "02820100")
                                .replaceFirst("30820122", "30820121")
                                .replaceFirst("0382010f", "0382010e")
                                .replaceFirst("3082010a", "30820109"));

        assertThat(RsaPublicKey.of(good).data()).isEqualTo(good);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> RsaPublicKey.of(negative))
                .withMessageContaining("canonical");
        byte[] even = spki(odd(2048).subtract(BigInteger.ONE), F4);
        assertThatExceptionOfType(MalformedException.class).isThrownBy(() -> RsaPublicKey.of(even));
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> RsaPublicKey.of(java.util.Arrays.copyOf(good, good.length + 1)));
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> RsaPublicKey.of(new byte[300]));
    }

    @Test
    void h03_anRsaKeyWhoseNumbersDoNotBelongTogetherIsRefused() throws Exception {
        var generator = java.security.KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
        byte[] pkcs1 = java.util.Arrays.copyOfRange(pkcs8, 26, pkcs8.length);
        assertThat(RsaPrivateKey.of(pkcs1.clone()).data()).isEqualTo(pkcs1);

        pkcs1[30] ^= 1; // in the modulus

        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> RsaPrivateKey.of(pkcs1));
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> RsaPrivateKey.of(new byte[20]));
    }

    @Test
    void l43_aKeyOver2KiBIsNotLookedAt() {
        for (int size :
                new int[] {PublicKey.PROTOBUF_BYTES_MAX, PublicKey.PROTOBUF_BYTES_MAX + 1}) {
            assertThatExceptionOfType(MalformedException.class)
                    .isThrownBy(() -> PublicKey.fromProtobuf(new byte[size]))
                    .withMessageContaining(
                            size > PublicKey.PROTOBUF_BYTES_MAX ? "at most 2048" : "canonical");
        }
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PrivateKey.fromProtobuf(new byte[8193]))
                .withMessageContaining("at most 8192");
    }

    @Test
    void aSignatureOver1KiBIsNotLookedAt() throws Exception {
        byte[] signature = new byte[PublicKey.SIGNATURE_BYTES_MAX + 1];
        assertThat(RsaPublicKey.of(odd(8192), F4).verify(MESSAGE, signature)).isFalse();
        assertThat(RsaPublicKey.of(odd(8192), F4).verify(MESSAGE, new byte[1024])).isFalse();
        assertThat(EcdsaPublicKey.ofPoint(point()).verify(MESSAGE, signature)).isFalse();
    }

    @Test
    void h08_idsOfWrongLengthOrHashAreRefused() {
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PeerId.fromBytes(hex("1220" + "00".repeat(31))));
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PeerId.fromBytes(hex("121f" + "00".repeat(31))));
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PeerId.fromBytes(hex("1320" + "00".repeat(32))));
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> PeerId.fromBytes(hex("00")));
        for (String text : new String[] {"", "1", "Qm", "b", "zz", "0x12", "12D3KooW0"}) {
            assertThatThrownBy(() -> PeerId.parse(text))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static byte[] point() {
        return hex(
                "04de3d300fa36ae0e8f5d530899d83abab44abf3161f162a4bc901d8e6ecda020e"
                        + "8b6d5f8da30525e71d6851510c098e5c47c646a597fb4dcec034e9f77c409e62");
    }

    private static BigInteger odd(int bits) {
        return new BigInteger(bits, new Random(bits)).setBit(bits - 1).setBit(0);
    }

    private static byte[] spki(BigInteger modulus, BigInteger exponent)
            throws GeneralSecurityException {
        return KeyFactory.getInstance("RSA")
                .generatePublic(new RSAPublicKeySpec(modulus, exponent))
                .getEncoded();
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
