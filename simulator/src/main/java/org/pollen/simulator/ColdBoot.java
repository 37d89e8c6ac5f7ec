package org.pollen.simulator;

import java.util.List;
import org.pollen.simulator.Verdict.Gate;

/// What K-06 asks of three networks in which sybils with a hundred links each were there first.
///
/// Every mesh is full of sybils within a second. Honest peers refuse each other's GRAFTs, since
/// their meshes are at Dhi, and each refusal is a backoff of a minute; the outbound quota has tried
/// all links ten heartbeats later. So nothing can graft an honest peer before 60 to 70 s, with
/// opportunistic grafting or without, and what it gains is judged on what is published later.
///
/// Source: simulator specification 3.4; docs/adr/0101-what-a-cold-boot-is-judged-on.md.
final class ColdBoot {
    /// Virtual nanoseconds after which backoffs have run out and two rounds of opportunistic grafts
    /// are over.
    static final long RECOVERED = 90_000_000_000L;

    private ColdBoot() {}

    /// @param hardened H0, of which the second phase is what was published from [#RECOVERED] on
    /// @param grafting H0 with opportunistic grafting
    /// @param vanilla gossipsub 1.0
    static List<Gate> gates(
            SimulationResult hardened, SimulationResult grafting, SimulationResult vanilla) {
        double lost = 100 - 100 * vanilla.delivery();
        return List.of(
                Gate.atLeast("H0, degree 100: delivery", 1, hardened.delivery()),
                Gate.atMost("H0, degree 100: p99 ms", 1800, p99(hardened.delays())),
                Gate.atLeast("H0o, degree 100: delivery", 1, grafting.delivery()),
                Gate.atMost(
                        "H0o, degree 100: p99 against H0's",
                        1,
                        p99(grafting.delays()) / p99(hardened.delays())),
                Gate.atMost(
                        "H0o, degree 100: p99 from 90 s on, against H0's",
                        0.7,
                        p99(grafting.phases().get(2)) / p99(hardened.phases().get(2))),
                Gate.atLeast("V10, degree 100: lost, %", 0.5, lost),
                Gate.atMost("V10, degree 100: lost, %", 15, lost),
                Gate.atLeast("V10, degree 100: p99 ms", 3000, p99(vanilla.delays())));
    }

    private static double p99(LatencyHistogram delays) {
        return delays.quantileMillis(0.99);
    }
}
