package org.pollen.router;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;

/// One published message: a view of the bytes it came in, or was encoded to, with its id.
///
/// It is also the RPC that carries it: what is forwarded is [#encodedOffset()] and
/// [#encodedLength()], the element of the RPC with its tag and length exactly as received. One
/// object is shared by the cache, the queues of all peers and the subscribers. Immutable.
public final class RpcMessage implements MessageFields, OutboundRpc {
    private final byte[] array;
    private final int encodedOffset;
    private final int encodedLength;
    private final int fromOffset;
    private final int fromLength;
    private final int dataOffset;
    private final int dataLength;
    private final int seqnoOffset;
    private final int seqnoLength;
    private final int maskOffset;
    private final int maskLength;
    private final int signatureOffset;
    private final int signatureLength;
    private final int keyOffset;
    private final int keyLength;
    private final byte[] id;
    private final long idHi;
    private final long idLo;

    /// A message whose fields are where another view has them.
    ///
    /// @param shift added to every offset of the fields, for bytes that moved to another array
    RpcMessage(
            byte[] array,
            int encodedOffset,
            int encodedLength,
            MessageFields fields,
            int shift,
            byte[] id,
            long idHi,
            long idLo) {
        this.array = array;
        this.encodedOffset = encodedOffset;
        this.encodedLength = encodedLength;
        fromOffset = shifted(fields.offset(FROM), shift);
        fromLength = fields.length(FROM);
        dataOffset = shifted(fields.offset(DATA), shift);
        dataLength = fields.length(DATA);
        seqnoOffset = shifted(fields.offset(SEQNO), shift);
        seqnoLength = fields.length(SEQNO);
        maskOffset = shifted(fields.offset(MASK), shift);
        maskLength = fields.length(MASK);
        signatureOffset = shifted(fields.offset(SIGNATURE), shift);
        signatureLength = fields.length(SIGNATURE);
        keyOffset = shifted(fields.offset(KEY), shift);
        keyLength = fields.length(KEY);
        this.id = id;
        this.idHi = idHi;
        this.idLo = idLo;
    }

    private static int shifted(int offset, int shift) {
        return offset < 0 ? -1 : offset + shift;
    }

    @Override
    public byte[] array() {
        return array;
    }

    @Override
    public int offset(int field) {
        return switch (field) {
            case FROM -> fromOffset;
            case DATA -> dataOffset;
            case SEQNO -> seqnoOffset;
            case MASK -> maskOffset;
            case SIGNATURE -> signatureOffset;
            case KEY -> keyOffset;
            default -> throw new IllegalArgumentException("a message has no field " + field);
        };
    }

    @Override
    public int length(int field) {
        return switch (field) {
            case FROM -> fromLength;
            case DATA -> dataLength;
            case SEQNO -> seqnoLength;
            case MASK -> maskLength;
            case SIGNATURE -> signatureLength;
            case KEY -> keyLength;
            default -> throw new IllegalArgumentException("a message has no field " + field);
        };
    }

    /// Where the element begins in the array: at its tag.
    public int encodedOffset() {
        return encodedOffset;
    }

    /// Length of the element, tag and length included.
    public int encodedLength() {
        return encodedLength;
    }

    /// The message id: not to be changed.
    public byte[] id() {
        return id;
    }

    /// One half of the key under which tables know the id.
    public long idHi() {
        return idHi;
    }

    /// The other half.
    public long idLo() {
        return idLo;
    }

    /// Length of the payload.
    public int dataLength() {
        return dataLength;
    }

    /// Where the payload begins in the array.
    public int dataOffset() {
        return Math.max(0, dataOffset);
    }

    /// A copy of the payload.
    public byte[] data() {
        return bytes(DATA);
    }

    /// The author, if the message names one that parses as a peer id.
    public Optional<PeerId> author() {
        if (fromLength == 0) return Optional.empty();
        try {
            return Optional.of(PeerId.fromBytes(bytes(FROM)));
        } catch (MalformedException _) {
            return Optional.empty(); // the caller decides whether that is a fault
        }
    }

    /// This message in an array of its own if it keeps alive much more than itself (an array over
    /// twice as long), else itself: to be called before a message is cached.
    public RpcMessage compact() {
        if (array.length <= 2 * encodedLength) return this;
        byte[] own = Arrays.copyOfRange(array, encodedOffset, encodedOffset + encodedLength);
        return new RpcMessage(own, 0, encodedLength, this, -encodedOffset, id, idHi, idLo);
    }

    /// The same payload under another mask or topic, by nobody: without author, sequence number and
    /// signature, which belong to the encoding they were made for. It keeps its id, so it is for
    /// networks whose ids depend on the payload alone.
    public RpcMessage under(Mask mask) {
        byte @Nullable [] payload = dataLength == 0 ? null : data();
        var parts = new byte[] @Nullable [] {null, null, payload, null, mask.bytes(), null, null};
        return MessageEncoder.encode(MessageEncoder.assemble(parts), id, idHi, idLo);
    }

    @Override
    public int bodyLength() {
        return encodedLength;
    }

    @Override
    public void writeTo(FrameSink sink) {
        sink.begin(encodedLength);
        sink.slice(array, encodedOffset, encodedLength);
    }

    @Override
    public @Nullable RpcMessage singleMessage() {
        return this;
    }

    @Override
    public String toString() {
        return "message %s of %d bytes".formatted(HexFormat.of().formatHex(id), dataLength);
    }
}
