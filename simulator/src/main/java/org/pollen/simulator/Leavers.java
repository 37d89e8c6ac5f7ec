package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// When the attackers that are in meshes at an instant leave them, and whether they come back.
final class Leavers implements Simulation.Probe {
    private static final long SECOND = 1_000_000_000L;

    private final long from;
    private final Set<Long> all = new LinkedHashSet<>();
    private final Set<Long> there = new LinkedHashSet<>();
    private final List<Long> gone = new ArrayList<>(); // seconds after the instant
    private final Map<Long, Long> again = new LinkedHashMap<>(); // how many are in, by second

    Leavers(long from) {
        this.from = from;
    }

    @Override
    public void sample(Simulation simulation, long now) {
        if (now < from) return;
        var here = new LinkedHashSet<Long>();
        for (int i = 0; i < simulation.setup().honest(); i++) {
            for (int member : simulation.honestPeer(i).mesh()) {
                if (!simulation.honest(member)) here.add(((long) i << 32) | member);
            }
        }
        look(now, here);
    }

    /// Takes who is in whose mesh now.
    void look(long now, Set<Long> here) {
        if (now < from) return;
        if (now == from) {
            there.addAll(here);
            all.addAll(here);
            return;
        }
        again.put((now - from) / SECOND, all.stream().filter(here::contains).count());
        there.removeIf(pair -> {
            boolean left = !here.contains(pair);
            if (left) gone.add((now - from) / SECOND);
            return left;
        });
    }

    /// The share that has left so many seconds after the instant, for a while at least.
    double shareLeft(long seconds) {
        long left = gone.stream().filter(s -> s <= seconds).count();
        return all.isEmpty() ? 0 : (double) left / all.size();
    }

    /// The share that is out of the meshes so many seconds after the instant.
    double shareOut(long seconds) {
        Long in = again.get(seconds);
        return all.isEmpty() || in == null ? 0 : 1 - (double) in / all.size();
    }
}
