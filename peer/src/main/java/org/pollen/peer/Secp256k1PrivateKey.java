package org.pollen.peer;

import java.math.BigInteger;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/// A secp256k1 key. Signatures are deterministic (RFC 6979) with the lower of the two possible s.
public final class Secp256k1PrivateKey implements PrivateKey {
    private final BigInteger scalar;
    private final Secp256k1PublicKey publicKey;

    Secp256k1PrivateKey(BigInteger scalar) {
        this.scalar = scalar;
        publicKey =
                Secp256k1PublicKey.of(
                        new FixedPointCombMultiplier()
                                .multiply(Secp256k1PublicKey.CURVE.getG(), scalar)
                                .normalize());
    }

    @Override
    public PublicKey publicKey() {
        return publicKey;
    }

    @Override
    public byte[] sign(byte[] message) {
        var signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
        signer.init(true, new ECPrivateKeyParameters(scalar, Secp256k1PublicKey.CURVE));
        BigInteger[] rs = signer.generateSignature(Digests.sha256(message));
        BigInteger s =
                rs[1].compareTo(Secp256k1PublicKey.HALF_ORDER) > 0
                        ? Secp256k1PublicKey.CURVE.getN().subtract(rs[1])
                        : rs[1];
        return EcdsaSignature.encode(rs[0], s);
    }

    @Override
    public byte[] data() {
        byte[] bytes = scalar.toByteArray();
        byte[] data = new byte[32];
        int skip = Math.max(0, bytes.length - 32);
        System.arraycopy(bytes, skip, data, 32 - (bytes.length - skip), bytes.length - skip);
        return data;
    }

    @Override
    public String toString() {
        return "private key of " + publicKey;
    }
}
