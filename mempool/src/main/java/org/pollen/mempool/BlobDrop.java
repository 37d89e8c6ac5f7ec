package org.pollen.mempool;

/// Why a blob transaction left the pool; names as in the metric `blobpool_drop_total`. Source:
/// mempool specification 5.10 and 14.4.
public enum BlobDrop {
    /// An entry of the store that is no transaction, or that nobody signed.
    INVALID,
    /// All of an account, since the nonce before them is missing.
    DANGLING,
    /// All of an account, since all were included.
    FILLED,
    /// Included, or another one with its nonce was; later ones stay.
    OVERLAPPED,
    /// A second one with its nonce.
    REPEATED,
    /// Behind a nonce that is missing.
    GAPPED,
    /// Its account cannot pay it together with those before.
    OVERDRAFTED,
    /// Its account has too many.
    OVERCAPPED,
    /// The store was full, and its account would have to wait longest.
    OVERFLOWN,
    /// It, or one before it, pays less than the minimum tip.
    UNDERPRICED,
    /// Another one with its nonce pays enough more.
    REPLACED
}
