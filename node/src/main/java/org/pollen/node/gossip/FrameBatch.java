package org.pollen.node.gossip;

import java.util.Arrays;
import org.pollen.libp2p.Stream;
import org.pollen.router.FrameSink;
import org.pollen.router.OutboundRpc;

/// Writes RPCs to one stream as length-prefixed frames, many to a write.
///
/// Long parts go out as the slices they are: a message is forwarded as it came, without a copy.
/// Short ones are gathered in chunks, so that a waiting prefix or id does not hold the whole record
/// it arrived in. Owned by the router's loop.
final class FrameBatch implements FrameSink {
    private static final int CHUNK = 2 << 10;
    private static final int PARTS = 16;

    private final Stream stream;
    private final int batchBytes;
    private final int copyBytesMax;
    private byte[] chunk = new byte[0];
    private int filled; // what was handed over of the chunk is never written again
    private byte[][] arrays = new byte[PARTS][];
    private int[] offsets = new int[PARTS];
    private int[] lengths = new int[PARTS];
    private int parts;
    private int bytes;

    /// @param batchBytes a write is not put off beyond so many bytes
    /// @param copyBytesMax longest part that is copied
    FrameBatch(Stream stream, int batchBytes, int copyBytesMax) {
        this.stream = stream;
        this.batchBytes = batchBytes;
        this.copyBytesMax = copyBytesMax;
    }

    /// Whether it is this stream's.
    boolean writes(Stream other) {
        return stream.equals(other);
    }

    void add(OutboundRpc rpc) {
        rpc.writeTo(this);
        if (bytes >= batchBytes) flush();
    }

    void flush() {
        if (parts == 0) return;
        int expected = parts;
        stream.write(arrays, offsets, lengths, parts);
        arrays = new byte[expected][];
        offsets = new int[expected];
        lengths = new int[expected];
        parts = 0;
        bytes = 0;
    }

    @Override
    public void begin(int bodyLength) {
        int from = reserve(5);
        int rest = bodyLength;
        while (rest > 0x7f) {
            chunk[filled++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        chunk[filled++] = (byte) rest;
        part(chunk, from, filled - from);
    }

    @Override
    public void slice(byte[] array, int offset, int length) {
        if (length == 0) return;
        if (length > copyBytesMax) {
            part(array, offset, length);
            return;
        }
        int from = reserve(length);
        System.arraycopy(array, offset, chunk, from, length);
        filled += length;
        part(chunk, from, length);
    }

    /// Where so many bytes of a chunk begin.
    private int reserve(int length) {
        if (filled + length > chunk.length) {
            chunk = new byte[Math.max(CHUNK, length)];
            filled = 0;
        }
        return filled;
    }

    private void part(byte[] array, int offset, int length) {
        bytes += length;
        int last = parts - 1;
        if (last >= 0 && arrays[last] == array && offsets[last] + lengths[last] == offset) {
            lengths[last] += length;
            return;
        }
        if (parts == arrays.length) {
            int more = Math.max(PARTS, 2 * parts);
            arrays = Arrays.copyOf(arrays, more);
            offsets = Arrays.copyOf(offsets, more);
            lengths = Arrays.copyOf(lengths, more);
        }
        arrays[parts] = array;
        offsets[parts] = offset;
        lengths[parts++] = length;
    }
}
