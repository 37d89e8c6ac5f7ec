package org.pollen.simulator;

/// How many peers count for each message of a run. Where peers come and go, each message takes a
/// look at all of them: that is done once.
final class Expectations {
    private final Setup setup;
    private final int[] stayed; // by message; empty if nobody leaves, where it is quickly said
    private final int[] all;

    /// Counts.
    ///
    /// @param end virtual nanoseconds: for messages from then on nobody counts where peers leave
    Expectations(Setup setup, long end) {
        this.setup = setup;
        int messages = setup.leaves() ? setup.messages().size() : 0;
        stayed = new int[messages];
        all = new int[messages];
        for (int i = 0; i < messages; i++) {
            PlannedMessage message = setup.messages().get(i);
            if (message.at() >= end) continue;
            stayed[i] = setup.expected(message);
            all[i] = setup.expectedWithLeavers(message);
        }
    }

    /// Of one message, as [Setup#expected].
    int stayed(int message) {
        return stayed.length == 0 ? setup.expected(setup.messages().get(message)) : stayed[message];
    }

    /// With those that left within half a minute, as [Setup#expectedWithLeavers].
    int all(int message) {
        return all.length == 0
                ? setup.expectedWithLeavers(setup.messages().get(message))
                : all[message];
    }
}
