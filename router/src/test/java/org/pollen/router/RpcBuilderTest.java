package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.peer.MalformedException;

/// Fragmentation, router specification 2.6.
class RpcBuilderTest {
    private static final Mask TOPIC = Mask.topic("test");
    private final RpcBuilder builder = new RpcBuilder(Dialect.MESHSUB, 1024);

    @Test
    @DisplayName("C113: two messages of 10 bytes are one RPC")
    void smallMessagesShareAnRpc() {
        builder.message(small(1)).message(small(2));

        assertThat(builder.build()).hasSize(1);
        assertThat(builder.oversized()).isEmpty();
        assertThat(builder.isEmpty()).as("built means empty").isTrue();
        assertThat(builder.build()).isEmpty();
        assertThat(builder.buildWhole().bodyLength()).isZero();
    }

    @Test
    @DisplayName("C114: only the message that is too long alone is left out")
    void anOversizedMessageIsIsolated() {
        RpcMessage large = TestMessages.ofEncodedLength(1, 2048);
        builder.message(small(1)).message(large).message(small(2));

        List<OutboundRpc> built = builder.build();

        assertThat(built).containsExactly(small(built, 0), small(built, 1)).hasSize(2);
        assertThat(builder.oversized()).containsExactly(large);
    }

    @Test
    @DisplayName("C115: 100 messages of 200 bytes and a subscription are 20 RPCs; with control 21")
    void manyMessagesAreSplitGreedily() throws Exception {
        List<OutboundRpc> built = hundred().build();
        assertThat(built).hasSize(20).allMatch(rpc -> rpc.bodyLength() <= 1024);
        assertThat(decodeAll(built).stream().mapToInt(Rpc::subscriptionCount).sum()).isEqualTo(1);

        List<OutboundRpc> more =
                hundred()
                        .graft(TOPIC)
                        .prune(TOPIC, 60, List.of())
                        .ihave(TOPIC, new byte[3])
                        .iwant(new byte[3])
                        .build();
        assertThat(more).hasSize(21);
        List<Rpc> read = decodeAll(more);
        assertThat(read.subList(0, 20)).noneMatch(Rpc::hasControl);
        Rpc last = read.getLast();
        assertThat(last.graftCount() + last.pruneCount() + last.ihaveCount() + last.iwantCount())
                .isEqualTo(4);
        assertThat(((EncodedRpc) more.getLast()).grafts())
                .containsExactly(new EncodedRpc.Graft(TOPIC));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ihave", "iwant", "idontwant"})
    @DisplayName(
            "C116: ids of a giant list are spread, none is lost; an id longer than the limit is left out alone")
    void giantListsOfIdsAreSpread(String kind) throws Exception {
        for (int i = 0; i < 1000; i++) id(kind, i, 32);
        id(kind, 1000, 2048);
        id(kind, 1001, 32);
        List<OutboundRpc> built = builder.build();

        assertThat(built).allMatch(rpc -> rpc.bodyLength() <= 1024);
        assertThat(built)
                .as("each but the last few as full as can be")
                .hasSizeLessThan(1001 * 37 / 1024 + 3);
        Set<Byte> seen = new HashSet<>();
        int count = 0;
        for (Rpc rpc : decodeAll(built)) {
            int ids =
                    kind.equals("ihave")
                            ? rpc.ihaveCount() == 0 ? 0 : rpc.ihaveEnd(rpc.ihaveCount() - 1)
                            : kind.equals("iwant") ? rpc.iwantCount() : rpc.idontwantCount();
            for (int i = 0; i < ids; i++) {
                int offset =
                        switch (kind) {
                            case "ihave" -> rpc.ihaveIdOffset(i);
                            case "iwant" -> rpc.iwantOffset(i);
                            default -> rpc.idontwantOffset(i);
                        };
                seen.add(rpc.array()[offset]);
                count++;
            }
        }
        assertThat(count).isEqualTo(1001);
        assertThat(seen).hasSize(256);
        assertThat(builder.oversized()).hasSize(1);
    }

    @Test
    @DisplayName(
            "C117: 1000 messages of 20 kB need at least their bytes divided by the limit, and all are there")
    void manyLargeMessages() {
        var large = new RpcBuilder(Dialect.MESHSUB, 1 << 20);
        var messages = new ArrayList<RpcMessage>();
        for (int i = 0; i < 1000; i++) messages.add(TestMessages.ofEncodedLength(i, 20_000));
        messages.forEach(large::message);

        List<OutboundRpc> built = large.build();

        assertThat(built).hasSizeGreaterThanOrEqualTo(20_000_000 / (1 << 20) + 1);
        var sent = new ArrayList<RpcMessage>();
        for (OutboundRpc rpc : built) sent.addAll(((EncodedRpc) rpc).messages());
        assertThat(sent).containsExactlyElementsOf(messages);
    }

    @Test
    @DisplayName("C127: the hello is one RPC with all subscriptions")
    void theHelloIsOneRpc() throws Exception {
        var hello = new RpcBuilder(Dialect.BLOSSOM, 1 << 20);
        for (int i = 0; i < 256; i++) hello.subscription(SubOpts.subscribe(Mask.bit(32, i)));

        List<Rpc> read = new ArrayList<>();
        for (OutboundRpc rpc : hello.build())
            read.add(RpcCodecTest.decode(Dialect.BLOSSOM, rpc.toBody()));
        assertThat(read).hasSize(1);
        assertThat(read.getFirst().subscriptions())
                .hasSize(256)
                .allMatch(s -> s.subscribe() && s.mask().bitCount() == 1);
    }

    @Test
    void aSingleMessageIsReturnedUntouched() {
        RpcMessage message = small(1);
        builder.message(message);

        assertThat(builder.build()).containsExactly(message);
        assertThat(message.singleMessage()).isSameAs(message);
    }

    @Test
    void extensionsStayWithTheFirstRpc() throws Exception {
        var hello = hundred().extensions(false, true).testMessage();
        List<Rpc> read = decodeAll(hello.build());

        assertThat(read.getFirst().hasExtensions() && read.getFirst().testMessage()).isTrue();
        assertThat(read.subList(1, read.size()))
                .noneMatch(Rpc::hasExtensions)
                .noneMatch(Rpc::testMessage);
    }

    @Test
    @DisplayName("2.6: a new IHAVE entry begins whenever the topic differs from the last one")
    void idsOfOneTopicShareAnEntry() throws Exception {
        builder.ihave(TOPIC, new byte[1]).ihave(TOPIC, new byte[1]);
        builder.ihave(Mask.topic("other"), new byte[1]).ihave(TOPIC, new byte[1]);

        Rpc rpc = decodeAll(builder.build()).getFirst();
        assertThat(rpc.ihaveCount()).isEqualTo(3);
        assertThat(rpc.ihaveEnd(0)).isEqualTo(2);
    }

    /// Whatever is said is said once, in order, and every RPC is within the limit unless an element
    /// alone is not.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void theUnionOfTheFragmentsIsTheOriginal(long seed) throws Exception {
        var random = new Random(seed);
        var original = new RpcBuilder(Dialect.BLOSSOM, 1 << 24);
        var split = new RpcBuilder(Dialect.BLOSSOM, 300);
        for (int i = random.nextInt(60); i > 0; i--) {
            RpcMessage message =
                    TestMessages.message(Mask.bit(4, i % 32), new byte[1 + random.nextInt(250)]);
            var sub =
                    new SubOpts(
                            random.nextBoolean(), Mask.bit(32, random.nextInt(256)), false, false);
            Mask topic = Mask.bit(2, random.nextInt(3));
            var id = new byte[1 + random.nextInt(64)];
            random.nextBytes(id);
            for (RpcBuilder b : List.of(original, split)) {
                switch (i % 7) {
                    case 0 -> b.message(message);
                    case 1 -> b.subscription(sub);
                    case 2 -> b.graft(topic);
                    case 3 -> b.prune(topic, i, List.of(new PxPeer(id, null), new PxPeer(id, id)));
                    case 4 -> b.ihave(topic, id);
                    case 5 -> b.iwant(id);
                    default -> b.idontwant(id);
                }
            }
        }
        List<OutboundRpc> parts = split.build();
        assertThat(parts).allMatch(rpc -> rpc.bodyLength() <= 300);
        assertThat(split.oversized()).isEmpty();
        byte[] union =
                RpcCodecTest.concat(parts.stream().map(OutboundRpc::toBody).toArray(byte[][]::new));
        // Fragments put together are one RPC again: protobuf merges them.
        assertThat(elements(RpcCodecTest.decode(Dialect.BLOSSOM, union)))
                .isEqualTo(
                        elements(
                                RpcCodecTest.decode(
                                        Dialect.BLOSSOM, original.buildWhole().toBody())));
    }

    private static List<String> elements(Rpc rpc) {
        var all = new ArrayList<String>();
        for (int i = 0; i < rpc.messageCount(); i++) all.add("m" + Mask.of(rpc.message(i).id()));
        rpc.subscriptions().forEach(s -> all.add(s.toString()));
        for (int i = 0; i < rpc.graftCount(); i++) all.add("g" + rpc.graftMask(i));
        for (int i = 0; i < rpc.pruneCount(); i++) {
            all.add("p" + rpc.pruneMask(i) + rpc.pruneBackoff(i));
            rpc.prunePeers(i)
                    .forEach(p -> all.add(Mask.of(p.peerId()) + "/" + (p.signedRecord() == null)));
        }
        for (int i = 0; i < rpc.ihaveCount(); i++) {
            for (int id = rpc.ihaveFirst(i); id < rpc.ihaveEnd(i); id++) {
                all.add(
                        "h"
                                + Mask.of(
                                        rpc.array(), rpc.ihaveMaskOffset(i), rpc.ihaveMaskLength(i))
                                + Mask.of(
                                        rpc.array(), rpc.ihaveIdOffset(id), rpc.ihaveIdLength(id)));
            }
        }
        for (int i = 0; i < rpc.iwantCount(); i++) {
            all.add("w" + Mask.of(rpc.array(), rpc.iwantOffset(i), rpc.iwantLength(i)));
        }
        for (int i = 0; i < rpc.idontwantCount(); i++) {
            all.add("d" + Mask.of(rpc.array(), rpc.idontwantOffset(i), rpc.idontwantLength(i)));
        }
        return all;
    }

    private RpcBuilder hundred() {
        for (int i = 0; i < 100; i++) builder.message(TestMessages.ofEncodedLength(i, 202));
        return builder.subscription(SubOpts.subscribe(TOPIC));
    }

    private void id(String kind, int number, int length) {
        var id = new byte[length];
        id[0] = (byte) number;
        switch (kind) {
            case "ihave" -> builder.ihave(TOPIC, id);
            case "iwant" -> builder.iwant(id);
            default -> builder.idontwant(id);
        }
    }

    private static RpcMessage small(int number) {
        return TestMessages.message(Mask.topic("t"), new byte[] {(byte) number});
    }

    private static OutboundRpc small(List<OutboundRpc> built, int i) {
        assertThat(built.get(i).bodyLength()).isLessThan(20);
        return built.get(i);
    }

    private static List<Rpc> decodeAll(List<OutboundRpc> built) throws MalformedException {
        var all = new ArrayList<Rpc>();
        for (OutboundRpc rpc : built) all.add(RpcCodecTest.decode(Dialect.MESHSUB, rpc.toBody()));
        return all;
    }
}
