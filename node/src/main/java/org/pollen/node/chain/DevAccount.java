package org.pollen.node.chain;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.pollen.mempool.Address;
import org.pollen.mempool.Keccak256;
import org.pollen.mempool.TransactionSigner;

/// A funded account of the embedded chain. Its key follows from the seed, so everybody knows it:
/// worthless on any other chain, and meant to be.
///
/// @param index from 0
/// @param signer signs for it
/// @param key the private key: shared, must not be changed
public record DevAccount(int index, TransactionSigner signer, byte[] key) {
    /// The account of a seed and an index: key = keccak256("pollen-dev-account" ‖ seed ‖ index),
    /// both as 8 bytes, big endian.
    public static DevAccount of(long seed, int index) {
        byte[] label = "pollen-dev-account".getBytes(StandardCharsets.US_ASCII);
        byte[] preimage =
                ByteBuffer.allocate(label.length + 16)
                        .put(label)
                        .putLong(seed)
                        .putLong(index)
                        .array();
        byte[] key = Keccak256.hash(preimage);
        return new DevAccount(index, new TransactionSigner(key), key);
    }

    /// The account's address.
    public Address address() {
        return signer.address();
    }

    /// The private key as `0x` and 64 digits, as wallets import it.
    public String keyText() {
        return "0x" + HexFormat.of().formatHex(key);
    }
}
