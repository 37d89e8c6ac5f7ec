package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// H-10: whatever comes, a decoder fails with its documented exception or gives back what it read.
/// Replays the saved inputs in every build; searches for new ones with `JAZZER_FUZZ=1`.
class DecodersFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void varints(byte @NotNull [] bytes) {
        var in = ByteBuffer.wrap(bytes);
        try {
            long value = Varint.read(in);
            byte[] out = new byte[Varint.MAX_LENGTH];
            int end = Varint.write(out, 0, value);
            assertThat(ByteBuffer.wrap(out, 0, end)).isEqualTo(in.flip());
            assertThat(Varint.read(bytes, 0, bytes.length)).isEqualTo(value);
        } catch (MalformedException _) {
            // refused
        }
    }

    /// Fields follow each other without a gap, their content is inside them, and all that was read
    /// comes back when it is written again as it was received.
    @FuzzTest(maxDuration = "10m")
    void protobufs(byte @NotNull [] bytes) {
        var in = new ProtoReader(bytes);
        var out = new ProtoWriter();
        try {
            int end = 0;
            while (in.next()) {
                assertThat(in.fieldStart()).isEqualTo(end);
                end = in.fieldEnd();
                out.raw(bytes, in.fieldStart(), end - in.fieldStart());
                if (in.wireType() != ProtoReader.BYTES) continue;
                assertThat(in.start() + in.length()).isEqualTo(end);
                assertThat(in.bytes(bytes.length)).hasSize(in.length());
                text(in);
            }
            assertThat(out.toByteArray()).isEqualTo(bytes);
        } catch (MalformedException _) {
            // refused
        }
    }

    private static void text(ProtoReader in) {
        try {
            String text = in.string(Integer.MAX_VALUE);
            assertThat(new ProtoWriter().string(1, text).size())
                    .isEqualTo(1 + Varint.size(in.length()) + in.length());
        } catch (MalformedException _) {
            // bytes that are no text
        }
    }

    @FuzzTest(maxDuration = "10m")
    void multiaddrs(byte @NotNull [] bytes) {
        try {
            Multiaddr address = Multiaddr.fromBytes(bytes);
            assertThat(address.bytes()).isEqualTo(bytes);
            assertThat(address.toString()).startsWith("/").doesNotContain("\n");
            assertThat(address.dialForm().dialForm()).isEqualTo(address.dialForm());
            assertThat(address.withoutPeerId().isPublic()).isEqualTo(address.isPublic());
            var _ = address.peerId();
            var _ = address.tcpPort();
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "10m")
    void multiaddrTexts(@NotNull String text) {
        try {
            Multiaddr address = Multiaddr.parse(text);
            assertThat(Multiaddr.parse(address.toString())).isEqualTo(address);
            assertThat(Multiaddr.fromBytes(address.bytes())).isEqualTo(address);
        } catch (IllegalArgumentException _) {
            // refused
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    @FuzzTest(maxDuration = "10m")
    void peerIds(byte @NotNull [] bytes) {
        try {
            PeerId id = PeerId.fromBytes(bytes);
            assertThat(PeerId.parse(id.toString()).bytes()).isEqualTo(bytes);
            assertThat(PeerId.parse(id.toCid())).isEqualTo(id);
            var _ = id.publicKey();
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "10m")
    void peerIdTexts(@NotNull String text) {
        try {
            PeerId id = PeerId.parse(text);
            assertThat(PeerId.parse(id.toString())).isEqualTo(id);
        } catch (IllegalArgumentException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "10m")
    void keys(byte @NotNull [] bytes) {
        try {
            PublicKey key = PublicKey.fromProtobuf(bytes);
            assertThat(key.toProtobuf()).isEqualTo(bytes);
            assertThat(key.verify(bytes, bytes)).isFalse();
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "10m")
    void privateKeys(byte @NotNull [] bytes) {
        try {
            PrivateKey key = PrivateKey.fromProtobuf(bytes);
            assertThat(key.publicKey().verify(bytes, key.sign(bytes))).isTrue();
            PrivateKey again = PrivateKey.fromProtobuf(key.toProtobuf());
            assertThat(again.publicKey()).isEqualTo(key.publicKey());
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "10m")
    void signatures(byte @NotNull [] bytes) {
        BigInteger @Nullable [] rs = EcdsaSignature.decode(bytes);
        if (rs != null) assertThat(EcdsaSignature.encode(rs[0], rs[1])).isEqualTo(bytes);
    }

    @FuzzTest(maxDuration = "10m")
    void envelopes(byte @NotNull [] bytes) {
        try {
            SignedEnvelope envelope = SignedEnvelope.parse(bytes);
            assertThat(SignedEnvelope.parse(envelope.toByteArray())).isEqualTo(envelope);
            var _ = envelope.verify(PeerRecord.DOMAIN);
            var _ = PeerRecord.fromSignedEnvelope(bytes);
        } catch (MalformedException _) {
            // refused
        }
    }

    /// What is inside an envelope, signed by a stranger who means no good: the search would never
    /// find a signature by itself.
    @FuzzTest(maxDuration = "10m")
    void signedPayloads(byte @NotNull [] bytes) {
        if (bytes.length > 8000) return;
        PrivateKey key = PrivateKey.ed25519(new byte[32]);
        try {
            byte[] record =
                    SignedEnvelope.seal(key, PeerRecord.DOMAIN, new byte[] {3, 1}, bytes)
                            .toByteArray();
            PeerRecord read = PeerRecord.fromSignedEnvelope(record);
            assertThat(PeerRecord.fromSignedEnvelope(read.toSignedEnvelope(key))).isEqualTo(read);
        } catch (MalformedException _) {
            // refused
        }
        try {
            byte[] voucher =
                    SignedEnvelope.seal(key, RelayVoucher.DOMAIN, new byte[] {3, 2}, bytes)
                            .toByteArray();
            var _ = RelayVoucher.fromSignedEnvelope(voucher);
        } catch (MalformedException _) {
            // refused
        }
    }
}
