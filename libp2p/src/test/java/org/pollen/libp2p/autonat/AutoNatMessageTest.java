package org.pollen.libp2p.autonat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.ProtoWriter;

/// Row H-69 with the vectors of section 19.6.
class AutoNatMessageTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final Multiaddr QUIC = Multiaddr.parse("/ip4/192.0.2.1/udp/4001/quic-v1");
    private static final long NONCE = 0x0102030405060708L;

    private static void both(String hex, AutoNatMessage message) throws Exception {
        assertThat(HEX.formatHex(message.encode())).isEqualTo(hex);
        byte[] wire = HEX.parseHex(hex);
        assertThat(AutoNatMessage.parse(wire, 1, wire.length - 1)).isEqualTo(message);
    }

    @Test
    @DisplayName("H-69 DialBack is exactly 9 bytes; the messages equal the vectors, both ways")
    void vectors() throws Exception {
        assertThat(HEX.formatHex(AutoNatMessage.dialBack(NONCE))).isEqualTo("09090807060504030201");
        assertThat(AutoNatMessage.parseDialBack(HEX.parseHex("090807060504030201"), 0, 9))
                .isEqualTo(NONCE);
        assertThat(AutoNatMessage.dialBackResponse()).containsExactly(0);
        both(
                "180a160a0b04c000020191020fa1cd03110807060504030201",
                new AutoNatMessage.DialRequest(List.of(QUIC), NONCE));
        both(
                "08120608c80118c801",
                new AutoNatMessage.DialResponse(
                        AutoNatMessage.STATUS_OK, 0, AutoNatMessage.DIAL_OK));
        both(
                "0412020865",
                new AutoNatMessage.DialResponse(AutoNatMessage.STATUS_DIAL_REFUSED, 0, 0));
        both("061a0410b0ea01", new AutoNatMessage.DialDataRequest(0, 30_000));
    }

    @Test
    @DisplayName("H-69 a request has at most 4096 bytes and 50 addresses, whatever there is to ask")
    void requestSize() throws Exception {
        List<Multiaddr> many = Collections.nCopies(200, QUIC);
        var request = AutoNatMessage.DialRequest.of(many, NONCE);
        assertThat(request.addresses()).hasSize(50);
        Multiaddr big =
                Multiaddr.parse(
                        "/dns/"
                                + "a".repeat(60)
                                + ".example/tcp/443/tls/sni/"
                                + "b".repeat(120)
                                + "/ws");
        var large = AutoNatMessage.DialRequest.of(Collections.nCopies(50, big), NONCE);
        assertThat(large.addresses()).hasSizeBetween(10, 49);
        assertThat(large.encode().length).isLessThanOrEqualTo(4096);
    }

    @Test
    @DisplayName(
            "H-68, L41 an address that cannot be read keeps its place; the 51st is not looked at")
    void places() throws Exception {
        var inner = new ProtoWriter().bytes(1, new byte[] {0x7f, 0x7f});
        for (int i = 0; i < 60; i++) {
            inner.bytes(1, QUIC.bytes());
        }
        byte[] body = new ProtoWriter().message(1, inner.fixed64(2, 5)).toByteArray();
        var request = (AutoNatMessage.DialRequest) AutoNatMessage.parse(body, 0, body.length);
        assertThat(request.addresses()).hasSize(50);
        assertThat(request.addresses().getFirst()).isNull();
        assertThat(request.addresses().get(1)).isEqualTo(QUIC);
        assertThat(request.nonce()).isEqualTo(5);
    }

    @Test
    @DisplayName(
            "H-68 data of more than 4096 bytes, no known kind, a dial-back without number: malformed")
    void malformed() {
        byte[] data = new AutoNatMessage.DialDataResponse(4097).encode();
        assertThatThrownBy(() -> AutoNatMessage.parse(data, 2, data.length - 2))
                .isInstanceOf(MalformedException.class);
        for (String bad : List.of("", "2a00", "0a05", "0800")) {
            byte[] wire = HEX.parseHex(bad);
            assertThatThrownBy(() -> AutoNatMessage.parse(wire, 0, wire.length))
                    .as(bad)
                    .isInstanceOf(MalformedException.class);
        }
        assertThatThrownBy(() -> AutoNatMessage.parseDialBack(new byte[0], 0, 0))
                .isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> AutoNatMessage.parseDialBack(new byte[] {8, 1}, 0, 2))
                .isInstanceOf(MalformedException.class);
    }

    @Test
    @DisplayName("H-68 only the bytes of data count")
    void data() throws Exception {
        byte[] wire = new AutoNatMessage.DialDataResponse(4096).encode();
        assertThat(AutoNatMessage.parse(wire, 2, wire.length - 2))
                .isEqualTo(new AutoNatMessage.DialDataResponse(4096));
        byte[] padded =
                new ProtoWriter()
                        .message(
                                4, new ProtoWriter().bytes(7, new byte[2000]).bytes(1, new byte[3]))
                        .toByteArray();
        assertThat(AutoNatMessage.parse(padded, 0, padded.length))
                .isEqualTo(new AutoNatMessage.DialDataResponse(3));
    }

    @FuzzTest(maxDuration = "10m")
    void fuzz(byte[] data) {
        try {
            if (AutoNatMessage.parse(data, 0, data.length)
                    instanceof AutoNatMessage.DialRequest request) {
                assertThat(request.addresses().size()).isLessThanOrEqualTo(50);
            }
        } catch (MalformedException _) {
            // the documented answer
        }
        try {
            byte[] again =
                    AutoNatMessage.dialBack(AutoNatMessage.parseDialBack(data, 0, data.length));
            assertThat(again).hasSize(10);
            assertThat(Arrays.copyOf(again, 2)).containsExactly(9, 9);
        } catch (MalformedException _) {
            // the documented answer
        }
    }
}
