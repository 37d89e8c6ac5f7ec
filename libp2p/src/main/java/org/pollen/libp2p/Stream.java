package org.pollen.libp2p;

/// A stream of bytes both ways that has agreed on a protocol (or is a lazy one that expects to).
///
/// Methods may be called from any thread. Calls from one thread keep their order.
public interface Stream {

    /// Unique within its connection.
    long id();

    Connection connection();

    String protocol();

    /// Whether we opened it.
    boolean outbound();

    /// Queues bytes; they leave together with everything else of this turn of the event loop.
    /// Ignored after the stream closed. A writer that goes on although [#writable()] is false for
    /// more than the hard limit of the queue ([HostLimits#streamQueueBytes()]) loses the stream.
    ///
    /// @param b must not change afterwards
    void write(byte[] b, int off, int len);

    /// Queues several parts at once, as if written one after the other: cheaper from other threads
    /// than a call for each.
    ///
    /// @param arrays, offsets, lengths the parts; neither they nor the bytes may change afterwards
    /// @param count how many of them
    default void write(byte[][] arrays, int[] offsets, int[] lengths, int count) {
        for (int i = 0; i < count; i++) {
            write(arrays[i], offsets[i], lengths[i]);
        }
    }

    /// Whether the queue is short enough for more. After a false answer [StreamHandler#writable]
    /// tells when it is again.
    boolean writable();

    /// Bytes accepted by [#write] that have not been given to the socket.
    long pendingBytes();

    /// Ends our direction after what is queued.
    void closeWrite();

    /// Ends both directions now and forgets what is queued. The handler hears `closed`.
    ///
    /// @param code of [ErrorCodes], shown to the peer where the muxer can
    void reset(long code);

    /// No more `data` callbacks until [#resumeReading()]: the peer may send what its window still
    /// allows, which waits here. Call it from the handler for an exact effect.
    void pauseReading();

    void resumeReading();
}
