package org.pollen.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Addresses against the vectors of host.md 19.3.
class MultiaddrTest {
    @ParameterizedTest
    @CsvSource({
        "/ip4/127.0.0.1/tcp/4001,047f000001060fa1",
        "/ip6/2001:db8::1/udp/443/quic-v1,2920010db8000000000000000000000001910201bbcd03",
        "/ip4/1.2.3.4/tcp/443/tls/ws,04010203040601bbc003dd03",
        "/ip4/1.2.3.4/tcp/443/wss,04010203040601bbde03",
        "/dns4/example.com/tcp/443/tls/sni/example.com/ws,360b6578616d706c652e636f6d0601bbc003c1030b6578616d706c652e636f6ddd03",
        "/dnsaddr/bootstrap.libp2p.io,3813626f6f7473747261702e6c69627032702e696f",
        "/dns/a.b/tcp/1/ws,3503612e62060001dd03",
        "/dns6/example.com/udp/1/quic-v1,370b6578616d706c652e636f6d91020001cd03",
        "/ip4/127.0.0.1/udp/1234/quic-v1/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA,047f000001910204d2cd03a503260024080112202ffa35a99d3a3cfbb17bb7c1dc5561b18a8dcca4df38dc613ea859c37eb1336b",
        "/ip4/192.0.2.0/tcp/5002/p2p/QmdPU7PfRyKehdrP5A3WqmjyD6bhVpU1mLGKppa2FjGDjZ/p2p-circuit/p2p/QmVT6GYwjeeAF5TR485Yc58S3xRF5EFsZ5YAF4VcP3URHt,04c000020006138aa503221220df98100149311096b2d532b1dfa065a9835993b1e0accbb75c646aa70c31c8cca202a50322122069a831853dfca2f1bcc129355b213b4889439dbe7b2734d7b3ab6b2f4abd630b",
        "/ip6zone/eth0/ip6/fe80::1/tcp/1,2a046574683029fe800000000000000000000000000001060001",
        "/memory/42,8906023432",
        "/ip4/1.2.3.4/udp/4001/quic-v1/webtransport/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g,040102030491020fa1cd03d103d203221220c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2"
    })
    void h09_textAndBinaryAreTheSameAddress(String text, String binary) throws Exception {
        byte[] bytes = HexFormat.of().parseHex(binary);

        assertThat(Multiaddr.parse(text).bytes()).isEqualTo(bytes);
        assertThat(Multiaddr.fromBytes(bytes)).hasToString(text).isEqualTo(Multiaddr.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"04ff", "0601", "38ff01", "a5030100", "84808000", "", "b90a", "350161"})
    void h09_l42_binaryThatIsNoneIsRefused(String binary) {
        byte[] bytes = HexFormat.of().parseHex(binary);
        if (binary.equals("350161")) { // a name of one letter is good: the table's other side
            assertThat(read(bytes)).hasToString("/dns/a");
            return;
        }
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> Multiaddr.fromBytes(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ip4/1.2.3/tcp/1",
                "/ip4/1.2.3.4/tcp/65536",
                "/ip4/1.2.3.4/tcp/+1",
                "/ip4/1.2.3.04/tcp/1",
                "/tcp",
                "ip4/1.2.3.4",
                "/ip4/1.2.3.4/tcp/1/foo",
                "/ip6/1::2::3",
                "/ip6/1:2:3:4:5:6:7",
                "/ip6/12345::",
                "/p2p/none",
                "/dns/",
                "/",
                "//",
                ""
            })
    void h09_textThatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> Multiaddr.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void h09_ipfsIsAnAliasOfP2p() {
        String id = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";
        assertThat(Multiaddr.parse("/ip4/1.2.3.4/tcp/1/ipfs/" + id))
                .hasToString("/ip4/1.2.3.4/tcp/1/p2p/" + id);
    }

    @ParameterizedTest
    @CsvSource({
        "/ip4/1.2.3.4/tcp/443/wss,        /ip4/1.2.3.4/tcp/443/tls/ws",
        "/ip4/1.2.3.4/tcp/443/tls/ws,     /ip4/1.2.3.4/tcp/443/tls/ws",
        "/dns4/a.b/wss,                   /dns4/a.b/tcp/443/tls/ws",
        "/dns4/a.b/tls/ws,                /dns4/a.b/tcp/443/tls/ws",
        "/dns4/a.b/tls/sni/c.d/ws,        /dns4/a.b/tcp/443/tls/sni/c.d/ws",
        "/dns4/a.b/ws,                    /dns4/a.b/tcp/80/ws",
        "/dns4/a.b/tcp/9/ws,              /dns4/a.b/tcp/9/ws",
        "/ip4/1.2.3.4/tcp/1,              /ip4/1.2.3.4/tcp/1",
        "/ip4/1.2.3.4/udp/1/quic-v1,      /ip4/1.2.3.4/udp/1/quic-v1"
    })
    void h09_wssAndTlsWsAreTheSameToDial(String read, String written) {
        assertThat(Multiaddr.parse(read).dialForm())
                .hasToString(written)
                .isEqualTo(Multiaddr.parse(written).dialForm());
    }

    /// What we make of a stranger's address that is just within the limits must not throw.
    @Test
    void l42_anAddressAtItsLimitCanBeDialled() throws Exception {
        PeerId id = PeerId.parse("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA");
        Multiaddr parts = Multiaddr.fromBytes(HexFormat.of().parseHex("de03".repeat(32)));
        Multiaddr bytes = Multiaddr.parse("/dns/" + "a".repeat(1021));

        assertThat(parts.dialForm().components()).hasSize(65);
        assertThat(parts.withPeerId(id).peerId()).contains(id);
        assertThat(bytes.withPeerId(id).withoutPeerId()).isEqualTo(bytes);
        assertThat(Multiaddr.parse("/p2p/" + id).withoutPeerId().peerId()).contains(id);
        assertThat(Multiaddr.parse("/p2p/" + id).withPeerId(id).components()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "900302fffe,                           /unix/%FF%FE",
        "9003082f746d702f20612b,               /unix/%2Ftmp%2F%20a%2B",
        "e103022a7e,                           /http-path/%2A~",
        "2b18,                                 /ipcidr/24",
        "84010001,                             /sctp/1",
        "2900000000000000000000ffff01020304,   /ip6/::ffff:1.2.3.4",
        "2900000000000000000000000000000000,   /ip6/::",
        "2900010000000000010000000000000001,   /ip6/1:0:0:1::1",
        "2900010002000300040005000600070000,   /ip6/1:2:3:4:5:6:7:0",
        "d20307a0e4020301020304,               ",
        "d20306a0e40202aabb,                   /certhash/uoOQCAqq7"
    })
    void h09_valuesGoRoundThroughText(String binary, @Nullable String text) throws Exception {
        byte[] bytes = HexFormat.of().parseHex(binary);
        if (text == null) { // a digest that is shorter than it says
            assertThatExceptionOfType(MalformedException.class)
                    .isThrownBy(() -> Multiaddr.fromBytes(bytes));
            return;
        }
        assertThat(Multiaddr.fromBytes(bytes)).hasToString(text);
        assertThat(Multiaddr.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3500", // no name
                "3501ff", // not UTF-8
                "35012f", // a slash
                "35010a", // a line feed, to forge a line of a log
                "35017f",
                "3502c285", // next line
                "900300", // no path
                "d20300", // no hash
                "d203021200", // no digest
                "a50300" // no id
            })
    void h09_valuesThatAreNoneAreRefused(String binary) {
        byte[] bytes = HexFormat.of().parseHex(binary);
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> Multiaddr.fromBytes(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/unix/%2",
                "/unix/%zz",
                "/unix/",
                "/certhash/x",
                "/certhash/u!",
                "/tcp/",
                "/tcp/-1",
                "/tcp/000001",
                "/ipcidr/256",
                "/ip6/1:2:3:4:5:6:7:1.2.3.4",
                "/ip6/:1",
                "/ip6/g::",
                "/ip6/1::2:3:4:5:6:7:8",
                "/ip4/1.2.3.256",
                "/ip4/1.2.3.4/",
                "/ip4/1.2.3.4//"
            })
    void h09_textOfValuesThatAreNoneIsRefused(String text) {
        if (text.equals("/ip4/1.2.3.4/")) { // one slash at the end is a habit
            assertThat(Multiaddr.parse(text)).hasToString("/ip4/1.2.3.4");
            return;
        }
        assertThatThrownBy(() -> Multiaddr.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void h09_aSliceIsReadWithoutItsSurroundings() throws Exception {
        byte[] framed = HexFormat.of().parseHex("ffff047f000001060fa1ffff");
        Multiaddr address = Multiaddr.fromBytes(framed, 2, 8);

        framed[3] = 9; // what is read is a copy

        assertThat(address).hasToString("/ip4/127.0.0.1/tcp/4001");
        assertThat(address.components()).isSameAs(address.components());
        assertThat(address.ip())
                .hasValueSatisfying(ip -> assertThat(ip).containsExactly(127, 0, 0, 1));
        assertThat(Multiaddr.parse("/dns/a").ip()).isEmpty();
        assertThat(Multiaddr.parse("/dns/a").tcpPort()).isEmpty();
        assertThatThrownBy(() -> Multiaddr.tcp(new byte[5], 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Multiaddr.tcp(new byte[4], 65536))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void l42_aPartTooManyOrAByteTooManyIsRefused() throws Exception {
        var good = new ProtoWriter();
        for (int i = 0; i < Multiaddr.COMPONENTS_MAX; i++) good.raw(new byte[] {6, 0, 1}, 0, 3);
        assertThat(Multiaddr.fromBytes(good.toByteArray()).components()).hasSize(32);
        byte[] tooMany = good.raw(new byte[] {6, 0, 1}, 0, 3).toByteArray();
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> Multiaddr.fromBytes(tooMany));
        assertThatExceptionOfType(MalformedException.class)
                .isThrownBy(() -> Multiaddr.fromBytes(new byte[Multiaddr.BYTES_MAX + 1]));
        String name = "a".repeat(1021);
        assertThat(Multiaddr.parse("/dns/" + name).bytes()).hasSize(1024);
        assertThatThrownBy(() -> Multiaddr.parse("/dns/" + name + "a"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "/ip4/127.60.0.1/tcp/1,loopback",
        "/ip6/::1/tcp/1,loopback",
        "/ip6/::ffff:7f00:1/tcp/1,loopback",
        "/ip4/10.1.2.3/tcp/1,private",
        "/ip4/172.31.0.1/tcp/1,private",
        "/ip4/172.32.0.1/tcp/1,public",
        "/ip4/192.168.1.1/tcp/1,private",
        "/ip4/169.254.1.1/tcp/1,private",
        "/ip4/100.64.0.1/tcp/1,private",
        "/ip4/224.0.0.1/tcp/1,private",
        "/ip4/8.8.8.8/tcp/1,public",
        "/ip6/fe80::1/tcp/1,private",
        "/ip6/fd00::1/tcp/1,private",
        "/ip6/::/tcp/1,private",
        "/ip6/2a00:1450::1/tcp/1,public",
        "/dns/example.com/tcp/1,public"
    })
    void h57_whereAnAddressCanBeReachedFrom(String text, String kind) {
        Multiaddr address = Multiaddr.parse(text);
        assertThat(address.isLoopback()).isEqualTo(kind.equals("loopback"));
        assertThat(address.isPrivate()).isEqualTo(kind.equals("private"));
        assertThat(address.isPublic()).isEqualTo(kind.equals("public"));
    }

    @Test
    void thePeerIsAddedReplacedAndTakenAway() {
        PeerId a = PeerId.parse("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA");
        PeerId b = PeerId.parse("12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq");
        Multiaddr bare = Multiaddr.tcp(new byte[] {127, 0, 0, 1}, 4001);

        assertThat(bare).hasToString("/ip4/127.0.0.1/tcp/4001");
        assertThat(bare.peerId()).isEmpty();
        assertThat(bare.tcpPort()).hasValue(4001);
        assertThat(bare.withPeerId(a).peerId()).contains(a);
        assertThat(bare.withPeerId(a).withPeerId(b).peerId()).contains(b);
        assertThat(bare.withPeerId(a).withoutPeerId()).isEqualTo(bare);
        assertThat(bare.isRelayed()).isFalse();
        assertThat(Multiaddr.parse(bare.withPeerId(a) + "/p2p-circuit").isRelayed()).isTrue();
    }

    private static Multiaddr read(byte[] bytes) {
        try {
            return Multiaddr.fromBytes(bytes);
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }
}
