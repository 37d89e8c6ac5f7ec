package org.pollen.router;

/// Which heartbeats may be left out, because all they would do is let time pass.
///
/// For one process with a hundred thousand routers: what a heartbeat costs there is not its work
/// but that everything it looks at has left the caches since the last one. What is left out is made
/// up for in one go before the next input, and the state is then the same, bit by bit.
///
/// A heartbeat is idle when it could neither send nor decide anything: nothing waits, is cached or
/// promised, every mesh has its size and enough members that we dialled, and no member can fall
/// below a score that matters before something happens.
final class IdleHeartbeats {
    private final RouterState state;

    IdleHeartbeats(RouterState state) {
        this.state = state;
    }

    /// How many heartbeats from the one at `first` on are idle if nothing happens.
    int count(long ticks, long first, long interval) {
        if (busy()) return 0;
        long beats = state.params.opportunisticGraftTicks();
        beats -= ticks % beats + 1; // the one that may graft is not idle
        long until = state.tags.quietUntil();
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) {
            int topic = joined.at(i);
            if (!settled(topic)) return 0;
            IntSet mesh = state.meshes.of(topic);
            for (int m = 0; m < mesh.size(); m++) {
                until = earlier(until, state.scores.engine.notNegativeUntil(mesh.at(m)));
            }
        }
        if (until - first < 0) return 0;
        return (int) Math.min(beats, (until - first) / interval + 1);
    }

    private static long earlier(long a, long b) {
        return a - b < 0 ? a : b;
    }

    private boolean busy() {
        return state.local.hasComposites()
                || state.cache.size() > 0
                || state.promises.size() > 0
                || state.pipeline.size() > 0
                || state.fanouts.size() > 0
                || state.partials.size() > 0
                || state.gate.decays()
                || !state.directPeers.isEmpty()
                || state.sender.hasRetries()
                || state.announcer.hasRetries()
                || state.discovery.isOn()
                || !state.waiting.isEmpty();
    }

    private boolean settled(int topic) {
        RouterParams params = state.params;
        IntSet mesh = state.meshes.of(topic);
        int size = mesh.size();
        int most = params.pruneAtHigh() ? params.meshHigh() - 1 : params.meshHigh();
        if (size < params.meshLow() || size > most) return false;
        int outbound = 0;
        for (int i = 0; i < size; i++) if (state.peers.at(mesh.at(i)).outbound) outbound++;
        return outbound >= params.meshOutbound();
    }
}
