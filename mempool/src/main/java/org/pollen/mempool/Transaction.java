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

    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

    private final byte[] raw;
    private final Hash32 hash;
    private final int dataFrom;
    private final int dataTo;
    private final int unsignedFrom;
    private final int unsignedTo;
    private final int toAt; // where the recipient is in the envelope; 0 for a creation
    private final byte type;
    private final byte parity;
    private final boolean chainNamed;
    private volatile boolean senderKnown;
    private final long nonce;
    private final long gas;

    // Numbers that fit; the largest long where the number itself is in `wide`. An object for each
    // would be half of what a pooled transaction takes.
    private final long chainId;
    private final long tipCap;
    private final long feeCap;
    private final long value;
    private final long cost;
    private final @Nullable Wide wide;

    private final @Nullable Lists lists;
    private @Nullable Address sender; // published by senderKnown

    /// The numbers of a transaction one of whose does not fit into a `long`.
    private record Wide(
            BigInteger chainId,
            BigInteger tipCap,
            BigInteger feeCap,
            BigInteger value,
            BigInteger cost) {
        boolean needed() {
            return Math.max(
                                    Math.max(chainId.bitLength(), tipCap.bitLength()),
                                    Math.max(feeCap.bitLength(), value.bitLength()))
                            > 62
                    || cost.bitLength() > 62
                    || value.signum() < 0;
        }
    }

    /// What plain transfers do not have.
    private static final class Lists {
        final List<AccessListEntry> accessList;
        final BigInteger blobFeeCap;
        final List<Hash32> blobHashes;
        final List<Authorization> authorizations;
        final @Nullable BlobSidecar sidecar;
        final int size; // as received, sidecar included
        volatile @Nullable List<Address> authorities;
        volatile @Nullable Boolean proofsHold;

        Lists(Parts parts) {
            accessList = parts.accessList;
            blobFeeCap = parts.blobFeeCap;
            blobHashes = parts.blobHashes;
            authorizations = parts.authorizations;
            sidecar = parts.sidecar;
            size = parts.size;
        }

        static boolean needed(Parts parts) {
            return parts.type >= BLOB
                    || !parts.accessList.isEmpty()
                    || parts.size != parts.canonical.length;
        }
    }

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
        int toAt;
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
        hash = new Hash32(Keccak256.hash(raw));
        type = (byte) parts.type;
        nonce = parts.nonce;
        gas = parts.gas;
        toAt = parts.toAt;
        dataFrom = parts.dataFrom;
        dataTo = parts.dataTo;
        unsignedFrom = parts.unsignedFrom;
        unsignedTo = parts.unsignedTo;
        lists = Lists.needed(parts) ? new Lists(parts) : null;
        chainNamed = type != LEGACY || namesChain(parts.v);
        parity = (byte) parity(parts.v);
        BigInteger sum = parts.feeCap.multiply(unsigned(gas)).add(parts.value);
        if (type == BLOB) {
            BigInteger blobGas = BLOB_GAS.multiply(BigInteger.valueOf(parts.blobHashes.size()));
            sum = sum.add(blobGas.multiply(parts.blobFeeCap));
        }
        var numbers = new Wide(parts.chainId, parts.tipCap, parts.feeCap, parts.value, sum);
        wide = numbers.needed() ? numbers : null;
        chainId = saturated(parts.chainId);
        tipCap = saturated(parts.tipCap);
        feeCap = saturated(parts.feeCap);
        value = saturated(parts.value);
        cost = saturated(sum);
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
        return wide == null ? BigInteger.valueOf(chainId) : wide.chainId();
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
        return wide == null ? BigInteger.valueOf(feeCap) : wide.feeCap();
    }

    /// Most wei of it that go to who builds the block.
    public BigInteger tipCap() {
        return wide == null ? BigInteger.valueOf(tipCap) : wide.tipCap();
    }

    /// The fee cap, or the largest `long` if that is less.
    public long feeCapLong() {
        return feeCap;
    }

    /// The tip cap, or the largest `long` if that is less.
    public long tipCapLong() {
        return tipCap;
    }

    /// Who receives; null for the creation of a contract.
    public @Nullable Address to() {
        return toAt == 0 ? null : new Address(raw, toAt);
    }

    /// Whether it creates a contract.
    public boolean isCreation() {
        return toAt == 0;
    }

    /// Wei that are transferred.
    public BigInteger value() {
        return wide == null ? BigInteger.valueOf(value) : wide.value();
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
        return lists == null ? List.of() : lists.accessList;
    }

    int accessListKeys() {
        int keys = 0;
        for (AccessListEntry entry : accessList()) keys += entry.storageKeys().size();
        return keys;
    }

    /// Most wei paid for one blob gas; 0 for other types.
    public BigInteger blobFeeCap() {
        return lists == null ? BigInteger.ZERO : lists.blobFeeCap;
    }

    public List<Hash32> blobHashes() {
        return lists == null ? List.of() : lists.blobHashes;
    }

    /// What came along with a blob transaction; null if nothing did.
    public @Nullable BlobSidecar sidecar() {
        return lists == null ? null : lists.sidecar;
    }

    /// The bytes that a peer is sent: with the sidecar, if there is one. Shared, must not be
    /// changed.
    public byte[] network() {
        BlobSidecar sidecar = sidecar();
        return sidecar == null ? raw : sidecar.network();
    }

    /// Whether the sidecar's blobs are those that are committed to; verified when it is first asked
    /// for and at most once, so that whoever hands the transaction to the pool's thread asks
    /// before.
    public boolean proofsHold(BlobProofs proofs) {
        if (lists == null) return false;
        Boolean known = lists.proofsHold;
        return known == null ? verifyOnce(lists, proofs) : known;
    }

    private synchronized boolean verifyOnce(Lists mine, BlobProofs proofs) {
        Boolean known = mine.proofsHold;
        if (known != null) return known; // somebody was faster
        known = mine.sidecar != null && proofs.verify(mine.sidecar);
        mine.proofsHold = known;
        return known;
    }

    public List<Authorization> authorizations() {
        return lists == null ? List.of() : lists.authorizations;
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
        return wide == null ? BigInteger.valueOf(cost) : wide.cost();
    }

    /// Bytes as received, sidecar included.
    public int size() {
        return lists == null ? raw.length : lists.size;
    }

    /// Size in slots of the pool, rounded up.
    public int slots() {
        return (size() + SLOT_BYTES - 1) / SLOT_BYTES;
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
        if (lists != null) lists.authorities = List.copyOf(named);
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
        if (type == LEGACY && chainNamed) out.number(chainId()).number(0L).number(0L);
        return Keccak256.hash(out.toEnvelope(type));
    }

    /// The distinct accounts whose authorizations can be recovered, in order.
    public List<Address> authorities() {
        if (lists == null) return List.of();
        List<Address> known = lists.authorities;
        return known == null ? authoritiesOnce(lists) : known;
    }

    private synchronized List<Address> authoritiesOnce(Lists mine) {
        List<Address> known = mine.authorities;
        if (known != null) return known; // somebody was faster
        var found = new LinkedHashSet<Address>();
        for (Authorization authorization : mine.authorizations) {
            Address authority = authorization.recover(SenderRecovery.best());
            if (authority != null) found.add(authority);
        }
        known = List.copyOf(new ArrayList<>(found));
        mine.authorities = known;
        return known;
    }

    /// Shares the address that the pool has for the sender anyway.
    void intern(Address same) {
        sender = same; // equal to what is there: whoever reads either is right
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
        return value.compareTo(LONG_MAX) > 0 ? Long.MAX_VALUE : value.longValue();
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
