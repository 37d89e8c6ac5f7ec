package org.pollen.router;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An RPC of control parts, subscriptions and any number of messages; made by [RpcBuilder].
///
/// The encoded parts come first, then the messages as slices of the arrays they are in.
public final class EncodedRpc implements OutboundRpc {
    private final byte[] head;
    private final List<RpcMessage> messages;
    private final List<Graft> grafts;
    private final List<Prune> prunes;
    private final Rpc.@Nullable PartialMessage partial;
    private final int bodyLength;

    EncodedRpc(byte[] head, List<RpcMessage> messages, List<Graft> grafts, List<Prune> prunes) {
        this(head, messages, grafts, prunes, null);
    }

    EncodedRpc(
            byte[] head,
            List<RpcMessage> messages,
            List<Graft> grafts,
            List<Prune> prunes,
            Rpc.@Nullable PartialMessage partial) {
        this.partial = partial;
        this.head = head;
        this.messages = List.copyOf(messages);
        this.grafts = List.copyOf(grafts);
        this.prunes = List.copyOf(prunes);
        int length = head.length;
        for (RpcMessage message : messages) length += message.encodedLength();
        bodyLength = length;
    }

    /// An RPC that was encoded elsewhere, and of which only its bytes are known.
    public static EncodedRpc ofBody(byte[] body) {
        return new EncodedRpc(body, List.of(), List.of(), List.of());
    }

    /// A GRAFT entry.
    public record Graft(Mask topic) {}

    /// A PRUNE entry.
    ///
    /// @param backoffSeconds 0 for none
    /// @param peers peers offered in exchange
    public record Prune(Mask topic, long backoffSeconds, List<PxPeer> peers) {
        /// Copies the list.
        public Prune {
            peers = List.copyOf(peers);
        }
    }

    /// The messages it carries.
    public List<RpcMessage> messages() {
        return messages;
    }

    /// The GRAFTs it carries: they are retried if it is dropped.
    public List<Graft> grafts() {
        return grafts;
    }

    /// The PRUNEs it carries: they are retried if it is dropped.
    public List<Prune> prunes() {
        return prunes;
    }

    /// The partial message it carries, or null.
    Rpc.@Nullable PartialMessage partial() {
        return partial;
    }

    @Override
    public int bodyLength() {
        return bodyLength;
    }

    @Override
    public void writeTo(FrameSink sink) {
        sink.begin(bodyLength);
        if (head.length > 0) sink.slice(head, 0, head.length);
        for (RpcMessage message : messages) {
            sink.slice(message.array(), message.encodedOffset(), message.encodedLength());
        }
    }

    @Override
    public @Nullable RpcMessage singleMessage() {
        return head.length == 0 && messages.size() == 1 ? messages.getFirst() : null;
    }
}
