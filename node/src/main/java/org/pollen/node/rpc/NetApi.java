package org.pollen.node.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import org.pollen.mempool.Keccak256;

/// The `web3`, `net` and `rpc` methods: who answers, on which chain, with how many peers.
public final class NetApi {
    private final String clientVersion;
    private final long chainId;
    private final PeerAccess peers;

    /// @param clientVersion as `web3_clientVersion` shows it
    public NetApi(String clientVersion, long chainId, PeerAccess peers) {
        this.clientVersion = clientVersion;
        this.chainId = chainId;
        this.peers = peers;
    }

    /// Serves the methods.
    public void register(RpcMethods methods) {
        methods.addImmediate("web3_clientVersion", 0, (_, _) -> TextNode.valueOf(clientVersion))
                .addImmediate(
                        "web3_sha3",
                        1,
                        (params, _) -> TextNode.valueOf(Hex.data(Keccak256.hash(params.data(0)))))
                .addImmediate("net_version", 0, (_, _) -> TextNode.valueOf(Long.toString(chainId)))
                .addImmediate("net_listening", 0, (_, _) -> BooleanNode.valueOf(peers.listening()))
                .addImmediate("net_peerCount", 0, (_, _) -> EthApi.quantity(peers.peers()))
                .addImmediate("rpc_modules", 0, (_, _) -> modules(methods));
    }

    private static JsonNode modules(RpcMethods methods) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        methods.modules().forEach(node::put);
        return node;
    }
}
