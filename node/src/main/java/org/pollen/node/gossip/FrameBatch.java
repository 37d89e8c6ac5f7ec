package org.pollen.node.gossip;

import java.util.Arrays;
import org.pollen.libp2p.Stream;
import org.pollen.router.FrameSink;
import org.pollen.router.OutboundRpc;

/// Writes RPCs to a stream as length-prefixed frames: small ones gathered into one array, long
/// bodies as the slices they are.
final class FrameBatch implements FrameSink {
    private final Stream stream;
    private final int batchBytes;
    private final int copyBytesMax;
    private byte[] batch = new byte[1024];
    private int size;

    FrameBatch(Stream stream, int batchBytes, int copyBytesMax) {
        this.stream = stream;
        this.batchBytes = batchBytes;
        this.copyBytesMax = copyBytesMax;
    }

    void add(OutboundRpc rpc) {
        rpc.writeTo(this);
        if (size >= batchBytes) flush();
    }

    void flush() {
        if (size == 0) return;
        stream.write(batch, 0, size);
        batch = new byte[Math.min(Math.max(1024, size), batchBytes + copyBytesMax)];
        size = 0;
    }

    @Override
    public void begin(int bodyLength) {
        reserve(5);
        int rest = bodyLength;
        while (rest > 0x7f) {
            batch[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        batch[size++] = (byte) rest;
    }

    @Override
    public void slice(byte[] array, int offset, int length) {
        if (length > copyBytesMax) {
            flush();
            stream.write(array, offset, length);
            return;
        }
        reserve(length);
        System.arraycopy(array, offset, batch, size, length);
        size += length;
    }

    private void reserve(int more) {
        if (size + more > batch.length) {
            batch = Arrays.copyOf(batch, Math.max(size + more, 2 * batch.length));
        }
    }
}
