package org.pollen.router;

import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.PublicKey;

/// Checks the signatures of received messages. Holds no state: any thread may use it.
///
/// Source: router specification 3.2.
public final class MessageVerifier {
    private final Dialect dialect;

    /// A verifier for messages of a dialect.
    public MessageVerifier(Dialect dialect) {
        this.dialect = dialect;
    }

    /// Whether the signature, if there is one, is the author's. Whether there has to be one is a
    /// matter of [SigningPolicy#check].
    public boolean verify(MessageFields message) {
        if (!message.has(MessageFields.SIGNATURE)) return true;
        if (message.length(MessageFields.SIGNATURE) > PublicKey.SIGNATURE_BYTES_MAX) return false;
        if (message.length(MessageFields.KEY) > PublicKey.PROTOBUF_BYTES_MAX) return false;
        if (!message.has(MessageFields.FROM)) return false;
        try {
            PeerId author =
                    PeerId.fromBytes(
                            message.array(),
                            message.offset(MessageFields.FROM),
                            message.length(MessageFields.FROM));
            PublicKey key;
            if (message.has(MessageFields.KEY)) {
                key = PublicKey.fromProtobuf(message.bytes(MessageFields.KEY));
                if (!key.peerId().equals(author)) return false;
            } else {
                var inline = author.publicKey();
                if (inline.isEmpty()) return false;
                key = inline.get();
            }
            return key.verify(
                    MessageEncoder.signedBytes(message, dialect),
                    message.bytes(MessageFields.SIGNATURE));
        } catch (MalformedException _) {
            return false; // an author or a key that is none signs nothing
        }
    }
}
