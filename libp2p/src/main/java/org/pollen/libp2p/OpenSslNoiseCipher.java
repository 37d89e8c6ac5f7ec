package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;

/// The cipher of the system's OpenSSL. Keeps nothing outside the heap: the contexts are those of
/// the threads, keyed anew for each record.
final class OpenSslNoiseCipher extends NoiseCipher {
    private final LibCrypto library;
    private final MemorySegment key;
    private final MemorySegment number = MemorySegment.ofArray(nonce);

    OpenSslNoiseCipher(LibCrypto library, byte[] key) {
        this.library = library;
        this.key = MemorySegment.ofArray(key.clone());
    }

    @Override
    int seal(byte[] associated, byte[] array, int off, int len) {
        count();
        library.seal(key, number, associated, array, off, len);
        return len + TAG_BYTES;
    }

    @Override
    void seal(byte[] array, int off, int len, ByteBuf out) {
        int at = out.writerIndex();
        out.ensureWritable(len + TAG_BYTES);
        if (!out.hasMemoryAddress()) {
            super.seal(array, off, len, out);
            return;
        }
        count();
        library.seal(key, number, array, off, len, out.memoryAddress() + at);
        out.writerIndex(at + len + TAG_BYTES);
    }

    @Override
    int open(byte[] associated, byte[] array, int off, int len) throws ViolationException {
        checkLength(len);
        count();
        int plain = len - TAG_BYTES;
        if (!library.open(key, number, associated, array, off, plain)) {
            throw wrongTag();
        }
        return plain;
    }
}
