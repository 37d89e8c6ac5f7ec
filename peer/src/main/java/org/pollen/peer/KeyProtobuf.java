package org.pollen.peer;

import java.util.Arrays;

/// The two fields that public and private keys share on the wire.
///
/// @param data the key as its kind encodes it; a copy that belongs to whoever reads it
record KeyProtobuf(KeyType type, byte[] data) {
    private static final int TYPE_TAG = 0x08;
    private static final int DATA_TAG = 0x12;

    /// Reads the one encoding there is: type, length, data, each as short as it can be, and nothing
    /// else. Peer ids are hashes of it, so any freedom here would give a key several ids.
    static KeyProtobuf read(byte[] protobuf, int max) throws MalformedException {
        if (protobuf.length > max) {
            throw new MalformedException("key: " + protobuf.length + " bytes, at most " + max);
        }
        if (protobuf.length < 4 || protobuf[0] != TYPE_TAG || protobuf[2] != DATA_TAG) {
            throw new MalformedException("key: not type and data in the canonical encoding");
        }
        KeyType type = KeyType.of(protobuf[1]);
        long size = Varint.read(protobuf, 3, protobuf.length);
        int start = 3 + Varint.size(size);
        if (size != protobuf.length - start) {
            throw new MalformedException(
                    "key: " + size + " bytes where " + (protobuf.length - start) + " follow");
        }
        return new KeyProtobuf(type, Arrays.copyOfRange(protobuf, start, protobuf.length));
    }
}
