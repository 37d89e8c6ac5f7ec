package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.router.SeenCache;

/// What is put into routers instead of what a node has: the run is the same.
class ServicesTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir Path folder = Path.of("");

    private SimulationResult traced(Setup.Builder setup, String name) {
        try (var writer = new TraceWriter(folder.resolve(name), TraceWriter.Format.NDJSON, false)) {
            var result = new Simulation(setup.trace(writer).build()).run(() -> false);
            writer.complete();
            return result;
        }
    }

    private Path trace(String name) {
        return folder.resolve(name).resolve("trace.ndjson");
    }

    private static Setup.Builder fiveMinutes() {
        return Setup.of(200, Network.ideal(Latency.INTEROP8).withValidation(1_000_000), Profile.H1)
                .seed(10)
                .links(new Links().dial(200, 10, 0, 10))
                .churn(0.1, 60 * SECOND, 20 * SECOND, 20 * SECOND, 10)
                .end(300 * SECOND)
                .workload(20, 0.3, 512, 10 * SECOND, 290 * SECOND, 1);
    }

    @Test
    @DisplayName("S-10: interned storage and a node's own give the same trace over five minutes")
    void storage() throws Exception {
        SimulationResult interned = traced(fiveMinutes(), "interned");
        SimulationResult own = traced(fiveMinutes().ownStorage(), "own");

        assertThat(interned.digest()).isEqualTo(own.digest());
        assertThat(Files.size(trace("interned"))).isGreaterThan(2_000_000);
        assertThat(Files.mismatch(trace("interned"), trace("own"))).isEqualTo(-1);
    }

    @Test
    @DisplayName("S-10 (10^6 random operations): the interned seen cache answers as a node's own")
    void seenCaches() {
        long timeToLive = 120 * SECOND;
        var numbers = new MessageNumbers();
        var random = new SplittableRandom(10);
        var interned = new SeenCache[4];
        var own = new SeenCache[4];
        for (int i = 0; i < 4; i++) {
            interned[i] = new InternedSeenCache(numbers, timeToLive);
            own[i] =
                    SeenCache.create(
                            SeenCache.Strategy.FIRST_SEEN, Duration.ofNanos(timeToLive), 1 << 20);
        }
        long now = 0;
        int seen = 0;
        for (int i = 0; i < 1_000_000; i++) {
            now += random.nextInt(2_000) * 1_000L;
            if (random.nextInt(100_000) == 0) now += random.nextInt(300) * SECOND;
            int peer = random.nextInt(4);
            // Most are recent, some are old, and peers meet them in different orders.
            long number = Math.max(0, i / 20 - random.nextInt(random.nextInt(8) == 0 ? 8000 : 80));
            long hi = Mix.mix(number);
            long lo = Mix.mix(number, 1);
            boolean add = random.nextBoolean();
            boolean one =
                    add ? interned[peer].add(hi, lo, now) : interned[peer].contains(hi, lo, now);
            boolean two = add ? own[peer].add(hi, lo, now) : own[peer].contains(hi, lo, now);
            assertThat(one).isEqualTo(two);
            if (add != one) seen++;
        }
        assertThat(seen).isBetween(100_000, 900_000);
        assertThat(interned[0].size()).isPositive();
        assertThat(interned[0].evictions()).isZero();
    }

    /// Forged messages come from one attacker, linked to a tenth of the peers.
    private static Setup.Builder signed(Crypto crypto) {
        Spammer.Beat beat =
                (self, handle, now) -> {
                    var planned = new PlannedMessage(now, 0, 64, PlannedMessage.Kind.NORMAL);
                    byte[] payload = planned.payload((int) (1 << 24 | now / SECOND));
                    Signatures signatures = self.partition.signatures;
                    if (signatures == null) return;
                    self.transmit(
                            handle,
                            signatures.compose(self.index, self.simulation.mask(), payload, false),
                            now);
                };
        var links = new Links().dial(50, 6, 0, 12);
        for (int i = 0; i < 5; i++) links.add(50, i, 15 * SECOND);
        return Setup.of(50, Network.ideal(Latency.INTEROP8), Profile.H1)
                .seed(12)
                .links(links)
                .attackers(1, (s, p, i) -> new Spammer(s, p, i, 20 * SECOND, beat))
                .crypto(crypto)
                .end(60 * SECOND)
                .workload(50, 2, 256, 10 * SECOND, 55 * SECOND, 1);
    }

    @Test
    @DisplayName("S-12: real signatures and modelled ones give the same trace")
    void crypto() throws Exception {
        SimulationResult real = traced(signed(Crypto.REAL), "real");
        SimulationResult modelled = traced(signed(Crypto.MODELLED), "modelled");

        assertThat(real.digest()).isEqualTo(modelled.digest());
        assertThat(Files.mismatch(trace("real"), trace("modelled"))).isEqualTo(-1);
        assertThat(trace("real")).content().contains("invalid signature");
        assertThat(real.delivery()).isEqualTo(1);
        assertThat(real.invalidDeliveries()).isZero();
        // And they are no unsigned run.
        assertThat(real.digest()).isNotEqualTo(traced(signed(Crypto.NONE), "none").digest());
    }
}
