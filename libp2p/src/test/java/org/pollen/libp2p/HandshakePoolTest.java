package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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
    private static final class Loop extends AbstractEventExecutor {
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

    /// Steps that begin once all are queued, each of which takes so long.
    private void steps(int count, long nanos) {
        pool.execute(() -> {
            try {
                begin.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        for (int i = 0; i < count; i++) {
            pool.execute(() -> {
                before.add(loop.given.get());
                HandshakePool.answer(loop, () -> {});
                now.addAndGet(nanos);
            });
        }
        begin.countDown();
    }

    private void awaitGiven(int count) {
        await().untilAsserted(() -> assertThat(loop.given).hasValue(count));
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
    void noAnswerWaitsForHalfAMillisecondAndAStep() {
        steps(6, HandshakePool.HELD_NANOS / 2);
        awaitGiven(6);
        assertThat(before).containsExactly(0, 0, 2, 2, 4, 4);
    }

    @Test
    void aStepThatThrowsLetsGoOfWhatWasHeld() {
        Thread.UncaughtExceptionHandler usual = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, _) -> {});
        try {
            steps(1, 0);
            pool.execute(() -> {
                throw new IllegalStateException("on purpose");
            });
            pool.execute(() -> before.add(loop.given.get()));
            await().until(() -> pool.getCompletedTaskCount() == 4);
            assertThat(loop.given).hasValue(1);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(usual);
        }
    }

    @Test
    void aLoopThatIsShutDownIsGivenNothing() {
        loop.down = true;
        steps(5, 0);
        await().until(() -> pool.getCompletedTaskCount() == 6);
        assertThat(loop.given).hasValue(0);
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
