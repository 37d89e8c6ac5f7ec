package org.pollen.libp2p.peers;

/// Whether a network lets a kind of address out at all: after 100 dials with fewer than 5 successes
/// it is taken for a black hole and only each hundredth dial goes there, until one succeeds.
/// Source: go-libp2p's black hole detector; host.md 17.
final class FamilyHealth {
    private static final int SAMPLE = 100;
    private static final int SUCCESSES_LEAST = 5;

    private int dials;
    private int successes;
    private boolean blocked;
    private int skipped;

    /// Whether the next dial may go there.
    boolean mayDial() {
        if (!blocked) {
            return true;
        }
        if (++skipped < SAMPLE) {
            return false;
        }
        skipped = 0;
        return true;
    }

    boolean isBlocked() {
        return blocked;
    }

    void ended(boolean success) {
        if (blocked) {
            if (success) {
                blocked = false;
                dials = 0;
                successes = 0;
                skipped = 0;
            }
            return;
        }
        dials++;
        successes += success ? 1 : 0;
        if (dials >= SAMPLE) {
            blocked = successes < SUCCESSES_LEAST;
            dials = 0;
            successes = 0;
        }
    }
}
