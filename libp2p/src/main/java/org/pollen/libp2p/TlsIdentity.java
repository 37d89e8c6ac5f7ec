package org.pollen.libp2p;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import org.pollen.peer.PrivateKey;

/// What a host shows in every TLS handshake: a P-256 key made at start and never stored, in a
/// self-signed certificate with the identity's signature over it.
record TlsIdentity(java.security.PrivateKey key, X509Certificate certificate) {
    private static final Duration SKEW = Duration.ofHours(1);
    private static final int YEARS = 100;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    static TlsIdentity create(PrivateKey identity, SecureRandom random, Instant now) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            KeyPair pair = generator.generateKeyPair();
            byte[] der = certificate(identity, pair, random, now);
            var certificate =
                    (X509Certificate)
                            CertificateFactory.getInstance("X.509")
                                    .generateCertificate(new ByteArrayInputStream(der));
            return new TlsIdentity(pair.getPrivate(), certificate);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a certificate", e);
        }
    }

    /// The names are not empty, so that peers on the JDK's engine can read it.
    private static byte[] certificate(
            PrivateKey identity, KeyPair pair, SecureRandom random, Instant now)
            throws GeneralSecurityException {
        byte[] keyInfo = pair.getPublic().getEncoded();
        byte[] serial = new byte[9];
        random.nextBytes(serial);
        serial[0] = 1; // positive and minimal
        byte[] algorithm =
                Der.element(Der.SEQUENCE, Der.element(Der.OID, TlsCertificate.ECDSA_SHA256_OID));
        byte[] organization = HexFormat.of().parseHex("55040a");
        byte[] name =
                Der.element(
                        Der.SEQUENCE,
                        Der.element(
                                0x31,
                                Der.element(
                                        Der.SEQUENCE,
                                        Der.element(Der.OID, organization),
                                        Der.element(
                                                0x0c,
                                                "libp2p".getBytes(StandardCharsets.US_ASCII)))));
        byte[] extension =
                Der.element(
                        Der.SEQUENCE,
                        Der.element(Der.OCTET_STRING, identity.publicKey().toProtobuf()),
                        Der.element(
                                Der.OCTET_STRING, identity.sign(TlsCertificate.signed(keyInfo))));
        byte[] extensions =
                Der.element(
                        0xa3,
                        Der.element(
                                Der.SEQUENCE,
                                Der.element(
                                        Der.SEQUENCE,
                                        Der.element(Der.OID, TlsCertificate.EXTENSION_OID),
                                        Der.element(Der.OCTET_STRING, extension))));
        Instant until = now.atOffset(ZoneOffset.UTC).plusYears(YEARS).toInstant();
        byte[] body =
                Der.element(
                        Der.SEQUENCE,
                        Der.element(0xa0, Der.element(Der.INTEGER, new byte[] {2})),
                        Der.element(Der.INTEGER, serial),
                        algorithm,
                        name,
                        Der.element(Der.SEQUENCE, time(now.minus(SKEW)), time(until)),
                        name,
                        keyInfo,
                        extensions);
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(pair.getPrivate(), random);
        signer.update(body);
        return Der.element(
                Der.SEQUENCE,
                body,
                algorithm,
                Der.element(Der.BIT_STRING, new byte[] {0}, signer.sign()));
    }

    /// Years from 2050 on need the long form, and DER wants the short one before.
    private static byte[] time(Instant instant) {
        String text = TIME.format(instant);
        boolean late = text.compareTo("2050") >= 0;
        return Der.element(
                late ? Der.GENERALIZED_TIME : Der.UTC_TIME,
                (late ? text : text.substring(2)).getBytes(StandardCharsets.US_ASCII));
    }
}
