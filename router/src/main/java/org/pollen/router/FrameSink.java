package org.pollen.router;

/// Takes the parts of one outgoing RPC.
public interface FrameSink {
    /// A frame begins: its body will have so many bytes. Whoever writes to a stream puts the length
    /// before it, as a varint.
    void begin(int bodyLength);

    /// The next part of the body. The array does not change any more and may be kept.
    void slice(byte[] array, int offset, int length);
}
