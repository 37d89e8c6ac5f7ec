package org.pollen.node.pool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.BlobPoolConfig;
import org.pollen.mempool.BlobStorage;
import org.pollen.mempool.kzg.KzgProofs;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.store.BlobFiles;
import org.pollen.node.store.DiskSpace;

/// What a node's blob pool is made of.
///
/// @param files that the storage is made of; null for one that forgets with its process
/// @param space on their disk; null if nobody watches it
public record BlobSetup(
        BlobPoolConfig config,
        BlobStorage storage,
        KzgProofs proofs,
        @Nullable BlobFiles files,
        @Nullable DiskSpace space) {
    /// A pool that forgets with its process; empty where proofs cannot be verified.
    public static Optional<BlobSetup> inMemory(BlobPoolConfig config) {
        return KzgProofs.load().map(proofs -> inMemory(config, proofs));
    }

    /// A pool that forgets with its process.
    public static BlobSetup inMemory(BlobPoolConfig config, KzgProofs proofs) {
        return new BlobSetup(config, BlobStorage.onHeap(), proofs, null, null);
    }

    /// A pool in files, closed with it; empty where proofs cannot be verified on this platform.
    public static Optional<BlobSetup> in(
            BlobFiles files, BlobPoolConfig config, @Nullable DiskSpace space) {
        return KzgProofs.load()
                .map(proofs -> new BlobSetup(config, files.storage(), proofs, files, space));
    }

    /// A pool in a folder; empty where proofs cannot be verified on this platform.
    ///
    /// @throws OperatorException DAT-003 if the folder cannot be used
    public static Optional<BlobSetup> in(
            Path folder, BlobPoolConfig config, @Nullable DiskSpace space) {
        if (KzgProofs.load().isEmpty()) return Optional.empty();
        try {
            return in(BlobFiles.open(folder), config, space);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    "the blob transactions in " + folder + " cannot be used: " + e.getMessage(),
                    "check its permissions, or remove it: it is made anew");
        }
    }

    /// Why nothing more should be written; null while there is room.
    @Nullable String shortage() {
        return space == null ? null : space.shortage();
    }
}
