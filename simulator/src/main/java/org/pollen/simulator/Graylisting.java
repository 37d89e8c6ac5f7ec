package org.pollen.simulator;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// How long it takes from a link with an attacker until its score is below the graylist threshold,
/// as up to so many honest peers see it: looks every second.
///
/// Source: simulator specification 4.1, "attack".
final class Graylisting implements Simulation.Probe {
    private static final long SECOND = 1_000_000_000L;

    private final int observersMax;
    private final Map<Long, Long> since = new LinkedHashMap<>(); // seconds, by (observer, attacker)
    private final Set<Long> listed = new LinkedHashSet<>(); // of these links, already
    private final KaplanMeier times = new KaplanMeier();
    private long last;

    Graylisting(int observersMax) {
        this.observersMax = observersMax;
    }

    @Override
    public void sample(Simulation simulation, long now) {
        Setup setup = simulation.setup();
        if (setup.total() == setup.honest() || setup.profile().scores() == null) return;
        double limit = setup.profile().thresholds().graylistThreshold();
        long before = last;
        last = now / SECOND;
        var here = new LinkedHashMap<Long, Long>();
        for (int i = 0; i < Math.min(observersMax, setup.honest()); i++) {
            HonestPeer peer = simulation.honestPeer(i);
            if (peer.gone()) continue;
            for (int remote : peer.remotes()) {
                if (simulation.honest(remote)) continue;
                long link = ((long) i << 32) | remote;
                long from = since.getOrDefault(link, last);
                here.put(link, from);
                if (peer.scoreOf(remote) < limit && listed.add(link)) times.ended(last - from);
            }
        }
        since.forEach((link, from) -> {
            if (here.containsKey(link)) return;
            if (!listed.remove(link)) times.open(before - from); // now it is gone
        });
        since.clear();
        since.putAll(here);
    }

    /// What has been seen so far.
    KaplanMeier times() {
        var all = new KaplanMeier();
        all.add(times);
        since.forEach((link, from) -> {
            if (!listed.contains(link)) all.open(last - from);
        });
        return all;
    }
}
