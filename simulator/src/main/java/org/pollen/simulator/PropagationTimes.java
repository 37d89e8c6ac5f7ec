package org.pollen.simulator;

import java.util.Arrays;

/// How long messages took to reach a share of the peers that count for them.
///
/// Source: simulator specification 4.1, "delivery".
final class PropagationTimes {
    /// Shares of the peers, as `messages.csv` has them; the rest is [SimulationResult#slowest].
    private static final double[] SHARES = {0.5, 0.9, 0.99};

    private static final PropagationTimes NONE = new PropagationTimes(0);

    private final int[][] micros = new int[SHARES.length][]; // 0 and more; -1: never, or unknown

    private PropagationTimes(int messages) {
        for (int i = 0; i < micros.length; i++) {
            micros[i] = new int[messages];
            Arrays.fill(micros[i], -1);
        }
    }

    /// After a run.
    static PropagationTimes of(Simulation simulation, Expectations expectations) {
        Setup setup = simulation.setup();
        if (!setup.remembersCopies()) return NONE;
        var times = new PropagationTimes(setup.messages().size());
        var delays = new int[setup.honest()];
        for (int m = 0; m < setup.messages().size(); m += setup.copiesEvery()) {
            PlannedMessage message = setup.messages().get(m);
            int expected = expectations.stayed(m);
            if (expected == 0) continue;
            int reached = 0;
            for (int i = 0; i < setup.honest(); i++) {
                FirstCopies copies = simulation.actor(i).firstCopies;
                long after = copies == null ? -1 : copies.micros(m);
                if (after < 0 || !setup.counts(i, message)) continue;
                delays[reached++] = (int) after;
            }
            Arrays.sort(delays, 0, reached);
            for (int s = 0; s < SHARES.length; s++) {
                int rank = Math.max(1, (int) Math.ceil(SHARES[s] * expected - 1e-9));
                if (rank <= reached) times.micros[s][m] = delays[rank - 1];
            }
        }
        return times;
    }

    /// Milliseconds until half, 90 % and 99 % of the peers that count had a message; no number
    /// where so many never had it, or nobody remembers.
    double[] millis(int message) {
        var millis = new double[SHARES.length];
        for (int s = 0; s < millis.length; s++) {
            int time = message < micros[s].length ? micros[s][message] : -1;
            millis[s] = time < 0 ? Double.NaN : time / 1e3;
        }
        return millis;
    }
}
