package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoWriter;
import org.pollen.router.SigningPolicy.Presence;

/// Router specification 3.1 and 3.2.
class SigningTest {
    private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
    private static final Mask TOPIC = Mask.fromHex("0102");
    private static PrivateKey ed25519;
    private static PrivateKey secp256k1;
    private static PrivateKey rsa;

    @BeforeAll
    static void keys() throws Exception {
        ed25519 = PrivateKey.generateEd25519(new Random(1));
        secp256k1 = PrivateKey.generateSecp256k1(new Random(2));
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
        byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);
        rsa =
                PrivateKey.fromProtobuf(
                        new ProtoWriter(64).varint(1, 0).bytes(2, pkcs1).toByteArray());
    }

    static Stream<Arguments> keysAndDialects() {
        return Stream.of(Dialect.values())
                .flatMap(
                        d -> Stream.of("ed25519", "secp256k1", "rsa").map(k -> Arguments.of(d, k)));
    }

    @ParameterizedTest(name = "C131: {1} in {0}")
    @MethodSource("keysAndDialects")
    void signaturesVerifyUntilAnythingIsChanged(Dialect dialect, String kind) throws Exception {
        PrivateKey key = key(kind);
        RpcMessage message = signer(dialect, SigningPolicy.STRICT_SIGN, key).compose(TOPIC, DATA);
        var verifier = new MessageVerifier(dialect);

        assertThat(verifier.verify(message)).isTrue();
        assertThat(message.has(MessageFields.KEY))
                .as("attached only for RSA")
                .isEqualTo(kind.equals("rsa"));
        assertThat(message.author()).contains(key.publicKey().peerId());
        assertThat(SigningPolicy.STRICT_SIGN.check(message, true)).isEqualTo(Presence.FINE);
        RpcMessage received = RpcCodecTest.decode(dialect, message.toBody()).message(0);
        assertThat(verifier.verify(received)).as("as received").isTrue();

        for (int f :
                new int[] {
                    MessageFields.DATA,
                    MessageFields.SEQNO,
                    MessageFields.MASK,
                    MessageFields.SIGNATURE,
                    MessageFields.FROM
                }) {
            byte[] bytes = message.toBody().clone();
            bytes[message.offset(f) + message.length(f) - 1] ^= 1;
            RpcMessage tampered = RpcCodecTest.decode(dialect, bytes).message(0);
            assertThat(verifier.verify(tampered)).as("field %d tampered with", f).isFalse();
        }
    }

    @Test
    @DisplayName("C131: a foreign key, a key that is none, an author that is none, no key at all")
    void keysHaveToBeTheAuthors() throws Exception {
        var verifier = new MessageVerifier(Dialect.BLOSSOM);
        RpcMessage message =
                signer(Dialect.BLOSSOM, SigningPolicy.STRICT_SIGN, ed25519).compose(TOPIC, DATA);

        assertThat(
                        verifier.verify(
                                with(message, MessageFields.KEY, ed25519.publicKey().toProtobuf())))
                .as("redundant but matching")
                .isTrue();
        assertThat(
                        verifier.verify(
                                with(
                                        message,
                                        MessageFields.KEY,
                                        secp256k1.publicKey().toProtobuf())))
                .isFalse();
        assertThat(verifier.verify(with(message, MessageFields.KEY, new byte[] {1}))).isFalse();
        assertThat(verifier.verify(with(message, MessageFields.KEY, new byte[3000]))).isFalse();
        assertThat(verifier.verify(with(message, MessageFields.FROM, new byte[] {1, 2}))).isFalse();
        assertThat(verifier.verify(with(message, MessageFields.FROM, null))).isFalse();
        assertThat(verifier.verify(with(message, MessageFields.SIGNATURE, new byte[2000])))
                .isFalse();
        assertThat(verifier.verify(with(message, MessageFields.SIGNATURE, null)))
                .as("nothing to check")
                .isTrue();
        RpcMessage byRsa =
                signer(Dialect.BLOSSOM, SigningPolicy.STRICT_SIGN, rsa).compose(TOPIC, DATA);
        assertThat(verifier.verify(with(byRsa, MessageFields.KEY, null)))
                .as("no key to be had")
                .isFalse();
        RpcMessage other =
                with(message, MessageFields.FROM, secp256k1.publicKey().peerId().bytes());
        assertThat(verifier.verify(other)).isFalse();
        assertThat(with(message, MessageFields.FROM, new byte[] {1, 2}).author()).isEmpty();
        assertThat(with(message, MessageFields.FROM, null).author()).isEmpty();
    }

    @ParameterizedTest(name = "C132: {0}: signed {1}, unsigned with author {2}, bare {3}")
    @CsvSource({
        "STRICT_SIGN, FINE, MISSING_SIGNATURE, MISSING_SIGNATURE",
        "STRICT_NO_SIGN, UNEXPECTED_SIGNATURE, UNEXPECTED_AUTH_INFO, FINE",
        "LAX_SIGN, FINE, FINE, FINE",
        "LAX_NO_SIGN, FINE, FINE, FINE"
    })
    void whatEachPolicyDemands(
            SigningPolicy policy, Presence signed, Presence unsigned, Presence bare) {
        RpcMessage message =
                signer(Dialect.MESHSUB, SigningPolicy.STRICT_SIGN, ed25519).compose(TOPIC, DATA);
        RpcMessage named = with(message, MessageFields.SIGNATURE, null);
        RpcMessage nameless =
                with(with(named, MessageFields.FROM, null), MessageFields.SEQNO, null);

        assertThat(policy.check(message, false)).isEqualTo(signed);
        assertThat(policy.check(named, false)).isEqualTo(unsigned);
        assertThat(policy.check(nameless, false)).isEqualTo(bare);
        assertThat(policy.check(with(nameless, MessageFields.SEQNO, new byte[1]), false))
                .isEqualTo(unsigned);
        assertThat(policy.check(with(nameless, MessageFields.KEY, new byte[1]), false))
                .isEqualTo(unsigned);
        if (policy == SigningPolicy.STRICT_NO_SIGN) {
            assertThat(policy.check(named, true))
                    .as("we name an author ourselves")
                    .isEqualTo(Presence.FINE);
        }
    }

    @Test
    void strictVerificationTightensLaxSigning() {
        assertThat(SigningPolicy.LAX_SIGN.withStrictVerification())
                .isEqualTo(SigningPolicy.STRICT_SIGN);
        assertThat(SigningPolicy.LAX_NO_SIGN.withStrictVerification())
                .isEqualTo(SigningPolicy.LAX_NO_SIGN);
    }

    @Test
    @DisplayName(
            "3.1: without signing, author and sequence number are there only if an author is configured")
    void unsignedMessages() {
        var ids = new MessageIdentifier(MessageIdScheme.SHA256, TestMessages.HASHER);
        var nobody =
                new MessageSigner(
                        Dialect.BLOSSOM, SigningPolicy.STRICT_NO_SIGN, null, null, 0, ids);
        RpcMessage bare = nobody.compose(TOPIC, DATA);
        for (int f :
                new int[] {
                    MessageFields.FROM,
                    MessageFields.SEQNO,
                    MessageFields.SIGNATURE,
                    MessageFields.KEY
                }) {
            assertThat(bare.has(f)).isFalse();
        }
        PeerId author = ed25519.publicKey().peerId();
        RpcMessage named =
                new MessageSigner(Dialect.BLOSSOM, SigningPolicy.LAX_NO_SIGN, author, null, 0, ids)
                        .compose(TOPIC, DATA);
        assertThat(named.author()).contains(author);
        assertThat(named.has(MessageFields.SIGNATURE)).isFalse();
        var noId =
                new MessageSigner(
                        Dialect.BLOSSOM,
                        SigningPolicy.STRICT_NO_SIGN,
                        null,
                        null,
                        0,
                        new MessageIdentifier(MessageIdScheme.FROM_SEQNO, TestMessages.HASHER));
        assertThatThrownBy(() -> noId.compose(TOPIC, DATA))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("V9, 3.2: 8 bytes, big-endian, one more each time")
    void sequenceNumbersGrow() {
        MessageSigner signer = signer(Dialect.BLOSSOM, SigningPolicy.STRICT_SIGN, ed25519);
        assertThat(signer.compose(TOPIC, DATA).bytes(MessageFields.SEQNO))
                .containsExactly(0, 0, 0, 0, 0, 0, 1, 0);
        assertThat(signer.compose(TOPIC, DATA).bytes(MessageFields.SEQNO))
                .containsExactly(0, 0, 0, 0, 0, 0, 1, 1);
    }

    @Test
    @DisplayName(
            "3.2: the signed bytes, in both dialects: empty fields are left out in one, absent ones in the other")
    void theSignedBytes() {
        MessageFields fields =
                MessageEncoder.assemble(
                        new byte[] @Nullable [] {
                            null,
                            new byte[] {7},
                            new byte[0],
                            null,
                            new byte[] {1},
                            new byte[] {9},
                            null
                        });

        assertThat(MessageEncoder.signedBytes(fields, Dialect.BLOSSOM))
                .isEqualTo(
                        RpcCodecTest.concat(
                                "libp2p-pubsub:".getBytes(StandardCharsets.US_ASCII),
                                new byte[] {0x0a, 1, 7, 0x22, 1, 1}));
        assertThat(MessageEncoder.signedBytes(fields, Dialect.MESHSUB))
                .isEqualTo(
                        RpcCodecTest.concat(
                                "libp2p-pubsub:".getBytes(StandardCharsets.US_ASCII),
                                new byte[] {0x0a, 1, 7, 0x12, 0, 0x22, 1, 1}));
    }

    @Test
    @DisplayName("C134: another author and key; null key; empty id; relayed intact")
    void publishingUnderAnotherName() throws Exception {
        MessageSigner signer = signer(Dialect.MESHSUB, SigningPolicy.STRICT_SIGN, ed25519);
        PeerId other = secp256k1.publicKey().peerId();

        RpcMessage message = signer.compose(TOPIC, DATA, other, secp256k1);

        assertThat(message.author()).contains(other);
        assertThat(new MessageVerifier(Dialect.MESHSUB).verify(message)).isTrue();
        RpcMessage relayed = RpcCodecTest.decode(Dialect.MESHSUB, message.toBody()).message(0);
        assertThat(relayed.toBody()).isEqualTo(message.toBody());
        assertThatThrownBy(() -> signer.compose(TOPIC, DATA, other, null))
                .hasMessage("nil sign key");
        assertThatThrownBy(() -> signer.compose(TOPIC, DATA, null, secp256k1))
                .hasMessage("empty peer id");
    }

    @Test
    void aPolicyThatSignsNeedsAuthorAndKey() {
        var ids = new MessageIdentifier(MessageIdScheme.SHA256, TestMessages.HASHER);
        PeerId author = ed25519.publicKey().peerId();
        assertThatThrownBy(() ->
                        new MessageSigner(
                                Dialect.BLOSSOM, SigningPolicy.LAX_SIGN, null, ed25519, 0, ids))
                .hasMessage("policy LAX_SIGN: signing needs an author id");
        assertThatThrownBy(() ->
                        new MessageSigner(
                                Dialect.BLOSSOM, SigningPolicy.STRICT_SIGN, author, null, 0, ids))
                .hasMessage("policy STRICT_SIGN: signing needs a private key");
    }

    @Test
    void aMessageThatKeepsALargeArrayAliveIsCopied() throws Exception {
        RpcMessage message = TestMessages.message(1);
        byte[] large = RpcCodecTest.concat(new byte[5000], message.toBody());
        RpcMessage view =
                RpcCodecTest.decode(Dialect.MESHSUB, large, 5000, large.length - 5000).message(0);
        RpcMessage compact = view.compact();

        assertThat(compact.array()).hasSize(message.encodedLength());
        assertThat(compact.toBody()).isEqualTo(message.toBody());
        assertThat(compact.data()).isEqualTo(message.data());
        assertThat(compact.mask()).isEqualTo(message.mask());
        assertThat(compact.has(MessageFields.FROM)).isFalse();
        assertThat(compact.compact()).isSameAs(compact);
        assertThatThrownBy(() -> compact.offset(9)).hasMessage("a message has no field 9");
        assertThatThrownBy(() -> compact.length(0)).hasMessage("a message has no field 0");
        assertThat(compact.matches(MessageFields.MASK, Mask.topic("topic").bytes())).isTrue();
        assertThat(compact.matches(MessageFields.MASK, Mask.topic("tupic").bytes())).isFalse();
        assertThat(compact.matches(MessageFields.FROM, new byte[0])).isTrue();
        assertThat(compact.matches(MessageFields.FROM, new byte[1])).isFalse();
    }

    private static PrivateKey key(String kind) {
        return switch (kind) {
            case "ed25519" -> ed25519;
            case "secp256k1" -> secp256k1;
            default -> rsa;
        };
    }

    private static MessageSigner signer(Dialect dialect, SigningPolicy policy, PrivateKey key) {
        return new MessageSigner(
                dialect,
                policy,
                key.publicKey().peerId(),
                key,
                255,
                new MessageIdentifier(MessageIdScheme.SHA256, TestMessages.HASHER));
    }

    private static RpcMessage with(RpcMessage message, int field, byte @Nullable [] value) {
        var parts = new byte[7] @Nullable [];
        for (int f = 1; f <= 6; f++) {
            byte @Nullable [] old = message.offset(f) < 0 ? null : message.bytes(f);
            parts[f] = f == field ? value : old;
        }
        return MessageEncoder.encode(
                MessageEncoder.assemble(parts), message.id(), message.idHi(), message.idLo());
    }
}
