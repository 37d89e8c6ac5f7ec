package org.pollen.node;

import java.util.ArrayDeque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that owns a core: takes what other threads post, in order, and calls the core's
/// ticks when they are due.
///
/// The core needs no lock and no clock. The inbox is bounded and refuses rather than blocks; what
/// it refuses is counted. An exception out of the core is a bug: it is logged and handed to the
/// failure handler, which stops the node, since a state that was left half changed is not worth
/// continuing with.
///
/// Source: design.md, "How a core looks"; conventions 2.
public final class CoreLoop implements AutoCloseable {
    /// Something the loop does at a time of its own choosing.
    public interface Ticker {
        /// Called when due.
        ///
        /// @param now monotonic nanoseconds
        /// @return when to be called next, on the same clock
        long tick(long now);
    }

    /// One piece of work for the core.
    @FunctionalInterface
    public interface Task {
        /// Runs on the loop.
        ///
        /// @param now monotonic nanoseconds at which it runs
        void run(long now);
    }

    private static final Logger LOG = LoggerFactory.getLogger(CoreLoop.class);
    private static final int BATCH = 512; // tasks between two looks at the clock's ticks

    private final String name;
    private final ArrayBlockingQueue<Task> inbox;
    private final ArrayDeque<Task> nexts = new ArrayDeque<>(); // touched by the loop alone
    private final LongSupplier clock;
    private final Thread thread;
    private final LongAdder refused = new LongAdder();
    private final java.util.function.Consumer<Throwable> onFailure;
    private final java.util.ArrayList<Timer> timers = new java.util.ArrayList<>();
    private @Nullable Runnable afterBatch;
    private volatile boolean closed;

    private static final class Timer {
        final Ticker ticker;
        long due;

        Timer(Ticker ticker, long due) {
            this.ticker = ticker;
            this.due = due;
        }
    }

    /// A loop that has not started.
    ///
    /// @param name of the thread
    /// @param capacity tasks that may wait; more are refused
    /// @param clock monotonic nanoseconds
    /// @param onFailure receives what escaped from the core, once
    public CoreLoop(
            String name,
            int capacity,
            LongSupplier clock,
            java.util.function.Consumer<Throwable> onFailure) {
        this.name = name;
        this.inbox = new ArrayBlockingQueue<>(capacity);
        this.clock = clock;
        this.onFailure = onFailure;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    /// Adds a timer; before [#start()] only.
    ///
    /// @param first when it is due first
    public void addTicker(Ticker ticker, long first) {
        timers.add(new Timer(ticker, first));
    }

    /// Sets what runs after each batch of tasks and ticks; before [#start()] only. Effects that
    /// gain from being gathered, such as draining outbound queues, belong here.
    public void afterBatch(Runnable action) {
        afterBatch = action;
    }

    /// Starts the thread.
    public void start() {
        thread.start();
    }

    /// Monotonic nanoseconds on this loop's clock.
    public long now() {
        return clock.getAsLong();
    }

    /// Hands over work, from any thread, without blocking.
    ///
    /// @return false if the loop is behind and the work was refused
    public boolean post(Task task) {
        if (!closed && inbox.offer(task)) return true;
        refused.increment();
        return false;
    }

    /// Runs something on this loop once the task that is running now has ended, before any other.
    ///
    /// @throws IllegalStateException on another thread
    public void next(Task task) {
        if (!inLoop()) throw new IllegalStateException(name + ": next is for its own thread");
        nexts.add(task);
    }

    /// Asks something of the core.
    ///
    /// @return the answer; fails with [RejectedExecutionException] if the loop is behind or closed
    public <T> CompletableFuture<T> ask(Callable<T> question) {
        var answer = new CompletableFuture<T>();
        boolean posted =
                post(now -> {
                    try {
                        answer.complete(question.call());
                    } catch (Exception e) {
                        answer.completeExceptionally(e);
                    }
                });
        if (!posted) answer.completeExceptionally(new RejectedExecutionException(name));
        return answer;
    }

    /// Whether the calling thread is the loop's.
    public boolean inLoop() {
        return Thread.currentThread().equals(thread);
    }

    /// Whether it takes work.
    public boolean running() {
        return !closed;
    }

    /// Work that waits now.
    public int depth() {
        return inbox.size();
    }

    /// Work that may wait.
    public int capacity() {
        return inbox.size() + inbox.remainingCapacity();
    }

    /// How much was refused since the start.
    public long refused() {
        return refused.sum();
    }

    private void run() {
        try {
            var batch = new java.util.ArrayList<Task>(BATCH);
            while (!closed) {
                long now = clock.getAsLong();
                long wait = runTimers(now);
                Task first = inbox.poll(Math.max(0, wait), TimeUnit.NANOSECONDS);
                if (first != null) {
                    batch.add(first);
                    inbox.drainTo(batch, BATCH - 1);
                    now = clock.getAsLong();
                    for (Task task : batch) {
                        task.run(now);
                        runNexts(now);
                    }
                    batch.clear();
                }
                runNexts(now); // those of timers
                if (afterBatch != null) afterBatch.run();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // closed while waiting
        } catch (Throwable e) { // the thread ends here: everything has to be reported
            if (!closed) {
                LOG.error("{} stopped by a defect", name, e);
                onFailure.accept(e);
            }
        }
    }

    private void runNexts(long now) throws Exception {
        for (Task task; (task = nexts.poll()) != null; ) task.run(now);
    }

    /// Runs what is due; returns the nanoseconds until the next timer.
    private long runTimers(long now) {
        long wait = TimeUnit.SECONDS.toNanos(1);
        for (Timer timer : timers) {
            if (now - timer.due >= 0) timer.due = timer.ticker.tick(now);
            wait = Math.min(wait, timer.due - now);
        }
        return wait;
    }

    /// Ends the thread after what it is doing now; what still waits is not done.
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        if (!inLoop()) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
