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
/// Immutable. The sender is recovered when it is first asked for and at most once; whoever hands a
/// transaction to the pool's thread has asked before. Source: EIP-155, 2718, 2930, 1559, 4844,
/// 7702.
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

    private final Parts parts;
    private final byte[] raw;
    private final Hash32 hash;
    private final int size;
    private final BigInteger cost;
    private final long feeCapLong;
    private final long tipCapLong;
    private volatile @Nullable Recovered sender;
    private volatile @Nullable List<Address> authorities;

    /// That recovery was tried, and what came of it.
    private record Recovered(@Nullable Address address) {}

    /// The fields as they are read or about to be signed.
    ///
    /// Fees of the types without a tip are the gas price twice. Collected by [TransactionDecoder]
    /// and [TransactionSigner].
    static final class Parts {
        int type;
        BigInteger chainId = BigInteger.ZERO;
        long nonce;
        BigInteger tipCap = BigInteger.ZERO;
        BigInteger feeCap = BigInteger.ZERO;
        long gas;
        @Nullable Address to;
        BigInteger value = BigInteger.ZERO;
        byte[] data = {};
        List<AccessListEntry> accessList = List.of();
        BigInteger blobFeeCap = BigInteger.ZERO;
        List<Hash32> blobHashes = List.of();
        List<Authorization> authorizations = List.of();
        BigInteger v = BigInteger.ZERO;
        BigInteger r = BigInteger.ZERO;
        BigInteger s = BigInteger.ZERO;
        @Nullable BlobSidecar sidecar;
        int unsignedFrom; // where the fields that are signed lie in the envelope
        int unsignedTo;
    }

    /// @param canonical the envelope without sidecar; not copied
    /// @param size bytes as received, sidecar included
    Transaction(Parts parts, byte[] canonical, int size) {
        this.parts = parts;
        this.raw = canonical;
        this.size = size;
        this.hash = new Hash32(Keccak256.hash(canonical));
        BigInteger sum = parts.feeCap.multiply(unsigned(parts.gas)).add(parts.value);
        if (parts.type == BLOB) {
            sum =
                    sum.add(
                            BLOB_GAS.multiply(BigInteger.valueOf(parts.blobHashes.size()))
                                    .multiply(parts.blobFeeCap));
        }
        this.cost = sum;
        this.feeCapLong = saturated(parts.feeCap);
        this.tipCapLong = saturated(parts.tipCap);
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
        return parts.type;
    }

    /// The chain it is signed for; 0 if it is an unprotected legacy transaction.
    public BigInteger chainId() {
        return parts.chainId;
    }

    /// Unsigned.
    public long nonce() {
        return parts.nonce;
    }

    /// Unsigned.
    public long gas() {
        return parts.gas;
    }

    /// Most wei paid for one gas; the gas price where there is only that.
    public BigInteger feeCap() {
        return parts.feeCap;
    }

    /// Most wei of it that go to who builds the block.
    public BigInteger tipCap() {
        return parts.tipCap;
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
        return parts.to;
    }

    /// Wei that are transferred.
    public BigInteger value() {
        return parts.value;
    }

    /// The call data: shared, must not be changed.
    public byte[] data() {
        return parts.data;
    }

    /// Bytes of call data.
    public int dataLength() {
        return parts.data.length;
    }

    int dataZeros() {
        int zeros = 0;
        for (byte b : parts.data) if (b == 0) zeros++;
        return zeros;
    }

    public List<AccessListEntry> accessList() {
        return parts.accessList;
    }

    int accessListKeys() {
        int keys = 0;
        for (AccessListEntry entry : parts.accessList) keys += entry.storageKeys().size();
        return keys;
    }

    /// Most wei paid for one blob gas; 0 for other types.
    public BigInteger blobFeeCap() {
        return parts.blobFeeCap;
    }

    public List<Hash32> blobHashes() {
        return parts.blobHashes;
    }

    /// What came along with a blob transaction; null if nothing did.
    public @Nullable BlobSidecar sidecar() {
        return parts.sidecar;
    }

    public List<Authorization> authorizations() {
        return parts.authorizations;
    }

    /// The number on the wire: 27, 28 or 35 + 2·chainId + parity for legacy, the parity for others.
    public BigInteger v() {
        return parts.v;
    }

    public BigInteger r() {
        return parts.r;
    }

    public BigInteger s() {
        return parts.s;
    }

    /// Whether a legacy transaction names its chain; true for all others.
    public boolean isProtected() {
        return parts.type != LEGACY || isProtectedV(parts.v);
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
        Recovered known = sender;
        if (known == null) {
            known = new Recovered(recover(SenderRecovery.best()));
            sender = known;
        }
        return known.address;
    }

    /// Remembers what the maker of a transaction knows, so that nobody recovers it: for tests that
    /// are not about signatures.
    Transaction known(Address from, List<Address> named) {
        sender = new Recovered(from);
        authorities = List.copyOf(named);
        return this;
    }

    /// Recovers the sender again, by an implementation of choice; nothing is remembered.
    @Nullable Address recover(SenderRecovery recovery) {
        int parity = parity();
        return parity < 0 ? null : recovery.recover(signingHash(), parts.r, parts.s, parity);
    }

    /// The parity of the signature's point, or -1 if v allows none.
    int parity() {
        BigInteger v = parts.v;
        if (v.bitLength() > 512) return -1;
        if (parts.type != LEGACY) return v.bitLength() <= 1 ? v.intValue() : -1;
        if (!isProtectedV(v)) {
            int small = v.intValue();
            return small == 27 || small == 28 ? small - 27 : -1;
        }
        if (v.compareTo(BigInteger.valueOf(35)) < 0) return -1;
        return v.subtract(BigInteger.valueOf(35)).testBit(0) ? 1 : 0;
    }

    /// What was signed.
    public byte[] signingHash() {
        byte[] fields = Arrays.copyOfRange(raw, parts.unsignedFrom, parts.unsignedTo);
        var out = new RlpWriter().raw(fields, 0, fields.length);
        if (parts.type == LEGACY && isProtectedV(parts.v)) {
            out.number(parts.chainId).number(0L).number(0L);
        }
        return Keccak256.hash(out.toEnvelope(parts.type));
    }

    /// The distinct accounts whose authorizations can be recovered, in order.
    public List<Address> authorities() {
        List<Address> known = authorities;
        if (known == null) {
            var found = new LinkedHashSet<Address>();
            for (Authorization authorization : parts.authorizations) {
                Address authority = authorization.recover(SenderRecovery.best());
                if (authority != null) found.add(authority);
            }
            known = List.copyOf(new ArrayList<>(found));
            authorities = known;
        }
        return known;
    }

    /// The form inside a list: a legacy transaction as it is, another as a string.
    public byte[] listElement() {
        return parts.type == LEGACY ? raw.clone() : new RlpWriter().bytes(raw).toByteArray();
    }

    static boolean isProtectedV(BigInteger v) {
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
