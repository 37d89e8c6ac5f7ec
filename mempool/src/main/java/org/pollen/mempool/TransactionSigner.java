package org.pollen.mempool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.jspecify.annotations.Nullable;

/// Signs transactions with one account's key: for load generators and tests.
///
/// Signatures are deterministic (RFC 6979) with a low s. Thread-safe.
public final class TransactionSigner {
    private static final ECDomainParameters DOMAIN =
            new ECDomainParameters(
                    JavaRecovery.CURVE,
                    JavaRecovery.GENERATOR,
                    SenderRecovery.ORDER,
                    SECNamedCurves.getByName("secp256k1").getH());

    private final BigInteger key;
    private final Address address;

    /// A signer for a key.
    ///
    /// @param key 32 bytes, from 1 to the order of the curve - 1
    public TransactionSigner(byte[] key) {
        this.key = new BigInteger(1, key);
        if (key.length != 32
                || this.key.signum() == 0
                || this.key.compareTo(SenderRecovery.ORDER) >= 0) {
            throw new IllegalArgumentException("key is not a private key of secp256k1");
        }
        ECPoint point =
                new FixedPointCombMultiplier().multiply(DOMAIN.getG(), this.key).normalize();
        address = new Address(Keccak256.hash(point.getEncoded(false), 1, 64), 12);
    }

    /// The account.
    public Address address() {
        return address;
    }

    /// A transaction to be filled in and signed.
    public Draft draft(int type, BigInteger chainId) {
        return new Draft(type, chainId);
    }

    /// Consents that the code of an address stands for this account.
    public Authorization authorize(BigInteger chainId, Address code, long nonce) {
        var unsigned = new Authorization(chainId, code, nonce, 0, BigInteger.ONE, BigInteger.ONE);
        Signature signature = sign(unsigned.signingHash());
        return new Authorization(chainId, code, nonce, signature.parity, signature.r, signature.s);
    }

    private record Signature(BigInteger r, BigInteger s, int parity) {}

    private Signature sign(byte[] hash) {
        var signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
        signer.init(true, new ECPrivateKeyParameters(key, DOMAIN));
        BigInteger[] rs = signer.generateSignature(hash);
        BigInteger s = rs[1];
        if (s.compareTo(SenderRecovery.HALF_ORDER) > 0) s = SenderRecovery.ORDER.subtract(s);
        for (int parity = 0; parity < 2; parity++) {
            if (address.equals(SenderRecovery.best().recover(hash, rs[0], s, parity))) {
                return new Signature(rs[0], s, parity);
            }
        }
        throw new AssertionError("no parity recovers " + address);
    }

    /// The fields of a transaction before it is signed. Not thread-safe.
    public final class Draft {
        private final int type;
        private final BigInteger chainId;
        private long nonce;
        private BigInteger tipCap = BigInteger.ONE;
        private BigInteger feeCap = BigInteger.ONE;
        private long gas = 21000;
        private @Nullable Address to;
        private BigInteger value = BigInteger.ZERO;
        private byte[] data = {};
        private List<AccessListEntry> accessList = List.of();
        private List<Authorization> authorizations = List.of();
        private BigInteger blobFeeCap = BigInteger.ONE;
        private List<Hash32> blobHashes = List.of();
        private boolean unprotected;

        private Draft(int type, BigInteger chainId) {
            if (type < 0 || type > Transaction.SET_CODE) {
                throw new IllegalArgumentException("type is " + type + ": it must be from 0 to 4");
            }
            this.type = type;
            this.chainId = chainId;
        }

        /// Unsigned.
        public Draft nonce(long value) {
            nonce = value;
            return this;
        }

        /// Fee cap and tip cap at once, as a gas price is.
        public Draft gasPrice(BigInteger price) {
            return fees(price, price);
        }

        /// Most wei for one gas, and most of them as a tip.
        public Draft fees(BigInteger cap, BigInteger tip) {
            feeCap = cap;
            tipCap = tip;
            return this;
        }

        /// Unsigned.
        public Draft gas(long limit) {
            gas = limit;
            return this;
        }

        /// Who receives; null creates a contract.
        public Draft to(@Nullable Address recipient) {
            to = recipient;
            return this;
        }

        public Draft value(BigInteger wei) {
            value = wei;
            return this;
        }

        public Draft data(byte[] bytes) {
            data = bytes.clone();
            return this;
        }

        public Draft accessList(List<AccessListEntry> entries) {
            accessList = List.copyOf(entries);
            return this;
        }

        public Draft authorizations(List<Authorization> list) {
            authorizations = List.copyOf(list);
            return this;
        }

        /// Fee cap and hashes of the blobs.
        public Draft blobs(BigInteger cap, List<Hash32> hashes) {
            blobFeeCap = cap;
            blobHashes = List.copyOf(hashes);
            return this;
        }

        /// Signs a legacy transaction for no chain in particular.
        public Draft unprotected() {
            unprotected = true;
            return this;
        }

        /// The signed transaction.
        public Transaction sign() {
            RlpWriter fields = fields();
            byte[] unsigned = fields.toByteArray();
            var toSign = new RlpWriter().raw(unsigned, 0, unsigned.length);
            boolean legacyProtected = type == Transaction.LEGACY && !unprotected;
            if (legacyProtected) toSign.number(chainId).number(0L).number(0L);
            Signature signature =
                    TransactionSigner.this.sign(Keccak256.hash(toSign.toEnvelope(type)));
            BigInteger v = BigInteger.valueOf(signature.parity);
            if (legacyProtected) v = chainId.shiftLeft(1).add(BigInteger.valueOf(35)).add(v);
            else if (type == Transaction.LEGACY) v = v.add(BigInteger.valueOf(27));
            byte[] envelope =
                    fields.number(v).number(signature.r).number(signature.s).toEnvelope(type);
            try {
                return TransactionDecoder.decode(envelope);
            } catch (TransactionRefusedException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        }

        private RlpWriter fields() {
            var out = new RlpWriter();
            if (type != Transaction.LEGACY) out.number(chainId);
            out.number(nonce);
            if (type >= Transaction.DYNAMIC_FEE) out.number(tipCap);
            out.number(feeCap).number(gas).bytes(to == null ? new byte[0] : to.bytes());
            out.number(value).bytes(data);
            if (type == Transaction.LEGACY) return out;
            var list = new RlpWriter();
            for (AccessListEntry entry : accessList) {
                var keys = new RlpWriter();
                for (Hash32 storageKey : entry.storageKeys()) keys.bytes(storageKey.bytes());
                list.list(new RlpWriter().bytes(entry.address().bytes()).list(keys));
            }
            out.list(list);
            if (type == Transaction.BLOB) {
                var hashes = new RlpWriter();
                for (Hash32 blobHash : blobHashes) hashes.bytes(blobHash.bytes());
                out.number(blobFeeCap).list(hashes);
            }
            if (type == Transaction.SET_CODE) {
                var items = new RlpWriter();
                for (Authorization a : authorizations) {
                    items.list(
                            new RlpWriter()
                                    .number(a.chainId())
                                    .bytes(a.address().bytes())
                                    .number(a.nonce())
                                    .number((long) a.yParity())
                                    .number(a.r())
                                    .number(a.s()));
                }
                out.list(items);
            }
            return out;
        }
    }

    /// The addresses of several signers, in order.
    public static List<Address> addresses(List<TransactionSigner> signers) {
        var all = new ArrayList<Address>();
        signers.forEach(signer -> all.add(signer.address));
        return List.copyOf(all);
    }
}
