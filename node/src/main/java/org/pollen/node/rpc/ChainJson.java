package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.AccessListEntry;
import org.pollen.mempool.Address;
import org.pollen.mempool.Authorization;
import org.pollen.mempool.BlockHeader;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.Inclusion;
import org.pollen.node.chain.Receipt;

/// Transactions, blocks and receipts as JSON-RPC shows them. Source: mempool.md 10.5.
final class ChainJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String NO_BLOOM = "0x" + "0".repeat(512);
    private static final String ZERO_HASH = "0x" + "0".repeat(64);
    private static final String NO_UNCLES =
            "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";
    private static final String EMPTY_TRIE =
            "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
    private static final String NO_REQUESTS =
            "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private ChainJson() {}

    /// A transaction that is in no block.
    static ObjectNode pending(Transaction tx) {
        return transaction(tx, null);
    }

    /// A transaction of a block.
    static ObjectNode included(Inclusion inclusion) {
        return transaction(inclusion.transaction(), inclusion);
    }

    private static ObjectNode transaction(Transaction tx, @Nullable Inclusion place) {
        ObjectNode node = JSON.objectNode();
        BigInteger price = tx.feeCap();
        if (place == null) {
            node.putNull("blockHash").putNull("blockNumber").putNull("blockTimestamp");
        } else {
            BlockHeader header = place.block().header();
            node.put("blockHash", header.hash().toString())
                    .put("blockNumber", Hex.quantity(header.number()))
                    .put("blockTimestamp", Hex.quantity(header.timestamp()));
            price = place.block().effectiveGasPrice(tx);
        }
        Address from = tx.senderOrNull();
        node.put("from", from == null ? null : from.toString())
                .put("gas", Hex.quantity(tx.gas()))
                .put("gasPrice", Hex.quantity(price));
        if (tx.type() >= Transaction.DYNAMIC_FEE) {
            node.put("maxFeePerGas", Hex.quantity(tx.feeCap()))
                    .put("maxPriorityFeePerGas", Hex.quantity(tx.tipCap()));
        }
        if (tx.type() == Transaction.BLOB) {
            node.put("maxFeePerBlobGas", Hex.quantity(tx.blobFeeCap()));
        }
        Address to = tx.to();
        node.put("hash", tx.hash().toString())
                .put("input", Hex.data(tx.data()))
                .put("nonce", Hex.quantity(tx.nonce()))
                .put("to", to == null ? null : to.toString());
        if (place == null) node.putNull("transactionIndex");
        else node.put("transactionIndex", Hex.quantity(place.index()));
        node.put("value", Hex.quantity(tx.value())).put("type", Hex.quantity(tx.type()));
        lists(tx, node);
        node.put("v", Hex.quantity(tx.v()))
                .put("r", Hex.quantity(tx.r()))
                .put("s", Hex.quantity(tx.s()));
        if (tx.type() != Transaction.LEGACY) node.put("yParity", Hex.quantity(tx.v()));
        return node;
    }

    private static void lists(Transaction tx, ObjectNode node) {
        if (tx.type() != Transaction.LEGACY) {
            ArrayNode list = node.putArray("accessList");
            for (AccessListEntry entry : tx.accessList()) {
                ObjectNode item = list.addObject().put("address", entry.address().toString());
                ArrayNode keys = item.putArray("storageKeys");
                for (Hash32 key : entry.storageKeys()) keys.add(key.toString());
            }
        }
        if (tx.isProtected()) node.put("chainId", Hex.quantity(tx.chainId()));
        if (tx.type() == Transaction.BLOB) {
            ArrayNode hashes = node.putArray("blobVersionedHashes");
            for (Hash32 hash : tx.blobHashes()) hashes.add(hash.toString());
        }
        if (tx.type() == Transaction.SET_CODE) {
            ArrayNode list = node.putArray("authorizationList");
            for (Authorization authorization : tx.authorizations()) {
                list.addObject()
                        .put("chainId", Hex.quantity(authorization.chainId()))
                        .put("address", authorization.address().toString())
                        .put("nonce", Hex.quantity(authorization.nonce()))
                        .put("yParity", Hex.quantity(authorization.yParity()))
                        .put("r", Hex.quantity(authorization.r()))
                        .put("s", Hex.quantity(authorization.s()));
            }
        }
    }

    /// A header, as `newHeads` shows it.
    static ObjectNode header(ChainBlock block) {
        ObjectNode shown = block.shown();
        if (shown != null) return shown.deepCopy();
        BlockHeader header = block.header();
        ChainBlock.Seal seal = block.seal();
        ObjectNode node =
                JSON.objectNode()
                        .put("hash", header.hash().toString())
                        .put("parentHash", header.parentHash().toString())
                        .put("sha3Uncles", NO_UNCLES)
                        .put("miner", seal.beneficiary().toString())
                        .put("stateRoot", seal.stateRoot().toString())
                        .put("transactionsRoot", seal.transactionsRoot().toString())
                        .put("receiptsRoot", seal.receiptsRoot().toString())
                        .put("logsBloom", NO_BLOOM)
                        .put("difficulty", "0x0")
                        .put("number", Hex.quantity(header.number()))
                        .put("gasLimit", Hex.quantity(header.gasLimit()))
                        .put("gasUsed", Hex.quantity(header.gasUsed()))
                        .put("timestamp", Hex.quantity(header.timestamp()))
                        .put("extraData", Hex.data(seal.extraData()))
                        .put("mixHash", seal.mixHash().toString())
                        .put("nonce", "0x0000000000000000");
        BigInteger baseFee = header.baseFee();
        if (baseFee != null) node.put("baseFeePerGas", Hex.quantity(baseFee));
        return node.put("withdrawalsRoot", EMPTY_TRIE)
                .put("blobGasUsed", Hex.quantity(block.blobGas()))
                .put("excessBlobGas", "0x0")
                .put("parentBeaconBlockRoot", ZERO_HASH)
                .put("requestsHash", NO_REQUESTS);
    }

    /// A block.
    ///
    /// @param full whether its transactions are objects, not hashes
    static ObjectNode block(ChainBlock block, boolean full) {
        ObjectNode node = header(block);
        node.put("size", Hex.quantity(block.size()));
        ArrayNode transactions = node.putArray("transactions");
        for (int i = 0; i < block.transactions().size(); i++) {
            if (full) transactions.add(included(new Inclusion(block, i)));
            else transactions.add(block.transactions().get(i).hash().toString());
        }
        node.putArray("uncles");
        node.putArray("withdrawals");
        return node;
    }

    /// A receipt.
    static ObjectNode receipt(Inclusion inclusion) {
        Transaction tx = inclusion.transaction();
        Receipt receipt = inclusion.receipt();
        BlockHeader header = inclusion.block().header();
        Address to = tx.to();
        Address created = receipt.created();
        ObjectNode node =
                JSON.objectNode()
                        .put("blockHash", header.hash().toString())
                        .put("blockNumber", Hex.quantity(header.number()))
                        .put("contractAddress", created == null ? null : created.toString())
                        .put("cumulativeGasUsed", Hex.quantity(receipt.cumulativeGasUsed()))
                        .put("effectiveGasPrice", Hex.quantity(receipt.effectiveGasPrice()))
                        .put("from", tx.sender().toString())
                        .put("gasUsed", Hex.quantity(receipt.gasUsed()));
        node.putArray("logs");
        if (tx.type() == Transaction.BLOB) {
            node.put("blobGasUsed", Hex.quantity(ChainBlock.BLOB_GAS * tx.blobHashes().size()))
                    .put("blobGasPrice", "0x1");
        }
        return node.put("logsBloom", NO_BLOOM)
                .put("status", receipt.success() ? "0x1" : "0x0")
                .put("to", to == null ? null : to.toString())
                .put("transactionHash", tx.hash().toString())
                .put("transactionIndex", Hex.quantity(inclusion.index()))
                .put("type", Hex.quantity(tx.type()));
    }
}
