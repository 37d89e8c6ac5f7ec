package org.pollen.simulator;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoWriter;
import org.pollen.router.Mask;
import org.pollen.router.MessageFields;
import org.pollen.router.MessageIdentifier;
import org.pollen.router.MessageSigner;
import org.pollen.router.MessageVerifier;
import org.pollen.router.RouterParams;
import org.pollen.router.Rpc;
import org.pollen.router.RpcDecoder;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;

/// Signs and verifies the messages of one partition, or does as if: both ways give messages of the
/// same fields and lengths, so that a run is the same event for event.
///
/// Source: simulator specification 2.1.
final class Signatures {
    private static final int SIGNATURE_BYTES = 64;
    private static final int PUBLISH = 2; // the field of an RPC
    private static final byte FORGED = 1;

    private final Simulation simulation;
    private final RouterParams params;
    private final boolean real;
    private final RpcDecoder decoder;
    private final Rpc decoded = new Rpc();
    private final MessageVerifier verifier;
    private final Map<Integer, MessageSigner> signers = new HashMap<>();
    private final Map<Integer, Long> sequences = new HashMap<>();

    Signatures(Simulation simulation) {
        this.simulation = simulation;
        params = simulation.params();
        real = simulation.setup().crypto() == Crypto.REAL;
        decoder =
                new RpcDecoder(
                        params.dialect(),
                        params.rpcLimits(),
                        params.messageIds(),
                        Simulation.hasher());
        verifier = new MessageVerifier(params.dialect());
    }

    /// The key of a peer.
    static PrivateKey key(long seed, int index) {
        var bytes = new byte[32];
        for (int i = 0; i < 4; i++) {
            ByteBuffer.wrap(bytes).putLong(8 * i, Mix.mix(Mix.mix(seed, index), Mix.KEY, i));
        }
        return PrivateKey.ed25519(bytes);
    }

    /// A message of a peer.
    ///
    /// @param genuine whether the signature is its own
    RpcMessage compose(int author, Mask mask, byte[] payload, boolean genuine) {
        if (real) {
            RpcMessage signed = signer(author).compose(mask, payload);
            if (genuine) return signed;
            byte[] signature = signed.bytes(MessageFields.SIGNATURE);
            signature[0] ^= FORGED;
            return encode(
                    signed.bytes(MessageFields.FROM),
                    payload,
                    signed.bytes(MessageFields.SEQNO),
                    mask,
                    signature);
        }
        long number = sequences.merge(author, 1L, Long::sum);
        var signature = new byte[SIGNATURE_BYTES];
        if (!genuine) signature[0] = FORGED;
        byte[] from = simulation.peerId(author).unsafeBytes();
        byte[] seqno = ByteBuffer.allocate(8).putLong(number).array();
        return encode(from, payload, seqno, mask, signature);
    }

    private MessageSigner signer(int author) {
        return signers.computeIfAbsent(
                author,
                _ ->
                        new MessageSigner(
                                params.dialect(),
                                SigningPolicy.STRICT_SIGN,
                                simulation.peerId(author),
                                key(simulation.seed(), author),
                                0,
                                new MessageIdentifier(params.messageIds(), Simulation.hasher())));
    }

    private RpcMessage encode(
            byte[] from, byte[] payload, byte[] seqno, Mask mask, byte[] signature) {
        ProtoWriter fields =
                new ProtoWriter()
                        .bytes(MessageFields.FROM, from)
                        .bytes(MessageFields.DATA, payload)
                        .bytes(MessageFields.SEQNO, seqno)
                        .bytes(MessageFields.MASK, mask.unsafeBytes())
                        .bytes(MessageFields.SIGNATURE, signature);
        byte[] body = new ProtoWriter().message(PUBLISH, fields).toByteArray();
        try {
            if (decoder.decode(body, 0, body.length, decoded) != null) {
                throw new IllegalStateException("an own message was refused");
            }
            return decoded.message(0);
        } catch (MalformedException e) {
            throw new IllegalStateException("an own message does not decode", e);
        }
    }

    /// Whether a message is its author's.
    boolean genuine(RpcMessage message) {
        if (real) return verifier.verify(message);
        return message.length(MessageFields.SIGNATURE) == SIGNATURE_BYTES
                && message.array()[message.offset(MessageFields.SIGNATURE)] != FORGED;
    }
}
