package org.pollen.mempool.kzg;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/// The points that the ceremony made, from this jar.
@SuppressWarnings("ArrayRecordComponent") // never compared
record TrustedSetup(byte[] g1Monomial, byte[] g1Lagrange, byte[] g2Monomial) {
    private static final String FILE = "trusted-setup.bin";
    private static final String SHA_256 =
            "753bd011b238fb9b63a35b9b526f7830057ced42b9a9c87368a67105bd8f0566";
    private static final int G1_BYTES = 4096 * 48;
    private static final int G2_BYTES = 65 * 96;

    static TrustedSetup load() {
        try (InputStream in = TrustedSetup.class.getResourceAsStream(FILE)) {
            return parse(Objects.requireNonNull(in, FILE).readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static TrustedSetup parse(byte[] all) {
        if (!sha256(all).equals(SHA_256)) {
            throw new IllegalStateException(FILE + " is not the setup of the ceremony");
        }
        return new TrustedSetup(
                Arrays.copyOfRange(all, 0, G1_BYTES),
                Arrays.copyOfRange(all, G1_BYTES, 2 * G1_BYTES),
                Arrays.copyOfRange(all, 2 * G1_BYTES, 2 * G1_BYTES + G2_BYTES));
    }

    private static String sha256(byte[] all) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
