package org.pollen.mempool;

import java.util.HashMap;
import java.util.Map;

/// Which sub-pool may hold transactions of an address: never two. Source: mempool.md 1.6.
///
/// Shared by the sub-pools of one node, all on one thread. Misuse by a sub-pool (holding twice,
/// releasing what it does not own) changes nothing and is counted, since it is our bug and not
/// worth a transaction.
public final class Reservations {
    private final Map<Address, String> owners = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private long misuses;

    /// Makes no reservations yet.
    public Reservations() {}

    /// One sub-pool's view.
    ///
    /// @param subPool its name, as in the metric `txpool_reservations`
    public Handle handle(String subPool) {
        return new Handle(subPool);
    }

    /// How many addresses a sub-pool owns.
    public int count(String subPool) {
        return counts.getOrDefault(subPool, 0);
    }

    /// How often a sub-pool held or released wrongly: more than zero is a bug.
    public long misuses() {
        return misuses;
    }

    /// One sub-pool's view of the reservations.
    public final class Handle {
        private final String subPool;

        private Handle(String subPool) {
            this.subPool = subPool;
        }

        /// Reserves an address.
        ///
        /// @return false if another sub-pool owns it
        public boolean hold(Address address) {
            String owner = owners.putIfAbsent(address, subPool);
            if (owner == null) {
                counts.merge(subPool, 1, Integer::sum);
                return true;
            }
            if (!owner.equals(subPool)) return false;
            misuses++;
            return true;
        }

        /// Gives an address back.
        public void release(Address address) {
            if (owners.remove(address, subPool)) counts.merge(subPool, -1, Integer::sum);
            else misuses++;
        }

        /// Gives everything back that this sub-pool owns.
        public void releaseAll() {
            owners.values().removeIf(subPool::equals);
            counts.remove(subPool);
        }

        /// Whether *another* sub-pool owns an address.
        public boolean has(Address address) {
            String owner = owners.get(address);
            return owner != null && !owner.equals(subPool);
        }

        /// Whether this sub-pool owns an address.
        public boolean owns(Address address) {
            return subPool.equals(owners.get(address));
        }
    }
}
