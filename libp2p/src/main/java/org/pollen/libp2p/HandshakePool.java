package org.pollen.libp2p;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Threads for the public-key work of handshakes that loops have no time for ([LoopShare]), behind
/// a bounded queue: what does not fit is refused.
///
/// What a step came to goes back to its event loop together with what the next ones came to, while
/// more are queued: to wake a loop for each costs a handshake more than all else that is not
/// cryptography or the kernel's. An answer waits for at most three others or half a millisecond and
/// one step, and for nothing if no step is queued. A thread that ends, whatever ended it, first
/// gives what it holds.
///
/// Source: docs/adr/0102-answers-of-handshakes-go-together.md.
final class HandshakePool extends ThreadPoolExecutor {
    static final int HELD_MAX = 4;
    static final long HELD_NANOS = 500_000;

    private static final ThreadLocal<@Nullable Answers> ANSWERS = new ThreadLocal<>();

    /// @param threads at most
    /// @param queue steps that may wait
    HandshakePool(String name, int threads, int queue, LongSupplier nanoTime) {
        super(threads, threads, 10, TimeUnit.SECONDS, new Steps(queue), holding(name, nanoTime));
        allowCoreThreadTimeOut(true);
    }

    /// Threads that hold answers. They let go at their end rather than in the pool's methods: a
    /// thread that is shut down, or one too many, does not ask for another step, and one whose step
    /// throws does not either.
    private static ThreadFactory holding(String name, LongSupplier nanoTime) {
        var threads = new DefaultThreadFactory(name, true);
        return work ->
                threads.newThread(() -> {
                    var answers = new Answers(nanoTime);
                    ANSWERS.set(answers);
                    try {
                        work.run();
                    } finally {
                        answers.letGo();
                    }
                });
    }

    /// Gives an event loop what a step came to: soon if a thread of such a pool calls it during a
    /// step, at once otherwise. A loop that is shut down is given nothing.
    static void answer(EventExecutor loop, Runnable task) {
        Answers answers = ANSWERS.get();
        if (answers == null) {
            give(loop, task);
        } else {
            answers.add(loop, task);
        }
    }

    private static void give(EventExecutor loop, Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException _) {
            // Its connections are closed as well.
        }
    }

    @Override
    protected void afterExecute(Runnable step, @Nullable Throwable failure) {
        Answers answers = ANSWERS.get();
        if (answers != null && answers.due()) {
            answers.letGo();
        }
    }

    private record Answer(EventExecutor loop, Runnable task) {}

    /// What one thread holds back.
    private static final class Answers {
        private final ArrayDeque<Answer> held = new ArrayDeque<>(HELD_MAX);
        private final LongSupplier nanoTime;
        private long since;

        Answers(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
        }

        void add(EventExecutor loop, Runnable task) {
            if (held.isEmpty()) {
                since = nanoTime.getAsLong();
            }
            held.add(new Answer(loop, task));
        }

        boolean due() {
            return held.size() >= HELD_MAX
                    || (!held.isEmpty() && nanoTime.getAsLong() - since >= HELD_NANOS);
        }

        /// Takes each out before it is given, so that none is given twice, and goes on with the
        /// others if its loop throws.
        void letGo() {
            Answer next = held.poll();
            if (next == null) {
                return;
            }
            try {
                give(next.loop, next.task);
            } finally {
                letGo();
            }
        }
    }

    /// Steps that wait; a thread that finds none lets its answers go before it waits.
    private static final class Steps extends ArrayBlockingQueue<Runnable> {
        private static final long serialVersionUID = 1;

        Steps(int capacity) {
            super(capacity);
        }

        @Override
        public Runnable take() throws InterruptedException {
            Runnable next = next();
            return next == null ? super.take() : next;
        }

        @Override
        public @Nullable Runnable poll(long timeout, TimeUnit unit) throws InterruptedException {
            Runnable next = next();
            return next == null ? super.poll(timeout, unit) : next;
        }

        private @Nullable Runnable next() {
            Runnable next = poll();
            Answers answers = ANSWERS.get();
            if (next == null && answers != null) {
                answers.letGo();
            }
            return next;
        }
    }
}
