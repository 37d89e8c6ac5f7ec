package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigInteger;
import java.math.RoundingMode;
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
import org.pollen.node.chain.Inclusion;

/// The `eth` methods that read the chain and the pool, and the one that submits.
///
/// Source: operations.md 7; mempool.md 10.
public final class EthApi {
    /// Limits on what is submitted.
    ///
    /// @param feeMax wei that a transaction may pay for gas at most; zero for any
    /// @param allowUnprotected whether legacy transactions without a chain id are taken
    public record Limits(BigInteger feeMax, boolean allowUnprotected) {
        /// One ether, protected only.
        public static final Limits DEFAULTS = new Limits(BigInteger.TEN.pow(18), false);
    }

    private static final BigInteger ETHER = BigInteger.TEN.pow(18);

    private final ChainSource chain;
    private final PoolAccess pool;
    private final Limits limits;
    private final BlockChoice blocks;
    private final GasPrices prices;
    private final GasEstimate estimate;

    /// The API over a chain and a pool.
    public EthApi(ChainSource chain, PoolAccess pool, Limits limits) {
        this.chain = chain;
        this.pool = pool;
        this.limits = limits;
        this.blocks = new BlockChoice(chain);
        this.prices = new GasPrices(chain, pool);
        this.estimate = new GasEstimate(blocks);
    }

    /// Serves the methods.
    public void register(RpcMethods methods) {
        methods.addImmediate("eth_chainId", (_, _) -> quantity(chain.chainId()))
                .addImmediate("eth_blockNumber", (_, _) -> quantity(chain.latest().number()))
                .addImmediate("eth_syncing", (_, _) -> BooleanNode.FALSE)
                .addImmediate("eth_accounts", (_, _) -> JsonNodeFactory.instance.arrayNode())
                .addImmediate("eth_getBlockByNumber", (params, _) -> blockByNumber(params))
                .addImmediate("eth_getBlockByHash", (params, _) -> blockByHash(params))
                .addImmediate("eth_getBalance", (params, _) -> balance(params))
                .addImmediate("eth_getTransactionCount", (params, _) -> transactionCount(params))
                .addImmediate("eth_getCode", (params, _) -> code(params))
                .addImmediate("eth_getStorageAt", (params, _) -> storage(params))
                .addImmediate("eth_gasPrice", (_, _) -> quantity(prices.gasPrice()))
                .addImmediate("eth_maxPriorityFeePerGas", (_, _) -> quantity(prices.tip()))
                .addImmediate("eth_feeHistory", (params, _) -> FeeHistory.of(params, chain, blocks))
                .addImmediate("eth_estimateGas", (params, _) -> estimate.estimate(params))
                .addImmediate("eth_call", (params, _) -> estimate.call(params))
                .addImmediate("eth_getTransactionByHash", (params, _) -> transaction(params))
                .addImmediate("eth_getRawTransactionByHash", (params, _) -> rawTransaction(params))
                .addImmediate("eth_getTransactionReceipt", (params, _) -> receipt(params))
                .add("eth_sendRawTransaction", (params, _) -> send(params));
    }

    private JsonNode blockByNumber(Params params) {
        params.required(0);
        boolean full = params.flag(1);
        return blocks.block(params, 0)
                .<JsonNode>map(block -> ChainJson.block(block, full))
                .orElse(NullNode.instance);
    }

    private JsonNode blockByHash(Params params) {
        Hash32 hash = hash(params);
        boolean full = params.flag(1);
        return chain.byHash(hash)
                .<JsonNode>map(block -> ChainJson.block(block, full))
                .orElse(NullNode.instance);
    }

    private JsonNode balance(Params params) {
        Address address = address(params, 0);
        return quantity(blocks.state(params, 1).account(address).balance());
    }

    private JsonNode transactionCount(Params params) {
        Address address = address(params, 0);
        if (BlockChoice.pending(params, 1)) {
            OptionalLong next = pool.snapshot().nextNonce(address);
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

    private JsonNode transaction(Params params) {
        Hash32 hash = hash(params);
        return chain.inclusion(hash)
                .map(ChainJson::included)
                .or(() -> pool.snapshot().transaction(hash).map(ChainJson::pending))
                .<JsonNode>map(node -> node)
                .orElse(NullNode.instance);
    }

    private JsonNode rawTransaction(Params params) {
        Hash32 hash = hash(params);
        return chain.inclusion(hash)
                .map(Inclusion::transaction)
                .or(() -> pool.snapshot().transaction(hash))
                .map(tx -> TextNode.valueOf(Hex.data(tx.raw())))
                .orElseGet(() -> TextNode.valueOf("0x"));
    }

    private JsonNode receipt(Params params) {
        return chain.inclusion(hash(params))
                .<JsonNode>map(ChainJson::receipt)
                .orElse(NullNode.instance);
    }

    private CompletableFuture<JsonNode> send(Params params) {
        byte[] raw = params.data(0);
        Transaction tx;
        try {
            tx = TransactionDecoder.decode(raw);
        } catch (TransactionRefusedException e) {
            throw RpcError.server(Params.reason(e));
        }
        checkFee(tx);
        if (!limits.allowUnprotected() && !tx.isProtected()) {
            throw RpcError.server("only replay-protected (EIP-155) transactions allowed over RPC");
        }
        return pool.submit(tx).thenApply(this::answer);
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
        if (error == null || (error.temporary() && pool.retriesTemporary())) {
            return TextNode.valueOf(outcome.tx().hash().toString());
        }
        String message = outcome.message();
        throw new RpcError(error.rpcCode(), message.isEmpty() ? error.text() : message);
    }

    private static String ether(BigInteger wei) {
        return new java.math.BigDecimal(wei)
                .divide(new java.math.BigDecimal(ETHER), 2, RoundingMode.HALF_UP)
                .toPlainString();
    }

    static Address address(Params params, int index) {
        return new Address(params.data(index, Address.BYTES, "common.Address"));
    }

    private static Hash32 hash(Params params) {
        return new Hash32(params.data(0, Hash32.BYTES, "common.Hash"));
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
