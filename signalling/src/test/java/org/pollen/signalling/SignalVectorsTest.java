package org.pollen.signalling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.signalling.Vectors.hex;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoWriter;
import org.pollen.peer.SignedEnvelope;

/// The vectors of A13, byte for byte.
class SignalVectorsTest {
    private static String sha256(byte[] bytes) {
        return hex(Hashes.sha256(bytes));
    }

    @Test
    @DisplayName("the peers of the vectors")
    void peers() {
        assertThat(List.of(Vectors.A, Vectors.S, Vectors.B))
                .map(Object::toString)
                .containsExactly(
                        "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5",
                        "12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq",
                        "12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba");
    }

    @Test
    @DisplayName("S-01 the request has exactly these 156 bytes, and this id")
    void request() throws MalformedException {
        byte[] payload = Vectors.request().toByteArray();

        assertThat(hex(payload))
                .isEqualTo(
                        "080112260024080112208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf374"
                                + "8801b40f6f5c1a26002408011220ed4928c628d1c2c6eae90338905995612959273a5c63"
                                + "f93636c14614ac8737d122260024080112208139770ea87d175f56a35466c34c7ecccb8d"
                                + "8a91b4ee37a25df60f5b8fc9b3942a10000102030405060708090a0b0c0d0e0f3080d095"
                                + "ffbc313898c596ffbc314001");
        assertThat(RequestId.of(payload)).hasToString("e08199bf3df9881507980a12df42e180");
        assertThat(SignalRequest.parse(payload).toByteArray()).isEqualTo(payload);
    }

    @Test
    @DisplayName("S-02 A's signature and its envelope of 286 bytes")
    void requestEnvelope() throws MalformedException {
        byte[] envelope = Vectors.envelope();

        assertThat(SignedEnvelope.parse(envelope).signature())
                .isEqualTo(
                        hex(
                                "376017af077f49982a9555d54dff661d1ba8f06c8ba25ad49df49d04f2d3be19682a9633"
                                        + "fb4cf374a8f21e62effc7cd7d1289d3086abf5cc372ed15920a5030f"));
        assertThat(envelope).hasSize(286);
        assertThat(sha256(envelope))
                .isEqualTo("d956bba5f6ef2b34370f2465c1427a7fa302f290952df329d450a4e6346bc0e3");
    }

    @Test
    @DisplayName("S's attestation and its envelope of 482 bytes")
    void relayEnvelope() throws MalformedException {
        byte[] attestation = Vectors.attestation().toByteArray();
        byte[] envelope = Vectors.relayEnvelope();

        assertThat(attestation).hasSize(354);
        assertThat(sha256(attestation))
                .isEqualTo("fb553a7fb238ba803e2902bedf939857ec7bc17b971b782d8bb01c58a1c87a6e");
        assertThat(SignedEnvelope.parse(envelope).signature())
                .isEqualTo(
                        hex(
                                "ac2def54b3c75bbc90d44da21130404f9408c1fa2b08648f066cf189ef6344a5949d42e4"
                                        + "07ad71f1a37081a3a857c375f5b0c6d9b50cc9e4c4f147764b20a50e"));
        assertThat(envelope).hasSize(482);
        assertThat(sha256(envelope))
                .isEqualTo("f37058a393bf4965921e9e659cdadeac553e83ce8ad8d9932dc298a6b33ec8a3");
        assertThat(RelayAttestation.parse(attestation).toByteArray()).isEqualTo(attestation);
    }

    @Test
    @DisplayName("S-42 work of 16 bits for the request, on a stream and as gossip")
    void work() {
        byte[] stream = ProofOfWork.prefix(Vectors.request(), Fields.NONE);
        byte[] gossip = ProofOfWork.prefix(Vectors.gossipRequest(), Fields.NONE);

        assertThat(hex(stream))
                .isEqualTo("7ec3ee36c0a39d4c9cabb1c18fad1a276f591ed65aa707a0960064418814759d");
        assertThat(hex(gossip))
                .isEqualTo("a99fd43ae3b252977bf1d0d82c3f1539124f077516011ee6c5e9493c8be04c7b");
        ProofOfWork.Check check = ProofOfWork.Check.SHA256;
        assertThat(check.holds(stream, 241_750, 16)).isTrue();
        assertThat(check.holds(stream, 241_749, 16)).isFalse();
        assertThat(check.holds(stream, 614_765, 18)).isTrue();
        assertThat(check.holds(gossip, 28_715, 16)).isTrue();
        assertThat(check.holds(gossip, 87_137, 18)).isTrue();
        var other =
                new SignalRequest(
                        Vectors.A,
                        Vectors.B,
                        Vectors.S,
                        Vectors.nonce(1),
                        Vectors.T0,
                        Vectors.T0 + 15_000,
                        1,
                        0,
                        null);
        assertThat(check.holds(ProofOfWork.prefix(other, Fields.NONE), 241_750, 16)).isFalse();
    }

    @Test
    @DisplayName("the smallest counters, and no work beyond 24 bits")
    void solving() {
        byte[] stream = ProofOfWork.prefix(Vectors.request(), Fields.NONE);
        byte[] gossip = ProofOfWork.prefix(Vectors.gossipRequest(), Fields.NONE);

        assertThat(ProofOfWork.solve(stream, 8, 0, 1000)).isEqualTo(95);
        assertThat(ProofOfWork.solve(stream, 12, 0, 10_000)).isEqualTo(2579);
        assertThat(ProofOfWork.solve(gossip, 8, 0, 1000)).isEqualTo(155);
        assertThat(ProofOfWork.solve(gossip, 12, 0, 10_000)).isEqualTo(1646);
        assertThat(ProofOfWork.solve(gossip, 12, 0, 1646)).isEqualTo(-1);
        assertThat(ProofOfWork.solve(gossip, 25, 0, 1)).isEqualTo(-1);
    }

    @Test
    @DisplayName("a request with work has 164 bytes")
    void requestWithWork() throws MalformedException {
        byte[] payload = Vectors.request().withPow(Pow.unsolicited(16, 241_750)).toByteArray();

        assertThat(payload).hasSize(164);
        assertThat(sha256(payload))
                .isEqualTo("701d5adcc6217e2c281f1cabab8fa9bcb8f4a0418de799f722120cb4aede8530");
        assertThat(SignalRequest.parse(payload).toByteArray()).isEqualTo(payload);
    }

    @Test
    @DisplayName("the gossip request: payload, envelope, message id")
    void gossipRequest() {
        byte[] payload = Vectors.gossipRequest().toByteArray();
        byte[] envelope = Vectors.signed(Vectors.A_KEY, Vectors.gossipRequest());

        assertThat(payload).hasSize(124);
        assertThat(hex(payload)).endsWith("4001" + "5206" + "0810" + "10abe001");
        assertThat(envelope).hasSize(253);
        assertThat(sha256(envelope))
                .isEqualTo("b5353d4a1974b41cd61972df72ff6a23a469783a1380bd88b1cfe4451848d659");
        assertThat(hex(SignalMask.messageId(new GossipSignal(1, envelope).toByteArray())))
                .isEqualTo("fc582a40ed5dcc6de1a035e7854e92cc6e70e4c8");
    }

    @Test
    @DisplayName("the notice, and its envelope of 230 bytes")
    void notice() throws MalformedException {
        byte[] envelope =
                Identity.of(Vectors.B_KEY)
                        .seal(SignedObject.NOTICE, Vectors.notice().toByteArray());

        assertThat(envelope).hasSize(230);
        assertThat(SignedEnvelope.parse(envelope).signature())
                .isEqualTo(
                        hex(
                                "488e63374185bc3ebb04aa60881229fcc1ec7c7342a9fabfb06feff18d8f24c75883deaf"
                                        + "12fcda3482d008c6de14a4be690adb61491450e1219bdd3bc5814f05"));
    }

    @Test
    @DisplayName("S-43 the code of a challenge")
    void challenge() {
        byte[] mac =
                Challenges.mac(
                        new byte[32],
                        Vectors.nonce(0),
                        14,
                        Vectors.T0 + 60_000,
                        Vectors.A,
                        Vectors.B);

        assertThat(hex(mac)).isEqualTo("85f2a8453e7c3d7298b4c1a04ecfd18c");
    }

    @Test
    @DisplayName("S-61 masks of A, S and B")
    void masks() {
        assertThat(List.of(Vectors.A, Vectors.S, Vectors.B))
                .map(peer -> hex(SignalMask.of(peer)))
                .containsExactly("0400", "0002", "2000");
    }

    @Test
    @DisplayName("S-20 a signed payload with an extra field is refused")
    void extraField() {
        byte[] payload =
                new ProtoWriter()
                        .raw(Vectors.request().toByteArray(), 0, 156)
                        .varint(15, 1)
                        .toByteArray();

        assertThatThrownBy(() -> SignalRequest.parse(payload))
                .isInstanceOf(MalformedException.class)
                .hasMessage("request: field 15");
    }

    @Test
    @DisplayName("S-20 so is any other encoding of the same request")
    void notCanonical() {
        byte[] good = Vectors.request().toByteArray();
        byte[] longVarint = new byte[good.length + 1];
        System.arraycopy(good, 0, longVarint, 0, good.length);
        longVarint[good.length - 1] = (byte) 0x81; // 1 in two bytes
        byte[] spelledDefault =
                new ProtoWriter().raw(good, 0, good.length).varint(9, 0).toByteArray();

        for (byte[] payload : List.of(longVarint, spelledDefault)) {
            assertThatThrownBy(() -> SignalRequest.parse(payload))
                    .isInstanceOf(MalformedException.class)
                    .hasMessage("signal: not canonical");
        }
    }

    @Test
    @DisplayName("S-21 a nonce of 15 bytes is refused")
    void shortNonce() {
        SignalRequest good = Vectors.request();
        var bad =
                new SignalRequest(
                        good.source(),
                        good.target(),
                        good.relay(),
                        Arrays.copyOf(good.nonce(), 15),
                        good.issuedMillis(),
                        good.expiresMillis(),
                        1,
                        0,
                        null);

        assertThatThrownBy(() -> SignalRequest.parse(bad.toByteArray()))
                .isInstanceOf(MalformedException.class);
    }
}
