package org.pollen.libp2p.memory;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Host;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;

/// Where hosts in memory find each other.
///
/// Each host calls its handlers and listeners one after the other, as tasks of the executor: a pool
/// for threads, or a queue that a test empties itself. The state of all hosts is guarded by one
/// lock, which is held for no callback.
public final class MemoryNetwork {
    /// The most bytes that may wait for the reader of a stream; a writer that goes on loses it.
    public static final int STREAM_BYTES_MAX = 1 << 20;

    /// Above this many waiting bytes a stream is not writable.
    public static final int STREAM_HIGH_WATER = 256 << 10;

    /// A stream is writable again below this many.
    public static final int STREAM_LOW_WATER = 64 << 10;

    private final Executor executor;
    private final Map<Multiaddr, MemoryHost> listening = new HashMap<>();
    private long ids;

    public MemoryNetwork(Executor executor) {
        this.executor = executor;
    }

    /// A host that has not started.
    ///
    /// @param listen addresses of any kind, taken as names: `/ip4/10.0.0.1/tcp/4001` makes the host
    ///   look as if it were there; without any it can only dial
    public Host host(PrivateKey key, String agentVersion, Multiaddr... listen) {
        return new MemoryHost(this, executor, key, agentVersion, List.of(listen));
    }

    // ---- for the hosts, which hold the lock

    long nextId() {
        return ++ids;
    }

    /// Whether all addresses were free and are the host's now.
    boolean listen(MemoryHost host, List<Multiaddr> addresses) {
        if (addresses.stream().anyMatch(listening::containsKey)) {
            return false;
        }
        addresses.forEach(address -> listening.put(address, host));
        return true;
    }

    void leave(MemoryHost host) {
        listening.values().removeIf(other -> other == host);
    }

    @Nullable MemoryHost at(Multiaddr address) {
        return listening.get(address);
    }
}
