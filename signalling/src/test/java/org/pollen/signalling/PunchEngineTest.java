package org.pollen.signalling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.signalling.Vectors.A;
import static org.pollen.signalling.Vectors.A_KEY;
import static org.pollen.signalling.Vectors.B_KEY;
import static org.pollen.signalling.Vectors.C;
import static org.pollen.signalling.Vectors.C_KEY;
import static org.pollen.signalling.Vectors.S;
import static org.pollen.signalling.Vectors.S_KEY;
import static org.pollen.signalling.Vectors.T0;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PrivateKey;

/// Addresses, permits, schedules and budgets.
class PunchEngineTest {
    private static final String ADDRESS = "/ip4/8.8.8.8/tcp/4001";
    private final Scene b = new Scene(B_KEY, SignalConfig.DEFAULTS.withPow(0, 16, 0)).connect(S);
    private int nonces;

    /// A request of a source, through S.
    private SignalStatus ask(Scene scene, PrivateKey source) {
        PeerId from = source.publicKey().peerId();
        long now = scene.now.epochMillis();
        var nonce = new byte[16];
        nonce[0] = (byte) nonces++;
        var request =
                new SignalRequest(
                        from, scene.node.peerId(), S, nonce, now, now + 15_000, 1, 0, null);
        var said =
                new RelayAttestation(S, Vectors.signed(source, request), now, 0, new byte[8], 1, 0);
        return scene.deliver(S, Identity.of(S_KEY).seal(SignedObject.RELAY, said.toByteArray()));
    }

    @Test
    @DisplayName(
            "S-30 nobody knows an address: told within 1500 ms, and not asked for again for 30 s")
    void nobodyKnows() {
        b.connect(C, Vectors.key(9).publicKey().peerId(), Vectors.key(10).publicKey().peerId());

        assertThat(ask(b, A_KEY).code()).isEqualTo(SignalCode.ACCEPTED);
        assertThat(b.queried).hasSize(3);
        b.node.onRecord(A, null, b.now);
        b.node.onRecord(A, null, b.now);
        assertThat(b.punched).isEmpty();
        b.node.onRecord(A, null, b.now);
        assertThat(b.punched).containsEntry(A, SignalCode.NO_ADDRESS);
        b.punched.clear();
        b.pass(29_999);
        ask(b, A_KEY);
        assertThat(b.queried).hasSize(3);
        assertThat(b.punched).containsEntry(A, SignalCode.NO_ADDRESS);
        assertThat(b.sent("notice")).hasSize(2);
        b.pass(1);
        ask(b, A_KEY);
        assertThat(b.queried).hasSize(6);
    }

    @Test
    @DisplayName("S-30 (neighbours that are silent)")
    void silentNeighbours() {
        b.connect(C);
        ask(b, A_KEY);

        b.run(1_499);
        assertThat(b.punched).isEmpty();
        b.run(1);
        assertThat(b.punched).containsEntry(A, SignalCode.NO_ADDRESS);
    }

    @Test
    @DisplayName("S-31 a record that another key signed is none; one of the peer is learned")
    void records() {
        ask(b, A_KEY);
        List<Multiaddr> addresses = List.of(Multiaddr.parse(ADDRESS));
        b.node.onRecord(A, new PeerRecord(C, 1, addresses).toSignedEnvelope(C_KEY), b.now);
        assertThat(b.punched).containsEntry(A, SignalCode.NO_ADDRESS);

        b.pass(30_000);
        ask(b, A_KEY);
        b.node.onRecord(A, new PeerRecord(A, 1, addresses).toSignedEnvelope(A_KEY), b.now);
        assertThat(b.dials).hasSize(1);
        assertThat(b.records).containsKey(A);
    }

    @Test
    @DisplayName("S-32 of the addresses in a record only those of hosts on the Internet are tried")
    void filter() {
        b.certified(
                A_KEY,
                "/ip4/192.168.0.1/tcp/4001",
                "/ip4/127.0.0.1/tcp/4001",
                "/ip4/224.0.0.1/tcp/4001",
                ADDRESS);
        ask(b, A_KEY);

        assertThat(b.dials).hasSize(1);
        assertThat(b.dials.getFirst().address().multiaddr()).hasToString(ADDRESS);
    }

    @ParameterizedTest
    @DisplayName("S-32 nor any of these")
    @ValueSource(
            strings = {
                "/ip4/0.0.0.0/tcp/1",
                "/ip4/10.0.0.1/tcp/1",
                "/ip4/172.16.0.1/tcp/1",
                "/ip4/100.64.0.1/tcp/1",
                "/ip4/169.254.0.1/tcp/1",
                "/ip4/192.0.2.1/tcp/1",
                "/ip4/192.0.0.1/tcp/1",
                "/ip4/192.88.99.1/tcp/1",
                "/ip4/198.18.0.1/tcp/1",
                "/ip4/198.51.100.1/tcp/1",
                "/ip4/203.0.113.1/tcp/1",
                "/ip4/255.255.255.255/tcp/1",
                "/ip6/::1/tcp/1",
                "/ip6/fe80::1/tcp/1",
                "/ip6/fc00::1/tcp/1",
                "/ip6/ff02::1/tcp/1",
                "/ip6/2001:db8::1/tcp/1",
                "/ip6/2001::1/tcp/1",
                "/ip6/2002:808:808::1/tcp/1",
                "/ip6/3fff::1/tcp/1",
                "/ip6/::ffff:192.168.0.1/tcp/1",
                "/ip4/8.8.8.8/tcp/0",
                "/ip4/8.8.8.8/udp/0/quic-v1",
                "/ip4/8.8.8.8/udp/1",
                "/ip4/8.8.8.8/udp/1/quic",
                "/ip4/8.8.8.8/tcp/1/ws",
                "/dns4/example.org/tcp/1",
                "/ip4/9.9.9.9/tcp/7"
            })
    void filtered(String address) {
        b.ips.put(S, new byte[] {9, 9, 9, 9}); // the relay
        b.certified(A_KEY, address);
        ask(b, A_KEY);

        assertThat(b.dials).isEmpty();
        assertThat(b.datagrams).isEmpty();
        assertThat(b.punched).containsEntry(A, SignalCode.NO_ADDRESS);
    }

    @Test
    @DisplayName("A8.2 neither its own listen address, nor one twice, nor more than eight")
    void keepsFew() {
        b.listening.add(Multiaddr.parse("/ip4/8.8.4.4/tcp/1"));
        var addresses = new ArrayList<Multiaddr>();
        for (int port = 1; port <= 10; port++) {
            addresses.add(Multiaddr.parse("/ip4/8.8.4.4/tcp/" + port));
        }
        addresses.add(Multiaddr.parse("/ip6/::ffff:8.8.4.4/tcp/2"));
        List<PunchAddress> kept =
                AddressFilter.filter(
                        addresses.subList(0, 3),
                        addresses,
                        b.listening,
                        null,
                        SignalConfig.DEFAULTS);

        assertThat(kept).hasSize(8).first().matches(PunchAddress::verified);
        assertThat(kept.stream().map(PunchAddress::port)).containsExactly(2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(
                        AddressFilter.filter(
                                List.of(),
                                addresses,
                                List.of(),
                                null,
                                SignalConfig.DEFAULTS.withAddresses(false, false)))
                .isEmpty();
    }

    @Test
    @DisplayName("A8.2 private networks only if they are asked for, and then only they")
    void privateOnes() {
        SignalConfig local = SignalConfig.DEFAULTS.withAddresses(true, true);
        List<Multiaddr> all =
                List.of(
                        Multiaddr.parse("/ip4/127.0.0.1/tcp/1"),
                        Multiaddr.parse("/ip4/10.0.0.1/udp/1/quic-v1"),
                        Multiaddr.parse("/ip6/::1/tcp/1"),
                        Multiaddr.parse("/ip6/fd00::1/tcp/1"),
                        Multiaddr.parse("/ip6/fe80::1/tcp/1"),
                        Multiaddr.parse(ADDRESS));

        assertThat(AddressFilter.filter(all, List.of(), List.of(), null, local)).hasSize(4);
    }

    @Test
    @DisplayName("S-33 three requests at a time are one attempt, of which all hear")
    void coalesced() {
        b.certified(A_KEY, ADDRESS);
        for (int i = 0; i < 3; i++) {
            assertThat(ask(b, A_KEY).code()).isEqualTo(SignalCode.ACCEPTED);
        }

        assertThat(b.dials).hasSize(1);
        b.node.onDialed(b.dials.getFirst().id(), A, false, b.now);
        assertThat(b.punched).containsEntry(A, SignalCode.PUNCH_OK);
        assertThat(java.util.Objects.requireNonNull(b.askers.get(A)))
                .hasSize(3)
                .doesNotHaveDuplicates();
        assertThat(b.node.standing().score(S, b.now.nanos())).isEqualTo(1);
    }

    private List<PrivateKey> onOneIp(int count) {
        var keys = new ArrayList<PrivateKey>();
        for (int i = 0; i < count; i++) {
            PrivateKey key = Vectors.key(40 + i);
            keys.add(key);
            b.met(key.publicKey().peerId(), "/ip4/8.8.8.8/tcp/" + (1 + i));
        }
        return keys;
    }

    @Test
    @DisplayName("S-34 three at a time toward an IP; the next begins when one ends")
    void permits() {
        List<PrivateKey> keys = onOneIp(5);
        for (PrivateKey key : keys) ask(b, key);

        assertThat(b.dials).hasSize(3);
        assertThat(b.node.punches().waiting()).isEqualTo(2);
        b.node.onDialed(b.dials.getFirst().id(), keys.getFirst().publicKey().peerId(), true, b.now);
        assertThat(b.dials).hasSize(4);
        assertThat(b.node.punches().waiting()).isEqualTo(1);
        assertThat(b.node.metrics().ephemeralPorts()).isEqualTo(1);
    }

    @Test
    @DisplayName("A8.3 an attempt that is over does not get its own permit again")
    void ownPermit() {
        List<PrivateKey> keys = onOneIp(3);
        PeerId last = keys.getLast().publicKey().peerId();
        // Where it was met, and another port that it certifies: two groups toward one IP.
        b.certified(keys.getLast(), "/ip4/8.8.8.8/tcp/77");
        for (PrivateKey key : keys) ask(b, key);
        assertThat(b.dials).hasSize(3);
        assertThat(b.node.punches().waiting()).isEqualTo(1);

        b.node.onDirect(last, b.now);

        assertThat(b.punched).containsEntry(last, SignalCode.PUNCH_OK);
        assertThat(b.dials).hasSize(3);
        assertThat(b.node.punches().waiting()).isZero();
        b.run(15_000);
        assertThat(b.node.punches().held()).isZero();
    }

    @Test
    @DisplayName("S-35 eight wait, the next is told that the IP is busy")
    void busy() {
        for (PrivateKey key : onOneIp(12)) ask(b, key);

        assertThat(b.dials).hasSize(3);
        assertThat(b.node.punches().waiting()).isEqualTo(8);
        assertThat(b.punched)
                .containsExactly(
                        java.util.Map.entry(
                                Vectors.key(51).publicKey().peerId(), SignalCode.IP_BUSY));
    }

    @Test
    @DisplayName("A8.3 who waits leaves when its request is over")
    void leaves() {
        var config =
                SignalConfig.DEFAULTS
                        .withPow(0, 16, 0)
                        .withBucket("punch.ip.verified", BucketParams.of(100, 100, 1, 120));
        var scene = new Scene(B_KEY, config).connect(S);
        for (int i = 0; i < 7; i++) {
            PrivateKey key = Vectors.key(40 + i);
            scene.met(key.publicKey().peerId(), "/ip4/8.8.8.8/tcp/" + (1 + i));
            ask(scene, key);
        }
        scene.run(14_999);
        assertThat(scene.node.punches().active()).isEqualTo(7);
        scene.run(10_001);
        // Three began at 15 s; the seventh never did.
        assertThat(scene.dials.stream().map(Scene.Dial::expected).distinct()).hasSize(6);
        assertThat(scene.punched)
                .containsEntry(Vectors.key(46).publicKey().peerId(), SignalCode.IP_BUSY);
        scene.run(10_000);
        assertThat(scene.node.punches().held()).isZero();
    }

    @Test
    @DisplayName("S-36 an IP where nobody was met: two punches, the third is refused")
    void unverified() {
        for (int i = 0; i < 3; i++) {
            PrivateKey key = Vectors.key(40 + i);
            b.certified(key, "/ip4/8.8.8.8/tcp/" + (1 + i));
            ask(b, key);
            b.run(3_000);
        }

        assertThat(b.dials.stream().map(Scene.Dial::expected).distinct()).hasSize(2);
        assertThat(b.punched)
                .containsEntry(Vectors.key(42).publicKey().peerId(), SignalCode.RATE_LIMITED);
    }

    @Test
    @DisplayName("S-37 a /64 is one IP")
    void ipKeys() {
        byte[] one = Multiaddr.parse("/ip6/2001:db9::1/tcp/1").ip().orElseThrow();
        byte[] two = Multiaddr.parse("/ip6/2001:db9::2/tcp/1").ip().orElseThrow();
        byte[] mapped = Multiaddr.parse("/ip6/::ffff:8.8.8.8/tcp/1").ip().orElseThrow();

        assertThat(IpKey.of(one)).isEqualTo(IpKey.of(two)).hasToString("20010db900000000");
        assertThat(IpKey.exact(one)).isNotEqualTo(IpKey.exact(two));
        assertThat(IpKey.of(mapped)).isEqualTo(IpKey.of(new byte[] {8, 8, 8, 8}));
    }

    @Test
    @DisplayName("S-38 TCP where it was met: at 0, 1, 3 and 7 s, and over at 15 s")
    void verifiedSchedule() {
        b.met(A, ADDRESS);
        ask(b, A_KEY);
        b.run(14_999);
        assertThat(b.punched).isEmpty();
        b.run(1);

        assertThat(b.dialTimes()).containsExactly(0L, 1_000L, 3_000L, 7_000L);
        assertThat(b.dials.stream().map(Scene.Dial::timeout))
                .containsExactly(1_000L, 2_000L, 4_000L, 8_000L);
        assertThat(b.punched).containsEntry(A, SignalCode.PUNCH_FAILED);
        assertThat(b.node.metrics().punchBytesOut()).isEqualTo(60 + 120 + 180 + 240);
    }

    @Test
    @DisplayName("S-39 where nobody was met: no more bytes than came, and over at 5 s")
    void unverifiedSchedule() {
        b.certified(A_KEY, ADDRESS, "/ip4/8.8.8.8/udp/4001/quic-v1", "/ip4/8.8.4.4/tcp/4001");
        b.deliver(S, Vectors.relayEnvelope());
        int in = new SignalFrame.Deliver(Vectors.relayEnvelope()).toByteArray().length;
        b.run(5_000);

        assertThat(b.node.punches().active()).isZero();
        assertThat(b.node.metrics().punchBytesOut()).isLessThanOrEqualTo(in).isGreaterThan(400);
        assertThat(b.punched).containsEntry(A, SignalCode.BUDGET_EXHAUSTED);
    }

    @Test
    @DisplayName("S-39 one address of each kind uses the whole schedule")
    void unverifiedInFull() {
        b.certified(A_KEY, ADDRESS, "/ip4/8.8.8.8/udp/4001/quic-v1");
        b.deliver(S, Vectors.relayEnvelope());
        b.run(4_999);
        assertThat(b.punched).isEmpty();
        b.run(1);

        assertThat(b.dialTimes()).containsExactly(0L, 1_000L);
        assertThat(b.datagramTimes).containsExactly(0L, 1_000L, 3_000L, 4_500L);
        assertThat(b.datagrams).containsOnly(32);
        assertThat(b.node.metrics().punchBytesOut()).isEqualTo(480);
        assertThat(b.punched).containsEntry(A, SignalCode.PUNCH_FAILED);
    }

    @Test
    @DisplayName("A8.4 datagrams where it was met: few, irregular, and never over the budget")
    void verifiedDatagrams() {
        b.met(A, "/ip4/8.8.8.8/udp/4001/quic-v1");
        ask(b, A_KEY);
        b.run(15_000);

        assertThat(b.datagrams).hasSizeBetween(13, 64).allMatch(size -> size >= 32 && size <= 64);
        assertThat(b.datagramTimes.getLast()).isBetween(9_000L, 9_200L);
        assertThat(b.node.metrics().punchBytesOut()).isLessThanOrEqualTo(8_192);
    }

    @Test
    @DisplayName("S-40 who is there has to be who was expected")
    void identity() {
        b.met(A, ADDRESS);
        ask(b, A_KEY);
        b.node.onDialed(b.dials.getFirst().id(), C, false, b.now);

        assertThat(b.punched).isEmpty();
        assertThat(b.cancelled).containsExactly(b.dials.getFirst().id());
        assertThat(b.node.metrics().identityMismatches()).isEqualTo(1);
        b.run(1_000);
        assertThat(b.dials).hasSize(2);
        b.node.onDialed(99, A, false, b.now);
        assertThat(b.cancelled).contains(99L);
    }

    @Test
    @DisplayName("S-41 a stop ends all (the core's part: nothing is kept)")
    void stop() {
        for (PrivateKey key : onOneIp(5)) ask(b, key);
        ask(b, A_KEY);
        b.node.stop(b.now);

        assertThat(b.node.punches().active()).isZero();
        assertThat(b.node.punches().waiting()).isZero();
        assertThat(b.node.punches().held()).isZero();
        assertThat(b.cancelled).hasSizeGreaterThanOrEqualTo(3);
        assertThat(b.node.nextTickAt()).isEqualTo(Long.MAX_VALUE);
        assertThat(b.node.onFrame(S, false, new byte[0], b.now)).isNull();
    }

    @Test
    @DisplayName("A8.7 a connection that comes by itself ends the attempt")
    void direct() {
        b.met(A, ADDRESS);
        ask(b, A_KEY);
        b.node.onDirect(A, b.now);

        assertThat(b.punched).containsEntry(A, SignalCode.PUNCH_OK);
        assertThat(b.cancelled).hasSize(1);
    }

    @Test
    @DisplayName("A8.7 after a failure a peer waits 5 s, then twice as long")
    void backoff() {
        b.met(A, ADDRESS);
        for (long wait : new long[] {5_000, 10_000}) {
            ask(b, A_KEY);
            b.node.onDialFailed(b.dials.getLast().id(), b.now);
            b.run(15_000);
            b.pass(wait - 1);
            assertThat(ask(b, A_KEY).code()).isEqualTo(SignalCode.RATE_LIMITED);
            b.pass(1);
        }
        assertThat(ask(b, A_KEY).code()).isEqualTo(SignalCode.ACCEPTED);
    }

    @Test
    @DisplayName(
            "A8.3 two peers with one address: the second is not punched there; few attempts in all")
    void oneAddress() {
        b.met(A, ADDRESS).met(C, ADDRESS);
        ask(b, A_KEY);
        ask(b, C_KEY);
        assertThat(b.punched).containsEntry(C, SignalCode.IP_BUSY);

        var few = new Scene(B_KEY, SignalConfig.DEFAULTS.withMaxActive(1)).connect(S);
        few.met(A, ADDRESS).met(C, "/ip4/8.8.4.4/tcp/1");
        ask(few, A_KEY);
        assertThat(ask(few, C_KEY).code()).isEqualTo(SignalCode.OVERLOADED);
    }

    @Test
    @DisplayName("S-46 work is asked for by the punches toward the IP of the source")
    void workByPunches() {
        var scene = new Scene(B_KEY).connect(S);
        var codes = new ArrayList<SignalCode>();
        for (int i = 0; i < 4; i++) {
            PrivateKey key = Vectors.key(40 + i);
            scene.met(key.publicKey().peerId(), "/ip4/8.8.8.8/tcp/" + (1 + i));
            codes.add(ask(scene, key).code());
        }

        assertThat(codes.subList(0, 3)).containsOnly(SignalCode.ACCEPTED);
        assertThat(codes.getLast()).isEqualTo(SignalCode.POW_REQUIRED);
        assertThat(scene.node.metrics().difficulty()).isEqualTo(14);
        scene.run(60_000);
        assertThat(ask(scene, Vectors.key(43)).code()).isEqualTo(SignalCode.ACCEPTED);
    }

    @Test
    @DisplayName("A8.1 the neighbours nearest to the peer are asked")
    void nearest() {
        var peers = new ArrayList<PeerId>();
        for (int i = 0; i < 20; i++) peers.add(Vectors.key(60 + i).publicKey().peerId());
        List<PeerId> first = Nearest.to(A, peers, 3);

        assertThat(first).hasSize(3);
        assertThat(Nearest.to(A, peers.reversed(), 3)).isEqualTo(first);
        assertThat(Nearest.to(A, List.of(A), 3)).isEmpty();
        assertThat(T0).isPositive();
    }
}
