package org.pollen.router;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import java.util.List;
import java.util.Map;

/// The protobuf schemas of both dialects for protobuf-java, which is the oracle of the codec's
/// tests. Written from the tables of the router specification, 2.2 and 2.3.
final class Schemas {
    static final Schemas BLOSSOM = new Schemas("proto3", false);
    static final Schemas MESHSUB = new Schemas("proto2", true);

    private final Descriptor rpc;

    private Schemas(String syntax, boolean meshsub) {
        FieldDescriptorProto.Type topic =
                meshsub
                        ? FieldDescriptorProto.Type.TYPE_STRING
                        : FieldDescriptorProto.Type.TYPE_BYTES;
        var file = FileDescriptorProto.newBuilder().setName(syntax + ".proto").setSyntax(syntax);
        var subOpts =
                message("SubOpts")
                        .addField(one("subscribe", 1, FieldDescriptorProto.Type.TYPE_BOOL))
                        .addField(one("topic", 2, topic));
        var control =
                message("Control")
                        .addField(many("ihave", 1, "IHave"))
                        .addField(many("iwant", 2, "IWant"))
                        .addField(many("graft", 3, "Graft"))
                        .addField(many("prune", 4, "Prune"))
                        .addField(many("idontwant", 5, "IDontWant"));
        var rpcMessage =
                message("RPC")
                        .addField(many("subscriptions", 1, "SubOpts"))
                        .addField(many("publish", 2, "Message"))
                        .addField(
                                one("control", 3, FieldDescriptorProto.Type.TYPE_MESSAGE)
                                        .setTypeName("Control"));
        if (meshsub) {
            subOpts.addField(one("requestsPartial", 3, FieldDescriptorProto.Type.TYPE_BOOL))
                    .addField(
                            one("supportsSendingPartial", 4, FieldDescriptorProto.Type.TYPE_BOOL));
            control.addField(
                    one("extensions", 6, FieldDescriptorProto.Type.TYPE_MESSAGE)
                            .setTypeName("Extensions"));
            rpcMessage
                    .addField(
                            one("partial", 10, FieldDescriptorProto.Type.TYPE_MESSAGE)
                                    .setTypeName("Partial"))
                    .addField(
                            one("testExtension", 6492434, FieldDescriptorProto.Type.TYPE_MESSAGE)
                                    .setTypeName("Empty"));
        }
        file.addMessageType(rpcMessage)
                .addMessageType(subOpts)
                .addMessageType(
                        message("Message")
                                .addField(one("from", 1, FieldDescriptorProto.Type.TYPE_BYTES))
                                .addField(one("data", 2, FieldDescriptorProto.Type.TYPE_BYTES))
                                .addField(one("seqno", 3, FieldDescriptorProto.Type.TYPE_BYTES))
                                .addField(one("topic", 4, topic))
                                .addField(one("signature", 5, FieldDescriptorProto.Type.TYPE_BYTES))
                                .addField(one("key", 6, FieldDescriptorProto.Type.TYPE_BYTES)))
                .addMessageType(control)
                .addMessageType(
                        message("IHave")
                                .addField(one("topic", 1, topic))
                                .addField(manyBytes("ids", 2)))
                .addMessageType(message("IWant").addField(manyBytes("ids", 1)))
                .addMessageType(message("Graft").addField(one("topic", 1, topic)))
                .addMessageType(
                        message("Prune")
                                .addField(one("topic", 1, topic))
                                .addField(many("peers", 2, "PeerInfo"))
                                .addField(one("backoff", 3, FieldDescriptorProto.Type.TYPE_UINT64)))
                .addMessageType(
                        message("PeerInfo")
                                .addField(one("peerId", 1, FieldDescriptorProto.Type.TYPE_BYTES))
                                .addField(
                                        one(
                                                "signedPeerRecord",
                                                2,
                                                FieldDescriptorProto.Type.TYPE_BYTES)))
                .addMessageType(message("IDontWant").addField(manyBytes("ids", 1)))
                .addMessageType(
                        message("Extensions")
                                .addField(
                                        one(
                                                "partialMessages",
                                                10,
                                                FieldDescriptorProto.Type.TYPE_BOOL))
                                .addField(
                                        one(
                                                "testExtension",
                                                6492434,
                                                FieldDescriptorProto.Type.TYPE_BOOL)))
                .addMessageType(
                        message("Partial")
                                .addField(one("topic", 1, FieldDescriptorProto.Type.TYPE_BYTES))
                                .addField(one("groupId", 2, FieldDescriptorProto.Type.TYPE_BYTES))
                                .addField(
                                        one(
                                                "partialMessage",
                                                3,
                                                FieldDescriptorProto.Type.TYPE_BYTES))
                                .addField(
                                        one(
                                                "partsMetadata",
                                                4,
                                                FieldDescriptorProto.Type.TYPE_BYTES)))
                .addMessageType(message("Empty"));
        try {
            rpc =
                    FileDescriptor.buildFrom(file.build(), new FileDescriptor[0])
                            .findMessageTypeByName("RPC");
        } catch (DescriptorValidationException e) {
            throw new AssertionError(e);
        }
    }

    static Schemas of(Dialect dialect) {
        return dialect == Dialect.BLOSSOM ? BLOSSOM : MESHSUB;
    }

    /// A message built from names and values: bytes, strings, numbers, flags, and maps or lists of
    /// them for nested ones.
    DynamicMessage rpc(Map<String, ?> fields) {
        return build(rpc, fields);
    }

    DynamicMessage parse(byte[] body) {
        try {
            return DynamicMessage.parseFrom(rpc, body);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static DynamicMessage build(Descriptor type, Map<String, ?> fields) {
        var builder = DynamicMessage.newBuilder(type);
        fields.forEach((name, value) -> {
            FieldDescriptor field = type.findFieldByName(name);
            if (value instanceof List<?> list) {
                for (Object element : list) builder.addRepeatedField(field, value(field, element));
            } else {
                builder.setField(field, value(field, value));
            }
        });
        return builder.build();
    }

    @SuppressWarnings("unchecked") // the tests write the maps
    private static Object value(FieldDescriptor field, Object value) {
        if (value instanceof Map<?, ?> map)
            return build(field.getMessageType(), (Map<String, ?>) map);
        if (value instanceof byte[] bytes) return ByteString.copyFrom(bytes);
        if (value instanceof Mask mask) {
            return field.getType() == FieldDescriptor.Type.STRING
                    ? mask.text()
                    : ByteString.copyFrom(mask.bytes());
        }
        return value;
    }

    private static DescriptorProto.Builder message(String name) {
        return DescriptorProto.newBuilder().setName(name);
    }

    private static FieldDescriptorProto.Builder one(
            String name, int number, FieldDescriptorProto.Type type) {
        return FieldDescriptorProto.newBuilder()
                .setName(name)
                .setNumber(number)
                .setType(type)
                .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL);
    }

    private static FieldDescriptorProto.Builder many(String name, int number, String type) {
        return one(name, number, FieldDescriptorProto.Type.TYPE_MESSAGE)
                .setTypeName(type)
                .setLabel(FieldDescriptorProto.Label.LABEL_REPEATED);
    }

    private static FieldDescriptorProto.Builder manyBytes(String name, int number) {
        return one(name, number, FieldDescriptorProto.Type.TYPE_BYTES)
                .setLabel(FieldDescriptorProto.Label.LABEL_REPEATED);
    }
}
