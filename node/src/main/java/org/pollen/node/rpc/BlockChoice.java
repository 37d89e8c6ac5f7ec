package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.pollen.mempool.Hash32;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.ChainState;

/// Which block a parameter means: a tag, a number, or an object with a hash or a number (EIP-1898).
///
/// There is no finality on these chains: `safe` and `finalized` are 32 and 64 blocks behind the
/// head, as far as a pool follows a reorganisation. `pending` is the head.
final class BlockChoice {
    private static final long SAFE_DISTANCE = 32;
    private static final long FINALIZED_DISTANCE = 64;

    private final ChainSource chain;

    BlockChoice(ChainSource chain) {
        this.chain = chain;
    }

    /// The block of a parameter; the head if it is absent.
    Optional<ChainBlock> block(Params params, int index) {
        JsonNode value = params.optional(index);
        if (value == null) return Optional.of(chain.latest());
        try {
            if (value.isTextual()) return tag(value.textValue());
            JsonNode hash = value.get("blockHash");
            if (hash != null && hash.isTextual()) {
                return chain.byHash(new Hash32(Hex.parseData(hash.textValue(), 32, "Hash")));
            }
            JsonNode number = value.get("blockNumber");
            if (number != null && number.isTextual()) return tag(number.textValue());
        } catch (IllegalArgumentException e) {
            throw RpcError.invalid(index, Params.reason(e));
        }
        throw RpcError.invalid(index, "want a block number, tag or object");
    }

    /// Whether a parameter asks for the pending block.
    static boolean pending(Params params, int index) {
        JsonNode value = params.optional(index);
        return value != null && "pending".equals(value.textValue());
    }

    /// The block of a parameter, which must exist.
    ChainBlock known(Params params, int index) {
        return block(params, index).orElseThrow(() -> RpcError.server("header not found"));
    }

    /// The state after the block of a parameter.
    ChainState state(Params params, int index) {
        ChainBlock block = known(params, index);
        return chain.state(block)
                .orElseThrow(() ->
                        RpcError.server(
                                "historical state of block %d is not available"
                                        .formatted(block.number())));
    }

    private Optional<ChainBlock> tag(String tag) {
        return switch (tag) {
            case "latest", "pending" -> Optional.of(chain.latest());
            case "earliest" -> chain.byNumber(0);
            case "safe" -> behind(SAFE_DISTANCE);
            case "finalized" -> behind(FINALIZED_DISTANCE);
            default -> chain.byNumber(Hex.parseLong(tag));
        };
    }

    private Optional<ChainBlock> behind(long distance) {
        return chain.byNumber(Math.max(0, chain.latest().number() - distance));
    }
}
