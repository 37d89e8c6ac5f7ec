package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A signed transaction of type 0 to 4, with the bytes it was received in.
///
/// Immutable. The sender is recovered when it is first asked for and at most once, whichever
/// threads ask; whoever hands a transaction to the pool's thread has asked before. Source: EIP-155,
/// 2718, 2930, 1559, 4844, 7702.
public final class Transaction {
    /// Type of the oldest form.
    public static final int LEGACY = 0;

    /// Type with an access list.
    public static final int ACCESS_LIST = 1;

    /// Type with a fee cap and a tip cap.
    public static final int DYNAMIC_FEE = 2;

    /// Type that carries blobs.
    public static final int BLOB = 3;

    /// Type that sets code of accounts.
    public static final int SET_CODE = 4;

    /// Bytes of one slot of the pool.
    public static final int SLOT_BYTES = 32768;

    private static final BigInteger BLOB_GAS = BigInteger.valueOf(131072);
    private static final int V_BITS_MAX = 512;
    private static final BigInteger PROTECTED_V = BigInteger.valueOf(35);

    private final byte[] raw;
    private final Hash32 hash;
    private final int size;
    private final int type;
    private final BigInteger chainId;
    private final long nonce;
    private final BigInteger tipCap;
    private final BigInteger feeCap;
    private final long tipCapLong;
    private final long feeCapLong;
    private final long gas;
    private final @Nullable Address to;
    private final BigInteger value;
    private final BigInteger cost;
    private final int dataFrom;
    private final int dataTo;
    private final int unsignedFrom;
    private final int unsignedTo;
    private final int parity;
    private final boolean chainNamed;
    private final List<AccessListEntry> accessList;
    private final BigInteger blobFeeCap;
    private final List<Hash32> blobHashes;
    private final List<Authorization> authorizations;
    private final @Nullable BlobSidecar sidecar;
    private @Nullable Address sender; // published by senderKnown
    private volatile boolean senderKnown;
    private volatile @Nullable List<Address> authorities;
    private volatile @Nullable Boolean proofsHold;

    /// The fields as they are read. What the envelope holds anyway and few ask for is kept as a
    /// place in it, since a pool holds many transactions.
    ///
    /// Fees of the types without a tip are the gas price twice.
    static final class Parts {
        int type;
        BigInteger chainId = BigInteger.ZERO;
        long nonce;
        BigInteger tipCap = BigInteger.ZERO;
        BigInteger feeCap = BigInteger.ZERO;
        long gas;
        @Nullable Address to;
        BigInteger value = BigInteger.ZERO;
        int dataFrom;
        int dataTo;
        List<AccessListEntry> accessList = List.of();
        BigInteger blobFeeCap = BigInteger.ZERO;
        List<Hash32> blobHashes = List.of();
        List<Authorization> authorizations = List.of();
        BigInteger v = BigInteger.ZERO;
        @Nullable BlobSidecar sidecar;
        int unsignedFrom; // the fields that are signed; after them come v, r and s
        int unsignedTo;
        byte[] canonical = {};
        int size; // as received, sidecar included
    }

    /// @param parts whose envelope is not copied
    Transaction(Parts parts) {
        raw = parts.canonical;
        size = parts.size;
        hash = new Hash32(Keccak256.hash(raw));
        type = parts.type;
        chainId = parts.chainId;
        nonce = parts.nonce;
        tipCap = parts.tipCap;
        feeCap = parts.feeCap;
        tipCapLong = saturated(tipCap);
        feeCapLong = saturated(feeCap);
        gas = parts.gas;
        to = parts.to;
        value = parts.value;
        dataFrom = parts.dataFrom;
        dataTo = parts.dataTo;
        unsignedFrom = parts.unsignedFrom;
        unsignedTo = parts.unsignedTo;
        accessList = parts.accessList;
        blobFeeCap = parts.blobFeeCap;
        blobHashes = parts.blobHashes;
        authorizations = parts.authorizations;
        sidecar = parts.sidecar;
        chainNamed = type != LEGACY || namesChain(parts.v);
        parity = parity(parts.v);
        BigInteger sum = feeCap.multiply(unsigned(gas)).add(value);
        if (type == BLOB) {
            BigInteger blobGas = BLOB_GAS.multiply(BigInteger.valueOf(blobHashes.size()));
            sum = sum.add(blobGas.multiply(blobFeeCap));
        }
        cost = sum;
    }

    /// The canonical envelope as received: shared, must not be changed.
    public byte[] raw() {
        return raw;
    }

    /// keccak256 of the canonical envelope.
    public Hash32 hash() {
        return hash;
    }

    /// 0 to 4.
    public int type() {
        return type;
    }

    /// The chain it is signed for; 0 if it is an unprotected legacy transaction.
    public BigInteger chainId() {
        return chainId;
    }

    /// Unsigned.
    public long nonce() {
        return nonce;
    }

    /// Unsigned.
    public long gas() {
        return gas;
    }

    /// Most wei paid for one gas; the gas price where there is only that.
    public BigInteger feeCap() {
        return feeCap;
    }

    /// Most wei of it that go to who builds the block.
    public BigInteger tipCap() {
        return tipCap;
    }

    /// The fee cap, or the largest `long` if that is less.
    public long feeCapLong() {
        return feeCapLong;
    }

    /// The tip cap, or the largest `long` if that is less.
    public long tipCapLong() {
        return tipCapLong;
    }

    /// Who receives; null for the creation of a contract.
    public @Nullable Address to() {
        return to;
    }

    /// Wei that are transferred.
    public BigInteger value() {
        return value;
    }

    /// The call data, a copy.
    public byte[] data() {
        return Arrays.copyOfRange(raw, dataFrom, dataTo);
    }

    /// Bytes of call data.
    public int dataLength() {
        return dataTo - dataFrom;
    }

    int dataZeros() {
        int zeros = 0;
        for (int i = dataFrom; i < dataTo; i++) if (raw[i] == 0) zeros++;
        return zeros;
    }

    public List<AccessListEntry> accessList() {
        return accessList;
    }

    int accessListKeys() {
        int keys = 0;
        for (AccessListEntry entry : accessList) keys += entry.storageKeys().size();
        return keys;
    }

    /// Most wei paid for one blob gas; 0 for other types.
    public BigInteger blobFeeCap() {
        return blobFeeCap;
    }

    public List<Hash32> blobHashes() {
        return blobHashes;
    }

    /// What came along with a blob transaction; null if nothing did.
    public @Nullable BlobSidecar sidecar() {
        return sidecar;
    }

    /// The bytes that a peer is sent: with the sidecar, if there is one. Shared, must not be
    /// changed.
    public byte[] network() {
        return sidecar == null ? raw : sidecar.network();
    }

    /// Whether the sidecar's blobs are those that are committed to; verified when it is first asked
    /// for and at most once, so that whoever hands the transaction to the pool's thread asks
    /// before.
    public boolean proofsHold(BlobProofs proofs) {
        Boolean known = proofsHold;
        return known == null ? verifyOnce(proofs) : known;
    }

    private synchronized boolean verifyOnce(BlobProofs proofs) {
        Boolean known = proofsHold;
        if (known != null) return known; // somebody was faster
        known = sidecar != null && proofs.verify(sidecar);
        proofsHold = known;
        return known;
    }

    public List<Authorization> authorizations() {
        return authorizations;
    }

    /// The number on the wire: 27, 28 or 35 + 2·chainId + parity for legacy, the parity for others.
    public BigInteger v() {
        return signatureNumber(0);
    }

    public BigInteger r() {
        return signatureNumber(1);
    }

    public BigInteger s() {
        return signatureNumber(2);
    }

    /// The number at a place after the fields that are signed.
    private BigInteger signatureNumber(int index) {
        try {
            var in = new Rlp(raw, unsignedTo, raw.length - unsignedTo);
            for (int i = 0; i < index; i++) {
                var _ = in.number(0);
            }
            return in.number(0);
        } catch (TransactionRefusedException e) {
            throw new AssertionError("decoded before", e);
        }
    }

    /// Whether a legacy transaction names its chain; true for all others.
    public boolean isProtected() {
        return chainNamed;
    }

    /// Gas times fee cap, plus value, plus blobs: what the sender must own.
    public BigInteger cost() {
        return cost;
    }

    /// Bytes as received, sidecar included.
    public int size() {
        return size;
    }

    /// Size in slots of the pool, rounded up.
    public int slots() {
        return (size + SLOT_BYTES - 1) / SLOT_BYTES;
    }

    /// Who signed it; recovered by [SenderRecovery#best] when first asked for.
    ///
    /// @throws IllegalStateException if nobody can have
    public Address sender() {
        Address found = senderOrNull();
        if (found == null)
            throw new IllegalStateException("no sender can be recovered for " + hash);
        return found;
    }

    /// Who signed it, or null if nobody can have: a number out of range, or no key that fits.
    public @Nullable Address senderOrNull() {
        if (!senderKnown) recoverOnce();
        return sender;
    }

    private synchronized void recoverOnce() {
        if (senderKnown) return; // somebody was faster
        sender = recover(SenderRecovery.best());
        senderKnown = true;
    }

    /// Remembers what the maker of a transaction knows, so that nobody recovers it: for tests that
    /// are not about signatures.
    synchronized Transaction known(Address from, List<Address> named) {
        sender = from;
        senderKnown = true;
        authorities = List.copyOf(named);
        return this;
    }

    /// Recovers the sender again, by an implementation of choice; nothing is remembered.
    @Nullable Address recover(SenderRecovery recovery) {
        return parity < 0 ? null : recovery.recover(signingHash(), r(), s(), parity);
    }

    /// The parity of the signature's point, or -1 if v allows none.
    private int parity(BigInteger v) {
        if (v.bitLength() > V_BITS_MAX) return -1; // no chain's id: do not hash it
        if (type != LEGACY) return v.bitLength() <= 1 ? v.intValue() : -1;
        if (!chainNamed) {
            int small = v.intValue();
            return small == 27 || small == 28 ? small - 27 : -1;
        }
        if (v.bitLength() < 6 || v.compareTo(PROTECTED_V) < 0) return -1;
        return v.testBit(0) ? 0 : 1;
    }

    /// What was signed.
    public byte[] signingHash() {
        var out = new RlpWriter().raw(raw, unsignedFrom, unsignedTo - unsignedFrom);
        if (type == LEGACY && chainNamed) out.number(chainId).number(0L).number(0L);
        return Keccak256.hash(out.toEnvelope(type));
    }

    /// The distinct accounts whose authorizations can be recovered, in order.
    public List<Address> authorities() {
        List<Address> known = authorities;
        return known == null ? authoritiesOnce() : known;
    }

    private synchronized List<Address> authoritiesOnce() {
        List<Address> known = authorities;
        if (known != null) return known; // somebody was faster
        var found = new LinkedHashSet<Address>();
        for (Authorization authorization : authorizations) {
            Address authority = authorization.recover(SenderRecovery.best());
            if (authority != null) found.add(authority);
        }
        known = List.copyOf(new ArrayList<>(found));
        authorities = known;
        return known;
    }

    /// The form inside a list: a legacy transaction as it is, another as a string.
    public byte[] listElement() {
        return type == LEGACY ? raw.clone() : new RlpWriter().bytes(raw).toByteArray();
    }

    /// Whether the v of a legacy transaction names a chain.
    static boolean namesChain(BigInteger v) {
        if (v.bitLength() > 8) return true;
        int small = v.intValue();
        return small != 27 && small != 28 && small != 0 && small != 1;
    }

    /// The value of an unsigned 64-bit number.
    static BigInteger unsigned(long value) {
        BigInteger number = BigInteger.valueOf(value);
        return value >= 0 ? number : number.add(BigInteger.ONE.shiftLeft(64));
    }

    private static long saturated(BigInteger value) {
        return value.bitLength() > 63 ? Long.MAX_VALUE : value.longValue();
    }

    /// Two transactions are the same if their hashes are.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Transaction tx && tx.hash.equals(hash);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(hash);
    }

    @Override
    public String toString() {
        return "transaction " + hash;
    }
}
