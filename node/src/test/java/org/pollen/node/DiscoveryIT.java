package org.pollen.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.discovery.Discv5;
import org.pollen.libp2p.peers.PeerManager;
import org.pollen.node.config.Config;
import org.pollen.node.config.ConfigLoader;
import org.pollen.peer.PrivateKey;

/// Whole nodes that know nobody but a node record.
class DiscoveryIT {
    private final Shared shared = new Shared(2);
    private final SplittableRandom random = new SplittableRandom(9);
    private final List<NodeRuntime> nodes = new ArrayList<>();

    private NodeRuntime node(String... bootnodes) throws Exception {
        String ip = "127.76.0." + (nodes.size() + 1);
        int port = free(InetAddress.getByName(ip));
        Config config =
                ConfigLoader.load(
                        null,
                        Map.of(),
                        List.of(
                                "p2p.host=" + ip,
                                "p2p.port=0",
                                "p2p.privateNetwork=true",
                                "p2p.discv5=true",
                                "p2p.discv5Port=" + port,
                                "p2p.discv5Bootnodes=" + String.join(",", bootnodes),
                                "ops.port=0"),
                        Map.of());
        PrivateKey key = PrivateKey.generateEd25519(random);
        NodeSetup setup =
                ConfiguredNode.setup(config, key, null, random.split(), Path.of("unused"));
        var runtime =
                new NodeRuntime(
                        setup,
                        shared,
                        System::nanoTime,
                        System::currentTimeMillis,
                        NodeRuntime.Probe.NONE);
        nodes.add(runtime);
        runtime.manage(ConfiguredNode.peering(config), PeerManager.Store.NONE);
        Discv5.Settings settings = ConfiguredNode.discv5(config, key).orElseThrow();
        runtime.discover(
                new Discv5.Settings(
                        key,
                        settings.network(),
                        settings.listen(),
                        settings.tcpPort(),
                        settings.quicPort(),
                        settings.bootnodes(),
                        settings.privateAddresses(),
                        Duration.ofSeconds(1)));
        runtime.bind();
        runtime.start();
        return runtime;
    }

    /// A UDP port that the system chooses for nobody, so none takes it before the node does.
    private static int free(InetAddress address) throws IOException {
        int port = 20_000 + (int) (ProcessHandle.current().pid() % 10_000);
        while (true) {
            try (var socket = new DatagramSocket(port, address)) {
                return socket.getLocalPort();
            } catch (BindException _) {
                port++;
            }
        }
    }

    @AfterEach
    void stop() {
        nodes.forEach(NodeRuntime::close);
        shared.close();
    }

    @Test
    @DisplayName("three nodes connect through the record of one of them")
    void connect() throws Exception {
        NodeRuntime boot = node();
        String record = boot.nodeRecord().orElseThrow();
        NodeRuntime one = node(record);
        NodeRuntime two = node(record);

        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .until(() ->
                        nodes.stream().allMatch(node -> node.host().peers() == nodes.size() - 1));

        // Every node searches once a second, so the last round has both others before long; but an
        // answer that was lost costs the library a minute.
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .untilAsserted(() -> {
                    assertThat(one.host().connection(two.host().peerId())).isPresent();
                    assertThat(metrics(one))
                            .contains("libp2p_discovered_peers_total{source=\"discv5\"}")
                            .contains("libp2p_discv5_peers 2.0")
                            .containsPattern("libp2p_discv5_searches_total.result=\"ok\". [1-9]");
                });
    }

    private static String metrics(NodeRuntime node) throws Exception {
        InetSocketAddress address = Objects.requireNonNull(node.opsAddress());
        var page = URI.create("http://127.0.0.1:" + address.getPort() + "/metrics");
        try (var client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString())
                    .body();
        }
    }
}
