package org.pollen.mempool;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Signed blob transactions of numbered accounts, with sidecars that have the right sizes and
/// nothing true in them: the proofs are somebody else's business.
final class BlobTxs {
    private static final Map<Integer, TransactionSigner> SIGNERS = new HashMap<>();
    private static final Map<Integer, byte[]> SIDECARS = new HashMap<>();

    private BlobTxs() {}

    static TransactionSigner signer(int key) {
        return SIGNERS.computeIfAbsent(
                key,
                _ -> {
                    byte[] secret = new byte[32];
                    secret[30] = (byte) (key >> 8);
                    secret[31] = (byte) key;
                    secret[0] = 1;
                    return new TransactionSigner(secret);
                });
    }

    static Address address(int key) {
        return signer(key).address();
    }

    /// One blob at the least fees.
    static Transaction blob(int key, long nonce) {
        return blob(key, nonce, 1, 1, 1);
    }

    static Transaction blob(int key, long nonce, long tip, long cap, long blobCap) {
        return blob(key, nonce, tip, cap, blobCap, 1);
    }

    static Transaction blob(int key, long nonce, long tip, long cap, long blobCap, int blobs) {
        return decode(network(bare(key, nonce, tip, cap, blobCap, blobs), blobs));
    }

    static Transaction bare(int key, long nonce, long tip, long cap, long blobCap, int blobs) {
        List<Hash32> hashes = new ArrayList<>();
        for (int i = 0; i < blobs; i++) hashes.add(versionedHash(commitment(i)));
        return signer(key)
                .draft(Transaction.BLOB, BigInteger.ONE)
                .nonce(nonce)
                .fees(BigInteger.valueOf(cap), BigInteger.valueOf(tip))
                .value(BigInteger.valueOf(100))
                .to(Txs.address(1))
                .blobs(BigInteger.valueOf(blobCap), hashes)
                .sign();
    }

    /// The network form with a version 1 sidecar.
    static byte[] network(Transaction bare, int blobs) {
        byte[] sidecar = SIDECARS.computeIfAbsent(blobs, BlobTxs::sidecar);
        var list =
                new RlpWriter()
                        .raw(bare.raw(), 1, bare.raw().length - 1)
                        .raw(sidecar, 0, sidecar.length);
        return list.toEnvelope(Transaction.BLOB);
    }

    private static byte[] sidecar(int count) {
        var blobs = new RlpWriter();
        var commitments = new RlpWriter();
        var proofs = new RlpWriter();
        for (int i = 0; i < count; i++) {
            blobs.bytes(new byte[BlobSidecar.BLOB_BYTES]);
            commitments.bytes(commitment(i));
            for (int j = 0; j < 128; j++) proofs.bytes(new byte[BlobSidecar.POINT_BYTES]);
        }
        return new RlpWriter().number(1L).list(blobs).list(commitments).list(proofs).toByteArray();
    }

    static Transaction decode(byte[] network) {
        try {
            return TransactionDecoder.decode(network);
        } catch (TransactionRefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] commitment(int index) {
        byte[] commitment = new byte[BlobSidecar.POINT_BYTES];
        commitment[0] = (byte) (index + 1);
        return commitment;
    }

    static Hash32 versionedHash(byte[] commitment) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(commitment);
            hash[0] = 1;
            return new Hash32(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
