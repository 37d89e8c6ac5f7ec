package org.pollen.simulator;

/// About how much memory a run takes: peers, their links, and what each remembers of each message.
/// The constants were fitted to runs of 1,000, 10,000 and 100,000 peers.
final class MemoryEstimate {
    /// What a process takes without any peer, and what of it is the run's.
    static final long PROCESS_BYTES = 64L << 20;

    static final long RUN_BYTES = 8L << 20;

    private MemoryEstimate() {}

    static long bytes(ScenarioValues values) {
        var setup = new ScenarioSetup(values);
        double messages = 0;
        for (Workload workload : setup.workloads()) {
            messages += workload.messages(120);
        }
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
}
