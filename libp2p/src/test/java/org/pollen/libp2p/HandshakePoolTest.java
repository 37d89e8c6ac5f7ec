package org.pollen.libp2p;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// When the answers of a pool's steps reach their event loop.
class HandshakePoolTest {
    private final AtomicLong now = new AtomicLong();
    private final Loop loop = new Loop();
    private final CountDownLatch begin = new CountDownLatch(1);
    private final List<Integer> before = new ArrayList<>(); // answers given when each step began
    private HandshakePool pool = new HandshakePool("test", 1, 256, now::get);

    /// Counts what it is given and runs none of it.
    private static class Loop extends AbstractEventExecutor {
        private final AtomicInteger given = new AtomicInteger();
        private volatile boolean down;

        @Override
        public void execute(Runnable task) {
            if (down) {
                throw new RejectedExecutionException("down");
            }
            given.incrementAndGet();
        }

        @Override
        public boolean inEventLoop(Thread thread) {
            return false;
        }

        @Override
        public boolean isShuttingDown() {
            return down;
        }

        @Override
        public Future<?> shutdownGracefully(long quiet, long timeout, TimeUnit unit) {
            down = true;
            return terminationFuture();
        }

        @Override
        public Future<?> terminationFuture() {
            return new DefaultPromise<Void>(GlobalEventExecutor.INSTANCE);
        }

        @Override
        @Deprecated
        public void shutdown() {
            down = true;
        }

        @Override
        public boolean isShutdown() {
            return down;
        }

        @Override
        public boolean isTerminated() {
            return down;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return down;
        }
    }

    @AfterEach
    void close() {
        pool.shutdownNow();
    }

    /// Keeps the pool's thread busy, so that what is queued next stays queued until [#begin] opens.
    private void holdUp() {
        pool.execute(() -> {
            try {
                begin.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /// Queues a step that answers to a loop and takes so long.
    private void queue(Loop to, long nanos) {
        pool.execute(() -> {
            before.add(loop.given.get());
            HandshakePool.answer(to, () -> {});
            now.addAndGet(nanos);
        });
    }

    /// Steps that begin once all are queued, each of which takes so long.
    private void steps(int count, long nanos) {
        holdUp();
        for (int i = 0; i < count; i++) queue(loop, nanos);
        begin.countDown();
    }

    /// Less time than a thread without work lives, which lets go as well.
    private void awaitGiven(int count) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(loop.given).hasValue(count));
    }

    /// Runs all that is queued.
    ///
    /// @return what one of the pool's threads ended with, once it has ended
    private Throwable failure() throws InterruptedException {
        var failures = new LinkedBlockingQueue<Throwable>();
        Thread.UncaughtExceptionHandler usual = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, failure) -> failures.add(failure));
        try {
            begin.countDown();
            return requireNonNull(failures.poll(5, TimeUnit.SECONDS), "no thread ended");
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(usual);
        }
    }

    @Test
    void anAnswerIsGivenAtOnceWhenNoStepWaits() {
        steps(1, 0);
        awaitGiven(1);
    }

    @Test
    void answersGoTogetherInFours() {
        steps(10, 0);
        awaitGiven(10);
        assertThat(before).containsExactly(0, 0, 0, 0, 4, 4, 4, 4, 8, 8);
    }

    @Test
    void noAnswerWaitsForLongerThanHalfAMillisecondAndAStep() {
        steps(6, HandshakePool.HELD_NANOS / 2);
        awaitGiven(6);
        assertThat(before).containsExactly(0, 0, 2, 2, 4, 4);
    }

    @Test
    void aPoolThatIsShutDownGivesTheAnswersOfWhatWasQueued() {
        holdUp();
        queue(loop, 0);
        queue(loop, 0);
        pool.shutdown();
        begin.countDown();
        awaitGiven(2);
        assertThat(before).containsExactly(0, 0);
    }

    @Test
    void aPoolThatIsStoppedGivesTheAnswersItHolds() {
        holdUp();
        queue(loop, 0);
        pool.execute(() -> {
            before.add(loop.given.get());
            pool.shutdownNow();
        });
        queue(loop, 0); // never begins
        begin.countDown();
        awaitGiven(1);
        assertThat(before).containsExactly(0, 0);
    }

    @Test
    void aStepThatThrowsLetsGoOfWhatWasHeld() throws Exception {
        holdUp();
        queue(loop, 0);
        pool.execute(() -> {
            before.add(loop.given.get());
            throw new IllegalStateException("on purpose");
        });
        queue(loop, 0);
        assertThat(failure()).hasMessage("on purpose");
        awaitGiven(2);
        assertThat(before).startsWith(0, 0).hasSize(3); // it was held, and steps go on
    }

    @Test
    void anAnswerThatALoopFailsToTakeCostsNoOtherAndRepeatsNone() throws Exception {
        Loop broken =
                new Loop() {
                    @Override
                    public void execute(Runnable task) {
                        throw new IllegalStateException("no thread");
                    }
                };
        holdUp();
        queue(loop, 0);
        queue(broken, 0);
        queue(broken, 0);
        queue(loop, 0);
        assertThat(failure()).hasMessage("no thread");
        assertThat(loop.given).hasValue(2);
        assertThat(before).containsExactly(0, 0, 0, 0);
    }

    @Test
    void aLoopThatIsShutDownIsGivenNothingAndTheOthersAllOfTheirs() {
        Loop dead = new Loop();
        dead.down = true;
        holdUp();
        for (int i = 0; i < HandshakePool.HELD_MAX; i++) queue(i % 2 == 0 ? dead : loop, 0);
        queue(loop, 0);
        begin.countDown();
        awaitGiven(3);
        assertThat(dead.given).hasValue(0);
        assertThat(before).containsExactly(0, 0, 0, 0, 2);
    }

    @Test
    void aThreadOfNoPoolGivesAtOnce() {
        HandshakePool.answer(loop, () -> {});
        assertThat(loop.given).hasValue(1);
    }

    @Test
    void noAnswerIsLeftBehindByThreadsThatTakeEachOthersSteps() {
        pool.shutdown();
        pool = new HandshakePool("test", 3, 256, System::nanoTime);
        for (int round = 1; round <= 200; round++) {
            for (int i = 0; i < 20; i++) {
                pool.execute(() -> HandshakePool.answer(loop, () -> {}));
            }
            awaitGiven(20 * round);
        }
    }
}
