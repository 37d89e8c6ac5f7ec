package org.pollen.mempool;

/// A transaction that became executable, or replaced an executable one.
///
/// @param pooled the transaction and where it came from
/// @param deferred it waited behind a nonce gap when its verdict was given, so that nobody has
///   forwarded it yet: publish it now, although its id is in our own seen cache
/// @param repeated it was announced before, for example before its block left the chain
public record Announcement(PooledTransaction pooled, boolean deferred, boolean repeated) {
    /// Whether this node has to publish it: nobody forwarded it on our verdict.
    public boolean publish() {
        return !repeated && (deferred || pooled.source() != TransactionSource.GOSSIP);
    }
}
