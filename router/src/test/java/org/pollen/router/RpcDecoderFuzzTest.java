package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;

/// Replays the saved inputs in every build; searches for new ones with `JAZZER_FUZZ=1`.
class RpcDecoderFuzzTest {
    private final Rpc rpc = new Rpc();

    /// Only the documented exception, and whatever is accepted can be read in full and forwarded.
    @FuzzTest(maxDuration = "10m")
    void blossom(byte @NotNull [] bytes) {
        decode(Dialect.BLOSSOM, RpcCodecTest.decoder(Dialect.BLOSSOM), bytes);
    }

    @FuzzTest(maxDuration = "10m")
    void meshsub(byte @NotNull [] bytes) {
        decode(Dialect.MESHSUB, RpcCodecTest.decoder(Dialect.MESHSUB), bytes);
    }

    /// Cutting a stream never fails otherwise than by the documented exception.
    @FuzzTest(maxDuration = "10m")
    void framing(byte @NotNull [] bytes) {
        try {
            new RpcFramer(1 << 16)
                    .feed(
                            bytes,
                            0,
                            bytes.length,
                            (_, _, length) -> assertThat(length).isPositive());
        } catch (MalformedException _) {
            return; // as documented
        }
    }

    @Test
    @DisplayName("C155: a million mutated frames: no exception escapes, memory stays bounded")
    void mutatedFrames() {
        var random = new Random(155);
        List<byte[]> corpus = new ArrayList<>();
        for (int i = 0; i < 50; i++) corpus.add(sample(random));
        var decoders =
                new RpcDecoder[] {
                    RpcCodecTest.decoder(Dialect.BLOSSOM), RpcCodecTest.decoder(Dialect.MESHSUB)
                };
        int accepted = 0;
        for (int i = 0; i < 1_000_000; i++) {
            byte[] frame = corpus.get(random.nextInt(corpus.size())).clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                int at = random.nextInt(frame.length);
                frame[at] =
                        random.nextBoolean()
                                ? (byte) (frame[at] ^ 1 << random.nextInt(8))
                                : (byte) random.nextInt();
            }
            int length = random.nextInt(10) == 0 ? random.nextInt(frame.length) : frame.length;
            int kind = i & 1;
            if (i % 20 < 2) { // and what was accepted can be read and forwarded
                decode(
                        kind == 0 ? Dialect.BLOSSOM : Dialect.MESHSUB,
                        decoders[kind],
                        Arrays.copyOf(frame, length));
                continue;
            }
            try {
                if (decoders[kind].decode(frame, 0, length, rpc) == null) accepted++;
            } catch (MalformedException _) {
                // as documented
            }
        }
        assertThat(accepted).as("mutations are mild enough to reach deep").isGreaterThan(100_000);
    }

    private void decode(Dialect dialect, RpcDecoder decoder, byte[] bytes) {
        RpcRefusal refusal;
        try {
            refusal = decoder.decode(bytes, 0, bytes.length, rpc);
        } catch (MalformedException _) {
            return;
        }
        if (refusal != null) return;
        assertThat(rpc.messageCount()).isLessThanOrEqualTo(5000);
        for (int i = 0; i < rpc.messageCount(); i++) {
            RpcMessage message = rpc.message(i);
            var again = new Rpc();
            byte[] body = message.toBody();
            try {
                assertThat(decoder.decode(body, 0, body.length, again)).isNull();
            } catch (MalformedException e) {
                throw new AssertionError("what we forward is malformed", e);
            }
            assertThat(again.messageCount()).isEqualTo(1);
            assertThat(again.message(0).id()).isEqualTo(message.id());
            assertThat(again.message(0).toBody()).isEqualTo(body);
        }
        TraceEvent.RpcMeta meta = TraceEvent.RpcMeta.of(rpc);
        assertThat(meta.graft()).hasSize(rpc.graftCount());
        for (int i = 0; i < rpc.pruneCount(); i++)
            assertThat(rpc.prunePeers(i)).hasSize(rpc.prunePeerCount(i));
        assertThat(dialect == Dialect.BLOSSOM && rpc.hasExtensions()).isFalse();
    }

    private static byte[] sample(Random random) {
        var builder =
                new RpcBuilder(random.nextBoolean() ? Dialect.BLOSSOM : Dialect.MESHSUB, 1 << 20);
        for (int i = random.nextInt(8); i >= 0; i--) {
            Mask topic = Mask.bit(4, random.nextInt(32));
            var id = new byte[random.nextInt(40)];
            random.nextBytes(id);
            switch (random.nextInt(8)) {
                case 0 -> builder.message(TestMessages.message(topic, id));
                case 1 -> builder.subscription(SubOpts.subscribe(topic));
                case 2 -> builder.graft(topic);
                case 3 -> builder.prune(topic, random.nextLong(), List.of(new PxPeer(id, id)));
                case 4 -> builder.ihave(topic, id);
                case 5 -> builder.iwant(id);
                case 6 -> builder.idontwant(id);
                default -> builder.extensions(true, false).testMessage();
            }
        }
        byte[] body = builder.buildWhole().toBody();
        return body.length == 0 ? new byte[1] : body;
    }
}
