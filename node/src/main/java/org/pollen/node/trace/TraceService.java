package org.pollen.node.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.Host;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.router.TraceEncoder;
import org.pollen.router.TraceEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node's trace: takes events on the router's thread and writes them on its own.
///
/// A trace that can no longer be written ends with one error in the log; the node goes on.
public final class TraceService implements AutoCloseable {
    static final Logger LOG = LoggerFactory.getLogger("trace");

    private static final Duration GRACE = Duration.ofSeconds(2); // for what waits at the end
    private static final long IDLE_NANOS = 200_000_000L;
    private static final long BUSY_NANOS = 20_000_000L;

    private final String name;
    private final TraceSetup setup;
    private final TraceEncoder encoder;
    private final Host host;
    private final LongSupplier clock;
    private final TraceQueue queue;
    private final Counter counter = new Counter();
    private volatile @Nullable Thread thread;
    private volatile boolean idle; // the writer sleeps because there is nothing to do
    private volatile boolean closing;
    private volatile boolean failed;

    private static final class Counter implements TraceTarget.Counts {
        private final LongAdder written = new LongAdder();
        private final Map<TraceDrop, LongAdder> dropped = new EnumMap<>(TraceDrop.class);

        Counter() {
            for (TraceDrop reason : TraceDrop.values()) dropped.put(reason, new LongAdder());
        }

        @Override
        public void written(TraceEvent event) {
            written.increment();
        }

        @Override
        public void dropped(TraceDrop reason, long events) {
            LongAdder adder = dropped.get(reason);
            if (adder != null) adder.add(events);
        }
    }

    /// A trace that has not begun.
    ///
    /// @param name of the node
    /// @param host reaches the collector of a remote trace
    /// @param clock monotonic nanoseconds, for pauses
    public TraceService(
            String name, TraceSetup setup, TraceEncoder encoder, Host host, LongSupplier clock) {
        this(name, setup, encoder, host, clock, new TraceQueue());
    }

    TraceService(
            String name,
            TraceSetup setup,
            TraceEncoder encoder,
            Host host,
            LongSupplier clock,
            TraceQueue queue) {
        this.name = name;
        this.setup = setup;
        this.encoder = encoder;
        this.host = host;
        this.clock = clock;
        this.queue = queue;
    }

    /// Begins: makes the file, and starts the writer.
    ///
    /// @throws OperatorException DAT-003 if the file cannot be written
    public void start() {
        start(Files::newOutputStream);
    }

    void start(TraceFile.Opener opener) {
        TraceTarget target =
                switch (setup) {
                    case TraceSetup.File file -> file(file, opener);
                    case TraceSetup.Remote remote ->
                            new TraceRemote(host, remote.collector(), encoder, counter, this::wake);
                };
        var writer = new Thread(() -> run(target), "trace-" + name);
        writer.setDaemon(true);
        thread = writer;
        writer.start();
    }

    private TraceTarget file(TraceSetup.File file, TraceFile.Opener opener) {
        try {
            return new TraceFile(file, encoder, counter, opener);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    "trace file " + file.file() + " cannot be written: " + e,
                    "set trace.file to a file that you can write, or trace.sink=none",
                    e);
        }
    }

    /// Takes an event, or counts it as dropped; from any thread.
    public void offer(TraceEvent event) {
        if (failed || closing) {
            counter.dropped(failed ? TraceDrop.FAILED : TraceDrop.LOST, 1);
        } else if (!queue.offer(event)) {
            counter.dropped(TraceDrop.FULL, 1);
        } else if (idle) {
            wake();
        }
    }

    /// Events in the trace.
    public long written() {
        return counter.written.sum();
    }

    /// Events that are not in the trace.
    public long dropped(TraceDrop reason) {
        LongAdder adder = counter.dropped.get(reason);
        return adder == null ? 0 : adder.sum();
    }

    /// Events that wait for the writer.
    public int depth() {
        return queue.size();
    }

    private void run(TraceTarget target) {
        try {
            while (!closing) {
                target.drain(queue, clock.getAsLong(), false);
                idle = queue.size() == 0;
                // What is left could not be written yet: a remote sink waits for its stream.
                if (idle) LockSupport.parkNanos(this, IDLE_NANOS);
                else LockSupport.parkNanos(this, BUSY_NANOS);
                idle = false;
            }
            target.drain(queue, clock.getAsLong(), true);
        } catch (IOException e) {
            failed = true;
            LOG.error(
                    "{}: the trace ends here, the node goes on: {} ({} events written);"
                            + " make room and restart the node to trace again",
                    name,
                    e.toString(),
                    written());
        } catch (RuntimeException e) {
            failed = true;
            LOG.error("{}: defect in the trace, which ends here; the node goes on", name, e);
        } finally {
            target.close();
            TraceDrop reason = failed ? TraceDrop.FAILED : TraceDrop.LOST;
            while (queue.poll() != null) counter.dropped(reason, 1);
        }
    }

    private void wake() {
        LockSupport.unpark(thread);
    }

    /// Writes what waits, for two seconds at most, and stops.
    @Override
    public void close() {
        closing = true;
        wake();
        Thread writer = thread;
        if (writer == null) return;
        try {
            if (!writer.join(GRACE)) writer.interrupt();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
