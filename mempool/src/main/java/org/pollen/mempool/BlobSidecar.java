package org.pollen.mempool;

import java.util.Arrays;
import java.util.List;

/// What travels beside a blob transaction and is not part of its hash.
///
/// Blobs and proofs stay where they were received: here is only where that is.
///
/// @param version 0 with a proof a blob, 1 with 128 cell proofs a blob
/// @param blobs how many, of 131072 bytes each
/// @param commitments 48 bytes each; must not be changed
/// @param proofs how many, of 48 bytes each
/// @param network the whole transaction as received; shared, must not be changed
/// @param blobsFrom where the first blob's item begins in it
/// @param proofsFrom where the first proof's item begins in it
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy would be a megabyte
public record BlobSidecar(
        int version,
        int blobs,
        List<byte[]> commitments,
        int proofs,
        byte[] network,
        int blobsFrom,
        int proofsFrom) {
    /// Bytes of a blob.
    public static final int BLOB_BYTES = 131072;

    /// Bytes of a commitment and of a proof.
    public static final int POINT_BYTES = 48;

    private static final int BLOB_HEADER = 4; // what RLP puts before so many bytes
    private static final int POINT_HEADER = 1;

    /// Copies the list.
    public BlobSidecar {
        commitments = List.copyOf(commitments);
    }

    /// A blob, a copy.
    public byte[] blob(int index) {
        int from = blobsFrom + index * (BLOB_HEADER + BLOB_BYTES) + BLOB_HEADER;
        return Arrays.copyOfRange(network, from, from + BLOB_BYTES);
    }

    /// Some proofs in a row, a copy.
    public byte[] proofs(int first, int count) {
        byte[] all = new byte[count * POINT_BYTES];
        for (int i = 0; i < count; i++) {
            int from = proofsFrom + (first + i) * (POINT_HEADER + POINT_BYTES) + POINT_HEADER;
            System.arraycopy(network, from, all, i * POINT_BYTES, POINT_BYTES);
        }
        return all;
    }
}
