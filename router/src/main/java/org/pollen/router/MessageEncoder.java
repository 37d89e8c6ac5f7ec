package org.pollen.router;

import org.jspecify.annotations.Nullable;

/// Writes messages as protobuf: elements of an RPC, and the bytes that are signed.
final class MessageEncoder {
    /// Field of an RPC that holds messages.
    static final int PUBLISH = 2;

    private static final byte[] PREFIX = {
        'l', 'i', 'b', 'p', '2', 'p', '-', 'p', 'u', 'b', 's', 'u', 'b', ':'
    };

    private MessageEncoder() {}

    /// A message encoded from its fields: every field that is there, in order, nothing else.
    static RpcMessage encode(MessageFields fields, byte[] id, long idHi, long idLo) {
        int body = 0;
        for (int f = MessageFields.FROM; f <= MessageFields.KEY; f++) {
            if (fields.offset(f) >= 0) body += Bytes.fieldSize(fields.length(f));
        }
        var out = new byte[Bytes.fieldSize(body)];
        int at = Bytes.putHeader(out, 0, PUBLISH, body);
        var moved = new Moved(out);
        for (int f = MessageFields.FROM; f <= MessageFields.KEY; f++) {
            if (fields.offset(f) < 0) continue;
            int length = fields.length(f);
            at = Bytes.putHeader(out, at, f, length);
            System.arraycopy(fields.array(), fields.offset(f), out, at, length);
            moved.offsets[f] = at;
            moved.lengths[f] = length;
            at += length;
        }
        return new RpcMessage(out, 0, out.length, moved, 0, id, idHi, idLo);
    }

    /// Fields put one after the other into an array.
    ///
    /// @param parts by field number; null where a field is absent
    static MessageFields assemble(byte[] @Nullable [] parts) {
        int length = 0;
        for (byte @Nullable [] part : parts) length += part == null ? 0 : part.length;
        var fields = new Moved(new byte[length]);
        int at = 0;
        for (int f = MessageFields.FROM; f <= MessageFields.KEY; f++) {
            byte @Nullable [] part = parts[f];
            if (part == null) continue;
            System.arraycopy(part, 0, fields.array, at, part.length);
            fields.offsets[f] = at;
            fields.lengths[f] = part.length;
            at += part.length;
        }
        return fields;
    }

    /// The bytes a signature covers: a fixed prefix and the encoding of author, payload, sequence
    /// number and topic.
    ///
    /// proto3 (BLOSSOM) leaves empty fields out, proto2 (MESHSUB) only absent ones.
    ///
    /// Source: router specification 3.2.
    static byte[] signedBytes(MessageFields fields, Dialect dialect) {
        int length = PREFIX.length;
        for (int f = MessageFields.FROM; f <= MessageFields.MASK; f++) {
            if (encoded(fields, f, dialect)) length += Bytes.fieldSize(fields.length(f));
        }
        var out = new byte[length];
        System.arraycopy(PREFIX, 0, out, 0, PREFIX.length);
        int at = PREFIX.length;
        for (int f = MessageFields.FROM; f <= MessageFields.MASK; f++) {
            if (!encoded(fields, f, dialect)) continue;
            at = Bytes.putHeader(out, at, f, fields.length(f));
            System.arraycopy(fields.array(), fields.offset(f), out, at, fields.length(f));
            at += fields.length(f);
        }
        return out;
    }

    private static boolean encoded(MessageFields fields, int field, Dialect dialect) {
        return switch (dialect) {
            case BLOSSOM -> fields.length(field) > 0;
            case MESHSUB -> fields.offset(field) >= 0;
        };
    }

    /// Fields at their places in a new array.
    static final class Moved implements MessageFields {
        private final byte[] array;
        final int[] offsets = {-1, -1, -1, -1, -1, -1, -1};
        final int[] lengths = new int[7];

        Moved(byte[] array) {
            this.array = array;
        }

        @Override
        public byte[] array() {
            return array;
        }

        @Override
        public int offset(int field) {
            return offsets[field];
        }

        @Override
        public int length(int field) {
            return lengths[field];
        }
    }
}
