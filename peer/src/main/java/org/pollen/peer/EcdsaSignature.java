package org.pollen.peer;

import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The DER form of an ECDSA signature, written minimal and read strictly: SEQUENCE of two positive
/// INTEGERs and nothing else.
final class EcdsaSignature {
    private EcdsaSignature() {}

    static byte[] encode(BigInteger r, BigInteger s) {
        byte[] first = r.toByteArray();
        byte[] second = s.toByteArray();
        byte[] der = new byte[6 + first.length + second.length];
        der[0] = 0x30;
        der[1] = (byte) (der.length - 2);
        der[2] = 2;
        der[3] = (byte) first.length;
        System.arraycopy(first, 0, der, 4, first.length);
        der[4 + first.length] = 2;
        der[5 + first.length] = (byte) second.length;
        System.arraycopy(second, 0, der, 6 + first.length, second.length);
        return der;
    }

    /// The two numbers, or null for anything but the one encoding.
    static BigInteger @Nullable [] decode(byte[] der) {
        if (der.length < 8 || der.length > 72 || der[0] != 0x30 || der[1] != der.length - 2) {
            return null;
        }
        int size = der[3];
        if (der[2] != 2 || size < 1 || size > 33 || der.length < 4 + size + 3) return null;
        int second = 4 + size;
        if (der[second] != 2 || der[second + 1] != der.length - second - 2) return null;
        byte[] r = Arrays.copyOfRange(der, 4, second);
        byte[] s = Arrays.copyOfRange(der, second + 2, der.length);
        if (s.length > 33 || !positiveAndMinimal(r) || !positiveAndMinimal(s)) return null;
        return new BigInteger[] {new BigInteger(r), new BigInteger(s)};
    }

    private static boolean positiveAndMinimal(byte[] number) {
        if (number.length == 0 || number[0] < 0) return false;
        if (number.length == 1) return number[0] != 0;
        return number[0] != 0 || number[1] < 0;
    }
}
