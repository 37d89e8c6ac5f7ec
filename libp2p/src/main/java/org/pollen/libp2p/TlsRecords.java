package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;

/// Bytes as Netty's TLS handler takes and gives them. One write is one TLS record.
final class TlsRecords implements RecordLayer {
    private static final int RECORD_BYTES_MAX = 16 << 10;

    @Override
    public String security() {
        return "tls";
    }

    @Override
    public int headerBytes() {
        return 0;
    }

    @Override
    public int trailerBytes() {
        return 0;
    }

    @Override
    public int plaintextBytesMax() {
        return RECORD_BYTES_MAX;
    }

    @Override
    public int seal(byte[] record, int len) {
        return len;
    }

    @Override
    public void receive(ByteBuf in, Sink sink) throws ViolationException {
        int n = in.readableBytes();
        if (n > 0) {
            byte[] bytes = new byte[n];
            in.readBytes(bytes);
            sink.plaintext(bytes, 0, n);
        }
    }
}
