package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainSource;

/// What a client wants of the logs: blocks, addresses, topics. Checked as the reference client
/// checks it, so that a wrong question is told here as it would be there.
///
/// No contract of the embedded chain writes a log, so every right question is answered with none.
final class LogCriteria {
    /// Positions of a topic filter.
    static final int TOPICS_MAX = 4;

    /// Addresses, or topics at one position.
    static final int CHOICES_MAX = 1000;

    private LogCriteria() {}

    /// Checks the criteria of a parameter.
    ///
    /// @param required whether they may be left out, as in a subscription
    static void check(Params params, int index, boolean required, ChainSource chain) {
        JsonNode criteria = required ? params.required(index) : params.optional(index);
        if (criteria == null) return;
        if (!criteria.isObject()) throw RpcError.invalid(index, "want an object");
        try {
            range(criteria, chain);
            addresses(criteria.path("address"));
            topics(criteria.path("topics"));
        } catch (IllegalArgumentException e) {
            throw RpcError.invalid(index, Params.reason(e));
        }
    }

    private static void range(JsonNode criteria, ChainSource chain) {
        JsonNode hash = criteria.path("blockHash");
        JsonNode from = criteria.path("fromBlock");
        JsonNode to = criteria.path("toBlock");
        if (!absent(hash)) {
            if (!absent(from) || !absent(to)) {
                throw new IllegalArgumentException(
                        "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the"
                                + " other");
            }
            Hash32 wanted = new Hash32(Hex.parseData(text(hash), Hash32.BYTES, "common.Hash"));
            if (chain.byHash(wanted).isEmpty()) throw RpcError.server("unknown block");
            return;
        }
        ChainBlock head = chain.latest();
        long first = number(from, head);
        long last = number(to, head);
        if (Long.compareUnsigned(first, last) > 0 && !absent(to)) {
            throw new RpcError(RpcError.INVALID_PARAMS, "invalid block range params");
        }
    }

    private static void addresses(JsonNode addresses) {
        if (absent(addresses)) return;
        if (!addresses.isArray()) {
            address(addresses);
            return;
        }
        tooMany(addresses, CHOICES_MAX);
        addresses.forEach(LogCriteria::address);
    }

    private static void topics(JsonNode topics) {
        if (absent(topics)) return;
        if (!topics.isArray()) throw new IllegalArgumentException("invalid topic(s)");
        if (topics.size() > TOPICS_MAX) {
            throw new RpcError(RpcError.INVALID_PARAMS, "exceed max topics");
        }
        for (JsonNode position : topics) {
            if (position.isArray()) {
                tooMany(position, CHOICES_MAX);
                position.forEach(LogCriteria::topic);
            } else {
                topic(position);
            }
        }
    }

    private static void topic(JsonNode topic) {
        if (absent(topic)) return;
        var _ = Hex.parseData(text(topic), Hash32.BYTES, "topic");
    }

    private static void address(JsonNode address) {
        var _ = Hex.parseData(text(address), Address.BYTES, "address");
    }

    private static void tooMany(JsonNode choices, int most) {
        if (choices.size() > most) {
            throw new RpcError(
                    RpcError.INVALID_PARAMS, "exceed max addresses or topics per search position");
        }
    }

    private static long number(JsonNode tag, ChainBlock head) {
        if (absent(tag)) return head.number();
        return switch (text(tag)) {
            case "latest", "pending" -> head.number();
            case "earliest" -> 0;
            case "safe", "finalized" -> 0; // behind the head: never after a last block
            default -> Hex.parseLong(text(tag));
        };
    }

    private static String text(JsonNode value) {
        if (!value.isTextual()) throw new IllegalArgumentException("want a string");
        return value.textValue();
    }

    private static boolean absent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }
}
