package org.pollen.mempool;

import java.util.List;

/// An address and the storage keys of it that a transaction says it will touch.
///
/// Source: EIP-2930.
public record AccessListEntry(Address address, List<Hash32> storageKeys) {
    /// Copies the keys.
    public AccessListEntry {
        storageKeys = List.copyOf(storageKeys);
    }
}
