package org.pollen.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.mempool.BlobPoolConfig;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.LocalJournal;
import org.pollen.mempool.LocalTracker;
import org.pollen.mempool.Transaction;
import org.pollen.node.ConfiguredNode;
import org.pollen.node.ControlSocket;
import org.pollen.node.NodeRuntime;
import org.pollen.node.Shared;
import org.pollen.node.blobs.BlobFixtures;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;
import org.pollen.node.config.Config;
import org.pollen.node.config.ConfigLoader;
import org.pollen.node.pool.BlobSetup;
import org.pollen.node.pool.PoolService;
import org.pollen.peer.PrivateKey;

/// A whole node whose disk fills up: what JSON-RPC, readiness and metrics say meanwhile, and that
/// everything recovers by itself. Source: mempool.md 11; operations.md 4 and 8.1.
class FullDiskIT {
    private static final long MIB = 1L << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir Path folder = Path.of("");

    private final JsonMapper json = new JsonMapper();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Shared shared = new Shared(2);
    private final FailingDisk disk = new FailingDisk();
    private final AtomicLong free = new AtomicLong(1024 * MIB);
    private final DiskSpace space = new DiskSpace(free::get, 512 * MIB);
    private final DevChain chain = new DevChain(DevChainConfig.defaults(1).withAccounts(4));
    private final NodeRuntime node = node();
    private long blobNonce;

    private NodeRuntime node() {
        Config config =
                ConfigLoader.load(
                        null,
                        Map.of(),
                        List.of(
                                "p2p.host=127.0.0.1",
                                "p2p.port=0",
                                "ops.port=0",
                                "rpc.port=0",
                                "rpc.rate=100000"),
                        Map.of());
        var random = new SplittableRandom(5);
        return new NodeRuntime(
                ConfiguredNode.setup(
                        config,
                        PrivateKey.generateEd25519(random),
                        chain,
                        random.split(),
                        Path.of("unused")),
                shared,
                System::nanoTime,
                System::currentTimeMillis,
                NodeRuntime.Probe.NONE);
    }

    @BeforeEach
    void start() throws Exception {
        PoolService pool = Objects.requireNonNull(node.pool());
        pool.useBlobs(
                BlobSetup.in(
                                BlobFiles.open(folder.resolve("blobpool"), disk),
                                BlobPoolConfig.DEFAULTS,
                                space)
                        .orElseThrow());
        pool.keepLocals(
                TransactionJournal.open(folder.resolve("pool/transactions.rlp"), disk),
                Duration.ofHours(1));
        node.watch(space);
        node.bind();
        node.start();
    }

    @AfterEach
    void stop() {
        node.close();
        shared.close();
        http.close();
    }

    @Test
    @DisplayName(
            "11 a full disk: JSON-RPC answers with an error, nothing is acknowledged, and it recovers")
    void aFullDisk() throws Exception {
        assertThat(plain(1, 0)).isEqualTo("ok");
        assertThat(blob()).isEqualTo("ok");

        disk.room.set(0);
        assertThat(plain(1, 1))
                .isEqualTo(
                        "the journal of local transactions cannot be written (IOException No space"
                                + " left on device): it is pooled, but a restart may lose it");
        // One a second finds out whether that has changed, the others are refused at once.
        assertThat(plain(1, 2))
                .startsWith(
                        "the journal of local transactions cannot be written (IOException No space"
                                + " left on device)");
        assertThat(blob())
                .isEqualTo(
                        "blob transactions cannot be written to the disk (IOException No space"
                                + " left on device)");
        assertThat(ready()).contains("pool journal not writable: IOException No space left");
        assertThat(metric("txpool_journal_writes_total{result=\"failed\"}")).isPositive();
        assertThat(metric("blobpool_writes_total{result=\"failed\"}")).isPositive();
        assertThat(metric("blobpool_slotused")).isEqualTo(1);

        disk.room.set(Long.MAX_VALUE);
        // Nobody submits anything meanwhile: the node finds out by itself.
        await().atMost(PATIENCE).until(() -> ready().contains("pool ok"));
        assertThat(plain(2, 0)).isEqualTo("ok");
        assertThat(blob()).isEqualTo("ok");
        assertThat(metric("blobpool_slotused")).isEqualTo(2);
    }

    @Test
    @DisplayName(
            "3, 11 pool drop: what a full disk leaves in the journal is not said to be dropped")
    void aDropThatCannotBeWritten() throws Exception {
        PoolService pool = Objects.requireNonNull(node.pool());
        TransactionJournal journal = Objects.requireNonNull(pool.journal());
        assertThat(plain(1, 0)).isEqualTo("ok");
        assertThat(plain(2, 0)).isEqualTo("ok");
        List<Hash32> kept = hashes(journal);
        assertThat(kept).hasSize(2);
        disk.room.set(0);
        String line = "drop " + kept.getFirst();
        try (ControlSocket _ = Objects.requireNonNull(node.control(folder))) {
            for (int i = 0; i < 2; i++) { // gone from the pool the second time, but not for good
                assertThat(ControlSocket.ask(folder, line))
                        .startsWith("error dropped from the pool, but the journal cannot be")
                        .contains("No space left on device");
                assertThat(hashes(journal)).isEqualTo(kept);
            }
            disk.room.set(Long.MAX_VALUE);
            // Nobody asks again: it is made good by itself.
            await().atMost(PATIENCE).until(() -> hashes(journal).equals(kept.subList(1, 2)));
            assertThat(ControlSocket.ask(folder, line)).isEqualTo("unknown");
        }
    }

    private static List<Hash32> hashes(TransactionJournal journal) throws IOException {
        return new LocalTracker(LocalJournal.NONE, Duration.ofHours(1), 0)
                .load(Files.readAllBytes(journal.file())).transactions().stream()
                        .map(Transaction::hash)
                        .toList();
    }

    @Test
    @DisplayName("11 a disk that cannot force: what is pooled is not acknowledged as kept")
    void aDiskThatCannotForce() throws Exception {
        disk.forces = false;
        assertThat(blob())
                .isEqualTo(
                        "blob transactions cannot be written to the disk (IOException Input/output"
                                + " error): it is pooled, but a restart may lose it");
        assertThat(ready()).contains("pool blob transactions not writable: IOException Input");
        assertThat(metric("blobpool_slotused")).isEqualTo(1);
        disk.forces = true;
        await().atMost(PATIENCE).until(() -> ready().contains("pool ok"));
        blobNonce++;
        assertThat(blob()).isEqualTo("ok");
    }

    @Test
    @DisplayName(
            "4 data.minFree: below it the node is not ready and takes no blobs, until there is room")
    void tooLittleRoom() throws Exception {
        assertThat(ready()).contains("store ok");
        assertThat(metric("pollen_data_free_bytes")).isEqualTo(1024 * MIB);
        free.set(300 * MIB);
        space.look();
        assertThat(ready()).contains("store 300 MiB free, data.minFree is 512 MiB");
        assertThat(status("/readyz")).isEqualTo(503);
        assertThat(status("/livez")).isEqualTo(200);
        assertThat(metric("pollen_data_free_bytes")).isEqualTo(300 * MIB);
        assertThat(plain(1, 0)).isEqualTo("ok"); // a hundred bytes
        assertThat(blob())
                .isEqualTo(
                        "blob transactions cannot be written to the disk (300 MiB free,"
                                + " data.minFree is 512 MiB)");
        assertThat(metric("blobpool_slotused")).isZero();

        free.set(600 * MIB);
        space.look();
        assertThat(ready()).contains("store ok");
        assertThat(metric("pollen_data_free_bytes")).isEqualTo(600 * MIB);
        assertThat(blob()).isEqualTo("ok");
    }

    /// Submits a transfer: `ok`, or the error's text.
    private String plain(int account, long nonce) throws Exception {
        return submit(
                chain.accounts()
                        .get(account)
                        .signer()
                        .draft(2, BigInteger.valueOf(chain.chainId()))
                        .nonce(nonce)
                        .fees(BigInteger.TEN.pow(11), BigInteger.TEN.pow(9))
                        .to(chain.accounts().get(2).address())
                        .sign());
    }

    private String blob() throws Exception {
        var signer = chain.accounts().getFirst().signer();
        String answer = submit(BlobFixtures.signed(chain, signer, blobNonce, BlobFixtures.CELLS));
        if (answer.equals("ok")) blobNonce++;
        return answer;
    }

    private String submit(Transaction tx) throws Exception {
        String raw = "0x" + HexFormat.of().formatHex(tx.network());
        String body =
                json.writeValueAsString(
                        Map.of(
                                "jsonrpc",
                                "2.0",
                                "id",
                                1,
                                "method",
                                "eth_sendRawTransaction",
                                "params",
                                List.of(raw)));
        var request =
                HttpRequest.newBuilder(URI.create("http://" + at(node.rpcAddress())))
                        .header("content-type", "application/json")
                        .timeout(PATIENCE)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        JsonNode answer =
                json.readTree(http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body());
        if (!answer.has("error")) {
            assertThat(answer.path("result").asText()).isEqualTo(tx.hash().toString());
            return "ok";
        }
        assertThat(answer.path("error").path("code").asInt()).isEqualTo(-32000);
        return answer.path("error").path("message").asText();
    }

    private String ready() throws IOException, InterruptedException {
        return get("/readyz?verbose").body();
    }

    private int status(String path) throws IOException, InterruptedException {
        return get(path).statusCode();
    }

    private double metric(String name) throws IOException, InterruptedException {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create("http://" + at(node.opsAddress()) + path))
                        .timeout(PATIENCE)
                        .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static String at(@org.jspecify.annotations.Nullable InetSocketAddress address) {
        InetSocketAddress bound = Objects.requireNonNull(address);
        return bound.getAddress().getHostAddress() + ":" + bound.getPort();
    }
}
