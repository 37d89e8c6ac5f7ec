package org.pollen.libp2p;

import java.util.Arrays;

/// Cuts `uvarint(length) message` out of the bytes of a control stream. Memory grows with what
/// arrived, not with what was announced.
final class MessageReader {
    /// Gets each complete message.
    interface Sink {
        void message(byte[] array, int off, int len) throws ViolationException;
    }

    private static final int PREFIX_BYTES_MAX = 9;

    private final int max;
    private final Limit limit;
    private final Sink sink;
    private long prefix;
    private int prefixBytes;
    private int length = -1;
    private byte[] message = {};
    private int filled;

    /// @param max bytes of a message; more is refused before anything is allocated
    MessageReader(int max, Limit limit, Sink sink) {
        this.max = max;
        this.limit = limit;
        this.sink = sink;
    }

    void accept(byte[] array, int off, int len) throws ViolationException {
        int at = off;
        int end = off + len;
        while (at < end) {
            at += acceptOne(array, at, end - at);
        }
    }

    /// Reads to the end of a message and no further: what follows may be no message.
    ///
    /// @return how many bytes were taken, all of them if no message was completed
    int acceptOne(byte[] array, int off, int len) throws ViolationException {
        int at = off;
        int end = off + len;
        while (at < end || length == 0) {
            if (length < 0) {
                prefixByte(array[at++]);
                continue;
            }
            int n = Math.min(length - filled, end - at);
            if (filled + n > message.length) {
                message =
                        Arrays.copyOf(
                                message,
                                Math.min(length, Math.max(2 * message.length, filled + n)));
            }
            System.arraycopy(array, at, message, filled, n);
            at += n;
            filled += n;
            if (filled == length) {
                byte[] complete = message;
                int size = length;
                message = new byte[0];
                filled = 0;
                length = -1;
                prefix = 0;
                prefixBytes = 0;
                sink.message(complete, 0, size);
                return at - off;
            }
        }
        return len;
    }

    /// Whether a message has begun and is not complete.
    boolean inMessage() {
        return length >= 0 || prefixBytes > 0;
    }

    private void prefixByte(byte b) throws ViolationException {
        if (prefixBytes == PREFIX_BYTES_MAX || (prefixBytes > 0 && b == 0)) {
            throw new ViolationException(limit, "length prefix is no minimal varint");
        }
        prefix |= (b & 0x7fL) << (7 * prefixBytes++);
        if (b >= 0) {
            if (prefix > max) {
                throw new ViolationException(
                        limit,
                        "message of %d bytes: at most %d are allowed".formatted(prefix, max));
            }
            length = (int) prefix;
        }
    }
}
