package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads transactions in their canonical form, as elements of a list, and with blobs beside them.
///
/// Strict: whatever decodes encodes back to the same bytes. Nothing is allocated beyond the length
/// of the input. Source: mempool specification 0.
public final class TransactionDecoder {
    private TransactionDecoder() {}

    /// Reads one envelope.
    ///
    /// @param envelope kept as the transaction's bytes: must not be changed afterwards
    /// @throws TransactionRefusedException `ErrShortTypedTx`, `ErrTxTypeNotSupported` or `ErrRlp`
    public static Transaction decode(byte[] envelope) throws TransactionRefusedException {
        return new Transaction(parts(envelope));
    }

    /// The fields of an envelope.
    static Transaction.Parts parts(byte[] envelope) throws TransactionRefusedException {
        if (envelope.length == 0 || ((envelope[0] & 0xff) <= 0x7f && envelope.length == 1)) {
            throw new TransactionRefusedException(
                    PoolError.ErrShortTypedTx, PoolError.ErrShortTypedTx.text());
        }
        int first = envelope[0] & 0xff;
        if (first > 0x7f) return legacy(envelope);
        if (first > 4 || first == 0) {
            throw new TransactionRefusedException(
                    PoolError.ErrTxTypeNotSupported,
                    PoolError.ErrTxTypeNotSupported.text() + ": " + first);
        }
        if (first == Transaction.BLOB) return blob(envelope);
        return typed(envelope, first, null, envelope.length);
    }

    /// Reads the element of a list: a legacy list as it is, or a string with an envelope in it.
    ///
    /// @throws TransactionRefusedException as [#decode]
    public static Transaction decodeListElement(byte[] element) throws TransactionRefusedException {
        if (element.length == 0) throw Rlp.refused("ends early");
        int first = element[0] & 0xff;
        if (first >= 0xc0) return new Transaction(legacy(element));
        var in = new Rlp(element, 0, element.length);
        byte[] envelope = in.bytes(element.length);
        in.end();
        if (envelope.length <= 1) {
            throw new TransactionRefusedException(
                    PoolError.ErrShortTypedTx, PoolError.ErrShortTypedTx.text());
        }
        if ((envelope[0] & 0xff) > 0x7f) throw Rlp.refused("a legacy transaction inside a string");
        return decode(envelope);
    }

    private static Transaction.Parts legacy(byte[] envelope) throws TransactionRefusedException {
        var outer = new Rlp(envelope, 0, envelope.length);
        Rlp in = outer.list();
        outer.end();
        var parts = new Transaction.Parts();
        parts.unsignedFrom = in.position();
        parts.nonce = in.number64();
        parts.feeCap = in.number(0);
        parts.tipCap = parts.feeCap;
        parts.gas = in.number64();
        to(in, parts, true);
        parts.value = in.number(0);
        data(in, parts);
        parts.unsignedTo = in.position();
        signature(in, parts, 0);
        if (Transaction.namesChain(parts.v)) {
            BigInteger rest = parts.v.subtract(BigInteger.valueOf(35));
            parts.chainId = rest.signum() < 0 ? BigInteger.ZERO : rest.shiftRight(1);
        }
        parts.canonical = envelope;
        parts.size = envelope.length;
        return parts;
    }

    private static Transaction.Parts typed(
            byte[] envelope, int type, @Nullable BlobSidecar sidecar, int size)
            throws TransactionRefusedException {
        var outer = new Rlp(envelope, 1, envelope.length - 1);
        Rlp in = outer.list();
        outer.end();
        var parts = new Transaction.Parts();
        int numberMax = type >= Transaction.BLOB ? 32 : 0;
        parts.type = type;
        parts.sidecar = sidecar;
        parts.unsignedFrom = in.position();
        parts.chainId = in.number(numberMax);
        parts.nonce = in.number64();
        parts.tipCap = in.number(numberMax);
        parts.feeCap = type == Transaction.ACCESS_LIST ? parts.tipCap : in.number(numberMax);
        parts.gas = in.number64();
        to(in, parts, type < Transaction.BLOB);
        parts.value = in.number(numberMax);
        data(in, parts);
        parts.accessList = accessList(in.list());
        if (type == Transaction.BLOB) {
            parts.blobFeeCap = in.number(32);
            parts.blobHashes = hashes(in.list());
        }
        if (type == Transaction.SET_CODE) parts.authorizations = authorizations(in.list());
        parts.unsignedTo = in.position();
        signature(in, parts, numberMax);
        parts.canonical = envelope;
        parts.size = size;
        return parts;
    }

    /// Canonical, or wrapped with a sidecar: then the first element of the list is a list itself.
    private static Transaction.Parts blob(byte[] envelope) throws TransactionRefusedException {
        var outer = new Rlp(envelope, 1, envelope.length - 1);
        Rlp in = outer.list();
        if (!in.nextIsList()) return typed(envelope, Transaction.BLOB, null, envelope.length);
        outer.end();
        int from = in.position();
        var _ = in.list();
        byte[] canonical = new byte[1 + in.position() - from];
        canonical[0] = Transaction.BLOB;
        System.arraycopy(envelope, from, canonical, 1, canonical.length - 1);
        int version = 0;
        if (!in.nextIsList()) {
            long number = in.number64();
            if (number != 1)
                throw Rlp.refused("sidecar of version " + Long.toUnsignedString(number));
            version = 1;
        }
        Rlp list = in.list();
        int blobsFrom = list.position();
        int blobs = 0;
        for (; list.hasMore(); blobs++) list.skipExactly(BlobSidecar.BLOB_BYTES);
        var commitments = new ArrayList<byte[]>();
        for (list = in.list(); list.hasMore(); ) {
            commitments.add(list.exactly(BlobSidecar.POINT_BYTES));
        }
        list = in.list();
        int proofsFrom = list.position();
        int proofs = 0;
        for (; list.hasMore(); proofs++) list.skipExactly(BlobSidecar.POINT_BYTES);
        in.end();
        var sidecar =
                new BlobSidecar(
                        version, blobs, commitments, proofs, envelope, blobsFrom, proofsFrom);
        return typed(canonical, Transaction.BLOB, sidecar, envelope.length);
    }

    private static void to(Rlp in, Transaction.Parts parts, boolean createAllowed)
            throws TransactionRefusedException {
        in.skip();
        int length = in.position() - in.start();
        if (length == 0 && createAllowed) return;
        if (length != Address.BYTES) throw Rlp.refused("recipient of " + length + " bytes");
        parts.toAt = in.start();
    }

    private static void data(Rlp in, Transaction.Parts parts) throws TransactionRefusedException {
        in.skip();
        parts.dataFrom = in.start();
        parts.dataTo = in.position();
    }

    private static void signature(Rlp in, Transaction.Parts parts, int numberMax)
            throws TransactionRefusedException {
        parts.v = in.number(numberMax);
        in.skipNumber(numberMax);
        in.skipNumber(numberMax);
        in.end();
    }

    private static List<AccessListEntry> accessList(Rlp in) throws TransactionRefusedException {
        var entries = new ArrayList<AccessListEntry>();
        while (in.hasMore()) {
            Rlp entry = in.list();
            var address = new Address(entry.exactly(Address.BYTES));
            List<Hash32> keys = hashes(entry.list());
            entry.end();
            entries.add(new AccessListEntry(address, keys));
        }
        return List.copyOf(entries);
    }

    private static List<Hash32> hashes(Rlp in) throws TransactionRefusedException {
        var hashes = new ArrayList<Hash32>();
        while (in.hasMore()) hashes.add(new Hash32(in.exactly(Hash32.BYTES)));
        return List.copyOf(hashes);
    }

    private static List<Authorization> authorizations(Rlp in) throws TransactionRefusedException {
        var list = new ArrayList<Authorization>();
        while (in.hasMore()) {
            Rlp one = in.list();
            BigInteger chainId = one.number(32);
            var address = new Address(one.exactly(Address.BYTES));
            long nonce = one.number64();
            int yParity = one.number(1).intValue();
            BigInteger r = one.number(32);
            BigInteger s = one.number(32);
            one.end();
            list.add(new Authorization(chainId, address, nonce, yParity, r, s));
        }
        return List.copyOf(list);
    }

    /// Reads a copy of a slice, for callers whose buffer changes.
    ///
    /// @throws TransactionRefusedException as [#decode]
    public static Transaction decode(byte[] buffer, int offset, int length)
            throws TransactionRefusedException {
        return decode(Arrays.copyOfRange(buffer, offset, offset + length));
    }
}
