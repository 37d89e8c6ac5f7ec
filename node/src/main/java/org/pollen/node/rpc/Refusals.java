package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccountSnapshot;
import org.pollen.mempool.Address;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.Transaction;

/// How a refusal of the pool is told: the text is the pool's, the code follows the configured
/// style, and a `data` object says, if that is configured, what would have been taken.
///
/// Clients tell these errors apart by the text, so neither changes it. Source: operations.md 7;
/// mempool.md 3.8 and 10.1.
final class Refusals {
    /// Number of the first entry of the pool's errors in docs/errors.md.
    private static final int FIRST = 10;

    private final PoolAccess pool;
    private final EthApi.Limits limits;

    Refusals(PoolAccess pool, EthApi.Limits limits) {
        this.pool = pool;
        this.limits = limits;
    }

    /// The error of a refused transaction.
    ///
    /// @param tx null if the bytes were none
    RpcError error(PoolError error, String message, @Nullable Transaction tx) {
        int code = limits.style() == EthApi.ErrorStyle.GETH ? error.rpcCode() : besuCode(error);
        return new RpcError(code, message, limits.hints() ? hint(error, tx) : null);
    }

    /// The code of the other style. Source: mempool.md 10.1.
    static int besuCode(PoolError error) {
        return switch (error) {
            case ErrNonceTooLow -> -32001;
            case ErrInvalidSender -> -32002;
            case ErrIntrinsicGas, ErrFloorDataGas -> -32003;
            case ErrInsufficientFunds -> -32004;
            case ErrGasLimit, ErrGasLimitTooHigh -> -32005;
            case ErrNonceTooHigh -> -32006;
            case ErrTxGasPriceTooLow, ErrUnderpriced -> -32009;
            default -> RpcError.SERVER;
        };
    }

    /// Where docs/errors.md explains an error; a test compares its table with the register.
    @SuppressWarnings("EnumOrdinal") // the register's order is the table's
    static String anchor(PoolError error) {
        return "pool-%03d".formatted(FIRST + error.ordinal());
    }

    /// The name of an error in hints: `ErrNonceTooLow` is `NONCE_TOO_LOW`.
    static String reason(PoolError error) {
        return error.name()
                .substring("Err".length())
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_")
                .toUpperCase(Locale.ROOT);
    }

    private ObjectNode hint(PoolError error, @Nullable Transaction tx) {
        ObjectNode hint = JsonNodeFactory.instance.objectNode().put("reason", reason(error));
        String fix = tx == null ? "send the signed bytes of one transaction" : fix(error, tx, hint);
        hint.put("fix", fix).put("doc", "errors.md#" + anchor(error));
        return hint;
    }

    /// What to do; adds what there is and what it takes, where that is a number.
    private String fix(PoolError error, Transaction tx, ObjectNode hint) {
        PoolSnapshot content = pool.snapshot();
        ObjectNode have = JsonNodeFactory.instance.objectNode();
        ObjectNode need = JsonNodeFactory.instance.objectNode();
        String fix =
                switch (error) {
                    case ErrReplaceUnderpriced -> {
                        fees(have, tx, tx.feeCap(), tx.tipCap());
                        pooled(content, tx)
                                .ifPresent(old ->
                                        fees(need, tx, bumped(old.feeCap()), bumped(old.tipCap())));
                        yield tx.type() >= Transaction.DYNAMIC_FEE
                                ? "raise both caps by %d %%".formatted(pool.priceBump())
                                : "raise the gas price by %d %%".formatted(pool.priceBump());
                    }
                    case ErrTxGasPriceTooLow, ErrUnderpriced -> {
                        fees(have, tx, tx.feeCap(), tx.tipCap());
                        BigInteger least = content.minTip();
                        if (error == PoolError.ErrTxGasPriceTooLow) {
                            fees(need, tx, least.max(tx.feeCap()), least);
                        }
                        yield "pay a higher tip";
                    }
                    case ErrNonceTooLow, ErrNonceTooHigh -> {
                        have.put("nonce", Hex.quantity(tx.nonce()));
                        Address sender = tx.senderOrNull();
                        if (sender != null) {
                            content.nextNonce(sender)
                                    .ifPresent(next -> need.put("nonce", Hex.quantity(next)));
                        }
                        yield "use the pending nonce of the account";
                    }
                    case ErrIntrinsicGas, ErrFloorDataGas, ErrGasLimit, ErrGasLimitTooHigh -> {
                        have.put("gas", Hex.quantity(tx.gas()));
                        if (error == PoolError.ErrGasLimit) {
                            need.put("gas", Hex.quantity(content.head().gasLimit()));
                            yield "ask for no more gas than a block has";
                        }
                        yield error == PoolError.ErrGasLimitTooHigh
                                ? "ask for less gas"
                                : "ask for as much gas as eth_estimateGas says";
                    }
                    case ErrInsufficientFunds -> {
                        need.put("balance", Hex.quantity(tx.cost()));
                        yield "fund the account, or send less";
                    }
                    case ErrAlreadyKnown -> "nothing: it is in the pool";
                    default ->
                            error.temporary()
                                    ? "send it again later"
                                    : "see the document; the same transaction is never taken";
                };
        if (!have.isEmpty()) hint.set("have", have);
        if (!need.isEmpty()) hint.set("need", need);
        return fix;
    }

    private static void fees(ObjectNode out, Transaction tx, BigInteger cap, BigInteger tip) {
        if (tx.type() >= Transaction.DYNAMIC_FEE) {
            out.put("maxFeePerGas", Hex.quantity(cap))
                    .put("maxPriorityFeePerGas", Hex.quantity(tip));
        } else {
            out.put("gasPrice", Hex.quantity(cap));
        }
    }

    /// The least that replaces a price: so many percent more, and at least 1 wei.
    private BigInteger bumped(BigInteger price) {
        BigInteger percent = BigInteger.valueOf(100L + pool.priceBump());
        return price.multiply(percent)
                .divide(BigInteger.valueOf(100))
                .max(price.add(BigInteger.ONE));
    }

    /// What is in the pool with the sender and the nonce of a transaction.
    private static Optional<Transaction> pooled(PoolSnapshot content, Transaction tx) {
        Address sender = tx.senderOrNull();
        if (sender == null) return Optional.empty();
        Optional<AccountSnapshot> account = content.account(sender);
        if (account.isEmpty()) return Optional.empty();
        for (PooledTransaction one : account.get().pending()) {
            if (one.transaction().nonce() == tx.nonce()) return Optional.of(one.transaction());
        }
        for (PooledTransaction one : account.get().queued()) {
            if (one.transaction().nonce() == tx.nonce()) return Optional.of(one.transaction());
        }
        return Optional.empty();
    }
}
