package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigInteger;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.pollen.mempool.Address;
import org.pollen.node.chain.DevChainDriver;

/// The methods that move the embedded chain, named as the dev chains name them so that scripts run
/// here unchanged. Only on the chain's own listener, which is loopback.
///
/// Source: operations.md 8.
public final class DevApi {
    private static final int BLOCKS_MAX = 256; // of one call
    private static final int REORG_MAX = 128;
    private static final int SECONDS_MAX = 1_000_000_000;

    private final DriverAccess driver;
    private final LongSupplier clock;

    /// Runs something on the thread that owns the chain.
    @FunctionalInterface
    public interface DriverAccess {
        /// Asks the driver.
        <T> CompletableFuture<T> ask(Function<DevChainDriver, T> question);
    }

    /// @param clock monotonic nanoseconds, the driver's
    public DevApi(DriverAccess driver, LongSupplier clock) {
        this.driver = driver;
        this.clock = clock;
    }

    /// Serves the methods.
    public void register(RpcMethods methods) {
        methods.add("evm_mine", (params, _) -> mine(params))
                .add("anvil_mine", (params, _) -> mineMany(params))
                .add("evm_snapshot", (_, _) -> ask(chain -> EthApi.quantity(chain.snapshot())))
                .add("evm_revert", (params, _) -> revert(params))
                .add("evm_increaseTime", (params, _) -> increaseTime(params))
                .add("evm_setAutomine", (params, _) -> setAutomine(params))
                .add("evm_setIntervalMining", (params, _) -> setInterval(params))
                .add("anvil_reorg", (params, _) -> reorg(params))
                .add("anvil_setBalance", (params, _) -> setBalance(params));
    }

    /// A time, or an object with a number of blocks; both are optional.
    private CompletableFuture<JsonNode> mine(Params params) {
        JsonNode option = params.optional(0);
        int blocks = 1;
        if (option != null && option.isObject()) blocks = option.path("blocks").asInt(1);
        if (blocks < 1 || blocks > BLOCKS_MAX) {
            throw RpcError.invalid(0, "blocks must be from 1 to " + BLOCKS_MAX);
        }
        return mined(blocks, TextNode.valueOf("0x0"));
    }

    private CompletableFuture<JsonNode> mineMany(Params params) {
        int blocks = params.has(0) ? params.quantityUpTo(0, BLOCKS_MAX) : 1;
        return mined(blocks, NullNode.instance);
    }

    private CompletableFuture<JsonNode> mined(int blocks, JsonNode answer) {
        return ask(chain -> {
            for (int i = 0; i < blocks; i++) {
                var _ = chain.mine();
            }
            return answer;
        });
    }

    private CompletableFuture<JsonNode> revert(Params params) {
        int id = params.quantityUpTo(0, Integer.MAX_VALUE);
        return ask(chain -> BooleanNode.valueOf(chain.revert(id)));
    }

    private CompletableFuture<JsonNode> increaseTime(Params params) {
        int seconds = params.quantityUpTo(0, SECONDS_MAX);
        return ask(chain -> JsonNodeFactory.instance.numberNode(chain.increaseTime(seconds)));
    }

    private CompletableFuture<JsonNode> setAutomine(Params params) {
        var _ = params.required(0);
        boolean on = params.flag(0);
        return ask(chain -> {
            chain.automine(on);
            return NullNode.instance;
        });
    }

    /// Seconds; 0 turns it off.
    private CompletableFuture<JsonNode> setInterval(Params params) {
        int seconds = params.quantityUpTo(0, SECONDS_MAX);
        return ask(chain -> {
            chain.blockTime(Duration.ofSeconds(seconds), clock.getAsLong());
            return NullNode.instance;
        });
    }

    /// A depth; or an object with one, as newer dev chains take it.
    private CompletableFuture<JsonNode> reorg(Params params) {
        JsonNode option = params.required(0);
        int depth;
        if (option.isObject()) {
            depth = option.path("depth").asInt();
        } else {
            depth = params.quantityUpTo(0, REORG_MAX);
        }
        if (depth < 1 || depth > REORG_MAX) {
            throw RpcError.invalid(0, "depth must be from 1 to " + REORG_MAX);
        }
        return ask(chain -> {
            if (chain.reorganise(depth).isEmpty()) {
                throw RpcError.server("there are no blocks to replace");
            }
            return NullNode.instance;
        });
    }

    private CompletableFuture<JsonNode> setBalance(Params params) {
        Address address = EthApi.address(params, 0);
        BigInteger balance = params.quantity(1);
        return ask(chain -> {
            chain.setBalance(address, balance);
            return NullNode.instance;
        });
    }

    private CompletableFuture<JsonNode> ask(Function<DevChainDriver, JsonNode> question) {
        return driver.ask(question);
    }
}
