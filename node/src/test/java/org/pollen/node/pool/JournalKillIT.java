package org.pollen.node.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.mempool.BlobStorage;
import org.pollen.mempool.BlobStore;
import org.pollen.mempool.LocalJournal;
import org.pollen.mempool.LocalTracker;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionRefusedException;
import org.pollen.node.blobs.BlobFixtures;
import org.pollen.node.chain.DevAccount;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;
import org.pollen.node.store.BlobFiles;

/// Kills a real process at random moments while wallets send to it, transfers and blobs: what it
/// acknowledged is in its journal or in the files of its blob pool after each kill, and in the pool
/// of the last process.
///
/// Fifty kills: `mvn verify -pl node -am -Dit.test=JournalKillIT -Dtest=none
/// -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false
/// -Djournal.kills=50`.
///
/// Source: mempool.md 11; operations.md 17, O26.
class JournalKillIT {
    private static final int KILLS = Integer.getInteger("journal.kills", 4);
    private static final int ACCOUNTS = 50; // of the embedded chain
    private static final int CALLS = 200;
    private static final long SEED = 42;

    @TempDir Path folder;
    private final JsonMapper json = new JsonMapper();
    private final HttpClient http = HttpClient.newHttpClient();
    private final DevChain chain = new DevChain(DevChainConfig.defaults(SEED));
    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<String> blobs = new ConcurrentLinkedQueue<>(); // acknowledged, too
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void close() {
        processes.forEach(Process::destroyForcibly);
        http.shutdownNow();
    }

    @Test
    @DisplayName("O26, 11: what was acknowledged before a SIGKILL under load is there afterwards")
    void whatWasAcknowledgedSurvivesKills() throws Exception {
        var random = new Random(Long.getLong("journal.seed", 1));
        int wallets = Math.max(1, Math.min(8, ACCOUNTS / KILLS));
        for (int life = 0; life < KILLS; life++) {
            Process process = start(CALLS);
            URI rpc = rpc(process);
            int before = acknowledged.size();
            int blobsBefore = blobs.size();
            var threads = new ArrayList<Thread>();
            for (int i = 0; i < wallets; i++) {
                int account = life * wallets + i;
                boolean blob = wallets > 1 ? i == 0 : life % 2 == 1;
                threads.add(Thread.startVirtualThread(() -> send(process, rpc, account, blob)));
            }
            boolean both = wallets > 1;
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        boolean plain = acknowledged.size() > before;
                        boolean blob = blobs.size() > blobsBefore;
                        return both ? plain && blob : plain || blob;
                    });
            LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(1200)));
            process.destroyForcibly().waitFor();
            for (Thread thread : threads) thread.join();
            assertThat(journal()).as("after kill %d", life + 1).containsAll(acknowledged);
            assertThat(blobFiles()).as("after kill %d", life + 1).containsAll(blobs);
        }
        Process last = start(1_000_000); // we ask for each transaction by itself
        URI rpc = rpc(last);
        await().atMost(Duration.ofSeconds(40)) // the first recheck comes after ten seconds
                .pollInterval(Duration.ofMillis(250))
                .untilAsserted(() -> assertThat(unknown(rpc)).isEmpty());
        last.destroy();
        assertThat(last.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(journal()).containsAll(acknowledged);
        System.out.printf(
                "%d kills, %d transactions and %d with blobs acknowledged, none lost%n",
                KILLS, acknowledged.size(), blobs.size());
    }

    @Test
    @DisplayName(
            "O52: a SIGTERM under load ends with 0, and what was acknowledged is in the journal")
    void aTermUnderLoadLosesNothing() throws Exception {
        Process process = start(5000);
        URI rpc = rpc(process);
        var threads = new ArrayList<Thread>();
        long began = System.nanoTime();
        for (int i = 0; i < 16; i++) {
            int account = i;
            threads.add(Thread.startVirtualThread(() -> send(process, rpc, account, false)));
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.size() > 1000);
        double seconds = (System.nanoTime() - began) / 1e9;
        int before = acknowledged.size();
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        for (Thread thread : threads) thread.join();
        assertThat(process.exitValue()).isZero();
        assertThat(journal()).containsAll(acknowledged);
        System.out.printf(
                "SIGTERM at %.0f transactions a second: %d acknowledged, none lost%n",
                before / seconds, acknowledged.size());
    }

    /// A whole node, as `./pollen run` starts it.
    ///
    /// @param rate calls a second that it answers
    private Process start(int rate) throws IOException {
        Path data = folder.resolve("data");
        Files.deleteIfExists(data.resolve("runtime.json")); // of the process that was killed
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx384m"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of("org.pollen.node.cli.PollenCli", "run", "--chain", "embedded"));
        command.addAll(List.of("--data-dir", data.toString(), "--p2p-host", "127.0.0.1"));
        command.addAll(List.of("--p2p-port", "0", "--rpc-port", "0", "--ops-port", "0"));
        command.addAll(List.of("--set", "p2p.addressBook=0", "--set", "txpool.globalslots=100000"));
        command.addAll(List.of("--set", "rpc.rate=" + rate));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                        .start();
        processes.add(process);
        return process;
    }

    private URI rpc(Process process) {
        Path runtime = folder.resolve("data").resolve("runtime.json");
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> Files.exists(runtime) || !process.isAlive());
        try {
            assertThat(process.isAlive()).as(Files.readString(folder.resolve("log"))).isTrue();
            return URI.create(json.readTree(Files.readAllBytes(runtime)).path("rpc").asText());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// Sends one after the other until the process is gone; a refusal by the rate, or because the
    /// account has as many blobs as it may, is tried again.
    private void send(Process process, URI rpc, int account, boolean blob) {
        for (long nonce = 0; process.isAlive(); ) {
            Transaction tx = blob ? blob(account, nonce) : transfer(account, nonce);
            try {
                String raw = "0x" + java.util.HexFormat.of().formatHex(tx.network());
                JsonNode answer = call(rpc, "eth_sendRawTransaction", raw);
                if (answer.path("result").asText().equals(tx.hash().toString())) {
                    (blob ? blobs : acknowledged).add(tx.hash().toString());
                    nonce++;
                } else {
                    LockSupport.parkNanos(5_000_000);
                }
            } catch (IOException _) {
                // killed while it answered: nothing was promised
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static Transaction transfer(int account, long nonce) {
        return DevAccount.of(SEED, account)
                .signer()
                .draft(2, BigInteger.valueOf(31_337))
                .nonce(nonce)
                .fees(BigInteger.valueOf(200_000_000_000L), BigInteger.valueOf(1_000_000_000))
                .gas(21_000)
                .value(BigInteger.ONE)
                .to(DevAccount.of(SEED, 0).address())
                .sign();
    }

    private Transaction blob(int account, long nonce) {
        var signer = DevAccount.of(SEED, account).signer();
        return BlobFixtures.signed(chain, signer, nonce, BlobFixtures.CELLS);
    }

    /// What the files of the blob pool hold: what waits, and what was included lately.
    private Set<String> blobFiles() throws Exception {
        var found = new HashSet<String>();
        Path data = folder.resolve("data").resolve("blobpool");
        try (BlobFiles files = BlobFiles.open(data)) {
            BlobStorage storage = files.storage();
            BlobStore.Visitor visitor = (_, entry) -> found.add(hash(entry, 0));
            storage.pool().forEach(visitor);
            storage.gapped().forEach(visitor);
            storage.limbo().forEach((_, entry) -> found.add(hash(entry, Long.BYTES)));
            assertThat(files.damaged()).isZero();
        }
        return found;
    }

    private static String hash(byte[] entry, int from) {
        try {
            return TransactionDecoder.decode(entry, from, entry.length - from).hash().toString();
        } catch (TransactionRefusedException e) {
            throw new AssertionError(e);
        }
    }

    private JsonNode call(URI rpc, String method, String param)
            throws IOException, InterruptedException {
        String body =
                json.writeValueAsString(
                        Map.of(
                                "jsonrpc",
                                "2.0",
                                "id",
                                1,
                                "method",
                                method,
                                "params",
                                List.of(param)));
        var request =
                HttpRequest.newBuilder(rpc)
                        .header("content-type", "application/json")
                        .timeout(Duration.ofSeconds(10))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        return json.readTree(http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body());
    }

    private Set<String> journal() throws IOException {
        Path file = folder.resolve("data").resolve("pool").resolve("transactions.rlp");
        var tracker = new LocalTracker(LocalJournal.NONE, Duration.ofHours(1), 0);
        var found = new HashSet<String>();
        for (Transaction tx : tracker.load(Files.readAllBytes(file)).transactions()) {
            found.add(tx.hash().toString());
        }
        return found;
    }

    /// Acknowledged transactions that a node has neither in its pool nor in a block, at most a few.
    private List<String> unknown(URI rpc) throws IOException, InterruptedException {
        var unknown = new ArrayList<String>();
        var known = new HashSet<String>();
        JsonNode content = callBare(rpc, "txpool_content").path("result");
        for (String part : List.of("pending", "queued")) {
            for (JsonNode account : content.path(part)) {
                for (JsonNode tx : account) known.add(tx.path("hash").asText());
            }
        }
        var all = new ArrayList<>(acknowledged);
        all.addAll(blobs);
        for (String hash : all) {
            if (known.contains(hash)) continue;
            JsonNode tx = call(rpc, "eth_getTransactionByHash", hash).path("result");
            if (!tx.path("hash").asText().equals(hash)) unknown.add(hash);
            if (unknown.size() > 3) break;
        }
        return unknown;
    }

    private JsonNode callBare(URI rpc, String method) throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(rpc)
                        .header("content-type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\""
                                                + method
                                                + "\",\"params\":[]}"))
                        .build();
        return json.readTree(http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body());
    }
}
