package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.TopicScoreParams;

/// Where the router compares scores, with real score engines. Rows S110 to S113 and S116 of the
/// scoring specification, and C45, C83 to C85 of the router's.
class ScoredRouterTest {
    static final PeerScoreThresholds THRESHOLDS =
            PeerScoreThresholds.builder().limits(-10, -100, -10_000).build();

    private static final Mask TX = Rig.TX;

    /// Scores are what the application says.
    static PeerScoreParams application() {
        return PeerScoreParams.builder()
                .skipAtomicValidation(true)
                .decay(Duration.ofSeconds(1), 0.01)
                .appSpecificScore(_ -> 0, 1)
                .build();
    }

    private static PeerScoreParams topic(Mask mask, TopicScoreParams params) {
        return application().toBuilder().topic(mask.hex(), params).build();
    }

    private static Rig rig() {
        return new Rig(Rig.PARAMS, builder -> builder.scoring(application(), THRESHOLDS));
    }

    private static Rig score(Rig rig, String peer, double score) {
        rig.router.scores().setAppScore(rig.handle(peer), score);
        return rig;
    }

    @Test
    @DisplayName("S110: first deliveries alternating between two nodes add up")
    void deliveriesAddUp() {
        TopicScoreParams params =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0, Duration.ofSeconds(1), 0)
                        .firstMessageDeliveries(1, 0.999, 100)
                        .build();
        var net =
                new RouterNetwork(110)
                        .add(
                                2,
                                MeshNetworkTest.PARAMS,
                                builder -> builder.scoring(topic(TX, params), THRESHOLDS));
        net.subscribeAll(TX);
        net.connect(0, 1);
        net.run(Duration.ofSeconds(2));

        for (int i = 0; i < 20; i++) {
            net.node(i % 2).publish(TX, "m" + i);
            net.runMillis(20);
        }

        RouterNetwork.Node node = net.node(0);
        assertThat(node.router.scores().score(node.handle(net.node(1)))).isGreaterThanOrEqualTo(9);
    }

    @Test
    @DisplayName("S111: what validators ignore costs nothing, what they reject does")
    void ignoreIsFreeAndRejectIsNot() {
        TopicScoreParams params =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0, Duration.ofSeconds(1), 0)
                        .invalidMessageDeliveries(-1, 0.9999)
                        .build();
        var rig = new Rig(Rig.PARAMS, builder -> builder.scoring(topic(TX, params), THRESHOLDS));
        rig.validates = true;
        rig.subscribe(TX);
        rig.peers("ignored", "rejected").clear();

        rig.sends("ignored", TX, "late").verdict(Verdict.IGNORE);
        rig.sends("rejected", TX, "bad").verdict(Verdict.REJECT);

        assertThat(rig.score("ignored")).isZero();
        assertThat(rig.score("rejected")).isNegative();
    }

    @Test
    @DisplayName("S112: a node that everybody scores at -1000 gets nothing and gives nothing")
    void lowScoresIsolate() {
        var net =
                new RouterNetwork(112)
                        .add(
                                20,
                                MeshNetworkTest.PARAMS,
                                builder -> builder.scoring(application(), THRESHOLDS));
        net.subscribeAll(TX);
        net.connectSome(10);
        for (RouterNetwork.Node node : net.nodes) {
            int bad = node.handle(net.node(0));
            if (bad >= 0) node.router.scores().setAppScore(bad, -1000);
        }
        net.run(Duration.ofSeconds(5));

        var published = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            if (i > 0) published.add("m" + i);
            net.node(i).publish(TX, "m" + i);
        }
        net.run(Duration.ofSeconds(5));

        assertThat(net.node(0).received).containsExactly("m0");
        for (int i = 1; i < 20; i++) {
            assertThat(net.node(i).received).containsExactlyInAnyOrderElementsOf(published);
        }
    }

    @Test
    @DisplayName(
            "S113, C45: honest nodes whose meshes are full of silent squatters find each other")
    void opportunisticGraftingDrivesOutSquatters() {
        // Who grafts whom is chance: a run has a node or two with one or two honest members.
        var without = new ArrayList<Long>();
        var with = new ArrayList<Long>();
        for (long seed = 1; seed <= 5; seed++) {
            without.addAll(honestMembersAmongSquatters(seed, 1_000_000));
            with.addAll(honestMembersAmongSquatters(seed, 2));
        }

        assertThat(with).allMatch(honest -> honest >= 1);
        assertThat(with).filteredOn(honest -> honest >= 3).hasSizeGreaterThanOrEqualTo(40);
        assertThat(without).filteredOn(honest -> honest >= 3).hasSizeLessThan(25);
    }

    /// Ten honest nodes come to forty that are in each other's meshes and forward nothing.
    private static List<Long> honestMembersAmongSquatters(long seed, int opportunisticTicks) {
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0.0002777, Duration.ofSeconds(1), 3600)
                        .firstMessageDeliveries(1, 0.9997, 100)
                        .build();
        PeerScoreParams scores = topic(TX, topic);
        PeerScoreThresholds thresholds =
                PeerScoreThresholds.builder()
                        .limits(-10, -100, -10_000)
                        .opportunisticGraft(1)
                        .build();
        RouterParams params =
                MeshNetworkTest.PARAMS.toBuilder()
                        .opportunisticGraftTicks(opportunisticTicks)
                        .build();
        var net =
                new RouterNetwork(seed)
                        .add(50, params, builder -> builder.scoring(scores, thresholds));
        for (int i = 10; i < 50; i++) {
            RouterNetwork.Node squatter = net.node(i);
            squatter.filterOutbound(rpc -> !carriesMessages(rpc));
            squatter.subscribe(TX);
        }
        net.connectSome(30);
        net.run(Duration.ofSeconds(2));
        for (int i = 0; i < 10; i++) net.node(i).subscribe(TX);
        net.run(Duration.ofSeconds(2));

        for (int round = 0; round < 25; round++) {
            for (int i = 0; i < 10; i++) net.node(i).publish(TX, "r" + round + "n" + i);
            net.run(Duration.ofSeconds(1));
        }

        var honest = new ArrayList<Long>();
        for (int i = 0; i < 10; i++) {
            honest.add(net.node(i).mesh(TX).stream().filter(member -> member < 10).count());
        }
        return honest;
    }

    private static boolean carriesMessages(OutboundRpc rpc) {
        return switch (rpc) {
            case RpcMessage _ -> true;
            case EncodedRpc encoded -> !encoded.messages().isEmpty();
        };
    }

    @Test
    @DisplayName("S94: a member that leaves is judged by its score in the mesh")
    void aMemberIsJudgedBeforeItLeavesTheMesh() {
        TopicScoreParams timed =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(1, Duration.ofSeconds(1), 10)
                        .build();
        PeerScoreParams scores =
                topic(TX, timed).toBuilder().retainScore(Duration.ofHours(1)).build();
        var rig = new Rig(Rig.PARAMS, builder -> builder.scoring(scores, THRESHOLDS));
        rig.subscribe(TX);
        rig.members(TX, "a");
        rig.advance(Duration.ofSeconds(3)).tick();
        assertThat(rig.score("a")).isEqualTo(3);
        int handle = rig.handle("a");

        rig.gone("a");

        assertThat(rig.router.scores().known(handle)).isFalse();
    }

    @Test
    @DisplayName("V1, S116: a peer below the floor of one topic leaves that mesh only")
    void topicFloorsPruneFromTheirTopic() {
        Mask other = Mask.fromHex("02");
        TopicScoreParams strict =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0, Duration.ofSeconds(1), 0)
                        .invalidMessageDeliveries(-1, 0.9999)
                        .topicPruneThreshold(-12.5)
                        .build();
        PeerScoreParams scores = topic(TX, strict).toBuilder().topic(other.hex(), strict).build();
        var rig = new Rig(Rig.PARAMS, builder -> builder.scoring(scores, THRESHOLDS));
        rig.validates = true;
        rig.subscribe(TX);
        rig.subscribe(other);
        rig.members(TX, "a");
        rig.members(other, "a");
        score(rig, "a", 47);
        for (int i = 0; i < 5; i++) rig.sends("a", TX, "bad" + i).verdict(Verdict.REJECT);
        rig.clear();
        assertThat(rig.score("a")).isEqualTo(22);

        rig.heartbeat();

        assertThat(rig.mesh(TX)).isEmpty();
        assertThat(rig.mesh(other)).containsExactly("a");
        assertThat(rig.sent("a")).containsExactly("PRUNE 01 60s");
        assertThat(rig.router.metrics().total("gossipsub_mesh_prunes_total", "topic_floor"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName(
            "C83: below the publish threshold nothing is sent, with and without flood publish; direct peers get it")
    void publishThreshold() {
        for (boolean flood : List.of(false, true)) {
            var rig =
                    new Rig(
                            Rig.PARAMS.toBuilder().floodPublish(flood).build(),
                            builder -> builder.scoring(application(), THRESHOLDS));
            rig.router.addDirectPeer(rig.id("direct"), null, rig.now);
            rig.peers("good", "at", "below", "direct");
            for (String peer : List.of("good", "at", "below", "direct")) rig.subscribes(peer, TX);
            score(score(score(rig, "at", -100), "below", -100.1), "direct", -500).clear();

            rig.publish(TX, "m");

            assertThat(rig.sent("good")).containsExactly("MSG m");
            assertThat(rig.sent("at")).containsExactly("MSG m");
            assertThat(rig.sent("below")).isEmpty();
            assertThat(rig.sent("direct")).containsExactly("MSG m");
        }
    }

    @Test
    @DisplayName(
            "C84: below the gossip threshold no IHAVE is sent or read and no IWANT answered; equality is allowed")
    void gossipThreshold() {
        var rig = rig();
        rig.subscribe(TX);
        rig.peers("from", "at", "below");
        rig.subscribes("at", TX).prunes("at", TX, 60);
        rig.subscribes("below", TX).prunes("below", TX, 60);
        score(score(rig, "at", -10), "below", -10.1);
        RpcMessage known = rig.message(TX, "known");
        rig.sends("from", known).clear();

        rig.heartbeat();
        assertThat(rig.sent("at")).containsExactly("IHAVE 01 [known]");
        assertThat(rig.sent("below")).isEmpty();
        for (String peer : List.of("at", "below")) {
            byte[] unseen = rig.message(TX, "unseen by " + peer).id();
            rig.rpc(peer, builder -> builder.ihave(TX, unseen).iwant(known.id()));
        }

        assertThat(rig.sent("at")).containsExactly("MSG known", "IWANT [unseen by at]");
        assertThat(rig.sent("below")).isEmpty();
    }

    @Test
    @DisplayName("C85: of a graylisted peer only subscriptions are read")
    void graylist() {
        var rig = rig();
        rig.subscribe(TX);
        rig.peers("a");
        score(rig, "a", -10_001).clear();

        rig.rpc(
                "a",
                builder ->
                        builder.subscription(SubOpts.subscribe(TX))
                                .message(rig.message(TX, "m"))
                                .graft(TX));

        assertThat(rig.events()).containsExactly("join a 01");
        assertThat(rig.sent("a")).isEmpty();
        score(rig, "a", -10_000).grafts("a", TX);
        assertThat(rig.sent("a")).containsExactly("PRUNE 01 60s");
    }

    @Test
    @DisplayName("C43: members with a negative score leave without peers, and are never chosen")
    void negativeScoresAreExpelled() {
        var rig =
                new Rig(
                        Rig.PARAMS.toBuilder().peerExchange(true).build(),
                        builder -> builder.scoring(application(), THRESHOLDS));
        rig.subscribe(TX);
        rig.members(TX, "a", "b", "c");
        rig.peers("d");
        score(rig, "d", -0.1).subscribes("d", TX);
        score(rig, "a", -0.1).clear();

        rig.heartbeats(3);

        assertThat(rig.mesh(TX)).containsExactly("b", "c");
        assertThat(rig.sent("a")).containsExactly("PRUNE 01 60s");
        assertThat(rig.sent("d")).isEmpty();
    }

    @Test
    @DisplayName(
            "C44: opportunistic grafting adds two peers above the median, when the median is below the threshold")
    void opportunisticGrafting() {
        RouterParams params =
                Rig.PARAMS.toBuilder()
                        .meshTarget(5)
                        .meshLow(4)
                        .meshHigh(10)
                        .meshOutbound(0)
                        .opportunisticGraftTicks(2)
                        .build();
        PeerScoreThresholds thresholds =
                PeerScoreThresholds.builder().limits(-10, -20, -30).opportunisticGraft(2).build();
        var rig = new Rig(params, builder -> builder.scoring(application(), thresholds));
        rig.subscribe(TX);
        for (int i = 0; i < 5; i++) {
            rig.members(TX, "in" + i);
            score(rig, "in" + i, i);
            rig.peers("out" + i);
            score(rig, "out" + i, i);
        }
        for (int i = 0; i < 5; i++) rig.subscribes("out" + i, TX);

        rig.heartbeats(4);
        assertThat(rig.mesh(TX)).hasSize(5); // the median is exactly the threshold

        score(rig, "in2", 1);
        rig.heartbeats(2);

        assertThat(rig.mesh(TX))
                .hasSize(7)
                .contains("in0", "in1", "in2", "in3", "in4")
                .doesNotContain("out0", "out1");
    }

    @Test
    @DisplayName("C40: of 15 members the best four always stay, two others at random")
    void theBestScoresStay() {
        var often = new int[15];
        for (int seed = 0; seed < 200; seed++) {
            var rig = overfull(seed, false);
            rig.heartbeat();
            List<String> mesh = rig.mesh(TX);
            assertThat(mesh).hasSize(6).contains("p0", "p1", "p2", "p3");
            for (String name : mesh) often[Integer.parseInt(name.substring(1))]++;
        }
        for (int i = 4; i < 15; i++) assertThat(often[i]).as("p%d", i).isBetween(15, 65);
    }

    @Test
    @DisplayName("C41: the only two outbound members stay although they score worst")
    void outboundMembersStay() {
        for (int seed = 0; seed < 50; seed++) {
            var rig = overfull(seed, true);
            rig.heartbeat();
            assertThat(rig.mesh(TX)).hasSize(6).contains("p13", "p14", "p0", "p1");
        }
    }

    /// 15 members p0 to p14 with scores 14 to 0; if asked for, p13 and p14 are outbound.
    private static Rig overfull(int seed, boolean lastOutbound) {
        RouterParams params = Rig.PARAMS.toBuilder().meshHigh(14).build();
        var rig = new Rig(params, seed, builder -> builder.scoring(application(), THRESHOLDS));
        rig.subscribe(TX);
        for (int i = 0; i < 15; i++) {
            String name = "p" + i;
            int handle = rig.peer(name, lastOutbound && i > 12);
            rig.router.scores().setAppScore(handle, 14 - i);
            RouterState state = rig.router.state();
            state.control.add(
                    state.masks.find(TX), state.peers.at(handle), GraftReason.REMOTE, rig.now);
        }
        return rig;
    }

    @Test
    @DisplayName(
            "C37: a mesh of exactly Dhi is pruned to D by GOSSIPSUB_GO and left alone by BLOSSOM")
    void dhiIsInclusiveInGoOnly() {
        for (boolean go : List.of(true, false)) {
            RouterParams params =
                    (go ? RouterParams.GOSSIPSUB_GO : RouterParams.BLOSSOM_20)
                            .toBuilder()
                                    .meshHigh(8)
                                    .signingPolicy(SigningPolicy.LAX_NO_SIGN)
                                    .build();
            var rig = new Rig(params);
            Mask mask = go ? Mask.topic("tx") : TX;
            rig.subscribe(mask);
            for (int i = 0; i < 8; i++) {
                rig.peer("p" + i);
                rig.subscribes("p" + i, mask).grafts("p" + i, mask);
            }

            rig.heartbeats(2);

            assertThat(rig.mesh(mask)).hasSize(go ? 6 : 8);
        }
    }

    @Test
    @DisplayName(
            "V15, C38: outbound peers may graft beyond Dhi; the heartbeat brings the mesh to D with enough outbound")
    void outboundGraftsAreBoundedByTheHeartbeat() {
        var rig = new Rig();
        rig.subscribe(TX);
        for (int i = 0; i < 22; i++) {
            rig.peer("p" + i, true);
            rig.subscribes("p" + i, TX).grafts("p" + i, TX);
        }
        assertThat(rig.mesh(TX)).hasSize(22);

        rig.heartbeat();

        assertThat(rig.mesh(TX)).hasSize(6);
    }

    @Test
    @DisplayName("C39: a mesh below Dlo is filled to D")
    void smallMeshesAreFilled() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a", "b", "c", "d");
        rig.peers("e", "f", "g");
        for (String peer : List.of("e", "f", "g")) rig.subscribes(peer, TX);

        rig.heartbeat();

        assertThat(rig.mesh(TX)).hasSize(6).contains("a", "b", "c", "d");
    }

    @Test
    @DisplayName("C42: a full mesh without outbound peers takes two more that we dialled")
    void outboundPeersAreAdded() {
        var rig = new Rig();
        rig.subscribe(TX);
        for (int i = 0; i < 6; i++) rig.members(TX, "p" + i);
        for (int i = 0; i < 3; i++) {
            rig.peer("out" + i, true);
            rig.subscribes("out" + i, TX);
        }

        rig.heartbeat();

        assertThat(rig.mesh(TX)).hasSize(8);
        assertThat(rig.router.metrics().total("gossipsub_mesh_grafts_total", "outbound"))
                .isEqualTo(2);
    }

    @Test
    @DisplayName("C46: exactly the gossip factor's share of the others is told")
    void gossipFactorDecidesHowManyAreTold() {
        RouterParams params = Rig.PARAMS.toBuilder().gossipFactor(0.5).gossipLazy(2).build();
        var rig = new Rig(params);
        rig.subscribe(TX);
        for (int i = 0; i < 5; i++) rig.members(TX, "in" + i);
        for (int i = 0; i < 13; i++) {
            rig.peers("out" + i);
            rig.subscribes("out" + i, TX).prunes("out" + i, TX, 600);
        }
        rig.sends("in0", TX, "m").clear();

        rig.heartbeat();

        long told = 0;
        for (int i = 0; i < 13; i++) told += rig.sent("out" + i).size();
        assertThat(told).isEqualTo(6);
    }

    @Test
    @DisplayName("C47: with few others, Dlazy of them are told")
    void atLeastDlazyAreTold() {
        var rig = new Rig(Rig.PARAMS.toBuilder().gossipFactor(0.25).build());
        rig.subscribe(TX);
        for (int i = 0; i < 5; i++) rig.members(TX, "in" + i);
        for (int i = 0; i < 6; i++) {
            rig.peers("out" + i);
            rig.subscribes("out" + i, TX).prunes("out" + i, TX, 600);
        }
        rig.sends("in0", TX, "m").clear();

        rig.heartbeat();

        for (int i = 0; i < 6; i++) {
            assertThat(rig.sent("out" + i)).containsExactly("IHAVE 01 [m]");
        }
    }

    @Test
    @DisplayName("C48: of 200 ids with a limit of 100 two peers hear different hundreds")
    void longListsAreSplitAmongPeers() {
        var rig = new Rig(Rig.PARAMS.toBuilder().maxIHaveLength(100).build());
        rig.subscribe(TX);
        rig.peers("from", "x", "y");
        for (String peer : List.of("x", "y")) rig.subscribes(peer, TX).prunes(peer, TX, 600);
        for (int i = 0; i < 200; i++) rig.sends("from", TX, "m" + i);
        rig.clear();

        rig.heartbeat();

        List<String> x = ids(rig.sent("x").getFirst());
        List<String> y = ids(rig.sent("y").getFirst());
        assertThat(x).hasSize(100).isNotEqualTo(y);
        assertThat(y).hasSize(100).containsAnyElementsOf(x);
    }

    private static List<String> ids(String line) {
        String list = line.substring(line.indexOf('[') + 1, line.indexOf(']'));
        return List.of(list.split(", "));
    }

    @Test
    @DisplayName("C52: with all mesh sizes zero nobody is grafted, and gossip and IWANT still work")
    void aMeshlessNodeGossips() {
        var rig = new Rig(Rig.PARAMS.withMeshTarget(0));
        rig.subscribe(TX);
        rig.peers("from", "x");
        rig.subscribes("x", TX);
        RpcMessage message = rig.message(TX, "m");
        rig.sends("from", message).clear();

        rig.heartbeats(2);

        assertThat(rig.mesh(TX)).isEmpty();
        assertThat(rig.sent("x")).containsExactly("IHAVE 01 [m]", "IHAVE 01 [m]");
        rig.rpc("x", builder -> builder.iwant(message.id()));
        assertThat(rig.sent("x")).containsExactly("MSG m");
    }

    @Test
    @DisplayName("C51: heartbeats that come late are counted, and none of their steps is skipped")
    void lateHeartbeatsDoEverything() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a").clear();
        rig.prunes("a", TX, 1);

        rig.advance(Duration.ofSeconds(10));
        rig.router.onHeartbeatsSkipped(9);
        rig.heartbeat();

        assertThat(rig.mesh(TX)).containsExactly("a");
        assertThat(rig.router.metrics().total("gossipsub_heartbeats_skipped_total")).isEqualTo(9);
    }

    @Test
    @DisplayName("7: within a heartbeat each score is read once")
    void scoresAreReadOncePerHeartbeat() {
        var random = new SplittableRandom(1);
        var reads = new int[64];
        PeerScoreParams scores =
                application().toBuilder()
                        .appSpecificScore(
                                peer -> {
                                    reads[peer]++;
                                    return random.nextDouble();
                                },
                                1)
                        .build();
        var rig = new Rig(Rig.PARAMS, builder -> builder.scoring(scores, THRESHOLDS));
        rig.subscribe(TX);
        for (int i = 0; i < 20; i++) rig.members(TX, "p" + i);
        rig.heartbeats(3);
        java.util.Arrays.fill(reads, 0);

        rig.heartbeat();

        for (int count : reads) assertThat(count).isLessThanOrEqualTo(1);
    }
}
