package org.pollen.router;

import java.util.random.RandomGenerator;

/// Choices read from bytes, so that a fuzzer that changes a byte changes one decision of a run. All
/// choices are zero once the bytes are used up.
final class BytesAsChoices implements RandomGenerator {
    private final byte[] bytes;
    private int at;

    BytesAsChoices(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean isEmpty() {
        return at >= bytes.length;
    }

    private int next() {
        return at < bytes.length ? bytes[at++] & 0xff : 0;
    }

    @Override
    public long nextLong() {
        long value = 0;
        for (int i = 0; i < 8; i++) value = value << 8 | next();
        return value;
    }

    @Override
    public int nextInt(int bound) {
        int value = bound <= 256 ? next() : next() << 8 | next();
        return value % bound;
    }

    @Override
    public boolean nextBoolean() {
        return (next() & 1) != 0;
    }

    @Override
    public void nextBytes(byte[] out) {
        for (int i = 0; i < out.length; i++) out[i] = (byte) next();
    }
}
