package org.pollen.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt64;
import org.ethereum.beacon.discovery.crypto.Signer;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.ethereum.beacon.discovery.schema.NodeRecordBuilder;
import org.ethereum.beacon.discovery.schema.NodeRecordFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;

class NodeRecordsTest {
    /// The example of EIP-778.
    private static final String EXAMPLE =
            "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrk"
                    + "Tfj499SZuOh8R33Ls8RRcy5wBgmlkgnY0gmlwhH8AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2"
                    + "_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8";

    private final SplittableRandom random = new SplittableRandom(5);
    private final PrivateKey ed25519 = PrivateKey.generateEd25519(random);
    private final PrivateKey secp256k1 = PrivateKey.generateSecp256k1(random);

    private static NodeRecord own(PrivateKey key, String ip, OptionalInt quic) {
        NodeRecord made = NodeRecords.own(key, "net", 7, Optional.of(ip), 9812, 9810, quic);
        return NodeRecordFactory.DEFAULT.fromEnr(made.asEnr()); // as it goes over the wire
    }

    @Test
    @DisplayName("a record of ours is read as our peer id and our addresses, for both kinds of key")
    void roundTrip() {
        for (PrivateKey key : List.of(ed25519, secp256k1)) {
            NodeRecord record = own(key, "192.0.2.7", OptionalInt.of(9814));

            var found = NodeRecords.read(record, "net").orElseThrow();

            assertThat(record.serialize().size()).isLessThanOrEqualTo(300);
            assertThat(found.peer()).isEqualTo(key.publicKey().peerId());
            assertThat(found.addresses())
                    .containsExactly(
                            Multiaddr.parse("/ip4/192.0.2.7/udp/9814/quic-v1"),
                            Multiaddr.parse("/ip4/192.0.2.7/tcp/9810"));
            var six = NodeRecords.read(own(key, "2001:db8::7", OptionalInt.of(9814)), "net");
            assertThat(six.orElseThrow().addresses())
                    .containsExactly(Multiaddr.parse("/ip6/2001:db8::7/tcp/9810"));
        }
    }

    @Test
    @DisplayName("records of other networks, of nobody, and without an address name no peer")
    void others() {
        assertThat(NodeRecords.read(own(ed25519, "192.0.2.7", OptionalInt.empty()), "other"))
                .isEmpty();
        assertThat(NodeRecords.read(NodeRecordFactory.DEFAULT.fromEnr(EXAMPLE), "net")).isEmpty();
        NodeRecord nowhere =
                NodeRecords.own(ed25519, "net", 1, Optional.empty(), 1, 2, OptionalInt.empty());
        assertThat(NodeRecords.read(nowhere, "net")).isEmpty();
    }

    @Test
    @DisplayName("nobody can claim another's identity, nor use its signature for a key of his own")
    void forged() {
        NodeRecord theirs = own(ed25519, "192.0.2.7", OptionalInt.empty());
        Signer mine = NodeRecords.signer(PrivateKey.generateEd25519(random));
        var stolen =
                new NodeRecordBuilder()
                        .signer(mine)
                        .seq(UInt64.valueOf(9))
                        .customField("pln", (Bytes) theirs.get("pln"))
                        .customField("p", (Bytes) theirs.get("p"))
                        .address("192.0.2.66", 9812, 9810)
                        .build();
        assertThat(stolen.isValid()).isTrue();
        assertThat(NodeRecords.read(stolen, "net")).isEmpty();
        var cut =
                new NodeRecordBuilder()
                        .signer(mine)
                        .customField("pln", (Bytes) theirs.get("pln"))
                        .customField("p", ((Bytes) theirs.get("p")).slice(0, 32))
                        .address("192.0.2.66", 9812, 9810)
                        .build();
        assertThat(NodeRecords.read(cut, "net")).isEmpty();
    }

    @Test
    @DisplayName("settings that cannot work are refused with what is wrong")
    void settings() {
        assertThatThrownBy(() -> settings("net", "enr:nonsense"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no node record");
        assertThatThrownBy(() -> settings("", EXAMPLE)).hasMessageContaining("1 to 32");
        assertThatThrownBy(() -> settings("x".repeat(33), EXAMPLE)).hasMessageContaining("33");
        assertThat(settings("net", EXAMPLE).bootnodes()).containsExactly(EXAMPLE);
    }

    private Discv5.Settings settings(String network, String bootnode) {
        return new Discv5.Settings(
                ed25519,
                network,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                1,
                OptionalInt.empty(),
                List.of(bootnode),
                true,
                Duration.ofSeconds(1));
    }
}
