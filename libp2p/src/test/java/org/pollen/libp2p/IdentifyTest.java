package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoWriter;

/// Rows H-56 and H-57 with the vector of section 19.6.
class IdentifyTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String VECTOR =
            "710a24080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e120804c0000201060fa11a0e2f697066732f69642f312e302e301a102f697066732f70696e672f312e302e30220804c633640706c3502a0a746573742f302e312e3032076167656e742f31";
    private static final String KEY =
            "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";

    private static IdentifyMessage.Own own(
            List<Multiaddr> listen, List<String> protocols, byte[] record) throws Exception {
        return new IdentifyMessage.Own(
                PrivateKey.fromProtobuf(HEX.parseHex(KEY)).publicKey().toProtobuf(),
                listen,
                protocols,
                Multiaddr.parse("/ip4/198.51.100.7/tcp/50000"),
                "test/0.1.0",
                "agent/1",
                record);
    }

    private static IdentifyMessage read(byte[] wire) throws ViolationException {
        var message = new IdentifyMessage();
        new MessageReader(IdentifyMessage.PART_BYTES_MAX, Limit.L35_IDENTIFY, message::merge)
                .accept(wire, 0, wire.length);
        return message;
    }

    private static byte[] framed(ProtoWriter message) {
        return new ProtoWriter()
                .rawVarint(message.size())
                .raw(message.toByteArray(), 0, message.size())
                .toByteArray();
    }

    @Test
    @DisplayName("H-56 the message equals the vector, both ways, in one piece or in single bytes")
    void vector() throws Exception {
        byte[] wire =
                IdentifyMessage.encode(
                        own(
                                List.of(Multiaddr.parse("/ip4/192.0.2.1/tcp/4001")),
                                List.of("/ipfs/id/1.0.0", "/ipfs/ping/1.0.0"),
                                new byte[0]));
        assertThat(HEX.formatHex(wire)).isEqualTo(VECTOR);

        var message = new IdentifyMessage();
        var reader =
                new MessageReader(
                        IdentifyMessage.PART_BYTES_MAX, Limit.L35_IDENTIFY, message::merge);
        for (byte b : wire) {
            reader.accept(new byte[] {b}, 0, 1);
        }
        assertThat(reader.inMessage()).isFalse();
        assertThat(message.protocols).containsExactly("/ipfs/id/1.0.0", "/ipfs/ping/1.0.0");
        assertThat(message.agentVersion).isEqualTo("agent/1");
        assertThat(message.protocolVersion).isEqualTo("test/0.1.0");
        assertThat(Multiaddr.fromBytes(message.listenAddresses.getFirst()))
                .hasToString("/ip4/192.0.2.1/tcp/4001");
    }

    @Test
    @DisplayName("H-56 parts are merged: texts replace, lists grow")
    void parts() throws Exception {
        byte[] first = framed(new ProtoWriter().string(3, "/a").string(6, "old/1"));
        byte[] second = framed(new ProtoWriter().string(3, "/b").string(6, "new/2"));
        byte[] wire = new byte[first.length + second.length];
        System.arraycopy(first, 0, wire, 0, first.length);
        System.arraycopy(second, 0, wire, first.length, second.length);
        IdentifyMessage message = read(wire);
        assertThat(message.protocols).containsExactly("/a", "/b");
        assertThat(message.agentVersion).isEqualTo("new/2");
    }

    @Test
    @DisplayName("H-56 ten parts are read, eleven are L35; so is a part of 8193 bytes")
    void tooMuch() throws Exception {
        read(new byte[10]); // ten empty parts
        assertThatThrownBy(() -> read(new byte[11]))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L35_IDENTIFY));
        assertThatThrownBy(() -> read(HEX.parseHex("8140")))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L35_IDENTIFY));
        var largest = new ProtoWriter().string(99, "x".repeat(8192 - 4));
        assertThat(largest.size()).isEqualTo(8192);
        read(framed(largest));
    }

    @Test
    @DisplayName(
            "H-56 our first part stays complete and within 4096 bytes; the record goes second beyond 2048")
    void ownParts() throws Exception {
        List<Multiaddr> many =
                IntStream.range(0, 1000)
                        .mapToObj(i -> Multiaddr.tcp(new byte[] {10, 0, 0, 1}, i))
                        .toList();
        byte[] record = new byte[300];
        byte[] wire = IdentifyMessage.encode(own(many, List.of("/a", "/b"), record));
        var sizes = new ArrayList<Integer>();
        var first = new IdentifyMessage();
        new MessageReader(
                        IdentifyMessage.PART_BYTES_MAX,
                        Limit.L35_IDENTIFY,
                        (array, off, len) -> {
                            if (sizes.isEmpty()) {
                                first.merge(array, off, len);
                            }
                            sizes.add(len);
                        })
                .accept(wire, 0, wire.length);
        assertThat(sizes).hasSize(2);
        assertThat(sizes.getFirst()).isBetween(4000, 4096);
        assertThat(first.protocols).containsExactly("/a", "/b");
        assertThat(first.agentVersion).isEqualTo("agent/1");
        assertThat(first.signedPeerRecord).isNull();
        assertThat(read(wire).signedPeerRecord).isEqualTo(record);

        byte[] small = IdentifyMessage.encode(own(many.subList(0, 10), List.of("/a"), record));
        IdentifyMessage single = read(small);
        assertThat(single.signedPeerRecord).isEqualTo(record);
    }

    @Test
    @DisplayName(
            "L35 texts are cut at 256, lists stop at 500 addresses and 1000 protocols, bad UTF-8 is L47")
    void bounds() throws Exception {
        var message = new ProtoWriter(1 << 16);
        message.string(6, "a".repeat(300)).string(3, "/" + "b".repeat(300));
        IdentifyMessage read = read(framed(message));
        assertThat(read.agentVersion).hasSize(256);
        assertThat(read.protocols).isEmpty();

        var merged = new IdentifyMessage();
        for (int part = 0; part < 10; part++) {
            var list = new ProtoWriter(1 << 14);
            for (int i = 0; i < 150; i++) {
                list.string(3, "/p").bytes(2, new byte[] {1});
            }
            merged.merge(list.toByteArray(), 0, list.size());
        }
        assertThat(merged.protocols).hasSize(1000);
        assertThat(merged.listenAddresses).hasSize(500);

        assertThatThrownBy(() -> read(HEX.parseHex("033201ff")))
                .isInstanceOfSatisfying(
                        ViolationException.class,
                        e -> assertThat(e.limit()).isEqualTo(Limit.L47_PROTOBUF));
    }

    @Test
    @DisplayName("H-57 addresses are kept by where the peer is")
    void filter() {
        Multiaddr loopback = Multiaddr.parse("/ip4/127.0.0.1/tcp/1");
        Multiaddr local = Multiaddr.parse("/ip4/192.168.1.2/tcp/1");
        Multiaddr open = Multiaddr.parse("/ip4/8.8.8.8/tcp/1");
        Multiaddr name = Multiaddr.parse("/dns4/example.com/tcp/1");
        List<Multiaddr> all = List.of(loopback, local, open, name);
        assertThat(Identify.filtered(loopback, all)).isEqualTo(all);
        assertThat(Identify.filtered(local, all)).containsExactly(local, open, name);
        assertThat(Identify.filtered(open, all)).containsExactly(open, name);
    }

    @Test
    @DisplayName("H-57 at most 500 addresses are kept while connected")
    void filterCap() {
        Multiaddr loopback = Multiaddr.parse("/ip4/127.0.0.1/tcp/1");
        assertThat(Identify.filtered(loopback, Collections.nCopies(600, loopback))).hasSize(500);
    }
}
