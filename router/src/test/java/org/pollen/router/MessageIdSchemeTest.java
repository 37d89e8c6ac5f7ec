package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MessageIdSchemeTest {
    private static final byte[] DATA = "payload".getBytes(StandardCharsets.US_ASCII);

    @Test
    @DisplayName("C4: the id of 1024 random bytes is 33 bytes: 01 and their SHA-256")
    void blossomIdsArePrefixedHashes() throws Exception {
        var data = new byte[1024];
        new Random(4).nextBytes(data);
        byte[] id =
                id(
                        MessageIdScheme.BLOSSOM,
                        fields(Mask.fromHex("01"), data, new byte[2], new byte[8]));

        assertThat(id).hasSize(33).startsWith(1);
        assertThat(Arrays.copyOfRange(id, 1, 33)).isEqualTo(sha256(data));
    }

    @Test
    @DisplayName("C5: one payload on two masks has one id, unless the mask is included (B19)")
    void masksCountOnlyIfIncluded() throws Exception {
        MessageFields one = fields(Mask.fromHex("01"), DATA, null, null);
        MessageFields two = fields(Mask.fromHex("02"), DATA, null, null);
        MessageIdScheme withMask = MessageIdScheme.BLOSSOM.includeMaskInId();

        assertThat(id(MessageIdScheme.BLOSSOM, one)).isEqualTo(id(MessageIdScheme.BLOSSOM, two));
        assertThat(id(withMask, one)).hasSize(32).isNotEqualTo(id(withMask, two));
        byte[] inner = id(MessageIdScheme.BLOSSOM, one);
        assertThat(id(withMask, one))
                .isEqualTo(sha256(RpcCodecTest.concat(new byte[] {0, 0, 0, 1, 1}, inner)));
        assertThat(id(withMask, fields(Mask.EMPTY, DATA, null, null)))
                .isEqualTo(sha256(RpcCodecTest.concat(new byte[4], inner)));
        assertThat(withMask).hasToString("blossom+mask");
    }

    @Test
    void plainHashesAndTheDomainOfEth2() throws Exception {
        MessageFields message = fields(Mask.topic("t"), DATA, null, null);

        assertThat(id(MessageIdScheme.SHA256, message)).isEqualTo(sha256(DATA));
        assertThat(id(MessageIdScheme.SHA256, fields(Mask.EMPTY, null, null, null)))
                .isEqualTo(sha256(new byte[0]));
        byte[] eth2 = sha256(RpcCodecTest.concat(new byte[4], DATA));
        assertThat(id(MessageIdScheme.ETH2_RAW, message)).isEqualTo(Arrays.copyOf(eth2, 20));
    }

    @Test
    @DisplayName("3.3: Filecoin names by BLAKE2b-256")
    void filecoin() {
        MessageFields message = fields(Mask.topic("t"), DATA, null, null);

        assertThat(HexFormat.of().formatHex(id(MessageIdScheme.FILECOIN, message)))
                .isEqualTo("3cf2d09da453bbdd6b68d8a1acd5f15ba23ba46d4ff087592b3d319432500a50");
        assertThat(id(MessageIdScheme.FILECOIN, fields(Mask.EMPTY, null, null, null))).hasSize(32);
    }

    @Test
    @DisplayName("3.3: eth2 names what is inside, under a domain that says whether it decompressed")
    void eth2() {
        // Compression by one byte in front, in place of snappy.
        MessageIdScheme.Decompressor opened =
                (array, offset, length) ->
                        length > 0 && array[offset] == 'z'
                                ? Arrays.copyOfRange(array, offset + 1, offset + length)
                                : null;
        MessageIdScheme phase0 = MessageIdScheme.eth2Phase0(() -> opened);
        MessageIdScheme altair = MessageIdScheme.eth2Altair(() -> opened);
        Mask topic = Mask.topic("/eth2/beacon");
        byte[] packed = "zpayload".getBytes(StandardCharsets.US_ASCII);

        assertThat(hex(phase0, fields(topic, packed, null, null)))
                .isEqualTo("23f3eafcd60782ce6bd5fb5ac256c29e7b576e10");
        assertThat(hex(phase0, fields(topic, DATA, null, null)))
                .isEqualTo("1f0f9e8feeb5adc0cc48a4ed56de5c2e357c7e7c");
        assertThat(hex(altair, fields(topic, packed, null, null)))
                .isEqualTo("f056e4de6cf34e0a5b4c85eaa7d110eedad41618");
        assertThat(hex(altair, fields(topic, DATA, null, null)))
                .isEqualTo("692a1703724ebbb30dae8d874f5752c40bf5c73f");
        assertThat(id(altair, fields(Mask.EMPTY, null, null, null))).hasSize(20);
    }

    private static String hex(MessageIdScheme scheme, MessageFields fields) {
        return HexFormat.of().formatHex(id(scheme, fields));
    }

    @Test
    @DisplayName("1.8: a scheme for a mask, else that of its first slice, else the other one")
    void schemesOfMasks() {
        Mask both = Mask.fromHex("03");
        Mask first = both.slices().getFirst();
        MessageIdScheme scheme =
                MessageIdScheme.perMask(
                        Map.of(
                                first,
                                MessageIdScheme.SHA256,
                                Mask.fromHex("30"),
                                MessageIdScheme.FILECOIN),
                        MessageIdScheme.BLOSSOM);

        assertThat(id(scheme, fields(both, DATA, null, null)))
                .isEqualTo(id(MessageIdScheme.SHA256, fields(both, DATA, null, null)));
        assertThat(id(scheme, fields(Mask.fromHex("30"), DATA, null, null)))
                .isEqualTo(id(MessageIdScheme.FILECOIN, fields(both, DATA, null, null)));
        assertThat(id(scheme, fields(Mask.fromHex("50"), DATA, null, null))).hasSize(33);
    }

    @Test
    void authorAndSequenceNumber() throws Exception {
        MessageFields message = fields(Mask.EMPTY, DATA, new byte[] {1, 2}, new byte[] {3});

        assertThat(id(MessageIdScheme.FROM_SEQNO, message)).containsExactly(1, 2, 3);
        assertThat(id(MessageIdScheme.FROM_SEQNO, fields(Mask.EMPTY, null, null, new byte[8])))
                .hasSize(8);
        assertThat(id(MessageIdScheme.FROM_SEQNO, fields(Mask.EMPTY, null, new byte[64], null)))
                .hasSize(64);
        var ids = new MessageIdentifier(MessageIdScheme.FROM_SEQNO, TestMessages.HASHER);
        assertThat(ids.identify(fields(Mask.EMPTY, DATA, null, null))).as("neither").isFalse();
        assertThat(ids.identify(fields(Mask.EMPTY, DATA, new byte[60], new byte[5])))
                .as("too long")
                .isFalse();
        var masked =
                new MessageIdentifier(
                        MessageIdScheme.FROM_SEQNO.includeMaskInId(), TestMessages.HASHER);
        assertThat(masked.identify(fields(Mask.EMPTY, DATA, null, null))).isFalse();
    }

    @Test
    void aFunctionThatGivesAnEmptyIdIsWrong() {
        var wrong = new MessageIdScheme("wrong", () -> (_, _) -> 0);
        var ids = new MessageIdentifier(wrong, TestMessages.HASHER);

        assertThatThrownBy(() -> ids.identify(fields(Mask.EMPTY, DATA, null, null)))
                .hasMessage("the message id function gave an empty id");
    }

    @Test
    void keysAreHashesOfTheId() {
        var ids = new MessageIdentifier(MessageIdScheme.SHA256, TestMessages.HASHER);
        ids.identify(fields(Mask.EMPTY, DATA, null, null));

        assertThat(new MessageKey(ids.hi(), ids.lo()))
                .isEqualTo(TestMessages.HASHER.copy().key(ids.id()));
        assertThat(ids.length()).isEqualTo(32);
        assertThat(TestMessages.message(Mask.EMPTY, DATA))
                .hasToString("message " + HexFormat.of().formatHex(ids.id()) + " of 7 bytes");
    }

    private static byte[] id(MessageIdScheme scheme, MessageFields fields) {
        var ids = new MessageIdentifier(scheme, TestMessages.HASHER);
        assertThat(ids.identify(fields)).isTrue();
        byte[] first = ids.id();
        assertThat(ids.identify(fields)).as("no state is left behind").isTrue();
        assertThat(ids.id()).isEqualTo(first);
        return first;
    }

    private static byte[] sha256(byte[] data) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(data);
    }

    private static MessageFields fields(
            Mask mask, byte @Nullable [] data, byte @Nullable [] from, byte @Nullable [] seqno) {
        return MessageEncoder.assemble(
                new byte[] @Nullable [] {null, from, data, seqno, mask.bytes(), null, null});
    }
}
