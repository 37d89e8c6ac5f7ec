package org.pollen.peer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/// A bounded cursor over one protobuf message in a byte array: finds fields without copying or
/// allocating, and never reads outside its slice.
///
/// Call [#next()] until it answers false; what a field holds is asked for right after. A field that
/// nobody asks for is skipped. Not thread-safe; may be used again with [#reset].
///
/// Source: the protobuf encoding; host.md L47.
public final class ProtoReader {
    /// Wire type of varints.
    public static final int VARINT = 0;

    /// Wire type of 8-byte numbers.
    public static final int FIXED64 = 1;

    /// Wire type of bytes, strings and messages.
    public static final int BYTES = 2;

    /// Wire type of 4-byte numbers.
    public static final int FIXED32 = 5;

    /// Most messages around a message.
    public static final int DEPTH_MAX = 10;

    private final int depth;
    private byte[] buffer;
    private int end;
    private int position;
    private int fieldStart;
    private int field;
    private int wireType;
    private int start;
    private int length;
    private long number;

    /// Reads `length` bytes from `offset`.
    ///
    /// @param buffer not copied, must not change while it is read
    public ProtoReader(byte[] buffer, int offset, int length) {
        this(buffer, offset, length, 0);
    }

    private ProtoReader(byte[] buffer, int offset, int length, int depth) {
        this.depth = depth;
        Objects.checkFromIndexSize(offset, length, buffer.length);
        this.buffer = buffer;
        this.position = offset;
        this.end = offset + length;
    }

    /// Reads a whole array.
    public ProtoReader(byte[] buffer) {
        this(buffer, 0, buffer.length);
    }

    /// Starts again on another slice.
    ///
    /// @return this
    public ProtoReader reset(byte[] next, int offset, int size) {
        Objects.checkFromIndexSize(offset, size, next.length);
        buffer = next;
        position = offset;
        end = offset + size;
        field = 0;
        return this;
    }

    /// Moves to the next field.
    ///
    /// @return false at the end of the message
    /// @throws MalformedException for field number 0, a group, a length that leaves the message, or
    ///   a varint over 10 bytes
    public boolean next() throws MalformedException {
        if (position >= end) return false;
        fieldStart = position;
        long tag = readVarint();
        if (tag < 0 || tag > 0xffff_ffffL)
            throw new MalformedException("protobuf: tag over 32 bits");
        field = (int) (tag >>> 3);
        wireType = (int) tag & 7;
        if (field == 0) throw new MalformedException("protobuf: field number 0");
        switch (wireType) {
            case VARINT -> number = readVarint();
            case BYTES -> {
                long size = readVarint();
                if (size < 0 || size > end - position) {
                    throw new MalformedException(
                            "protobuf: field "
                                    + field
                                    + " of "
                                    + size
                                    + " bytes where "
                                    + (end - position)
                                    + " are left");
                }
                start = position;
                length = (int) size;
                position += length;
            }
            case FIXED64 -> number = readFixed(8);
            case FIXED32 -> number = readFixed(4);
            default ->
                    throw new MalformedException(
                            "protobuf: field " + field + " has wire type " + wireType);
        }
        return true;
    }

    /// Number of the current field.
    public int field() {
        return field;
    }

    /// Wire type of the current field: one of the constants of this class.
    public int wireType() {
        return wireType;
    }

    /// Offset of the current field's tag in the buffer.
    public int fieldStart() {
        return fieldStart;
    }

    /// Offset after the current field in the buffer: `[fieldStart, fieldEnd)` is the field as it
    /// was received.
    public int fieldEnd() {
        return position;
    }

    /// The current field as a number of up to 64 bits.
    ///
    /// @throws MalformedException if it is not a varint
    public long varint() throws MalformedException {
        expect(VARINT);
        return number;
    }

    /// The current field as a flag.
    public boolean bool() throws MalformedException {
        return varint() != 0;
    }

    /// The current field as a little-endian 8-byte number.
    public long fixed64() throws MalformedException {
        expect(FIXED64);
        return number;
    }

    /// Checks that the current field has bytes, for those who read [#start()] and [#length()].
    ///
    /// @throws MalformedException if it has not
    public void expectBytes() throws MalformedException {
        expect(BYTES);
    }

    /// Offset of the content of the current bytes field in the buffer.
    public int start() {
        return start;
    }

    /// Length of the content of the current bytes field.
    public int length() {
        return length;
    }

    /// The array that is read.
    public byte[] buffer() {
        return buffer;
    }

    /// A copy of the current bytes field.
    ///
    /// @param max bytes accepted
    /// @throws MalformedException if it is longer, checked before anything is allocated
    public byte[] bytes(int max) throws MalformedException {
        expect(BYTES);
        if (length > max) {
            throw new MalformedException(
                    "protobuf: field " + field + " of " + length + " bytes, at most " + max);
        }
        return Arrays.copyOfRange(buffer, start, start + length);
    }

    /// The current bytes field as text.
    ///
    /// @param max bytes accepted
    /// @throws MalformedException if it is longer or not UTF-8
    public String string(int max) throws MalformedException {
        expect(BYTES);
        if (length > max) {
            throw new MalformedException(
                    "protobuf: field " + field + " of " + length + " bytes, at most " + max);
        }
        if (!Utf8.isValid(buffer, start, start + length)) {
            throw new MalformedException("protobuf: field " + field + " is not UTF-8");
        }
        return new String(buffer, start, length, StandardCharsets.UTF_8);
    }

    /// A reader of the current bytes field as a message of its own.
    ///
    /// @throws MalformedException if the field has no bytes, or is over [#DEPTH_MAX] messages deep
    public ProtoReader message() throws MalformedException {
        expect(BYTES);
        if (depth == DEPTH_MAX) {
            throw new MalformedException(
                    "protobuf: field " + field + " is over " + DEPTH_MAX + " messages deep");
        }
        return new ProtoReader(buffer, start, length, depth + 1);
    }

    private void expect(int type) throws MalformedException {
        if (wireType != type) {
            throw new MalformedException(
                    "protobuf: field " + field + " has wire type " + wireType + ", not " + type);
        }
    }

    private long readFixed(int size) throws MalformedException {
        if (size > end - position) {
            throw new MalformedException("protobuf: field " + field + " ends early");
        }
        long value = 0;
        for (int i = size - 1; i >= 0; i--) value = (value << 8) | (buffer[position + i] & 0xff);
        position += size;
        return value;
    }

    private long readVarint() throws MalformedException {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (position >= end) throw new MalformedException("protobuf: ends inside a varint");
            byte b = buffer[position++];
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                if (shift == 63 && b > 1) break;
                return value;
            }
        }
        throw new MalformedException("protobuf: varint over 64 bits");
    }
}
