package org.pollen.node;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Certificates and keys as files, in PEM.
final class PemFiles {
    private static final int BYTES_MAX = 1 << 20;
    private static final Pattern KEY =
            Pattern.compile(
                    "-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private PemFiles() {}

    private static byte[] read(Path file) throws IOException {
        if (Files.size(file) > BYTES_MAX) {
            throw new IOException(file + " has over " + BYTES_MAX + " bytes");
        }
        return Files.readAllBytes(file);
    }

    /// The certificates of a file, the own one first.
    static List<X509Certificate> chain(Path file) throws IOException, GeneralSecurityException {
        var chain = new ArrayList<X509Certificate>();
        for (var one :
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(read(file)))) {
            chain.add((X509Certificate) one);
        }
        if (chain.isEmpty()) throw new GeneralSecurityException("no certificate is in it");
        return chain;
    }

    /// The key of a file, which has to be the first certificate's.
    static PrivateKey key(Path file, X509Certificate certificate)
            throws IOException, GeneralSecurityException {
        Matcher found = KEY.matcher(new String(read(file), StandardCharsets.US_ASCII));
        if (!found.find()) {
            throw new GeneralSecurityException("no BEGIN PRIVATE KEY (PKCS#8) is in it");
        }
        PublicKey open = certificate.getPublicKey();
        PrivateKey key;
        try {
            byte[] der = Base64.getMimeDecoder().decode(found.group(1));
            key =
                    KeyFactory.getInstance(open.getAlgorithm())
                            .generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("its key is no base64", e);
        }
        check(open, key);
        return key;
    }

    private static void check(PublicKey open, PrivateKey key) throws GeneralSecurityException {
        String algorithm =
                switch (open.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default ->
                            throw new GeneralSecurityException(
                                    "the certificate's key is %s: RSA or EC is needed"
                                            .formatted(open.getAlgorithm()));
                };
        Signature signing = Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update((byte) 1);
        byte[] signature = signing.sign();
        signing.initVerify(open);
        signing.update((byte) 1);
        if (!signing.verify(signature)) {
            throw new GeneralSecurityException("the key is not the certificate's");
        }
    }
}
