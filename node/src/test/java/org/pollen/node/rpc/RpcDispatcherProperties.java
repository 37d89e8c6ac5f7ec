package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What must hold whatever clients send.
class RpcDispatcherProperties {
    private final ApiHarness api = new ApiHarness();
    private final List<String> values =
            List.of(
                    "null",
                    "true",
                    "0",
                    "3",
                    "-1",
                    "1.5",
                    "1e400",
                    "99999999999999999999999",
                    "\"\"",
                    "\"0x\"",
                    "\"0x0\"",
                    "\"0x1\"",
                    "\"0x01\"",
                    "\"0xzz\"",
                    "\"0xffffffffffffffff\"",
                    "\"0x" + "f".repeat(64) + "\"",
                    "\"0x" + "f".repeat(65) + "\"",
                    "\"latest\"",
                    "\"newHeads\"",
                    "\"\\u0000\"",
                    "\"" + api.address(1) + "\"",
                    "[]",
                    "[\"0x1\",101,-5]",
                    "[[[[]]]]",
                    "{}",
                    "{\"blockHash\":\"0x12\"}",
                    "{\"blockNumber\":7}",
                    "{\"depth\":-1,\"blocks\":-1}",
                    "{\"to\":\"" + api.address(2) + "\",\"data\":\"0x0\",\"value\":\"-1\"}",
                    "{\"from\":\"" + api.address(2) + "\",\"gasPrice\":\"0x1\",\"input\":\"0x00\"}",
                    "{\"accessList\":5,\"authorizationList\":\"x\",\"to\":null}");

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void noParametersAreADefectOfOurs(long seed) {
        var random = new Random(seed);
        for (String method : api.methods()) {
            for (int i = 0; i < 100; i++) {
                var params = new ArrayList<String>();
                for (int n = random.nextInt(4); n > 0; n--) {
                    params.add(values.get(random.nextInt(values.size())));
                }
                String call =
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                                .formatted(method, params);

                JsonNode answer = api.post(call);

                assertThat(answer.at("/error/code").asInt()).as(call).isNotEqualTo(-32603);
                assertThat(answer.has("result")).as(call).isNotEqualTo(answer.has("error"));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {4, 5, 6})
    void noBytesAreADefectOfOursAndAllAreAnsweredInJson(long seed) {
        var random = new Random(seed);
        byte[] good =
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBlockByNumber\",\"params\":[\"0x0\",true]}]"
                        .getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 5000; i++) {
            byte[] bytes = good.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            JsonNode answer =
                    api.post(new String(bytes, StandardCharsets.ISO_8859_1), RpcSession.LOCAL);

            if (answer == null) continue; // without an id it is a notification
            assertThat(answer.toString()).doesNotContain("-32603");
            assertThat(answer.isContainerNode()).isTrue();
        }
    }
}
