package org.pollen.mempool;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The implementations of [SenderRecovery] and the choice between them.
final class Recoveries {
    static final SenderRecovery JAVA = new JavaRecovery();
    static final SenderRecovery BEST = choose();

    private Recoveries() {}

    private static SenderRecovery choose() {
        SenderRecovery found = NativeRecovery.load();
        return found != null && agrees(found) ? found : JAVA;
    }

    /// Whether an implementation answers what the one in Java answers, for a signature and for one
    /// that nobody can have made.
    private static boolean agrees(SenderRecovery candidate) {
        byte[] hash = Keccak256.hash(new byte[] {1});
        byte[] signature =
                HexFormat.of()
                        .parseHex(
                                "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                                        + "0000000000000000000000000000000000000000000000000000000000000001");
        byte[] none = new byte[64];
        none[31] = 5; // x = 5 is on no point of the curve
        none[63] = 1;
        return same(candidate, hash, signature, 0)
                && same(candidate, hash, signature, 1)
                && same(candidate, hash, none, 0);
    }

    private static boolean same(SenderRecovery a, byte[] hash, byte[] signature, int parity) {
        byte @Nullable [] ours = JAVA.recoverKey(hash, signature, parity);
        return Arrays.equals(ours, a.recoverKey(hash, signature, parity));
    }
}
