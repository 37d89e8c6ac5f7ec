package org.pollen.libp2p;

import io.netty.buffer.ByteBuf;

/// An established Noise session: frames in both directions. Used on the connection's loop only.
///
/// A frame is decrypted as a whole, in the heap array it was read into, which then belongs to
/// whoever gets the plaintext. Once nobody kept the last few, arrays are lent: each loop has some
/// that its connections read into again and again. Frames out are sealed in place.
final class NoiseTransport implements RecordLayer {
    /// Most plaintext of one frame.
    static final int PLAINTEXT_BYTES_MAX = 65535 - NoiseCipher.TAG_BYTES;

    /// Where plaintext starts in an array given to [#seal].
    static final int HEADER_BYTES = 2;

    private static final int EMPTY_FRAMES_MAX = 1000;
    private static final byte[] NONE = {};

    /// Frames in a row that nobody kept, before arrays are lent.
    private static final int UNKEPT_MIN = 8;

    private final NoiseCipher send;
    private final NoiseCipher receive;
    private int length = -1; // of the frame that is arriving
    private int firstLengthByte = -1;
    private byte[] frame = NONE;
    private boolean lent; // the frame's array is one of the loop
    private int unkept;
    private int filled;
    private int emptyFrames;

    NoiseTransport(byte[] sendKey, byte[] receiveKey) {
        this.send = NoiseCipher.of(sendKey);
        this.receive = NoiseCipher.of(receiveKey);
    }

    @Override
    public String security() {
        return "noise";
    }

    @Override
    public int headerBytes() {
        return HEADER_BYTES;
    }

    @Override
    public int trailerBytes() {
        return NoiseCipher.TAG_BYTES;
    }

    @Override
    public int plaintextBytesMax() {
        return PLAINTEXT_BYTES_MAX;
    }

    @Override
    public int seal(byte[] record, int len) {
        int sealed = send.seal(NONE, record, HEADER_BYTES, len);
        record[0] = (byte) (sealed >> 8);
        record[1] = (byte) sealed;
        return HEADER_BYTES + sealed;
    }

    @Override
    public void seal(byte[] record, int len, ByteBuf out) {
        int sealed = len + NoiseCipher.TAG_BYTES;
        out.writeShort(sealed);
        send.seal(record, HEADER_BYTES, len, out);
    }

    @Override
    public void receive(ByteBuf in, Sink sink) throws ViolationException {
        while (in.isReadable()) {
            if (length < 0 && !header(in)) {
                return;
            }
            int n = Math.min(length - filled, in.readableBytes());
            in.readBytes(frame, filled, n);
            filled += n;
            if (filled < length) {
                return;
            }
            byte[] complete = frame;
            int sealed = length;
            frame = NONE;
            length = -1;
            int plain = receive.open(NONE, complete, 0, sealed);
            if (plain > 0) {
                emptyFrames = 0;
                give(complete, plain, sink);
                continue;
            }
            if (lent) {
                LentArrays.giveBack(complete);
            }
            if (++emptyFrames >= EMPTY_FRAMES_MAX) {
                throw new ViolationException(Limit.L14_EMPTY_FRAMES, "only empty frames");
            }
        }
    }

    private void give(byte[] array, int len, Sink sink) throws ViolationException {
        boolean ofTheLoop = lent;
        sink.lend(ofTheLoop);
        sink.plaintext(array, 0, len);
        if (sink.kept()) {
            unkept = 0;
            return;
        }
        unkept = sink.copied() ? 0 : Math.min(unkept + 1, UNKEPT_MIN);
        if (ofTheLoop) {
            LentArrays.giveBack(array);
        }
    }

    private boolean header(ByteBuf in) throws ViolationException {
        if (firstLengthByte < 0) {
            firstLengthByte = in.readUnsignedByte();
            if (!in.isReadable()) {
                return false;
            }
        }
        int announced = (firstLengthByte << 8) | in.readUnsignedByte();
        firstLengthByte = -1;
        if (announced < NoiseCipher.TAG_BYTES) {
            throw new ViolationException(Limit.L13_SHORT_FRAME, "frame is shorter than a tag");
        }
        length = announced;
        lent = unkept >= UNKEPT_MIN;
        frame = lent ? LentArrays.take() : new byte[announced];
        filled = 0;
        return true;
    }
}
