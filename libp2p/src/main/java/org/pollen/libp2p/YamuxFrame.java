package org.pollen.libp2p;

/// The twelve bytes before everything in Yamux: version 0, type, flags (16 bits), stream id (32),
/// length (32), all big endian. Only Data is followed by a body of `length` bytes.
///
/// Source: the Yamux specification.
final class YamuxFrame {
    static final int HEADER_BYTES = 12;

    static final int DATA = 0;
    static final int WINDOW_UPDATE = 1;
    static final int PING = 2;
    static final int GO_AWAY = 3;

    static final int SYN = 1;
    static final int ACK = 2;
    static final int FIN = 4;
    static final int RST = 8;

    private YamuxFrame() {}

    /// Writes a header.
    ///
    /// @return the offset behind it
    static int write(byte[] out, int off, int type, int flags, long id, long length) {
        out[off] = 0;
        out[off + 1] = (byte) type;
        out[off + 2] = (byte) (flags >> 8);
        out[off + 3] = (byte) flags;
        writeInt(out, off + 4, id);
        writeInt(out, off + 8, length);
        return off + HEADER_BYTES;
    }

    static int flags(byte[] header) {
        return ((header[2] & 0xff) << 8) | (header[3] & 0xff);
    }

    static long id(byte[] header) {
        return readInt(header, 4);
    }

    static long length(byte[] header) {
        return readInt(header, 8);
    }

    private static void writeInt(byte[] out, int off, long value) {
        out[off] = (byte) (value >> 24);
        out[off + 1] = (byte) (value >> 16);
        out[off + 2] = (byte) (value >> 8);
        out[off + 3] = (byte) value;
    }

    private static long readInt(byte[] in, int off) {
        return ((in[off] & 0xffL) << 24)
                | ((in[off + 1] & 0xffL) << 16)
                | ((in[off + 2] & 0xffL) << 8)
                | (in[off + 3] & 0xffL);
    }
}
