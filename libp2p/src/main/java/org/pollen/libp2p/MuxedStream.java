package org.pollen.libp2p;

/// One stream of a muxer, on the connection's loop. Yamux has them today; QUIC streams fit as well.
interface MuxedStream {

    /// What the owner of a stream hears. It may call the stream back at once.
    interface Receiver {
        /// Bytes, consumed when the call returns.
        void data(byte[] array, int off, int len);

        /// Whether bytes of the array may be used after [#data] returns.
        default boolean keeps() {
            return true;
        }

        /// Bytes of the write queue went into the muxer's output.
        void sent(int bytes);

        /// The peer ended its direction; all its bytes were delivered.
        void readClosed();

        /// The peer, or the end of the connection, took the stream away.
        ///
        /// @param remote whether a reset of the peer caused it
        void reset(long code, boolean remote);

        /// Both directions ended in order; nothing follows.
        void finished();
    }

    long id();

    /// Queues bytes that must not change.
    void write(byte[] array, int off, int len);

    void closeWrite();

    /// Ends the stream without a callback.
    void reset(long code);

    void pauseReading();

    void resumeReading();

    /// An application byte travelled: the stream is no empty open-and-reset.
    void markUsed();
}
