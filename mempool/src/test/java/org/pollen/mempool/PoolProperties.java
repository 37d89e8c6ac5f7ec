package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What must hold whatever happens: [PoolHarness] checks I1 to I10 after every step of a random
/// life.
class PoolProperties {
    private static final int KEYS = 12;

    @ParameterizedTest
    @EnumSource
    @DisplayName("1.8: the invariants hold after every step of 40 random lives of 150 steps")
    void randomLives(PoolMode mode) {
        for (int seed = 0; seed < 40; seed++) life(mode, seed, 150);
    }

    @Test
    @DisplayName("design 1: the same life gives the same events, whatever the secret of the tables")
    void determinism() {
        for (PoolMode mode : PoolMode.values()) {
            List<String> first = life(mode, 77, 200);
            assertThat(life(mode, 77, 200)).isEqualTo(first).hasSizeGreaterThan(50);
        }
    }

    @Test
    @DisplayName("16: visiting only touched accounts gives the pool that visiting all gives")
    void incrementalEqualsFull() {
        for (int seed = 0; seed < 30; seed++) {
            // Roomy: who of several equals is evicted may depend on the order of visits.
            var told = new Life(PoolConfig.DEFAULTS, seed);
            var blind = new Life(PoolConfig.DEFAULTS, seed);
            blind.h.chain.tellTouched = false;
            for (int step = 0; step < 120; step++) {
                told.step();
                blind.step();
                for (int key = 0; key < KEYS; key++) {
                    assertThat(told.h.pendingNonces(key))
                            .as("seed %s step %s key %s", seed, step, key)
                            .isEqualTo(blind.h.pendingNonces(key));
                    assertThat(told.h.queuedNonces(key))
                            .as("seed %s step %s key %s", seed, step, key)
                            .isEqualTo(blind.h.queuedNonces(key));
                }
            }
        }
    }

    private static List<String> life(PoolMode mode, int seed, int steps) {
        var life = new Life(mode, seed);
        for (int i = 0; i < steps; i++) life.step();
        var log = new ArrayList<String>(life.h.drops);
        for (Announcement a : life.h.announced) {
            log.add(a.pooled().transaction().hash() + " " + a.deferred() + " " + a.repeated());
        }
        return log;
    }

    /// A small pool on a chain that grows, forks and changes balances behind its back.
    private static final class Life {
        final Random random;
        final PoolHarness h;
        final List<BlockHeader> heads = new ArrayList<>();

        Life(PoolMode mode, int seed) {
            this(PoolConfig.DEFAULTS.withMode(mode).withLimits(3, 20, 5, 10), seed);
        }

        Life(PoolConfig config, int seed) {
            random = new Random(seed);
            h = new PoolHarness(config);
            h.chain.defaultBalance(BigInteger.valueOf(3_000_000));
            h.gaps = config.mode() == PoolMode.REFERENCE;
            heads.add(h.chain.head());
        }

        void step() {
            h.now += random.nextInt(1000) * 1_000_000_000L;
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> h.outcomes(batch(), true);
                case 4, 5 -> h.outcomes(batch(), false);
                case 6 -> h.expire();
                case 7 -> h.gasTip(1 + random.nextInt(4));
                case 8, 9 -> block(heads.getLast());
                case 10 -> block(heads.get(Math.max(0, heads.size() - 1 - random.nextInt(4))));
                default -> h.run();
            }
        }

        private List<Transaction> batch() {
            var batch = new ArrayList<Transaction>();
            int n = 1 + random.nextInt(8);
            for (int i = 0; i < n; i++) {
                int key = random.nextInt(KEYS);
                long nonce = h.pool.nextNonce(Txs.address(key)) + random.nextInt(4) - 1;
                long cap = 1L + random.nextInt(60);
                long tip = 1L + random.nextInt((int) cap);
                int gas = random.nextInt(20) == 0 ? 90_000 : 21_000;
                if (nonce < 0) continue;
                batch.add(
                        random.nextInt(8) == 0
                                ? Txs.setCode(key, nonce, 250_000, cap, tip, random.nextInt(KEYS))
                                : Txs.dynamic(key, nonce, gas, cap, tip));
            }
            return batch;
        }

        private void block(BlockHeader parent) {
            BlockHeader old = h.pool.head();
            var included = new ArrayList<Transaction>();
            // On a fork the nonces of the pool may not fit; only what follows the parent's does.
            if (parent.equals(old)) {
                PoolSnapshot snapshot = h.pool.snapshot();
                for (int key = 0; key < KEYS; key++) {
                    var account = snapshot.account(Txs.address(key));
                    if (account.isEmpty() || account.get().pending().isEmpty()) continue;
                    if (random.nextBoolean()) {
                        included.add(account.get().pending().getFirst().transaction());
                    }
                }
            }
            BlockHeader head = h.chain.extend(parent, included.toArray(new Transaction[0]));
            if (random.nextInt(4) == 0) {
                int key = random.nextInt(KEYS);
                AccountState state = h.chain.account(Txs.address(key));
                h.chain.touch(
                        Txs.address(key),
                        new AccountState(
                                state.nonce() + random.nextInt(2),
                                BigInteger.valueOf(random.nextInt(4_000_000)),
                                random.nextInt(5) == 0
                                        ? AccountState.Code.DELEGATION
                                        : AccountState.Code.NONE));
            }
            heads.add(head);
            h.reset(old, head);
        }
    }
}
