package org.pollen.mempool;

import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.math.ec.ECAlgorithms;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.custom.sec.SecP256K1Curve;
import org.jspecify.annotations.Nullable;

/// Recovery by Bouncy Castle's arithmetic on its curve made for secp256k1; its generic curve takes
/// four times as long.
final class JavaRecovery implements SenderRecovery {
    static final ECCurve CURVE = new SecP256K1Curve();
    static final ECPoint GENERATOR =
            CURVE.decodePoint(SECNamedCurves.getByName("secp256k1").getG().getEncoded(false));

    @Override
    public byte @Nullable [] recoverKey(byte[] hash, byte[] signature, int parity) {
        var r = new BigInteger(1, signature, 0, 32);
        var s = new BigInteger(1, signature, 32, 32);
        byte[] compressed = new byte[33];
        compressed[0] = (byte) (2 + parity);
        System.arraycopy(signature, 0, compressed, 1, 32);
        ECPoint point;
        try {
            point = CURVE.decodePoint(compressed);
        } catch (IllegalArgumentException _) {
            return null; // r is the x of no point
        }
        BigInteger inverse = r.modInverse(ORDER);
        BigInteger first =
                ORDER.subtract(new BigInteger(1, hash)).mod(ORDER).multiply(inverse).mod(ORDER);
        BigInteger second = s.multiply(inverse).mod(ORDER);
        ECPoint key = ECAlgorithms.sumOfTwoMultiplies(GENERATOR, first, point, second).normalize();
        return key.isInfinity() ? null : Arrays.copyOf(key.getEncoded(false), 65);
    }

    @Override
    public String name() {
        return "java";
    }
}
