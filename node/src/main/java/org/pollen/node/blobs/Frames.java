package org.pollen.node.blobs;

import java.util.Arrays;
import org.pollen.peer.MalformedException;

/// Takes messages with their length before them out of a stream's bytes. Belongs to an event loop.
///
/// A message that was only announced costs nothing: room grows with what arrives.
final class Frames {
    /// Takes a whole message.
    @FunctionalInterface
    interface Sink {
        /// Takes one.
        ///
        /// @throws MalformedException if it is none
        void frame(byte[] message) throws MalformedException;
    }

    private static final int FIRST = 1024;
    private static final int LENGTH_BYTES = 4;

    private final int most;
    private final Sink sink;
    private byte[] body = new byte[0];
    private int have;
    private int length = -1; // of the message under way; -1 while its length is read
    private int prefix;
    private int prefixBytes;

    /// @param most bytes of a message
    Frames(int most, Sink sink) {
        this.most = most;
        this.sink = sink;
    }

    /// Takes bytes.
    ///
    /// @throws MalformedException if a message is too long, or the sink refuses it
    void add(byte[] bytes, int off, int len) throws MalformedException {
        int at = off;
        int end = off + len;
        while (at < end) {
            if (length < 0) {
                prefix(bytes[at++]);
                continue;
            }
            int take = Math.min(length - have, end - at);
            if (have + take > body.length) {
                int wanted = Math.max(have + take, Math.max(FIRST, 2 * body.length));
                body = Arrays.copyOf(body, Math.min(length, wanted));
            }
            System.arraycopy(bytes, at, body, have, take);
            have += take;
            at += take;
            if (have == length) end();
        }
    }

    private void prefix(byte next) throws MalformedException {
        if (++prefixBytes > LENGTH_BYTES) throw new MalformedException("length too long");
        prefix |= (next & 0x7f) << (7 * (prefixBytes - 1));
        if (next < 0) return;
        if (prefix < 1 || prefix > most) {
            throw new MalformedException("a message of " + prefix + " bytes, limit " + most);
        }
        length = prefix;
    }

    private void end() throws MalformedException {
        byte[] message = body.length == length ? body : Arrays.copyOf(body, length);
        body = new byte[0];
        have = 0;
        length = -1;
        prefix = 0;
        prefixBytes = 0;
        sink.frame(message);
    }

    /// Whether nothing of a message has arrived that has not ended.
    boolean between() {
        return length < 0 && prefixBytes == 0;
    }
}
