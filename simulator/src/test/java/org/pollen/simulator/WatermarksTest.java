package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How many links a peer keeps, which of them go, and who stays whatever he is worth.
class WatermarksTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int DIALLERS = 210;

    /// Everybody dials peer 0, whose direct peers are the last three: they dial last.
    private static Setup.Builder crowd(Profile profile) {
        var links = new Links();
        for (int p = 1; p <= DIALLERS; p++) links.add(p, 0, p * SECOND / 50);
        Setup.Builder setup =
                Setup.of(DIALLERS + 1, Network.ideal(Latency.VAC), profile)
                        .links(links)
                        .watermarks(60, 90, 20 * SECOND)
                        .end(60 * SECOND);
        if (profile.routed()) {
            for (int i = 0; i < 3; i++) setup.directPeers(0, DIALLERS - i);
        }
        return setup;
    }

    @Test
    @DisplayName(
            "S-31: of 210 that dial a peer with watermarks 60/90 never more than 99 are linked, 60 after the grace, direct peers among them")
    void crowd() {
        var most = new int[1];
        var running = new Simulation[1];
        Setup setup =
                crowd(Profile.H1)
                        .listener((_, _, _, _, _) ->
                                most[0] = Math.max(most[0], running[0].actor(0).links()))
                        .probe((simulation, now) -> {
                            int links = simulation.actor(0).links();
                            // The 91st came after 1.8 s: one grace later is 21.8 s.
                            if (now == 5 * SECOND || now == 21 * SECOND) {
                                assertThat(links).isEqualTo(99);
                            }
                            if (now >= 22 * SECOND) assertThat(links).isEqualTo(60);
                        })
                        .build();
        running[0] = new Simulation(setup);

        running[0].run(() -> false);

        assertThat(most[0]).isEqualTo(99);
        assertThat(running[0].honestPeer(0).remotes())
                .hasSize(60)
                .contains(DIALLERS, DIALLERS - 1, DIALLERS - 2);
        for (int i = 0; i < 3; i++) {
            assertThat(running[0].honestPeer(DIALLERS - i).remotes()).contains(0);
        }
    }

    @Test
    @DisplayName("S-31: without scores the oldest links go first; both ends know")
    void oldestFirst() {
        var simulation = new Simulation(crowd(Profile.LIGHT).build());

        simulation.run(() -> false);

        int[] left = Arrays.stream(simulation.actor(0).linkedRemotes()).sorted().toArray();
        assertThat(left).hasSize(60);
        // The first 99 had places; those that came last of them are left.
        assertThat(left[0]).isGreaterThan(30);
        assertThat(left[59]).isLessThan(110);
        for (int p = 1; p <= DIALLERS; p++) {
            boolean known = Arrays.binarySearch(left, p) >= 0;
            assertThat(simulation.actor(p).links()).isEqualTo(known ? 1 : 0);
        }
    }

    /// Links to whoever breaks promises or sends invalid messages are worth least.
    @Test
    @DisplayName("S-31: those of the lowest score go before older ones")
    void lowestScoreFirst() {
        var links = new Links();
        // Ten honest peers first, ten that publish invalid messages as the last.
        for (int p = 1; p <= 20; p++) links.add(p, 0, p * SECOND / 10);
        Setup.Builder setup =
                Setup.of(21, Network.ideal(Latency.PL25), Profile.H0_QUICK)
                        .links(links)
                        .watermarks(10, 18, 20 * SECOND)
                        .end(30 * SECOND);
        for (int i = 0; i < 20; i++) {
            int publisher = 11 + i % 8;
            long at = 5 * SECOND + i * SECOND / 10;
            setup.message(new PlannedMessage(at, publisher, 200, PlannedMessage.Kind.INVALID));
        }
        var simulation = new Simulation(setup.build());

        simulation.run(() -> false);

        int[] left = simulation.honestPeer(0).remotes();
        assertThat(left).hasSize(10);
        assertThat(left).doesNotContain(11, 12, 13, 14, 15, 16, 17, 18);
    }

    @Test
    @DisplayName("S-31: a trimmed pair does not dial each other at once, whoever wants it to")
    void apart() {
        var links = new Links();
        for (int p = 1; p <= 20; p++) links.add(p, 0, 0);
        for (int second = 12; second <= 21; second++) {
            for (int p = 1; p <= 20; p++) {
                if (second % 2 == 0) links.add(p, 0, second * SECOND);
                else links.add(0, p, second * SECOND);
            }
        }
        var dials = new int[40];
        var simulation =
                new Simulation(
                        Setup.of(21, Network.ideal(Latency.PL25), Profile.PLAIN)
                                .links(links)
                                .watermarks(10, 15, 10 * SECOND)
                                .listener((time, _, eventClass, _, _) -> {
                                    if (eventClass == Actor.LINK_UP) dials[(int) (time / SECOND)]++;
                                })
                                .end(30 * SECOND)
                                .build());

        simulation.run(() -> false);

        // Sixteen of twenty were linked, trimmed to ten: only the four that were refused at the
        // beginning dial again before the grace is over, and are linked.
        assertThat(dials[0]).isEqualTo(40);
        assertThat(dials[12]).isEqualTo(8);
        for (int second = 13; second <= 20; second++) assertThat(dials[second]).isZero();
        assertThat(dials[21]).isEqualTo(4); // and there is room for two
        assertThat(simulation.actor(0).links()).isEqualTo(16);
    }

    @Test
    void theOrderOfTrimmingIsRelayedThenScoreThenAge() {
        var trimming = new Trimming(new Watermarks(2, 3, 10), new int[] {9});
        var relayed = new Trimming.Link(1, true, 5, 3);
        var poor = new Trimming.Link(2, false, -1, 4);
        var oldest = new Trimming.Link(3, false, 0, 1);
        var younger = new Trimming.Link(4, false, 0, 2);
        var young = new Trimming.Link(5, false, -9, 91);
        var direct = new Trimming.Link(9, false, -9, 0);
        List<Trimming.Link> all = List.of(younger, direct, young, oldest, poor, relayed);

        assertThat(trimming.excess(all, 100)).containsExactly(relayed, poor, oldest, younger);
        assertThat(trimming.excess(all.subList(0, 4), 100)).containsExactly(oldest, younger);
        assertThat(trimming.excess(all.subList(0, 3), 100)).isEmpty();
    }

    @Test
    void aLookIsPlannedOnceAndAgainWhileThereAreTooMany() {
        var trimming = new Trimming(new Watermarks(2, 3, 10), new int[0]);

        assertThat(trimming.linked(0, 3, 0)).isFalse();
        assertThat(trimming.linked(1, 4, 0)).isTrue();
        assertThat(trimming.linked(2, 5, 0)).isFalse();
        trimming.looked();
        assertThat(trimming.stillOver(4)).isTrue();
        assertThat(trimming.linked(3, 5, 0)).isFalse();
        trimming.looked();
        assertThat(trimming.stillOver(3)).isFalse();
        trimming.part(7, 100);
        assertThat(trimming.parted(7, 109)).isTrue();
        assertThat(trimming.parted(7, 110)).isFalse();
        assertThat(trimming.parted(8, 100)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    -1, 5, 1,  low is -1 and high 5: they must be 0 <= low <= high and high at least 1
                    6, 5, 1,   low is 6 and high 5: they must be 0 <= low <= high and high at least 1
                    0, 0, 1,   low is 0 and high 0: they must be 0 <= low <= high and high at least 1
                    1, 2, 0,   grace is 0 ns: it must be positive
                    """)
    void watermarksThatMakeNoSenseAreRefused(int low, int high, long grace, String why) {
        Setup.Builder setup = Setup.of(3, Network.ideal(Latency.PL25), Profile.PLAIN);

        assertThatThrownBy(() -> setup.watermarks(low, high, grace)).hasMessage(why);
    }

    @Test
    void aHighWatermarkMayBeAsHighAsAnInt() {
        assertThat(new Watermarks(0, Integer.MAX_VALUE, 1).most()).isEqualTo(Integer.MAX_VALUE);
        assertThat(new Watermarks(60, 90, 1).most()).isEqualTo(99);
    }

    @Test
    void directPeersAreTwoHonestPeersWithRouters() {
        Setup.Builder setup = Setup.of(3, Network.ideal(Latency.PL25), Profile.LIGHT);

        for (int[] pair : new int[][] {{0, 3}, {-1, 0}, {2, 2}}) {
            assertThatThrownBy(() -> setup.directPeers(pair[0], pair[1]))
                    .hasMessageContaining("two different peers below 3");
        }
        setup.directPeers(0, 1);
        assertThatThrownBy(setup::build)
                .hasMessage("direct peers with the profile light: it has no router");
        setup.profile(Profile.PLAIN).directPeers(1, 0);
        Setup built = setup.build();
        assertThat(built.directPeers(0)).containsExactly(1);
        assertThat(built.direct(1, 0)).isTrue();
        assertThat(built.direct(1, 2)).isFalse();
    }

    @Test
    void directPeersForwardAllAndAreInNoMesh() {
        // A chain of direct peers, and no other links.
        Setup.Builder setup =
                Setup.of(4, Network.ideal(Latency.PL25), Profile.PLAIN)
                        .directPeers(0, 1)
                        .directPeers(1, 2)
                        .directPeers(2, 3)
                        .end(15 * SECOND)
                        .workload(4, 2, 256, 5 * SECOND, 10 * SECOND, 1);
        var simulation = new Simulation(setup.build());

        SimulationResult result = simulation.run(() -> false);

        assertThat(result.delivery()).isEqualTo(1);
        assertThat(result.exchangeDials()).isZero();
        for (int i = 0; i < 4; i++) assertThat(simulation.honestPeer(i).mesh()).isEmpty();
        SimulationResult two = new Simulation(setup.workers(2).build()).run(() -> false);
        assertThat(two.digest()).isEqualTo(result.digest());
    }

    @Test
    void watermarksAreTheSameRunForAnyWorkers() {
        Setup.Builder setup =
                Setup.of(120, Network.ideal(Latency.PL25), Profile.H1)
                        .links(new Links().dial(120, 15, 0, 1))
                        .watermarks(16, 24, 5 * SECOND)
                        .end(15 * SECOND)
                        .workload(120, 4, 256, 6 * SECOND, 12 * SECOND, 1);
        var one = new Simulation(setup.build());
        SimulationResult alone = one.run(() -> false);
        SimulationResult three = new Simulation(setup.workers(3).build()).run(() -> false);

        assertThat(alone.delivery()).isEqualTo(1);
        assertThat(three.digest()).isEqualTo(alone.digest());
        for (int i = 0; i < 120; i++) assertThat(one.actor(i).links()).isBetween(1, 26);
    }
}
