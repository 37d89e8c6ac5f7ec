package org.pollen.mempool.kzg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.BlobSidecar;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;

/// Real blobs, made by another implementation: the two wrapped lines of `transactions.jsonl`.
class KzgProofsTest {
    private static final KzgProofs KZG = KzgProofs.load().orElseThrow();
    private static byte[] version0 = {};
    private static byte[] version1 = {};

    @BeforeAll
    static void read() throws Exception {
        Path file = Path.of("..", "..", "shared", "data", "transactions.jsonl");
        for (String line : Files.readAllLines(file)) {
            if (line.contains("\"id\":\"tx0229\"")) version0 = raw(line);
            if (line.contains("\"id\":\"tx0230\"")) version1 = raw(line);
        }
    }

    private static byte[] raw(String line) throws Exception {
        String hex = new ObjectMapper().readTree(line).get("raw").asText();
        return HexFormat.of().parseHex(hex.substring(2));
    }

    @Test
    @DisplayName("S29: proofs of both versions hold")
    void hold() throws Exception {
        assertThat(KZG.verify(sidecar(version0))).isTrue();
        assertThat(KZG.verify(sidecar(version1))).isTrue();
    }

    @Test
    @DisplayName("S29: another blob, another proof or no point at all does not")
    void doNotHold() throws Exception {
        for (byte[] network : new byte[][] {version0, version1}) {
            BlobSidecar good = sidecar(network);
            assertThat(KZG.verify(changed(network, good.blobsFrom() + 4 + 31))).isFalse();
            assertThat(KZG.verify(changed(network, good.blobsFrom() + 4))).isFalse(); // no element
            assertThat(KZG.verify(changed(network, good.proofsFrom() + 1))).isFalse();
            assertThat(KZG.verify(changed(network, good.proofsFrom() - 20)))
                    .isFalse(); // commitment
        }
        BlobSidecar cells = sidecar(version1);
        var fewer = new BlobSidecar(1, 1, cells.commitments(), 127, version1, 0, 0);
        assertThat(KZG.verify(fewer)).isFalse();
        assertThat(KZG.verify(new BlobSidecar(1, 0, cells.commitments(), 0, version1, 0, 0)))
                .isFalse();
        assertThat(KZG.verify(changed(version1, cells.proofsFrom() + 127 * 49 + 40))).isFalse();
    }

    @Test
    @DisplayName("10.2: a sidecar of version 0 is upgraded to what another implementation makes")
    void upgrade() throws Exception {
        Transaction old = TransactionDecoder.decode(version0);
        Transaction upgraded = TransactionDecoder.decode(KZG.upgraded(old).orElseThrow());
        assertThat(upgraded.hash()).isEqualTo(old.hash());
        BlobSidecar sidecar = Objects.requireNonNull(upgraded.sidecar());
        assertThat(sidecar.version()).isEqualTo(1);
        assertThat(KZG.verify(sidecar)).isTrue();
        assertThat(sidecar.proofs(0, 128)).isEqualTo(sidecar(version1).proofs(0, 128));
        assertThat(KZG.upgraded(upgraded)).contains(upgraded.network());
        byte[] bad = version0.clone();
        bad[sidecar(version0).blobsFrom() + 4] = -1;
        assertThat(KZG.upgraded(TransactionDecoder.decode(bad))).isEmpty();
    }

    @Test
    @DisplayName("a setup of nobody's ceremony is refused")
    void otherSetup() {
        assertThatThrownBy(() -> TrustedSetup.parse(new byte[399_456]))
                .isInstanceOf(IllegalStateException.class);
    }

    private static BlobSidecar changed(byte[] network, int at) throws Exception {
        byte[] copy = network.clone();
        copy[at] ^= (byte) 0x91;
        return sidecar(copy);
    }

    private static BlobSidecar sidecar(byte[] network) throws Exception {
        return Objects.requireNonNull(TransactionDecoder.decode(network).sidecar());
    }
}
