package org.pollen.node.rpc;

import java.util.Set;

/// What an operator chooses of the public listener, apart from its address.
///
/// @param namespaces the methods served
/// @param origins web pages that may open a WebSocket or read answers
/// @param bodyBytesMax of a request or a WebSocket message
/// @param batchMax calls in one batch
/// @param connectionsMax at once
/// @param callsPerSecond of one address; twice that at once
/// @param limits on what is submitted, and how refusals are told
public record RpcSettings(
        Set<String> namespaces,
        Set<String> origins,
        int bodyBytesMax,
        int batchMax,
        int connectionsMax,
        int callsPerSecond,
        EthApi.Limits limits) {
    /// The namespaces that are served unless configured otherwise.
    public static final Set<String> PUBLIC = Set.of("eth", "net", "web3", "txpool", "rpc");

    /// Every namespace that there is for the public listener.
    public static final Set<String> SERVED =
            Set.of("eth", "net", "web3", "txpool", "rpc", "gossip");

    /// The defaults of operations.md 4.
    public static final RpcSettings DEFAULTS =
            new RpcSettings(PUBLIC, Set.of(), 1 << 20, 100, 200, 200, EthApi.Limits.DEFAULTS);

    /// Copies the sets.
    public RpcSettings {
        namespaces = Set.copyOf(namespaces);
        origins = Set.copyOf(origins);
    }

    /// The same for other namespaces.
    public RpcSettings withNamespaces(Set<String> other) {
        return new RpcSettings(
                other, origins, bodyBytesMax, batchMax, connectionsMax, callsPerSecond, limits);
    }

    /// A listener's configuration with these choices.
    RpcConfig applied(RpcConfig config) {
        return config.withNamespaces(namespaces)
                .withCallers(config.allowHosts(), origins)
                .withLimits(
                        bodyBytesMax,
                        batchMax,
                        connectionsMax,
                        callsPerSecond,
                        config.sendQueueBytesMax());
    }
}
