package org.pollen.libp2p;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.KeyType;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.ProtoWriter;
import org.pollen.peer.PublicKey;

/// A self-signed certificate with the libp2p extension, as received and checked.
///
/// The JDK's parser refuses certificates with empty names, which rust and js make, so this reads
/// DER itself. Source: libp2p TLS handshake specification; host.md 7.
///
/// @param key of the identity, from the extension; the certificate's own key is another one
record TlsCertificate(PublicKey key, Instant notBefore, Instant notAfter) {
    static final int BYTES_MAX = 8192;

    /// What an identity signs is this and the certificate's SubjectPublicKeyInfo.
    private static final byte[] SIGNATURE_PREFIX =
            "libp2p-tls-handshake:".getBytes(StandardCharsets.US_ASCII);

    static final byte[] EXTENSION_OID = hex("2b0601040183a25a0101");
    static final byte[] EC_KEY_OID = hex("2a8648ce3d0201");
    static final byte[] ECDSA_SHA256_OID = hex("2a8648ce3d040302");

    private static final byte[] P256_OID = hex("2a8648ce3d030107");
    private static final byte[] P384_OID = hex("2b81040022");
    private static final byte[] ED25519_OID = hex("2b6570");
    private static final byte[] RSA_KEY_OID = hex("2a864886f70d010101");
    private static final int EXTENSIONS = 0xa3;
    private static final int VERSION = 0xa0;

    /// A signature algorithm that is accepted; SHA-1, MD5 and RSA-PSS are not.
    private record Algorithm(byte[] oid, String name, String key) {}

    private static final List<Algorithm> ALGORITHMS =
            List.of(
                    new Algorithm(ECDSA_SHA256_OID, "SHA256withECDSA", "EC"),
                    new Algorithm(hex("2a8648ce3d040303"), "SHA384withECDSA", "EC"),
                    new Algorithm(hex("2a8648ce3d040304"), "SHA512withECDSA", "EC"),
                    new Algorithm(hex("2a864886f70d01010b"), "SHA256withRSA", "RSA"),
                    new Algorithm(hex("2a864886f70d01010c"), "SHA384withRSA", "RSA"),
                    new Algorithm(hex("2a864886f70d01010d"), "SHA512withRSA", "RSA"),
                    new Algorithm(ED25519_OID, "Ed25519", "Ed25519"));

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    PeerId peerId() {
        return key.peerId();
    }

    /// Reads and checks everything but whose certificate is expected.
    static TlsCertificate verify(byte[] der, Instant now) throws ViolationException {
        if (der.length > BYTES_MAX) {
            throw new ViolationException(
                    Limit.L17_CERTIFICATE_SIZE,
                    "certificate of %d bytes: at most %d are allowed"
                            .formatted(der.length, BYTES_MAX));
        }
        Der outer = Der.of(der);
        Der certificate = outer.read(Der.SEQUENCE);
        outer.finish();
        Der body = certificate.read(Der.SEQUENCE);
        byte[] signedBytes = certificate.element();
        certificate.read(Der.SEQUENCE);
        byte[] algorithm = certificate.content();
        certificate.read(Der.BIT_STRING);
        byte[] signature = bits(certificate.content());
        certificate.finish();

        Der version = body.read(VERSION);
        version.read(Der.INTEGER);
        if (!Arrays.equals(version.content(), new byte[] {2})) {
            throw Der.malformed("its version is not 3");
        }
        version.finish();
        body.read(Der.INTEGER); // serial number
        body.read(Der.SEQUENCE);
        if (!Arrays.equals(body.content(), algorithm)) {
            throw Der.malformed("two signature algorithms");
        }
        body.read(Der.SEQUENCE); // issuer, may be empty
        Der validity = body.read(Der.SEQUENCE);
        Instant notBefore = time(validity);
        Instant notAfter = time(validity);
        validity.finish();
        if (now.isBefore(notBefore) || now.isAfter(notAfter)) {
            throw Der.malformed("it is valid from %s to %s".formatted(notBefore, notAfter));
        }
        body.read(Der.SEQUENCE); // subject
        body.read(Der.SEQUENCE);
        byte[] keyInfo = body.element();
        for (int unique = 0x81; unique <= 0x82; unique++) {
            if (body.peek() == unique) {
                body.read(unique);
            }
        }
        Der extensions = body.read(EXTENSIONS);
        body.finish();
        byte[] extension = extension(extensions.read(Der.SEQUENCE));
        extensions.finish();

        if (!verifies(keyInfo, algorithm, signedBytes, signature)) {
            throw Der.malformed("it is not signed by its own key");
        }
        return new TlsCertificate(identity(extension, keyInfo), notBefore, notAfter);
    }

    /// The value of the libp2p extension, which must be there once.
    private static byte[] extension(Der extensions) throws ViolationException {
        byte @Nullable [] found = null;
        while (extensions.hasMore()) {
            Der one = extensions.read(Der.SEQUENCE);
            one.read(Der.OID);
            byte[] oid = one.content();
            boolean critical = false;
            if (one.peek() == Der.BOOLEAN) {
                one.read(Der.BOOLEAN);
                byte[] value = one.content();
                if (value.length != 1 || value[0] != (byte) 0xff) {
                    throw Der.malformed("a boolean that is not the one DER has");
                }
                critical = true;
            }
            one.read(Der.OCTET_STRING);
            byte[] value = one.content();
            one.finish();
            if (Arrays.equals(oid, EXTENSION_OID)) {
                if (found != null) {
                    throw Der.malformed("two libp2p extensions");
                }
                found = value;
            } else if (critical) {
                throw Der.malformed("an unknown critical extension");
            }
        }
        if (found == null) {
            throw Der.malformed("no libp2p extension");
        }
        return found;
    }

    private static PublicKey identity(byte[] extension, byte[] keyInfo) throws ViolationException {
        Der outer = Der.of(extension);
        Der pair = outer.read(Der.SEQUENCE);
        outer.finish();
        pair.read(Der.OCTET_STRING);
        byte[] protobuf = pair.content();
        pair.read(Der.OCTET_STRING);
        byte[] signature = pair.content();
        pair.finish();
        PublicKey key;
        try {
            key = PublicKey.fromProtobuf(protobuf);
        } catch (MalformedException e) {
            throw Der.malformed("identity key: " + e.getMessage());
        }
        if (signature.length > PublicKey.SIGNATURE_BYTES_MAX
                || !key.verify(signed(keyInfo), signature)) {
            throw Der.malformed("the identity signature is wrong");
        }
        return key;
    }

    /// The bytes an identity signs for a certificate key.
    static byte[] signed(byte[] keyInfo) {
        byte[] message = Arrays.copyOf(SIGNATURE_PREFIX, SIGNATURE_PREFIX.length + keyInfo.length);
        System.arraycopy(keyInfo, 0, message, SIGNATURE_PREFIX.length, keyInfo.length);
        return message;
    }

    private static boolean verifies(
            byte[] keyInfo, byte[] algorithm, byte[] signedBytes, byte[] signature)
            throws ViolationException {
        Der used = Der.of(algorithm);
        used.read(Der.OID);
        byte[] oid = used.content();
        for (Algorithm accepted : ALGORITHMS) {
            if (Arrays.equals(accepted.oid, oid)) {
                checkParameters(used.rest(), accepted.key.equals("RSA"));
                checkKey(keyInfo, accepted.key);
                return verifies(accepted, keyInfo, signedBytes, signature);
            }
        }
        throw Der.malformed("its signature algorithm is not accepted");
    }

    private static void checkParameters(byte[] parameters, boolean rsa) throws ViolationException {
        boolean asDue = rsa ? Arrays.equals(parameters, new byte[] {5, 0}) : parameters.length == 0;
        if (!asDue) {
            throw Der.malformed("parameters of its signature algorithm");
        }
    }

    /// Only named curves and RSA moduli in bounds, before there is any arithmetic.
    private static void checkKey(byte[] keyInfo, String kind) throws ViolationException {
        Der info = Der.of(keyInfo).read(Der.SEQUENCE);
        Der algorithm = info.read(Der.SEQUENCE);
        algorithm.read(Der.OID);
        byte[] oid = algorithm.content();
        byte[] rest = algorithm.rest();
        boolean known =
                switch (kind) {
                    case "EC" ->
                            Arrays.equals(oid, EC_KEY_OID)
                                    && (Arrays.equals(rest, Der.element(Der.OID, P256_OID))
                                            || Arrays.equals(rest, Der.element(Der.OID, P384_OID)));
                    case "RSA" -> Arrays.equals(oid, RSA_KEY_OID) && rsa(keyInfo);
                    default -> Arrays.equals(oid, ED25519_OID) && rest.length == 0;
                };
        if (!known) {
            throw Der.malformed("a key that is not accepted");
        }
    }

    private static boolean rsa(byte[] keyInfo) throws ViolationException {
        try {
            var _ =
                    PublicKey.fromProtobuf(
                            new ProtoWriter()
                                    .varint(1, KeyType.RSA.number())
                                    .bytes(2, keyInfo)
                                    .toByteArray());
            return true;
        } catch (MalformedException e) {
            throw new ViolationException(
                    Limit.L17_CERTIFICATE_SIZE, "certificate: " + e.getMessage());
        }
    }

    private static boolean verifies(
            Algorithm accepted, byte[] keyInfo, byte[] signedBytes, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance(accepted.name);
            verifier.initVerify(
                    KeyFactory.getInstance(accepted.key)
                            .generatePublic(new X509EncodedKeySpec(keyInfo)));
            verifier.update(signedBytes);
            return verifier.verify(signature);
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            return false;
        }
    }

    private static byte[] bits(byte[] content) throws ViolationException {
        if (content.length == 0 || content[0] != 0) {
            throw Der.malformed("a signature of no whole bytes");
        }
        return Arrays.copyOfRange(content, 1, content.length);
    }

    private static Instant time(Der validity) throws ViolationException {
        boolean generalized = validity.peek() == Der.GENERALIZED_TIME;
        validity.read(generalized ? Der.GENERALIZED_TIME : Der.UTC_TIME);
        String text = new String(validity.content(), StandardCharsets.US_ASCII);
        if (!text.matches(generalized ? "[0-9]{14}Z" : "[0-9]{12}Z")) {
            throw Der.malformed("a time that is none");
        }
        String digits = generalized ? text : (text.charAt(0) < '5' ? "20" : "19") + text;
        try {
            return LocalDateTime.of(
                            number(digits, 0, 4),
                            number(digits, 4, 6),
                            number(digits, 6, 8),
                            number(digits, 8, 10),
                            number(digits, 10, 12),
                            number(digits, 12, 14))
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException _) {
            throw Der.malformed("a time that is none");
        }
    }

    private static int number(String digits, int from, int to) {
        return Integer.parseInt(digits, from, to, 10);
    }
}
