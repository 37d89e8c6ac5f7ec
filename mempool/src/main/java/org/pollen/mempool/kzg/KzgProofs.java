package org.pollen.mempool.kzg;

import ethereum.ckzg4844.CKZG4844JNI;
import ethereum.ckzg4844.CKZGException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.pollen.mempool.BlobProofs;
import org.pollen.mempool.BlobSidecar;
import org.pollen.mempool.RlpWriter;
import org.pollen.mempool.Transaction;

/// Verifies blobs with c-kzg-4844 through its JNI binding. Thread-safe.
///
/// The library holds one trusted setup for the process, so there is one instance.
public final class KzgProofs implements BlobProofs {
    private static final int CELLS = CKZG4844JNI.CELLS_PER_EXT_BLOB;

    private KzgProofs() {}

    /// Made when first asked for: loading takes a moment that few need.
    private static final class Holder {
        private static final Optional<KzgProofs> FOUND = find();

        private static Optional<KzgProofs> find() {
            try {
                CKZG4844JNI.loadNativeLibrary();
            } catch (LinkageError | RuntimeException _) {
                return Optional.empty(); // no native code for this platform
            }
            TrustedSetup setup = TrustedSetup.load();
            CKZG4844JNI.loadTrustedSetup(
                    setup.g1Monomial(), setup.g1Lagrange(), setup.g2Monomial(), 0);
            return Optional.of(new KzgProofs());
        }
    }

    /// The verifier; empty where there is no native code for this platform.
    public static Optional<KzgProofs> load() {
        return Holder.FOUND;
    }

    @Override
    public boolean verify(BlobSidecar sidecar) {
        int count = sidecar.blobs();
        int proofs = sidecar.version() == 0 ? count : CELLS * count;
        if (sidecar.commitments().size() != count || sidecar.proofs() != proofs) return false;
        try {
            return sidecar.version() == 0 ? verifyBlobs(sidecar) : verifyCells(sidecar);
        } catch (CKZGException _) {
            return false; // no points of the curve, or no field elements
        }
    }

    /// A proof a blob (EIP-4844).
    private static boolean verifyBlobs(BlobSidecar sidecar) {
        int count = sidecar.blobs();
        byte[] blobs = new byte[count * BlobSidecar.BLOB_BYTES];
        for (int i = 0; i < count; i++) put(sidecar.blob(i), blobs, i);
        return CKZG4844JNI.verifyBlobKzgProofBatch(
                blobs, concatenated(sidecar.commitments(), 1), sidecar.proofs(0, count), count);
    }

    /// A proof for each of the 128 cells of an extended blob (EIP-7594).
    private static boolean verifyCells(BlobSidecar sidecar) {
        int count = sidecar.blobs();
        byte[] cells = new byte[count * CELLS * CKZG4844JNI.BYTES_PER_CELL];
        long[] indices = new long[count * CELLS];
        for (int i = 0; i < count; i++) put(CKZG4844JNI.computeCells(sidecar.blob(i)), cells, i);
        Arrays.setAll(indices, i -> i % CELLS);
        return CKZG4844JNI.verifyCellKzgProofBatch(
                concatenated(sidecar.commitments(), CELLS),
                indices,
                cells,
                sidecar.proofs(0, count * CELLS));
    }

    private static void put(byte[] part, byte[] all, int index) {
        System.arraycopy(part, 0, all, index * part.length, part.length);
    }

    private static byte[] concatenated(List<byte[]> points, int times) {
        byte[] all = new byte[points.size() * times * BlobSidecar.POINT_BYTES];
        for (int i = 0; i < points.size() * times; i++) put(points.get(i / times), all, i);
        return all;
    }

    /// The network form of a transaction with a version 1 sidecar in place of one of version 0,
    /// whose cell proofs are computed: a few tenths of a second a blob. Not verified.
    ///
    /// @return empty if the blobs are no field elements
    public Optional<byte[]> upgraded(Transaction tx) {
        BlobSidecar sidecar = tx.sidecar();
        if (sidecar == null || sidecar.version() != 0) return Optional.of(tx.network());
        var blobs = new RlpWriter();
        var commitments = new RlpWriter();
        var proofs = new RlpWriter();
        try {
            for (int i = 0; i < sidecar.blobs(); i++) {
                byte[] blob = sidecar.blob(i);
                blobs.bytes(blob);
                byte[] cellProofs = CKZG4844JNI.computeCellsAndKzgProofs(blob).getProofs();
                for (int cell = 0; cell < CELLS; cell++) {
                    int from = cell * BlobSidecar.POINT_BYTES;
                    proofs.bytes(cellProofs, from, BlobSidecar.POINT_BYTES);
                }
            }
        } catch (CKZGException _) {
            return Optional.empty();
        }
        for (byte[] commitment : sidecar.commitments()) commitments.bytes(commitment);
        return Optional.of(
                new RlpWriter()
                        .raw(tx.raw(), 1, tx.raw().length - 1)
                        .number(1L)
                        .list(blobs)
                        .list(commitments)
                        .list(proofs)
                        .toEnvelope(Transaction.BLOB));
    }
}
