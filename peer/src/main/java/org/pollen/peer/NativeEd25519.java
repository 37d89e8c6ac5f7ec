package org.pollen.peer;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// AWS-LC through its Java provider, which is called by name and not registered.
final class NativeEd25519 implements Ed25519Verification {
    private static final String NAME = "Ed25519";

    // SubjectPublicKeyInfo up to the key itself, RFC 8410 4.
    private static final byte[] HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

    private final Provider provider;
    private final KeyFactory keys;

    private NativeEd25519(Provider provider, KeyFactory keys) {
        this.provider = provider;
        this.keys = keys;
    }

    /// The library, or null where there is none for this machine.
    static @Nullable NativeEd25519 load() {
        try {
            AmazonCorrettoCryptoProvider provider = AmazonCorrettoCryptoProvider.INSTANCE;
            if (provider.getLoadingError() != null) return null;
            return new NativeEd25519(provider, KeyFactory.getInstance(NAME));
        } catch (NoSuchAlgorithmException | LinkageError _) {
            return null;
        }
    }

    @Override
    public boolean verify(byte[] key, byte[] message, byte[] signature) {
        try {
            byte[] encoded = Arrays.copyOf(HEAD, HEAD.length + key.length);
            System.arraycopy(key, 0, encoded, HEAD.length, key.length);
            Signature check = Signature.getInstance(NAME, provider);
            check.initVerify(keys.generatePublic(new X509EncodedKeySpec(encoded)));
            check.update(message);
            return check.verify(signature);
        } catch (GeneralSecurityException _) {
            return false; // the key is no point, or the signature no signature
        }
    }
}
