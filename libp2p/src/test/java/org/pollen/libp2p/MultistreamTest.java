package org.pollen.libp2p;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows H-11 to H-15 and H-17 on the codec alone; [HostStreamTest] has what needs a stream.
class MultistreamTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String HEADER = "132f6d756c746973747265616d2f312e302e300a";

    private static byte[] tokens(String... texts) {
        byte[] all = {};
        for (String text : texts) {
            byte[] token = Negotiation.token(text);
            int at = all.length;
            all = Arrays.copyOf(all, at + token.length);
            System.arraycopy(token, 0, all, at, token.length);
        }
        return all;
    }

    private static int feed(Negotiation negotiation, byte[] bytes) throws ViolationException {
        return negotiation.receive(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @DisplayName("H-11 tokens equal the vectors, both ways")
    @CsvSource(
            textBlock =
                    """
                    /multistream/1.0.0, 132f6d756c746973747265616d2f312e302e300a
                    /noise,             072f6e6f6973650a
                    /tls/1.0.0,         0b2f746c732f312e302e300a
                    /yamux/1.0.0,       0d2f79616d75782f312e302e300a
                    na,                 036e610a
                    ls,                 036c730a
                    /meshsub/1.2.0,     0f2f6d6573687375622f312e322e300a
                    /ipfs/id/1.0.0,     0f2f697066732f69642f312e302e300a
                    """)
    void tokenVectors(String text, String hex) throws Exception {
        assertThat(HEX.formatHex(Negotiation.token(text))).isEqualTo(hex);

        var reader = new TokenReader();
        byte[] wire = HEX.parseHex(hex + "ff"); // one byte that is not the token's
        assertThat(reader.accept(wire, 0, wire.length)).isEqualTo(wire.length - 1);
        assertThat(reader.take()).isEqualTo(text);
    }

    @Test
    @DisplayName("H-11 a token of 1024 bytes with its newline is accepted, one of 1025 is not")
    void tokenLength() throws Exception {
        byte[] longest = tokens("/" + "a".repeat(1022));
        var reader = new TokenReader();
        assertThat(reader.accept(longest, 0, longest.length)).isEqualTo(longest.length);
        assertThat(reader.take()).hasSize(1023);

        byte[] tooLong = tokens("/" + "a".repeat(1023));
        assertThat(tooLong).startsWith(HEX.parseHex("8108"));
        assertThatThrownBy(() -> new TokenReader().accept(tooLong, 0, tooLong.length))
                .isInstanceOf(ViolationException.class)
                .hasMessageContaining("1025");
    }

    @ParameterizedTest
    @DisplayName("H-11 no newline, empty, a prefix of 3 bytes or not minimal: refused as L5")
    @ValueSource(strings = {"026e61", "00", "818001", "8300", "81082f"})
    void badTokens(String hex) {
        byte[] wire = HEX.parseHex(hex);
        assertThatThrownBy(() -> new TokenReader().accept(wire, 0, wire.length))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L5_TOKEN));
    }

    @Test
    @DisplayName("H-12 the initiator sends header and proposal in one write")
    void initiatorDoesNotWait() throws Exception {
        Negotiation initiator = Negotiation.initiator(List.of("/noise"));
        assertThat(HEX.formatHex(initiator.takeOutput())).isEqualTo(HEADER + "072f6e6f6973650a");

        // A responder that answers only after it read the header.
        feed(initiator, tokens("/multistream/1.0.0"));
        assertThat(initiator.agreed()).isNull();
        feed(initiator, tokens("/noise"));
        assertThat(initiator.agreed()).isEqualTo("/noise");
        assertThat(initiator.takeOutput()).isEmpty();
    }

    @Test
    @DisplayName(
            "H-13 the responder takes single bytes, and leaves the payload behind the proposal")
    void responderLeavesThePayload() throws Exception {
        byte[] wire = tokens("/multistream/1.0.0", "/echo/1");
        Negotiation slow = Negotiation.responder("/echo/1"::equals);
        for (byte b : wire) {
            assertThat(slow.receive(new byte[] {b}, 0, 1)).isEqualTo(1);
        }
        assertThat(slow.agreed()).isEqualTo("/echo/1");

        byte[] payload = "payload".getBytes(UTF_8);
        byte[] all = Arrays.copyOf(wire, wire.length + payload.length);
        System.arraycopy(payload, 0, all, wire.length, payload.length);
        Negotiation fast = Negotiation.responder("/echo/1"::equals);
        assertThat(feed(fast, all)).isEqualTo(wire.length);
        assertThat(fast.takeOutput()).isEqualTo(wire);
    }

    @Test
    @DisplayName("H-14 na moves on without a second header; the end of the list is a refusal")
    void nextProposal() throws Exception {
        Negotiation initiator = Negotiation.initiator(List.of("/a", "/b"));
        initiator.takeOutput();
        feed(initiator, tokens("/multistream/1.0.0", "na"));
        assertThat(initiator.takeOutput()).isEqualTo(tokens("/b"));
        assertThat(initiator.refused()).isFalse();
        feed(initiator, tokens("na"));
        assertThat(initiator.takeOutput()).isEmpty();
        assertThat(initiator.refused()).isTrue();
        assertThat(initiator.agreed()).isNull();
    }

    @Test
    @DisplayName("H-15 ls and simultaneous open are answered with na, the negotiation goes on")
    void oldCommands() throws Exception {
        Negotiation responder = Negotiation.responder("/noise"::equals);
        responder.takeOutput();
        feed(responder, tokens("/multistream/1.0.0", "ls", "/libp2p/simultaneous-connect"));
        assertThat(responder.takeOutput()).isEqualTo(tokens("na", "na"));
        feed(responder, tokens("/noise"));
        assertThat(responder.agreed()).isEqualTo("/noise");
    }

    @Test
    @DisplayName("H-17 the 33rd proposal is L7, another first token than the header L6")
    void tooManyProposals() throws Exception {
        Negotiation responder = Negotiation.responder(_ -> false);
        feed(responder, tokens("/multistream/1.0.0"));
        for (int i = 0; i < 32; i++) {
            feed(responder, tokens("/p" + i));
        }
        assertThatThrownBy(() -> feed(responder, tokens("/p32")))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L7_PROPOSALS));

        for (String first : List.of("/noise", "na", "/multistream/2.0.0")) {
            assertThatThrownBy(() -> feed(Negotiation.responder(_ -> true), tokens(first)))
                    .isInstanceOfSatisfying(
                            ViolationException.class,
                            e -> assertThat(e.limit()).isEqualTo(Limit.L6_HEADER));
        }
    }

    @Test
    void anAnswerThatIsNeitherTheProposalNorNaIsRefused() {
        assertThatThrownBy(() ->
                        feed(
                                Negotiation.initiator(List.of("/a")),
                                tokens("/multistream/1.0.0", "/b")))
                .isInstanceOf(ViolationException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"noise", "", "/a\nb"})
    void ownProtocolsAreChecked(String protocol) {
        assertThatThrownBy(() -> Negotiation.checkProtocol(protocol))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Negotiation.checkProtocol("/" + "a".repeat(255)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(Negotiation.checkProtocol("/" + "a".repeat(254))).hasSize(255);
    }
}
