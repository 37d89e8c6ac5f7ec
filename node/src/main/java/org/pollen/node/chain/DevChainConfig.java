package org.pollen.node.chain;

import java.math.BigInteger;

/// What an embedded chain is like; two with the same values and the same calls are the same chain.
///
/// @param seed of the accounts, the beneficiaries and what a reorganisation drops
/// @param chainId signed into every transaction
/// @param accounts number of funded accounts
/// @param balance of each, wei
/// @param gasLimit of a block
/// @param baseFee of the first block, wei
/// @param genesisTime of the first block, seconds since 1970
/// @param blocksKept of the canonical chain with their transactions; older ones are forgotten
/// @param statesKept states of the newest blocks; also how deep a reorganisation can be
public record DevChainConfig(
        long seed,
        long chainId,
        int accounts,
        BigInteger balance,
        long gasLimit,
        BigInteger baseFee,
        long genesisTime,
        int blocksKept,
        int statesKept) {

    /// Deepest reorganisation by default.
    public static final int REORG_DEPTH_MAX = 128;

    private static final BigInteger ETHER = BigInteger.TEN.pow(18);
    private static final long GENESIS_TIME = 1_767_225_600; // 2026-01-01T00:00:00Z

    /// Checks the numbers.
    public DevChainConfig {
        if (chainId < 1) throw new IllegalArgumentException(rule("chainId", chainId, 1));
        if (accounts < 1) throw new IllegalArgumentException(rule("accounts", accounts, 1));
        if (gasLimit < 21_000) {
            throw new IllegalArgumentException(rule("gasLimit", gasLimit, 21_000));
        }
        if (statesKept < 1) throw new IllegalArgumentException(rule("statesKept", statesKept, 1));
        if (blocksKept < statesKept) {
            throw new IllegalArgumentException(rule("blocksKept", blocksKept, statesKept));
        }
    }

    /// The chain of `./pollen devnet`: id 31337, 50 accounts with 10,000 ether, blocks of 30
    /// million gas, base fee from 1 gwei. Source: operations.md 2.
    public static DevChainConfig defaults(long seed) {
        return new DevChainConfig(
                seed,
                31_337,
                50,
                ETHER.multiply(BigInteger.valueOf(10_000)),
                30_000_000,
                BigInteger.valueOf(1_000_000_000),
                GENESIS_TIME,
                1024,
                2 * REORG_DEPTH_MAX);
    }

    /// The same chain with so many funded accounts.
    public DevChainConfig withAccounts(int count) {
        return new DevChainConfig(
                seed,
                chainId,
                count,
                balance,
                gasLimit,
                baseFee,
                genesisTime,
                blocksKept,
                statesKept);
    }

    /// The same chain with blocks of another size.
    public DevChainConfig withGasLimit(long gas) {
        return new DevChainConfig(
                seed,
                chainId,
                accounts,
                balance,
                gas,
                baseFee,
                genesisTime,
                blocksKept,
                statesKept);
    }

    /// The same chain that began at another time.
    public DevChainConfig withGenesisTime(long seconds) {
        return new DevChainConfig(
                seed,
                chainId,
                accounts,
                balance,
                gasLimit,
                baseFee,
                seconds,
                blocksKept,
                statesKept);
    }

    /// The same chain that remembers so much.
    public DevChainConfig withMemory(int blocks, int states) {
        return new DevChainConfig(
                seed, chainId, accounts, balance, gasLimit, baseFee, genesisTime, blocks, states);
    }

    private static String rule(String field, long value, long min) {
        return "%s is %d: it must be at least %d".formatted(field, value, min);
    }
}
