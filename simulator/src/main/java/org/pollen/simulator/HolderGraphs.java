package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import org.pollen.router.RouterParams.MultiBitMode;
import org.pollen.simulator.Verdict.Gate;

/// K-40: how far a message on a mask gets that few peers hold, where it is sent to holders only.
///
/// Others neither subscribe nor pass anything on, so they are left out of the run: the graph is
/// drawn for all peers, and the links between two holders are kept.
///
/// Source: simulator specification 3.6.
final class HolderGraphs {
    private static final long SECOND = 1_000_000_000L;
    private static final int DEGREE = 40;
    private static final int MESSAGES = 100;

    private HolderGraphs() {}

    static List<Gate> gates(Arena arena) {
        var gates = new ArrayList<Gate>();
        reach(arena, gates, 50_000, 0.01, 2, 0);
        reach(arena, gates, 25_000, 0.02, 2, 0);
        reach(arena, gates, 10_000, 0.05, 16, 0.635);
        reach(arena, gates, 10_000, 0.10, 4, 0.961);
        reach(arena, gates, 10_000, 0.20, 2, 0.999);
        return gates;
    }

    /// The mean over some graphs: near the threshold of a giant component, one of them says little.
    private static void reach(
            Arena arena, List<Gate> gates, int peers, double share, int graphs, double wanted) {
        double sum = 0;
        for (int g = 0; g < graphs; g++) {
            long seed = Mix.mix(arena.seed(), Mix.HOLDER, g);
            arena.named("%.0f %% hold, graph %d".formatted(100 * share, g + 1));
            sum += arena.run(setup(seed, peers, DEGREE, share)).delivery();
        }
        double mean = sum / graphs;
        String what = "%.0f %% hold, lambda %.1f: reach".formatted(100 * share, DEGREE * share);
        if (wanted > 0) gates.add(Gate.atLeast(what, wanted - 0.03, mean));
        gates.add(Gate.atMost(what, Math.min(1, wanted + 0.03), mean));
    }

    /// The holders among so many peers, each of which dials half the degree.
    static Setup.Builder setup(long seed, int peers, int degree, double share) {
        var numbers = new int[peers]; // of holders, -1 for others
        int holders = 0;
        for (int p = 0; p < peers; p++) {
            numbers[p] = Mix.unit(seed, p, Mix.HOLDER) < share ? holders++ : -1;
        }
        var all = new Links().dial(peers, degree / 2, 0, seed);
        var links = new Links();
        for (int i = 0; i < all.size(); i++) {
            int from = numbers[all.dialler(i)];
            int to = numbers[all.target(i)];
            if (from >= 0 && to >= 0) links.add(from, to, 0);
        }
        Setup.Builder setup =
                Setup.of(
                                holders,
                                Network.ideal(Latency.PL25),
                                FurtherAttacks.blossom(MultiBitMode.FLOOD_HOLDERS))
                        .seed(seed)
                        .masks(List.of(FurtherAttacks.bits(3, 77, 200)))
                        .links(links)
                        .end(5 * SECOND);
        for (int m = 0; m < MESSAGES; m++) {
            int publisher = (int) (Mix.unit(seed, m, 40) * holders);
            long at = 2 * SECOND + m * (SECOND / 100);
            setup.message(new PlannedMessage(at, publisher, 64, PlannedMessage.Kind.NORMAL));
        }
        return setup;
    }
}
