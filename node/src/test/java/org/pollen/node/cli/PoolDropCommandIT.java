package org.pollen.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.mempool.BlobPoolConfig;
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
import org.pollen.node.store.TransactionJournal;
import org.pollen.peer.PrivateKey;

/// `pollen pool drop` against a running node with a data directory.
class PoolDropCommandIT {
    @TempDir Path folder = Path.of("");

    private record Done(int code, String out, String err) {}

    private static Done pollen(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code =
                PollenCli.commandLine()
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err))
                        .execute(args);
        return new Done(code, out.toString(), err.toString());
    }

    private Done drop(String... args) {
        var all = new ArrayList<>(List.of("pool", "drop", "--data-dir", folder.toString()));
        all.addAll(List.of(args));
        return pollen(all.toArray(String[]::new));
    }

    @Test
    @DisplayName("3: pool drop takes transactions out of the pool, the journal and the blob pool")
    void dropsForGood() throws Exception {
        Config config =
                ConfigLoader.load(
                        null,
                        Map.of(),
                        List.of("p2p.host=127.0.0.1", "p2p.port=0", "ops.port=0", "rpc.port=0"),
                        Map.of());
        var chain = new DevChain(DevChainConfig.defaults(1).withAccounts(3));
        var random = new SplittableRandom(7);
        Path journal = folder.resolve("pool/transactions.rlp");
        try (var shared = new Shared(2);
                var node =
                        new NodeRuntime(
                                ConfiguredNode.setup(
                                        config,
                                        PrivateKey.generateEd25519(random),
                                        chain,
                                        random.split(),
                                        Path.of("unused")),
                                shared,
                                System::nanoTime,
                                System::currentTimeMillis,
                                NodeRuntime.Probe.NONE)) {
            PoolService pool = Objects.requireNonNull(node.pool());
            pool.useBlobs(
                    BlobSetup.in(folder.resolve("blobpool"), BlobPoolConfig.DEFAULTS, null)
                            .orElseThrow());
            pool.keepLocals(TransactionJournal.open(journal), Duration.ofHours(1));
            node.bind();
            node.start();
            try (ControlSocket _ = Objects.requireNonNull(node.control(folder))) {
                Transaction transfer =
                        chain.accounts()
                                .get(1)
                                .signer()
                                .draft(2, BigInteger.valueOf(chain.chainId()))
                                .fees(BigInteger.TEN.pow(11), BigInteger.TEN.pow(9))
                                .to(chain.accounts().getFirst().address())
                                .sign();
                Transaction blob =
                        BlobFixtures.signed(
                                chain, chain.accounts().getFirst().signer(), 0, BlobFixtures.CELLS);
                for (Transaction tx : List.of(transfer, blob)) {
                    assertThat(pool.submit(tx).get(60, TimeUnit.SECONDS).error()).isNull();
                }
                assertThat(Files.size(journal)).isPositive();

                String hash = transfer.hash().toString();
                assertThat(drop(hash).code()).isEqualTo(2);
                assertThat(drop(hash).err()).contains("add --yes");
                assertThat(drop("--yes", "0x12").err()).contains("HASH is \"0x12\"");
                Done dropped = drop("--yes", hash, blob.hash().toString());
                assertThat(dropped.err()).isEmpty();
                assertThat(dropped.out())
                        .isEqualTo("dropped %s%ndropped %s%n".formatted(hash, blob.hash()));
                assertThat(dropped.code()).isZero();
                assertThat(Files.size(journal)).isZero();
                assertThat(pool.locals()).hasValue(0);
                assertThat(
                                Objects.requireNonNull(
                                                Objects.requireNonNull(pool.blobs()).snapshot())
                                        .pending())
                        .isZero();
                assertThat(pool.settled().get(60, TimeUnit.SECONDS)).isTrue();
                assertThat(pool.snapshot().pending()).isZero();

                Done again = drop("--yes", hash, "-o", "json");
                assertThat(again.code()).isEqualTo(1);
                assertThat(again.out()).contains("\"result\":\"unknown\"");
                assertThat(ControlSocket.ask(folder, "drop")).startsWith("error there is only");
                assertThat(ControlSocket.ask(folder, "drop 0x12")).startsWith("error ");
            }
        }
        Done gone = drop("--yes", "0x" + "12".repeat(32));
        assertThat(gone.code()).isEqualTo(5);
        assertThat(gone.err()).contains("no node with a pool runs in ");
    }
}
