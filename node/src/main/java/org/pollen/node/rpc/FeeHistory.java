package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.pollen.mempool.BaseFee;
import org.pollen.mempool.BlockHeader;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.Receipt;

/// `eth_feeHistory`: base fees, fullness and tips of the newest blocks.
final class FeeHistory {
    private static final long BLOB_GAS_MAX = 9 * ChainBlock.BLOB_GAS; // Prague's, as geth divides

    private static final int BLOCKS_MAX = 1024;
    private static final int PERCENTILES_MAX = 100;

    private FeeHistory() {}

    static JsonNode of(Params params, ChainSource chain, BlockChoice choice) {
        int count = params.quantityUpTo(0, Integer.MAX_VALUE);
        ChainBlock newest = choice.known(params, 1);
        List<Double> percentiles = percentiles(params);
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        if (count == 0) {
            result.put("oldestBlock", "0x0");
            result.putArray("gasUsedRatio");
            return result;
        }
        var blocks = new ArrayDeque<ChainBlock>();
        for (ChainBlock block = newest; block != null; ) {
            blocks.addFirst(block);
            if (blocks.size() == Math.min(count, BLOCKS_MAX)) break;
            block = chain.byHash(block.parentHash()).orElse(null);
        }
        result.put("oldestBlock", Hex.quantity(blocks.getFirst().number()));
        ArrayNode fees = result.putArray("baseFeePerGas");
        ArrayNode ratios = result.putArray("gasUsedRatio");
        ArrayNode blobFees = result.putArray("baseFeePerBlobGas");
        ArrayNode blobRatios = result.putArray("blobGasUsedRatio");
        ArrayNode rewards = percentiles.isEmpty() ? null : result.putArray("reward");
        for (ChainBlock block : blocks) {
            BlockHeader header = block.header();
            fees.add(Hex.quantity(EthApi.baseFee(block)));
            ratios.add((double) header.gasUsed() / header.gasLimit());
            blobFees.add("0x1");
            blobRatios.add((double) block.blobGas() / BLOB_GAS_MAX);
            if (rewards != null) rewards.add(rewards(block, percentiles));
        }
        fees.add(Hex.quantity(BaseFee.next(newest.header())));
        blobFees.add("0x1");
        return result;
    }

    private static List<Double> percentiles(Params params) {
        JsonNode list = params.optional(2);
        var percentiles = new ArrayList<Double>();
        if (list == null) return percentiles;
        if (!list.isArray()) throw RpcError.invalid(2, "want an array");
        if (list.size() > PERCENTILES_MAX) {
            throw RpcError.server(
                    "invalid reward percentile: over the query limit " + PERCENTILES_MAX);
        }
        double before = -1;
        for (JsonNode item : list) {
            double value = item.asDouble(-1);
            if (!(value >= 0 && value <= 100)) {
                throw RpcError.server("invalid reward percentile: " + item);
            }
            if (value < before) {
                throw RpcError.server(
                        "invalid reward percentile: %s follows %s".formatted(value, before));
            }
            percentiles.add(value);
            before = value;
        }
        return percentiles;
    }

    /// Tips of a block by share of its gas, from the lowest.
    private static ArrayNode rewards(ChainBlock block, List<Double> percentiles) {
        ArrayNode rewards = JsonNodeFactory.instance.arrayNode();
        var sorted = new ArrayList<>(block.receipts());
        sorted.sort(Comparator.comparing(Receipt::effectiveGasPrice));
        BigInteger baseFee = EthApi.baseFee(block);
        int at = 0;
        long gas = sorted.isEmpty() ? 0 : sorted.getFirst().gasUsed();
        for (double percentile : percentiles) {
            if (sorted.isEmpty()) {
                rewards.add("0x0");
                continue;
            }
            double threshold = block.header().gasUsed() * percentile / 100;
            while (gas < threshold && at < sorted.size() - 1) gas += sorted.get(++at).gasUsed();
            rewards.add(Hex.quantity(sorted.get(at).effectiveGasPrice().subtract(baseFee)));
        }
        return rewards;
    }
}
