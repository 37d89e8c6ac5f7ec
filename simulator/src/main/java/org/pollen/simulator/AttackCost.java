package org.pollen.simulator;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.Set;

/// What an attack has cost its attackers so far: connections, identities and addresses. Looks every
/// second; what came and went between two looks is counted among the connections only.
///
/// Source: simulator specification 4.1, "attack".
final class AttackCost implements Simulation.Probe {
    private final BitSet identities = new BitSet();
    private final Set<ByteBuffer> addresses = new LinkedHashSet<>();
    private long links;
    private long connections;

    @Override
    public void sample(Simulation simulation, long now) {
        int honest = simulation.setup().honest();
        links = 0;
        for (int i = honest; i < simulation.setup().total(); i++) {
            boolean known = identities.get(i - honest);
            for (int remote : simulation.actor(i).linkedRemotes()) {
                if (!simulation.honest(remote)) continue;
                links++;
                identities.set(i - honest);
            }
            if (known || !identities.get(i - honest)) continue;
            addresses.add(ByteBuffer.wrap(simulation.setup().address(i)));
        }
        connections = simulation.attackLinks();
    }

    /// Links with honest peers at the last look.
    long links() {
        return links;
    }

    /// Links with honest peers since the beginning.
    long connections() {
        return connections;
    }

    /// Attackers that had one.
    int identities() {
        return identities.cardinality();
    }

    /// Addresses of these.
    int addresses() {
        return addresses.size();
    }
}
