package org.pollen.router;

import java.nio.charset.StandardCharsets;

/// Messages for tests.
final class TestMessages {
    static final MessageKeyHasher HASHER = new MessageKeyHasher(11, 13);

    private TestMessages() {}

    /// A message on a topic whose payload, and therefore id, is made of a number.
    static RpcMessage message(int number) {
        return message(Mask.topic("topic"), ("payload " + number).getBytes(StandardCharsets.UTF_8));
    }

    static RpcMessage message(Mask mask, byte[] data) {
        var joined = new byte[mask.length() + data.length];
        System.arraycopy(mask.bytes(), 0, joined, 0, mask.length());
        System.arraycopy(data, 0, joined, mask.length(), data.length);
        var fields = new MessageEncoder.Moved(joined);
        fields.offsets[MessageFields.MASK] = 0;
        fields.lengths[MessageFields.MASK] = mask.length();
        fields.offsets[MessageFields.DATA] = mask.length();
        fields.lengths[MessageFields.DATA] = data.length;
        var ids = new MessageIdentifier(MessageIdScheme.SHA256, HASHER);
        ids.identify(fields);
        return MessageEncoder.encode(fields, ids.id(), ids.hi(), ids.lo());
    }

    /// A message whose element in an RPC, tag and length included, has exactly so many bytes.
    static RpcMessage ofEncodedLength(int number, int length) {
        for (int payload = Math.max(4, length - 20); ; payload++) {
            var data = new byte[payload];
            Bytes.putLong(data.length >= 8 ? data : new byte[8], 0, number);
            data[0] = (byte) number;
            data[1] = (byte) (number >> 8);
            RpcMessage message = message(Mask.topic("t"), data);
            if (message.encodedLength() == length) return message;
            if (message.encodedLength() > length)
                throw new IllegalArgumentException("no such length");
        }
    }
}
