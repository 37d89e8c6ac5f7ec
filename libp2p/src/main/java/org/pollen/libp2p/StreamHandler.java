package org.pollen.libp2p;

import org.jspecify.annotations.Nullable;

/// What a protocol does with one stream. All calls come from the connection's event loop, one after
/// the other, and must not block. An exception resets this stream and nothing else.
public interface StreamHandler {

    /// Bytes arrived. Returning means they were consumed: the peer gets credit for as many.
    ///
    /// @param array owned by the garbage collector and never written again: slices may be kept, but
    ///   a small slice keeps up to 64 KiB alive; unless [#keepsData()] is false
    void data(Stream stream, byte[] array, int off, int len);

    /// Whether slices given to [#data] are used after it returns; always the same answer. A handler
    /// that says no lets the host use the array again, and nothing is allocated for what it reads.
    default boolean keepsData() {
        return true;
    }

    /// The queue has room again after [Stream#writable()] answered false.
    default void writable(Stream stream) {}

    /// The peer will send no more. We may still write.
    default void readClosed(Stream stream) {}

    /// The stream is gone; nothing follows.
    ///
    /// @param cause null after both sides closed in order, else [StreamResetException],
    ///   [UnsupportedProtocolException] or [ConnectionClosedException]
    default void closed(Stream stream, @Nullable Throwable cause) {}
}
