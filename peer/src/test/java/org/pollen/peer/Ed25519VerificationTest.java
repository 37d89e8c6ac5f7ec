package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Both ways to check an Ed25519 signature, where there are two.
class Ed25519VerificationTest {
    private static final BigInteger ORDER =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

    static Stream<Ed25519Verification> implementations() {
        return Stream.of(Ed25519Verification.best(), Ed25519Verifications.JAVA).distinct();
    }

    @ParameterizedTest
    @MethodSource("implementations")
    @DisplayName("RFC 8032 7.1: tests 1 to 3")
    void vectors(Ed25519Verification verification) {
        String[][] vectors = {
            {
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            },
            {
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            },
            {
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            }
        };
        for (String[] vector : vectors) {
            byte[] key = HexFormat.of().parseHex(vector[0]);
            byte[] message = HexFormat.of().parseHex(vector[1]);
            byte[] signature = HexFormat.of().parseHex(vector[2]);
            assertThat(verification.verify(key, message, signature)).isTrue();
            assertThat(verification.verify(key, message, malleated(signature))).isFalse();
            for (byte[] broken : new byte[][] {key, signature}) {
                broken[0] ^= 1;
                assertThat(verification.verify(key, message, signature)).isFalse();
                broken[0] ^= 1;
            }
            byte[] longer = Arrays.copyOf(message, message.length + 1);
            assertThat(verification.verify(key, longer, signature)).isFalse();
        }
    }

    /// The same signature with the group's order added to s, which RFC 8032 forbids.
    private static byte[] malleated(byte[] signature) {
        byte[] s = Arrays.copyOfRange(signature, 32, 64);
        reverse(s);
        byte[] sum = new BigInteger(1, s).add(ORDER).toByteArray();
        byte[] out = signature.clone();
        for (int i = 0; i < 32; i++) {
            out[32 + i] = i < sum.length ? sum[sum.length - 1 - i] : 0;
        }
        return out;
    }

    private static void reverse(byte[] bytes) {
        for (int i = 0, j = bytes.length - 1; i < j; i++, j--) {
            byte swapped = bytes[i];
            bytes[i] = bytes[j];
            bytes[j] = swapped;
        }
    }

    @Test
    @DisplayName("where the library is built for the machine, it is what checks")
    void nativeCodeIsUsed() {
        boolean built =
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64")
                        && new File("/lib64/ld-linux-x86-64.so.2").exists(); // glibc
        if (built) assertThat(Ed25519Verification.best()).isInstanceOf(NativeEd25519.class);
        else assertThat(Ed25519Verification.best()).isNotNull();
    }

    @Test
    @DisplayName("both give the same answer for good, mutated and random input (seed 8032)")
    void agree() throws Exception {
        var random = new SplittableRandom(8032);
        for (int i = 0; i < 300; i++) {
            PrivateKey pair = PrivateKey.ed25519(bytes(random, 32));
            byte[] message = bytes(random, random.nextInt(200));
            byte[] signature = pair.sign(message);
            byte[] key = pair.publicKey().data();
            int change = random.nextInt(4);
            if (change == 1) key[random.nextInt(32)] ^= (byte) (1 << random.nextInt(8));
            if (change == 2) signature[random.nextInt(64)] ^= (byte) (1 << random.nextInt(8));
            if (change == 3) key = bytes(random, 32);

            boolean java = Ed25519Verifications.JAVA.verify(key, message, signature);
            assertThat(Ed25519Verification.best().verify(key, message, signature))
                    .as("change %d of round %d", change, i)
                    .isEqualTo(java)
                    .isEqualTo(change == 0);
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    @DisplayName(
            "keys that are no point, and keys of small order, sign nothing that was not made for them")
    void strangeKeys(Ed25519Verification verification) {
        byte[] message = {1, 2, 3};
        byte[] signature = PrivateKey.ed25519(new byte[32]).sign(message);
        for (int fill : new int[] {0, 1, 2, 0x7f, 0xff}) {
            var key = new byte[32];
            Arrays.fill(key, (byte) fill);
            assertThat(verification.verify(key, message, signature)).isFalse();
        }
        assertThat(PrivateKey.ed25519(new byte[32]).publicKey().verify(message, new byte[63]))
                .isFalse();
    }

    private static byte[] bytes(SplittableRandom random, int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
