package org.pollen.node;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.EventLoops;

/// The threads that all nodes of a process share: event loops for sockets, bounded pools for
/// handshakes, validation and JSON-RPC calls.
public final class Shared implements AutoCloseable {
    private static final int VALIDATIONS_MAX =
            8192; // tasks that wait; more are refused and counted

    private static final int ONE_LOOP_CORES_MAX = 4; // with more, one thread a node wastes them

    private final EventLoopGroup loops;
    private final boolean nodesOnOneLoop;
    private final ThreadPoolExecutor handshakes;
    private final ThreadPoolExecutor validation;
    private final ThreadPoolExecutor calls;

    /// Makes the threads.
    ///
    /// @param workers threads for validation, usually one a core
    public Shared(int workers) {
        loops = EventLoops.create("io", Math.max(2, workers));
        nodesOnOneLoop = workers <= ONE_LOOP_CORES_MAX;
        handshakes = EventLoops.handshakePool("handshake", 2);
        validation = pool("validation", workers, VALIDATIONS_MAX);
        calls = pool("rpc", 4, 1024);
    }

    /// For sockets.
    public EventLoopGroup loops() {
        return loops;
    }

    /// The event loop on which a node's connections and its router live together, the next of them;
    /// null where connections spread over all loops and a router has a thread of its own, which
    /// many cores are for (ADR 22).
    public @Nullable EventLoop nodeLoop() {
        return nodesOnOneLoop ? loops.next() : null;
    }

    /// For the public-key work of handshakes; rejects beyond its queue.
    public ThreadPoolExecutor handshakes() {
        return handshakes;
    }

    /// For decoding and verifying messages; rejects beyond its queue.
    public ThreadPoolExecutor validation() {
        return validation;
    }

    /// For JSON-RPC calls; rejects beyond its queue.
    public ThreadPoolExecutor calls() {
        return calls;
    }

    private static ThreadPoolExecutor pool(String name, int threads, int queue) {
        var count = new AtomicInteger();
        ThreadFactory factory =
                task -> {
                    var thread = new Thread(task, name + "-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                };
        return new ThreadPoolExecutor(
                threads, threads, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(queue), factory);
    }

    @Override
    public void close() {
        validation.shutdownNow();
        calls.shutdownNow();
        handshakes.shutdownNow();
        loops.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS).awaitUninterruptibly(1000);
    }
}
