package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.router.Rig.PARAMS;
import static org.pollen.router.Rig.TX;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;

/// GRAFT, PRUNE and backoff against one router. Rows C55 to C70 of the router specification.
class GraftPruneTest {
    private static final Mask A = Mask.fromHex("01");
    private static final Mask B = Mask.fromHex("02");
    private static final Mask C = Mask.fromHex("04");

    static PeerScoreParams behaviour(double weight) {
        return PeerScoreParams.builder()
                .skipAtomicValidation(true)
                .decay(Duration.ofSeconds(1), 0.01)
                .behaviourPenalty(weight, 0, 0.999)
                .build();
    }

    static Rig scored(RouterParams params, double weight) {
        return new Rig(
                params, builder -> builder.scoring(behaviour(weight), PeerScoreThresholds.NEUTRAL));
    }

    @Test
    @DisplayName("C55: a GRAFT for a topic we are not in is ignored: no PRUNE, no penalty")
    void graftsForUnknownTopicsAreIgnored() {
        var rig = scored(PARAMS, -1).peers("a");

        rig.grafts("a", A);

        assertThat(rig.sent("a")).isEmpty();
        assertThat(rig.score("a")).isZero();
        assertThat(rig.router.metrics().total("gossipsub_grafts_refused_total", "unknown_topic"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName("V15, C56: GRAFTs during a backoff cost one penalty, two within the flood window")
    void graftsDuringABackoffArePenalized() {
        RouterParams params =
                PARAMS.toBuilder()
                        .pruneBackoff(Duration.ofMillis(200))
                        .graftFloodThreshold(Duration.ofMillis(100))
                        .build();
        var rig =
                new Rig(
                        params,
                        builder ->
                                builder.scoring(
                                        behaviour(-100),
                                        PeerScoreThresholds.builder()
                                                .limits(-1, -1, -1000)
                                                .build()));
        rig.subscribe(TX);
        rig.members(TX, "a").clear();
        rig.prunes("a", TX, 0);

        rig.millis(121).grafts("a", TX);
        assertThat(rig.score("a")).isEqualTo(-100);
        assertThat(rig.sent("a")).containsExactly("PRUNE 01 0s");
        rig.millis(20).grafts("a", TX);
        assertThat(rig.score("a")).isEqualTo(-900);
        assertThat(rig.sent("a")).containsExactly("PRUNE 01 0s");
        rig.millis(20).grafts("a", TX);
        assertThat(rig.score("a")).isEqualTo(-2500);
        assertThat(rig.sent("a")).containsExactly("PRUNE 01 0s");
        rig.millis(300).grafts("a", TX);

        assertThat(rig.sent("a")).isEmpty(); // graylisted: not even read
        assertThat(rig.mesh(TX)).isEmpty();
    }

    @Test
    @DisplayName("C57: one RPC with three GRAFTs joins three meshes")
    void oneRpcGraftsSeveralTopics() {
        var rig = new Rig();
        rig.subscribe(A);
        rig.subscribe(B);
        rig.subscribe(C);
        rig.peers("a").clear();

        rig.grafts("a", A, B, C);

        assertThat(List.of(rig.mesh(A), rig.mesh(B), rig.mesh(C))).containsOnly(List.of("a"));
    }

    @Test
    @DisplayName(
            "C58: GRAFTs for known topics count beside one for an unknown one, which gets no PRUNE")
    void unknownTopicsDoNotSpoilTheRest() {
        var rig = new Rig();
        rig.subscribe(A);
        rig.subscribe(C);
        rig.peers("a").clear();

        rig.grafts("a", A, B, C);

        assertThat(rig.mesh(A)).containsExactly("a");
        assertThat(rig.mesh(C)).containsExactly("a");
        assertThat(rig.sent("a")).isEmpty();
    }

    @Test
    @DisplayName("C59: a GRAFT from a direct peer is answered with PRUNE and costs nothing")
    void directPeersAreNotGrafted() {
        var rig = scored(PARAMS, -1);
        rig.router.addDirectPeer(rig.id("a"), null, rig.now);
        rig.subscribe(TX);
        rig.peers("a");
        rig.subscribes("a", TX).clear();

        rig.grafts("a", TX);

        assertThat(rig.mesh(TX)).isEmpty();
        assertThat(rig.sent("a")).containsExactly("PRUNE 01 60s");
        assertThat(rig.score("a")).isZero();
    }

    @Test
    @DisplayName(
            "C60: the answer to a GRAFT in backoff is a PRUNE with the backoff and without peers")
    void refusedGraftsAreAnsweredWithoutPeers() {
        var rig = new Rig(PARAMS.toBuilder().peerExchange(true).build());
        rig.subscribe(TX);
        rig.members(TX, "a", "b", "c");
        rig.prunes("a", TX, 30).clear();

        rig.grafts("a", TX);

        assertThat(rig.sent("a")).containsExactly("PRUNE 01 60s");
        assertThat(rig.mesh(TX)).containsExactly("b", "c");
    }

    @Test
    @DisplayName(
            "C61: after PRUNE with 1 s and one heartbeat of slack, the peer is grafted after 11 heartbeats of 0.1 s")
    void backoffsHaveASlackOfHeartbeats() {
        var rig =
                new Rig(
                        PARAMS.toBuilder()
                                .heartbeatInterval(Duration.ofMillis(100))
                                .backoffSlackHeartbeats(1)
                                .build());
        rig.subscribe(TX);
        rig.members(TX, "a").clear();
        rig.prunes("a", TX, 1);

        rig.heartbeats(10);
        assertThat(rig.sent("a")).doesNotContain("GRAFT 01");
        rig.heartbeat();
        assertThat(rig.sent("a")).contains("GRAFT 01");
    }

    @Test
    @DisplayName("C62: a PRUNE without a backoff starts the default one")
    void prunesWithoutABackoffUseTheDefault() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a").clear();

        rig.prunes("a", TX, 0);

        assertThat(backoffSeconds(rig, "a")).isEqualTo(60);
    }

    @Test
    @DisplayName(
            "C63: leaving tells the unsubscribe backoff; after rejoining nobody is grafted before its end and the slack")
    void leavingHasItsOwnBackoff() {
        var rig =
                new Rig(
                        PARAMS.toBuilder()
                                .pruneBackoff(Duration.ofSeconds(5))
                                .graftFloodThreshold(Duration.ofSeconds(1))
                                .unsubscribeBackoff(Duration.ofSeconds(1))
                                .heartbeatInterval(Duration.ofMillis(100))
                                .backoffSlackHeartbeats(1)
                                .build());
        Subscription subscription = rig.subscribe(TX);
        rig.members(TX, "a").clear();

        rig.router.unsubscribe(subscription, rig.now);
        assertThat(rig.sent("a")).containsExactly("UNSUB 01", "PRUNE 01 1s");
        rig.subscribe(TX);
        assertThat(rig.sent("a")).containsExactly("SUB 01");
        rig.heartbeats(10);
        assertThat(rig.sent("a")).doesNotContain("GRAFT 01");
        rig.heartbeat();
        assertThat(rig.sent("a")).contains("GRAFT 01");
    }

    @Test
    @DisplayName("C64: after a leave both sides hold a backoff of no more than unsubscribeBackoff")
    void bothSidesHoldTheBackoff() {
        var net = new RouterNetwork(64).add(2, MeshNetworkTest.PARAMS);
        net.subscribeAll(TX);
        net.connect(0, 1);
        net.run(Duration.ofSeconds(2));
        assertThat(net.node(0).mesh(TX)).containsExactly(1);

        net.node(0).unsubscribe();
        net.runMillis(10);

        for (int i = 0; i < 2; i++) {
            RouterNetwork.Node node = net.node(i);
            RouterState state = node.router.state();
            int topic = state.masks.find(TX);
            long left = state.backoffs.remaining(topic, node.handle(net.node(1 - i)), net.now());
            assertThat(left).isBetween(9_900_000_000L, 10_000_000_000L);
        }
    }

    @Test
    @DisplayName("V10, C65: joining respects backoffs: only the peer without one is grafted")
    void joiningRespectsBackoffs() {
        var rig = new Rig();
        Subscription subscription = rig.subscribe(TX);
        rig.members(TX, "a");
        rig.router.unsubscribe(subscription, rig.now);
        rig.peers("b");
        rig.subscribes("b", TX).clear();

        rig.subscribe(TX);

        assertThat(rig.mesh(TX)).containsExactly("b");
        assertThat(rig.sent("a")).containsExactly("SUB 01");
        assertThat(rig.sent("b")).containsExactly("SUB 01", "GRAFT 01");
    }

    @Test
    @DisplayName(
            "B18, V3, C66: a backoff of 2^64-1 or 2^63 seconds is an hour, of 0 the default; nothing overflows")
    void absurdBackoffsAreClamped() {
        long[] asked = {-1L, Long.MIN_VALUE, 0L};
        long[] held = {3600, 3600, 60};
        for (int i = 0; i < asked.length; i++) {
            var rig = new Rig();
            rig.subscribe(TX);
            rig.members(TX, "a");

            rig.prunes("a", TX, asked[i]);

            assertThat(backoffSeconds(rig, "a")).isEqualTo(held[i]);
        }
    }

    @Test
    @DisplayName("C67: a PRUNE with a shorter backoff does not shorten a longer one")
    void longerBackoffsStay() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a");
        rig.prunes("a", TX, 600);

        rig.prunes("a", TX, 5);

        assertThat(backoffSeconds(rig, "a")).isEqualTo(600);
    }

    private static long backoffSeconds(Rig rig, String peer) {
        RouterState state = rig.router.state();
        int topic = state.masks.find(TX);
        return state.backoffs.remaining(topic, rig.handle(peer), rig.now) / 1_000_000_000L;
    }

    @Test
    @DisplayName("C68: of dropped GRAFTs and PRUNEs only those still true ride on the next RPC")
    void onlyWhatIsStillTrueIsSentAgain() {
        var rig = new Rig();
        rig.subscribe(A);
        rig.subscribe(B);
        rig.members(A, "a").clear();
        Peer peer = rig.router.state().peers.at(rig.handle("a"));
        retry(peer, builder -> builder.graft(A).graft(B).graft(C));
        retry(peer, builder -> builder.prune(B, 60, List.of()).prune(C, 60, List.of()));

        rig.subscribe(Mask.fromHex("80"));

        assertThat(rig.sent("a"))
                .containsExactly("GRAFT 01", "PRUNE 02 60s", "PRUNE 04 60s", "SUB 80");
    }

    private static void retry(Peer peer, java.util.function.Consumer<RpcBuilder> content) {
        var builder = new RpcBuilder(Dialect.BLOSSOM, 1 << 20);
        content.accept(builder);
        builder.build().forEach(peer.retry::add);
    }

    private static RouterParams oneControl() {
        return PARAMS.toBuilder()
                .outboundLimits(
                        new OutboundLimits(
                                1, 8, 1 << 20, Duration.ofSeconds(5), Duration.ofSeconds(1)))
                .build();
    }

    @Test
    @DisplayName("C69: a dropped GRAFT is not sent again once the peer has left the mesh")
    void aDroppedGraftIsForgottenWhenItIsNoLongerTrue() {
        var rig = new Rig(oneControl());
        rig.peers("a");
        rig.subscribes("a", TX).clear();
        rig.subscribe(TX); // the announcement fills the queue, the GRAFT is dropped
        assertThat(rig.mesh(TX)).containsExactly("a");
        assertThat(rig.events()).contains("reset a: control queue overflow");
        assertThat(rig.sent("a")).containsExactly("SUB 01");

        rig.prunes("a", TX, 60);
        rig.heartbeats(2);

        assertThat(rig.sent("a")).doesNotContain("GRAFT 01");
    }

    @Test
    @DisplayName("C70: what two dropped RPCs carried is merged and sent again")
    void droppedControlIsMerged() {
        var rig = new Rig(oneControl());
        rig.peers("a");
        rig.subscribes("a", A, B).clear();
        rig.subscribe(A);
        rig.subscribe(B);
        assertThat(rig.sent("a")).containsExactly("SUB 01");

        rig.heartbeat();

        assertThat(rig.sent("a")).contains("GRAFT 01", "GRAFT 02");
    }

    @Test
    @DisplayName(
            "C126: an announcement that found the queue full is repeated within 1 s, unless it is no longer true")
    void droppedAnnouncementsAreRepeated() {
        var rig = new Rig(oneControl());
        rig.peers("a").clear();
        rig.subscribe(A);
        Subscription second = rig.subscribe(B);
        rig.subscribe(C);
        rig.router.unsubscribe(second, rig.now);
        assertThat(rig.sent("a")).containsExactly("SUB 01");

        var repeated = new java.util.ArrayList<String>();
        for (int i = 0; i < 20; i++) repeated.addAll(rig.millis(100).tick().sent("a"));

        // Not that B began: it ended meanwhile.
        assertThat(repeated).containsExactlyInAnyOrder("SUB 04", "UNSUB 02");
        assertThat(rig.router.nextTickAt()).isGreaterThan(rig.now);
    }

    @Test
    @DisplayName("6.4: a GRAFT implies the subscription")
    void aGraftImpliesTheSubscription() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.peers("a").clear();

        rig.grafts("a", TX);

        assertThat(rig.router.peers(TX)).containsExactly(rig.id("a"));
    }

    @Test
    @DisplayName("6.1: a peer that unsubscribes leaves the mesh at once, without PRUNE and backoff")
    void unsubscribingLeavesTheMesh() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a").clear();

        rig.unsubscribes("a", TX);

        assertThat(rig.mesh(TX)).isEmpty();
        assertThat(rig.sent("a")).isEmpty();
        assertThat(rig.events()).containsExactly("unprotect a pubsub:01", "leave a 01");
        assertThat(rig.router.state().backoffs.size()).isZero();
    }

    @Test
    @DisplayName("6.4: an inbound peer is refused by a full mesh, one that we dialled is not")
    void fullMeshesRefuseInboundPeers() {
        var rig = new Rig();
        rig.subscribe(TX);
        for (int i = 0; i < 12; i++) rig.members(TX, "p" + i);
        rig.peers("in");
        rig.peer("out", true);
        rig.clear();

        rig.grafts("in", TX);
        rig.grafts("out", TX);

        assertThat(rig.sent("in")).containsExactly("PRUNE 01 60s");
        assertThat(rig.mesh(TX)).hasSize(13).contains("out").doesNotContain("in");
    }
}
