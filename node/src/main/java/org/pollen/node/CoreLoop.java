package org.pollen.node;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that owns a core: takes what other threads post, in order, and calls the core's
/// ticks when they are due. The thread is its own, or that of an event loop: work posted by a
/// connection of that loop then needs no other thread to wake up, and neither do the answers.
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
    private final @Nullable Thread thread;
    private final @Nullable EventLoop shared;
    private final AtomicBoolean turnDue = new AtomicBoolean();
    private @Nullable Future<?> wakeUp; // of the shared loop, and touched by it alone
    private long wakeUpAt;
    private boolean inTurn;
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
        var own = new Thread(this::run, name);
        own.setDaemon(true);
        this.thread = own;
        this.shared = null;
    }

    /// A loop that has not started, on the thread of an event loop.
    ///
    /// @param name for logs
    /// @param capacity tasks that may wait; more are refused
    /// @param clock monotonic nanoseconds
    /// @param onFailure receives what escaped from the core, once
    /// @param shared whose connections it serves best; not closed
    public CoreLoop(
            String name,
            int capacity,
            LongSupplier clock,
            java.util.function.Consumer<Throwable> onFailure,
            EventLoop shared) {
        this.name = name;
        this.inbox = new ArrayBlockingQueue<>(capacity);
        this.clock = clock;
        this.onFailure = onFailure;
        this.thread = null;
        this.shared = shared;
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
        if (thread != null) thread.start();
        else requestTurn();
    }

    private void requestTurn() {
        EventLoop loop = Objects.requireNonNull(shared);
        if (turnDue.compareAndSet(false, true)) loop.execute(this::turn);
    }

    /// What the shared loop runs: ticks that are due, tasks, and what follows a batch.
    private void turn() {
        turnDue.set(false);
        if (closed) return;
        inTurn = true;
        try {
            long now = clock.getAsLong();
            long wait = runTimers(now);
            int taken = 0;
            for (Task task; taken < BATCH && (task = inbox.poll()) != null; taken++) {
                if (taken == 0) now = clock.getAsLong();
                task.run(now);
                runNexts(now);
            }
            runNexts(now); // those of timers
            if (afterBatch != null) afterBatch.run();
            if (taken == BATCH) requestTurn();
            wakeUpAfter(wait, now);
        } catch (Throwable e) { // the core ends here: everything has to be reported
            closed = true;
            LOG.error("{} stopped by a defect", name, e);
            onFailure.accept(e);
        } finally {
            inTurn = false;
        }
    }

    private void wakeUpAfter(long wait, long now) {
        long at = now + Math.max(0, wait);
        if (wakeUp != null && !wakeUp.isDone()) {
            if (wakeUpAt - at <= 0) return; // an earlier one looks again
            wakeUp.cancel(false);
        }
        wakeUpAt = at;
        wakeUp =
                Objects.requireNonNull(shared)
                        .schedule(this::requestTurn, Math.max(0, wait), TimeUnit.NANOSECONDS);
    }

    /// Monotonic nanoseconds on this loop's clock.
    public long now() {
        return clock.getAsLong();
    }

    /// Hands over work, from any thread, without blocking.
    ///
    /// @return false if the loop is behind and the work was refused
    public boolean post(Task task) {
        if (!closed && inbox.offer(task)) {
            if (shared != null && !inTurn()) requestTurn();
            return true;
        }
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
        return shared == null ? Thread.currentThread().equals(thread) : inTurn();
    }

    /// On the shared loop, while the core has it: not while a connection does.
    private boolean inTurn() {
        return Objects.requireNonNull(shared).inEventLoop() && inTurn;
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
        if (thread == null) return;
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
