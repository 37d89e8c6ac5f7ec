package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.router.Rig.PARAMS;
import static org.pollen.router.Rig.TX;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;

/// Peers that come and go, filters, limits, the blacklist, the gater, tags and traces. Rows C120,
/// C121, C129, C144 to C149 and C153 of the router specification.
class PeersTest {
    @Test
    @DisplayName("C120: a second inbound stream begins the handshake anew and changes nothing else")
    void aNewInboundStreamKeepsTheState() {
        Mask tx = Mask.topic("tx");
        var rig = GraftPruneTest.scored(meshsub(), -1);
        rig.subscribe(tx);
        rig.peer("a", false, PubsubProtocol.MESHSUB_1_3);
        rig.rpc("a", builder -> builder.extensions(false, true).graft(tx));

        rig.router.onInboundStream(rig.handle("a"));
        rig.rpc("a", builder -> builder.extensions(false, true));
        rig.router.onInboundStream(99);

        assertThat(rig.score("a")).isZero();
        assertThat(rig.mesh(tx)).containsExactly("a");
        assertThat(rig.peer("a")).isEqualTo(rig.handle("a"));
    }

    @Test
    @DisplayName(
            "C121: when a peer goes everything it had goes, once; what protects us stays and then expires")
    void nothingOfAPeerStays() {
        PeerScoreParams scores =
                ScoredRouterTest.application().toBuilder()
                        .retainScore(Duration.ofSeconds(20))
                        .build();
        var rig =
                new Rig(
                        PARAMS,
                        builder ->
                                builder.scoring(scores, PeerScoreThresholds.NEUTRAL)
                                        .gater(PeerGaterParams.DEFAULT));
        rig.subscribe(TX);
        rig.members(TX, "a");
        int handle = rig.handle("a");
        rig.subscribes("a", Mask.fromHex("70"));
        rig.rpc(
                "a",
                builder ->
                        builder.idontwant(rig.message(TX, "no").id())
                                .ihave(TX, rig.message(TX, "promised").id()));
        rig.prunes("a", TX, 30).clear();

        rig.gone("a");
        rig.router.onPeerDisconnected(handle, rig.now);

        RouterSnapshot snapshot = rig.router.snapshot(rig.now);
        assertThat(snapshot.peers()).isEmpty();
        assertThat(snapshot.remoteTopics()).isZero();
        assertThat(snapshot.backoffs()).isEqualTo(1);
        assertThat(snapshot.retainedPeers()).isEqualTo(1);
        assertThat(rig.router.state().unwanted.size()).isZero();
        assertThat(rig.router.state().masks.size()).isEqualTo(1);
        assertThat(rig.router.peer(rig.id("a"))).isEqualTo(-1);
        assertThat(rig.router.peerId(handle)).contains(rig.id("a"));
        assertThatThrownBy(() -> rig.router.outbound(handle))
                .isInstanceOf(IllegalStateException.class);

        rig.heartbeats(5);
        assertThat(rig.peer("a")).isEqualTo(handle); // the same again, still backed off
        rig.grafts("a", TX);
        assertThat(rig.mesh(TX)).isEmpty();
        rig.gone("a").heartbeats(120);

        assertThat(rig.router.snapshot(rig.now).backoffs()).isZero();
        assertThat(rig.router.snapshot(rig.now).promises()).isZero();
        assertThat(rig.router.peerId(handle)).isEmpty();
        assertThat(rig.peer("b")).isEqualTo(handle); // the handle is free for others
    }

    @Test
    @DisplayName("5: connections that open and close change outbound and addresses")
    void connectionsChange() {
        var rig = new Rig();
        int peer = rig.peer("a");
        rig.router.onConnectionsChanged(peer, true, List.of(new byte[] {1, 2, 3, 4}));
        assertThat(rig.router.snapshot(rig.now).peers().getFirst().outbound()).isTrue();
        rig.router.onConnectionsChanged(peer, false, List.of());
        assertThat(rig.router.snapshot(rig.now).peers().getFirst().outbound()).isFalse();
        rig.router.onConnectionsChanged(77, true, List.of());
        rig.router.onRpc(77, new Rpc(), rig.now);
        rig.router.onMalformedRpc(77, "frame", rig.now);
        assertThat(rig.router.metrics().total("gossipsub_rpc_malformed_total", "frame"))
                .isEqualTo(1);
    }

    private static RouterParams meshsub() {
        return PARAMS.toBuilder().dialect(Dialect.MESHSUB).build();
    }

    @Test
    @DisplayName(
            "C129: extensions in the first RPC are fine, later ones cost 10 each; older protocols may not send them")
    void extensionsBelongInTheFirstRpc() {
        Mask tx = Mask.topic("tx");
        var rig =
                new Rig(
                        meshsub(),
                        builder ->
                                builder.scoring(
                                                GraftPruneTest.behaviour(-1),
                                                PeerScoreThresholds.builder()
                                                        .limits(-1000, -2000, -3000)
                                                        .build())
                                        .testExtension(true));
        rig.peer("a", false, PubsubProtocol.MESHSUB_1_3);
        rig.peer("late", false, PubsubProtocol.MESHSUB_1_3);
        rig.peer("old", false, PubsubProtocol.MESHSUB_1_2);
        assertThat(rig.sent("a")).containsExactly("EXT");
        assertThat(rig.sent("old")).isEmpty();

        rig.rpc("a", builder -> builder.extensions(true, true));
        assertThat(rig.score("a")).isZero();
        rig.rpc("a", builder -> builder.extensions(false, true));
        assertThat(rig.score("a")).isEqualTo(-100);
        rig.subscribes("late", tx);
        rig.rpc("late", builder -> builder.extensions(false, true));
        assertThat(rig.score("late")).isEqualTo(-100);
        rig.rpc("old", builder -> builder.extensions(false, true));
        rig.rpc("old", builder -> builder.extensions(false, true));
        assertThat(rig.score("old")).isZero();
    }

    @Test
    @DisplayName(
            "C144: with filters on both sides only the common mask is subscribed; a refused one is an error")
    void filtersOnBothSides() {
        Mask one = Mask.fromHex("01");
        Mask two = Mask.fromHex("02");
        Mask three = Mask.fromHex("04");
        var net = new RouterNetwork(144);
        net.addNode(
                MeshNetworkTest.PARAMS,
                builder ->
                        builder.subscriptionFilter(SubscriptionFilter.allowList(Set.of(one, two))));
        net.addNode(
                MeshNetworkTest.PARAMS,
                builder ->
                        builder.subscriptionFilter(
                                SubscriptionFilter.allowList(Set.of(two, three))));
        net.node(0).subscribe(one);
        net.node(0).subscribe(two);
        net.node(1).subscribe(two);
        net.node(1).subscribe(three);
        net.connect(0, 1);
        net.runMillis(100);

        assertThat(net.node(0).peers(two)).containsExactly(1);
        assertThat(net.node(1).peers(two)).containsExactly(0);
        assertThat(net.node(0).peers(three)).isEmpty();
        assertThat(net.node(1).peers(one)).isEmpty();
        assertThatThrownBy(() -> net.node(0).subscribe(three))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("04");
        assertThatThrownBy(() -> net.node(0).subscribe(Mask.fromHex("03")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName(
            "C145: too many subscriptions in a request or in all are refused as a whole, and charged")
    void subscriptionLimitsRefuseTheWholeRpc() {
        var rig =
                new Rig(
                        PARAMS,
                        builder ->
                                builder.subscriptionFilter(
                                                SubscriptionFilter.maxCount(
                                                        SubscriptionFilter.allowAll(), 4, 3))
                                        .scoring(
                                                GraftPruneTest.behaviour(-1),
                                                PeerScoreThresholds.builder()
                                                        .limits(-1000, -2000, -3000)
                                                        .build()));
        rig.subscribe(TX);
        rig.peers("a").clear();
        Mask[] masks = new Mask[5];
        for (int i = 0; i < 5; i++) masks[i] = Mask.bit(1, i);

        rig.subscribes("a", masks[0], masks[1], masks[2], masks[3]);
        assertThat(rig.router.snapshot(rig.now).remoteTopics()).isZero();
        rig.subscribes("a", masks[0], masks[1], masks[2]);
        rig.rpc(
                "a",
                builder ->
                        builder.subscription(SubOpts.subscribe(masks[3]))
                                .subscription(SubOpts.subscribe(masks[4]))
                                .message(rig.message(TX, "m")));

        assertThat(rig.router.snapshot(rig.now).remoteTopics()).isEqualTo(3);
        assertThat(rig.events()).noneMatch(event -> event.startsWith("deliver"));
        assertThat(rig.score("a")).isEqualTo(-4);
    }

    @Test
    @DisplayName(
            "6.3: beyond the slices of a peer and of all peers, surplus subscriptions are ignored and charged")
    void builtInSubscriptionLimits() {
        var rig =
                GraftPruneTest.scored(
                        PARAMS.toBuilder()
                                .subscriptionsPerPeerMax(10)
                                .subscriptionsTotalMax(15)
                                .build(),
                        -1);
        rig.peers("a", "b");
        for (int i = 0; i < 20; i++) {
            rig.subscribes("a", Mask.bit(8, i));
            rig.subscribes("b", Mask.bit(8, i));
        }

        assertThat(rig.router.state().remote.pairs()).isEqualTo(15);
        assertThat(rig.score("a")).isNegative();
        rig.unsubscribes("a", Mask.bit(8, 0));
        rig.subscribes("b", Mask.bit(8, 40));
        assertThat(rig.router.state().remote.pairs()).isEqualTo(15);
    }

    @Test
    @DisplayName(
            "B14, V2, C146: random topics that a peer subscribes to and unsubscribes from leave nothing behind")
    void randomTopicsLeaveNothing() {
        var rig = new Rig().peers("a", "b");
        var random = new java.util.SplittableRandom(146);
        for (int i = 0; i < 2000; i++) {
            var bytes = new byte[1 + random.nextInt(32)];
            random.nextBytes(bytes);
            Mask mask = Mask.of(bytes);
            rig.subscribes("a", mask);
            rig.sends("b", mask, "m" + i);
            if (i % 2 == 0) rig.unsubscribes("a", mask);
        }
        rig.gone("a");

        assertThat(rig.router.snapshot(rig.now).remoteTopics()).isZero();
        assertThat(rig.router.state().masks.size()).isZero();
        assertThat(rig.router.state().remote.pairs()).isZero();
    }

    @Test
    @DisplayName(
            "C147: blacklisted peers are refused before, disconnected after connecting; authors are not heard")
    void theBlacklist() {
        for (Blacklist list :
                List.of(Blacklist.permanent(), Blacklist.expiring(Duration.ofMinutes(1)))) {
            var rig = new Rig(PARAMS, builder -> builder.blacklist(list));
            rig.subscribe(TX);
            list.add(rig.id("early"), rig.now);
            list.add(rig.id("author"), rig.now);
            assertThat(rig.peer("early")).isEqualTo(-1);
            rig.members(TX, "a", "late").clear();

            rig.sends("a", rig.message(TX, "m", "author", ""));
            list.add(rig.id("late"), rig.now);
            rig.sends("late", TX, "n");
            assertThat(rig.events()).isEmpty();
            assertThat(rig.router.metrics().total("gossipsub_rejects_total", "blacklisted_source"))
                    .isEqualTo(1);
            assertThat(rig.router.metrics().total("gossipsub_rejects_total", "blacklisted_peer"))
                    .isEqualTo(1);
            rig.router.onBlacklisted(rig.id("late"), rig.now);
            rig.router.onBlacklisted(rig.id("late"), rig.now);

            assertThat(rig.events()).containsOnlyOnce("disconnect late: blacklisted");
            assertThat(rig.mesh(TX)).containsExactly("a");
            rig.sends("a", rig.message(TX, "nonsense author"));
            assertThat(rig.events()).contains("deliver nonsense author to 01 from a");
        }
    }

    @Test
    @DisplayName(
            "C148: while validation is overloaded, of a worthless peer only control is read; its promises are forgotten")
    void theGater() {
        var rig = new Rig(PARAMS, builder -> builder.gater(PeerGaterParams.of(0.1, 0.9, 0.999)));
        rig.validates = true;
        rig.subscribe(TX);
        rig.members(TX, "bad").clear();
        for (int i = 0; i < 200; i++) {
            rig.sends("bad", TX, "m" + i);
            if (rig.tickets.isEmpty()) break; // gated already
            if (i % 2 == 0) rig.throttled();
            else rig.verdict(Verdict.REJECT);
        }
        rig.clear();
        RpcMessage promised = rig.message(TX, "promised");
        rig.rpc("bad", builder -> builder.ihave(TX, promised.id()));
        assertThat(rig.router.state().promises.size()).isEqualTo(1);

        long gated = rig.router.metrics().total("gossipsub_validation_dropped_total", "gater");

        rig.rpc("bad", builder -> builder.message(promised).prune(TX, 60, List.of()));

        assertThat(rig.mesh(TX)).isEmpty();
        assertThat(rig.tickets).isEmpty();
        assertThat(rig.router.state().promises.size()).isZero();
        assertThat(rig.router.metrics().total("gossipsub_validation_dropped_total", "gater"))
                .isEqualTo(gated + 1);
        rig.millis(120_000).sends("bad", TX, "later");
        assertThat(rig.tickets).hasSize(1);
    }

    @Test
    @DisplayName(
            "C149: mesh members are protected; deliveries are worth up to 15, one less every ten minutes, none after leaving")
    void connectionTags() {
        var rig = new Rig();
        rig.validates = true;
        Subscription subscription = rig.subscribe(TX);
        rig.events();
        rig.members(TX, "a", "b");
        assertThat(rig.events()).contains("protect a pubsub:01", "protect b pubsub:01");

        for (int i = 0; i < 20; i++) {
            RpcMessage message = rig.message(TX, "m" + i);
            rig.sends("a", message).sends("b", message).verdict(Verdict.ACCEPT);
        }
        assertThat(rig.values)
                .containsEntry("a pubsub-deliveries:01", 15)
                .containsEntry("b pubsub-deliveries:01", 15); // nearly first
        rig.millis(600_001).tick();
        assertThat(rig.values).containsEntry("a pubsub-deliveries:01", 14);
        for (int i = 0; i < 14; i++) rig.millis(600_001).tick();
        assertThat(rig.values).containsEntry("a pubsub-deliveries:01", 0);

        rig.sends("b", TX, "again").verdict(Verdict.ACCEPT);
        assertThat(rig.values).containsEntry("b pubsub-deliveries:01", 1);
        rig.router.unsubscribe(subscription, rig.now);

        assertThat(rig.values).containsEntry("b pubsub-deliveries:01", 0);
        assertThat(rig.events()).contains("unprotect a pubsub:01", "unprotect b pubsub:01");
    }

    @Test
    @DisplayName("6.1: an inspector can drop an RPC before anything else")
    void inspectorsComeFirst() {
        var rig = new Rig(PARAMS, builder -> builder.inspector((_, rpc) -> rpc.graftCount() == 0));
        rig.subscribe(TX);
        rig.peers("a").clear();

        rig.rpc("a", builder -> builder.subscription(SubOpts.subscribe(TX)).graft(TX));

        assertThat(rig.events()).isEmpty();
        assertThat(rig.router.metrics().total("gossipsub_rpc_received_total", "rpc")).isZero();
    }

    @Test
    @DisplayName("C153: traced networks see every kind of event, and their counts agree")
    void tracesAreComplete() {
        var net = new RouterNetwork(153);
        net.add(10, MeshNetworkTest.PARAMS, builder -> builder.tracing(true));
        for (int i = 0; i < 9; i++) net.node(i).subscribe(TX);
        net.connectAll();
        net.runMillis(3000);
        for (int i = 0; i < 10; i++) net.node(i).publish(TX, "m" + i);
        net.node(9).subscribe(TX);
        net.runMillis(3000);
        net.node(0).unsubscribe();
        net.node(1).close();
        net.runMillis(2000);

        var kinds = new ArrayList<String>();
        for (TraceEvent event : net.traces) kinds.add(event.getClass().getSimpleName());
        assertThat(kinds)
                .contains(
                        "Publish",
                        "Deliver",
                        "Duplicate",
                        "AddPeer",
                        "RemovePeer",
                        "ReceiveRpc",
                        "SendRpc",
                        "Join",
                        "Leave",
                        "Graft",
                        "Prune",
                        "Validate");
        assertThat(kinds.stream().filter("Publish"::equals)).hasSize(10);
        long received =
                net.nodes.stream()
                        .mapToLong(
                                n -> n.router.metrics().total("gossipsub_messages_received_total"))
                        .sum();
        assertThat(kinds.stream().filter("Deliver"::equals))
                .as("what came, and what was published here")
                .hasSize((int) received + 10);
        assertThat(kinds.stream().filter("AddPeer"::equals)).hasSize(90);
    }

    @Test
    @DisplayName("C153: rejected, dropped and throttled messages are traced too")
    void troubleIsTraced() {
        var limits =
                new OutboundLimits(8, 1, 1 << 20, Duration.ofSeconds(5), Duration.ofSeconds(1));
        var rig =
                new Rig(
                        PARAMS.toBuilder().outboundLimits(limits).build(),
                        builder -> builder.tracing(true));
        rig.validates = true;
        rig.subscribe(TX);
        rig.members(TX, "a", "b").clear();

        rig.sends("a", TX, "bad").verdict(Verdict.REJECT);
        rig.sends("a", rig.message(TX, "ours", "me", ""));
        rig.delivers = false;
        rig.sends("a", TX, "one").verdict(Verdict.ACCEPT);
        rig.sends("a", TX, "two").verdict(Verdict.ACCEPT);
        rig.sends("a", TX, "two");

        assertThat(rig.traces.stream().map(event -> event.getClass().getSimpleName()))
                .contains("Reject", "Undeliverable", "DropRpc", "Duplicate");
        assertThat(rig.traces.stream().filter(TraceEvent.Reject.class::isInstance)).hasSize(2);
    }

    @Test
    @DisplayName(
            "12: a snapshot shows meshes, peers, composites and fanouts; it takes no part of the router with it")
    void snapshots() {
        var rig = new Rig();
        rig.subscribe(Mask.fromHex("03"));
        rig.members(Mask.fromHex("03"), "a");
        rig.peer("b", true);
        rig.subscribes("b", Mask.fromHex("0f"));
        rig.publish(Mask.fromHex("0c"), "m");

        RouterSnapshot snapshot = rig.router.snapshot(rig.now);

        assertThat(snapshot.topics())
                .extracting(RouterSnapshot.Topic::name)
                .containsExactlyInAnyOrder("01", "02");
        assertThat(snapshot.topics().getFirst().mesh()).containsExactly(rig.id("a"));
        assertThat(snapshot.topics().getFirst().subscribers()).isEqualTo(2);
        assertThat(snapshot.topics().getFirst().maxPerPrefix()).isEqualTo(1);
        assertThat(snapshot.composites().getFirst().fullHolders()).isEqualTo(2);
        assertThat(snapshot.composites().getFirst().mesh()).containsExactly(rig.id("a"));
        assertThat(snapshot.fanouts().getFirst().peers()).containsExactly(rig.id("b"));
        assertThat(snapshot.peers()).hasSize(2);
        assertThat(snapshot.peers().getFirst().meshes()).isEqualTo(2);
        assertThat(snapshot.cachedMessages()).isEqualTo(1);
        assertThat(rig.router.metrics().samples()).hasSizeGreaterThan(50);
        assertThat(rig.router.metrics().histograms()).isNotEmpty();
    }

    @Test
    @DisplayName("operations 10: beyond the limit of named masks, counters go to one topic")
    void metricsAreBounded() {
        var rig = new Rig(PARAMS, builder -> builder.metricTopicsMax(2));
        for (int i = 0; i < 5; i++) rig.subscribe(Mask.bit(1, i));
        rig.members(Mask.bit(1, 4), "a");

        assertThat(rig.router.metrics().total("gossipsub_mesh_grafts_total", "other")).isEqualTo(1);
        assertThat(
                        rig.router.metrics().samples().stream()
                                .filter(s -> s.name().equals("gossipsub_messages_received_total")))
                .hasSize(3);
    }
}
