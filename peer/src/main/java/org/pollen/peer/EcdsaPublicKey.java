package org.pollen.peer;

import java.util.Arrays;

/// A P-256 key as DER SubjectPublicKeyInfo with the curve named.
public final class EcdsaPublicKey implements PublicKey {
    // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING 04... }: 26 bytes, then the
    // point.
    private static final byte[] PREFIX =
            java.util.HexFormat.of()
                    .parseHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");

    private final byte[] data;
    private final java.security.PublicKey key;

    private EcdsaPublicKey(byte[] data, java.security.PublicKey key) {
        this.data = data;
        this.key = key;
    }

    static EcdsaPublicKey of(byte[] data) throws MalformedException {
        if (data.length != 91 || !Arrays.equals(data, 0, PREFIX.length, PREFIX, 0, PREFIX.length)) {
            throw new MalformedException("key: not a SubjectPublicKeyInfo of P-256");
        }
        return new EcdsaPublicKey(data.clone(), JcaKeys.publicKey("EC", data));
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
        return signature.length <= SIGNATURE_BYTES_MAX
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
