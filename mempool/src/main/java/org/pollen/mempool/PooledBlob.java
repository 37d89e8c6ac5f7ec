package org.pollen.mempool;

import java.math.BigInteger;
import java.util.List;

/// What is kept in memory of a pooled blob transaction. Its bytes are in a [BlobStore].
///
/// Source: mempool specification 14.1.
public final class PooledBlob {
    final Hash32 hash;
    final Address sender;
    final TransactionSource source;
    final long firstSeen;
    final long nonce;
    final long gas;
    final BigInteger cost;
    final BigInteger tip;
    final BigInteger feeCap;
    final BigInteger blobFeeCap;
    final List<Hash32> blobHashes;
    final int size;
    final int sizeWithoutBlobs;
    final long handle;
    final double feeJumps;
    final double blobJumps;

    /// The least of this and all earlier nonces of the account: none of them can be included
    /// without those before.
    BigInteger leastTip;

    double leastFeeJumps;
    double leastBlobJumps;

    /// Whether peers were told of it.
    boolean announced;

    /// Whether the last snapshot has it.
    boolean shown;

    PooledBlob(Transaction tx, TransactionSource source, long handle, long now) {
        hash = tx.hash();
        sender = tx.sender();
        this.source = source;
        firstSeen = now;
        nonce = tx.nonce();
        gas = tx.gas();
        cost = tx.cost();
        tip = tx.tipCap();
        feeCap = tx.feeCap();
        blobFeeCap = tx.blobFeeCap();
        blobHashes = tx.blobHashes();
        size = tx.size();
        sizeWithoutBlobs = tx.raw().length;
        this.handle = handle;
        feeJumps = FeeJumps.base(feeCap);
        blobJumps = FeeJumps.blob(blobFeeCap);
        leastTip = tip;
        leastFeeJumps = feeJumps;
        leastBlobJumps = blobJumps;
    }

    /// Takes the place after another nonce of the account.
    void follow(PooledBlob before) {
        leastTip = before.leastTip.min(tip);
        leastFeeJumps = Math.min(before.leastFeeJumps, feeJumps);
        leastBlobJumps = Math.min(before.leastBlobJumps, blobJumps);
    }

    /// Takes the first place of the account.
    void lead() {
        leastTip = tip;
        leastFeeJumps = feeJumps;
        leastBlobJumps = blobJumps;
    }

    public Hash32 hash() {
        return hash;
    }

    public Address sender() {
        return sender;
    }

    public TransactionSource source() {
        return source;
    }

    /// When it came, monotonic nanoseconds.
    public long firstSeen() {
        return firstSeen;
    }

    /// Unsigned.
    public long nonce() {
        return nonce;
    }

    /// Unsigned.
    public long gas() {
        return gas;
    }

    /// Most wei that its sender may pay in all.
    public BigInteger cost() {
        return cost;
    }

    public BigInteger tipCap() {
        return tip;
    }

    public BigInteger feeCap() {
        return feeCap;
    }

    public BigInteger blobFeeCap() {
        return blobFeeCap;
    }

    public List<Hash32> blobHashes() {
        return blobHashes;
    }

    /// Bytes with blobs, commitments and proofs, as announced.
    public int size() {
        return size;
    }

    /// Bytes of the canonical envelope.
    public int sizeWithoutBlobs() {
        return sizeWithoutBlobs;
    }
}
