package org.pollen.libp2p;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoWriter;

/// Rows H-18 to H-22, H-24 and H-81 with the vectors of section 19.4: all secrets are consecutive
/// bytes.
class NoiseTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final List<String> YAMUX = List.of("/yamux/1.0.0");
    private static final String FRAME_1 =
            "0020358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254";
    private static final String FRAME_2 =
            "00d8675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f7e1866de56d6c9b805d589b5e65bd14858f21fba6e576ce64993fbf55eb004577dcce74471e01d23b0d7e3adb038b98a7a17bd3a7a967b502184f2459f0a7055067406d56cca300405a06211ebad5a3d83b8620782641d49a26185e004be5aeb0ec0b0efc1f506914f2662f34d6772f46d4bbb59be614046d1c695fd547fe37c3a928634a1bbd1cdfcf96d6b4e6edf9ad7b43320063c56b80571208ae7e3906d4f2b0859d5b49c691817df9ea7dcb2c93494909f81331e53";
    private static final String FRAME_3 =
            "00b81dc00df062a51249321a8f8349c312567dc00ed837b5fc3fa4c72162d39a4973821edf47c26dd430f9b0059a96d6e705cce02dc26464cb87240b2b03de8a363b719f735dc2668d2f77741de98d64d67be161b2b11fa41f9df0bbd315c58a5f17ba30246323e0cbcc3d59a864eb3cd489917356eca052c69cc5d908e74eeca9f40fac1d13967daa9518d590e8120321b7115e4f93076b351c4f836a556fbf0f6b69e07b11b2b29bb045407aef001e6b4efd082a9a7423eb34";
    private static final String INITIATOR_KEY =
            "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
    private static final String INITIATOR_TO_RESPONDER =
            "dff3528565acdc10f0f1f626005dfe7c054965be0f42b708570c67691c53af34";
    private static final String RESPONDER_TO_INITIATOR =
            "3605b6634260499326e319610beb0c8127213d8d96f146edca88ce91da1d2da6";

    private static byte[] consecutive(int first) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < 32; i++) {
            bytes[i] = (byte) (first + i);
        }
        return bytes;
    }

    private static NoiseIdentity initiatorIdentity() throws Exception {
        return NoiseIdentity.of(
                PrivateKey.fromProtobuf(HEX.parseHex(INITIATOR_KEY)), consecutive(0x00), YAMUX);
    }

    private static NoiseIdentity responderIdentity() {
        return NoiseIdentity.of(PrivateKey.ed25519(consecutive(0x80)), consecutive(0x40), YAMUX);
    }

    private static NoiseHandshake initiator(@Nullable PeerId expected) throws Exception {
        return new NoiseHandshake(initiatorIdentity(), consecutive(0x20), expected);
    }

    private static NoiseHandshake responder() {
        return new NoiseHandshake(responderIdentity(), consecutive(0x60), null);
    }

    private static byte[] body(String frame) {
        return HEX.parseHex(frame.substring(4));
    }

    @Test
    @DisplayName("H-18 public keys, payloads and the hash after the prologue equal 19.4")
    void inputs() throws Exception {
        assertThat(HEX.formatHex(initiatorIdentity().staticPublic()))
                .isEqualTo("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f");
        assertThat(HEX.formatHex(responderIdentity().staticPublic()))
                .isEqualTo("79a631eede1bf9c98f12032cdeadd0e7a079398fc786b88cc846ec89af85a51a");
        assertThat(HEX.formatHex(NoiseIdentity.publicKey(consecutive(0x60))))
                .isEqualTo("675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f");
        assertThat(HEX.formatHex(responder().hash()))
                .isEqualTo("f3d15e6108ed9556171207baa58f97d29a13c6be40595166066e2e0958dc002d");
        assertThat(HEX.formatHex(responderIdentity().payload()))
                .isEqualTo(
                        "0a2408011220cd14b37f956e953194ff7fb73b3d81dcc561d61a7538094b7c3e1a643ee5f3aa1240c5d613ca93269b69d2f74317c4be3ab75d852f331f50a561cf19fd030c0cacf2fb6d5cd5e7e7a9a1463c85ff4bf1259252a5a3fceab7b357cd4fcc4de98bb302220e120c2f79616d75782f312e302e30");
        assertThat(HEX.formatHex(initiatorIdentity().payload()))
                .isEqualTo(
                        "0a24080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e1240a0381ec5f8954ac607c1059e453ca7d6bf2456009e8b7c262b06a418f3685dfc951b443e04084e41bbc282b6387462059ee65bc28d5b286d804a25f5c0916507220e120c2f79616d75782f312e302e30");
    }

    @Test
    @DisplayName("H-18 the initiator's transcript equals 19.4")
    void initiatorTranscript() throws Exception {
        NoiseHandshake initiator = initiator(responderIdentity().peerId());
        assertThat(HEX.formatHex(initiator.firstMessage())).isEqualTo(FRAME_1);
        assertThat(HEX.formatHex(initiator.answerSecond(body(FRAME_2)))).isEqualTo(FRAME_3);
        NoiseHandshake.Result result = initiator.result();
        assertThat(result.remotePeer()).isEqualTo(responderIdentity().peerId());
        assertThat(result.muxers()).isEqualTo(YAMUX);
        assertThat(HEX.formatHex(result.sendKey())).isEqualTo(INITIATOR_TO_RESPONDER);
        assertThat(HEX.formatHex(result.receiveKey())).isEqualTo(RESPONDER_TO_INITIATOR);
        assertThat(HEX.formatHex(result.hash()))
                .isEqualTo("57ddec1bcbd07beb98fe7ef4cc250847c0a03d17db6dc3a68fad18ccf75cad33");
    }

    @Test
    @DisplayName("H-18 the responder's transcript equals 19.4")
    void responderTranscript() throws Exception {
        NoiseHandshake responder = responder();
        assertThat(HEX.formatHex(responder.answerFirst(body(FRAME_1)))).isEqualTo(FRAME_2);
        responder.readThird(body(FRAME_3));
        NoiseHandshake.Result result = responder.result();
        assertThat(result.remotePeer()).isEqualTo(initiatorIdentity().peerId());
        assertThat(HEX.formatHex(result.sendKey())).isEqualTo(RESPONDER_TO_INITIATOR);
        assertThat(HEX.formatHex(result.receiveKey())).isEqualTo(INITIATOR_TO_RESPONDER);
        assertThat(HEX.formatHex(result.hash()))
                .isEqualTo("57ddec1bcbd07beb98fe7ef4cc250847c0a03d17db6dc3a68fad18ccf75cad33");
    }

    private static String seal(NoiseTransport transport, byte[] plain) {
        byte[] record = new byte[2 + plain.length + 16];
        System.arraycopy(plain, 0, record, 2, plain.length);
        return HEX.formatHex(record, 0, transport.seal(record, plain.length));
    }

    private static NoiseTransport initiatorTransport() {
        return new NoiseTransport(
                HEX.parseHex(INITIATOR_TO_RESPONDER), HEX.parseHex(RESPONDER_TO_INITIATOR));
    }

    private static NoiseTransport responderTransport() {
        return new NoiseTransport(
                HEX.parseHex(RESPONDER_TO_INITIATOR), HEX.parseHex(INITIATOR_TO_RESPONDER));
    }

    private static String open(NoiseTransport transport, String hex) throws ViolationException {
        var plain = new ByteArrayOutputStream();
        transport.receive(Unpooled.wrappedBuffer(HEX.parseHex(hex)), plain::write);
        return plain.toString(US_ASCII);
    }

    @Test
    @DisplayName("H-19 transport frames equal 19.4, whole and byte by byte")
    void transportVectors() throws Exception {
        NoiseTransport initiator = initiatorTransport();
        NoiseTransport responder = responderTransport();
        String ping = "0014eed99245238c41b832d852c7270a742967dd0041";
        String empty = "0010922d65d70157c6807c9dd4cf8c1721aa";
        String pong = "00144bfebc35cec62aa39e745c3a154e28ab7030c534";
        assertThat(seal(initiator, "ping".getBytes(US_ASCII))).isEqualTo(ping);
        assertThat(seal(initiator, new byte[0])).isEqualTo(empty);
        assertThat(seal(responder, "pong".getBytes(US_ASCII))).isEqualTo(pong);
        assertThat(open(responder, ping + empty)).isEqualTo("ping");
        var split = new StringBuilder();
        for (int i = 0; i < pong.length(); i += 2) {
            split.append(open(initiator, pong.substring(i, i + 2)));
        }
        assertThat(split).hasToString("pong");
    }

    @Test
    @DisplayName("H-19 65519 bytes of plaintext make one frame, 65520 make two")
    void largestFrame() throws Exception {
        var session =
                new YamuxSession(
                        true,
                        YamuxTest.PARAMS,
                        new MemoryScope(1 << 30, null),
                        new YamuxTest.Log(),
                        0);
        YamuxStream stream = Objects.requireNonNull(session.open(new YamuxTest.Sink(), 0));
        byte[] record = new byte[2 + 65535];
        stream.write(new byte[YamuxSession.BODY_ALONE], 0, YamuxSession.BODY_ALONE);
        int first = session.gather(record, 2, NoiseTransport.PLAINTEXT_BYTES_MAX);
        assertThat(first).isEqualTo(65519);
        assertThat(initiatorTransport().seal(record, first)).isEqualTo(2 + 65535);
        assertThat(session.hasOutput()).isFalse();

        stream.write(new byte[YamuxSession.BODY_ALONE + 1], 0, YamuxSession.BODY_ALONE + 1);
        assertThat(session.gather(record, 2, NoiseTransport.PLAINTEXT_BYTES_MAX)).isEqualTo(65519);
        assertThat(session.hasOutput()).isTrue();
    }

    @Test
    @DisplayName("H-20 flipping any byte of frames 2 and 3 fails the handshake")
    void flippedBytes() throws Exception {
        byte[] second = body(FRAME_2);
        for (int i = 0; i < second.length; i++) {
            byte[] flipped = second.clone();
            flipped[i] ^= 1;
            NoiseHandshake initiator = initiator(null);
            initiator.firstMessage();
            assertThatThrownBy(() -> initiator.answerSecond(flipped))
                    .as("byte %d of frame 2", i)
                    .isInstanceOf(ViolationException.class);
            assertThatThrownBy(initiator::result).isInstanceOf(IllegalStateException.class);
        }
        byte[] third = body(FRAME_3);
        for (int i = 0; i < third.length; i++) {
            byte[] flipped = third.clone();
            flipped[i] ^= 1;
            NoiseHandshake responder = responder();
            responder.answerFirst(body(FRAME_1));
            assertThatThrownBy(() -> responder.readThird(flipped))
                    .as("byte %d of frame 3", i)
                    .isInstanceOf(ViolationException.class);
        }
    }

    @ParameterizedTest
    @DisplayName("H-21 a first message of 31 or 33 bytes is L11")
    @ValueSource(ints = {0, 31, 33})
    void firstMessageLength(int length) {
        assertThatThrownBy(() -> responder().answerFirst(new byte[length]))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L11_FIRST_MESSAGE));
    }

    @Test
    @DisplayName("H-21 a transport frame of 15 bytes is L13, one of 16 is empty and legal")
    void shortFrames() throws Exception {
        assertThatThrownBy(() -> open(responderTransport(), "000f" + "00".repeat(15)))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L13_SHORT_FRAME));
        assertThat(open(responderTransport(), seal(initiatorTransport(), new byte[0]))).isEmpty();
    }

    @Test
    @DisplayName(
            "L14 a thousand empty frames in a row end the connection, one with bytes resets the count")
    void emptyFrames() throws Exception {
        NoiseTransport sender = initiatorTransport();
        NoiseTransport receiver = responderTransport();
        for (int i = 0; i < 999; i++) {
            open(receiver, seal(sender, new byte[0]));
        }
        open(receiver, seal(sender, new byte[1]));
        for (int i = 0; i < 999; i++) {
            open(receiver, seal(sender, new byte[0]));
        }
        assertThatThrownBy(() -> open(receiver, seal(sender, new byte[0])))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L14_EMPTY_FRAMES));
    }

    @Test
    @DisplayName("L12 an all-zero key agreement is refused")
    void zeroAgreement() {
        assertThatThrownBy(() -> responder().answerFirst(new byte[32]))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L12_AUTHENTICATION));
    }

    @Test
    @DisplayName(
            "H-22 payloads with empty fields 3 and 4, without extensions, and with too many muxers")
    void payloadVariants() throws Exception {
        var base = new ProtoWriter().bytes(1, new byte[] {1}).bytes(2, new byte[] {2});
        byte[] jvm = base.bytes(3, new byte[0]).bytes(4, new byte[0]).toByteArray();
        assertThat(NoisePayload.parse(jvm, 0, jvm.length).muxers()).isEmpty();

        var many = new ProtoWriter();
        for (int i = 0; i < 101; i++) {
            many.string(2, "/m" + i);
        }
        byte[] flood =
                new ProtoWriter()
                        .bytes(1, new byte[] {1})
                        .bytes(2, new byte[] {2})
                        .message(4, many)
                        .toByteArray();
        assertThat(NoisePayload.parse(flood, 0, flood.length).muxers()).isEmpty();
    }

    @Test
    @DisplayName("H-23 another peer than expected: the error names both")
    void wrongPeer() throws Exception {
        PeerId other = PrivateKey.ed25519(consecutive(1)).publicKey().peerId();
        NoiseHandshake initiator = initiator(other);
        initiator.firstMessage();
        assertThatThrownBy(() -> initiator.answerSecond(body(FRAME_2)))
                .hasMessageContaining(other.toString())
                .hasMessageContaining(responderIdentity().peerId().toString());
    }

    @Test
    @DisplayName("H-24 the identity key signs once, however many handshakes follow")
    void oneSignature() throws Exception {
        NoiseIdentity identity = responderIdentity();
        for (int i = 0; i < 5; i++) {
            var responder = new NoiseHandshake(identity, consecutive(0x60 + i), null);
            responder.answerFirst(body(FRAME_1));
        }
        assertThat(identity.signatures()).isEqualTo(1);
    }

    @Test
    @DisplayName("H-81 the JDK cipher and Bouncy Castle give the same bytes")
    void providersAgree() throws Exception {
        byte[] key = consecutive(7);
        for (int size : List.of(0, 1, 15, 16, 17, 1000, 65519)) {
            byte[] plain = new byte[size];
            Arrays.fill(plain, (byte) size);
            byte[] associated = size % 2 == 0 ? new byte[0] : consecutive(3);

            var bouncy = new ChaCha20Poly1305();
            bouncy.init(
                    true, new AEADParameters(new KeyParameter(key), 128, new byte[12], associated));
            byte[] expected = new byte[size + 16];
            int n = bouncy.processBytes(plain, 0, size, expected, 0);
            bouncy.doFinal(expected, n);
            for (Supplier<NoiseCipher> provider : providers(key)) {
                byte[] record = Arrays.copyOf(plain, size + 16);
                assertThat(provider.get().seal(associated, record, 0, size)).isEqualTo(size + 16);
                assertThat(record).isEqualTo(expected);
                if (associated.length == 0) {
                    ByteBuf out = Unpooled.directBuffer(8).writeShort(7);
                    provider.get().seal(Arrays.copyOf(plain, size + 16), 0, size, out);
                    assertThat(out).isEqualTo(Unpooled.buffer().writeShort(7).writeBytes(expected));
                    out.release();
                }
                byte[] changed = record.clone();
                changed[size / 2] ^= 1;
                assertThatThrownBy(() -> provider.get().open(associated, changed, 0, size + 16))
                        .isInstanceOf(ViolationException.class);
                assertThat(provider.get().open(associated, record, 0, size + 16)).isEqualTo(size);
                assertThat(Arrays.copyOf(record, size)).isEqualTo(plain);
            }
        }
        var frames = new ArrayList<byte[]>();
        NoiseCipher cipher = NoiseCipher.of(key);
        for (int i = 0; i < 300; i++) {
            byte[] frame = new byte[20];
            cipher.seal(new byte[0], frame, 0, 4);
            frames.add(frame);
        }
        var bouncy = new ChaCha20Poly1305();
        byte[] nonce = new byte[12];
        nonce[4] = 43;
        nonce[5] = 1; // 299, little endian
        bouncy.init(false, new AEADParameters(new KeyParameter(key), 128, nonce, new byte[0]));
        byte[] plain = new byte[20];
        int n = bouncy.processBytes(frames.get(299), 0, 20, plain, 0);
        assertThat(n + bouncy.doFinal(plain, n)).isEqualTo(4);
    }

    /// The JDK's cipher and, where this machine has it, that of OpenSSL.
    private static List<Supplier<NoiseCipher>> providers(byte[] key) {
        LibCrypto library = LibCrypto.FOUND;
        return library == null
                ? List.of(() -> new JdkNoiseCipher(key))
                : List.of(
                        () -> new JdkNoiseCipher(key), () -> new OpenSslNoiseCipher(library, key));
    }
}
