package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.Address;
import org.pollen.node.chain.ChainState;

/// `eth_estimateGas` and `eth_call` where nothing runs but transfers.
///
/// The estimate is what Prague charges before any code runs, and the floor that the data sets.
/// Source: mempool.md 3.7.
final class GasEstimate {
    private static final long TRANSFER = 21_000;
    private static final long CREATE = 53_000;
    private static final long WORD_BYTES = 32;

    private final BlockChoice blocks;

    GasEstimate(BlockChoice blocks) {
        this.blocks = blocks;
    }

    /// Gas that a transaction needs.
    JsonNode estimate(Params params) {
        JsonNode call = object(params);
        ChainState state = blocks.state(params, 1);
        Address to = address(call, "to");
        byte[] data = data(call);
        long zeros = zeros(data);
        long others = data.length - zeros;
        long gas = to == null ? CREATE + 2 * words(data) : TRANSFER;
        gas += 4 * zeros + 16 * others;
        for (JsonNode entry : call.path("accessList")) {
            gas += 2400 + 1900L * entry.path("storageKeys").size();
        }
        gas += 25_000L * call.path("authorizationList").size();
        if (to != null) gas += state.gasOfCall(to);
        gas = Math.max(gas, TRANSFER + 10 * (zeros + 4 * others));
        checkAllowance(call, state, gas);
        return EthApi.quantity(gas);
    }

    /// Which storage a call reads: none.
    JsonNode accessList(Params params) {
        JsonNode gas = estimate(params);
        ObjectNode list = JsonNodeFactory.instance.objectNode();
        list.putArray("accessList");
        list.set("gasUsed", gas);
        return list;
    }

    /// What a call returns: nothing, since accounts have no code that would.
    JsonNode call(Params params) {
        JsonNode call = object(params);
        var _ = address(call, "to");
        var _ = data(call);
        var _ = blocks.state(params, 1);
        return TextNode.valueOf("0x");
    }

    private static void checkAllowance(JsonNode call, ChainState state, long gas) {
        BigInteger limit = quantity(call, "gas");
        if (limit != null && limit.compareTo(BigInteger.valueOf(gas)) < 0) {
            throw RpcError.server("gas required exceeds allowance (%d)".formatted(limit));
        }
        Address from = address(call, "from");
        if (from == null) return;
        BigInteger price = quantity(call, "maxFeePerGas");
        if (price == null) price = quantity(call, "gasPrice");
        if (price == null) price = BigInteger.ZERO;
        BigInteger value = quantity(call, "value");
        BigInteger cost = price.multiply(BigInteger.valueOf(gas));
        if (value != null) cost = cost.add(value);
        BigInteger balance = state.account(from).balance();
        if (balance.compareTo(cost) < 0) {
            throw RpcError.server(
                    "insufficient funds for gas * price + value: balance %d, tx cost %d, overshot %d"
                            .formatted(balance, cost, cost.subtract(balance)));
        }
    }

    private static JsonNode object(Params params) {
        JsonNode call = params.required(0);
        if (!call.isObject()) throw RpcError.invalid(0, "want an object");
        return call;
    }

    private static byte[] data(JsonNode call) {
        JsonNode input = call.path("input").isTextual() ? call.path("input") : call.path("data");
        if (!input.isTextual()) return new byte[0];
        try {
            return Hex.parseData(input.textValue());
        } catch (IllegalArgumentException e) {
            throw RpcError.invalid(0, Params.reason(e));
        }
    }

    private static @Nullable Address address(JsonNode call, String field) {
        JsonNode value = call.path(field);
        if (!value.isTextual()) return null;
        try {
            return new Address(Hex.parseData(value.textValue(), Address.BYTES, "common.Address"));
        } catch (IllegalArgumentException e) {
            throw RpcError.invalid(0, Params.reason(e));
        }
    }

    private static @Nullable BigInteger quantity(JsonNode call, String field) {
        JsonNode value = call.path(field);
        if (!value.isTextual()) return null;
        try {
            return Hex.parseQuantity(value.textValue());
        } catch (IllegalArgumentException e) {
            throw RpcError.invalid(0, Params.reason(e));
        }
    }

    private static long zeros(byte[] data) {
        long zeros = 0;
        for (byte b : data) if (b == 0) zeros++;
        return zeros;
    }

    private static long words(byte[] data) {
        return (data.length + WORD_BYTES - 1) / WORD_BYTES;
    }
}
