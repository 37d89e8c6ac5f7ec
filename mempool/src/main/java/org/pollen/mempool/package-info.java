/// Transactions and the pool they wait in.
///
/// Pure: a pool is driven from outside with blocks, batches and times, and answers with outcomes
/// and events. Bytes of transactions are kept as they were received, since they are forwarded so.
///
/// [Transaction] and its decoder, signatures and stateless checks may be used by any thread.
/// [TransactionPool] belongs to one: `Admission` decides about a newcomer, `Maintenance` does what
/// a run does, `Truncation` keeps the limits, `PoolStore` holds the content and keeps its indexes
/// in agreement (accounts with a strict list of executable and a loose one of queued transactions,
/// every transaction by hash, two heaps by price, heartbeats, reservations, authorities). Readers
/// on other threads take a [PoolSnapshot].
///
/// Nonces and gas are unsigned `long`, prices and balances wei, times monotonic nanoseconds.
/// Sources: the Ethereum improvement proposals named at each class; mempool specification. Where
/// the pool leaves the reference is in ADR 11.
@NullMarked
package org.pollen.mempool;

import org.jspecify.annotations.NullMarked;
