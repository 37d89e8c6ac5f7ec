package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;

/// Copies of a message get its id without computing it, and nothing else does. T-17 depends on it.
class RecentMessagesTest {
    private static final MessageKeyHasher HASHER = new MessageKeyHasher(3, 4);

    private final RecentMessages recent = new RecentMessages(99);
    private final int[] computed = new int[1];
    private final MessageIdScheme counting =
            new MessageIdScheme(
                    "counting",
                    () -> {
                        MessageIdFunction sha = MessageIdScheme.SHA256.newFunction();
                        return (message, out) -> {
                            computed[0]++;
                            return sha.write(message, out);
                        };
                    });
    private final RpcDecoder decoder =
            new RpcDecoder(Dialect.BLOSSOM, RpcLimits.DEFAULT, counting, HASHER, recent);

    @Test
    void aCopyIsNamedByWhatItIsACopyOf() throws Exception {
        recent.enable();
        byte[] frame = frame(payload(1000, 1));
        RpcMessage first = decode(frame).message(0);
        recent.put(first);

        Rpc again = decode(shifted(frame));

        assertThat(computed[0]).isEqualTo(1);
        assertThat(again.message(0).id()).isEqualTo(first.id());
        assertThat(again.idHi(0)).isEqualTo(first.idHi());
        assertThat(again.idLo(0)).isEqualTo(first.idLo());
        recent.forget();
        decode(frame);
        assertThat(computed[0]).isEqualTo(2);
    }

    @Test
    @DisplayName("one byte changed anywhere, or a length: the id is computed")
    void nothingElseIsNamedByIt() throws Exception {
        recent.enable();
        byte[] payload = payload(200, 2);
        recent.put(decode(frame(payload)).message(0));
        int before = computed[0];
        for (int i = 0; i < payload.length; i++) {
            byte[] other = payload.clone();
            other[i] ^= 1;
            Rpc rpc = decode(frame(other));
            assertThat(rpc.message(0).id())
                    .isEqualTo(new RpcDecoderProbe().id(frame(other), HASHER));
        }
        decode(frame(java.util.Arrays.copyOf(payload, 201)));
        assertThat(computed[0] - before).isEqualTo(201);
    }

    @Test
    void whatIsShortOrLongOrBeforeAnyDecoderIsNotRemembered() throws Exception {
        recent.put(decode(frame(payload(300, 3))).message(0)); // takes no room yet
        decode(frame(payload(300, 3)));
        assertThat(computed[0]).isEqualTo(2);
        recent.enable();
        for (int size : new int[] {1, RecentMessages.BYTES_MAX + 1}) {
            byte[] frame = frame(payload(size, 4));
            recent.put(decode(frame).message(0));
            int before = computed[0];
            decode(frame);
            assertThat(computed[0]).isEqualTo(before + 1);
        }
        recent.forget();
    }

    @Test
    @DisplayName("ids are right for any mix of sizes, slots taken over and forgotten")
    void agreesWithTheFunction() throws Exception {
        recent.enable();
        long seed = 20_261_121;
        var random = new SplittableRandom(seed);
        var frames = new ArrayList<byte[]>();
        for (int i = 0; i < 1500; i++) {
            frames.add(frame(payload(1 + random.nextInt(400), random.nextInt(900))));
        }
        for (int i = 0; i < 6000; i++) {
            byte[] frame = frames.get(random.nextInt(frames.size()));
            RpcMessage message = decode(frame).message(0);
            assertThat(message.id())
                    .as("seed %d step %d", seed, i)
                    .isEqualTo(new RpcDecoderProbe().id(frame, HASHER));
            if (random.nextBoolean()) recent.put(message);
            if (random.nextInt(500) == 0) recent.forget();
        }
        assertThat(computed[0]).isLessThan(6000);
    }

    /// Names a frame's message without any memory.
    private static final class RpcDecoderProbe {
        byte[] id(byte[] frame, MessageKeyHasher hasher) throws MalformedException {
            var plain =
                    new RpcDecoder(
                            Dialect.BLOSSOM, RpcLimits.DEFAULT, MessageIdScheme.SHA256, hasher);
            var rpc = new Rpc();
            assertThat(plain.decode(frame, 0, frame.length, rpc)).isNull();
            return rpc.message(0).id();
        }
    }

    private Rpc decode(byte[] frame) throws MalformedException {
        var rpc = new Rpc();
        int shift = frame[0] == 0x7f ? 5 : 0;
        assertThat(decoder.decode(frame, shift, frame.length - shift, rpc)).isNull();
        return rpc;
    }

    /// The same frame at another place of another array.
    private static byte[] shifted(byte[] frame) {
        var moved = new byte[frame.length + 5];
        moved[0] = 0x7f;
        System.arraycopy(frame, 0, moved, 5, frame.length);
        return moved;
    }

    private static byte[] payload(int size, long seed) {
        var payload = new byte[size];
        new SplittableRandom(seed).nextBytes(payload);
        return payload;
    }

    private static byte[] frame(byte[] payload) {
        var signer =
                new MessageSigner(
                        Dialect.BLOSSOM,
                        SigningPolicy.STRICT_NO_SIGN,
                        null,
                        null,
                        0,
                        new MessageIdentifier(MessageIdScheme.SHA256, HASHER));
        return signer.compose(Mask.fromHex("01"), payload).toBody();
    }
}
