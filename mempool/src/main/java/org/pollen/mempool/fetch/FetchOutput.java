package org.pollen.mempool.fetch;

import java.util.List;
import org.pollen.mempool.Hash32;

/// What the fetcher wants done. Called on its thread; must not call back into it.
public interface FetchOutput {
    /// Ask a peer for transactions; it has no other request open.
    void request(int peer, List<Hash32> hashes);

    /// Disconnect a peer; the fetcher has forgotten it already.
    void drop(int peer, FetchFault fault);

    /// Read nothing from a peer until a time, monotonic nanoseconds.
    void pause(int peer, long until);
}
