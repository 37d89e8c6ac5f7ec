package org.pollen.node.twin;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.HostLimits;
import org.pollen.node.Shared;
import org.pollen.node.gossip.GossipEvents;
import org.pollen.node.gossip.GossipService;
import org.pollen.node.gossip.GossipSetup;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams;
import org.pollen.router.Verdict;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.simulator.Links;
import org.pollen.simulator.Profile;
import org.pollen.simulator.Simulation;

/// The peers of a simulation as real ones: hosts on loopback with their own addresses, Noise, Yamux
/// and the router of a node, with the heartbeats at the instants they have in the simulation.
///
/// The peers are linked without delays, before the network's time begins.
final class RealNetwork implements AutoCloseable {
    static final Mask TOPIC = Mask.topic("t");

    private static final long SECOND = 1_000_000_000L;

    private static final int DIALS_AT_ONCE = 40;

    private final Simulation twin;
    private final Profile profile;
    private final Duration validation;
    private final long lead;
    private final long born = System.nanoTime() - SECOND; // no reading is negative
    private final ScheduledExecutorService validators =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
    private final Shared shared = new Shared(2);
    private final DelayedLinks wire = new DelayedLinks();
    private final List<Host> hosts = new ArrayList<>();
    private final List<GossipService> gossip = new ArrayList<>();
    private final List<SilentSybil> sybils = new ArrayList<>();
    private final Map<PeerId, Integer> indexes = new HashMap<>();
    private final TwinRecord record;
    private volatile long birth = -1; // of the router that is being made
    private volatile @Nullable Throwable defect;

    /// @param validation how long validators take
    /// @param lead from construction until the network's time begins: by then all links are there
    RealNetwork(
            Simulation twin,
            int honest,
            int silent,
            Profile profile,
            Duration validation,
            Duration lead) {
        this.lead = lead.toNanos();
        this.twin = twin;
        this.validation = validation;
        this.profile = profile;
        record = new TwinRecord(honest, this::indexOf, lead.toNanos());
        for (int i = 0; i < honest + silent; i++) {
            PrivateKey key = key(i);
            var loop = Objects.requireNonNull(shared.nodeLoop());
            Host host =
                    Host.create(
                            HostConfig.builder(key)
                                    .listen(Multiaddr.tcp(address(i).getAddress(), 0))
                                    .dialFrom(address(i))
                                    .eventLoops(loop)
                                    .handshakes(shared.handshakes())
                                    .limits(HostLimits.DEFAULT.withConnectionsPerIp(1000, true))
                                    .build());
            hosts.add(host);
            indexes.put(host.peerId(), i);
            if (i >= honest) {
                sybils.add(new SilentSybil(host, profile));
                host.start().join();
                continue;
            }
            int index = i;
            // Whole seconds before its heartbeats, so that scores are refreshed together with them,
            // as in the simulation.
            birth = clock() - Math.floorMod(clock() - twin.phaseNanos(index), SECOND);
            var service =
                    new GossipService(
                            setup(key, host, index),
                            shared.validation(),
                            GossipEvents.NONE,
                            cause -> defect = cause,
                            loop);
            birth = -1;
            service.join("t", TOPIC, (_, answer) -> accept(answer), _ -> {});
            gossip.add(service);
            host.start().join();
            service.start();
        }
    }

    private boolean accept(Consumer<Verdict> answer) {
        var _ =
                validators.schedule(
                        () -> answer.accept(Verdict.ACCEPT),
                        validation.toNanos(),
                        TimeUnit.NANOSECONDS);
        return true;
    }

    private GossipSetup setup(PrivateKey key, Host host, int index) {
        long first =
                lead
                        + profile.params().heartbeatInitialDelay().toNanos()
                        + twin.phaseNanos(index)
                        - routerClock();
        RouterParams params =
                profile.params().toBuilder()
                        .heartbeatInitialDelay(Duration.ofNanos(Math.max(0, first)))
                        .build();
        PeerScoreParams scores = Objects.requireNonNull(profile.scores());
        return new GossipSetup(
                "twin" + index,
                key,
                host,
                params,
                List.of(profile.protocol().id()),
                scores,
                profile.thresholds(),
                new SplittableRandom(twin.setup().seed() * 1000 + index),
                this::routerClock,
                System.currentTimeMillis() * 1_000_000,
                true,
                false,
                null,
                event -> record.event(index, event),
                null);
    }

    private static PrivateKey key(int index) {
        var secret = new byte[32];
        new SplittableRandom(index).nextBytes(secret);
        return PrivateKey.ed25519(secret);
    }

    private static InetAddress address(int index) {
        try {
            return InetAddress.getByAddress(
                    new byte[] {127, 72, (byte) (9 + index / 200), (byte) (1 + index % 200)});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private int indexOf(PeerId id) {
        return indexes.getOrDefault(id, -1);
    }

    private long routerClock() {
        long made = birth;
        return made < 0 ? clock() : made;
    }

    private long clock() {
        return System.nanoTime() - born;
    }

    /// The network's time, negative before it begins.
    long now() {
        return clock() - lead;
    }

    TwinRecord record() {
        return record;
    }

    /// Links the peers, and lets the network's time begin: from then on links take as long as in
    /// the simulation.
    ///
    /// @return whether it could; a machine that is busy with other things needs a longer lead
    boolean begin(Links links) {
        var dials = new ArrayList<CompletableFuture<Connection>>();
        for (int i = 0; i < links.size(); i++) {
            int from = links.dialler(i);
            int to = links.target(i);
            Multiaddr there = hosts.get(to).listenAddresses().getFirst();
            var target = new InetSocketAddress(address(to), there.tcpPort().orElseThrow());
            int port = wire.link(from, address(from), to, target);
            Multiaddr through = Multiaddr.tcp(address(to).getAddress(), port);
            dials.add(hosts.get(from).dialNow(through.withPeerId(hosts.get(to).peerId())));
            if (dials.size() % DIALS_AT_ONCE == 0) join(dials);
        }
        join(dials);
        if (now() > 0) return false;
        awaitTime(0);
        delays(twin::linkNanos);
        sybils.forEach(SilentSybil::graft);
        return true;
    }

    /// The share of reads that were passed on more than 3 ms too late, because the machine was busy
    /// with other things.
    double disturbed() {
        return wire.lateShare();
    }

    private static void join(List<CompletableFuture<Connection>> dials) {
        CompletableFuture.allOf(dials.toArray(CompletableFuture[]::new)).join();
    }

    /// Links take so long from now on.
    void delays(DelayedLinks.Delay delay) {
        wire.delay(delay);
    }

    /// A peer publishes.
    void publish(int peer, byte[] payload) {
        var _ = gossip.get(peer).publish(TOPIC, payload, false);
    }

    /// Returns at an instant of the network's time.
    void awaitTime(long nanos) {
        for (long left; (left = nanos - now()) > 0; ) {
            LockSupport.parkNanos(left);
        }
        Throwable cause = defect;
        if (cause != null) throw new IllegalStateException("a router stopped", cause);
    }

    @Override
    public void close() {
        gossip.forEach(GossipService::close);
        hosts.forEach(Host::close);
        wire.close();
        validators.shutdownNow();
        shared.close();
    }
}
