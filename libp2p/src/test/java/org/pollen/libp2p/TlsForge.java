package org.pollen.libp2p;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import org.pollen.peer.PrivateKey;

/// Certificates that are properly signed and wrong in one thing.
final class TlsForge {
    private static final KeyPair PAIR = pair();
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private TlsForge() {}

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static java.security.PrivateKey privateKey() {
        return PAIR.getPrivate();
    }

    /// The libp2p extension of an identity.
    static byte[] extension(PrivateKey identity) {
        return extension(
                "2b0601040183a25a0101",
                false,
                Der.element(
                        Der.SEQUENCE,
                        Der.element(Der.OCTET_STRING, identity.publicKey().toProtobuf()),
                        Der.element(
                                Der.OCTET_STRING,
                                identity.sign(
                                        TlsCertificate.signed(PAIR.getPublic().getEncoded())))));
    }

    static byte[] extension(String oid, boolean critical, byte[] value) {
        return Der.element(
                Der.SEQUENCE,
                Der.element(Der.OID, HexFormat.of().parseHex(oid)),
                critical ? new byte[] {1, 1, (byte) 0xff} : new byte[0],
                Der.element(Der.OCTET_STRING, value));
    }

    static byte[] certificate(Instant from, Instant until, byte[]... extensions) throws Exception {
        byte[] algorithm =
                Der.element(Der.SEQUENCE, Der.element(Der.OID, TlsCertificate.ECDSA_SHA256_OID));
        byte[] name = HexFormat.of().parseHex("300d310b300906035504061302444b"); // C=DK
        byte[] body =
                Der.element(
                        Der.SEQUENCE,
                        Der.element(0xa0, Der.element(Der.INTEGER, new byte[] {2})),
                        Der.element(Der.INTEGER, new byte[] {1}),
                        algorithm,
                        name,
                        Der.element(Der.SEQUENCE, time(from), time(until)),
                        name,
                        PAIR.getPublic().getEncoded(),
                        Der.element(0xa3, Der.element(Der.SEQUENCE, extensions)));
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(PAIR.getPrivate());
        signer.update(body);
        return Der.element(
                Der.SEQUENCE,
                body,
                algorithm,
                Der.element(Der.BIT_STRING, new byte[] {0}, signer.sign()));
    }

    static X509Certificate x509(byte[] der) throws Exception {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(der));
    }

    private static byte[] time(Instant instant) {
        return Der.element(
                Der.GENERALIZED_TIME, TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
    }
}
