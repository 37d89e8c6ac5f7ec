package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.nio.ByteBuffer;

/// H-10: whatever bytes come, a decoder fails with its documented exception or gives back what it
/// read. Replays the saved inputs in every build; searches for new ones with `JAZZER_FUZZ=1`.
class DecodersFuzzTest {
    @FuzzTest(maxDuration = "60s")
    void varints(byte @NotNull [] bytes) {
        var in = ByteBuffer.wrap(bytes);
        try {
            long value = Varint.read(in);
            byte[] out = new byte[Varint.MAX_LENGTH];
            int end = Varint.write(out, 0, value);
            assertThat(ByteBuffer.wrap(out, 0, end)).isEqualTo(in.flip());
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "60s")
    void multiaddrs(byte @NotNull [] bytes) {
        try {
            Multiaddr address = Multiaddr.fromBytes(bytes);
            assertThat(address.bytes()).isEqualTo(bytes);
            assertThat(address.toString()).startsWith("/");
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "60s")
    void peerIds(byte @NotNull [] bytes) {
        try {
            PeerId id = PeerId.fromBytes(bytes);
            assertThat(PeerId.parse(id.toString()).bytes()).isEqualTo(bytes);
            var _ = id.publicKey();
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "60s")
    void keys(byte @NotNull [] bytes) {
        try {
            PublicKey key = PublicKey.fromProtobuf(bytes);
            assertThat(key.toProtobuf()).isEqualTo(bytes);
            assertThat(key.verify(bytes, bytes)).isFalse();
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "60s")
    void envelopes(byte @NotNull [] bytes) {
        try {
            var _ = SignedEnvelope.parse(bytes).verify(PeerRecord.DOMAIN);
            var _ = PeerRecord.fromSignedEnvelope(bytes);
        } catch (MalformedException _) {
            // refused
        }
    }
}
