package org.pollen.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.router.OutboundQueue;
import org.pollen.router.OutboundRpc;

/// What the sockets of a peer have taken from its router and the line has not: in the order it
/// came, and out of the router's reach.
///
/// Pollen's own nodes hold RPCs back in [OutboundQueue] while a socket is full. Implementations
/// that write at once have such sockets; what is published of them is compared with these.
final class DeepSockets {
    private final Map<Integer, Deque<OutboundRpc>> taken = new HashMap<>();

    /// Takes all that a queue has.
    ///
    /// @return whether the socket was empty and is not any more
    boolean take(int handle, OutboundQueue queue, long now) {
        Deque<OutboundRpc> socket = taken.computeIfAbsent(handle, _ -> new ArrayDeque<>());
        boolean idle = socket.isEmpty();
        for (OutboundRpc rpc = queue.poll(now); rpc != null; rpc = queue.poll(now)) {
            socket.add(rpc);
        }
        return idle && !socket.isEmpty();
    }

    /// The next to be sent; null if nothing waits.
    @Nullable OutboundRpc poll(int handle) {
        Deque<OutboundRpc> socket = taken.get(handle);
        return socket == null ? null : socket.poll();
    }

    boolean isEmpty(int handle) {
        Deque<OutboundRpc> socket = taken.get(handle);
        return socket == null || socket.isEmpty();
    }

    /// The link is gone, and with it what its socket had.
    void close(int handle) {
        taken.remove(handle);
    }
}
