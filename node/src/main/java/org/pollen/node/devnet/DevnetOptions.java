package org.pollen.node.devnet;

import java.time.Duration;
import java.util.List;

/// What a devnet is asked to be.
///
/// @param nodes how many, from 1 to 200
/// @param slow how many of them answer late
/// @param seed of keys, chain, load and everything drawn
/// @param blockTime between two blocks
/// @param reorgEvery between two reorganisations; zero for none
/// @param txRate transactions a second; 0 for none
/// @param duration how long it runs; zero until it is stopped
/// @param dialect blossom-2.0, blossom-2.1, meshsub or both
/// @param base first three parts of the nodes' addresses, `127.60.0`
/// @param page whether pages and metrics are served
/// @param assertions conditions on the summary
public record DevnetOptions(
        int nodes,
        int slow,
        long seed,
        Duration blockTime,
        Duration reorgEvery,
        double txRate,
        Duration duration,
        String dialect,
        String base,
        boolean page,
        List<String> assertions) {
    /// Copies the list and checks the numbers.
    public DevnetOptions {
        assertions = List.copyOf(assertions);
        if (nodes < 1 || nodes > 200) {
            throw new IllegalArgumentException("nodes is " + nodes + ": it must be from 1 to 200");
        }
        if (!base.matches("127\\.\\d{1,3}\\.\\d{1,3}")) {
            throw new IllegalArgumentException(
                    "base is \"" + base + "\": it must be loopback, such as 127.60.0");
        }
        if (!(txRate >= 0 && txRate <= 10_000)) {
            throw new IllegalArgumentException(
                    "tx-rate is " + txRate + ": it must be from 0 to 10000");
        }
        if (blockTime.toMillis() < 50) {
            throw new IllegalArgumentException(
                    "block-time is " + blockTime.toMillis() + " ms: it must be 50ms or more");
        }
        if (slow < 0 || slow >= Math.max(2, nodes)) {
            throw new IllegalArgumentException(
                    "slow is " + slow + ": it must be from 0 to the number of nodes - 1");
        }
    }
}
