package org.pollen.router;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.peer.ProtoWriter;
import org.pollen.router.TraceEvent.RpcMeta;

/// Writes trace events: as the protobuf of go-libp2p-pubsub, which existing analysers read, or as
/// one JSON object a line.
///
/// Source: go-libp2p-pubsub, trace schema; operations specification 9.
public final class TraceEncoder {
    private final PeerId self;
    private final Dialect dialect;
    private final long wallMinusMonotonic;

    /// An encoder for the events of one node.
    ///
    /// @param wallMinusMonotonic Unix time in nanoseconds minus the monotonic clock of the events
    public TraceEncoder(PeerId self, Dialect dialect, long wallMinusMonotonic) {
        this.self = self;
        this.dialect = dialect;
        this.wallMinusMonotonic = wallMinusMonotonic;
    }

    /// The event as a `TraceEvent` with its length before it.
    public byte[] protobuf(TraceEvent event) {
        return switch (event) {
            case TraceEvent.Publish e ->
                    framed(
                            e,
                            TraceKind.PUBLISH,
                            writer().bytes(1, e.messageId()).string(2, text(e.topic())));
            case TraceEvent.Reject e ->
                    framed(
                            e,
                            TraceKind.REJECT,
                            writer().bytes(1, e.messageId())
                                    .bytes(2, e.from().unsafeBytes())
                                    .string(3, e.reason().text())
                                    .string(4, text(e.topic())));
            case TraceEvent.Duplicate e ->
                    framed(
                            e,
                            TraceKind.DUPLICATE,
                            writer().bytes(1, e.messageId())
                                    .bytes(2, e.from().unsafeBytes())
                                    .string(3, text(e.topic())));
            case TraceEvent.Deliver e -> {
                ProtoWriter detail = writer().bytes(1, e.messageId()).string(2, text(e.topic()));
                PeerId from = e.from();
                yield framed(
                        e,
                        TraceKind.DELIVER,
                        detail.bytes(3, (from == null ? self : from).unsafeBytes()));
            }
            case TraceEvent.AddPeer e ->
                    framed(
                            e,
                            TraceKind.ADD_PEER,
                            writer().bytes(1, e.peer().unsafeBytes()).string(2, e.protocol().id()));
            case TraceEvent.RemovePeer e ->
                    framed(e, TraceKind.REMOVE_PEER, writer().bytes(1, e.peer().unsafeBytes()));
            case TraceEvent.ReceiveRpc e ->
                    framed(e, TraceKind.RECEIVE_RPC, rpc(e.from(), e.meta()));
            case TraceEvent.SendRpc e -> framed(e, TraceKind.SEND_RPC, rpc(e.to(), e.meta()));
            case TraceEvent.DropRpc e -> framed(e, TraceKind.DROP_RPC, rpc(e.to(), e.meta()));
            case TraceEvent.Join e ->
                    framed(e, TraceKind.JOIN, writer().string(1, text(e.topic())));
            case TraceEvent.Leave e ->
                    framed(e, TraceKind.LEAVE, writer().string(2, text(e.topic())));
            case TraceEvent.Graft e -> framed(e, TraceKind.GRAFT, member(e.peer(), e.topic()));
            case TraceEvent.Prune e -> framed(e, TraceKind.PRUNE, member(e.peer(), e.topic()));
            case TraceEvent.Undeliverable e ->
                    framed(
                            e,
                            TraceKind.UNDELIVERABLE,
                            writer().bytes(1, e.messageId()).string(2, text(e.topic())));
            case TraceEvent.ThrottlePeer e ->
                    framed(e, TraceKind.THROTTLE_PEER, writer().bytes(1, e.peer().unsafeBytes()));
            case TraceEvent.Validate e ->
                    framed(
                            e,
                            TraceKind.VALIDATE,
                            writer().bytes(1, e.messageId())
                                    .bytes(2, e.from().unsafeBytes())
                                    .string(3, text(e.topic())));
        };
    }

    /// The event as a JSON object without a line end: `type`, `peer` (this node), `at` (monotonic)
    /// and `time` (Unix), both in nanoseconds, then what the event has. Message ids are
    /// hexadecimal.
    public String json(TraceEvent event) {
        var out = new Json();
        switch (event) {
            case TraceEvent.Publish e ->
                    out.type(TraceKind.PUBLISH, e).id(e.messageId()).topic(e.topic());
            case TraceEvent.Reject e ->
                    out.type(TraceKind.REJECT, e)
                            .id(e.messageId())
                            .topic(e.topic())
                            .peer("from", e.from())
                            .text("reason", e.reason().text());
            case TraceEvent.Duplicate e ->
                    out.type(TraceKind.DUPLICATE, e)
                            .id(e.messageId())
                            .topic(e.topic())
                            .peer("from", e.from());
            case TraceEvent.Deliver e ->
                    out.type(TraceKind.DELIVER, e)
                            .id(e.messageId())
                            .topic(e.topic())
                            .peer("from", e.from());
            case TraceEvent.AddPeer e ->
                    out.type(TraceKind.ADD_PEER, e)
                            .peer("remote", e.peer())
                            .text("protocol", e.protocol().id());
            case TraceEvent.RemovePeer e ->
                    out.type(TraceKind.REMOVE_PEER, e).peer("remote", e.peer());
            case TraceEvent.ReceiveRpc e ->
                    out.type(TraceKind.RECEIVE_RPC, e).peer("from", e.from()).meta(e.meta());
            case TraceEvent.SendRpc e ->
                    out.type(TraceKind.SEND_RPC, e).peer("to", e.to()).meta(e.meta());
            case TraceEvent.DropRpc e ->
                    out.type(TraceKind.DROP_RPC, e).peer("to", e.to()).meta(e.meta());
            case TraceEvent.Join e -> out.type(TraceKind.JOIN, e).topic(e.topic());
            case TraceEvent.Leave e -> out.type(TraceKind.LEAVE, e).topic(e.topic());
            case TraceEvent.Graft e ->
                    out.type(TraceKind.GRAFT, e).peer("remote", e.peer()).topic(e.topic());
            case TraceEvent.Prune e ->
                    out.type(TraceKind.PRUNE, e).peer("remote", e.peer()).topic(e.topic());
            case TraceEvent.Undeliverable e ->
                    out.type(TraceKind.UNDELIVERABLE, e).id(e.messageId()).topic(e.topic());
            case TraceEvent.ThrottlePeer e ->
                    out.type(TraceKind.THROTTLE_PEER, e).peer("remote", e.peer());
            case TraceEvent.Validate e ->
                    out.type(TraceKind.VALIDATE, e)
                            .id(e.messageId())
                            .topic(e.topic())
                            .peer("from", e.from());
        }
        return out.end();
    }

    private byte[] framed(TraceEvent event, TraceKind kind, ProtoWriter detail) {
        byte[] body =
                writer().varint(1, kind.number())
                        .bytes(2, self.unsafeBytes())
                        .varint(3, event.at() + wallMinusMonotonic)
                        .message(kind.field(), detail)
                        .toByteArray();
        int prefix = Bytes.varintSize(body.length);
        var framed = new byte[prefix + body.length];
        Bytes.putVarint(framed, 0, body.length);
        System.arraycopy(body, 0, framed, prefix, body.length);
        return framed;
    }

    private ProtoWriter member(PeerId peer, Mask topic) {
        return writer().bytes(1, peer.unsafeBytes()).string(2, text(topic));
    }

    private ProtoWriter rpc(PeerId peer, RpcMeta meta) {
        ProtoWriter all = writer();
        for (RpcMeta.Ids message : meta.messages()) {
            all.message(
                    1,
                    writer().bytes(1, message.ids().getFirst()).string(2, text(message.topic())));
        }
        for (SubOpts sub : meta.subscriptions()) {
            all.message(2, writer().bool(1, sub.subscribe()).string(2, text(sub.mask())));
        }
        ProtoWriter control = writer();
        for (RpcMeta.Ids ihave : meta.ihave()) {
            ProtoWriter entry = writer().string(1, text(ihave.topic()));
            for (byte[] id : ihave.ids()) entry.bytes(2, id);
            control.message(1, entry);
        }
        if (!meta.iwant().isEmpty()) control.message(2, ids(meta.iwant()));
        for (Mask topic : meta.graft()) control.message(3, writer().string(1, text(topic)));
        for (Mask topic : meta.prune()) control.message(4, writer().string(1, text(topic)));
        if (!meta.idontwant().isEmpty()) control.message(5, ids(meta.idontwant()));
        if (control.size() > 0) all.message(3, control);
        return writer().bytes(1, peer.unsafeBytes()).message(2, all);
    }

    private static ProtoWriter ids(List<byte[]> ids) {
        ProtoWriter entry = writer();
        for (byte[] id : ids) entry.bytes(1, id);
        return entry;
    }

    private String text(Mask topic) {
        return topic.display(dialect);
    }

    private static ProtoWriter writer() {
        return new ProtoWriter(64);
    }

    /// One JSON object. Names are ours and need no escapes.
    private final class Json {
        private final StringBuilder out = new StringBuilder("{");

        Json type(TraceKind kind, TraceEvent event) {
            text("type", kind.label());
            peer("peer", self);
            number("at", event.at());
            return number("time", event.at() + wallMinusMonotonic);
        }

        Json id(byte[] id) {
            return text("id", HexFormat.of().formatHex(id));
        }

        Json topic(Mask topic) {
            return text("topic", TraceEncoder.this.text(topic));
        }

        Json peer(String name, @Nullable PeerId peer) {
            return peer == null ? this : text(name, peer.toString());
        }

        Json number(String name, long value) {
            name(name).append(value);
            return this;
        }

        Json text(String name, String value) {
            quote(name(name), value);
            return this;
        }

        Json meta(RpcMeta meta) {
            ids("messages", meta.messages());
            name("subscriptions").append('[');
            for (int i = 0; i < meta.subscriptions().size(); i++) {
                SubOpts sub = meta.subscriptions().get(i);
                out.append(i == 0 ? "" : ",")
                        .append("{\"subscribe\":")
                        .append(sub.subscribe())
                        .append(",\"topic\":");
                quote(out, TraceEncoder.this.text(sub.mask()));
                out.append('}');
            }
            out.append(']');
            ids("ihave", meta.ihave());
            hex("iwant", meta.iwant());
            topics("graft", meta.graft());
            topics("prune", meta.prune());
            hex("idontwant", meta.idontwant());
            return this;
        }

        String end() {
            return out.append('}').toString();
        }

        private void ids(String name, List<RpcMeta.Ids> entries) {
            name(name).append('[');
            for (int i = 0; i < entries.size(); i++) {
                out.append(i == 0 ? "{" : ",{").append("\"topic\":");
                quote(out, TraceEncoder.this.text(entries.get(i).topic()));
                out.append(",\"ids\":");
                array(entries.get(i).ids().stream().map(HexFormat.of()::formatHex).toList());
                out.append('}');
            }
            out.append(']');
        }

        private void hex(String name, List<byte[]> ids) {
            name(name);
            array(ids.stream().map(HexFormat.of()::formatHex).toList());
        }

        private void topics(String name, List<Mask> topics) {
            name(name);
            array(topics.stream().map(TraceEncoder.this::text).toList());
        }

        private void array(List<String> values) {
            out.append('[');
            for (int i = 0; i < values.size(); i++) {
                if (i > 0) out.append(',');
                quote(out, values.get(i));
            }
            out.append(']');
        }

        private StringBuilder name(String name) {
            if (out.length() > 1) out.append(',');
            return out.append('"').append(name).append("\":");
        }

        /// Topics are bytes of strangers: everything that is not plain ASCII is escaped.
        private static void quote(StringBuilder to, String value) {
            to.append('"');
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                if (c == '"' || c == '\\') to.append('\\').append(c);
                else if (c < ' ' || c > '~') to.append("\\u").append(HexFormat.of().toHexDigits(c));
                else to.append(c);
            }
            to.append('"');
        }
    }

    /// The JSON object and a line end, in UTF-8.
    public byte[] jsonLine(TraceEvent event) {
        return (json(event) + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
