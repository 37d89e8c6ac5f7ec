package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.router.Rig.PARAMS;
import static org.pollen.router.Rig.TX;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Defects of the reference implementations, each in a situation where they show. Rows B1 to B19 of
/// the router specification that no other test covers; the others are named where their rule is
/// tested.
class ReferenceDefectsTest {
    private static final Mask BOTH = Mask.fromHex("03");
    private static final Mask FIRST = Mask.fromHex("02");
    private static final Mask SECOND = Mask.fromHex("01");

    @ParameterizedTest
    @DisplayName("B3: a holder below the publish threshold is sent nothing, flooded or not")
    @ValueSource(booleans = {false, true})
    void thresholdsHoldForSeveralBits(boolean flood) {
        var rig =
                new Rig(
                        PARAMS.toBuilder().floodPublish(flood).build(),
                        builder ->
                                builder.scoring(
                                        ScoredRouterTest.application(),
                                        ScoredRouterTest.THRESHOLDS));
        rig.peers("good", "bad");
        rig.subscribes("good", BOTH).subscribes("bad", BOTH);
        rig.router.scores().setAppScore(rig.handle("bad"), -500);
        rig.clear();

        assertThat(rig.publish(BOTH, "m").peers()).isEqualTo(1);

        assertThat(rig.sent("good")).containsExactly("MSG m");
        assertThat(rig.sent("bad")).isEmpty();
    }

    @ParameterizedTest
    @DisplayName("B4: the only holder gets the message, whatever meshes of single slices there are")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void theHolderIsNeverMissed(long seed) {
        var rig = new Rig(PARAMS, seed, builder -> builder);
        rig.subscribe(FIRST);
        rig.subscribe(SECOND);
        for (int i = 0; i < 6; i++) {
            rig.members(FIRST, "first" + i).members(SECOND, "second" + i);
        }
        rig.peer("holder");
        rig.subscribes("holder", BOTH).clear();

        rig.publish(BOTH, "m");

        assertThat(rig.sent("holder")).containsExactly("MSG m");
        for (int i = 0; i < 6; i++) {
            assertThat(rig.sent("first" + i)).isEmpty();
            assertThat(rig.sent("second" + i)).isEmpty();
        }
    }

    @Test
    @DisplayName("B6: joining a mask again and again registers it once, and leaving forgets it")
    void compositesAreASet() {
        var rig = new Rig();
        RouterState state = rig.router.state();
        var subscriptions = new java.util.ArrayList<Subscription>();
        for (int i = 0; i < 100; i++) subscriptions.add(rig.subscribe(BOTH));

        assertThat(state.local.composites()).hasSize(1);
        assertThat(state.local.compositesOf(state.masks.find(FIRST))).hasSize(1);

        for (Subscription subscription : subscriptions) {
            rig.router.unsubscribe(subscription, rig.now);
        }
        assertThat(state.local.composites()).isEmpty();
        assertThat(rig.router.topics()).isEmpty();
    }

    @Test
    @DisplayName("B8: whoever holds only some of the bits is not grafted for the mask")
    void brokersAreNotGrafted() {
        var rig = new Rig();
        rig.peers("holder", "first", "second");
        rig.subscribes("holder", BOTH).subscribes("first", FIRST).subscribes("second", SECOND);
        rig.clear();

        rig.subscribe(BOTH);
        rig.heartbeats(3);

        assertThat(rig.mesh(BOTH)).containsExactly("holder");
        assertThat(rig.sent("holder")).contains("GRAFT 02", "GRAFT 01");
        assertThat(rig.sent("first")).noneMatch(line -> line.startsWith("GRAFT"));
        assertThat(rig.sent("second")).noneMatch(line -> line.startsWith("GRAFT"));
    }

    @Test
    @DisplayName("B9: a member of one slice is grafted only on the slices it is not in")
    void membersAreNotGraftedAgain() {
        var rig = new Rig();
        rig.subscribe(FIRST);
        rig.peer("a");
        rig.subscribes("a", BOTH).grafts("a", FIRST).clear();

        rig.subscribe(BOTH);

        assertThat(rig.mesh(BOTH)).containsExactly("a");
        assertThat(rig.sent("a")).containsExactly("SUB 01", "GRAFT 01");
    }

    @Test
    @DisplayName("B13: when a member goes, the protection of its connection ends for every mesh")
    void protectionEndsWithThePeer() {
        var rig = new Rig();
        rig.subscribe(BOTH);
        rig.members(BOTH, "a");
        assertThat(rig.events()).contains("protect a pubsub:02", "protect a pubsub:01");

        rig.gone("a");

        assertThat(rig.events()).contains("unprotect a pubsub:02", "unprotect a pubsub:01");
    }

    @Test
    @DisplayName(
            "B16: a backoff is forgotten after the slack of the heartbeats we have, not of 1 s")
    void slackIsThatOfOurHeartbeats() {
        RouterParams fast =
                PARAMS.toBuilder()
                        .heartbeatInterval(Duration.ofMillis(10))
                        .backoffSlackHeartbeats(2)
                        .build();
        var rig = new Rig(fast);
        rig.subscribe(TX);
        rig.members(TX, "a");
        rig.prunes("a", TX, 1);

        rig.advance(Duration.ofMillis(1010)).heartbeats(15);

        assertThat(rig.router.state().backoffs.size()).isZero();
        assertThat(rig.mesh(TX)).containsExactly("a"); // and so it is grafted again
    }

    @Test
    @DisplayName("B17: of an RPC in pieces only the control of a piece that is too long waits")
    void onlyTheDroppedPieceIsRetried() {
        var rig = new Rig(PARAMS.toBuilder().sendBytesMax(200).build());
        rig.subscribe(TX);
        rig.members(TX, "a").clear();
        RouterState state = rig.router.state();
        Peer peer = state.peers.at(rig.handle("a"));

        RpcBuilder builder = state.sender.builder().graft(TX).iwant(new byte[300]);
        boolean all = state.sender.send(peer, builder, RpcClass.CONTROL, rig.now);

        assertThat(all).isFalse();
        assertThat(rig.sent("a")).containsExactly("GRAFT 01");
        assertThat(peer.retry.isEmpty()).isTrue();
    }

    @Test
    @DisplayName(
            "B14, V7: nothing of what peers subscribed to outlives them, with filters as without")
    void filtersRememberNothing() {
        var rig =
                new Rig(
                        PARAMS,
                        builder ->
                                builder.subscriptionFilter(
                                        SubscriptionFilter.maxCount(
                                                SubscriptionFilter.allowAll(), 10, 10)));
        for (int round = 0; round < 50; round++) {
            rig.peer("a");
            for (int i = 0; i < 10; i++)
                rig.subscribes("a", Mask.fromHex("%04x".formatted(1 << i)));
            assertThat(rig.router.snapshot(rig.now).remoteTopics()).isEqualTo(10);
            if (round % 2 == 0) rig.gone("a");
            else
                for (int i = 0; i < 10; i++)
                    rig.unsubscribes("a", Mask.fromHex("%04x".formatted(1 << i)));
        }
        assertThat(rig.router.snapshot(rig.now).remoteTopics()).isZero();
        assertThat(rig.router.state().masks.size()).isZero();
        assertThat(List.copyOf(rig.router.peers(TX))).isEmpty();
    }
}
