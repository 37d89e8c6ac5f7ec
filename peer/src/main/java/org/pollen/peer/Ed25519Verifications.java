package org.pollen.peer;

import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/// The implementations of [Ed25519Verification] and the choice between them.
final class Ed25519Verifications {
    static final Ed25519Verification JAVA =
            (key, message, signature) ->
                    Ed25519.verify(signature, 0, key, 0, message, 0, message.length);
    static final Ed25519Verification BEST = choose();

    private Ed25519Verifications() {}

    private static Ed25519Verification choose() {
        @Nullable Ed25519Verification found = NativeEd25519.load();
        return found != null && isRight(found) ? found : JAVA;
    }

    /// Whether an implementation takes the signature of RFC 8032 7.1, test 2, and none other.
    private static boolean isRight(Ed25519Verification candidate) {
        byte[] key = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        byte[] message = {0x72};
        byte[] signature =
                hex(
                        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        boolean good = candidate.verify(key, message, signature);
        signature[40] ^= 1;
        return good && !candidate.verify(key, message, signature);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
