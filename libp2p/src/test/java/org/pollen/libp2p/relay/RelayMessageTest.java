package org.pollen.libp2p.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoWriter;

/// Row H-61 with the vectors of section 19.6.
class RelayMessageTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String KEY =
            "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
    private static final String PEER =
            "0024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
    private static final String OTHER =
            "002508021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99";
    private static final CircuitLimit LIMIT = new CircuitLimit(120, 131072);

    private static PeerId peer(String hex) throws MalformedException {
        return PeerId.fromBytes(HEX.parseHex(hex));
    }

    private static void both(String hex, RelayMessage message, boolean hop) throws Exception {
        assertThat(HEX.formatHex(message.encode())).isEqualTo(hex);
        byte[] wire = HEX.parseHex(hex);
        RelayMessage read =
                hop
                        ? RelayMessage.parseHop(wire, 1, wire.length - 1)
                        : RelayMessage.parseStop(wire, 1, wire.length - 1);
        assertThat(read).isEqualTo(message);
    }

    @Test
    @DisplayName("H-61 the messages equal the vectors, both ways; a type of 0 is written")
    void vectors() throws Exception {
        both("020800", new RelayMessage.Reserve(), true);
        both("2c080112280a26" + PEER, new RelayMessage.HopConnect(peer(PEER)), true);
        both(
                "0c080222060878108080082864",
                new RelayMessage.HopStatus(null, LIMIT, RelayStatus.OK),
                true);
        both("05080228cc01", new RelayMessage.HopStatus(RelayStatus.NO_RESERVATION), true);
        both(
                "34080012280a26" + PEER + "1a06087810808008",
                new RelayMessage.StopConnect(peer(PEER), LIMIT),
                false);
        both("0408012064", new RelayMessage.StopStatus(RelayStatus.OK), false);
    }

    @Test
    @DisplayName("H-61 the voucher equals the vector; one of another signer or domain is refused")
    void voucher() throws Exception {
        PrivateKey key = PrivateKey.fromProtobuf(HEX.parseHex(KEY));
        var voucher = new Voucher(peer(PEER), peer(OTHER), 1_700_000_000);
        assertThat(HEX.formatHex(voucher.payload()))
                .isEqualTo("0a26" + PEER + "1227" + OTHER + "1880e2cfaa06");
        byte[] sealed = voucher.seal(key);
        assertThat(HEX.formatHex(sealed))
                .endsWith(
                        "4fe38e21fbe57526c9e4197c4af82955d003a6b6f733e49ee18b0b9abdd1352f7a73250425d0db751c1c62c2a106643e0ccd277760f80cefc8b7d810d5752a06");
        assertThat(Voucher.open(sealed)).isEqualTo(voucher);

        byte[] forged = sealed.clone();
        forged[forged.length - 1] ^= 1;
        assertThatThrownBy(() -> Voucher.open(forged)).isInstanceOf(MalformedException.class);
        byte[] ofAnother = new Voucher(peer(OTHER), peer(PEER), 1_700_000_000).seal(key);
        assertThatThrownBy(() -> Voucher.open(ofAnother)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> Voucher.open(new byte[] {1, 2, 3}))
                .isInstanceOf(MalformedException.class);
    }

    @Test
    @DisplayName("H-61 a reservation keeps 64 addresses and loses those it cannot read")
    void reservation() throws Exception {
        Multiaddr address = Multiaddr.parse("/ip4/192.0.2.1/tcp/4001");
        var entry = new ProtoWriter().varint(1, 1_700_000_000).bytes(2, new byte[] {0x7f, 0x7f});
        for (int i = 0; i < 100; i++) {
            entry.bytes(2, address.bytes());
        }
        byte[] body = new ProtoWriter().varint(1, 2).message(3, entry).varint(5, 100).toByteArray();
        var status = (RelayMessage.HopStatus) RelayMessage.parseHop(body, 0, body.length);
        assertThat(status.status()).isEqualTo(RelayStatus.OK);
        var granted = java.util.Objects.requireNonNull(status.reservation());
        assertThat(granted.expires()).isEqualTo(1_700_000_000);
        assertThat(granted.addresses()).hasSize(63 + 1).containsOnly(address);

        var own = new RelayMessage.Reservation(5, List.of(address), new byte[] {1, 2});
        byte[] wire = new RelayMessage.HopStatus(own, LIMIT, RelayStatus.OK).encode();
        var back = (RelayMessage.HopStatus) RelayMessage.parseHop(wire, 1, wire.length - 1);
        assertThat(back.reservation()).usingRecursiveComparison().isEqualTo(own);
        assertThat(back.limit()).isEqualTo(LIMIT);
    }

    @Test
    @DisplayName(
            "H-61 no type, an unknown type, CONNECT without a peer or with a bad id: malformed")
    void malformed() {
        for (String bad : List.of("", "0803", "0801", "08011200", "080112030a0105", "0a05", "08")) {
            byte[] wire = HEX.parseHex(bad);
            assertThatThrownBy(() -> RelayMessage.parseHop(wire, 0, wire.length))
                    .as(bad)
                    .isInstanceOf(MalformedException.class);
        }
        for (String bad : List.of("", "0802", "0800", "08001200", "08001204ffffffff")) {
            byte[] wire = HEX.parseHex(bad);
            assertThatThrownBy(() -> RelayMessage.parseStop(wire, 0, wire.length))
                    .as(bad)
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    @DisplayName("H-61 an unknown status is none")
    void unknownStatus() throws Exception {
        byte[] wire = HEX.parseHex("080228e707");
        assertThat(RelayMessage.parseHop(wire, 0, wire.length))
                .isEqualTo(new RelayMessage.HopStatus(null, null, null));
        assertThat(RelayStatus.of(101)).isNull();
        assertThat(RelayStatus.of(401)).isEqualTo(RelayStatus.UNEXPECTED_MESSAGE);
    }

    @FuzzTest(maxDuration = "10m")
    void fuzz(byte[] data) {
        try {
            RelayMessage.parseHop(data, 0, data.length).encode();
        } catch (MalformedException _) {
            // the documented answer
        }
        try {
            RelayMessage.parseStop(data, 0, data.length).encode();
        } catch (MalformedException _) {
            // the documented answer
        }
        try {
            Voucher.open(data);
        } catch (MalformedException _) {
            // the documented answer
        }
    }
}
