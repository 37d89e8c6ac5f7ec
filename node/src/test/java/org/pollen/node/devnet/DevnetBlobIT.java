package org.pollen.node.devnet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionSigner;
import org.pollen.node.NodeRuntime;
import org.pollen.node.blobs.BlobFixtures;

/// A blob transaction's way through a network: by JSON-RPC into one node, fetched by the others,
/// into a block, out of it again, and dropped by all when it cannot be paid.
class DevnetBlobIT {
    private static final String BASE = "127.73.4";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private final HttpClient http = HttpClient.newHttpClient();

    private JsonNode call(String address, String method, String params) throws Exception {
        HttpResponse<String> response =
                http.send(
                        HttpRequest.newBuilder(URI.create("http://" + address))
                                .header("Content-Type", "application/json")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[%s]}"
                                                        .formatted(method, params)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        JsonNode answer = JSON.readTree(response.body());
        assertThat(answer.has("error")).as("%s: %s", method, answer).isFalse();
        return answer.path("result");
    }

    private static @Nullable BlobPoolSnapshot blobs(NodeRuntime node) {
        return Objects.requireNonNull(Objects.requireNonNull(node.pool()).blobs()).snapshot();
    }

    private static boolean pools(NodeRuntime node, Hash32 hash) {
        BlobPoolSnapshot now = blobs(node);
        return now != null && now.blob(hash).isPresent();
    }

    private static boolean keepsOne(NodeRuntime node) {
        BlobPoolSnapshot now = blobs(node);
        return now != null && now.limbo() == 1;
    }

    private static void await(List<NodeRuntime> nodes, Hash32 hash, boolean pooled) {
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(nodes).allMatch(node -> pools(node, hash) == pooled));
    }

    @Test
    @DisplayName(
            "8.3, 14.6 type 3 by JSON-RPC is pending on all nodes, mined, pooled again, dropped")
    void aBlobTransactionGoesThroughTheNetwork() throws Exception {
        var options =
                new DevnetOptions(
                        4,
                        0,
                        7,
                        Duration.ofHours(1),
                        Duration.ZERO,
                        0,
                        Duration.ZERO,
                        "blossom-2.1",
                        BASE,
                        true,
                        List.of());
        try (var devnet = new Devnet(options, _ -> {})) {
            devnet.start();
            List<NodeRuntime> nodes = devnet.nodes();
            TransactionSigner signer = devnet.chain().accounts().get(3).signer();
            Transaction tx = BlobFixtures.signed(devnet.chain(), signer, 0, BlobFixtures.CELLS);
            String hash = "\"" + tx.hash() + "\"";
            String raw = "0x" + HexFormat.of().formatHex(tx.network());
            assertThat(call(BASE + ".1:9811", "eth_sendRawTransaction", "\"" + raw + "\"").asText())
                    .isEqualTo(tx.hash().toString());
            await(nodes, tx.hash(), true);

            // What another node tells of it.
            String other = BASE + ".4:9811";
            JsonNode shown = call(other, "eth_getTransactionByHash", hash);
            assertThat(shown.path("type").asText()).isEqualTo("0x3");
            assertThat(shown.path("blockHash").isNull()).isTrue();
            assertThat(shown.path("blobVersionedHashes")).hasSize(1);
            assertThat(call(other, "eth_getRawTransactionByHash", hash).asText()).isEqualTo(raw);
            String sender = "\"" + signer.address() + "\"";
            assertThat(call(other, "eth_getTransactionCount", sender + ",\"pending\"").asText())
                    .isEqualTo("0x1");
            assertThat(call(other, "txpool_status", "").path("pending").asText()).isEqualTo("0x1");
            assertThat(metric(BASE + ".4:9813", "blobpool_slotused")).isEqualTo(1);

            // Into a block: blobs stay behind in the limbo.
            call(BASE + ".1:9809", "evm_mine", "");
            await(nodes, tx.hash(), false);
            JsonNode receipt = call(other, "eth_getTransactionReceipt", hash);
            assertThat(receipt.path("blobGasUsed").asText()).isEqualTo("0x20000");
            assertThat(call(other, "eth_getBlockByNumber", "\"latest\",false").path("blobGasUsed"))
                    .isEqualTo(receipt.path("blobGasUsed"));
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> nodes.stream().allMatch(DevnetBlobIT::keepsOne));

            // Out of the block: from the limbo.
            call(BASE + ".1:9809", "anvil_reorg", "1");
            await(nodes, tx.hash(), true);

            // Not payable any more: gone everywhere.
            call(BASE + ".1:9809", "anvil_setBalance", sender + ",\"0x1\"");
            call(BASE + ".1:9809", "evm_mine", "");
            await(nodes, tx.hash(), false);
            assertThat(devnet.failure()).isNull();
        }
    }

    private double metric(String address, String name) throws Exception {
        String page =
                http.send(
                                HttpRequest.newBuilder(URI.create("http://" + address + "/metrics"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
        return page.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }
}
