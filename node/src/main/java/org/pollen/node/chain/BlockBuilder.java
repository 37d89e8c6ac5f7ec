package org.pollen.node.chain;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.mempool.Authorization;
import org.pollen.mempool.ForkRules;
import org.pollen.mempool.IntrinsicGas;
import org.pollen.mempool.Keccak256;
import org.pollen.mempool.RlpWriter;
import org.pollen.mempool.SenderRecovery;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.DevState.Account;
import org.pollen.node.chain.DevState.Changes;

/// Executes transactions on top of a state, one block's worth.
///
/// There is no EVM: a transaction moves its value and pays for its intrinsic gas, and a wei for
/// each unit of blob gas; set-code transactions set and clear delegations; a call of [GasBurner]
/// uses what the EVM would. Creations move their value to the address the contract would have,
/// without running its code. Everything else (order of checks, refunds, the data floor, who is paid
/// what) is as Prague has it, so that the pool is tested against real nonces, balances and
/// delegations.
final class BlockBuilder {
    /// What became of a transaction.
    enum Result {
        /// It is in the block.
        INCLUDED,
        /// An earlier one of its account has used its nonce.
        NONCE_TOO_LOW,
        /// It cannot be in this block, nor can its followers.
        REFUSED,
        /// It needs more gas than the block has left.
        NO_ROOM
    }

    /// Most blobs of a block: Prague's target, so that there is never an excess, and a unit of blob
    /// gas always costs one wei.
    static final int BLOBS_MAX = 6;

    private static final long GAS_MIN = 21_000;
    private static final long NONCE_MAX = -1; // 2^64 - 1, unsigned
    private static final long AUTHORIZATION_REFUND = 12_500;
    private static final long REFUND_QUOTIENT = 5;

    private final long chainId;
    private final ForkRules rules;
    private final long gasLimit;
    private final BigInteger baseFee;
    private final Address beneficiary;
    private final Changes changes;
    private final List<Transaction> included = new ArrayList<>();
    private final List<Receipt> receipts = new ArrayList<>();
    private long gasUsed;
    private int blobs;
    private BigInteger tips = BigInteger.ZERO;

    BlockBuilder(
            DevState parent,
            long chainId,
            ForkRules rules,
            long gasLimit,
            BigInteger baseFee,
            Address beneficiary) {
        this.changes = new Changes(parent);
        this.chainId = chainId;
        this.rules = rules;
        this.gasLimit = gasLimit;
        this.baseFee = baseFee;
        this.beneficiary = beneficiary;
    }

    /// Whether not even the smallest transaction fits any more.
    boolean full() {
        return gasLimit - gasUsed < GAS_MIN;
    }

    /// Executes one transaction, if it can be in this block.
    Result add(Transaction tx) {
        if (Long.compareUnsigned(tx.gas(), gasLimit - gasUsed) > 0) return Result.NO_ROOM;
        if (tx.blobHashes().size() > BLOBS_MAX - blobs) return Result.NO_ROOM;
        Address sender = tx.senderOrNull();
        if (sender == null) return Result.REFUSED;
        Account account = changes.get(sender);
        int nonces = Long.compareUnsigned(tx.nonce(), account.nonce());
        if (nonces < 0) return Result.NONCE_TOO_LOW;
        if (nonces > 0 || tx.nonce() == NONCE_MAX || !payable(tx, account)) return Result.REFUSED;
        long intrinsic = IntrinsicGas.of(tx, rules);
        long floor = IntrinsicGas.floor(tx, rules);
        if (intrinsic < 0 || tx.gas() < Math.max(intrinsic, floor)) return Result.REFUSED;
        execute(tx, sender, account, intrinsic, floor);
        return Result.INCLUDED;
    }

    private boolean payable(Transaction tx, Account account) {
        if (account.contract()) return false; // EIP-3607
        if (tx.isProtected() && !tx.chainId().equals(BigInteger.valueOf(chainId))) return false;
        if (tx.type() == Transaction.BLOB
                && (tx.blobHashes().isEmpty() || tx.blobFeeCap().signum() == 0)) return false;
        if (tx.type() == Transaction.SET_CODE && tx.authorizations().isEmpty()) return false;
        return tx.feeCap().compareTo(baseFee) >= 0
                && tx.tipCap().compareTo(tx.feeCap()) <= 0
                && account.balance().compareTo(tx.cost()) >= 0;
    }

    private void execute(
            Transaction tx, Address sender, Account account, long intrinsic, long floor) {
        BigInteger price = tx.feeCap().min(baseFee.add(tx.tipCap()));
        changes.put(sender, account.withNonce(account.nonce() + 1));
        long refund = 0;
        for (Authorization authorization : tx.authorizations()) {
            if (authorize(authorization)) refund += AUTHORIZATION_REFUND;
        }
        Address created = tx.to() == null ? contractAddress(sender, tx.nonce()) : null;
        Address recipient = created == null ? tx.to() : created;
        long available = tx.gas() - intrinsic;
        boolean burns = recipient != null && DevState.runsBurner(changes.get(recipient));
        boolean success = !burns || GasBurner.succeeds(available);
        long used = intrinsic + (burns ? GasBurner.used(available) : 0);
        used = Math.max(floor, used - Math.min(refund, used / REFUND_QUOTIENT));
        debit(sender, price.multiply(BigInteger.valueOf(used)));
        debit(sender, BigInteger.valueOf(ChainBlock.BLOB_GAS * tx.blobHashes().size()));
        blobs += tx.blobHashes().size();
        if (success && recipient != null) {
            debit(sender, tx.value());
            Account receiving = changes.get(recipient);
            if (created != null) receiving = receiving.withNonce(1);
            if (created != null || tx.value().signum() > 0) {
                changes.put(recipient, receiving.withBalance(receiving.balance().add(tx.value())));
            }
        }
        tips = tips.add(price.subtract(baseFee).multiply(BigInteger.valueOf(used)));
        gasUsed += used;
        receipts.add(
                new Receipt(tx.hash(), included.size(), success, used, gasUsed, price, created));
        included.add(tx);
    }

    /// Sets or clears the delegation of the account that signed.
    ///
    /// @return whether the account existed, which earns a refund
    private boolean authorize(Authorization authorization) {
        BigInteger chain = authorization.chainId();
        if (chain.signum() != 0 && !chain.equals(BigInteger.valueOf(chainId))) return false;
        if (authorization.nonce() == NONCE_MAX) return false;
        Address authority = authority(authorization);
        if (authority == null) return false;
        Account account = changes.get(authority);
        if (account.contract() || account.nonce() != authorization.nonce()) return false;
        boolean existed = changes.exists(authority);
        boolean clears = authorization.address().equals(new Address(new byte[Address.BYTES]));
        changes.put(
                authority,
                account.withNonce(account.nonce() + 1)
                        .withDelegate(clears ? null : authorization.address()));
        return existed;
    }

    private static @Nullable Address authority(Authorization authorization) {
        if (authorization.yParity() > 1) return null;
        return SenderRecovery.best()
                .recover(
                        authorization.signingHash(),
                        authorization.r(),
                        authorization.s(),
                        authorization.yParity());
    }

    private void debit(Address sender, BigInteger wei) {
        Account account = changes.get(sender);
        changes.put(sender, account.withBalance(account.balance().subtract(wei)));
    }

    static Address contractAddress(Address sender, long nonce) {
        byte[] encoded = new RlpWriter().bytes(sender.bytes()).number(nonce).toEnvelope(0);
        return new Address(Keccak256.hash(encoded), 12);
    }

    /// Pays the tips; the changes are complete then.
    Changes finish() {
        if (tips.signum() > 0) {
            Account account = changes.get(beneficiary);
            changes.put(beneficiary, account.withBalance(account.balance().add(tips)));
        }
        return changes;
    }

    List<Transaction> transactions() {
        return included;
    }

    List<Receipt> receipts() {
        return receipts;
    }

    long gasUsed() {
        return gasUsed;
    }
}
