package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.Inclusion;

/// The `eth` methods that look up blocks, transactions and receipts; what is in no block is looked
/// for in the pool.
///
/// Source: operations.md 7; mempool.md 10.4.
final class EthBlockApi {
    private final ChainSource chain;
    private final BothPools pools;
    private final BlockChoice blocks;

    EthBlockApi(ChainSource chain, PoolAccess pool, BlockChoice blocks) {
        this.chain = chain;
        this.pools = new BothPools(pool);
        this.blocks = blocks;
    }

    void register(RpcMethods methods) {
        methods.addImmediate("eth_getBlockByNumber", 2, (params, _) -> block(params, false))
                .addImmediate("eth_getBlockByHash", 2, (params, _) -> block(params, true))
                .addImmediate("eth_getHeaderByNumber", 1, (params, _) -> header(params, false))
                .addImmediate("eth_getHeaderByHash", 1, (params, _) -> header(params, true))
                .addImmediate("eth_getBlockReceipts", 1, (params, _) -> receipts(params))
                .add("eth_getTransactionByHash", 1, (params, _) -> transaction(params))
                .add("eth_getRawTransactionByHash", 1, (params, _) -> rawTransaction(params))
                .addImmediate("eth_getTransactionReceipt", 1, (params, _) -> receipt(params));
        byBlock(methods, "Number", false);
        byBlock(methods, "Hash", true);
    }

    /// The methods that exist for a block's number and for its hash.
    private void byBlock(RpcMethods methods, String suffix, boolean hash) {
        methods.addImmediate(
                        "eth_getBlockTransactionCountBy" + suffix,
                        1,
                        (params, _) ->
                                found(
                                        named(params, hash),
                                        block -> EthApi.quantity(block.transactions().size())))
                .addImmediate(
                        "eth_getUncleCountByBlock" + suffix,
                        1,
                        (params, _) -> found(named(params, hash), _ -> EthApi.quantity(0)))
                .addImmediate(
                        "eth_getTransactionByBlock" + suffix + "AndIndex",
                        2,
                        (params, _) -> at(params, hash, ChainJson::included))
                .addImmediate(
                        "eth_getRawTransactionByBlock" + suffix + "AndIndex",
                        2,
                        (params, _) ->
                                at(
                                        params,
                                        hash,
                                        place ->
                                                TextNode.valueOf(
                                                        Hex.data(place.transaction().raw()))));
    }

    private JsonNode block(Params params, boolean hash) {
        boolean full = params.flag(1);
        return found(named(params, hash), block -> ChainJson.block(block, full));
    }

    private JsonNode header(Params params, boolean hash) {
        return found(named(params, hash), ChainJson::header);
    }

    private JsonNode receipts(Params params) {
        return found(
                named(params, false),
                block -> {
                    ArrayNode receipts = JsonNodeFactory.instance.arrayNode();
                    for (int i = 0; i < block.transactions().size(); i++) {
                        receipts.add(ChainJson.receipt(new Inclusion(block, i)));
                    }
                    return receipts;
                });
    }

    private JsonNode at(Params params, boolean hash, Function<Inclusion, JsonNode> form) {
        Optional<ChainBlock> block = named(params, hash);
        int index = params.quantityUpTo(1, Integer.MAX_VALUE);
        return block.filter(found -> index < found.transactions().size())
                .map(found -> form.apply(new Inclusion(found, index)))
                .orElse(NullNode.instance);
    }

    private CompletableFuture<JsonNode> transaction(Params params) {
        var hash = EthApi.hash(params, 0);
        Optional<Inclusion> included = chain.inclusion(hash);
        if (included.isPresent()) {
            return CompletableFuture.completedFuture(ChainJson.included(included.get()));
        }
        return pools.transaction(hash)
                .thenApply(
                        found -> found.<JsonNode>map(ChainJson::pending).orElse(NullNode.instance));
    }

    private CompletableFuture<JsonNode> rawTransaction(Params params) {
        var hash = EthApi.hash(params, 0);
        Optional<byte[]> included = chain.inclusion(hash).map(place -> place.transaction().raw());
        return (included.isPresent()
                        ? CompletableFuture.completedFuture(included)
                        : pools.raw(hash))
                .thenApply(raw -> TextNode.valueOf(raw.map(Hex::data).orElse("0x")));
    }

    private JsonNode receipt(Params params) {
        return chain.inclusion(EthApi.hash(params, 0))
                .<JsonNode>map(ChainJson::receipt)
                .orElse(NullNode.instance);
    }

    /// The block of the first parameter.
    private Optional<ChainBlock> named(Params params, boolean hash) {
        params.required(0);
        return hash ? chain.byHash(EthApi.hash(params, 0)) : blocks.block(params, 0);
    }

    private static JsonNode found(
            Optional<ChainBlock> block, Function<ChainBlock, ? extends JsonNode> form) {
        return block.<JsonNode>map(form).orElse(NullNode.instance);
    }
}
