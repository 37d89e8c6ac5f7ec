package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What entries of the catalogue share: their reports, their verdicts, and what they count.
class ArenaTest {
    private static final long SECOND = 1_000_000_000L;

    private static Setup.Builder network(int seconds) {
        var links = new Links().dial(20, 8, 0, 1);
        for (int sybil = 20; sybil < 30; sybil++) {
            for (int peer = 0; peer < 20; peer++) links.add(sybil, peer, 0);
        }
        return Setup.of(20, Network.ideal(Latency.PL25), Profile.H0_QUICK)
                .links(links)
                .attackers(10, (s, p, i) -> new Sybil(s, p, i, Sybil.Behaviour.SILENT))
                .end(seconds * SECOND);
    }

    @Test
    void aReportOfAnEntryWithSeveralRunsIsOfTheLastOne() {
        var arena = new Arena(1, 1);
        arena.record();
        arena.run(network(25));
        arena.run(network(10));

        RunFolder folder = Objects.requireNonNull(arena.folder("two", List.of()));

        Table mesh = Objects.requireNonNull(folder.tables().get("mesh"));
        assertThat(mesh.size()).isEqualTo(10);
        assertThat(Arrays.stream(mesh.column("attackers_most")).max().orElse(0)).isPositive();
        Table survival = Objects.requireNonNull(folder.tables().get("survival"));
        assertThat(survival.size()).isPositive();
        assertThat(Arrays.stream(survival.column("seconds")).min().orElse(-1)).isNotNegative();
        assertThat(Arrays.stream(survival.column("seconds")).max().orElse(99))
                .isLessThanOrEqualTo(10);
    }

    @Test
    void theFullFormOfAnEntryHasItsOwnLines() {
        Attacks.Entry full = FullAttacks.of(Attacks.named("K-06"));
        var gates = List.of(Verdict.Gate.atMost("p99 ms", 1, 2));
        String digest = "0".repeat(32);
        String before =
                AttackTable.json(
                        List.of(
                                new Verdict("K-06", 1, digest, 0, List.of()),
                                new Verdict("K-07", 1, digest, 0, List.of())));

        List<Verdict> all =
                AttackTable.merged(
                        before, List.of(new Verdict(full.id(), 1, "f".repeat(32), 0, gates)));

        assertThat(all).extracting(Verdict::id).containsExactly("K-06", "K-06 full", "K-07");
        assertThat(AttackTable.markdown(all))
                .contains("| K-06 cold boot |")
                .contains("| K-06 full cold boot |")
                .contains("`pollen sim run K-.. --full --seed N`");
        assertThat(AttackTable.merged(AttackTable.json(all), List.of())).hasSize(3);
    }

    /// Two attackers of a mesh go, and one of them comes back.
    @Test
    void whoIsGraftedAgainIsNotOut() {
        var leavers = new Leavers(SECOND);
        int[] flapping = {0b11, 0b01, 0b00, 0b10};
        for (int i = 0; i < 4; i++) leavers.look((i + 1) * SECOND, pairs(flapping[i]));

        assertThat(leavers.shareLeft(2)).isEqualTo(1);
        assertThat(leavers.shareOut(1)).isEqualTo(0.5);
        assertThat(leavers.shareOut(2)).isEqualTo(1);
        assertThat(leavers.shareOut(3)).isEqualTo(0.5);
        assertThat(leavers.shareOut(99)).isZero();
    }

    private static java.util.Set<Long> pairs(int bits) {
        var pairs = new java.util.LinkedHashSet<Long>();
        for (long i = 0; i < 2; i++) if ((bits >> i & 1) == 1) pairs.add(i);
        return pairs;
    }
}
