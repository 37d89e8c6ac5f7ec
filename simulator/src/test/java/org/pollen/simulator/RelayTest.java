package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.router.OutboundRpc;

/// Pairs behind NAT that cannot punch, linked through a third peer.
class RelayTest {
    private static final long SECOND = 1_000_000_000L;

    private static Setup.Builder natted(int peers, Latency latency) {
        return Setup.of(peers, Network.ideal(latency), Profile.PLAIN)
                .nat(0.3)
                .punch(0.7)
                .relays(true);
    }

    @Test
    @DisplayName(
            "S-30: with relays the three in ten pairs that cannot punch are linked too, over both hops")
    void relays() {
        int peers = 1500;
        var links = new Links().dial(peers, 20, 0, 1);
        Setup built = natted(peers, Latency.INTEROP8).links(links).end(2 * SECOND).build();
        var simulation = new Simulation(built);

        simulation.run(() -> false);

        int attempts = 0;
        int relayed = 0;
        for (int i = 0; i < links.size(); i++) {
            int from = links.dialler(i);
            int to = links.target(i);
            boolean linked = simulation.actor(from).handleOf(to) >= 0;
            int relay = built.relay(from, to);
            assertThat(built.relay(to, from)).isEqualTo(relay);
            if (!built.natted(from) || !built.natted(to)) {
                assertThat(relay).isEqualTo(-1);
                continue;
            }
            assertThat(linked).isTrue();
            attempts++;
            if (relay < 0) continue;
            relayed++;
            assertThat(built.natted(relay)).isFalse();
            assertThat(simulation.linkNanos(from, to))
                    .isEqualTo(simulation.linkNanos(from, relay) + simulation.linkNanos(relay, to));
            int handle = simulation.actor(from).handleOf(to);
            assertThat(simulation.actor(from).relayed(handle)).isTrue();
        }
        assertThat(attempts).isGreaterThan(2000);
        assertThat((double) relayed / attempts).isCloseTo(0.3, within(0.02));
    }

    @Test
    @DisplayName("S-30: relays are no way to dial a peer behind NAT from outside")
    void outside() {
        Setup built = natted(200, Latency.PL25).links(new Links().dial(200, 8, 0, 1)).build();
        int refused = 0;
        for (int i = 0; i < built.links().size(); i++) {
            int from = built.links().dialler(i);
            int to = built.links().target(i);
            if (built.natted(from) || !built.natted(to)) continue;
            refused++;
            assertThat(built.reachable(from, to)).isFalse();
        }
        assertThat(refused).isPositive();
    }

    /// Two peers behind NAT with a relay and no other link.
    private static int[] pair(Setup setup) {
        for (int a = 0; a < setup.honest(); a++) {
            for (int b = 0; b < a; b++) if (setup.relay(a, b) >= 0) return new int[] {a, b};
        }
        throw new AssertionError("no pair");
    }

    private record Arrival(long at, long bytes) {}

    /// When messages that are published together arrive at the other end.
    private static List<Arrival> arrivals(Network network, int messages, int size) {
        Setup.Builder setup =
                Setup.of(20, network, Profile.PLAIN).nat(0.5).relays(true).end(60 * SECOND);
        int[] pair = pair(setup.build());
        var links = new Links();
        links.add(pair[0], pair[1], 0);
        var arrivals = new ArrayList<Arrival>();
        setup.links(links)
                .listener((at, peer, eventClass, source, content) -> {
                    if (peer == pair[1]
                            && source == pair[0]
                            && eventClass == Actor.ARRIVAL
                            && content instanceof OutboundRpc rpc
                            && rpc.singleMessage() != null) {
                        arrivals.add(new Arrival(at, Network.wireBytes(rpc.bodyLength())));
                    }
                });
        for (int i = 0; i < messages; i++) {
            setup.message(
                    new PlannedMessage(5 * SECOND, pair[0], size, PlannedMessage.Kind.NORMAL));
        }
        new Simulation(setup.build()).run(() -> false);
        return arrivals;
    }

    @Test
    void aMessageTakesBothHopsAndTheTimeOfTheRelay() {
        List<Arrival> one = arrivals(Network.ideal(Latency.named("const(20ms)")), 1, 1024);

        assertThat(one).hasSize(1);
        long takes = 40_000_000 + RelayedLinks.nanos(one.getFirst().bytes);
        assertThat(one.getFirst().at - 5 * SECOND).isBetween(takes, takes + 1000);
    }

    @Test
    void aRelayPasses128KibibytesASecondAndTheRestWaitsForItInTurn() {
        List<Arrival> all = arrivals(Network.ideal(Latency.named("const(20ms)")), 16, 32 << 10);

        assertThat(all).hasSize(16);
        long bytes = 0;
        for (Arrival each : all) {
            bytes += each.bytes;
            long takes = 40_000_000 + RelayedLinks.nanos(bytes);
            assertThat(each.at - 5 * SECOND).isBetween(takes, takes + 16_000);
        }
        assertThat(all.getLast().at - 5 * SECOND).isBetween(4 * SECOND, 9 * SECOND / 2);
    }

    @Test
    void whatWaitsForARelayWaitsInTheRouterWhoseQueueHasALimit() {
        int got = arrivals(Network.ideal(Latency.PL25), 120, 32 << 10).size();

        assertThat(got).isBetween(20, 60); // a queue takes 1 MiB
    }

    @Test
    void anUplinkThatIsSlowerThanTheRelayIsWhatCounts() {
        Network slow =
                Network.ideal(Latency.named("const(20ms)"))
                        .withBandwidth(Network.Bandwidth.uniform(400_000));
        for (Network.Sharing mode : Network.Sharing.values()) {
            List<Arrival> all = arrivals(slow.withSharing(mode), 4, 8 << 10);

            assertThat(all.getLast().at - 5 * SECOND).isBetween(650_000_000L, 2 * SECOND);
        }
    }

    @Test
    void withoutAPeerThatStaysAndCanBeDialledThereIsNoRelay() {
        Setup.Builder setup = Setup.of(30, Network.ideal(Latency.PL25), Profile.PLAIN).relays(true);

        assertThat(setup.nat(1).build().reachable(1, 2)).isFalse();
        setup.nat(0.5).churn(0.5, SECOND, SECOND, SECOND, 4);
        Setup built = setup.build();
        int[] pair = pair(built);
        assertThat(built.reachable(pair[0], pair[1])).isTrue();
        for (int relay : built.relays()) {
            assertThat(built.churn().toggles(relay)).isEmpty();
            assertThat(built.natted(relay)).isFalse();
        }
        setup.churn(1, SECOND / 10, SECOND / 10, 0, 4);
        assertThat(setup.build().relays()).isEmpty();
        assertThat(setup.churn(0, SECOND, SECOND, 0, 4).relays(false).build().relays()).isEmpty();
    }

    @Test
    void relayedLinksAreTrimmedFirst() {
        Setup.Builder setup =
                Setup.of(60, Network.ideal(Latency.PL25), Profile.PLAIN)
                        .nat(0.4)
                        .relays(true)
                        .end(10 * SECOND);
        int victim = pair(setup.build())[0];
        var links = new Links();
        for (int p = 0; p < 60; p++) if (p != victim) links.add(victim, p, 0);
        setup.links(links);
        var all = new Simulation(setup.build());
        all.run(() -> false);
        int relayed = relayed(all, victim);
        assertThat(relayed).isBetween(10, 40);
        assertThat(all.actor(victim).links()).isEqualTo(59);

        var trimmed = new Simulation(setup.watermarks(59 - relayed, 54, SECOND).build());
        trimmed.run(() -> false);

        assertThat(trimmed.actor(victim).links()).isEqualTo(59 - relayed);
        assertThat(relayed(trimmed, victim)).isZero();
    }

    private static int relayed(Simulation simulation, int peer) {
        int count = 0;
        for (int remote : simulation.actor(peer).linkedRemotes()) {
            if (simulation.actor(peer).relayed(simulation.actor(peer).handleOf(remote))) count++;
        }
        return count;
    }

    @Test
    void relaysAreTheSameRunForAnyWorkers() {
        Setup.Builder setup =
                natted(200, Latency.INTEROP8)
                        .links(new Links().dial(200, 10, 0, 1))
                        .end(14 * SECOND)
                        .workload(200, 4, 20_000, 6 * SECOND, 11 * SECOND, 1);
        SimulationResult one = new Simulation(setup.build()).run(() -> false);
        SimulationResult two = new Simulation(setup.workers(2).build()).run(() -> false);
        SimulationResult all = new Simulation(setup.allHeartbeats().build()).run(() -> false);

        assertThat(one.delivery()).isEqualTo(1);
        assertThat(two.digest()).isEqualTo(one.digest());
        assertThat(all.digest()).isEqualTo(one.digest());
        assertThat(new Simulation(setup.relays(false).build()).run(() -> false).digest())
                .isNotEqualTo(one.digest());
    }
}
