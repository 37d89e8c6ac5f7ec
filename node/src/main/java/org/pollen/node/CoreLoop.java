package org.pollen.node;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that owns a core: takes what other threads post, in order, and calls the core's
/// ticks when they are due. The thread is its own, or that of an event loop: work that a connection
/// of that loop posts then wakes no other thread, and neither do the answers (ADR 22).
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
    private static final int CLOSE_MILLIS = 2_000;

    private final String name;
    private final ArrayBlockingQueue<Task> inbox;
    private final ArrayDeque<Task> nexts = new ArrayDeque<>(); // touched by the loop alone
    private final LongSupplier clock;
    private final @Nullable Thread thread;
    private final @Nullable EventLoop shared;
    private final ArrayList<Task> batch = new ArrayList<>(); // touched by the loop alone
    private final AtomicBoolean turnDue = new AtomicBoolean(); // on the shared loop
    private @Nullable Future<?> wakeUp; // from here on touched by the shared loop alone
    private long wakeUpAt;
    private boolean inTurn;
    private final LongAdder refused = new LongAdder();
    private final Consumer<Throwable> onFailure;
    private final ArrayList<Timer> timers = new ArrayList<>();
    private @Nullable Runnable afterBatch;
    private volatile boolean started;
    private volatile boolean closed;

    private static final class Timer {
        final Ticker ticker;
        long due;

        Timer(Ticker ticker, long due) {
            this.ticker = ticker;
            this.due = due;
        }
    }

    /// A loop that has not started, with a thread of its own.
    ///
    /// @param name of the thread
    /// @param capacity tasks that may wait; more are refused
    /// @param clock monotonic nanoseconds
    /// @param onFailure receives what escaped from the core, once
    public CoreLoop(String name, int capacity, LongSupplier clock, Consumer<Throwable> onFailure) {
        this(name, capacity, clock, onFailure, null);
    }

    /// A loop that has not started.
    ///
    /// @param name of the thread, and in logs
    /// @param capacity tasks that may wait; more are refused
    /// @param clock monotonic nanoseconds
    /// @param onFailure receives what escaped from the core, once
    /// @param shared the event loop on whose thread the core runs, which stays its owner's to end;
    ///   null for a thread of its own
    public CoreLoop(
            String name,
            int capacity,
            LongSupplier clock,
            Consumer<Throwable> onFailure,
            @Nullable EventLoop shared) {
        this.name = name;
        this.inbox = new ArrayBlockingQueue<>(capacity);
        this.clock = clock;
        this.onFailure = onFailure;
        this.shared = shared;
        if (shared == null) {
            thread = new Thread(this::run, name);
            thread.setDaemon(true);
        } else {
            thread = null;
        }
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

    /// Starts to work.
    public void start() {
        started = true;
        if (thread != null) thread.start();
        else requestTurn();
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
            if (shared != null && started && !inTurn()) requestTurn();
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
            long wait = 0;
            while (!closed) {
                Task first = inbox.poll(Math.max(0, wait), TimeUnit.NANOSECONDS);
                if (first != null) batch.add(first);
                wait = work();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // closed while waiting
        } catch (Throwable e) { // the thread ends here: everything has to be reported
            fail(e);
        }
    }

    private void requestTurn() {
        if (!turnDue.compareAndSet(false, true)) return;
        try {
            Objects.requireNonNull(shared).execute(this::turn);
        } catch (RejectedExecutionException _) {
            closed = true; // the event loop ended before us
        }
    }

    /// What the shared loop runs, between what its connections have to do.
    private void turn() {
        turnDue.set(false);
        if (closed) return;
        inTurn = true;
        try {
            long wait = work();
            if (wait > 0) wakeUpAfter(wait);
            else requestTurn();
        } catch (Throwable e) { // the core ends here: everything has to be reported
            fail(e);
        } finally {
            inTurn = false;
        }
    }

    private void wakeUpAfter(long wait) {
        long at = clock.getAsLong() + wait;
        if (wakeUp != null && !wakeUp.isDone()) {
            if (wakeUpAt - at <= 0) return; // an earlier one looks again
            wakeUp.cancel(false);
        }
        wakeUpAt = at;
        EventLoop loop = Objects.requireNonNull(shared);
        wakeUp = loop.schedule(this::requestTurn, wait, TimeUnit.NANOSECONDS);
    }

    private void fail(Throwable defect) {
        if (closed) return;
        closed = true;
        LOG.error("{} stopped by a defect", name, defect);
        onFailure.accept(defect);
    }

    /// Ticks that are due, a batch of tasks, and what follows it.
    ///
    /// @return nanoseconds until there is more to do; 0 or less if there is now
    private long work() throws Exception {
        long wait = runTimers(clock.getAsLong());
        inbox.drainTo(batch, BATCH - batch.size());
        long now = clock.getAsLong();
        for (Task task : batch) {
            task.run(now);
            runNexts(now);
        }
        batch.clear();
        runNexts(now); // those of timers
        if (afterBatch != null) afterBatch.run();
        return inbox.isEmpty() && nexts.isEmpty() ? wait : 0;
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

    /// Ends after what runs now, and waits for that unless it is the caller; what still waits is
    /// not done.
    @Override
    public void close() {
        closed = true;
        try {
            if (shared != null) {
                if (shared.inEventLoop() || shared.isShuttingDown()) return;
                shared.submit(() -> wakeUp == null || wakeUp.cancel(false))
                        .get(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
            } else {
                Thread own = Objects.requireNonNull(thread);
                own.interrupt();
                if (!inLoop()) own.join(CLOSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RejectedExecutionException | ExecutionException | TimeoutException e) {
            LOG.debug("{}: its event loop did not answer", name, e);
        }
    }
}
