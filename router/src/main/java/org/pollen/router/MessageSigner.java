package org.pollen.router;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;

/// Makes the messages published here: fills in author and sequence number, signs, computes the id.
///
/// Used by one thread. Two signers of one author must not run at once: they would give the same
/// sequence numbers.
///
/// Source: router specification 3.1 and 3.2.
public final class MessageSigner {
    private final Dialect dialect;
    private final SigningPolicy policy;
    private final @Nullable PeerId author;
    private final @Nullable PrivateKey key;
    private final MessageIdentifier ids;
    private long seqno;

    /// A signer.
    ///
    /// @param author who publishes; null for messages without author and sequence number
    /// @param key the author's; null unless the policy signs
    /// @param startSeqno the first message gets one more: the Unix time in nanoseconds, so that it
    ///   never runs backwards over restarts
    /// @throws IllegalArgumentException if the policy signs and there is no author or no key
    public MessageSigner(
            Dialect dialect,
            SigningPolicy policy,
            @Nullable PeerId author,
            @Nullable PrivateKey key,
            long startSeqno,
            MessageIdentifier ids) {
        if (policy.signs() && author == null) {
            throw new IllegalArgumentException("policy " + policy + ": signing needs an author id");
        }
        if (policy.signs() && key == null) {
            throw new IllegalArgumentException(
                    "policy " + policy + ": signing needs a private key");
        }
        this.dialect = dialect;
        this.policy = policy;
        this.author = author;
        this.key = key;
        this.seqno = startSeqno;
        this.ids = ids;
    }

    /// A message under our own name.
    public RpcMessage compose(Mask mask, byte[] payload) {
        return build(mask, payload, author, policy.signs() ? key : null);
    }

    /// A message under another name, signed if the policy signs.
    ///
    /// @throws IllegalArgumentException "nil sign key", "empty peer id"
    public RpcMessage compose(
            Mask mask,
            byte[] payload,
            @Nullable PeerId otherAuthor,
            @Nullable PrivateKey otherKey) {
        if (otherKey == null) throw new IllegalArgumentException("nil sign key");
        if (otherAuthor == null) throw new IllegalArgumentException("empty peer id");
        return build(mask, payload, otherAuthor, policy.signs() ? otherKey : null);
    }

    private RpcMessage build(
            Mask mask, byte[] payload, @Nullable PeerId from, @Nullable PrivateKey signWith) {
        byte @Nullable [] fromBytes = from == null ? null : from.unsafeBytes();
        byte @Nullable [] number = from == null ? null : bigEndian(++seqno);
        var parts =
                new byte[] @Nullable [] {
                    null,
                    fromBytes,
                    present(payload),
                    number,
                    present(mask.unsafeBytes()),
                    null,
                    null
                };
        MessageFields fields = MessageEncoder.assemble(parts);
        if (signWith != null) {
            parts[MessageFields.SIGNATURE] =
                    signWith.sign(MessageEncoder.signedBytes(fields, dialect));
            // A peer id that is a hash of its key does not contain it.
            if (Objects.requireNonNull(from).publicKey().isEmpty()) {
                parts[MessageFields.KEY] = signWith.publicKey().toProtobuf();
            }
            fields = MessageEncoder.assemble(parts);
        }
        if (!ids.identify(fields)) {
            throw new IllegalStateException("a message without author has no id under this scheme");
        }
        return MessageEncoder.encode(fields, ids.id(), ids.hi(), ids.lo());
    }

    /// proto3 does not write an empty field.
    private byte @Nullable [] present(byte[] field) {
        return field.length == 0 && dialect == Dialect.BLOSSOM ? null : field;
    }

    private static byte[] bigEndian(long value) {
        var bytes = new byte[8];
        Bytes.putLong(bytes, 0, Long.reverseBytes(value));
        return bytes;
    }
}
