package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;

/// What secures the bytes of a connection, on its loop only: Noise frames, or plain bytes where
/// Netty's TLS handler sits between us and the socket.
interface RecordLayer {

    /// Gets decrypted bytes. The array is never written again, unless it is lent and not kept.
    interface Sink {
        void plaintext(byte[] array, int off, int len) throws ViolationException;

        /// Whether the array that comes next is lent: after the call it is used again if nobody
        /// keeps it.
        default void lend(boolean lent) {}

        /// Whether somebody keeps the array that came last.
        default boolean kept() {
            return true;
        }

        /// Whether somebody keeps what was in it, in a copy: lending arrays saves nothing.
        default boolean copied() {
            return false;
        }
    }

    /// `noise` or `tls`.
    String security();

    /// Where plaintext starts in an array given to [#seal].
    int headerBytes();

    /// Room that [#seal] needs behind the plaintext.
    int trailerBytes();

    /// Most plaintext of one record.
    int plaintextBytesMax();

    /// Seals the plaintext at `record[headerBytes, headerBytes + len)`.
    ///
    /// @return bytes of the whole frame, from index 0
    int seal(byte[] record, int len);

    /// As [#seal], with the frame written to `out`; what is in `record` afterwards is undefined.
    default void seal(byte[] record, int len, ByteBuf out) {
        int bytes = seal(record, len);
        out.writeBytes(record, 0, bytes);
    }

    /// Takes all bytes of `in` and gives the plaintext that is complete to the sink.
    void receive(ByteBuf in, Sink sink) throws ViolationException;
}
