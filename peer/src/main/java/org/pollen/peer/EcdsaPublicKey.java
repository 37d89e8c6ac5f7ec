package org.pollen.peer;

import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.custom.sec.SecP256R1Curve;

/// A P-256 key as DER SubjectPublicKeyInfo with the curve named.
public final class EcdsaPublicKey implements PublicKey {
    // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING 04... }: 26 bytes, then the
    // point.
    private static final byte[] PREFIX =
            HexFormat.of().parseHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");

    static final ECCurve CURVE = new SecP256R1Curve();

    private final byte[] data;
    private final java.security.PublicKey key;

    private EcdsaPublicKey(byte[] data, java.security.PublicKey key) {
        this.data = data;
        this.key = key;
    }

    /// The JDK takes any two numbers for a point, so whether it is one of the curve is checked
    /// here: arithmetic on another curve can give away what it is done with.
    ///
    /// @param data kept
    static EcdsaPublicKey of(byte[] data) throws MalformedException {
        if (data.length != PREFIX.length + 65
                || data[PREFIX.length] != 4
                || !Arrays.equals(data, 0, PREFIX.length, PREFIX, 0, PREFIX.length)) {
            throw new MalformedException("key: not a SubjectPublicKeyInfo of P-256");
        }
        try {
            var _ = CURVE.decodePoint(Arrays.copyOfRange(data, PREFIX.length, data.length));
        } catch (IllegalArgumentException _) {
            throw new MalformedException("key: not a point of P-256");
        }
        return new EcdsaPublicKey(data, JcaKeys.publicKey("EC", data));
    }

    /// From the 65 bytes of an uncompressed point.
    static EcdsaPublicKey ofPoint(byte[] point) throws MalformedException {
        byte[] data = Arrays.copyOf(PREFIX, PREFIX.length + point.length);
        System.arraycopy(point, 0, data, PREFIX.length, point.length);
        return of(data);
    }

    @Override
    public KeyType type() {
        return KeyType.ECDSA;
    }

    @Override
    public byte[] data() {
        return data.clone();
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
        // The JDK takes negative numbers for positive ones: a signature would have several forms.
        return EcdsaSignature.decode(signature) != null
                && JcaKeys.verify("SHA256withECDSA", key, message, signature);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EcdsaPublicKey key && Arrays.equals(key.data, data);
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
