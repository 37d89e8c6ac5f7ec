package org.pollen.node.blobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.pollen.mempool.RlpWriter;
import org.pollen.mempool.Transaction;
import org.pollen.mempool.TransactionDecoder;
import org.pollen.mempool.TransactionRefusedException;
import org.pollen.mempool.TransactionSigner;
import org.pollen.node.chain.DevChain;

/// Blob transactions with the real blob of `transactions.jsonl`.
public final class BlobFixtures {
    /// A line whose sidecar is of version 1.
    public static final String CELLS = "tx0230";

    /// A line whose sidecar is of version 0.
    public static final String BLOB_PROOFS = "tx0229";

    private BlobFixtures() {}

    /// A transaction of the chain's account with the sidecar of a line.
    ///
    /// @param signer who sends it, to itself
    public static Transaction signed(
            DevChain chain, TransactionSigner signer, long nonce, String id) {
        return signed(chain, signer, nonce, id, 1);
    }

    /// The same with all fees times a factor.
    public static Transaction signed(
            DevChain chain, TransactionSigner signer, long nonce, String id, long factor) {
        BigInteger times = BigInteger.valueOf(factor);
        byte[] line = fixture(id);
        try {
            Transaction donor = TransactionDecoder.decode(line);
            Transaction bare =
                    signer.draft(Transaction.BLOB, BigInteger.valueOf(chain.chainId()))
                            .nonce(nonce)
                            .fees(
                                    BigInteger.TEN.pow(10).multiply(times),
                                    BigInteger.TEN.pow(9).multiply(times))
                            .to(signer.address())
                            .blobs(BigInteger.TEN.pow(9).multiply(times), donor.blobHashes())
                            .sign();
            int tail = 5 + donor.raw().length - 1; // type, head of the list, fields
            byte[] whole =
                    new RlpWriter()
                            .raw(bare.raw(), 1, bare.raw().length - 1)
                            .raw(line, tail, line.length - tail)
                            .toEnvelope(Transaction.BLOB);
            return TransactionDecoder.decode(whole);
        } catch (TransactionRefusedException e) {
            throw new AssertionError(e);
        }
    }

    /// The same transaction with a proof that does not hold.
    public static byte[] poisoned(Transaction tx) {
        byte[] network = tx.network().clone();
        network[network.length - 10] ^= 1;
        return network;
    }

    private static byte[] fixture(String id) {
        try {
            List<String> lines =
                    Files.readAllLines(Path.of("..", "..", "shared", "data", "transactions.jsonl"));
            for (String line : lines) {
                if (!line.contains("\"id\":\"" + id + "\"")) continue;
                String hex = new ObjectMapper().readTree(line).get("raw").asText();
                return HexFormat.of().parseHex(hex.substring(2));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError(id);
    }
}
