package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pollen.router.RouterParams.MultiBitMode;

/// Graphs of the holders of a mask, without the peers that are none.
class HolderGraphsTest {
    private static final int PEERS = 400;
    private static final int DEGREE = 12;
    private static final double SHARE = 0.25;

    /// The same graph with all its peers in the run.
    private static Setup.Builder whole(long seed) {
        Setup.Builder setup =
                Setup.of(
                                PEERS,
                                Network.ideal(Latency.PL25),
                                FurtherAttacks.blossom(MultiBitMode.FLOOD_HOLDERS))
                        .seed(seed)
                        .masks(List.of(FurtherAttacks.bits(3, 77, 200)))
                        .holders(SHARE)
                        .links(new Links().dial(PEERS, DEGREE / 2, 0, seed))
                        .end(5_000_000_000L);
        var holders =
                java.util.stream.IntStream.range(0, PEERS)
                        .filter(p -> Mix.unit(seed, p, Mix.HOLDER) < SHARE)
                        .toArray();
        Setup some = HolderGraphs.setup(seed, PEERS, DEGREE, SHARE).build();
        for (PlannedMessage message : some.messages()) {
            setup.message(
                    new PlannedMessage(
                            message.at(),
                            holders[message.publisher()],
                            64,
                            PlannedMessage.Kind.NORMAL));
        }
        return setup;
    }

    @Test
    void peersThatAreNoHoldersMakeNoDifference() {
        for (long seed = 1; seed <= 3; seed++) {
            SimulationResult all = new Simulation(whole(seed).build()).run(() -> false);
            SimulationResult some =
                    new Simulation(HolderGraphs.setup(seed, PEERS, DEGREE, SHARE).build())
                            .run(() -> false);

            assertThat(some.reached()).isEqualTo(all.reached());
            assertThat(some.delivery()).isEqualTo(all.delivery()).isBetween(0.5, 0.99);
        }
    }
}
