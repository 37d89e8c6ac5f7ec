package org.pollen.peer;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;

/// A P-256 key as DER SEC1 `ECPrivateKey` with curve and public key, as deployed programs write it
/// (the specification's text says PKIX).
public final class EcdsaPrivateKey implements PrivateKey {
    private static final String ALGORITHM = "SHA256withECDSA";

    // SEQUENCE { 1, OCTET STRING scalar, [0] prime256v1, [1] BIT STRING point }: fixed lengths.
    private static final byte[] HEAD = HexFormat.of().parseHex("30770201010420");
    private static final byte[] MIDDLE =
            HexFormat.of().parseHex("a00a06082a8648ce3d030107a144034200");
    private static final byte[] PKCS8 =
            HexFormat.of()
                    .parseHex(
                            "308193020100301306072a8648ce3d020106082a8648ce3d030107047930770201010420");

    private final byte[] data;
    private final java.security.PrivateKey key;
    private final EcdsaPublicKey publicKey;

    private EcdsaPrivateKey(byte[] data, java.security.PrivateKey key, EcdsaPublicKey publicKey) {
        this.data = data;
        this.key = key;
        this.publicKey = publicKey;
    }

    /// @param data kept
    static EcdsaPrivateKey of(byte[] data) throws MalformedException {
        int middle = HEAD.length + 32;
        int point = middle + MIDDLE.length;
        if (data.length != point + 65
                || !Arrays.equals(data, 0, HEAD.length, HEAD, 0, HEAD.length)
                || !Arrays.equals(data, middle, point, MIDDLE, 0, MIDDLE.length)) {
            throw new MalformedException("key: not an ECPrivateKey of P-256");
        }
        var scalar = new BigInteger(1, Arrays.copyOfRange(data, HEAD.length, middle));
        if (scalar.signum() == 0 || scalar.compareTo(EcdsaPublicKey.CURVE.getOrder()) >= 0) {
            throw new MalformedException("key: P-256 scalar out of range");
        }
        byte[] pkcs8 = Arrays.copyOf(PKCS8, PKCS8.length - HEAD.length + data.length);
        System.arraycopy(data, 0, pkcs8, PKCS8.length - HEAD.length, data.length);
        var publicKey = EcdsaPublicKey.ofPoint(Arrays.copyOfRange(data, point, data.length));
        var key = new EcdsaPrivateKey(data, JcaKeys.privateKey("EC", pkcs8), publicKey);
        if (!JcaKeys.belong(publicKey, key.key, ALGORITHM)) {
            throw new MalformedException("key: P-256 with a public half that is not its own");
        }
        return key;
    }

    @Override
    public PublicKey publicKey() {
        return publicKey;
    }

    @Override
    public byte[] sign(byte[] message) {
        return JcaKeys.sign(ALGORITHM, key, message);
    }

    @Override
    public byte[] data() {
        return data.clone();
    }

    @Override
    public String toString() {
        return "private key of " + publicKey;
    }
}
