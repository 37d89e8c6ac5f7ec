package org.pollen.peer;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.HexFormat;

/// An RSA key as DER PKCS#1 `RSAPrivateKey`.
public final class RsaPrivateKey implements PrivateKey {
    // version 0, rsaEncryption with NULL
    private static final byte[] ALGORITHM =
            HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");

    private final byte[] data;
    private final java.security.PrivateKey key;
    private final RsaPublicKey publicKey;

    private RsaPrivateKey(byte[] data, java.security.PrivateKey key, RsaPublicKey publicKey) {
        this.data = data;
        this.key = key;
        this.publicKey = publicKey;
    }

    static RsaPrivateKey of(byte[] data) throws MalformedException {
        var inner = new ByteArrayOutputStream();
        inner.writeBytes(ALGORITHM);
        inner.writeBytes(der(0x04, data));
        java.security.PrivateKey key = JcaKeys.privateKey("RSA", der(0x30, inner.toByteArray()));
        RsaPublicKey.checkSize(key);
        if (!(key instanceof RSAPrivateCrtKey crt)) {
            throw new MalformedException("key: RSA without its primes");
        }
        try {
            var spec = new RSAPublicKeySpec(crt.getModulus(), crt.getPublicExponent());
            byte[] spki = KeyFactory.getInstance("RSA").generatePublic(spec).getEncoded();
            return new RsaPrivateKey(data.clone(), key, RsaPublicKey.of(spki));
        } catch (GeneralSecurityException _) {
            throw new MalformedException("key: RSA with an exponent that is none");
        }
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
        return JcaKeys.sign("SHA256withRSA", key, message);
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
