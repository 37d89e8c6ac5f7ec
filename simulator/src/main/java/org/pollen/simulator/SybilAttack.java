package org.pollen.simulator;

import java.util.Locale;
import java.util.SplittableRandom;

/// Sybils of a scenario file: how many, whom they dial and when, and what they do with messages.
///
/// Source: simulator specification 2.5 ("bad boy") and 5 (key `attack`).
///
/// @param sybils more than none
/// @param degree honest peers that each of them dials, at least one; a repeated pair uses up a dial
/// @param target whom they dial
/// @param at when, virtual nanoseconds, give or take a twentieth
/// @param from when they begin to drop; before, they forward what they get
/// @param drop share of the messages that they drop then, above 0 and up to 1
/// @param regraft nanoseconds after a PRUNE until they graft again, and up to a quarter more
record SybilAttack(
        int sybils, int degree, Target target, long at, long from, double drop, long regraft) {
    /// Whom sybils dial.
    enum Target {
        /// Any honest peers.
        ALL,
        /// Peers that publish.
        PUBLISHERS,
        /// The first peer only, which publishes; each sybil has one link.
        ONE,
        /// Peers that subscribe to the first topic or mask.
        HOLDERS;

        static Target named(String text) {
            for (Target target : values()) {
                if (target.name().equals(text.toUpperCase(Locale.ROOT))) return target;
            }
            throw new IllegalArgumentException(text);
        }
    }

    SybilAttack {
        if (sybils < 1) throw new IllegalArgumentException("sybils is " + sybils + ": at least 1");
        if (degree < 1) throw new IllegalArgumentException("degree is " + degree + ": at least 1");
        if (!(drop > 0 && drop <= 1)) {
            throw new IllegalArgumentException("drop is " + drop + ": above 0 and up to 1");
        }
    }

    /// Adds the sybils' dials to those of the honest peers.
    ///
    /// @param first index of the first sybil
    /// @param aims whom they may dial
    /// @param all whether each dials all of them, instead of so many at random
    void dial(Links links, int first, int[] aims, boolean all, long seed) {
        var random = new SplittableRandom(Mix.mix(seed, Mix.ATTACK));
        int dials = all ? aims.length : target == Target.ONE ? 1 : degree;
        for (int sybil = first; sybil < first + sybils; sybil++) {
            for (int i = 0; i < dials; i++) {
                long jitter = (long) (at * 0.1 * (random.nextDouble() - 0.5));
                links.add(sybil, all ? aims[i] : aims[random.nextInt(aims.length)], at + jitter);
            }
        }
    }

    /// What each of them does.
    Sybil.Behaviour behaviour() {
        return new Sybil.Behaviour(from, drop, false, regraft, regraft / 4);
    }

    /// When the second phase begins.
    long begins() {
        return Math.max(at, from);
    }
}
