package org.pollen.simulator;

import java.util.List;
import java.util.stream.LongStream;

/// About how much memory a run takes: peers, their links, and what each remembers of each message.
/// The constants were fitted to runs of 1,000, 10,000 and 100,000 peers.
final class MemoryEstimate {
    /// What a process takes without any peer, and what of it is the run's.
    static final long PROCESS_BYTES = 64L << 20;

    static final long RUN_BYTES = 8L << 20;

    private static final long WINDOW = 120_000_000_000L;

    private MemoryEstimate() {}

    static long bytes(ScenarioValues values) {
        var setup = new ScenarioSetup(values);
        double messages = remembered(setup.workloads());
        boolean routed = setup.profile().routed();
        double peer =
                routed
                        ? 17_000 + 2.0 * setup.dials() * 900 + messages * 280
                        : 600 + 2.0 * setup.dials() * 70 + messages / 8;
        // An attacker keeps links and the ids of two minutes; each of its links is an honest
        // peer's.
        double degree = setup.attackDegree();
        double sybil = 2_000 + degree * (routed ? 1_100 : 100) + messages * 40;
        return (long) (setup.peers() * peer + setup.attackers() * sybil) + PROCESS_BYTES;
    }

    /// About how many messages there are in the two minutes that have most. With rates that change
    /// at instants, these begin or end at one of them.
    private static double remembered(List<Workload> workloads) {
        return workloads.stream()
                .flatMapToLong(Workload::changes)
                .flatMap(at -> LongStream.of(at, at - WINDOW))
                .mapToDouble(from ->
                        workloads.stream()
                                .mapToDouble(each -> each.messages(from, from + WINDOW))
                                .sum())
                .max()
                .orElse(0);
    }
}
