package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// When the attackers that are in meshes at an instant leave them.
final class Leavers implements Simulation.Probe {
    private static final long SECOND = 1_000_000_000L;

    private final long from;
    private final Set<Long> there = new LinkedHashSet<>();
    private final List<Long> gone = new ArrayList<>(); // seconds after the instant
    private int all;

    Leavers(long from) {
        this.from = from;
    }

    @Override
    public void sample(Simulation simulation, long now) {
        if (now < from || (now > from && there.isEmpty())) return;
        var here = new LinkedHashSet<Long>();
        for (int i = 0; i < simulation.setup().honest(); i++) {
            for (int member : simulation.honestPeer(i).mesh()) {
                if (!simulation.honest(member)) here.add(((long) i << 32) | member);
            }
        }
        if (now == from) {
            there.addAll(here);
            all = here.size();
            return;
        }
        there.removeIf(pair -> {
            boolean left = !here.contains(pair);
            if (left) gone.add((now - from) / SECOND);
            return left;
        });
    }

    /// The share that has left so many seconds after the instant.
    double shareGone(long seconds) {
        return all == 0 ? 0 : (double) gone.stream().filter(s -> s <= seconds).count() / all;
    }
}
