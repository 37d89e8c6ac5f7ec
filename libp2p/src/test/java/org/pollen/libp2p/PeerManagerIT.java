package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.libp2p.peers.AddressBook;
import org.pollen.libp2p.peers.AddressBook.KnownPeer;
import org.pollen.libp2p.peers.ConnectionManager;
import org.pollen.libp2p.peers.DialScheduler;
import org.pollen.libp2p.peers.PeerManager;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// H-75 and the address book with real hosts.
class PeerManagerIT {
    private static final DialScheduler.Policy LOCAL =
            new DialScheduler.Policy(true, false, 8, 8, 8);

    /// A store that lives as long as the test.
    private static final class Memory implements PeerManager.Store {
        private final Map<PeerId, KnownPeer> peers = new LinkedHashMap<>();

        @Override
        public synchronized List<KnownPeer> load() {
            return List.copyOf(peers.values());
        }

        @Override
        public synchronized void save(AddressBook.Changes changes) {
            changes.gone().forEach(peers::remove);
            changes.kept().forEach(peer -> peers.put(peer.peer(), peer));
        }

        @Override
        public void close() {}
    }

    private static PeerManager manager(
            TestHosts hosts,
            NettyHost host,
            ConnectionManager.Settings marks,
            PeerManager.Store store,
            Multiaddr... bootnodes) {
        var manager =
                new PeerManager(
                        host,
                        new PeerManager.Settings(
                                marks, LOCAL, AddressBook.Limits.DEFAULT, List.of(bootnodes)),
                        store,
                        hosts.loops.next(),
                        hosts.handshakes,
                        null,
                        System::nanoTime,
                        System::currentTimeMillis);
        manager.start();
        return manager;
    }

    @Test
    @DisplayName(
            "H-75 over the high mark the least useful peers are told 0x1005, the protected stay")
    void trim() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1);
            a.handle("/echo", _ -> new TestHosts.Echo());
            var marks = new ConnectionManager.Settings(2, 3, 0, 0, 0);
            try (var manager = manager(hosts, a, marks, PeerManager.Store.NONE)) {
                var ends = new ArrayList<TestHosts.Recording>();
                for (int i = 2; i < 6; i++) {
                    NettyHost b = hosts.start(i);
                    if (i == 2) {
                        manager.protect(b.peerId(), "mesh");
                    }
                    HostConnection connection = TestHosts.connect(b, a);
                    var end = new TestHosts.Recording();
                    TestHosts.get(b.open(connection, List.of("/echo"), end));
                    ends.add(end);
                    if (i == 3) {
                        Awaitility.await().until(() -> a.connection(b.peerId()).isPresent());
                        a.connection(b.peerId()).orElseThrow().protect("pinned");
                    }
                }
                Awaitility.await().until(() -> a.connections().size() == 2);
                for (int i = 2; i < 4; i++) {
                    Throwable cause = ends.get(i).closed.get(10, TimeUnit.SECONDS);
                    assertThat(cause).isInstanceOf(ConnectionClosedException.class);
                    assertThat(((ConnectionClosedException) Objects.requireNonNull(cause)).code())
                            .isEqualTo(ErrorCodes.CONNECTION_GARBAGE_COLLECTED);
                }
                assertThat(ends.get(0).closed).isNotDone();
                assertThat(ends.get(1).closed).isNotDone();
                Awaitility.await().until(() -> manager.snapshot().trimmed() == 2);
            }
        }
    }

    @Test
    @DisplayName(
            "H-59 a peer met once is dialled from the stored book by the next life of the host")
    void restart() throws Exception {
        var store = new Memory();
        var marks = new ConnectionManager.Settings(2, 4, 0, 0, 0);
        try (var hosts = new TestHosts()) {
            NettyHost b = hosts.start(2);
            NettyHost first = hosts.start(1);
            try (var manager = manager(hosts, first, marks, store, TestHosts.address(b))) {
                Awaitility.await().until(() -> first.peers() == 1);
                Awaitility.await()
                        .until(() -> manager.snapshot().records().getOrDefault("added", 0L) == 1);
            }
            first.close();
            assertThat(store.load())
                    .singleElement()
                    .satisfies(peer -> {
                        assertThat(peer.peer()).isEqualTo(b.peerId());
                        assertThat(peer.envelope()).isEqualTo(b.signedRecord());
                        assertThat(peer.connectedAt()).isPositive();
                    });

            NettyHost second = hosts.start(1);
            try (var manager = manager(hosts, second, marks, store)) {
                Awaitility.await().until(() -> second.peers() == 1);
                assertThat(second.connection(b.peerId()).map(Connection::outbound))
                        .isEqualTo(Optional.of(true));
                assertThat(manager.snapshot().forbidden()).isZero();
            }
        }
    }

    @Test
    @DisplayName("H-73 a bootnode that is away is dialled again until it is there")
    void bootnodeComesBack() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost b = hosts.start(2);
            Multiaddr address = TestHosts.address(b);
            b.close();
            NettyHost a = hosts.start(1);
            var marks = new ConnectionManager.Settings(2, 4, 1, 0, 0);
            try (var _ = manager(hosts, a, marks, PeerManager.Store.NONE, address)) {
                Awaitility.await()
                        .until(() -> a.metrics().dials().getOrDefault("refused", 0L) >= 1);
                NettyHost again = hosts.start(2, c -> c.listen(address.withoutPeerId()));
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> a.connection(again.peerId()).isPresent());
            }
        }
    }

    @Test
    @DisplayName(
            "H-72 the dial that lost is cancelled and its socket closed, its address not blamed")
    void losers() throws Exception {
        try (var hosts = new TestHosts();
                var silent =
                        new java.net.ServerSocket(
                                0, 1, java.net.InetAddress.getLoopbackAddress())) {
            NettyHost a = hosts.start(1, c -> c.listen());
            NettyHost b = hosts.start(2);
            Multiaddr hangs = Multiaddr.parse("/ip4/127.0.0.1/tcp/" + silent.getLocalPort());
            var dial = a.dial(hangs.withPeerId(b.peerId()));
            Awaitility.await().until(() -> a.openSockets() == 1);
            a.cancelDials(b.peerId());
            assertThat(dial)
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableThat()
                    .havingCause()
                    .satisfies(cause ->
                            assertThat(((DialException) cause).result())
                                    .isEqualTo(DialResult.CANCELLED));
            Awaitility.await().until(() -> a.openSockets() == 0);
            var again = a.dial(hangs.withPeerId(b.peerId()));
            assertThat(again).isNotDone(); // no backoff
        }
    }
}
