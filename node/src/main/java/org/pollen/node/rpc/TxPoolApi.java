package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.pollen.mempool.AccountSnapshot;
import org.pollen.mempool.Address;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.Transaction;

/// The `txpool` methods: what is in the pool, by account and nonce.
///
/// Blob transactions are counted, and nothing else is told of them, as in geth: what they hold is
/// on a disk. Source: mempool.md 10.3.
public final class TxPoolApi {
    private final PoolAccess pool;

    /// The API over a pool.
    public TxPoolApi(PoolAccess pool) {
        this.pool = pool;
    }

    /// Serves the methods.
    public void register(RpcMethods methods) {
        methods.addImmediate("txpool_status", 0, (_, _) -> status())
                .addImmediate("txpool_content", 0, (_, _) -> content(ChainJson::pending))
                .addImmediate("txpool_inspect", 0, (_, _) -> content(TxPoolApi::line))
                .addImmediate("txpool_contentFrom", 1, (params, _) -> contentFrom(params));
    }

    private JsonNode status() {
        PoolSnapshot now = pool.snapshot();
        BlobPoolSnapshot blobs = pool.blobs();
        return JsonNodeFactory.instance
                .objectNode()
                .put("pending", Hex.quantity(now.pending() + (blobs == null ? 0 : blobs.pending())))
                .put("queued", Hex.quantity(now.queued() + (blobs == null ? 0 : blobs.gapped())));
    }

    private JsonNode content(Function<Transaction, ? extends JsonNode> form) {
        var accounts = new ArrayList<AccountSnapshot>();
        pool.snapshot().forEachAccount(accounts::add);
        accounts.sort(Comparator.comparing(AccountSnapshot::address));
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        ObjectNode pending = result.putObject("pending");
        ObjectNode queued = result.putObject("queued");
        for (AccountSnapshot account : accounts) {
            String name = account.address().checksummed();
            if (!account.pending().isEmpty()) {
                pending.set(name, byNonce(account.pending(), form));
            }
            if (!account.queued().isEmpty()) queued.set(name, byNonce(account.queued(), form));
        }
        return result;
    }

    private JsonNode contentFrom(Params params) {
        Address address = EthApi.address(params, 0);
        List<PooledTransaction> pending = List.of();
        List<PooledTransaction> queued = List.of();
        var account = pool.snapshot().account(address);
        if (account.isPresent()) {
            pending = account.get().pending();
            queued = account.get().queued();
        }
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.set("pending", byNonce(pending, ChainJson::pending));
        result.set("queued", byNonce(queued, ChainJson::pending));
        return result;
    }

    private static ObjectNode byNonce(
            List<PooledTransaction> transactions, Function<Transaction, ? extends JsonNode> form) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        for (PooledTransaction pooled : transactions) {
            Transaction tx = pooled.transaction();
            node.set(Long.toUnsignedString(tx.nonce()), form.apply(tx));
        }
        return node;
    }

    private static TextNode line(Transaction tx) {
        Address to = tx.to();
        return TextNode.valueOf(
                "%s: %d wei + %s gas × %d wei"
                        .formatted(
                                to == null ? "contract creation" : to.checksummed(),
                                tx.value(),
                                Long.toUnsignedString(tx.gas()),
                                tx.feeCap()));
    }
}
