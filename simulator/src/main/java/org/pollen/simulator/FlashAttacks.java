package org.pollen.simulator;

import java.util.ArrayList;
import java.util.List;
import org.pollen.simulator.Verdict.Gate;

/// Entries of the catalogue in which sybils are there from the start, or behave until all go silent
/// at once: K-06 to K-08, under vanilla gossipsub, with scores, and with opportunistic grafting.
///
/// Source: simulator specification 3.4.
final class FlashAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;

    private FlashAttacks() {}

    /// The three-way comparison: at degree 100 an honest peer has 400 links to sybils and 39 to
    /// honest peers.
    static List<Gate> coldBoot(Arena arena) {
        SimulationResult few = boot(arena, Profile.H0_QUICK, 0);
        var gates = new ArrayList<Gate>();
        gates.add(Gate.atLeast("H0, degree 20: delivery", 1, few.delivery()));
        gates.add(Gate.atMost("H0, degree 20: p99 ms", 1800, few.delays().quantileMillis(0.99)));
        gates.addAll(
                ColdBoot.gates(
                        surrounded(arena.again(), Profile.H0_QUICK),
                        surrounded(arena.again(), Profile.H0O_QUICK),
                        surrounded(arena.again(), Profile.V10)));
        return gates;
    }

    private static SimulationResult surrounded(Arena arena, Profile profile) {
        arena.named(profile.name() + " degree 100").profile(profile);
        arena.dials(25); // 39 of 439 links are honest, as with 20 dials among the published 1,000
        arena.end(150);
        arena.sybils(400, Sybil.Behaviour.SILENT);
        arena.connectSybilsToAll(0);
        arena.attackAt(0);
        arena.attackUntil(ColdBoot.RECOVERED);
        arena.traffic(30, 120);
        return arena.run();
    }

    static List<Gate> dawn(Arena arena) {
        SimulationResult hardened = boot(arena, Profile.H0_QUICK, 10 * SECOND);
        SimulationResult grafting = boot(arena.again(), Profile.H0O_QUICK, 10 * SECOND);
        return List.of(
                Gate.atLeast("H0: delivery", 1, hardened.delivery()),
                Gate.atMost("H0: p99 ms", 1800, hardened.delays().quantileMillis(0.99)),
                Gate.atLeast("H0o: delivery", 1, grafting.delivery()),
                Gate.atMost("H0o: p99 ms", 1800, grafting.delays().quantileMillis(0.99)));
    }

    private static SimulationResult boot(Arena arena, Profile profile, long honestAt) {
        arena.named(profile.name() + " degree 20").profile(profile);
        arena.dials(20); // as published
        arena.end(100);
        arena.honestAt(honestAt);
        arena.sybils(400, Sybil.Behaviour.SILENT);
        arena.connectSybils(20, HONEST, honestAt == 0 ? 0 : SECOND);
        arena.traffic();
        return arena.run();
    }

    /// Under H0s scores drive the recovery, so it is followed for three minutes; H0o has to
    /// deliver, and what vanilla loses is reported.
    static List<Gate> covertFlash(Arena arena) {
        long flip = 120 * SECOND;
        var leavers = new Leavers(flip);
        arena.setup().probe(leavers);
        SimulationResult scored = flash(arena, Profile.H0S_QUICK, flip, 310);
        Arena other = arena.again();
        SimulationResult grafting = flash(other, Profile.H0O_QUICK, flip / 2, 120);
        SimulationResult vanilla = flash(arena.again(), Profile.V10, flip / 2, 120);
        double atFlip = arena.probe.at(flip).sybilShare();
        return List.of(
                Gate.atLeast("H0s: delivery", 1, scored.delivery()),
                Gate.atMost("H0s: p99 ms", 1600, p99(scored, 1)),
                Gate.atLeast("H0s: sybil share at the flip", 0.05, atFlip),
                Gate.atLeast(
                        "H0s: share of the sybils in meshes at the flip that is out 120 s later",
                        0.99,
                        leavers.shareOut(120)),
                Gate.atLeast(
                        "H0s: share of them that leaves 40 to 75 s after it",
                        0.5,
                        leavers.shareLeft(75) - leavers.shareLeft(40)),
                Gate.atMost(
                        "H0s: p99 from 120 s later on, against before",
                        1.25,
                        p99(scored, 2) / p99(scored, 0)),
                Gate.atLeast(
                        "H0s: honest members 120 s later",
                        5,
                        arena.probe.at(flip + 120 * SECOND).honestMean()),
                Gate.atLeast(
                        "H0s: honest members 180 s later (Dlo)",
                        6,
                        arena.probe.at(flip + 180 * SECOND).honestMean()),
                Gate.atLeast("H0o: delivery", 1, grafting.delivery()),
                Gate.atMost("H0o: p99 ms", 1600, p99(grafting, 1)),
                Gate.atMost("V10: lost, % (reported)", 100, 100 - 100 * vanilla.delivery()),
                Gate.atLeast("V10: p99 ms (reported)", 0, p99(vanilla, 1)));
    }

    private static SimulationResult flash(Arena arena, Profile profile, long flip, long end) {
        arena.profile(profile);
        arena.dials(20); // as published: with half the links, two of 196,020 deliveries are lost
        arena.end(end);
        arena.sybils(400, Sybil.Behaviour.SILENT.from(flip));
        arena.connectSybils(20, HONEST, 0);
        arena.attackAt(flip);
        arena.attackUntil(flip + 120 * SECOND);
        arena.traffic();
        return arena.run();
    }

    private static double p99(SimulationResult result, int phase) {
        return result.phases().get(phase).quantileMillis(0.99);
    }
}
