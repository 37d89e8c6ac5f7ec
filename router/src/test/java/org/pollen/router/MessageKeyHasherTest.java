package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Random;
import org.bouncycastle.crypto.macs.SipHash128;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;

class MessageKeyHasherTest {

    /// The first vector of the reference implementation: key 00..0f, no input.
    @Test
    void theVectorOfTheReference() {
        var hasher = new MessageKeyHasher(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        hasher.hash(new byte[0], 0, 0);

        var out = new byte[16];
        Bytes.putLong(out, 0, hasher.hi());
        Bytes.putLong(out, 8, hasher.lo());
        assertThat(HexFormat.of().formatHex(out)).isEqualTo("a3817f04ba25a8e66df67214c7550293");
    }

    @Test
    void agreesWithBouncyCastleForEveryLength() {
        var random = new Random(5);
        for (int length = 0; length < 200; length++) {
            var key = new byte[16];
            random.nextBytes(key);
            var input = new byte[length + 3];
            random.nextBytes(input);
            var mac = new SipHash128();
            mac.init(new KeyParameter(key));
            mac.update(input, 2, length);
            var expected = new byte[16];
            mac.doFinal(expected, 0);

            var hasher = new MessageKeyHasher(Bytes.longAt(key, 0), Bytes.longAt(key, 8)).copy();
            hasher.hash(input, 2, length);
            assertThat(hasher.hi()).isEqualTo(Bytes.longAt(expected, 0));
            assertThat(hasher.lo()).isEqualTo(Bytes.longAt(expected, 8));
        }
    }

    @Test
    void aKeyIsAValue() {
        var hasher = new MessageKeyHasher(1, 2);

        assertThat(hasher.key(new byte[] {1})).isEqualTo(hasher.key(new byte[] {1}));
        assertThat(hasher.key(new byte[] {1})).isNotEqualTo(hasher.key(new byte[] {1, 0}));
    }
}
