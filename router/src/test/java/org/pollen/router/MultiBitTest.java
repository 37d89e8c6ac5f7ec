package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.router.RouterParams.MultiBitMode;
import org.pollen.router.RouterParams.RelayMode;

/// Masks of several bits in networks and against one router. Rows C5 to C24 of the router
/// specification.
class MultiBitTest {
    private static final RouterParams PARAMS = MeshNetworkTest.PARAMS;

    private static Mask mask(String hex) {
        return Mask.fromHex(hex);
    }

    @Test
    @DisplayName(
            "B19, C5: the same payload on two masks is one message, unless the mask is part of the id")
    void thePayloadIsTheMessage() {
        var net = new RouterNetwork(5).add(2, PARAMS);
        RouterParams withMask =
                PARAMS.toBuilder().messageIds(MessageIdScheme.BLOSSOM.includeMaskInId()).build();
        net.add(2, withMask);
        for (RouterNetwork.Node node : net.nodes) {
            node.subscribe(mask("01"));
            node.subscribe(mask("02"));
        }
        net.connect(0, 1);
        net.connect(2, 3);
        net.run(Duration.ofSeconds(2));

        assertThat(net.node(0).publish(mask("01"), "m").status())
                .isEqualTo(PublishResult.Status.OK);
        assertThat(net.node(0).publish(mask("02"), "m").status())
                .isEqualTo(PublishResult.Status.DUPLICATE);
        net.node(2).publish(mask("01"), "m");
        net.node(2).publish(mask("02"), "m");
        net.run(Duration.ofSeconds(1));

        assertThat(net.node(1).received).hasSize(1);
        assertThat(net.node(3).received).hasSize(2);
    }

    @Test
    @DisplayName(
            "C6: 20 connected nodes in 5 groups: exactly the groups that hold the published bits receive")
    void publishedBitsChooseTheReceivers() {
        String[] groups = {"0001", "0010", "0100", "0101", "0111"};
        int[][] receivers = {{0, 3, 4}, {1, 4}, {2, 3, 4}, {3, 4}, {4}};
        var net = new RouterNetwork(6).add(20, PARAMS);
        for (int i = 0; i < 20; i++) net.node(i).subscribe(mask(groups[i % 5]));
        net.connectAll();
        net.run(Duration.ofSeconds(3));

        var expected = new ArrayList<List<String>>();
        for (int i = 0; i < 20; i++) expected.add(new ArrayList<>());
        for (int m = 0; m < 100; m++) {
            int publisher = net.random.nextInt(20);
            int group = publisher % 5;
            net.node(publisher).publish(mask(groups[group]), "m" + m);
            for (int receiver : receivers[group]) {
                for (int i = receiver; i < 20; i += 5) expected.get(i).add("m" + m);
            }
            net.runMillis(20);
        }
        net.run(Duration.ofSeconds(5));

        for (int i = 0; i < 20; i++) {
            assertThat(net.node(i).received).containsExactlyInAnyOrderElementsOf(expected.get(i));
        }
    }

    @Test
    @DisplayName(
            "C7: a tree of 10 nodes on three bits has exact peer lists and delivers everything")
    void severalBitsCrossATree() {
        Mask m = mask("10101000");
        var net = new RouterNetwork(7).add(10, PARAMS);
        net.subscribeAll(m);
        MeshNetworkTest.tree(net);
        net.run(Duration.ofSeconds(2));

        assertThat(net.node(0).peers(m)).containsExactly(1, 5);
        assertThat(net.node(1).peers(m)).containsExactly(0, 2, 4);
        assertThat(net.node(2).peers(m)).containsExactly(1, 3);
        for (int i = 0; i < 10; i++) net.node(i).publish(m, "m" + i);
        net.run(Duration.ofSeconds(3));

        for (RouterNetwork.Node node : net.nodes) assertThat(node.received).hasSize(10);
    }

    @Test
    @DisplayName(
            "C8: 199 leaves with overlapping windows of 8 bits around a centre that exchanges peers")
    void aStarOfOverlappingWindows() {
        var net = new RouterNetwork(8);
        RouterParams centre =
                PARAMS.withMeshTarget(0).toBuilder().peerExchange(true).floodPublish(true).build();
        RouterParams leaf = PARAMS.toBuilder().peerExchange(true).floodPublish(true).build();
        net.addNode(centre, builder -> builder);
        for (int i = 1; i < 200; i++) net.addNode(leaf, builder -> builder);
        var all = new byte[32];
        java.util.Arrays.fill(all, (byte) 0xff);
        net.node(0).subscribe(Mask.of(all));
        var windows = new ArrayList<Mask>();
        for (int w = 0; w < 63; w++) {
            var bits = new byte[32];
            for (int b = 4 * w; b < 4 * w + 8; b++) bits[b >> 3] |= (byte) (0x80 >> (b & 7));
            windows.add(Mask.of(bits));
        }
        for (int i = 1; i < 200; i++) net.node(i).subscribe(windows.get(i % 63));
        for (int i = 1; i < 200; i++) net.connect(i, 0);
        net.run(Duration.ofSeconds(8));

        for (int i = 1; i < 200; i++) {
            assertThat(net.node(i).handles).as("node %d", i).hasSizeGreaterThan(1);
        }
        Mask single = Mask.bit(32, 100);
        Mask window = windows.get(30);
        net.node(0).publish(single, "single");
        net.node(0).publish(window, "window");
        net.node(30).publish(window, "from a leaf");
        net.run(Duration.ofSeconds(6));

        for (int i = 1; i < 200; i++) {
            var expected = new ArrayList<String>();
            if (windows.get(i % 63).covers(single)) expected.add("single");
            if (i % 63 == 30) expected.addAll(List.of("window", "from a leaf"));
            assertThat(net.node(i).received)
                    .as("node %d", i)
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    @DisplayName("C9: a message with a bit that we do not subscribe to is dropped without a trace")
    void messagesWithOtherBitsAreNotForUs() {
        var rig = new Rig();
        rig.subscribe(mask("0001"));
        rig.peers("a").clear();

        rig.sends("a", mask("0003"), "m");

        assertThat(rig.events()).isEmpty();
        assertThat(rig.router.snapshot(rig.now).seenEntries()).isZero();
        assertThat(rig.router.state().metrics.unsubscribedMessages).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "C10: a relay of one bit accepts and forwards a message of two, without delivering it")
    void relaysAcceptAnySlice() {
        var rig = new Rig(Rig.PARAMS.toBuilder().relayMode(RelayMode.ANY).build());
        rig.router.relay(mask("0001"), rig.now);
        rig.peers("a", "holder", "half");
        rig.subscribes("holder", mask("0003"));
        rig.subscribes("half", mask("0002")).clear();

        rig.sends("a", mask("0003"), "m");

        assertThat(rig.events()).isEmpty();
        assertThat(rig.sent("holder")).containsExactly("MSG m");
        assertThat(rig.sent("half")).isEmpty();
    }

    @Test
    @DisplayName("C10: with relayMode all, a message with a bit that is not relayed is ignored")
    void strictRelaysNeedEverySlice() {
        var rig = new Rig(Rig.PARAMS.toBuilder().relayMode(RelayMode.ALL).build());
        rig.router.relay(mask("0001"), rig.now);
        rig.peers("a", "holder");
        rig.subscribes("holder", mask("0003")).clear();

        rig.sends("a", mask("0003"), "m");

        assertThat(rig.sent("holder")).isEmpty();
        rig.router.relay(mask("0002"), rig.now);
        rig.clear().sends("a", mask("0003"), "n");
        assertThat(rig.sent("holder")).containsExactly("MSG n");
    }

    @Test
    @DisplayName("C10: a relay of one bit accepts a message whose other bit nobody subscribes to")
    void relaysAcceptUnknownSlices() {
        var rig = new Rig();
        rig.router.relay(mask("0001"), rig.now);
        rig.peers("a").clear();

        rig.sends("a", mask("8001"), "m");

        assertThat(rig.router.snapshot(rig.now).seenEntries()).isEqualTo(1);
        rig.heartbeats(6); // and its mask is forgotten with the cache
        assertThat(rig.router.state().masks.find(mask("8001"))).isEqualTo(-1);
    }

    @Test
    @DisplayName(
            "B2, C11: subscriptions to a mask and to its second slice yield each message at most once")
    void modesDecideWhoYields() {
        Mask m = mask("e0");
        var rig = new Rig();
        rig.router.subscribe(m, DeliveryMode.SUPERSET, rig.now);
        rig.router.subscribe(mask("40"), DeliveryMode.SUPERSET, rig.now);
        rig.router.subscribe(mask("40"), DeliveryMode.OVERLAP, rig.now);
        rig.router.subscribe(mask("40"), DeliveryMode.SLICE0, rig.now);
        rig.peers("a").clear();

        rig.sends("a", m, "m");
        rig.sends("a", m, "m");

        assertThat(rig.events())
                .containsExactly("deliver m to e0 from a", "deliver m to 40 from a");
    }

    @Test
    @DisplayName("C12: a message on more bits than a subscription, and on fewer")
    void supersetExactAndOverlap() {
        var rig = new Rig();
        rig.router.subscribe(mask("e0"), DeliveryMode.SUPERSET, rig.now);
        rig.router.subscribe(mask("e0"), DeliveryMode.EXACT, rig.now);
        rig.router.subscribe(mask("e0"), DeliveryMode.OVERLAP, rig.now);
        rig.router.subscribe(mask("10"), DeliveryMode.SUPERSET, rig.now);
        rig.router.subscribe(mask("10"), DeliveryMode.OVERLAP, rig.now);
        rig.peers("a").clear();

        rig.sends("a", mask("f0"), "more");
        assertThat(rig.events())
                .containsExactly("deliver more to e0 from a", "deliver more to 10 from a");
        rig.sends("a", mask("60"), "fewer");
        assertThat(rig.events())
                .containsExactly("deliver fewer to e0 from a", "deliver fewer to e0 from a");
    }

    @Test
    @DisplayName("C12: SLICE0 yields what shares our mask's bit first")
    void slice0LooksAtTheFirstBit() {
        var rig = new Rig();
        rig.router.subscribe(mask("e0"), DeliveryMode.SLICE0, rig.now);
        rig.router.subscribe(mask("10"), DeliveryMode.SLICE0, rig.now);
        rig.peers("a").clear();

        rig.sends("a", mask("30"), "m");

        assertThat(rig.events()).containsExactly("deliver m to e0 from a");
    }

    @Test
    @DisplayName("B1, C13: nobody holds all of three bits that two peers hold between them")
    void holdersAreAnIntersection() {
        var rig = new Rig().peers("x", "y");
        rig.subscribes("x", mask("80"));
        rig.subscribes("y", mask("60"));

        assertThat(rig.router.peers(mask("e0"))).isEmpty();
        assertThat(rig.router.peers(mask("60"))).containsExactly(rig.id("y"));
    }

    @Test
    @DisplayName("B15, C14: publishing where nobody holds every bit sends nothing and says so")
    void withoutHoldersNothingIsSent() {
        var rig = new Rig().peers("x", "y");
        rig.subscribes("x", mask("80"));
        rig.subscribes("y", mask("60")).clear();

        PublishResult result = rig.publish(mask("e0"), "m");

        assertThat(result.status()).isEqualTo(PublishResult.Status.NO_PEERS);
        assertThat(rig.sent("x")).isEmpty();
        assertThat(rig.sent("y")).isEmpty();
    }

    @Test
    @DisplayName("V20, C15: 50 full holders of three bits all receive within 6 hops and few copies")
    void compositeMeshesReachAllHolders() {
        Mask m = mask("0700");
        var net = new RouterNetwork(15).add(50, PARAMS);
        net.subscribeAll(m);
        net.connectSome(15);
        net.run(Duration.ofSeconds(5));
        for (RouterNetwork.Node node : net.nodes) {
            assertThat(node.mesh(m)).hasSizeBetween(PARAMS.meshLow(), PARAMS.meshHigh());
            node.messagesSent = 0;
        }

        PublishResult result = net.node(0).publish(m, "m");
        net.run(Duration.ofNanos(6 * net.linkDelayNanos));

        assertThat(result.peers()).isLessThanOrEqualTo(PARAMS.meshHigh());
        for (RouterNetwork.Node node : net.nodes) assertThat(node.received).containsExactly("m");
        net.run(Duration.ofSeconds(1));
        int copies = net.nodes.stream().mapToInt(node -> node.messagesSent).sum();
        assertThat(copies).isLessThanOrEqualTo(50 * PARAMS.meshHigh());
    }

    @Test
    @DisplayName(
            "C16: FLOOD_HOLDERS sends to every holder but author and sender, whatever their scores")
    void floodHoldersIgnoresScores() {
        var rig =
                new Rig(
                        Rig.PARAMS.toBuilder().multiBitMode(MultiBitMode.FLOOD_HOLDERS).build(),
                        builder ->
                                builder.scoring(
                                        ScoredRouterTest.application(),
                                        ScoredRouterTest.THRESHOLDS));
        rig.router.subscribe(mask("03"), DeliveryMode.SUPERSET, rig.now);
        for (int i = 0; i < 20; i++) {
            rig.peer("p" + i);
            rig.subscribes("p" + i, mask("03"));
            rig.router.scores().setAppScore(rig.handle("p" + i), i % 2 == 0 ? -500 : 0);
        }
        rig.clear();

        rig.sends("p1", rig.message(mask("03"), "m", "p3", ""));

        for (int i = 0; i < 20; i++) {
            assertThat(rig.sent("p" + i)).hasSize(i == 1 || i == 3 ? 0 : 1);
        }
    }

    @Test
    @DisplayName("C17: RANDOM_SLICE sends nothing if one slice has no known peer")
    void randomSliceNeedsPeersForEverySlice() {
        var rig = new Rig(Rig.PARAMS.toBuilder().multiBitMode(MultiBitMode.RANDOM_SLICE).build());
        rig.peers("a", "b");
        rig.subscribes("a", mask("01")).clear();

        rig.publish(mask("03"), "nobody");
        assertThat(rig.sent("a")).isEmpty();
        rig.subscribes("b", mask("02"));
        rig.publish(mask("03"), "one of two");

        assertThat(rig.sent("a").size() + rig.sent("b").size()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "C18: a holder that missed the push gets the message by gossip under slice 0, once")
    void compositeGossipIsOneIhave() {
        Mask m = mask("e0");
        var net = new RouterNetwork(18).add(3, PARAMS);
        net.subscribeAll(m);
        net.connect(0, 1);
        net.connect(1, 2);
        net.run(Duration.ofSeconds(2));
        var seen = new ArrayList<String>();
        net.node(1)
                .filterOutbound(rpc -> {
                    boolean lost = rpc instanceof RpcMessage && seen.isEmpty();
                    if (lost) seen.add("lost");
                    return !lost;
                });
        // Out of the mesh, so that gossip is for it.
        RouterNetwork.Node two = net.node(2);
        var prune = new RpcBuilder(Dialect.BLOSSOM, 1 << 20).prune(mask("80"), 60, List.of());
        two.send(net.node(1), prune.buildWhole().toBody());
        net.runMillis(100);

        net.node(0).publish(m, "m");
        net.run(Duration.ofSeconds(3));

        assertThat(seen).hasSize(1);
        assertThat(two.received).containsExactly("m");
        assertThat(two.router.metrics().total("gossipsub_ihave_ids_total", "in")).isPositive();
    }

    @Test
    @DisplayName(
            "C18: the IHAVE of a composite message goes out once, under slice 0, to holders only")
    void compositeGossipGoesToHolders() {
        var rig = new Rig();
        rig.router.subscribe(mask("e0"), DeliveryMode.SUPERSET, rig.now);
        rig.router.subscribe(mask("c0"), DeliveryMode.SUPERSET, rig.now);
        rig.peers("holder", "half", "from");
        rig.subscribes("holder", mask("e0"));
        rig.subscribes("half", mask("20"));
        rig.prunes("holder", mask("80"), 60);
        rig.sends("from", mask("e0"), "three");
        rig.sends("from", mask("c0"), "two").clear();

        rig.heartbeat();

        assertThat(rig.sent("holder")).contains("IHAVE 80 [three, two]");
        assertThat(rig.sent("half")).noneMatch(line -> line.startsWith("IHAVE"));
    }

    @Test
    @DisplayName("B5, C19: an announced mask of three bits counts as three slices")
    void announcedMasksAreSliced() {
        var rig = new Rig().peers("a");
        rig.subscribes("a", mask("e0"));
        assertThat(rig.router.snapshot(rig.now).remoteTopics()).isEqualTo(3);

        rig.unsubscribes("a", mask("40"));

        assertThat(rig.router.peers(mask("80"))).hasSize(1);
        assertThat(rig.router.peers(mask("20"))).hasSize(1);
        assertThat(rig.router.peers(mask("40"))).isEmpty();
        assertThat(rig.router.peers(mask("e0"))).isEmpty();
    }

    @Test
    @DisplayName(
            "V21, C20: announcements with too many bits are ignored and counted, the rest is processed")
    void announcementsWithTooManyBitsAreIgnored() {
        var bits = new byte[40];
        java.util.Arrays.fill(bits, (byte) 0xff);
        var rig = new Rig().peers("a");

        rig.subscribes("a", Mask.of(bits), mask("01"));

        assertThat(rig.router.peers(mask("01"))).hasSize(1);
        assertThat(rig.router.snapshot(rig.now).remoteTopics()).isEqualTo(1);
        assertThat(rig.router.metrics().total("gossipsub_rpc_malformed_total", "element"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName(
            "B7, C22: PRUNE on one slice ends the composite membership on both sides, until the backoff ends")
    void aPruneOnOneSliceEndsTheComposite() {
        Mask m = mask("e0");
        var net = new RouterNetwork(22).add(2, PARAMS);
        net.subscribeAll(m);
        net.connect(0, 1);
        net.run(Duration.ofSeconds(2));
        assertThat(net.node(0).mesh(m)).containsExactly(1);

        RouterState state = net.node(0).router.state();
        Peer peer = state.peers.at(net.node(0).handle(net.node(1)));
        int slice = state.masks.find(mask("40"));
        state.control.prune(
                slice, peer, PruneReason.EXCESS, state.pruneBackoffNanos, false, net.now());
        state.control.flush(net.now());
        net.runMillis(10);

        assertThat(net.node(0).mesh(m)).isEmpty();
        assertThat(net.node(1).mesh(m)).isEmpty();
        net.run(Duration.ofSeconds(55));
        assertThat(net.node(0).mesh(m)).isEmpty();
        assertThat(net.node(1).mesh(m)).isEmpty();
        net.run(Duration.ofSeconds(15));
        assertThat(net.node(0).mesh(m)).containsExactly(1);
        assertThat(net.node(1).mesh(m)).containsExactly(0);
    }

    @Test
    @DisplayName("C24: all-zero masks of 1 to 35 bytes are topics of their own")
    void allZeroMasksAreTopics() {
        var net = new RouterNetwork(24).add(10, PARAMS);
        for (int length = 1; length <= 35; length++) net.subscribeAll(Mask.zero(length));
        net.connectAll();
        net.run(Duration.ofSeconds(3));

        for (int length = 1; length <= 35; length++) {
            net.node(length % 10).publish(Mask.zero(length), "m" + length);
        }
        net.run(Duration.ofSeconds(3));

        for (RouterNetwork.Node node : net.nodes) {
            assertThat(node.received).hasSize(35).doesNotHaveDuplicates();
        }
    }
}
