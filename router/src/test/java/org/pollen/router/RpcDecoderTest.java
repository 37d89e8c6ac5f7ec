package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.peer.MalformedException;

/// Limits of the decoder, each at the limit and one above.
class RpcDecoderTest {
    private static final RpcLimits SMALL = new RpcLimits(4096, 3, 3, 4, 5, 8, 200, 16, 9);
    private static final Mask T = Mask.fromHex("01");

    private final Rpc rpc = new Rpc();
    private final RpcDecoder decoder =
            new RpcDecoder(Dialect.BLOSSOM, SMALL, MessageIdScheme.SHA256, TestMessages.HASHER);

    @Test
    @DisplayName("C119: more messages than allowed")
    void messagesAreLimited() throws Exception {
        assertThat(decode(times(3, b -> b.message(TestMessages.message(1))))).isNull();
        assertThat(decode(times(4, b -> b.message(TestMessages.message(1)))))
                .isEqualTo(RpcRefusal.MESSAGES);
    }

    @Test
    @DisplayName("C119: more subscriptions than allowed")
    void subscriptionsAreLimited() throws Exception {
        assertThat(decode(times(3, b -> b.subscription(SubOpts.subscribe(T))))).isNull();
        assertThat(decode(times(4, b -> b.subscription(SubOpts.subscribe(T)))))
                .isEqualTo(RpcRefusal.SUBSCRIPTIONS);
    }

    @Test
    @DisplayName("C119: more control entries than allowed, whatever their kind")
    void controlEntriesAreLimited() throws Exception {
        assertThat(decode(times(2, b -> b.graft(T).prune(T, 1, List.of())))).isNull();
        assertThat(decode(times(2, b -> b.graft(T).prune(T, 1, List.of())).iwant(new byte[1])))
                .isEqualTo(RpcRefusal.CONTROL_ENTRIES);
        var peer = new PxPeer(new byte[] {1}, null);
        assertThat(decode(times(1, b -> b.prune(T, 1, List.of(peer, peer, peer))))).isNull();
        assertThat(decode(times(1, b -> b.prune(T, 1, List.of(peer, peer, peer, peer)))))
                .isEqualTo(RpcRefusal.CONTROL_ENTRIES);
    }

    @Test
    @DisplayName("V5, C119: more message ids than allowed, over IHAVE, IWANT and IDONTWANT")
    void messageIdsAreLimited() throws Exception {
        var five = times(2, b -> b.ihave(T, new byte[1]).iwant(new byte[1])).idontwant(new byte[1]);
        assertThat(decode(five)).isNull();
        var six = times(2, b -> b.ihave(T, new byte[1]).iwant(new byte[1]).idontwant(new byte[1]));
        assertThat(decode(six)).isEqualTo(RpcRefusal.MESSAGE_IDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ihave", "iwant", "idontwant"})
    @DisplayName("2.5: a message id is at most 64 bytes (here 8)")
    void messageIdsHaveALongest(String kind) throws Exception {
        for (int length = 0; length <= 9; length++) {
            var id = new byte[length];
            var builder = new RpcBuilder(Dialect.BLOSSOM, 4096);
            switch (kind) {
                case "ihave" -> builder.ihave(T, id);
                case "iwant" -> builder.iwant(id);
                default -> builder.idontwant(id);
            }
            assertThat(decode(builder)).isEqualTo(length == 9 ? RpcRefusal.MESSAGE_ID_BYTES : null);
        }
    }

    @Test
    @DisplayName("C119: more control bytes than allowed")
    void controlBytesAreLimited() throws Exception {
        var peer = new PxPeer(new byte[189], null);
        assertThat(decode(times(1, b -> b.prune(Mask.EMPTY, 1, List.of(peer))))).isEqualTo(null);
        var larger = new PxPeer(new byte[190], null);
        assertThat(decode(times(1, b -> b.prune(Mask.EMPTY, 1, List.of(larger)))))
                .isEqualTo(RpcRefusal.CONTROL_BYTES);
    }

    @Test
    @DisplayName(
            "V21, C20: elements with a mask too long, or of too many bits, are skipped and counted")
    void elementsWithIllegalMasksAreSkipped() throws Exception {
        Mask longest = Mask.zero(16);
        Mask tooLong = Mask.zero(17);
        Mask nineBits = Mask.fromHex("ff80");
        Mask tenBits = Mask.fromHex("ffc0");

        assertThat(
                        decode(
                                new RpcBuilder(Dialect.BLOSSOM, 4096)
                                        .subscription(SubOpts.subscribe(tooLong))
                                        .subscription(SubOpts.subscribe(tenBits))
                                        .subscription(SubOpts.subscribe(nineBits))
                                        .message(TestMessages.message(tenBits, new byte[1]))
                                        .message(TestMessages.message(longest, new byte[2]))))
                .isNull();
        assertThat(rpc.subscriptions()).containsExactly(SubOpts.subscribe(nineBits));
        assertThat(rpc.messageCount()).isEqualTo(1);
        assertThat(rpc.fields(0).mask()).isEqualTo(longest);
        assertThat(rpc.malformedElements()).isEqualTo(3);

        var peer = new PxPeer(new byte[] {1}, null);
        assertThat(
                        decode(
                                new RpcBuilder(Dialect.BLOSSOM, 4096)
                                        .graft(tooLong)
                                        .prune(tenBits, 1, List.of(peer))))
                .isNull();
        assertThat(rpc.graftCount() + rpc.pruneCount()).isZero();
        assertThat(rpc.malformedElements()).isEqualTo(2);

        assertThat(
                        decode(
                                new RpcBuilder(Dialect.BLOSSOM, 4096)
                                        .ihave(tenBits, new byte[1])
                                        .ihave(T, new byte[2])))
                .isNull();
        assertThat(rpc.ihaveCount()).isEqualTo(1);
        assertThat(rpc.ihaveIdLength(rpc.ihaveFirst(0))).isEqualTo(2);
        assertThat(rpc.ihaveEnd(0) - rpc.ihaveFirst(0)).isEqualTo(1);
    }

    @Test
    @DisplayName("C66: a backoff of any 64 bits arrives as it was written")
    void backoffsAreUnsigned() throws Exception {
        for (long seconds : new long[] {0, 1, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
            assertThat(decode(new RpcBuilder(Dialect.BLOSSOM, 4096).prune(T, seconds, List.of())))
                    .isNull();
            assertThat(rpc.pruneBackoff(0)).isEqualTo(seconds);
        }
    }

    @Test
    @DisplayName("C118: what is no protobuf is malformed")
    void brokenFramesAreMalformed() {
        for (byte[] broken :
                List.of(
                        new byte[] {0x0a},
                        new byte[] {0x0a, 5, 0},
                        new byte[] {0x0a, 2, 8, (byte) 0x80},
                        new byte[] {0x08, 1},
                        new byte[] {0x12, 2, 0x08, 1},
                        new byte[] {0x1a, 2, 0x18, 1},
                        new byte[] {0x1a, 4, 0x22, 2, 0x1a, 0},
                        new byte[] {0, 1},
                        new byte[] {0x0b})) {
            assertThatThrownBy(() -> decoder.decode(broken, 0, broken.length, rpc))
                    .as(Arrays.toString(broken))
                    .isInstanceOf(MalformedException.class);
        }
        assertThatThrownBy(() -> decoder.decode(new byte[5000], 0, 5000, rpc))
                .hasMessage("rpc of 5000 bytes: at most 4096 are allowed");
    }

    @Test
    void aMessageThatCanHaveNoIdIsSkipped() throws Exception {
        var byAuthor =
                new RpcDecoder(
                        Dialect.MESHSUB, SMALL, MessageIdScheme.FROM_SEQNO, TestMessages.HASHER);
        byte[] body = {0x12, 3, 0x12, 1, 9, 0x12, 3, 0x0a, 1, 5, 0x12, 3, 0x1a, 1, 6};

        assertThat(byAuthor.decode(body, 0, body.length, rpc)).isNull();

        assertThat(rpc.messageCount()).isEqualTo(2);
        assertThat(rpc.message(0).id()).containsExactly(5);
        assertThat(rpc.message(1).id()).containsExactly(6);
        assertThat(rpc.malformedElements()).isEqualTo(1);
    }

    @Test
    @DisplayName("rust PR 6486: a small frame does not grow into a large structure")
    void manyTinyElementsStayWithinTheLimits() throws Exception {
        var wide =
                new RpcDecoder(
                        Dialect.BLOSSOM,
                        RpcLimits.DEFAULT,
                        MessageIdScheme.SHA256,
                        TestMessages.HASHER);
        var body = new byte[1 << 20];
        for (int i = 0; i < body.length; i += 2) body[i] = 0x0a;

        assertThat(wide.decode(body, 0, body.length, rpc)).isEqualTo(RpcRefusal.SUBSCRIPTIONS);
        assertThat(rpc.subscriptionCount()).isEqualTo(5000);
    }

    @Test
    void limitsAreChecked() {
        assertThatThrownBy(() -> new RpcLimits(0, 1, 1, 1, 1, 1, 1, 1, 1))
                .hasMessage("frameBytesMax is 0: it must be at least 1");
        assertThatThrownBy(() -> new RpcLimits(1, 1, 1, 1, 1, 1, 1, 257, 1))
                .hasMessage("maskBytesMax is 257: it must be at most 256");
        assertThat(RpcLimits.DEFAULT.withFrameBytesMax(7).controlBytesMax()).isEqualTo(7);
        assertThat(RpcRefusal.MESSAGE_IDS.label()).isEqualTo("message_ids");
    }

    private interface Add {
        void to(RpcBuilder builder);
    }

    private static RpcBuilder times(int count, Add add) {
        var builder = new RpcBuilder(Dialect.BLOSSOM, 4096);
        for (int i = 0; i < count; i++) add.to(builder);
        return builder;
    }

    private @Nullable RpcRefusal decode(RpcBuilder builder) throws MalformedException {
        byte[] body = builder.buildWhole().toBody();
        return decoder.decode(body, 0, body.length, rpc);
    }
}
