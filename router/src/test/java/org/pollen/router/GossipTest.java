package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.router.Rig.PARAMS;
import static org.pollen.router.Rig.TX;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.TopicScoreParams;

/// IHAVE, IWANT, promises and their abuse. Rows C91 to C102 of the router specification.
class GossipTest {
    private static final RouterParams ALWAYS_ASK =
            PARAMS.toBuilder().limitIWantRequesters(false).build();

    private static Rig subscribed(RouterParams params) {
        var rig = GraftPruneTest.scored(params, -1);
        rig.subscribe(TX);
        return rig;
    }

    private static List<byte[]> unseen(Rig rig, String prefix, int count) {
        var ids = new ArrayList<byte[]>();
        for (int i = 0; i < count; i++) ids.add(rig.message(TX, prefix + i).id());
        return ids;
    }

    private static Rig ihave(Rig rig, String from, List<byte[]> ids) {
        return rig.rpc(
                from,
                builder -> {
                    for (byte[] id : ids) builder.ihave(TX, id);
                });
    }

    private static int asked(Rig rig, String peer) {
        int ids = 0;
        for (String line : rig.sent(peer)) {
            if (line.startsWith("IWANT")) ids += line.split(",").length;
        }
        return ids;
    }

    @Test
    @DisplayName(
            "V13, C91: who asks for the same id again and again gets it once and three times more")
    void iwantIsAnsweredThreeTimes() {
        var rig = subscribed(PARAMS);
        rig.members(TX, "attacker");
        rig.peers("from").clear();
        RpcMessage message = rig.message(TX, "m");
        rig.sends("from", message);
        int copies = 0;
        for (int i = 0; i < 20; i++) {
            copies += (int) rig.sent("attacker").stream().filter("MSG m"::equals).count();
            rig.rpc("attacker", builder -> builder.iwant(message.id()));
        }

        assertThat(copies).isEqualTo(4);
        assertThat(rig.router.metrics().total("gossipsub_iwant_unserved_total", "retransmission"))
                .isEqualTo(17);
    }

    @Test
    @DisplayName("operations 10: copies are told apart by mesh, by what we asked for, and others")
    void copiesByTheWayTheyCame() {
        var rig = subscribed(PARAMS);
        rig.members(TX, "member");
        rig.peers("asked", "stranger", "late").clear();
        RpcMessage wanted = rig.message(TX, "wanted");
        RpcMessage other = rig.message(TX, "other");
        ihave(rig, "asked", List.of(wanted.id()));

        rig.sends("member", wanted, wanted).sends("asked", wanted);
        rig.sends("member", other).sends("stranger", other).sends("late", other);

        RouterMetrics metrics = rig.router.metrics();
        assertThat(metrics.total("gossipsub_messages_duplicate_total", "mesh")).isEqualTo(1);
        assertThat(metrics.total("gossipsub_messages_duplicate_total", "iwant")).isEqualTo(1);
        assertThat(metrics.total("gossipsub_messages_duplicate_total", "other")).isEqualTo(2);
    }

    @Test
    @DisplayName(
            "V12, C92: of 15000 IHAVEs ten are answered in a heartbeat, ten in the next; then the promises are broken")
    void ihaveSpamIsBounded() {
        var rig = subscribed(ALWAYS_ASK);
        rig.peers("attacker").clear();
        for (int i = 0; i < 15_000; i++) ihave(rig, "attacker", unseen(rig, "a" + i + "-", 1));
        assertThat(asked(rig, "attacker")).isEqualTo(10);
        rig.heartbeat();
        for (int i = 0; i < 15_000; i++) ihave(rig, "attacker", unseen(rig, "b" + i + "-", 1));
        assertThat(asked(rig, "attacker")).isEqualTo(10);
        assertThat(rig.score("attacker")).isZero();

        rig.heartbeats(4);

        assertThat(rig.score("attacker")).isNegative();
    }

    @Test
    @DisplayName(
            "C93: of 20 IHAVEs with one id each, 10 are answered, and 10 more after a heartbeat")
    void ihaveMessagesAreLimitedPerHeartbeat() {
        var rig = subscribed(ALWAYS_ASK);
        rig.peers("a").clear();
        for (int i = 0; i < 20; i++) ihave(rig, "a", unseen(rig, "a" + i + "-", 1));
        assertThat(asked(rig, "a")).isEqualTo(10);

        rig.heartbeat();
        for (int i = 0; i < 20; i++) ihave(rig, "a", unseen(rig, "b" + i + "-", 1));

        assertThat(asked(rig, "a")).isEqualTo(10);
    }

    @Test
    @DisplayName(
            "C94: with maxIHaveLength 10, ten of the first twelve ids are asked for and nothing more until the heartbeat")
    void idsAreLimitedPerHeartbeat() {
        var rig = subscribed(ALWAYS_ASK.toBuilder().maxIHaveLength(10).build());
        rig.peers("a").clear();
        List<byte[]> first = unseen(rig, "first", 12);

        ihave(rig, "a", first);
        assertThat(asked(rig, "a")).isEqualTo(10);
        List<byte[]> others = unseen(rig, "other", 18);
        for (byte[] id : others) ihave(rig, "a", List.of(id));
        assertThat(asked(rig, "a")).isZero();
        rig.heartbeat();
        ihave(rig, "a", others);

        assertThat(asked(rig, "a")).isEqualTo(10);
    }

    @Test
    @DisplayName(
            "C95: who sends late what it promised is charged once the time is over, once for each tracked id")
    void brokenPromisesAreCharged() {
        for (boolean all : List.of(true, false)) {
            PeerScoreParams scores =
                    PeerScoreParams.builder()
                            .skipAtomicValidation(true)
                            .decay(Duration.ofSeconds(1), 0.01)
                            .behaviourPenalty(-1, 0, 0.9999999)
                            .build();
            var rig =
                    new Rig(
                            ALWAYS_ASK.toBuilder()
                                    .iwantFollowupTime(Duration.ofSeconds(4))
                                    .trackAllPromises(all)
                                    .build(),
                            builder -> builder.scoring(scores, PeerScoreThresholds.NEUTRAL));
            rig.subscribe(TX);
            var first = new ArrayList<RpcMessage>();
            var second = new ArrayList<RpcMessage>();
            for (int i = 0; i < 100; i++) {
                rig.peers("p" + i);
                first.add(rig.message(TX, "first" + i));
                second.add(rig.message(TX, "second" + i));
            }
            for (int i = 0; i < 100; i++) {
                ihave(rig, "p" + i, List.of(first.get(i).id(), second.get(i).id()));
            }
            for (int i = 0; i < 100; i++) {
                rig.sends("p" + i, first.get(i));
                if (i < 20) rig.sends("p" + i, second.get(i));
            }
            rig.clear().heartbeat();
            for (int i = 0; i < 100; i++) assertThat(rig.score("p" + i)).isZero();
            rig.millis(4000).heartbeat();
            for (int i = 20; i < 100; i++) rig.sends("p" + i, second.get(i));
            rig.heartbeat();

            int charged = 0;
            for (int i = 0; i < 100; i++) {
                long score = Math.round(rig.score("p" + i) * 1000);
                if (i < 20) assertThat(score).isZero();
                else if (score == -1000) charged++;
                else assertThat(score).isZero();
            }
            if (all) assertThat(charged).isEqualTo(80);
            else assertThat(charged).isBetween(25, 55);
        }
    }

    @Test
    @DisplayName(
            "C96: promises broken by some, kept by none, and forgiven to one whose payload we did not read")
    void throttledPeersAreForgiven() {
        var rig = subscribed(ALWAYS_ASK);
        rig.peers("a", "b", "c").clear();
        List<byte[]> ids = unseen(rig, "m", 100);
        for (String peer : List.of("a", "b", "c")) ihave(rig, peer, ids);
        RouterState state = rig.router.state();
        assertThat(state.promises.size()).isEqualTo(3);
        state.promises.forget(rig.handle("c"));

        rig.heartbeats(4);

        assertThat(List.of(rig.score("a"), rig.score("b"), rig.score("c")))
                .allMatch(score -> score <= 0);
        assertThat(rig.score("a")).isNegative();
        assertThat(rig.score("b")).isNegative();
        assertThat(rig.score("c")).isZero();
        assertThat(state.promises.size()).isZero();
    }

    @Test
    @DisplayName(
            "C97: when everything is delivered no promise is broken and none is kept in memory")
    void keptPromisesCostNothing() {
        var rig = subscribed(ALWAYS_ASK);
        rig.peers("a", "b").clear();
        var messages = new ArrayList<RpcMessage>();
        for (int i = 0; i < 50; i++) messages.add(rig.message(TX, "m" + i));
        ihave(rig, "a", messages.stream().map(RpcMessage::id).toList());

        rig.sends("b", messages.toArray(RpcMessage[]::new));
        rig.heartbeats(5);

        assertThat(rig.score("a")).isZero();
        assertThat(rig.router.state().promises.size()).isZero();
        assertThat(rig.router.metrics().total("gossipsub_iwant_promises_total", "kept"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName(
            "C98: a message with an invalid signature does not keep a promise; one that is rejected otherwise does")
    void forgedMessagesDoNotKeepPromises() {
        var rig = subscribed(ALWAYS_ASK);
        rig.validates = true;
        rig.peers("a", "b").clear();
        RpcMessage forged = rig.message(TX, "forged", "b", "signature");
        RpcMessage invalid = rig.message(TX, "invalid");
        ihave(rig, "a", List.of(forged.id()));
        ihave(rig, "b", List.of(invalid.id()));

        rig.sends("a", forged).invalidSignature();
        rig.sends("b", invalid).verdict(Verdict.REJECT);
        rig.heartbeats(4);

        assertThat(rig.score("a")).isNegative();
        assertThat(rig.score("b")).isZero();
    }

    @Test
    @DisplayName("C99: what we have, or do not subscribe to, is not asked for")
    void knownAndForeignIdsAreNotAskedFor() {
        var rig = subscribed(PARAMS);
        rig.peers("a", "b");
        RpcMessage known = rig.message(TX, "known");
        rig.sends("b", known).clear();

        ihave(rig, "a", List.of(known.id()));
        rig.rpc("a", b -> b.ihave(Mask.fromHex("02"), rig.message(TX, "foreign").id()));

        assertThat(rig.sent("a")).isEmpty();
        assertThat(rig.router.metrics().total("gossipsub_ihave_ignored_total", "no_topic"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName(
            "C100: IWANT is answered for what is cached, not for what was shifted out, never there, or unwanted")
    void iwantNeedsTheCache() {
        var rig = subscribed(PARAMS);
        rig.peers("a", "from");
        RpcMessage old = rig.message(TX, "old");
        RpcMessage cached = rig.message(TX, "cached");
        RpcMessage unwanted = rig.message(TX, "unwanted");
        rig.sends("from", old).heartbeats(5);
        rig.sends("from", cached, unwanted).clear();
        rig.rpc("a", builder -> builder.idontwant(unwanted.id()));

        rig.rpc(
                "a",
                builder ->
                        builder.iwant(old.id())
                                .iwant(cached.id())
                                .iwant(cached.id())
                                .iwant(rig.message(TX, "never").id())
                                .iwant(unwanted.id()));

        assertThat(rig.sent("a")).containsExactly("MSG cached");
        assertThat(rig.router.metrics().total("gossipsub_mcache_misses_total")).isEqualTo(2);
    }

    @Test
    @DisplayName(
            "V13, 6.6: IWANT serves a bounded number of ids and bytes for each heartbeat, and never to the author")
    void iwantIsBounded() {
        var rig =
                subscribed(
                        PARAMS.toBuilder().maxIWantLength(3).iwantBytesPerHeartbeat(100).build());
        rig.peers("a", "from").clear();
        var messages = new ArrayList<RpcMessage>();
        for (int i = 0; i < 4; i++) messages.add(rig.message(TX, "m" + i));
        RpcMessage large = rig.large(TX, 200, 1);
        RpcMessage own = rig.message(TX, "own", "a", "");
        rig.sends("from", messages.toArray(RpcMessage[]::new));
        rig.sends("from", large).sends("from", own).clear();

        rig.rpc("a", builder -> messages.forEach(message -> builder.iwant(message.id())));
        assertThat(rig.sent("a")).containsExactly("MSG m0", "MSG m1", "MSG m2");
        rig.heartbeat().clear();
        rig.rpc("a", builder -> builder.iwant(large.id()).iwant(own.id()));
        assertThat(rig.sent("a")).isEmpty();
    }

    @Test
    @DisplayName(
            "6.6: an id is asked of two peers, and of a third only if it has not come for a heartbeat")
    void twoPeersAreAskedAtOnce() {
        var rig = subscribed(PARAMS);
        rig.peers("a", "b", "c").clear();
        List<byte[]> id = unseen(rig, "m", 1);

        for (String peer : List.of("a", "b", "c")) ihave(rig, peer, id);
        assertThat(List.of(asked(rig, "a"), asked(rig, "b"), asked(rig, "c")))
                .containsExactly(1, 1, 0);
        rig.millis(999);
        ihave(rig, "c", id);
        assertThat(asked(rig, "c")).isZero();
        rig.millis(1);
        ihave(rig, "c", id);

        assertThat(asked(rig, "c")).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "6.6: liars who announce first and again do not keep an id from being asked of others")
    void liarsDoNotTakeTheTwoPlacesAgain() {
        var rig = subscribed(PARAMS);
        rig.peers("liar1", "liar2", "liar3", "liar4", "honest").clear();
        List<byte[]> id = unseen(rig, "m", 1);

        for (int beat = 0; beat < 3; beat++) {
            for (int liar = 1; liar <= 4; liar++) ihave(rig, "liar" + liar, id);
            ihave(rig, "honest", id);
            assertThat(asked(rig, "honest")).as("after %d s", beat).isEqualTo(beat == 0 ? 0 : 1);
            rig.millis(1000);
        }
    }

    @Test
    @DisplayName("6.6: who has sent within a heartbeat is the only one to be asked besides another")
    void whatCameIsNotAskedAgain() {
        var rig = subscribed(PARAMS);
        rig.peers("a", "b", "c").clear();
        RpcMessage message = rig.message(TX, "m");
        List<byte[]> id = List.of(message.id());

        ihave(rig, "a", id);
        ihave(rig, "b", id);
        rig.sends("a", message).millis(1500);
        ihave(rig, "c", id);

        assertThat(asked(rig, "c")).isZero();
    }

    @Test
    @DisplayName(
            "C101: unsigned messages under StrictSign: four rejections, then the graylist, then PRUNE without peers")
    void unsignedSpamIsGraylisted() {
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(0.25)
                        .timeInMesh(0, Duration.ofSeconds(1), 0)
                        .invalidMessageDeliveries(-99, 0.9994)
                        .build();
        PeerScoreParams scores =
                ScoredRouterTest.application().toBuilder().topic(TX.hex(), topic).build();
        PeerScoreThresholds thresholds =
                PeerScoreThresholds.builder().limits(-100, -200, -300).build();
        var rig =
                new Rig(
                        PARAMS.toBuilder()
                                .signingPolicy(SigningPolicy.STRICT_SIGN)
                                .peerExchange(true)
                                .build(),
                        builder -> builder.scoring(scores, thresholds));
        rig.subscribe(TX);
        rig.members(TX, "attacker", "other").clear();
        var seen = new ArrayList<Double>();
        for (int i = 0; i < 100; i++) {
            rig.sends("attacker", TX, "m" + i);
            seen.add(rig.score("attacker"));
        }

        assertThat(seen.subList(0, 4)).containsExactly(-24.75, -99.0, -222.75, -396.0);
        assertThat(seen.getLast()).isEqualTo(-396);
        assertThat(rig.router.metrics().total("gossipsub_rejects_total", "missing_signature"))
                .isEqualTo(4);
        rig.heartbeat();
        assertThat(rig.sent("attacker")).containsExactly("PRUNE 01 60s");
    }

    @Test
    @DisplayName("C102: RPCs with other control do not count against the IHAVEs of a peer")
    void onlyIhavesCountAsIhaves() {
        var rig = subscribed(PARAMS);
        rig.peers("a").clear();
        for (int i = 0; i < 50; i++) rig.grafts("a", Mask.fromHex("02"));

        ihave(rig, "a", unseen(rig, "m", 1));

        assertThat(asked(rig, "a")).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "V19, scoring 9: every hundredth message on a mask we do not subscribe to is a penalty")
    void unsubscribedTrafficIsCharged() {
        var rig = subscribed(PARAMS);
        rig.peers("a").clear();

        for (int i = 0; i < 99; i++) rig.sends("a", Mask.fromHex("02"), "m" + i);
        assertThat(rig.score("a")).isZero();
        rig.sends("a", Mask.fromHex("02"), "last");

        assertThat(rig.score("a")).isEqualTo(-1);
    }

    @Test
    @DisplayName("2.5: an RPC beyond the limits is dropped whole and costs a penalty")
    void rpcsBeyondTheLimitsAreCharged() {
        var rig = subscribed(PARAMS);
        rig.peers("a").clear();

        rig.rpc(
                "a",
                builder -> {
                    for (int i = 0; i < 10_001; i++) builder.graft(TX);
                });

        assertThat(rig.mesh(TX)).isEmpty();
        assertThat(rig.score("a")).isEqualTo(-1);
        assertThat(rig.router.metrics().total("gossipsub_rpc_malformed_total")).isEqualTo(1);
    }
}
