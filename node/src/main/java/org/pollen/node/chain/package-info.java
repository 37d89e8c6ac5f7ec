/// Where the pool's chain comes from.
///
/// [ChainSource] is what the node asks of any chain: the head and its changes, recent blocks, the
/// state after them. [DevChain] is the one that is part of the program: deterministic, moved from
/// outside, with forks and reorganisations, for `./pollen devnet` and for tests. The package
/// `remote` has the one that follows another client's chain over JSON-RPC.
///
/// A source is changed by one thread and read by all; what readers get does not change. Amounts are
/// wei, block times seconds since 1970. Source: operations.md 2, mempool.md 5.2, 6 and 7; decision
/// record 11.
@NullMarked
package org.pollen.node.chain;

import org.jspecify.annotations.NullMarked;
