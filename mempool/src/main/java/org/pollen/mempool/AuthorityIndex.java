package org.pollen.mempool;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// Who is named as authority by a pooled set-code transaction (EIP-7702). Source: mempool.md 1.3.
final class AuthorityIndex {
    private final Map<Address, Set<Hash32>> naming = new HashMap<>();

    /// Number of named authorities.
    int size() {
        return naming.size();
    }

    boolean has(Address authority) {
        return !naming.isEmpty() && naming.containsKey(authority);
    }

    Set<Hash32> naming(Address authority) {
        return naming.getOrDefault(authority, Set.of());
    }

    void add(Transaction tx) {
        for (Address authority : tx.authorities()) {
            naming.computeIfAbsent(authority, _ -> new LinkedHashSet<>()).add(tx.hash());
        }
    }

    void remove(Transaction tx) {
        for (Address authority : tx.authorities()) {
            Set<Hash32> hashes = naming.get(authority);
            if (hashes == null) continue;
            hashes.remove(tx.hash());
            if (hashes.isEmpty()) naming.remove(authority);
        }
    }
}
