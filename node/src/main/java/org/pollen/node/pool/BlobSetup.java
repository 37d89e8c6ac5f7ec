package org.pollen.node.pool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.pollen.mempool.BlobPoolConfig;
import org.pollen.mempool.BlobStorage;
import org.pollen.mempool.HeapBlobStore;
import org.pollen.mempool.kzg.KzgProofs;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.store.FileBlobStore;

/// What a node's blob pool is made of.
public record BlobSetup(BlobPoolConfig config, BlobStorage storage, KzgProofs proofs) {
    /// A pool that forgets with its process; empty where proofs cannot be verified.
    public static Optional<BlobSetup> inMemory(BlobPoolConfig config) {
        var storage = new BlobStorage(new HeapBlobStore(), new HeapBlobStore());
        return KzgProofs.load().map(proofs -> new BlobSetup(config, storage, proofs));
    }

    /// A pool in a folder; empty where proofs cannot be verified on this platform.
    ///
    /// @throws OperatorException DAT-003 if the folder cannot be used
    public static Optional<BlobSetup> in(Path folder, BlobPoolConfig config) {
        Optional<KzgProofs> proofs = KzgProofs.load();
        if (proofs.isEmpty()) return Optional.empty();
        try {
            var storage =
                    new BlobStorage(
                            FileBlobStore.open(folder.resolve("queue")),
                            FileBlobStore.open(folder.resolve("limbo")));
            return Optional.of(new BlobSetup(config, storage, proofs.get()));
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    "the blob transactions in " + folder + " cannot be used: " + e.getMessage(),
                    "check its permissions, or remove it: it is made anew");
        }
    }
}
