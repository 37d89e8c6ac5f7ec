package org.pollen.simulator;

import java.util.Locale;

/// The figures of `sim bench`: peers that dial, idle, then pass messages of 1 KiB around.
final class Benchmark {
    private static final long SECOND = 1_000_000_000L;

    private Benchmark() {}

    static String measure(int peers, int degree, int workers, double perSecond, boolean json) {
        run(200, degree, 1, 20, 20); // compiles what is hot
        long before = used();
        long cpu = SimCommand.cpuNanos();
        Simulation idle = simulation(peers, degree, workers, 0, 30);
        idle.run(() -> false);
        double idleCpu = (SimCommand.cpuNanos() - cpu) / 1e9;
        long bytes = Math.max(0, used() - before) / peers;
        if (idle.honest(peers)) throw new AssertionError("kept alive until here");
        cpu = SimCommand.cpuNanos();
        Simulation short10 = simulation(peers, degree, workers, 0, 10);
        short10.run(() -> false);
        double setUpCpu = (SimCommand.cpuNanos() - cpu) / 1e9;
        double heartbeatMicros = (idleCpu - setUpCpu) * 1e6 / (20.0 * peers);
        cpu = SimCommand.cpuNanos();
        SimulationResult busy = run(peers, degree, workers, perSecond, 30);
        double busyCpu = (SimCommand.cpuNanos() - cpu) / 1e9;
        double rpcPerCpuSecond = busy.messageRpcs() / Math.max(0.01, busyCpu - idleCpu);
        String line =
                String.format(
                        Locale.ROOT,
                        """
                        {"peers": %d, "degree": %d, "workers": %d, "rpcPerCpuSecond": %.0f, \
                        "heartbeatMicros": %.1f, "bytesPerPeer": %d, "setUpCpuSeconds": %.2f, \
                        "busyCpuSeconds": %.2f, "messageRpcs": %d, "delivery": %.6f, "p50": %.1f, \
                        "p99": %.1f, "digest": "%s"}\
                        """,
                        peers,
                        degree,
                        workers,
                        rpcPerCpuSecond,
                        heartbeatMicros,
                        bytes,
                        setUpCpu,
                        busyCpu,
                        busy.messageRpcs(),
                        busy.delivery(),
                        busy.delays().quantileMillis(0.5),
                        busy.delays().quantileMillis(0.99),
                        busy.digest());
        return json ? line : line.replaceAll("[{}\"]", "").replace(", ", "\n");
    }

    private static SimulationResult run(
            int peers, int degree, int workers, double perSecond, long seconds) {
        return simulation(peers, degree, workers, perSecond, seconds).run(() -> false);
    }

    private static Simulation simulation(
            int peers, int degree, int workers, double perSecond, long seconds) {
        Setup.Builder setup =
                Setup.of(peers, Network.ideal(Latency.INTEROP8), Profile.H1)
                        .links(new Links().dial(peers, degree / 2, 0, 1))
                        .workers(workers)
                        .end(seconds * SECOND);
        if (perSecond > 0) {
            setup.workload(peers, perSecond, 1024, 10 * SECOND, (seconds - 2) * SECOND, 1);
        }
        return new Simulation(setup.build());
    }

    private static long used() {
        for (int i = 0; i < 3; i++) System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
