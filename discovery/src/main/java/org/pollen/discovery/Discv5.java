package org.pollen.discovery;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.tuweni.bytes.Bytes;
import org.ethereum.beacon.discovery.AddressAccessPolicy;
import org.ethereum.beacon.discovery.DiscoverySystem;
import org.ethereum.beacon.discovery.DiscoverySystemBuilder;
import org.ethereum.beacon.discovery.crypto.Signer;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.ethereum.beacon.discovery.schema.NodeRecordFactory;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node of discv5: lets itself be found and tells of peers of its network.
///
/// The library has its own threads and socket. What it finds is bounded by its routing table; a
/// round of searching tells of at most [#FOUND_MAX] records.
public final class Discv5 implements AutoCloseable {
    /// Records that are looked at in a round.
    public static final int FOUND_MAX = 256;

    private static final Logger log = LoggerFactory.getLogger(Discv5.class);
    private static final long GREETING_MILLIS = 2_000;

    private final Settings settings;
    private final BiConsumer<PeerId, List<Multiaddr>> found;
    private final PeerId self;
    private final DiscoverySystem system;
    private final Bootnodes bootnodes; // of the timer's thread
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(task -> {
                var thread = new Thread(task, "discv5-search");
                thread.setDaemon(true);
                return thread;
            });
    private volatile Set<PeerId> known = Set.of(); // of the last round
    private final LongAdder learned = new LongAdder();
    private final LongAdder searches = new LongAdder();
    private final LongAdder failures = new LongAdder();

    /// What a node is made of.
    ///
    /// @param identity Ed25519 or secp256k1
    /// @param network whose nodes are looked for; at most 32 bytes
    /// @param listen UDP; with the unspecified address others tell where we are
    /// @param tcpPort where peers reach us
    /// @param quicPort where peers reach us by QUIC, if they do
    /// @param bootnodes records in text, `enr:...`
    /// @param privateAddresses whether nodes at addresses that are not public count
    /// @param pause between two rounds of searching
    public record Settings(
            PrivateKey identity,
            String network,
            InetSocketAddress listen,
            int tcpPort,
            OptionalInt quicPort,
            List<String> bootnodes,
            boolean privateAddresses,
            Duration pause) {
        private static final int NETWORK_BYTES_MAX = 32;

        /// Checks each.
        public Settings {
            bootnodes = List.copyOf(bootnodes);
            if (network.isEmpty() || network.length() > NETWORK_BYTES_MAX) {
                throw new IllegalArgumentException(
                        "network has %d characters: it must have 1 to %d"
                                .formatted(network.length(), NETWORK_BYTES_MAX));
            }
            bootnodes.forEach(Settings::record);
            var _ = NodeRecords.signer(identity);
        }

        /// The same for a node whose listeners are bound.
        public Settings withPorts(int tcp, OptionalInt quic) {
            return new Settings(
                    identity, network, listen, tcp, quic, bootnodes, privateAddresses, pause);
        }

        private static NodeRecord record(String text) {
            try {
                NodeRecord record = NodeRecordFactory.DEFAULT.fromEnr(text);
                if (record.isValid()) {
                    return record;
                }
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(text + ": no node record (enr:...)", e);
            }
            throw new IllegalArgumentException(text + ": its signature is wrong");
        }
    }

    /// A node that has not started.
    ///
    /// @param found told of a peer and its addresses, without peer id, each time it is found
    public Discv5(Settings settings, BiConsumer<PeerId, List<Multiaddr>> found) {
        this.settings = settings;
        this.found = found;
        this.self = settings.identity().publicKey().peerId();
        this.bootnodes =
                new Bootnodes(settings.bootnodes().stream().map(Settings::record).toList());
        InetSocketAddress listen = settings.listen();
        Signer signer = NodeRecords.signer(settings.identity());
        Optional<String> ip =
                listen.getAddress().isAnyLocalAddress()
                        ? Optional.empty()
                        : Optional.of(listen.getAddress().getHostAddress());
        Optional<Integer> tcp = Optional.of(settings.tcpPort());
        Optional<Integer> quic =
                settings.quicPort().isPresent()
                        ? Optional.of(settings.quicPort().getAsInt())
                        : Optional.empty();
        AddressAccessPolicy policy =
                address ->
                        settings.privateAddresses()
                                || Multiaddr.tcp(
                                                address.getAddress().getAddress(),
                                                address.getPort())
                                        .isPublic();
        this.system =
                new DiscoverySystemBuilder()
                        .listen(listen)
                        .signer(signer)
                        .localNodeRecord(
                                NodeRecords.own(
                                        settings.identity(),
                                        settings.network(),
                                        System.currentTimeMillis() / 1000,
                                        ip,
                                        listen.getPort(),
                                        settings.tcpPort(),
                                        settings.quicPort()))
                        .bootnodes(bootnodes.records())
                        .newAddressHandler((old, seen) ->
                                Optional.of(
                                        old.withNewAddress(
                                                seen,
                                                tcp,
                                                seen.getAddress() instanceof Inet4Address
                                                        ? quic
                                                        : Optional.empty(),
                                                signer)))
                        .addressAccessPolicy(policy)
                        .build();
    }

    /// Binds the socket and begins to search.
    public CompletableFuture<Void> start() {
        return system.start()
                .thenRun(() -> {
                    log.info("discv5: we are {}", record());
                    var _ =
                            timer.scheduleWithFixedDelay(
                                    this::search,
                                    0,
                                    settings.pause().toMillis(),
                                    TimeUnit.MILLISECONDS);
                });
    }

    /// Our record as others' bootnodes name it.
    public String record() {
        return system.getLocalNodeRecord().asEnr();
    }

    /// Peers of the network in the last round.
    public int known() {
        return known.size();
    }

    /// Peers that were found and were not in the round before.
    public long learned() {
        return learned.sum();
    }

    /// Rounds of searching that ended.
    public long searches() {
        return searches.sum();
    }

    /// Rounds of searching that failed.
    public long failures() {
        return failures.sum();
    }

    /// Greets bootnodes that were given up; with nobody else to ask, waits for an answer.
    private void greet() throws InterruptedException {
        Set<Bytes> live =
                system.streamLiveNodes().map(NodeRecord::getNodeId).collect(Collectors.toSet());
        CompletableFuture<?>[] pings =
                bootnodes.silent(live, System.nanoTime()).stream()
                        .map(system::ping)
                        .toArray(CompletableFuture[]::new);
        if (live.isEmpty() && pings.length > 0) {
            try {
                CompletableFuture.anyOf(pings).get(GREETING_MILLIS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException _) {
                // it is greeted again
            }
        }
    }

    private void search() {
        try {
            greet();
            Collection<NodeRecord> news =
                    system.searchForNewPeers()
                            .get(settings.pause().toMillis() + 10_000, TimeUnit.MILLISECONDS);
            Set<NodeRecord> all = new LinkedHashSet<>(news);
            system.streamLiveNodes().limit(FOUND_MAX).forEach(all::add);
            Set<PeerId> peers = new LinkedHashSet<>();
            for (NodeRecord record : all.stream().limit(FOUND_MAX).toList()) {
                var read = NodeRecords.read(record, settings.network());
                if (read.isPresent() && !read.get().peer().equals(self)) {
                    peers.add(read.get().peer());
                    found.accept(read.get().peer(), read.get().addresses());
                }
            }
            learned.add(peers.stream().filter(peer -> !known.contains(peer)).count());
            known = peers;
            searches.increment();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (Exception e) { // the next round may do better
            failures.increment();
            log.debug("a search of discv5 failed: {}", e.toString());
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        system.stop();
    }
}
