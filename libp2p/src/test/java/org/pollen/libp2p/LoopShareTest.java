package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What handshakes may take of a loop's time, with time in our hands.
class LoopShareTest {
    private static final long STEP = 200_000;
    private static final double SHARE = 0.1;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final EventLoop loop = channel.eventLoop();
    private final LoopShare share = new LoopShare();
    private long now = Long.MAX_VALUE - 1_000_000; // clocks have any origin, and wrap

    private boolean step(long nanos) {
        if (!share.allows(now, SHARE)) {
            return false;
        }
        now += nanos;
        share.took(loop, nanos);
        return true;
    }

    /// The loop looks at its sockets.
    private void pass() {
        channel.runPendingTasks();
    }

    @Test
    void aLoopThatCarriesNothingTakesAMillisecondBetweenTwoLooksAtItsSockets() {
        for (int round = 0; round < 1000; round++) {
            for (int i = 0; i < LoopShare.PASS_NANOS / STEP; i++) {
                assertThat(step(STEP)).isTrue();
            }
            assertThat(step(STEP)).isFalse();
            pass();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aFloodGetsItsShareOfALoopThatCarries(long seed) {
        var random = new SplittableRandom(seed);
        long begun = now;
        long taken = 0;
        long inPass = 0;
        long longest = 0;
        share.carried();
        while (now - begun < 2_000_000_000L) {
            long nanos = 1 + random.nextLong(2 * STEP);
            if (step(nanos)) {
                taken += nanos;
                inPass += nanos;
                longest = Math.max(longest, inPass - nanos);
            } else {
                now += random.nextLong(50_000);
            }
            if (random.nextInt(3) == 0) {
                share.carried();
                pass();
                inPass = 0;
            }
        }
        assertThat(taken)
                .as("seed %d", seed)
                .isLessThanOrEqualTo(
                        LoopShare.BURST_NANOS + (long) (SHARE * (now - begun)) + 2 * STEP)
                .isGreaterThan((long) (0.9 * SHARE * (now - begun)));
        assertThat(longest).as("seed %d", seed).isLessThan(LoopShare.PASS_NANOS);
    }

    @Test
    void aFewHandshakesASecondAreAllTakenBesideTraffic() {
        for (int i = 0; i < 1000; i++) {
            share.carried();
            assertThat(step(STEP)).isTrue();
            pass();
            now += 10 * STEP;
        }
    }

    @Test
    void aTenthOfASecondAfterTheLastBytesTheLoopIsFreeAgain() {
        long carriedAt = now;
        share.carried();
        while (step(STEP)) {
            pass();
        }
        now = carriedAt + LoopShare.CARRYING_NANOS;
        for (int i = 0; i < 1000; i++) {
            assertThat(step(STEP)).isTrue();
            pass();
        }
    }

    @Test
    void whatAnIdleLoopSpentCountsOnceItCarriesAgain() {
        for (int i = 0; i < 1000; i++) {
            step(STEP);
            pass();
        }
        share.carried();
        assertThat(step(STEP)).isFalse();
        now += LoopShare.BURST_NANOS;
        share.carried();
        assertThat(step(STEP)).as("a tenth of the burst is back").isFalse();
        now += 10 * LoopShare.BURST_NANOS;
        share.carried();
        assertThat(step(STEP)).isTrue();
    }

    @Test
    void noShareAllowsNothing() {
        assertThat(share.allows(now, 0)).isFalse();
    }

    @Test
    void aClockThatStandsOrGoesBackGivesNothingBack() {
        share.carried();
        while (step(STEP)) {
            now -= STEP;
            pass();
        }
        now -= 1_000_000_000L;
        assertThat(step(STEP)).isFalse();
        share.took(loop, -1_000_000_000L);
        assertThat(step(STEP)).isFalse();
    }

    @Test
    void aLoopThatIsDownIsAskedNothing() {
        var down = new DefaultEventExecutor();
        down.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
        assertThat(share.allows(now, SHARE)).isTrue();
        share.took(down, STEP);
        assertThat(share.allows(now, SHARE)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.01, 1.01, Double.NaN})
    void aShareThatIsNoneIsRefused(double value) {
        HostConfig.Builder builder =
                HostConfig.builder(TestHosts.key(1))
                        .eventLoops(EventLoops.createNio("none", 1))
                        .handshakes(Runnable::run)
                        .handshakeShare(value);
        assertThatThrownBy(builder::build)
                .hasMessage("handshakeShare is " + value + ": it must be from 0 to 1");
    }
}
