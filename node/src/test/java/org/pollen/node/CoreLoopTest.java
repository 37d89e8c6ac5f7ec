package org.pollen.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A core's loop, on a thread of its own and on that of an event loop.
class CoreLoopTest {
    enum Kind {
        OWN,
        SHARED
    }

    private final EventLoop events = new DefaultEventLoop();
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final List<CoreLoop> loops = new ArrayList<>();

    private CoreLoop loop(Kind kind, int capacity) {
        @Nullable EventLoop shared = kind == Kind.SHARED ? events : null;
        var loop = new CoreLoop("test", capacity, System::nanoTime, failure::complete, shared);
        loops.add(loop);
        return loop;
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() {
        loops.forEach(CoreLoop::close);
        events.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("work waits for the start, and is done in order, on one thread")
    void order(Kind kind) throws Exception {
        CoreLoop loop = loop(kind, 2000);
        var seen = new ArrayList<Integer>();
        for (int i = 0; i < 1500; i++) {
            int number = i;
            assertThat(loop.post(_ -> seen.add(number))).isTrue();
        }
        assertThat(loop.depth()).isEqualTo(1500);
        assertThat(loop.capacity()).isEqualTo(2000);
        assertThat(loop.inLoop()).isFalse();
        CompletableFuture<Boolean> own = loop.ask(loop::inLoop);
        assertThat(own).isNotDone();
        loop.start();
        assertThat(get(own)).isTrue();
        assertThat(seen).hasSize(1500).isSorted();
        assertThat(loop.running()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "what comes next runs behind its task and before all others; a batch ends in one call")
    void nexts(Kind kind) throws Exception {
        CoreLoop loop = loop(kind, 10);
        var seen = new ArrayList<String>();
        loop.afterBatch(() -> seen.add("end"));
        loop.post(_ -> {
            seen.add("a");
            loop.next(_ -> seen.add("behind a"));
        });
        loop.post(_ -> seen.add("b"));
        loop.start();
        assertThat(get(loop.ask(() -> List.copyOf(seen)))).startsWith("a", "behind a", "b");
        assertThat(get(loop.ask(() -> List.copyOf(seen)))).contains("end");
        assertThatThrownBy(() -> loop.next(_ -> {})).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("what is posted while a batch ends is done without another's call")
    void postedAtTheEnd(Kind kind) throws Exception {
        CoreLoop loop = loop(kind, 10);
        var late = new CompletableFuture<Boolean>();
        var following = new CompletableFuture<Boolean>();
        loop.afterBatch(() -> {
            loop.post(_ -> late.complete(true));
            loop.next(_ -> following.complete(true));
        });
        loop.start();
        assertThat(get(late)).isTrue();
        assertThat(get(following)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a ticker is called when it asked for it, not before")
    void tickers(Kind kind) throws Exception {
        CoreLoop loop = loop(kind, 10);
        var times = new ArrayList<Long>();
        var third = new CompletableFuture<Boolean>();
        long pause = 20_000_000;
        loop.addTicker(
                now -> {
                    times.add(now);
                    if (times.size() == 3) third.complete(true);
                    return now + pause;
                },
                loop.now());
        loop.start();
        get(third);
        List<Long> seen = get(loop.ask(() -> List.copyOf(times)));
        assertThat(seen.get(1) - seen.get(0)).isGreaterThanOrEqualTo(pause);
        assertThat(seen.get(2) - seen.get(1)).isGreaterThanOrEqualTo(pause);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a full inbox refuses, and counts it")
    void refused(Kind kind) throws Exception {
        CoreLoop loop = loop(kind, 3);
        for (int i = 0; i < 3; i++) assertThat(loop.post(_ -> {})).isTrue();
        assertThat(loop.post(_ -> {})).isFalse();
        assertThatThrownBy(() -> get(loop.ask(() -> 1)))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(RejectedExecutionException.class);
        assertThat(loop.refused()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "a defect ends the loop and is told once; an exception of a question is its answer")
    void defect(Kind kind) throws Exception {
        CoreLoop loop = loop(kind, 10);
        loop.start();
        assertThatThrownBy(() ->
                        get(
                                loop.ask(() -> {
                                    throw new IllegalArgumentException("asked");
                                })))
                .hasRootCauseMessage("asked");
        loop.post(_ -> {
            throw new IllegalStateException("broken");
        });
        assertThat(get(failure)).hasMessage("broken");
        assertThat(loop.running()).isFalse();
        assertThat(loop.post(_ -> {})).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("closing waits for what runs, and no more is done")
    void closing(Kind kind) throws Exception {
        CoreLoop loop = loop(kind, 10);
        var began = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        var done = new CompletableFuture<Boolean>();
        var more = new CompletableFuture<Boolean>();
        loop.start();
        loop.post(_ -> {
            began.countDown();
            try {
                go.await();
            } catch (InterruptedException _) {
                // Closing may interrupt what waits.
            }
            done.complete(true);
        });
        began.await();
        loop.post(_ -> more.complete(true));
        var helper =
                Thread.ofVirtual()
                        .start(() -> {
                            while (loop.running()) Thread.onSpinWait();
                            go.countDown();
                        });
        loop.close();
        helper.join();
        assertThat(done).isCompleted();
        assertThat(more).isNotDone();
        assertThat(loop.running()).isFalse();
        assertThat(loop.post(_ -> {})).isFalse();
    }

    @Test
    @DisplayName("on a shared loop the core's turn and the connections' are told apart")
    void sharing() throws Exception {
        CoreLoop loop = loop(Kind.SHARED, 10);
        loop.start();
        boolean onEvents = get(loop.ask(events::inEventLoop));
        assertThat(onEvents).isTrue();
        boolean inTurn = events.submit(loop::inLoop).get(20, TimeUnit.SECONDS);
        assertThat(inTurn).isFalse();
        var answer = new CompletableFuture<Boolean>();
        events.execute(() -> loop.post(_ -> answer.complete(loop.inLoop())));
        assertThat(get(answer)).isTrue();
    }

    @Test
    @DisplayName("a shared loop that ended before takes no more work")
    void endedBefore() throws Exception {
        CoreLoop loop = loop(Kind.SHARED, 10);
        loop.start();
        events.shutdownGracefully(0, 1, TimeUnit.SECONDS).get(20, TimeUnit.SECONDS);
        loop.post(_ -> {});
        assertThat(loop.running()).isFalse();
        assertThat(loop.post(_ -> {})).isFalse();
        loop.close();
    }
}
