package org.pollen.libp2p;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;

/// Arrays for a frame each, the same ones again and again: a few for each loop.
final class LentArrays {
    /// Any frame fits.
    static final int BYTES = 65535;

    private static final int ARRAYS_MAX = 8;

    private static final FastThreadLocal<ArrayDeque<byte[]>> SPARE =
            new FastThreadLocal<>() {
                @Override
                protected ArrayDeque<byte[]> initialValue() {
                    return new ArrayDeque<>(ARRAYS_MAX);
                }
            };

    private LentArrays() {}

    static byte[] take() {
        byte[] spare = SPARE.get().pollLast();
        return spare != null ? spare : new byte[BYTES];
    }

    static void giveBack(byte[] array) {
        ArrayDeque<byte[]> spare = SPARE.get();
        if (spare.size() < ARRAYS_MAX) {
            spare.addLast(array);
        }
    }
}
