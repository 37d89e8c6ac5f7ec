package org.pollen.peer;

import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.custom.sec.SecP256K1Curve;

/// A secp256k1 key, as Ethereum nodes identify themselves.
public final class Secp256k1PublicKey implements PublicKey {
    static final ECDomainParameters CURVE = curve();
    static final BigInteger HALF_ORDER = CURVE.getN().shiftRight(1);

    private final byte[] data;
    private final ECPublicKeyParameters point;

    private Secp256k1PublicKey(byte[] data, ECPoint point) {
        this.data = data;
        this.point = new ECPublicKeyParameters(point, CURVE);
    }

    /// @param data kept
    static Secp256k1PublicKey of(byte[] data) throws MalformedException {
        if (data.length != 33) {
            throw new MalformedException("key: secp256k1 of " + data.length + " bytes, not 33");
        }
        try {
            ECPoint point = CURVE.getCurve().decodePoint(data);
            return new Secp256k1PublicKey(data, point);
        } catch (IllegalArgumentException _) {
            throw new MalformedException("key: not a point of secp256k1");
        }
    }

    static Secp256k1PublicKey of(ECPoint point) {
        return new Secp256k1PublicKey(point.getEncoded(true), point);
    }

    @Override
    public KeyType type() {
        return KeyType.SECP256K1;
    }

    @Override
    public byte[] data() {
        return data.clone();
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
        BigInteger[] rs = EcdsaSignature.decode(signature);
        if (rs == null) return false;
        var verifier = new ECDSASigner();
        verifier.init(false, point);
        return verifier.verifySignature(Digests.sha256(message), rs[0], rs[1]);
    }

    // The custom curve's arithmetic is several times faster than the generic one's.
    private static ECDomainParameters curve() {
        X9ECParameters named = SECNamedCurves.getByName("secp256k1");
        var curve = new SecP256K1Curve();
        return new ECDomainParameters(
                curve,
                curve.decodePoint(named.getG().getEncoded(false)),
                named.getN(),
                named.getH());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secp256k1PublicKey key && Arrays.equals(key.data, data);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(data);
    }

    @Override
    public String toString() {
        return peerId().toString();
    }
}
