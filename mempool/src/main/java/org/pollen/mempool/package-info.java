/// Transactions and the pool they wait in.
///
/// Pure: a pool is driven from outside with blocks, batches and times, and answers with outcomes
/// and events. Bytes of transactions are kept as they were received, since they are forwarded so.
/// Sources: the Ethereum improvement proposals named at each class; mempool specification.
@NullMarked
package org.pollen.mempool;

import org.jspecify.annotations.NullMarked;
