package org.pollen.mempool;

import fr.acinq.secp256k1.Secp256k1;
import fr.acinq.secp256k1.Secp256k1Exception;
import org.jspecify.annotations.Nullable;

/// libsecp256k1 through its JNI binding.
final class NativeRecovery implements SenderRecovery {
    private final Secp256k1 library;

    private NativeRecovery(Secp256k1 library) {
        this.library = library;
    }

    /// The library, or null where there is none for this machine.
    static @Nullable NativeRecovery load() {
        try {
            return new NativeRecovery(Secp256k1.get());
        } catch (IllegalStateException | LinkageError _) {
            return null; // no native code for this platform: Java does it
        }
    }

    @Override
    public byte @Nullable [] recoverKey(byte[] hash, byte[] signature, int parity) {
        try {
            return library.ecdsaRecover(signature, hash, parity);
        } catch (Secp256k1Exception | IllegalArgumentException _) {
            return null; // the binding throws where no key fits
        }
    }

    @Override
    public String name() {
        return "native";
    }
}
