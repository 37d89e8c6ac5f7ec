package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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
}
