package org.pollen.node.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.memory.MemoryNetwork;
import org.pollen.node.Shared;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams;
import org.pollen.router.Verdict;
import org.pollen.scoring.ScorePresets;

/// The same gossip over the other implementation of the host: no sockets, no handshakes.
class GossipInMemoryIT {
    private static final Mask TOPIC = Mask.topic("memory");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Shared shared = new Shared(2);
    private final MemoryNetwork network = new MemoryNetwork(shared.calls());
    private final SplittableRandom random = new SplittableRandom(5);
    private final List<Node> nodes = new ArrayList<>();

    private record Node(Host host, GossipService gossip, List<String> payloads) {
        List<PeerId> mesh() {
            GossipView view = gossip.view();
            if (view == null) return List.of();
            return view.snapshot().topics().stream().flatMap(t -> t.mesh().stream()).toList();
        }

        Connection dial(Node other) throws Exception {
            Multiaddr address = other.host.listenAddresses().getFirst();
            return host.dial(address.withPeerId(other.host.peerId())).get(10, TimeUnit.SECONDS);
        }

        void publish(String text) throws Exception {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            gossip.publish(TOPIC, bytes, false).get(10, TimeUnit.SECONDS);
        }
    }

    private Node node() throws Exception {
        int n = nodes.size() + 1;
        byte[] seed = new byte[32];
        random.nextBytes(seed);
        PrivateKey key = PrivateKey.ed25519(seed);
        Host host =
                network.host(key, "memory/" + n, Multiaddr.parse("/ip4/10.0.0." + n + "/tcp/4001"));
        host.start().get(10, TimeUnit.SECONDS);
        var gossip =
                new GossipService(
                        new GossipSetup(
                                "memory" + n,
                                key,
                                host,
                                RouterParams.GOSSIPSUB_GO.toBuilder()
                                        .heartbeatInterval(Duration.ofMillis(200))
                                        .heartbeatInitialDelay(Duration.ofMillis(20))
                                        .build(),
                                List.of("/meshsub/1.2.0", "/meshsub/1.1.0"),
                                ScorePresets.RECOMMENDED,
                                ScorePresets.RECOMMENDED_THRESHOLDS,
                                random.split(),
                                System::nanoTime,
                                n,
                                true),
                        shared.validation(),
                        GossipEvents.NONE,
                        failure -> {
                            throw new AssertionError(failure);
                        });
        var payloads = new CopyOnWriteArrayList<String>();
        gossip.join(
                "memory",
                TOPIC,
                (_, answer) -> {
                    answer.accept(Verdict.ACCEPT);
                    return true;
                },
                message -> payloads.add(new String(message.data(), StandardCharsets.UTF_8)));
        gossip.start();
        var node = new Node(host, gossip, payloads);
        nodes.add(node);
        return node;
    }

    private static void await(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(PATIENCE).until(condition);
    }

    @AfterEach
    void stop() {
        nodes.forEach(node -> node.gossip.close());
        nodes.forEach(node -> node.host.close());
        shared.close();
    }

    @Test
    @DisplayName("five nodes in a chain: each message reaches each node once, and large ones too")
    void chain() throws Exception {
        for (int i = 0; i < 5; i++) {
            node();
            if (i > 0) nodes.get(i).dial(nodes.get(i - 1));
        }
        for (int i = 1; i < 5; i++) {
            PeerId before = nodes.get(i - 1).host.peerId();
            Node here = nodes.get(i);
            await(() -> here.mesh().contains(before));
            await(() -> nodes.get(nodes.indexOf(here) - 1).mesh().contains(here.host.peerId()));
        }
        String large = "x".repeat(300_000);

        nodes.getFirst().publish("from the first");
        nodes.getLast().publish(large);

        for (Node node : nodes) { // ours, too: a subscriber hears what its own node publishes
            await(() -> node.payloads.size() >= 2);
            assertThat(node.payloads.stream().map(String::length).sorted())
                    .containsExactly(14, 300_000);
        }
    }

    @Test
    @DisplayName("who goes leaves the mesh, and is grafted again when it comes back")
    void reconnects() throws Exception {
        Node one = node();
        Node other = node();
        Connection connection = one.dial(other);
        await(() -> other.mesh().contains(one.host.peerId()));

        connection.close(0);
        await(() -> other.mesh().isEmpty() && one.mesh().isEmpty());
        one.dial(other);
        await(() -> other.mesh().contains(one.host.peerId()));
        await(() -> one.mesh().contains(other.host.peerId()));
        one.publish("again");

        await(() -> other.payloads.contains("again"));
    }
}
