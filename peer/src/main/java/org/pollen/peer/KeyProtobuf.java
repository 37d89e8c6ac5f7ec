package org.pollen.peer;

import java.util.Arrays;

/// The two fields that public and private keys share on the wire.
record KeyProtobuf(KeyType type, byte[] data) {
    static KeyProtobuf read(byte[] protobuf, int max) throws MalformedException {
        if (protobuf.length > max) {
            throw new MalformedException("key: " + protobuf.length + " bytes, at most " + max);
        }
        KeyType type = null;
        byte[] data = null;
        var in = new ProtoReader(protobuf);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> type = KeyType.of(in.varint());
                case 2 -> data = in.bytes(max);
                default -> throw new MalformedException("key: unknown field " + in.field());
            }
        }
        if (type == null || data == null) throw new MalformedException("key: a field is missing");
        byte[] canonical =
                new ProtoWriter(protobuf.length)
                        .varint(1, type.number())
                        .bytes(2, data)
                        .toByteArray();
        if (!Arrays.equals(canonical, protobuf)) {
            throw new MalformedException("key: not the canonical encoding");
        }
        return new KeyProtobuf(type, data);
    }
}
