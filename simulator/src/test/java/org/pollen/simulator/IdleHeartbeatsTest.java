package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdleHeartbeatsTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir Path folder = Path.of("");

    private Setup.Builder setup(int peers, long seconds) {
        return Setup.of(peers, Network.ideal(Latency.INTEROP8), Profile.H1)
                .seed(5)
                .links(new Links().dial(peers, 10, 0, 5))
                .end(seconds * SECOND)
                .churn(0.02, 60 * SECOND, 20 * SECOND, 20 * SECOND, 10)
                .workload(20, 0.03, 512, 10 * SECOND, seconds * SECOND, 1);
    }

    private Simulation traced(Setup.Builder setup, String name) {
        try (var writer = new TraceWriter(folder.resolve(name), TraceWriter.Format.NDJSON, false)) {
            var simulation = new Simulation(setup.trace(writer).build());
            simulation.run(() -> false);
            writer.complete();
            return simulation;
        }
    }

    @Test
    @DisplayName(
            "S-09: heartbeats left out and made up for give the same trace, with peers coming and going")
    void sameTrace() throws Exception {
        Simulation fast = traced(setup(500, 600), "fast");
        Simulation slow = traced(setup(500, 600).allHeartbeats(), "slow");

        Path trace = folder.resolve("fast/trace.ndjson");
        assertThat(Files.size(trace)).isGreaterThan(100_000);
        assertThat(Files.mismatch(trace, folder.resolve("slow/trace.ndjson"))).isEqualTo(-1);
        assertThat(fast.partitions()[0].tally.idleHeartbeats).isGreaterThan(50_000);
        assertThat(slow.partitions()[0].tally.idleHeartbeats).isZero();
        for (int peer = 0; peer < 500; peer += 7) {
            for (int remote : fast.honestPeer(peer).remotes()) {
                assertThat(fast.honestPeer(peer).snapshotOf(remote, 600 * SECOND))
                        .isEqualTo(slow.honestPeer(peer).snapshotOf(remote, 600 * SECOND));
            }
        }
    }
}
