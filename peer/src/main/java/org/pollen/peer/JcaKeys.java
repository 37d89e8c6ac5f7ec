package org.pollen.peer;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.ProviderException;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;

/// The JDK's RSA and P-256, which every JDK must have.
final class JcaKeys {
    private JcaKeys() {}

    static java.security.PublicKey publicKey(String algorithm, byte[] spki)
            throws MalformedException {
        try {
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(spki));
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            throw new MalformedException("key: not a public " + algorithm + " key");
        }
    }

    static java.security.PrivateKey privateKey(String algorithm, byte[] pkcs8)
            throws MalformedException {
        try {
            return KeyFactory.getInstance(algorithm)
                    .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            throw new MalformedException("key: not a private " + algorithm + " key");
        }
    }

    /// The RSA key of two numbers whose bounds are checked.
    static java.security.PublicKey rsa(BigInteger modulus, BigInteger exponent)
            throws MalformedException {
        try {
            return KeyFactory.getInstance("RSA")
                    .generatePublic(new RSAPublicKeySpec(modulus, exponent));
        } catch (GeneralSecurityException _) {
            throw new MalformedException("key: numbers that make no RSA key");
        }
    }

    static boolean verify(
            String algorithm, java.security.PublicKey key, byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException _) {
            return false; // a signature that cannot even be decoded
        }
    }

    /// Whether a private key from outside is the other half: its numbers may be anything.
    static boolean belong(PublicKey open, java.security.PrivateKey key, String algorithm) {
        byte[] probe = {1, 2, 3};
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(probe);
            return open.verify(probe, signer.sign());
        } catch (GeneralSecurityException | ProviderException | ArithmeticException _) {
            return false; // numbers that no signature can be made with
        }
    }

    static byte[] sign(String algorithm, java.security.PrivateKey key, byte[] message) {
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
