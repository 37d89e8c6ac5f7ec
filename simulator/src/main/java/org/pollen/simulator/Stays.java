package org.pollen.simulator;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// How long attackers stay in meshes of the first mask: looks every second.
final class Stays implements Simulation.Probe {
    private final Map<Long, Long> since = new LinkedHashMap<>();
    private final Set<Long> left = new LinkedHashSet<>();
    private long longest;
    private int ended;
    private int again;

    @Override
    public void sample(Simulation simulation, long now) {
        var here = new LinkedHashMap<Long, Long>();
        for (int i = 0; i < simulation.setup().honest(); i++) {
            for (int member : simulation.honestPeer(i).mesh()) {
                if (simulation.honest(member)) continue;
                long key = ((long) i << 32) | member;
                if (!since.containsKey(key) && left.contains(key)) again++;
                here.put(key, since.getOrDefault(key, now));
            }
        }
        since.forEach((key, from) -> {
            if (here.containsKey(key)) return;
            ended++;
            left.add(key);
        });
        here.values().forEach(from -> longest = Math.max(longest, now - from));
        since.clear();
        since.putAll(here);
    }

    /// The longest stay, ended or not.
    double longestSeconds() {
        return longest / 1e9;
    }

    /// How many began in a mesh that the attacker had left.
    int again() {
        return again;
    }

    /// How many ended.
    int ended() {
        return ended;
    }
}
