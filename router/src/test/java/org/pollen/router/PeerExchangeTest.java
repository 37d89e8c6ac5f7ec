package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.router.Rig.TX;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PrivateKey;
import org.pollen.scoring.PeerScoreThresholds;

/// Peer exchange, direct peers and the peer filter. Rows C71 to C81 of the router specification.
class PeerExchangeTest {
    private static final RouterParams EXCHANGE = Rig.PARAMS.toBuilder().peerExchange(true).build();

    private static PrivateKey key(int number) {
        var seed = new byte[32];
        seed[0] = (byte) number;
        return PrivateKey.ed25519(seed);
    }

    private static byte[] envelope(PrivateKey key, String... addresses) {
        var list = new ArrayList<Multiaddr>();
        for (String address : addresses) list.add(Multiaddr.parse(address));
        return new PeerRecord(key.publicKey().peerId(), 1, list).toSignedEnvelope(key);
    }

    @Test
    @DisplayName("C71: leaves of a star whose centre never meshes find each other by peer exchange")
    void aStarBecomesANetwork() {
        RouterParams leaf =
                MeshNetworkTest.PARAMS.toBuilder().peerExchange(true).floodPublish(true).build();
        RouterParams centre =
                leaf.withMeshTarget(0).toBuilder().peerExchange(true).floodPublish(true).build();
        var net = new RouterNetwork(71);
        net.addNode(centre, builder -> builder);
        net.add(19, leaf);
        net.subscribeAll(TX);
        for (int i = 1; i < 20; i++) net.connect(0, i);
        net.run(Duration.ofSeconds(2));

        for (int i = 1; i < 20; i++) assertThat(net.node(i).handles).hasSizeGreaterThan(1);
        for (int i = 0; i < 20; i++) net.node(i).publish(TX, "m" + i);
        net.run(Duration.ofSeconds(3));
        for (RouterNetwork.Node node : net.nodes) assertThat(node.received).hasSize(20);
    }

    @Test
    @DisplayName("C72: with records that only the centre knows, the leaves can dial each other")
    void recordsTravelWithTheOffer() {
        RouterParams leaf =
                MeshNetworkTest.PARAMS.toBuilder()
                        .peerExchange(true)
                        .pruneBackoff(Duration.ofSeconds(2))
                        .graftFloodThreshold(Duration.ofSeconds(1))
                        .build();
        RouterParams centre = leaf.withMeshTarget(0).toBuilder().peerExchange(true).build();
        Map<PeerId, byte[]> records = new HashMap<>();
        for (int i = 0; i < 20; i++) records.put(RouterMessages.peerId(i), new byte[] {(byte) i});
        var net = new RouterNetwork(72);
        net.addNode(centre, builder -> builder.signedRecords(records::get));
        net.add(
                19,
                leaf,
                builder ->
                        builder.recordCheck(
                                (id, bytes) -> java.util.Arrays.equals(records.get(id), bytes)));
        net.subscribeAll(TX);
        for (int i = 1; i < 20; i++) net.connect(i, 0);
        net.run(Duration.ofSeconds(10));

        for (int i = 1; i < 20; i++) assertThat(net.node(i).handles).hasSizeGreaterThan(1);
        for (int i = 1; i < 20; i++) net.node(i).publish(TX, "m" + i);
        net.run(Duration.ofSeconds(5));
        for (int i = 1; i < 20; i++) assertThat(net.node(i).received).hasSize(19);
    }

    @Test
    @DisplayName(
            "V16, C73: an offer with a record of another peer, a bad signature or another domain is not dialled")
    void forgedRecordsAreNotDialled() {
        PeerId one = key(1).publicKey().peerId();
        byte[] genuine = envelope(key(1), "/ip4/1.2.3.4/tcp/4001");
        byte[] tampered = genuine.clone();
        tampered[tampered.length - 1] ^= 1;
        byte[] ofOther = envelope(key(2), "/ip4/1.2.3.4/tcp/4001");
        byte[] otherDomain =
                org.pollen.peer.SignedEnvelope.seal(
                                key(1),
                                "another-domain",
                                new byte[] {3, 1},
                                new PeerRecord(
                                                one,
                                                1,
                                                List.of(Multiaddr.parse("/ip4/1.2.3.4/tcp/1")))
                                        .toSignedEnvelope(key(1)))
                        .toByteArray();
        for (byte[] record : List.of(tampered, ofOther, otherDomain, new byte[] {1, 2, 3})) {
            assertThat(offered(one, record)).isEmpty();
        }
        assertThat(offered(one, genuine)).hasSize(1);
        assertThat(offered(one, null)).hasSize(1);
    }

    @Test
    @DisplayName(
            "6.5: a record with only private addresses is not dialled; nor is nonsense instead of a peer id")
    void privateAddressesAreNotDialled() {
        PeerId one = key(1).publicKey().peerId();

        assertThat(offered(one, envelope(key(1), "/ip4/10.0.0.1/tcp/4001"))).isEmpty();
        assertThat(offered(one, envelope(key(1), "/ip4/127.0.0.1/tcp/4001"))).isEmpty();
        assertThat(offered(one, envelope(key(1)))).isEmpty();
        assertThat(connects(new PxPeer(new byte[] {1, 2, 3}, null))).isEmpty();
    }

    private static List<String> offered(
            PeerId peer, byte @org.jspecify.annotations.Nullable [] record) {
        return connects(new PxPeer(peer.bytes(), record));
    }

    private static List<String> connects(PxPeer... offers) {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a").clear();
        rig.rpc("a", builder -> builder.prune(TX, 60, List.of(offers)));
        return rig.events().stream().filter(event -> event.startsWith("connect")).toList();
    }

    @Test
    @DisplayName("6.5: an offered peer is dialled at most once a minute, a known one not at all")
    void dialsAreRare() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a", "b").clear();
        PxPeer stranger = new PxPeer(rig.id("stranger").bytes(), null);
        PxPeer known = new PxPeer(rig.id("b").bytes(), null);
        PxPeer me = new PxPeer(rig.id("me").bytes(), null);
        for (int i = 0; i < 3; i++) {
            rig.rpc("a", builder -> builder.prune(TX, 60, List.of(stranger, known, me)));
        }
        assertThat(rig.events()).containsExactly("unprotect a pubsub:01", "connect stranger");

        rig.millis(60_000);
        rig.rpc("a", builder -> builder.prune(TX, 60, List.of(stranger)));

        assertThat(rig.events()).containsExactly("connect stranger");
    }

    @Test
    @DisplayName("6.5: of more offers than prunePeers, that many are dialled")
    void offersAreLimited() {
        var rig = new Rig(Rig.PARAMS.toBuilder().prunePeers(4).build());
        rig.subscribe(TX);
        rig.members(TX, "a").clear();
        var offers = new ArrayList<PxPeer>();
        for (int i = 0; i < 20; i++) offers.add(new PxPeer(rig.id("s" + i).bytes(), null));

        rig.rpc("a", builder -> builder.prune(TX, 60, offers));

        assertThat(rig.events()).filteredOn(event -> event.startsWith("connect")).hasSize(4);
    }

    @Test
    @DisplayName("V16, C74: offers of a peer below the threshold are ignored; its PRUNE counts")
    void offersNeedTrust() {
        PeerScoreThresholds thresholds =
                PeerScoreThresholds.builder().limits(-10, -100, -1000).acceptPX(10).build();
        var rig =
                new Rig(
                        Rig.PARAMS,
                        builder -> builder.scoring(ScoredRouterTest.application(), thresholds));
        rig.subscribe(TX);
        rig.members(TX, "trusted", "stranger").clear();
        rig.router.scores().setAppScore(rig.handle("trusted"), 10);
        var offer = List.of(new PxPeer(rig.id("x").bytes(), null));

        rig.rpc("stranger", builder -> builder.prune(TX, 60, offer));
        assertThat(rig.events()).containsExactly("unprotect stranger pubsub:01");
        rig.rpc("trusted", builder -> builder.prune(TX, 60, offer));

        assertThat(rig.events()).containsExactly("unprotect trusted pubsub:01", "connect x");
        assertThat(rig.mesh(TX)).isEmpty();
    }

    @Test
    @DisplayName(
            "C75: offered are subscribers with a score of 0 or more that speak mesh, not the target, no more than prunePeers")
    void whoIsOffered() {
        RouterParams params = EXCHANGE.toBuilder().dialect(Dialect.MESHSUB).prunePeers(3).build();
        Mask tx = Mask.topic("tx");
        var rig =
                new Rig(
                        params,
                        builder ->
                                builder.scoring(
                                        ScoredRouterTest.application(),
                                        ScoredRouterTest.THRESHOLDS));
        rig.subscribe(tx);
        rig.peer("old", false, PubsubProtocol.MESHSUB_1_0);
        rig.peer("flood", false, PubsubProtocol.FLOODSUB_1_0);
        rig.peers("a", "b", "c", "d", "bad", "other");
        for (String peer : List.of("old", "flood", "a", "b", "c", "d", "bad")) {
            rig.subscribes(peer, tx);
        }
        rig.router.scores().setAppScore(rig.handle("bad"), -1);
        for (int i = 0; i < 12; i++) rig.members(tx, "m" + i);
        for (int i = 0; i < 12; i++) rig.unsubscribes("m" + i, tx);
        for (int i = 0; i < 12; i++) rig.grafts("m" + i, tx).router.state();
        rig.clear();

        rig.grafts("old", tx);
        rig.grafts("a", tx);

        assertThat(rig.sent("old")).containsExactly("PRUNE " + tx + " 0s");
        String prune = rig.sent("a").getFirst();
        assertThat(prune).startsWith("PRUNE " + tx + " 60s [");
        String offered = prune.substring(prune.indexOf('[') + 1, prune.length() - 1);
        assertThat(offered.split(", "))
                .hasSize(3)
                .doesNotContain("a", "flood", "bad", "other", "me");
    }

    @Test
    @DisplayName("C76: an offer carries the record the owner gives for the peer, or the id only")
    void recordsComeFromTheOwner() {
        var rig =
                new Rig(
                        EXCHANGE.toBuilder().meshHigh(6).meshLow(5).build(),
                        builder ->
                                builder.signedRecords(id ->
                                        id.equals(RouterMessages.peerId(1))
                                                ? new byte[] {1}
                                                : null));
        rig.subscribe(TX);
        for (int i = 1; i <= 6; i++) rig.members(TX, "p" + i);
        rig.peers("late");
        rig.subscribes("late", TX).clear();

        rig.grafts("late", TX);

        assertThat(rig.sent("late"))
                .containsExactly("PRUNE 01 60s [p1+record, p2, p3, p4, p5, p6]");
    }

    @Test
    @DisplayName(
            "C77: direct peers that lose their link are connected again, and messages flow before and after")
    void directPeersAreDialledAgain() {
        RouterParams params = MeshNetworkTest.PARAMS.toBuilder().directConnectTicks(2).build();
        var net = new RouterNetwork(77).add(3, params);
        net.node(1).router.addDirectPeer(net.node(2).id, null, net.now());
        net.node(2).router.addDirectPeer(net.node(1).id, null, net.now());
        net.connect(0, 1);
        net.connect(0, 2);
        net.subscribeAll(TX);
        net.run(Duration.ofSeconds(2));
        assertThat(net.node(1).handles).containsKey(net.node(2));
        net.node(1).publish(TX, "before");
        net.run(Duration.ofSeconds(1));

        net.disconnect(1, 2);
        net.run(Duration.ofSeconds(5));

        assertThat(net.node(1).handles).containsKey(net.node(2));
        net.node(2).publish(TX, "after");
        net.run(Duration.ofSeconds(1));
        for (RouterNetwork.Node node : net.nodes) {
            assertThat(node.received).containsExactly("before", "after");
        }
    }

    @Test
    @DisplayName(
            "V8, C78: a direct peer receives from a node that does not subscribe, and is never in fanout or mesh")
    void directPeersAreInNoFanout() {
        var rig = new Rig();
        rig.router.addDirectPeer(rig.id("direct"), null, rig.now);
        rig.peers("direct", "a");
        rig.subscribes("direct", TX).subscribes("a", TX).clear();

        rig.publish(TX, "m");

        assertThat(rig.sent("direct")).containsExactly("MSG m");
        assertThat(rig.router.snapshot(rig.now).fanouts().getFirst().peers())
                .containsExactly(rig.id("a"));
        rig.subscribe(TX);
        rig.heartbeats(3);
        assertThat(rig.mesh(TX)).containsExactly("a");
    }

    @Test
    @DisplayName(
            "C79: direct peers are not grafted on subscribe, join or from fanout, hear no gossip, and get messages")
    void directPeersAreOutsideMeshAndGossip() {
        var rig = new Rig();
        rig.router.addDirectPeer(rig.id("direct"), null, rig.now);
        rig.subscribe(TX);
        rig.peers("direct", "a");
        rig.subscribes("direct", TX).clear();

        rig.sends("a", TX, "m");
        assertThat(rig.sent("direct")).containsExactly("MSG m");
        rig.heartbeats(3);

        assertThat(rig.sent("direct")).isEmpty();
        assertThat(rig.mesh(TX)).isEmpty();
    }

    @Test
    @DisplayName("C80: direct peers can be added and removed while running")
    void directPeersChangeAtRunTime() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a").clear();

        rig.router.addDirectPeer(rig.id("a"), null, rig.now);
        rig.router.addDirectPeer(rig.id("absent"), new byte[] {1}, rig.now);

        assertThat(rig.events())
                .containsExactly(
                        "protect a pubsub:<direct>",
                        "unprotect a pubsub:01",
                        "protect absent pubsub:<direct>",
                        "connect absent with record");
        assertThat(rig.sent("a")).containsExactly("PRUNE 01 10s");
        assertThat(rig.router.snapshot(rig.now).directPeers()).hasSize(2);

        rig.router.removeDirectPeer(rig.id("a"));
        rig.router.removeDirectPeer(rig.id("never one"));
        assertThat(rig.events()).containsExactly("unprotect a pubsub:<direct>");
        rig.heartbeats(15);
        assertThat(rig.mesh(TX)).containsExactly("a");
    }

    @Test
    @DisplayName(
            "C81: of three connected nodes, the one that the peer filters leave out never receives")
    void filteredPeersReceiveNothing() {
        var net = new RouterNetwork(81);
        for (int i = 0; i < 3; i++) {
            int self = i;
            net.addNode(
                    MeshNetworkTest.PARAMS,
                    builder ->
                            builder.peerFilter((peer, _) ->
                                    self < 2 && !peer.equals(RouterMessages.peerId(2))));
        }
        net.connectAll();
        net.subscribeAll(TX);
        net.run(Duration.ofSeconds(2));

        net.node(0).publish(TX, "m0");
        net.node(1).publish(TX, "m1");
        net.run(Duration.ofSeconds(5));

        assertThat(net.node(0).received).containsExactlyInAnyOrder("m0", "m1");
        assertThat(net.node(1).received).containsExactlyInAnyOrder("m0", "m1");
        assertThat(net.node(2).received).isEmpty();
    }
}
