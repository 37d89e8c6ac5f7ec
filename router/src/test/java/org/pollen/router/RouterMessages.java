package org.pollen.router;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;

/// Peer ids and unsigned messages for tests.
final class RouterMessages {
    private RouterMessages() {}

    /// The peer id with this number: an identity multihash of what could be an Ed25519 key.
    static PeerId peerId(int number) {
        var bytes = new byte[38];
        bytes[1] = 36;
        bytes[2] = 8;
        bytes[3] = 1;
        bytes[4] = 18;
        bytes[5] = 32;
        ByteBuffer.wrap(bytes).putInt(6, number * 0x9e3779b1).putInt(34, number);
        try {
            return PeerId.fromBytes(bytes);
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    /// A message without a signature.
    ///
    /// @param author null for none
    static RpcMessage message(
            RouterConfig config, Mask mask, byte[] payload, @Nullable PeerId author, long seqno) {
        return message(config, mask, payload, author, seqno, new byte[0]);
    }

    /// A message with any bytes as its signature.
    static RpcMessage message(
            RouterConfig config,
            Mask mask,
            byte[] payload,
            @Nullable PeerId author,
            long seqno,
            byte[] signature) {
        byte[] from = author == null ? new byte[0] : author.bytes();
        byte[] number =
                author == null ? new byte[0] : ByteBuffer.allocate(8).putLong(seqno).array();
        byte[][] parts = {{}, from, payload, number, mask.bytes(), signature};
        var all = ByteBuffer.allocate(from.length + payload.length + 8 + 256 + signature.length);
        var fields = new MessageEncoder.Moved(all.array());
        for (int f = 1; f < parts.length; f++) {
            boolean absent = parts[f].length == 0 && f != MessageFields.MASK;
            fields.offsets[f] = absent ? -1 : all.position();
            fields.lengths[f] = parts[f].length;
            all.put(parts[f]);
        }
        var identifier = new MessageIdentifier(config.params().messageIds(), config.hasher());
        if (!identifier.identify(fields)) throw new IllegalArgumentException("no id");
        return MessageEncoder.encode(fields, identifier.id(), identifier.hi(), identifier.lo());
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(RpcMessage message) {
        return new String(message.data(), StandardCharsets.UTF_8);
    }
}
