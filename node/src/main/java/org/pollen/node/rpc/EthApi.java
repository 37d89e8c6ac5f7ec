package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.pollen.mempool.AddOutcome;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionRefusedException;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainSource;

/// The `eth` methods that read the chain and the pool, and the one that submits.
///
/// Source: operations.md 7; mempool.md 10.
public final class EthApi {
    /// What is taken, and how a refusal is told.
    ///
    /// @param feeMax wei that a transaction may pay for gas at most; zero for any
    /// @param allowUnprotected whether legacy transactions without a chain id are taken
    /// @param style whose error codes refusals of the pool have
    /// @param hints whether they come with what would be taken instead
    public record Limits(
            BigInteger feeMax, boolean allowUnprotected, ErrorStyle style, boolean hints) {
        /// One ether, protected only, as geth answers.
        public static final Limits DEFAULTS =
                new Limits(BigInteger.TEN.pow(18), false, ErrorStyle.GETH, false);
    }

    /// Whose error codes the pool's refusals have; the texts are the same.
    public enum ErrorStyle {
        /// -32000 for all.
        GETH,
        /// A code for each of a few kinds.
        BESU
    }

    private static final BigInteger ETHER = BigInteger.TEN.pow(18);

    private final ChainSource chain;
    private final PoolAccess pool;
    private final BothPools pools;
    private final Limits limits;
    private final BlockChoice blocks;
    private final GasPrices prices;
    private final GasEstimate estimate;
    private final ReceiptWaits waits;
    private final Refusals refusals;

    /// The API over a chain and a pool.
    public EthApi(ChainSource chain, PoolAccess pool, Limits limits) {
        this.chain = chain;
        this.pool = pool;
        this.pools = new BothPools(pool);
        this.limits = limits;
        this.blocks = new BlockChoice(chain);
        this.prices = new GasPrices(chain, pool);
        this.estimate = new GasEstimate(blocks);
        this.waits = new ReceiptWaits(chain);
        this.refusals = new Refusals(pool, limits);
    }

    /// Serves the methods.
    public void register(RpcMethods methods) {
        new EthBlockApi(chain, pool, blocks).register(methods);
        withoutContracts(methods);
        methods.addImmediate("eth_chainId", 0, (_, _) -> quantity(chain.chainId()))
                .addImmediate("eth_blockNumber", 0, (_, _) -> quantity(chain.latest().number()))
                .addImmediate("eth_syncing", 0, (_, _) -> BooleanNode.FALSE)
                .addImmediate("eth_accounts", 0, (_, _) -> JsonNodeFactory.instance.arrayNode())
                .addImmediate(
                        "eth_pendingTransactions",
                        0,
                        (_, _) -> JsonNodeFactory.instance.arrayNode())
                .addImmediate("eth_getBalance", 2, (params, _) -> balance(params))
                .addImmediate("eth_getTransactionCount", 2, (params, _) -> transactionCount(params))
                .addImmediate("eth_gasPrice", 0, (_, _) -> quantity(prices.gasPrice()))
                .addImmediate("eth_maxPriorityFeePerGas", 0, (_, _) -> quantity(prices.tip()))
                .addImmediate(
                        "eth_feeHistory", 3, (params, _) -> FeeHistory.of(params, chain, blocks))
                .add("eth_sendRawTransaction", 1, (params, _) -> send(params))
                .add("eth_sendRawTransactionSync", 2, (params, _) -> sendAndWait(params));
    }

    /// What a chain answers whose accounts store nothing, return nothing and log nothing.
    private void withoutContracts(RpcMethods methods) {
        methods.addImmediate("eth_call", 4, (params, _) -> estimate.call(params))
                .addImmediate("eth_estimateGas", 4, (params, _) -> estimate.estimate(params))
                .addImmediate("eth_createAccessList", 4, (params, _) -> estimate.accessList(params))
                .addImmediate("eth_getCode", 2, (params, _) -> code(params))
                .addImmediate("eth_getStorageAt", 3, (params, _) -> storage(params))
                .addImmediate("eth_getLogs", 1, (params, _) -> logs(params))
                .addImmediate("eth_blobBaseFee", 0, (_, _) -> quantity(1));
    }

    /// The head changed: who waits for a receipt may have one.
    public void onHead() {
        waits.onHead();
    }

    private JsonNode logs(Params params) {
        LogCriteria.check(params, 0, true, chain);
        return JsonNodeFactory.instance.arrayNode();
    }

    private JsonNode balance(Params params) {
        Address address = address(params, 0);
        return quantity(blocks.state(params, 1).account(address).balance());
    }

    private JsonNode transactionCount(Params params) {
        Address address = address(params, 0);
        if (BlockChoice.pending(params, 1)) {
            OptionalLong next = pools.nextNonce(address);
            if (next.isPresent()) return quantity(next.getAsLong());
        }
        return quantity(blocks.state(params, 1).account(address).nonce());
    }

    private JsonNode code(Params params) {
        Address address = address(params, 0);
        return TextNode.valueOf(Hex.data(blocks.state(params, 1).code(address)));
    }

    /// No account of the embedded chain stores anything.
    private JsonNode storage(Params params) {
        var _ = address(params, 0);
        var _ = params.string(1);
        var _ = blocks.known(params, 2);
        return TextNode.valueOf(Hex.data(new byte[Hash32.BYTES]));
    }

    private CompletableFuture<JsonNode> send(Params params) {
        return pool.submit(checked(params)).thenApply(this::answer);
    }

    private CompletableFuture<JsonNode> sendAndWait(Params params) {
        Duration time = ReceiptWaits.time(params, 1);
        Transaction tx = checked(params);
        Runnable leave = waits.enter();
        return pool.submit(tx)
                .thenCompose(outcome -> {
                    var _ = answer(outcome);
                    return waits.receipt(tx.hash(), time);
                })
                .whenComplete((_, _) -> leave.run());
    }

    /// What can be told before the pool is asked, in the reference client's order.
    private Transaction checked(Params params) {
        byte[] raw = params.data(0);
        Transaction tx;
        try {
            tx = TransactionDecoder.decode(raw);
        } catch (TransactionRefusedException e) {
            throw refusals.error(e.error(), Params.reason(e), null);
        }
        checkFee(tx);
        if (!limits.allowUnprotected() && !tx.isProtected()) {
            throw RpcError.server("only replay-protected (EIP-155) transactions allowed over RPC");
        }
        return tx;
    }

    private void checkFee(Transaction tx) {
        if (limits.feeMax().signum() == 0) return;
        BigInteger fee = tx.feeCap().multiply(new BigInteger(Long.toUnsignedString(tx.gas())));
        if (fee.compareTo(limits.feeMax()) > 0) {
            throw RpcError.server(
                    "tx fee (%s ether) exceeds the configured cap (%s ether)"
                            .formatted(ether(fee), ether(limits.feeMax())));
        }
    }

    private JsonNode answer(AddOutcome outcome) {
        PoolError error = outcome.error();
        // The tracker does not keep blobs, so nobody would try one again.
        boolean retried = pool.retriesTemporary() && outcome.tx().type() != Transaction.BLOB;
        if (error == null || (error.temporary() && retried)) {
            return TextNode.valueOf(outcome.tx().hash().toString());
        }
        String message = outcome.message();
        throw refusals.error(error, message.isEmpty() ? error.text() : message, outcome.tx());
    }

    private static String ether(BigInteger wei) {
        return new java.math.BigDecimal(wei)
                .divide(new java.math.BigDecimal(ETHER), 2, RoundingMode.HALF_UP)
                .toPlainString();
    }

    static Address address(Params params, int index) {
        return new Address(params.data(index, Address.BYTES, "common.Address"));
    }

    static Hash32 hash(Params params, int index) {
        return new Hash32(params.data(index, Hash32.BYTES, "common.Hash"));
    }

    static JsonNode quantity(long value) {
        return TextNode.valueOf(Hex.quantity(value));
    }

    static JsonNode quantity(BigInteger value) {
        return TextNode.valueOf(Hex.quantity(value));
    }

    /// The head's base fee; zero where there is none.
    static BigInteger baseFee(ChainBlock block) {
        BigInteger fee = block.header().baseFee();
        return fee == null ? BigInteger.ZERO : fee;
    }
}
