package org.pollen.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;

/// Nodes of discv5 on loopback addresses of their own.
class Discv5IT {
    private final SplittableRandom random = new SplittableRandom(3);
    private final List<Node> nodes = new ArrayList<>();

    private record Node(PeerId id, Discv5 discv5, Map<PeerId, List<Multiaddr>> found) {}

    private Node node(String network, PrivateKey key, String... bootnodes) throws Exception {
        Node node = silent(network, key, bootnodes);
        node.discv5.start().get(1, TimeUnit.MINUTES);
        return node;
    }

    private Node silent(String network, PrivateKey key, String... bootnodes) throws Exception {
        InetSocketAddress listen = free(InetAddress.getByName("127.75.0." + (nodes.size() + 1)));
        var found = new ConcurrentHashMap<PeerId, List<Multiaddr>>();
        var discv5 =
                new Discv5(
                        new Discv5.Settings(
                                key,
                                network,
                                listen,
                                9000 + nodes.size(),
                                OptionalInt.empty(),
                                List.of(bootnodes),
                                true,
                                Duration.ofSeconds(1)),
                        found::put);
        var node = new Node(key.publicKey().peerId(), discv5, found);
        nodes.add(node);
        return node;
    }

    /// The library tells of no port that the system chose, so one is chosen before: one that the
    /// system chooses for nobody.
    private static InetSocketAddress free(InetAddress address) throws IOException {
        int port = 20_000 + (int) (ProcessHandle.current().pid() % 10_000);
        while (true) {
            try (var socket = new DatagramSocket(port, address)) {
                return new InetSocketAddress(address, socket.getLocalPort());
            } catch (BindException _) {
                port++;
            }
        }
    }

    @AfterEach
    void stop() {
        nodes.forEach(node -> node.discv5.close());
    }

    @Test
    @DisplayName("nodes that know only a bootnode find each other; those of other networks do not")
    void find() throws Exception {
        Node boot = node("net", PrivateKey.generateEd25519(random));
        Node one = node("net", PrivateKey.generateEd25519(random), boot.discv5.record());
        Node two = node("net", PrivateKey.generateSecp256k1(random), boot.discv5.record());
        Node stranger = node("other", PrivateKey.generateEd25519(random), boot.discv5.record());

        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .until(() ->
                        one.found.containsKey(two.id)
                                && two.found.containsKey(one.id)
                                && boot.found.containsKey(one.id)
                                && boot.found.containsKey(two.id));

        assertThat(one.found.get(two.id))
                .containsExactly(Multiaddr.parse("/ip4/127.75.0.3/tcp/9002"));
        assertThat(one.found).doesNotContainKeys(stranger.id, one.id);
        assertThat(stranger.found).isEmpty();
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> one.discv5.known() >= 2);
        assertThat(one.discv5.learned()).isGreaterThanOrEqualTo(2);
        assertThat(one.discv5.searches()).isPositive();
    }

    /// A minute long, for that is how long the library's session waits for the lost answer.
    @Test
    @Tag("load")
    @DisplayName("a bootnode that was away when a node started is found when it comes")
    void lateBootnode() throws Exception {
        Node boot = silent("net", PrivateKey.generateEd25519(random));
        Node one = node("net", PrivateKey.generateEd25519(random), boot.discv5.record());

        // Two rounds without an answer: the library has dropped its only bootnode by then.
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> one.discv5.searches() >= 2);
        assertThat(one.discv5.known()).isZero();
        boot.discv5.start().get(1, TimeUnit.MINUTES);

        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .until(() -> one.found.containsKey(boot.id) && boot.found.containsKey(one.id));
    }
}
