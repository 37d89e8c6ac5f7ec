package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What graphs the topologies make.
class LinksTest {
    private static int[] degrees(Links links, int peers) {
        var degrees = new int[peers];
        for (int i = 0; i < links.size(); i++) {
            degrees[links.dialler(i)]++;
            degrees[links.target(i)]++;
        }
        return degrees;
    }

    /// The share of peers with k links or more falls as k^-2, from m on.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void fewPeersOfAScaleFreeNetworkHaveManyLinks(long seed) {
        int peers = 20_000;
        int m = 5;
        var links = new Links().scalefree(peers, m, 0, seed);
        var pairs = new HashSet<Long>();
        for (int i = 0; i < links.size(); i++) {
            int low = Math.min(links.dialler(i), links.target(i));
            int high = Math.max(links.dialler(i), links.target(i));
            assertThat(low).isNotEqualTo(high);
            assertThat(pairs.add(((long) low << 32) | high)).as("twice %d %d", low, high).isTrue();
        }
        int[] degrees = degrees(links, peers);
        assertThat(Arrays.stream(degrees).min().orElse(0)).isEqualTo(m);
        assertThat(links.size()).isEqualTo(m * (m + 1) / 2 + (peers - m - 1) * m);
        for (int k : new int[] {10, 20, 40}) {
            double expected = (double) m * (m + 1) / (k * (k + 1));
            double share = Arrays.stream(degrees).filter(d -> d >= k).count() / (double) peers;
            assertThat(share / expected).as("seed %d, %d links", seed, k).isBetween(0.85, 1.15);
        }
    }

    @Test
    void whatNoGraphHasIsRefused() {
        var links = new Links();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> links.clusters(10, 2, 1, 0.5, 0, 1))
                .withMessage("groups is 1 of 10 peers: 2 to half of them");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> links.clusters(10, 2, 6, 0.5, 0, 1))
                .withMessageStartingWith("groups is 6");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> links.clusters(10, 2, 2, Double.NaN, 0, 1))
                .withMessage("inside is NaN: 0 to 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> links.scalefree(10, 0, 0, 1))
                .withMessage("dials is 0: at least 1");
        assertThat(links.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 0.9, 1})
    void clustersKeepTheirShareOfDials(double inside) {
        int peers = 5003; // groups of 501 and 500
        int groups = 10;
        var links = new Links().clusters(peers, 20, groups, inside, 0, 7);
        assertThat(links.size()).isEqualTo(20 * peers);
        int own = 0;
        for (int i = 0; i < links.size(); i++) {
            assertThat(links.dialler(i)).isNotEqualTo(links.target(i));
            if (links.dialler(i) % groups == links.target(i) % groups) own++;
        }
        assertThat((double) own / links.size()).isBetween(inside - 0.01, inside + 0.01);
        assertThat(Arrays.stream(degrees(links, peers)).min().orElse(0)).isGreaterThan(20);
    }
}
