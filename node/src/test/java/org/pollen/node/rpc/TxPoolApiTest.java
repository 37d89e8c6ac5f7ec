package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("mempool.md 10.3")
class TxPoolApiTest {
    private final ApiHarness api = new ApiHarness();

    @Test
    void theStatusCountsBothParts() {
        fill();

        assertThat(api.call("txpool_status"))
                .hasToString("{\"pending\":\"0x3\",\"queued\":\"0x1\"}");
    }

    @Test
    void theContentIsByChecksummedAddressAndDecimalNonce() {
        fill();
        String sender = api.node.account(0).address().checksummed();

        JsonNode content = api.call("txpool_content");

        JsonNode own = content.get("pending").get(sender);
        assertThat(own.fieldNames()).toIterable().containsExactly("0", "1");
        assertThat(own.get("0")).isEqualTo(pooled(own.get("0").get("hash").textValue()));
        assertThat(content.get("pending")).hasSize(2);
        assertThat(content.get("queued").get(sender).fieldNames())
                .toIterable()
                .containsExactly("12");
    }

    @Test
    void theContentOfOneAccountHasNoAddressLevel() {
        fill();

        JsonNode content = api.call("txpool_contentFrom", api.address(0));

        assertThat(content.get("pending").fieldNames()).toIterable().containsExactly("0", "1");
        assertThat(content.get("queued").fieldNames()).toIterable().containsExactly("12");
        assertThat(api.call("txpool_contentFrom", api.address(7)))
                .hasToString("{\"pending\":{},\"queued\":{}}");
    }

    @Test
    void theInspectionIsOneLineForEach() {
        fill();
        JsonNode lines = api.call("txpool_inspect");

        assertThat(lines.get("pending").get(api.node.account(0).address().checksummed()).get("0"))
                .hasToString(
                        "\"%s: 1 wei + 50000 gas \u00d7 5000000000 wei\""
                                .formatted(api.node.account(9).address().checksummed()));
        assertThat(lines.get("pending").get(api.node.account(1).address().checksummed()).get("0"))
                .hasToString("\"contract creation: 1 wei + 60000 gas \u00d7 7 wei\"");
    }

    @Test
    void anEmptyPoolHasEmptyParts() {
        assertThat(api.call("txpool_content")).hasToString("{\"pending\":{},\"queued\":{}}");
        assertThat(api.call("txpool_inspect")).hasToString("{\"pending\":{},\"queued\":{}}");
    }

    private JsonNode pooled(String hash) {
        return api.call("eth_getTransactionByHash", hash);
    }

    private void fill() {
        api.node.add(api.transfer(2, 0, 0).sign());
        api.node.add(api.transfer(2, 0, 1).sign());
        api.node.add(api.transfer(2, 0, 12).sign());
        api.node.add(
                api.transfer(0, 1, 0).to(null).gas(60_000).gasPrice(BigInteger.valueOf(7)).sign());
    }
}
