package org.pollen.node.rpc;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// What one JSON-RPC listener serves, to whom, and how much.
///
/// @param name of the listener, for metrics and log lines
/// @param address to listen on; port 0 picks a free one
/// @param namespaces the methods served
/// @param allowHosts Host headers answered besides IP literals
/// @param origins web pages that may open a WebSocket or read answers
/// @param bodyBytesMax of a request or a WebSocket message
/// @param batchMax calls in one batch
/// @param connectionsMax at once; more are closed on arrival
/// @param callsPerSecond of one address; twice that at once
/// @param requestTimeout from the first byte of a request, or the start of the connection, to its
///   last
/// @param idleTimeout of a kept-alive connection between two requests
/// @param pingInterval of a WebSocket; one that stays silent for two of them is closed
/// @param sendQueueBytesMax unsent bytes of a WebSocket, then its subscriptions are dropped
public record RpcConfig(
        String name,
        InetSocketAddress address,
        Set<String> namespaces,
        List<String> allowHosts,
        Set<String> origins,
        int bodyBytesMax,
        int batchMax,
        int connectionsMax,
        int callsPerSecond,
        Duration requestTimeout,
        Duration idleTimeout,
        Duration pingInterval,
        int sendQueueBytesMax) {

    /// Namespaces that change the node or the chain: never on the public listener.
    public static final Set<String> PRIVATE_NAMESPACES = Set.of("admin", "debug", "evm", "anvil");

    private static final Set<String> DEV_CHAIN =
            Set.of("eth", "net", "web3", "txpool", "rpc", "evm", "anvil");

    /// Checks and copies.
    public RpcConfig {
        namespaces = Set.copyOf(namespaces);
        allowHosts = List.copyOf(allowHosts);
        origins = Set.copyOf(origins);
        requirePositive("bodyBytesMax", bodyBytesMax);
        requirePositive("batchMax", batchMax);
        requirePositive("connectionsMax", connectionsMax);
        requirePositive("callsPerSecond", callsPerSecond);
        requirePositive("sendQueueBytesMax", sendQueueBytesMax);
        boolean loopback = address.getAddress() != null && address.getAddress().isLoopbackAddress();
        for (String namespace : PRIVATE_NAMESPACES) {
            if (namespaces.contains(namespace) && !(loopback && name.equals("chain"))) {
                throw new IllegalArgumentException(
                        "rpc.apis contains "
                                + namespace
                                + ": it can never be served on the public listener");
            }
        }
    }

    /// The public listener of a node with the limits of operations.md 4.
    public static RpcConfig publicListener(InetSocketAddress address) {
        return defaults("rpc", address, RpcSettings.PUBLIC);
    }

    /// The public listener of a node as an operator configured it.
    ///
    /// @throws IllegalArgumentException if it would serve a private namespace
    public static RpcConfig publicListener(
            InetSocketAddress address, List<String> allowHosts, RpcSettings settings) {
        return settings.applied(
                publicListener(address).withCallers(allowHosts, settings.origins()));
    }

    /// The listener of the embedded chain, with the methods that move it. Loopback only.
    public static RpcConfig devChainListener(InetSocketAddress address) {
        return defaults("chain", address, DEV_CHAIN);
    }

    private static RpcConfig defaults(
            String name, InetSocketAddress address, Set<String> namespaces) {
        return new RpcConfig(
                name,
                address,
                namespaces,
                List.of("localhost"),
                Set.of(),
                1 << 20,
                100,
                200,
                200,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                1 << 20);
    }

    /// The same listener serving other namespaces.
    public RpcConfig withNamespaces(Set<String> other) {
        return new RpcConfig(
                name,
                address,
                other,
                allowHosts,
                origins,
                bodyBytesMax,
                batchMax,
                connectionsMax,
                callsPerSecond,
                requestTimeout,
                idleTimeout,
                pingInterval,
                sendQueueBytesMax);
    }

    /// The same listener for other hosts and web pages.
    public RpcConfig withCallers(List<String> hosts, Set<String> pages) {
        return new RpcConfig(
                name,
                address,
                namespaces,
                hosts,
                pages,
                bodyBytesMax,
                batchMax,
                connectionsMax,
                callsPerSecond,
                requestTimeout,
                idleTimeout,
                pingInterval,
                sendQueueBytesMax);
    }

    /// The same listener with other limits on size and number.
    public RpcConfig withLimits(int body, int batch, int connections, int perSecond, int queue) {
        return new RpcConfig(
                name,
                address,
                namespaces,
                allowHosts,
                origins,
                body,
                batch,
                connections,
                perSecond,
                requestTimeout,
                idleTimeout,
                pingInterval,
                queue);
    }

    /// The same listener with other times.
    public RpcConfig withTimes(Duration request, Duration idle, Duration ping) {
        return new RpcConfig(
                name,
                address,
                namespaces,
                allowHosts,
                origins,
                bodyBytesMax,
                batchMax,
                connectionsMax,
                callsPerSecond,
                request,
                idle,
                ping,
                sendQueueBytesMax);
    }

    private static void requirePositive(String field, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(field + " is " + value + ": it must be positive");
        }
    }
}
