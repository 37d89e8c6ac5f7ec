package org.pollen.router;

import java.util.Arrays;
import org.pollen.peer.MalformedException;

/// Cuts the bytes of one inbound stream into frames: an unsigned varint length, then so many bytes.
///
/// A frame that lies within one received slice is handed on as a view of it; one that spans several
/// is collected in an array of its own that grows with what arrives, not with what is announced.
/// Empty frames are skipped. One for each stream, used by its thread only.
///
/// Source: router specification 2.1.
public final class RpcFramer {
    private static final int FIRST_BYTES = 4096;
    private static final byte[] NONE = {};

    /// Takes frames.
    @FunctionalInterface
    public interface FrameHandler {
        /// The body of a frame.
        ///
        /// @param array not changed any more by whoever feeds the framer
        void frame(byte[] array, int offset, int length) throws MalformedException;
    }

    private final int frameBytesMax;
    private long announced; // length of the frame that is collected, or the part of it read so far
    private int prefixBytes; // bytes of the length read so far
    private boolean inBody;
    private byte[] body = NONE;
    private int collected;

    /// A framer at the start of a stream.
    ///
    /// @param frameBytesMax longest frame accepted
    public RpcFramer(int frameBytesMax) {
        this.frameBytesMax = frameBytesMax;
    }

    /// Takes the next bytes of the stream.
    ///
    /// @param array frames may refer to it: must not change any more
    /// @throws MalformedException if a length is too large or no varint, or the handler throws it:
    ///   the stream is of no more use and is to be reset
    public void feed(byte[] array, int offset, int length, FrameHandler handler)
            throws MalformedException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            if (!inBody) {
                at = prefix(array, at, end);
                if (!inBody) continue;
            }
            int missing = (int) announced - collected;
            int here = Math.min(missing, end - at);
            if (collected == 0 && here == missing) {
                next();
                handler.frame(array, at, here);
            } else {
                collect(array, at, here);
                if (here == missing) {
                    byte[] frame = body;
                    int size = collected;
                    next();
                    handler.frame(frame, 0, size);
                }
            }
            at += here;
        }
    }

    /// Whether the stream stands between two frames: it may end here.
    public boolean atBoundary() {
        return !inBody && prefixBytes == 0;
    }

    /// Reads the length, or as much of it as there is.
    private int prefix(byte[] array, int offset, int end) throws MalformedException {
        int at = offset;
        while (at < end) {
            byte b = array[at++];
            announced |= (b & 0x7fL) << (7 * prefixBytes++);
            if (b < 0) {
                if (prefixBytes == 5) throw new MalformedException("frame: length of over 5 bytes");
                continue;
            }
            if (b == 0 && prefixBytes > 1) throw new MalformedException("frame: padded length");
            if (announced > frameBytesMax) {
                throw new MalformedException(
                        "frame of "
                                + announced
                                + " bytes: at most "
                                + frameBytesMax
                                + " are allowed");
            }
            if (announced == 0) next();
            else inBody = true;
            return at;
        }
        return at;
    }

    private void collect(byte[] array, int offset, int length) {
        int needed = collected + length;
        if (needed > body.length) {
            int grown = Math.max(Math.max(needed, FIRST_BYTES), 2 * body.length);
            body = Arrays.copyOf(body, (int) Math.min(grown, announced));
        }
        System.arraycopy(array, offset, body, collected, length);
        collected = needed;
    }

    private void next() {
        announced = 0;
        prefixBytes = 0;
        inBody = false;
        body = NONE;
        collected = 0;
    }
}
