package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;

/// The cipher of the system's OpenSSL. Keeps nothing outside the heap: the contexts are those of
/// the threads, keyed anew for each record.
final class OpenSslNoiseCipher extends NoiseCipher {
    private final LibCrypto library;
    private final byte[] key;

    OpenSslNoiseCipher(LibCrypto library, byte[] key) {
        this.library = library;
        this.key = key.clone();
    }

    @Override
    int seal(byte[] associated, byte[] array, int off, int len) {
        count();
        library.seal(key, nonce, associated, array, off, len);
        return len + TAG_BYTES;
    }

    @Override
    void seal(byte[] array, int off, int len, ByteBuf out) {
        int at = out.writerIndex();
        out.ensureWritable(len + TAG_BYTES);
        if (out.nioBufferCount() != 1) {
            super.seal(array, off, len, out);
            return;
        }
        count();
        library.seal(key, nonce, array, off, len, out.internalNioBuffer(at, len + TAG_BYTES));
        out.writerIndex(at + len + TAG_BYTES);
    }

    @Override
    int open(byte[] associated, byte[] array, int off, int len) throws ViolationException {
        checkLength(len);
        count();
        int plain = len - TAG_BYTES;
        if (!library.open(key, nonce, associated, array, off, plain)) {
            throw wrongTag();
        }
        return plain;
    }
}
