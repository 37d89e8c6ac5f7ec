package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
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
