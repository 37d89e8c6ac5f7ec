package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The methods of the dev chains. Source: operations.md 8.
class DevApiTest {
    private final ApiHarness api = new ApiHarness();

    @Test
    void blocksAreMadeOnRequest() {
        assertThat(api.call("evm_mine").textValue()).isEqualTo("0x0");
        api.call("evm_mine", Map.of("blocks", 3));
        assertThat(api.call("anvil_mine", "0x2").isNull()).isTrue();

        assertThat(api.call("eth_blockNumber").textValue()).isEqualTo("0x6");
        assertThat(api.error("evm_mine", Map.of("blocks", 1000)))
                .startsWith("-32602 invalid argument 0");
    }

    @Test
    void aSnapshotIsRevertedOnce() {
        String id = api.call("evm_snapshot").textValue();
        api.call("evm_mine");

        assertThat(id).isEqualTo("0x1");
        assertThat(api.call("evm_revert", id).booleanValue()).isTrue();
        assertThat(api.call("eth_blockNumber").textValue()).isEqualTo("0x0");
        assertThat(api.call("evm_revert", id).booleanValue()).isFalse();
    }

    @Test
    void theChainReorganisesOnRequest() {
        assertThat(api.error("anvil_reorg", 1)).isEqualTo("-32000 there are no blocks to replace");
        api.call("evm_mine", Map.of("blocks", 4));
        var before = api.node.chain.latest();

        assertThat(api.call("anvil_reorg", Map.of("depth", 2)).isNull()).isTrue();

        assertThat(api.node.chain.latest().number()).isEqualTo(before.number());
        assertThat(api.node.chain.latest().hash()).isNotEqualTo(before.hash());
        assertThat(api.error("anvil_reorg", 0)).startsWith("-32602");
        assertThat(api.error("anvil_reorg", 129)).startsWith("-32602");
    }

    @Test
    void aBalanceIsSet() {
        api.call("anvil_setBalance", api.address(1), "0x10");

        assertThat(api.call("eth_getBalance", api.address(1), "latest").textValue())
                .isEqualTo("0x10");
    }

    @Test
    void miningByItselfIsSwitched() {
        api.call("evm_setAutomine", true);
        assertThat(api.driver.automine()).isTrue();
        api.call("evm_setAutomine", false);
        assertThat(api.driver.automine()).isFalse();
        api.call("evm_setIntervalMining", 2);
        api.driver.tick(Duration.ofSeconds(2).toNanos());

        assertThat(api.call("eth_blockNumber").textValue()).isEqualTo("0x1");
        assertThat(api.call("evm_increaseTime", 10).intValue()).isEqualTo(10);
        assertThat(api.error("evm_increaseTime", -1)).startsWith("-32602");
        assertThat(api.error("evm_setAutomine"))
                .isEqualTo("-32602 missing value for required argument 0");
    }

    @Test
    void goingBackUndoesABalanceThatWasSetWithoutABlock() {
        String id = api.call("evm_snapshot").textValue();
        api.call("anvil_setBalance", api.address(3), "0x4d");
        assertThat(api.call("eth_getBalance", api.address(3), "latest").textValue())
                .isEqualTo("0x4d");

        assertThat(api.call("evm_revert", id).booleanValue()).isTrue();

        assertThat(api.call("eth_getBalance", api.address(3), "latest").textValue())
                .isEqualTo("0x21e19e0c9bab2400000");
        api.call("evm_mine");
        assertThat(api.call("eth_getBalance", api.address(3), "latest").textValue())
                .isEqualTo("0x21e19e0c9bab2400000");
    }
}
