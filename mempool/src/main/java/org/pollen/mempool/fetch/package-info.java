/// Announcing transactions by hash, and fetching what others announce: the policy, without a wire.
///
/// Pure, like the pool beside it and on the same thread: announcements, replies, peers that come
/// and go and times enter, requests and drops leave by an interface of the owner. Peers are the
/// owner's numbers. [TransactionFetcher] decides what is asked of whom, `Deliveries` hands what
/// arrives to the pool and says whose fault it was, [TransactionBroadcast] decides what each peer
/// is sent or told, [MessageRules] what no honest peer sends.
///
/// Source: mempool specification 8.1 and 8.2; ADR 80.
@NullMarked
package org.pollen.mempool.fetch;

import org.jspecify.annotations.NullMarked;
