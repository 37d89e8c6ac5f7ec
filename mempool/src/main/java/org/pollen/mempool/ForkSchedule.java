package org.pollen.mempool;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// When each fork begins: up to London by block number, from Shanghai on by block time.
public final class ForkSchedule {
    /// Seconds from one block to the next, where blocks are reckoned from times.
    public static final int BLOCK_SECONDS = 12;

    private record Activation(Fork fork, boolean byTime, long at) {}

    private final List<Activation> activations;

    private ForkSchedule(List<Activation> activations) {
        this.activations = List.copyOf(activations);
    }

    /// A chain that has a fork's rules from its first block on and never changes them.
    public static ForkSchedule always(Fork fork) {
        return new ForkSchedule(List.of(new Activation(fork, false, 0)));
    }

    /// This schedule with a fork that begins at a block.
    public ForkSchedule atBlock(Fork fork, long number) {
        return with(new Activation(fork, false, number));
    }

    /// This schedule with a fork that begins at a time.
    ///
    /// @param time of the block, in seconds
    public ForkSchedule atTime(Fork fork, long time) {
        return with(new Activation(fork, true, time));
    }

    /// The rules at a head.
    ///
    /// @param number of the block
    /// @param time of the block, in seconds
    public ForkRules rules(long number, long time) {
        Fork active = Fork.FRONTIER;
        for (Activation activation : activations) {
            boolean begun = (activation.byTime ? time : number) >= activation.at;
            if (begun && activation.fork.isAtLeast(active)) active = activation.fork;
        }
        return new ForkRules(active);
    }

    /// The forks that have just begun or are about to, within so many blocks of a head.
    ///
    /// @param number of the head
    /// @param time of the head, in seconds; a block counts as [#BLOCK_SECONDS]
    /// @param blocks before and after the first block of a fork
    public Set<Fork> near(long number, long time, int blocks) {
        Set<Fork> near = EnumSet.noneOf(Fork.class);
        for (Activation activation : activations) {
            if (activation.at <= 0) continue; // since the first block: nobody lived before it
            long distance =
                    activation.byTime
                            ? Math.absExact(activation.at - time) / BLOCK_SECONDS
                            : Math.absExact(activation.at - number);
            if (distance <= blocks) near.add(activation.fork);
        }
        return near;
    }

    private ForkSchedule with(Activation activation) {
        var more = new ArrayList<>(activations);
        more.add(activation);
        return new ForkSchedule(more);
    }
}
