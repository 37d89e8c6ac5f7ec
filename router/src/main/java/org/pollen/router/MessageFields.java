package org.pollen.router;

import java.util.Arrays;

/// The fields of one message as slices of an array, without copies: a row of an [Rpc] or a
/// [RpcMessage].
///
/// Fields are named by their protobuf numbers. An absent field has offset -1 and length 0; an empty
/// one has length 0 and an offset that is not negative. Only the meshsub dialect tells the two
/// apart.
public interface MessageFields {
    /// Author: the bytes of a peer id.
    int FROM = 1;

    /// Payload.
    int DATA = 2;

    /// Sequence number, 8 bytes big-endian.
    int SEQNO = 3;

    /// Mask or topic.
    int MASK = 4;

    /// Signature by the author.
    int SIGNATURE = 5;

    /// The author's public key, as a protobuf, where the peer id does not contain it.
    int KEY = 6;

    /// The array that all slices are of: not to be changed.
    byte[] array();

    /// Where a field begins in the array, or -1.
    int offset(int field);

    /// How long a field is.
    int length(int field);

    /// Whether a field is there and not empty.
    default boolean has(int field) {
        return length(field) > 0;
    }

    /// A copy of a field.
    default byte[] bytes(int field) {
        int length = length(field);
        if (length == 0) return new byte[0];
        int offset = offset(field);
        return Arrays.copyOfRange(array(), offset, offset + length);
    }

    /// Whether a field holds exactly these bytes.
    default boolean matches(int field, byte[] expected) {
        int length = length(field);
        if (length != expected.length) return false;
        int offset = Math.max(0, offset(field));
        return Arrays.equals(array(), offset, offset + length, expected, 0, length);
    }

    /// The mask or topic as a value.
    default Mask mask() {
        return Mask.of(array(), Math.max(0, offset(MASK)), length(MASK));
    }
}
