package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DynamicMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pollen.peer.MalformedException;

/// The codec against protobuf-java on the same schema.
class RpcCodecTest {
    private static final byte[] AUTHOR = {0, 2, 7, 7};

    static Stream<Arguments> seeds() {
        return IntStream.range(0, 200)
                .mapToObj(i ->
                        Arguments.of(i % 2 == 0 ? Dialect.BLOSSOM : Dialect.MESHSUB, (long) i));
    }

    /// What protobuf-java encodes we read the same, field by field.
    @ParameterizedTest(name = "{0} seed {1}")
    @MethodSource("seeds")
    void readsWhatProtobufWrites(Dialect dialect, long seed) throws Exception {
        DynamicMessage written = Schemas.of(dialect).rpc(random(dialect, new Random(seed)));

        assertThat(describe(decode(dialect, written.toByteArray()))).isEqualTo(describe(written));
    }

    /// What we write protobuf-java reads, and it means the same.
    @ParameterizedTest(name = "{0} seed {1}")
    @MethodSource("seeds")
    void protobufReadsWhatWeWrite(Dialect dialect, long seed) throws Exception {
        DynamicMessage original = Schemas.of(dialect).rpc(random(dialect, new Random(seed)));
        Rpc rpc = decode(dialect, original.toByteArray());
        var builder = new RpcBuilder(dialect, 1 << 20);
        for (int i = 0; i < rpc.messageCount(); i++) builder.message(rpc.message(i));
        rpc.subscriptions().forEach(builder::subscription);
        for (int i = 0; i < rpc.graftCount(); i++) builder.graft(rpc.graftMask(i));
        for (int i = 0; i < rpc.pruneCount(); i++) {
            builder.prune(rpc.pruneMask(i), rpc.pruneBackoff(i), rpc.prunePeers(i));
        }
        for (int i = 0; i < rpc.ihaveCount(); i++) {
            Mask topic = Mask.of(rpc.array(), rpc.ihaveMaskOffset(i), rpc.ihaveMaskLength(i));
            for (int id = rpc.ihaveFirst(i); id < rpc.ihaveEnd(i); id++) {
                builder.ihave(topic, slice(rpc, rpc.ihaveIdOffset(id), rpc.ihaveIdLength(id)));
            }
        }
        for (int i = 0; i < rpc.iwantCount(); i++) {
            builder.iwant(slice(rpc, rpc.iwantOffset(i), rpc.iwantLength(i)));
        }
        for (int i = 0; i < rpc.idontwantCount(); i++) {
            builder.idontwant(slice(rpc, rpc.idontwantOffset(i), rpc.idontwantLength(i)));
        }
        if (rpc.hasExtensions()) builder.extensions(rpc.partialMessages(), rpc.testExtension());
        if (rpc.testMessage()) builder.testMessage();
        Rpc.PartialMessage partial = rpc.partial();
        if (partial != null) builder.partial(partial);

        DynamicMessage read = Schemas.of(dialect).parse(builder.buildWhole().toBody());

        assertThat(describe(read)).isEqualTo(describe(original));
        assertThat(read.getUnknownFields().asMap()).isEmpty();
    }

    @Test
    @DisplayName("proto3 writes no defaults: unsubscribe from the empty mask is an empty element")
    void blossomElidesDefaults() {
        byte[] body =
                new RpcBuilder(Dialect.BLOSSOM, 1000)
                        .subscription(SubOpts.unsubscribe(Mask.EMPTY))
                        .graft(Mask.EMPTY)
                        .prune(Mask.EMPTY, 0, List.of())
                        .buildWhole()
                        .toBody();

        assertThat(body).containsExactly(0x0a, 0, 0x1a, 4, 0x1a, 0, 0x22, 0);
    }

    @Test
    @DisplayName("proto2 writes what is set: an unsubscription says so, an empty topic is there")
    void meshsubWritesPresence() {
        byte[] body =
                new RpcBuilder(Dialect.MESHSUB, 1000)
                        .subscription(SubOpts.unsubscribe(Mask.EMPTY))
                        .graft(Mask.EMPTY)
                        .buildWhole()
                        .toBody();

        assertThat(body).containsExactly(0x0a, 4, 8, 0, 0x12, 0, 0x1a, 4, 0x1a, 2, 0x0a, 0);
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void aMessageIsForwardedAsItCame(Dialect dialect) throws Exception {
        byte[] first =
                element(
                        dialect,
                        Map.of("from", AUTHOR, "data", new byte[300], "topic", Mask.topic("t")));
        byte[] second = element(dialect, Map.of("data", new byte[] {1}, "seqno", new byte[8]));
        byte[] body = concat(first, second);
        Rpc rpc = decode(dialect, concat(new byte[7], body, new byte[3]), 7, body.length);

        assertThat(rpc.messageCount()).isEqualTo(2);
        assertThat(rpc.message(0).array()).as("no copy").isSameAs(rpc.array());
        assertThat(rpc.message(0).toBody()).isEqualTo(first);
        assertThat(rpc.message(1).toBody()).isEqualTo(second);
        assertThat(rpc.encodedLength(1)).isEqualTo(second.length);
        assertThat(rpc.message(0).toFrame())
                .startsWith((first.length & 0x7f) | 0x80, first.length >> 7);
        assertThat(rpc.dataLength(0)).isEqualTo(300);
        assertThat(slice(rpc, rpc.maskOffset(0), rpc.maskLength(0))).containsExactly('t');
        assertThat(rpc.maskLength(1)).isZero();
    }

    @Test
    void fieldsInAnotherOrderAreForwardedAsTheyCame() throws Exception {
        byte[] element = {0x12, 6, 0x22, 1, 't', 0x12, 1, 9};
        RpcMessage message = decode(Dialect.BLOSSOM, element).message(0);

        assertThat(message.toBody()).isEqualTo(element);
        assertThat(message.data()).containsExactly(9);
    }

    @Test
    @DisplayName(
            "2.3: unknown fields are not re-emitted; padded lengths and repeated fields neither")
    void whatMustNotBePassedOnIsEncodedAnew() throws Exception {
        byte[] clean = {0x12, 6, 0x12, 1, 9, 0x22, 1, 't'};

        for (byte[] dirty :
                List.of(
                        new byte[] {0x12, 9, 0x12, 1, 9, 0x22, 1, 't', 0x3a, 1, 5},
                        new byte[] {0x12, 7, 0x12, (byte) 0x81, 0, 9, 0x22, 1, 't'},
                        new byte[] {0x12, (byte) 0x86, 0, 0x12, 1, 9, 0x22, 1, 't'},
                        new byte[] {0x12, 9, 0x12, 1, 8, 0x12, 1, 9, 0x22, 1, 't'})) {
            RpcMessage message = decode(Dialect.MESHSUB, dirty).message(0);
            assertThat(message.toBody()).isEqualTo(clean);
            assertThat(message.mask()).isEqualTo(Mask.topic("t"));
            assertThat(message.dataOffset()).isEqualTo(4);
        }
    }

    @Test
    @DisplayName("C128: of several topics in the legacy field the last one counts")
    void theLastOfSeveralTopicsWins() throws Exception {
        byte[] element = {0x12, 9, 0x12, 1, 9, 0x22, 1, 'a', 0x22, 1, 'b'};
        Rpc rpc = decode(Dialect.MESHSUB, element);

        assertThat(rpc.fields(0).mask()).isEqualTo(Mask.topic("b"));
        assertThat(rpc.message(0).toBody()).containsExactly(0x12, 6, 0x12, 1, 9, 0x22, 1, 'b');
    }

    @Test
    @DisplayName("C129: extensions of the first RPC; unknown ones are ignored")
    void extensionsAreDecoded() throws Exception {
        byte[] some =
                new RpcBuilder(Dialect.MESHSUB, 1000)
                        .extensions(true, true)
                        .testMessage()
                        .buildWhole()
                        .toBody();
        byte[] unknown = {0x1a, 4, 0x32, 2, 0x78, 1};
        byte[] none = {0x1a, 2, 0x1a, 0};

        Rpc rpc = decode(Dialect.MESHSUB, some);
        assertThat(rpc.hasExtensions() && rpc.partialMessages() && rpc.testExtension()).isTrue();
        assertThat(rpc.testMessage()).isTrue();
        rpc = decode(Dialect.MESHSUB, unknown);
        assertThat(rpc.hasExtensions()).isTrue();
        assertThat(rpc.partialMessages() || rpc.testExtension()).isFalse();
        assertThat(decode(Dialect.MESHSUB, none).hasExtensions()).isFalse();
        rpc = decode(Dialect.BLOSSOM, some);
        assertThat(rpc.hasControl()).isTrue();
        assertThat(rpc.hasExtensions() || rpc.testMessage())
                .as("no extensions in this dialect")
                .isFalse();
        assertThat(rpc.partial()).isNull();
    }

    @Test
    @DisplayName("C130, decoding: a partial message and its metadata")
    void partialMessagesAreDecoded() throws Exception {
        var partial = new Rpc.PartialMessage(Mask.topic("t"), new byte[] {1}, null, new byte[] {2});
        byte[] body = new RpcBuilder(Dialect.MESHSUB, 1000).partial(partial).buildWhole().toBody();

        Rpc.PartialMessage read = decode(Dialect.MESHSUB, body).partial();
        Objects.requireNonNull(read);
        assertThat(read.topic()).isEqualTo(Mask.topic("t"));
        assertThat(read.groupId()).containsExactly(1);
        assertThat(read.partialMessage()).isNull();
        assertThat(read.partsMetadata()).containsExactly(2);
        assertThat(decode(Dialect.BLOSSOM, body).partial()).isNull();
    }

    @Test
    void controlPartsThatComeInPiecesAreOne() throws Exception {
        byte[] a =
                new RpcBuilder(Dialect.MESHSUB, 1000).graft(Mask.topic("a")).buildWhole().toBody();
        byte[] b =
                new RpcBuilder(Dialect.MESHSUB, 1000).graft(Mask.topic("b")).buildWhole().toBody();

        assertThat(decode(Dialect.MESHSUB, concat(a, b)).graftCount()).isEqualTo(2);
    }

    @Test
    void anRpcIsReusedForTheNextFrame() throws Exception {
        var rpc = new Rpc();
        var decoder = decoder(Dialect.BLOSSOM);
        byte[] big =
                new RpcBuilder(Dialect.BLOSSOM, 1 << 20)
                        .iwant(new byte[20])
                        .graft(Mask.zero(1))
                        .subscription(SubOpts.subscribe(Mask.zero(1)))
                        .message(TestMessages.message(1))
                        .buildWhole()
                        .toBody();
        assertThat(decoder.decode(big, 0, big.length, rpc)).isNull();
        RpcMessage kept = rpc.message(0);
        byte[] small = {0x1a, 0};
        assertThat(decoder.decode(small, 0, 2, rpc)).isNull();

        assertThat(
                        rpc.messageCount()
                                + rpc.subscriptionCount()
                                + rpc.iwantCount()
                                + rpc.graftCount())
                .isZero();
        assertThat(rpc.hasControl()).isTrue();
        assertThat(rpc.length()).isEqualTo(2);
        assertThat(kept.toBody()).isEqualTo(TestMessages.message(1).toBody());
    }

    // ---- a random RPC, and descriptions to compare

    private static Map<String, Object> random(Dialect dialect, Random random) {
        Map<String, Object> rpc = new LinkedHashMap<>();
        rpc.put(
                "subscriptions",
                list(
                        random,
                        () -> {
                            var sub = new LinkedHashMap<String, Object>();
                            sub.put("subscribe", random.nextBoolean());
                            sub.put("topic", topic(random));
                            if (dialect == Dialect.MESHSUB && random.nextBoolean())
                                sub.put("requestsPartial", true);
                            if (dialect == Dialect.MESHSUB && random.nextBoolean())
                                sub.put("supportsSendingPartial", true);
                            return sub;
                        }));
        rpc.put(
                "publish",
                list(
                        random,
                        () -> {
                            var message = new LinkedHashMap<String, Object>();
                            message.put("data", bytes(random, 200));
                            message.put("topic", topic(random));
                            if (random.nextBoolean()) message.put("from", bytes(random, 40));
                            if (random.nextBoolean()) message.put("seqno", bytes(random, 8));
                            if (random.nextBoolean()) message.put("signature", bytes(random, 64));
                            if (random.nextBoolean()) message.put("key", bytes(random, 36));
                            return message;
                        }));
        var control = new LinkedHashMap<String, Object>();
        control.put("graft", list(random, () -> Map.of("topic", topic(random))));
        control.put(
                "prune",
                list(
                        random,
                        () ->
                                Map.of(
                                        "topic", topic(random),
                                        "backoff", random.nextLong(),
                                        "peers",
                                                list(
                                                        random,
                                                        () ->
                                                                random.nextBoolean()
                                                                        ? Map.of(
                                                                                "peerId",
                                                                                bytes(random, 40))
                                                                        : Map.of(
                                                                                "peerId",
                                                                                bytes(random, 40),
                                                                                "signedPeerRecord",
                                                                                bytes(
                                                                                        random,
                                                                                        99))))));
        var topics = List.of(Mask.topic("one"), Mask.topic("two"), Mask.topic("three"));
        control.put(
                "ihave",
                topics.subList(0, random.nextInt(4)).stream()
                        .map(t -> Map.of("topic", t, "ids", ids(random)))
                        .toList());
        if (random.nextBoolean()) control.put("iwant", List.of(Map.of("ids", ids(random))));
        if (random.nextBoolean()) control.put("idontwant", List.of(Map.of("ids", ids(random))));
        if (dialect == Dialect.MESHSUB && random.nextBoolean()) {
            control.put("extensions", Map.of("partialMessages", true));
        }
        rpc.put("control", control);
        if (dialect == Dialect.MESHSUB && random.nextBoolean()) {
            rpc.put(
                    "partial",
                    Map.of(
                            "topic",
                            topic(random),
                            "groupId",
                            bytes(random, 9),
                            "partialMessage",
                            bytes(random, 50),
                            "partsMetadata",
                            bytes(random, 5)));
            rpc.put("testExtension", Map.of());
        }
        return rpc;
    }

    private static List<byte[]> ids(Random random) {
        return IntStream.rangeClosed(0, random.nextInt(30))
                .mapToObj(_ -> bytes(random, 64))
                .toList();
    }

    private static <T> List<T> list(Random random, java.util.function.Supplier<T> element) {
        return Stream.generate(element).limit(random.nextInt(6)).toList();
    }

    private static Mask topic(Random random) {
        return Mask.topic("topic-" + random.nextInt(1000));
    }

    private static byte[] bytes(Random random, int max) {
        var bytes = new byte[1 + random.nextInt(max)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static String describe(DynamicMessage rpc) {
        var out = new StringBuilder();
        var control =
                (DynamicMessage)
                        rpc.getField(rpc.getDescriptorForType().findFieldByName("control"));
        for (var m : children(rpc, "subscriptions")) {
            out.append("sub ").append(get(m, "subscribe")).append(hex(get(m, "topic")));
            out.append(get(m, "requestsPartial"))
                    .append(get(m, "supportsSendingPartial"))
                    .append('\n');
        }
        for (var m : children(rpc, "publish")) {
            out.append("msg");
            for (String f : List.of("from", "data", "seqno", "topic", "signature", "key")) {
                out.append(' ').append(hex(get(m, f)));
            }
            out.append('\n');
        }
        for (var m : children(control, "ihave"))
            out.append("ihave ").append(hex(get(m, "topic"))).append(idsOf(m));
        for (var m : children(control, "iwant")) out.append("iwant").append(idsOf(m));
        for (var m : children(control, "graft"))
            out.append("graft ").append(hex(get(m, "topic"))).append('\n');
        for (var m : children(control, "prune")) {
            out.append("prune ").append(hex(get(m, "topic"))).append(' ').append(get(m, "backoff"));
            for (var p : children(m, "peers")) {
                out.append(' ')
                        .append(hex(get(p, "peerId")))
                        .append('/')
                        .append(hex(get(p, "signedPeerRecord")));
            }
            out.append('\n');
        }
        for (var m : children(control, "idontwant")) out.append("idontwant").append(idsOf(m));
        if (rpc.getDescriptorForType().findFieldByName("partial") != null) {
            var extensions =
                    (DynamicMessage)
                            control.getField(
                                    control.getDescriptorForType().findFieldByName("extensions"));
            out.append("ext ").append(get(extensions, "partialMessages"));
            out.append(rpc.hasField(rpc.getDescriptorForType().findFieldByName("testExtension")));
            var partial =
                    (DynamicMessage)
                            rpc.getField(rpc.getDescriptorForType().findFieldByName("partial"));
            for (String f : List.of("topic", "groupId", "partialMessage", "partsMetadata")) {
                out.append(' ').append(hex(get(partial, f)));
            }
        }
        return out.toString();
    }

    private static String describe(Rpc rpc) {
        var out = new StringBuilder();
        boolean meshsub = rpc.hasExtensions() || rpc.testMessage() || rpc.partial() != null;
        for (SubOpts s : rpc.subscriptions()) {
            out.append("sub ").append(s.subscribe()).append(s.mask().hex());
            out.append(meshsubFlag(s.requestsPartial()))
                    .append(meshsubFlag(s.supportsSendingPartial()))
                    .append('\n');
        }
        for (int i = 0; i < rpc.messageCount(); i++) {
            out.append("msg");
            for (int f = 1; f <= 6; f++) out.append(' ').append(hex(rpc.fields(i).bytes(f)));
            out.append('\n');
        }
        for (int i = 0; i < rpc.ihaveCount(); i++) {
            out.append("ihave ")
                    .append(hex(slice(rpc, rpc.ihaveMaskOffset(i), rpc.ihaveMaskLength(i))));
            for (int id = rpc.ihaveFirst(i); id < rpc.ihaveEnd(i); id++) {
                out.append(' ')
                        .append(hex(slice(rpc, rpc.ihaveIdOffset(id), rpc.ihaveIdLength(id))));
            }
            out.append('\n');
        }
        if (rpc.iwantCount() > 0) out.append("iwant");
        for (int i = 0; i < rpc.iwantCount(); i++) {
            out.append(' ').append(hex(slice(rpc, rpc.iwantOffset(i), rpc.iwantLength(i))));
        }
        if (rpc.iwantCount() > 0) out.append('\n');
        for (int i = 0; i < rpc.graftCount(); i++) {
            assertThat(slice(rpc, rpc.graftMaskOffset(i), rpc.graftMaskLength(i)))
                    .isEqualTo(rpc.graftMask(i).bytes());
            out.append("graft ").append(rpc.graftMask(i).hex()).append('\n');
        }
        for (int i = 0; i < rpc.pruneCount(); i++) {
            assertThat(slice(rpc, rpc.pruneMaskOffset(i), rpc.pruneMaskLength(i)))
                    .isEqualTo(rpc.pruneMask(i).bytes());
            out.append("prune ")
                    .append(rpc.pruneMask(i).hex())
                    .append(' ')
                    .append(rpc.pruneBackoff(i));
            assertThat(rpc.prunePeers(i)).hasSize(rpc.prunePeerCount(i));
            for (PxPeer p : rpc.prunePeers(i)) {
                byte[] record = p.signedRecord();
                out.append(' ')
                        .append(hex(p.peerId()))
                        .append('/')
                        .append(record == null ? "" : hex(record));
            }
            out.append('\n');
        }
        if (rpc.idontwantCount() > 0) out.append("idontwant");
        for (int i = 0; i < rpc.idontwantCount(); i++) {
            out.append(' ').append(hex(slice(rpc, rpc.idontwantOffset(i), rpc.idontwantLength(i))));
        }
        if (rpc.idontwantCount() > 0) out.append('\n');
        return meshsub || DIALECT.get() == Dialect.MESHSUB ? out + extensions(rpc) : out.toString();
    }

    /// The dialect of the RPC that is described; BLOSSOM descriptions have no extensions.
    private static final ThreadLocal<Dialect> DIALECT =
            ThreadLocal.withInitial(() -> Dialect.BLOSSOM);

    private static String meshsubFlag(boolean flag) {
        return DIALECT.get() == Dialect.MESHSUB ? String.valueOf(flag) : "";
    }

    private static String extensions(Rpc rpc) {
        var out = new StringBuilder("ext ").append(rpc.partialMessages()).append(rpc.testMessage());
        Rpc.PartialMessage partial = rpc.partial();
        if (partial == null) return out.append("    ").toString();
        return out.append(' ')
                .append(partial.topic().hex())
                .append(' ')
                .append(hex(partial.groupId()))
                .append(' ')
                .append(hex(partial.partialMessage()))
                .append(' ')
                .append(hex(partial.partsMetadata()))
                .toString();
    }

    private static List<DynamicMessage> children(DynamicMessage parent, String field) {
        var list = new ArrayList<DynamicMessage>();
        for (Object child :
                (List<?>) parent.getField(parent.getDescriptorForType().findFieldByName(field))) {
            list.add((DynamicMessage) child);
        }
        return list;
    }

    private static Object get(DynamicMessage message, String field) {
        var descriptor = message.getDescriptorForType().findFieldByName(field);
        return descriptor == null ? "" : message.getField(descriptor);
    }

    private static String idsOf(DynamicMessage message) {
        var out = new StringBuilder();
        for (Object id : (List<?>) get(message, "ids")) out.append(' ').append(hex(id));
        return out.append('\n').toString();
    }

    private static String hex(@Nullable Object value) {
        return switch (value) {
            case ByteString bytes ->
                    Mask.of().hex() + java.util.HexFormat.of().formatHex(bytes.toByteArray());
            case byte[] bytes -> java.util.HexFormat.of().formatHex(bytes);
            case String text -> Mask.topic(text).hex();
            case null, default -> "";
        };
    }

    private static byte[] element(Dialect dialect, Map<String, ?> fields) {
        return Schemas.of(dialect).rpc(Map.of("publish", List.of(fields))).toByteArray();
    }

    private static byte[] slice(Rpc rpc, int offset, int length) {
        return Arrays.copyOfRange(rpc.array(), offset, offset + length);
    }

    static byte[] concat(byte[]... parts) {
        var out = new java.io.ByteArrayOutputStream();
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    static RpcDecoder decoder(Dialect dialect) {
        DIALECT.set(dialect);
        return new RpcDecoder(
                dialect, RpcLimits.DEFAULT, MessageIdScheme.SHA256, TestMessages.HASHER);
    }

    static Rpc decode(Dialect dialect, byte[] body) throws MalformedException {
        return decode(dialect, body, 0, body.length);
    }

    static Rpc decode(Dialect dialect, byte[] array, int offset, int length)
            throws MalformedException {
        var rpc = new Rpc();
        assertThat(decoder(dialect).decode(array, offset, length, rpc)).isNull();
        return rpc;
    }

    @Test
    void anRpcThatCarriesAMessageIsTheSameAsItsDecodedBytes() throws Exception {
        RouterConfig config =
                RouterConfig.builder(RouterMessages.peerId(1), RouterParams.GOSSIPSUB_GO)
                        .hasher(new MessageKeyHasher(1, 2))
                        .build();
        Mask mask = Mask.topic("t");
        RpcMessage message =
                RouterMessages.message(
                        config, mask, new byte[] {1, 2, 3}, RouterMessages.peerId(1), 5);
        RouterParams params = config.params();
        var decoder =
                new RpcDecoder(
                        params.dialect(),
                        params.rpcLimits(),
                        params.messageIds(),
                        new MessageKeyHasher(1, 2));
        var decoded = new Rpc();
        byte[] body = message.toBody();
        decoder.decode(body, 0, body.length, decoded);

        Rpc carried = new Rpc().carry(message);

        assertThat(carried.messageCount()).isEqualTo(1);
        assertThat(carried.message(0)).isSameAs(message);
        assertThat(carried.messageId(0)).isEqualTo(decoded.messageId(0));
        assertThat(carried.idHi(0)).isEqualTo(decoded.idHi(0));
        assertThat(carried.idLo(0)).isEqualTo(decoded.idLo(0));
        assertThat(carried.fields(0).mask()).isEqualTo(mask);
        assertThat(carried.fields(0).bytes(MessageFields.DATA)).containsExactly(1, 2, 3);
        assertThat(carried.dataLength(0)).isEqualTo(decoded.dataLength(0));
        assertThat(carried.hasControl()).isFalse();
        carried.clear();
        assertThat(carried.messageCount()).isZero();
    }
}
