package org.pollen.simulator;

import java.util.Locale;

/// The figures of `sim bench`: peers that dial, idle, then pass messages of 1 KiB around.
///
/// `rpcPerCpuSecond` counts every RPC that a router took, IDONTWANT too, against the processor time
/// of the whole process without set-up and heartbeats.
final class Benchmark {
    private static final long SECOND = 1_000_000_000L;

    // Shorter than the activation of P3 (120 s), after which a topic without messages costs members
    // of meshes their scores and no heartbeat is idle.
    private static final long IDLE_SECONDS = 110;
    private static final long SET_UP_SECONDS = 10;
    private static final long BUSY_SECONDS = 30;

    private Benchmark() {}

    static String measure(int peers, int degree, int workers, double perSecond, boolean json) {
        run(200, degree, 1, 20, 20); // compiles what is hot
        run(200, degree, 1, 0, IDLE_SECONDS);
        long before = used();
        var clock = new CpuClock();
        Simulation idle = simulation(peers, degree, workers, 0, IDLE_SECONDS, clock);
        idle.run(() -> false);
        double setUpCpu = clock.spent(0, SET_UP_SECONDS);
        long bytes = bytesOf(idle, before) / peers;
        double beats = (double) (IDLE_SECONDS - 1 - SET_UP_SECONDS) * peers;
        double heartbeat = clock.spent(SET_UP_SECONDS, IDLE_SECONDS - 1) / beats;
        long cpu = SimCommand.cpuNanos();
        SimulationResult busy = run(peers, degree, workers, perSecond, BUSY_SECONDS);
        double busyCpu = (SimCommand.cpuNanos() - cpu) / 1e9;
        double quiet = setUpCpu + heartbeat * (BUSY_SECONDS - SET_UP_SECONDS) * peers;
        double spent = Math.max(0.01, busyCpu - quiet);
        String line =
                String.format(
                        Locale.ROOT,
                        """
                        {"peers": %d, "degree": %d, "workers": %d, "rpcPerCpuSecond": %.0f, \
                        "messageRpcPerCpuSecond": %.0f, \
                        "heartbeatMicros": %.2f, "bytesPerPeer": %d, "setUpCpuSeconds": %.2f, \
                        "busyCpuSeconds": %.2f, "rpcs": %d, "messageRpcs": %d, "delivery": %.6f, "p50": %.1f, \
                        "p99": %.1f, "digest": "%s"}\
                        """,
                        peers,
                        degree,
                        workers,
                        busy.rpcs() / spent,
                        busy.messageRpcs() / spent,
                        heartbeat * 1e6,
                        bytes,
                        setUpCpu,
                        busyCpu,
                        busy.rpcs(),
                        busy.messageRpcs(),
                        busy.delivery(),
                        busy.delays().quantileMillis(0.5),
                        busy.delays().quantileMillis(0.99),
                        busy.digest());
        return json ? line : line.replaceAll("[{}\"]", "").replace(", ", "\n");
    }

    /// What it holds, in bytes; a parameter, so that it is alive until here and no longer.
    static long bytesOf(Simulation simulation, long before) {
        long bytes = Math.max(0, used() - before);
        return simulation.honest(0) ? bytes : 0;
    }

    /// Processor time of the process at each virtual second of a run: set-up and heartbeats of one
    /// run, so that neither is the difference of two that were compiled and collected differently.
    private static final class CpuClock implements Simulation.Probe {
        private final long[] at = new long[(int) IDLE_SECONDS + 1];

        CpuClock() {
            at[0] = SimCommand.cpuNanos();
        }

        @Override
        public void sample(Simulation simulation, long now) {
            if (now > 0) at[(int) (now / SECOND)] = SimCommand.cpuNanos();
        }

        /// Processor seconds from one virtual second to another.
        double spent(long from, long to) {
            return (at[(int) to] - at[(int) from]) / 1e9;
        }
    }

    private static SimulationResult run(
            int peers, int degree, int workers, double perSecond, long seconds) {
        return simulation(peers, degree, workers, perSecond, seconds, (_, _) -> {})
                .run(() -> false);
    }

    private static Simulation simulation(
            int peers,
            int degree,
            int workers,
            double perSecond,
            long seconds,
            Simulation.Probe probe) {
        Setup.Builder setup =
                Setup.of(peers, Network.ideal(Latency.INTEROP8), Profile.H1)
                        .links(new Links().dial(peers, degree / 2, 0, 1))
                        .workers(workers)
                        .probe(probe)
                        .end(seconds * SECOND);
        if (perSecond > 0) {
            setup.workload(peers, perSecond, 1024, 10 * SECOND, (seconds - 2) * SECOND, 1);
        }
        return new Simulation(setup.build());
    }

    static long used() {
        for (int i = 0; i < 3; i++) System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
