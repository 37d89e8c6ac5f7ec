package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;

/// Whole networks: everybody gets everything, meshes have their size. Rows C25 to C36 of the router
/// specification.
class MeshNetworkTest {
    static final Mask TX = Mask.fromHex("0001");
    static final RouterParams PARAMS =
            RouterParams.BLOSSOM_20.toBuilder().signingPolicy(SigningPolicy.STRICT_NO_SIGN).build();

    private static List<String> publishFromRandomNodes(
            RouterNetwork net, int count, String prefix) {
        var published = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            String payload = prefix + i;
            published.add(payload);
            net.node(net.random.nextInt(net.nodes.size())).publish(TX, payload);
            net.runMillis(10);
        }
        return published;
    }

    @Test
    @DisplayName("C25: 20 nodes with 3 random links each receive all of 100 messages once")
    void sparseNetworksDeliverEverything() {
        var net = new RouterNetwork(25).add(20, PARAMS);
        net.subscribeAll(TX);
        net.connectSome(3);
        net.run(Duration.ofSeconds(2));

        List<String> published = publishFromRandomNodes(net, 100, "m");
        net.run(Duration.ofSeconds(5));

        for (RouterNetwork.Node node : net.nodes) {
            assertThat(node.received).containsExactlyInAnyOrderElementsOf(published);
        }
    }

    @Test
    @DisplayName(
            "C26: 20 nodes with 10 links each deliver everything and keep their meshes in bounds")
    void denseNetworksKeepMeshesInBounds() {
        var net = new RouterNetwork(26).add(20, PARAMS);
        net.subscribeAll(TX);
        net.connectSome(10);
        net.run(Duration.ofSeconds(2));

        List<String> published = publishFromRandomNodes(net, 100, "m");
        net.run(Duration.ofSeconds(5));

        for (RouterNetwork.Node node : net.nodes) {
            assertThat(node.received).containsExactlyInAnyOrderElementsOf(published);
            assertThat(node.mesh(TX)).hasSizeBetween(PARAMS.meshLow(), PARAMS.meshHigh());
        }
    }

    @Test
    @DisplayName(
            "C27: a publisher that does not subscribe reaches everybody by its fanout, then by its mesh")
    void fanoutReachesEverybody() {
        var net = new RouterNetwork(27).add(20, PARAMS);
        for (int i = 1; i < 20; i++) net.node(i).subscribe(TX);
        net.connectSome(10);
        net.run(Duration.ofSeconds(2));

        var published = new ArrayList<String>();
        for (int i = 0; i < 100; i++) {
            published.add("fanout" + i);
            net.node(0).publish(TX, "fanout" + i);
            net.runMillis(10);
        }
        net.node(0).subscribe(TX);
        net.run(Duration.ofSeconds(2));
        for (int i = 0; i < 100; i++) {
            published.add("mesh" + i);
            net.node(0).publish(TX, "mesh" + i);
            net.runMillis(10);
        }
        net.run(Duration.ofSeconds(5));

        for (int i = 1; i < 20; i++) {
            assertThat(net.node(i).received).containsExactlyInAnyOrderElementsOf(published);
        }
        assertThat(net.node(0).received).hasSize(100);
    }

    @Test
    @DisplayName("C28: a fanout whose peers all unsubscribed is filled again when they are back")
    void fanoutIsFilledAgain() {
        var net = new RouterNetwork(28).add(20, PARAMS);
        for (int i = 1; i < 20; i++) net.node(i).subscribe(TX);
        net.connectSome(10);
        net.run(Duration.ofSeconds(2));
        net.node(0).publish(TX, "before");
        net.run(Duration.ofSeconds(1));

        for (int i = 1; i < 20; i++) net.node(i).unsubscribe();
        net.run(Duration.ofSeconds(2));
        for (int i = 1; i < 20; i++) net.node(i).subscribe(TX);
        net.run(Duration.ofSeconds(2));
        var published = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            published.add("after" + i);
            net.node(0).publish(TX, "after" + i);
            net.runMillis(50);
        }
        net.run(Duration.ofSeconds(15)); // meshes come back when the backoffs of 10 s are over

        for (int i = 1; i < 20; i++) {
            assertThat(net.node(i).received).containsAll(published).hasSize(21);
        }
    }

    @Test
    @DisplayName("C29: a fanout ends fanoutTtl after the last publish")
    void fanoutsExpire() {
        var net =
                new RouterNetwork(29)
                        .add(10, PARAMS.toBuilder().fanoutTtl(Duration.ofSeconds(1)).build());
        for (int i = 1; i < 10; i++) net.node(i).subscribe(TX);
        net.connectAll();
        net.run(Duration.ofSeconds(1));
        for (int i = 0; i < 5; i++) net.node(0).publish(TX, "m" + i);
        assertThat(net.node(0).router.snapshot(net.now()).fanouts()).hasSize(1);

        net.run(Duration.ofMillis(3100));

        assertThat(net.node(0).router.snapshot(net.now()).fanouts()).isEmpty();
    }

    @Test
    @DisplayName("C30: messages published before a group subscribes reach it by gossip")
    void gossipReachesLateSubscribers() {
        var net = new RouterNetwork(30).add(40, PARAMS);
        for (int i = 0; i < 40; i++) {
            int group = i < 20 ? 0 : 20;
            for (int j = 0; j < 10; j++) {
                int other = group + net.random.nextInt(20);
                if (other != i) net.connect(i, other);
            }
        }
        for (int i = 20; i < 40; i++) net.connect(0, i);
        for (int i = 0; i < 20; i++) net.node(i).subscribe(TX);
        net.run(Duration.ofSeconds(2));
        List<String> published = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            published.add("m" + i);
            net.node(net.random.nextInt(20)).publish(TX, "m" + i);
        }
        net.runMillis(100);

        for (int i = 20; i < 40; i++) net.node(i).subscribe(TX);
        net.run(Duration.ofSeconds(8));

        for (int i = 20; i < 40; i++) {
            assertThat(net.node(i).received).containsExactlyInAnyOrderElementsOf(published);
        }
    }

    @Test
    @DisplayName("C31: when 5 of 20 nodes unsubscribe, the other 15 still receive everything")
    void othersStayConnectedWhenSomeUnsubscribe() {
        var net = new RouterNetwork(31).add(20, PARAMS);
        net.subscribeAll(TX);
        net.connectSome(10);
        net.run(Duration.ofSeconds(5));
        publishFromRandomNodes(net, 10, "first");
        for (int i = 0; i < 5; i++) {
            net.node(i).unsubscribe();
            net.node(i).received.clear();
        }
        net.run(Duration.ofSeconds(2));

        List<String> published = publishFromRandomNodes(net, 10, "second");
        net.run(Duration.ofSeconds(5));

        for (int i = 0; i < 20; i++) {
            List<String> second =
                    net.node(i).received.stream().filter(m -> m.startsWith("second")).toList();
            if (i < 5) assertThat(second).isEmpty();
            else assertThat(second).containsExactlyInAnyOrderElementsOf(published);
        }
    }

    @Test
    @DisplayName(
            "C32: a node whose score falls everywhere is pruned within a heartbeat, others go on")
    void aBadScoreEndsEveryMembership() {
        PeerScoreParams scores =
                PeerScoreParams.builder()
                        .skipAtomicValidation(true)
                        .decay(Duration.ofSeconds(1), 0.01)
                        .appSpecificScore(_ -> 0, 1)
                        .build();
        var net =
                new RouterNetwork(32)
                        .add(
                                20,
                                PARAMS,
                                builder ->
                                        builder.scoring(
                                                scores,
                                                PeerScoreThresholds.builder()
                                                        .limits(-10, -100, -10_000)
                                                        .build()));
        net.subscribeAll(TX);
        net.connectSome(10);
        for (int i = 1; i < 10; i++) net.connect(0, i);
        net.run(Duration.ofSeconds(5));
        List<Integer> members = net.node(0).mesh(TX);
        assertThat(members).hasSizeGreaterThanOrEqualTo(5);

        for (RouterNetwork.Node node : net.nodes) {
            int bad = node.handle(net.node(0));
            if (bad >= 0) node.router.scores().setAppScore(bad, -1000);
        }
        net.run(Duration.ofMillis(1050));

        for (int member : members) {
            RouterNetwork.Node node = net.node(member);
            RouterState state = node.router.state();
            long left =
                    state.backoffs.remaining(
                            state.masks.find(TX), node.handle(net.node(0)), net.now());
            assertThat(left).isBetween(58_900_000_000L, 61_000_000_000L);
            assertThat(node.mesh(TX)).doesNotContain(0);
        }
        List<String> published = new ArrayList<>();
        for (int i = 1; i < 20; i++) {
            published.add("m" + i);
            net.node(i).publish(TX, "m" + i);
        }
        net.run(Duration.ofSeconds(5));
        for (int i = 1; i < 20; i++) {
            assertThat(net.node(i).received).containsExactlyInAnyOrderElementsOf(published);
        }
    }

    @Test
    @DisplayName(
            "C33: nodes that connect first and subscribe later, one by one, receive everything")
    void subscribingOneByOne() {
        var net = new RouterNetwork(33).add(20, PARAMS);
        net.connectSome(10);
        net.run(Duration.ofSeconds(1));
        for (RouterNetwork.Node node : net.nodes) {
            node.subscribe(TX);
            net.runMillis(100);
        }
        net.run(Duration.ofSeconds(2));

        List<String> published = publishFromRandomNodes(net, 20, "m");
        net.run(Duration.ofSeconds(5));

        for (RouterNetwork.Node node : net.nodes) {
            assertThat(node.received).containsExactlyInAnyOrderElementsOf(published);
        }
    }

    @Test
    @DisplayName("C34: when 5 of 20 hosts close, the other 15 receive all messages")
    void othersStayConnectedWhenHostsClose() {
        var net = new RouterNetwork(34).add(20, PARAMS);
        net.subscribeAll(TX);
        net.connectSome(10);
        net.run(Duration.ofSeconds(2));
        for (int i = 0; i < 5; i++) net.node(i).close();
        net.run(Duration.ofSeconds(2));

        var published = new ArrayList<String>();
        for (int i = 0; i < 10; i++) {
            published.add("m" + i);
            net.node(5 + net.random.nextInt(15)).publish(TX, "m" + i);
            net.runMillis(50);
        }
        net.run(Duration.ofSeconds(5));

        for (int i = 5; i < 20; i++) {
            assertThat(net.node(i).received).containsExactlyInAnyOrderElementsOf(published);
        }
    }

    @Test
    @DisplayName("C35: a message crosses a line of 6 nodes")
    void messagesCrossALine() {
        var net = new RouterNetwork(35).add(6, PARAMS);
        net.subscribeAll(TX);
        for (int i = 0; i < 5; i++) net.connect(i, i + 1);
        net.run(Duration.ofSeconds(2));

        net.node(0).publish(TX, "hello");
        net.runMillis(100);

        for (RouterNetwork.Node node : net.nodes)
            assertThat(node.received).containsExactly("hello");
    }

    @Test
    @DisplayName("C36: in a tree the peer lists are exact, and publishes from two ends reach all")
    void messagesCrossATree() {
        var net = new RouterNetwork(36).add(10, PARAMS);
        net.subscribeAll(TX);
        tree(net);
        net.run(Duration.ofSeconds(2));

        assertThat(net.node(0).peers(TX)).containsExactly(1, 5);
        assertThat(net.node(1).peers(TX)).containsExactly(0, 2, 4);
        assertThat(net.node(2).peers(TX)).containsExactly(1, 3);
        net.node(9).publish(TX, "from 9");
        net.node(3).publish(TX, "from 3");
        net.run(Duration.ofSeconds(2));

        for (RouterNetwork.Node node : net.nodes) {
            assertThat(node.received).containsExactlyInAnyOrder("from 9", "from 3");
        }
    }

    /// Edges 0-1, 1-2, 1-4, 2-3, 0-5, 5-6, 5-8, 6-7, 8-9.
    static void tree(RouterNetwork net) {
        int[][] edges = {{0, 1}, {1, 2}, {1, 4}, {2, 3}, {0, 5}, {5, 6}, {5, 8}, {6, 7}, {8, 9}};
        for (int[] edge : edges) net.connect(edge[0], edge[1]);
    }

    @Test
    @DisplayName("C54: enough peers before and after connecting")
    void enoughPeers() {
        var net = new RouterNetwork(54).add(20, PARAMS);
        net.subscribeAll(TX);
        assertThat(net.node(0).router.enoughPeers(TX, 0)).isFalse();

        net.connectAll();
        net.run(Duration.ofSeconds(3));

        assertThat(net.nodes).allMatch(node -> node.router.enoughPeers(TX, 0));
        assertThat(net.node(0).router.enoughPeers(Mask.fromHex("0002"), 0)).isFalse();
    }

    @Test
    @DisplayName("C154: two runs with the same seed are the same event for event")
    void sameSeedSameRun() {
        assertThat(logOfARun(7)).isEqualTo(logOfARun(7)).hasSizeGreaterThan(1000);
        assertThat(logOfARun(7)).isNotEqualTo(logOfARun(8));
    }

    private static List<String> logOfARun(long seed) {
        var net = new RouterNetwork(seed).add(20, PARAMS);
        net.logging = true;
        net.subscribeAll(TX);
        net.connectSome(10);
        net.run(Duration.ofSeconds(2));
        publishFromRandomNodes(net, 20, "m");
        net.run(Duration.ofSeconds(2));
        return net.log;
    }
}
