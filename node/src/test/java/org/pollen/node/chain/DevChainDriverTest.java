package org.pollen.node.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DevChainDriverTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long START = 5 * SECOND;

    private final PooledChain node = new PooledChain(1);
    private long wall = node.chain.head().timestamp() + 100;
    private final DevChainDriver driver = driver(Duration.ofSeconds(2), Duration.ofSeconds(60));

    @Test
    void aBlockComesEveryTwoSecondsAndALateOneOnce() {
        assertThat(driver.tick(START)).isEqualTo(START + SECOND);
        driver.tick(START + 2 * SECOND);
        assertThat(height()).isEqualTo(1);

        long next = driver.tick(START + 9 * SECOND + 1);

        assertThat(height()).isEqualTo(2);
        assertThat(next).isEqualTo(START + 10 * SECOND + 1);
    }

    @Test
    void theChainReorganisesEverySixtySecondsOneToThreeBlocksDeep() {
        int deepest = 0;
        for (long t = 1; t <= 1200; t++) {
            long before = height();
            var oldHash = node.chain.latest().hash();
            driver.tick(START + t * SECOND);
            if (t % 60 == 0) {
                assertThat(driver.reorgs()).isEqualTo(t / 60);
                int depth = 0;
                for (var hash = oldHash; depth <= 3; depth++) {
                    var block = node.chain.byHash(hash).orElseThrow();
                    if (node.chain.byNumber(block.number()).orElseThrow().hash().equals(hash)) {
                        break;
                    }
                    hash = block.parentHash();
                }
                assertThat(depth).isBetween(1, 3);
                deepest = Math.max(deepest, depth);
            }
            assertThat(height()).isGreaterThanOrEqualTo(before);
        }
        assertThat(deepest).isEqualTo(3);
    }

    @Test
    void withoutIntervalsNothingHappensByItself() {
        DevChainDriver still = driver(Duration.ZERO, Duration.ZERO);

        assertThat(still.tick(START + 1000 * SECOND)).isEqualTo(START + 1001 * SECOND);

        assertThat(height()).isZero();
    }

    @Test
    void automineMakesABlockForEachTransaction() {
        DevChainDriver still = driver(Duration.ZERO, Duration.ZERO);
        still.onPending();
        assertThat(height()).isZero();

        still.automine(true);
        still.onPending();

        assertThat(still.automine()).isTrue();
        assertThat(height()).isEqualTo(1);
    }

    @Test
    void theIntervalAndTheTimeCanBeChanged() {
        DevChainDriver still = driver(Duration.ZERO, Duration.ZERO);
        still.blockTime(Duration.ofSeconds(1), START);
        still.increaseTime(1000);
        still.tick(START + SECOND);

        assertThat(node.chain.head().timestamp()).isEqualTo(wall + 1000);
        assertThat(still.increaseTime(5)).isEqualTo(1005);
    }

    private long height() {
        return node.chain.latest().number();
    }

    private DevChainDriver driver(Duration blockTime, Duration reorgEvery) {
        return new DevChainDriver(
                node.chain,
                node::pending,
                () -> wall,
                blockTime,
                reorgEvery,
                3,
                new Random(3),
                START);
    }
}
