package org.pollen.peer;

import java.io.ByteArrayOutputStream;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.HexFormat;

/// An RSA key as DER PKCS#1 `RSAPrivateKey`.
public final class RsaPrivateKey implements PrivateKey {
    private static final String ALGORITHM = "SHA256withRSA";

    // version 0, rsaEncryption with NULL
    private static final byte[] ALGORITHM_ID =
            HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");

    private final byte[] data;
    private final java.security.PrivateKey key;
    private final RsaPublicKey publicKey;

    private RsaPrivateKey(byte[] data, java.security.PrivateKey key, RsaPublicKey publicKey) {
        this.data = data;
        this.key = key;
        this.publicKey = publicKey;
    }

    /// @param data kept
    static RsaPrivateKey of(byte[] data) throws MalformedException {
        var inner = new ByteArrayOutputStream();
        inner.writeBytes(ALGORITHM_ID);
        inner.writeBytes(der(0x04, data));
        java.security.PrivateKey key = JcaKeys.privateKey("RSA", der(0x30, inner.toByteArray()));
        if (!(key instanceof RSAPrivateCrtKey crt)) {
            throw new MalformedException("key: RSA without its primes");
        }
        RsaPublicKey publicKey = RsaPublicKey.of(crt.getModulus(), crt.getPublicExponent());
        if (!JcaKeys.belong(publicKey, key, ALGORITHM)) {
            throw new MalformedException("key: RSA with numbers that do not belong together");
        }
        return new RsaPrivateKey(data, key, publicKey);
    }

    private static byte[] der(int tag, byte[] content) {
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 128) {
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >>> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
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
