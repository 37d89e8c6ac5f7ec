package org.pollen.node.config;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Every setting there is, in the order `config init` writes them.
///
/// One list: the command line, the environment, the TOML reader, the commented file and
/// `docs/configuration.md` all come from it.
///
/// Source: operations.md 4.
public final class ConfigKeys {
    private static final Map<String, ConfigKey<?>> BY_NAME = new LinkedHashMap<>();
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration DAY = Duration.ofDays(1);

    /// Where a node keeps its files.
    public static final ConfigKey<String> DATA_DIR =
            key("data.dir", ValueType.TEXT, null, false, "Folder of the node's files");

    public static final ConfigKey<Long> DATA_MIN_FREE =
            key(
                    "data.minFree",
                    ValueType.SIZE_BYTES,
                    "512MiB",
                    false,
                    "Free space on the disk of data.dir; below it the node is not ready, below half"
                            + " of it it stops");

    public static final ConfigKey<String> P2P_HOST =
            key("p2p.host", ValueType.TEXT, "0.0.0.0", false, "Address to listen on for peers");
    public static final ConfigKey<Integer> P2P_PORT =
            key(
                    "p2p.port",
                    ValueType.PORT,
                    "9810",
                    false,
                    "TCP port for peers; 0 picks a free one");
    public static final ConfigKey<List<String>> P2P_LISTEN =
            key(
                    "p2p.listen",
                    ValueType.LIST,
                    "",
                    false,
                    "Further multiaddrs to listen on: QUIC, ws, and tls/ws with a certificate");
    public static final ConfigKey<List<String>> P2P_SECURITY =
            key(
                    "p2p.security",
                    ValueType.LIST,
                    "tls,noise",
                    false,
                    "What protects TCP and WebSocket connections, best first: tls, noise or one");
    public static final ConfigKey<String> P2P_WSS_CERTIFICATE =
            key(
                    "p2p.wssCertificate",
                    ValueType.TEXT,
                    null,
                    false,
                    "PEM file of the certificate for tls/ws, in data.dir or absolute");
    public static final ConfigKey<String> P2P_WSS_KEY =
            key(
                    "p2p.wssKey",
                    ValueType.TEXT,
                    null,
                    false,
                    "PEM file of its key, PKCS#8 (BEGIN PRIVATE KEY)");
    public static final ConfigKey<List<String>> P2P_BOOTNODES =
            key(
                    "p2p.bootnodes",
                    ValueType.LIST,
                    "",
                    true,
                    "Multiaddrs with /p2p/ id to join the mesh through");
    public static final ConfigKey<List<String>> P2P_DIRECT =
            key(
                    "p2p.direct",
                    ValueType.LIST,
                    "",
                    true,
                    "Multiaddrs of direct peers, exempt from the score's gates");
    public static final ConfigKey<Integer> P2P_MAX_PEERS =
            key("p2p.maxPeers", ValueType.whole(1, 10_000), "80", true, "Most peers at once");
    public static final ConfigKey<Integer> P2P_MAX_PER_IP =
            key(
                    "p2p.maxPerIp",
                    ValueType.whole(1, 10_000),
                    "8",
                    true,
                    "Most inbound connections from one address");
    public static final ConfigKey<Integer> P2P_HIGH_WATER =
            key(
                    "p2p.highWater",
                    ValueType.whole(0, 10_000),
                    "0",
                    false,
                    "Connections above which the least useful are closed; 0: nine tenths of"
                            + " maxPeers");
    public static final ConfigKey<Integer> P2P_LOW_WATER =
            key(
                    "p2p.lowWater",
                    ValueType.whole(0, 10_000),
                    null,
                    false,
                    "Connections that closing leaves, and below which peers of the address book are"
                            + " dialled; three quarters of maxPeers if not set");
    public static final ConfigKey<Duration> P2P_GRACE =
            key(
                    "p2p.gracePeriod",
                    ValueType.duration(Duration.ZERO, DAY),
                    "60s",
                    false,
                    "How long a new connection is not closed for there being too many");
    public static final ConfigKey<Integer> P2P_MIN_OUTBOUND =
            key(
                    "p2p.minOutbound",
                    ValueType.whole(0, 10_000),
                    "8",
                    false,
                    "Connections that we dialled ourselves, at least, while peers are known");
    public static final ConfigKey<Boolean> P2P_DIAL_UNVERIFIED =
            key(
                    "p2p.dialUnverified",
                    ValueType.FLAG,
                    "false",
                    false,
                    "Dial addresses that their peer did not sign");
    public static final ConfigKey<Boolean> P2P_MDNS =
            key(
                    "p2p.mdns",
                    ValueType.FLAG,
                    "false",
                    false,
                    "Find peers on the local network, and be found, by multicast DNS");
    public static final ConfigKey<Boolean> P2P_DISCV5 =
            key(
                    "p2p.discv5",
                    ValueType.FLAG,
                    "false",
                    false,
                    "Find peers, and be found, by discv5 (UDP)");
    public static final ConfigKey<Integer> P2P_DISCV5_PORT =
            key(
                    "p2p.discv5Port",
                    ValueType.whole(1, 65_535),
                    "9812",
                    false,
                    "UDP port of discv5, on the address of p2p.host");
    public static final ConfigKey<List<String>> P2P_DISCV5_BOOTNODES =
            key(
                    "p2p.discv5Bootnodes",
                    ValueType.LIST,
                    "",
                    false,
                    "Node records (enr:...) to begin discv5 with");
    public static final ConfigKey<String> P2P_DISCV5_NETWORK =
            key(
                    "p2p.discv5Network",
                    ValueType.TEXT,
                    "pollen",
                    false,
                    "Nodes of discv5 that name the same network are peers, others are not");
    public static final ConfigKey<Integer> P2P_ADDRESS_BOOK =
            key(
                    "p2p.addressBook",
                    ValueType.whole(0, 100_000),
                    "4096",
                    false,
                    "Most peers remembered in peers.db of the data directory; 0 keeps no file");
    public static final ConfigKey<Duration> P2P_IDLE_TIMEOUT =
            key(
                    "p2p.idleTimeout",
                    ValueType.duration(SECOND, DAY),
                    "60s",
                    true,
                    "A connection that carries nothing for so long is closed");
    public static final ConfigKey<Duration> P2P_DIAL_TIMEOUT =
            key(
                    "p2p.dialTimeout",
                    ValueType.duration(Duration.ofMillis(100), DAY),
                    "15s",
                    true,
                    "How long a dial may take, handshakes included");

    public static final ConfigKey<Boolean> P2P_AUTONAT =
            key(
                    "p2p.autonat",
                    ValueType.FLAG,
                    "true",
                    false,
                    "Ask peers whether they can dial this node");
    public static final ConfigKey<Integer> P2P_AUTONAT_AGREEING =
            key(
                    "p2p.autonatAgreeing",
                    ValueType.whole(1, 32),
                    "4",
                    false,
                    "Peers that must agree on an address of this node before it counts");
    public static final ConfigKey<Boolean> P2P_AUTONAT_SERVER =
            key(
                    "p2p.autonatServer",
                    ValueType.FLAG,
                    "true",
                    false,
                    "Dial peers that ask whether they can be dialled, within limits");
    public static final ConfigKey<Boolean> P2P_PRIVATE_NETWORK =
            key(
                    "p2p.privateNetwork",
                    ValueType.FLAG,
                    "false",
                    false,
                    "A closed network: private addresses are asked about and dialled for others");
    public static final ConfigKey<String> P2P_RELAY_CLIENT =
            key(
                    "p2p.relayClient",
                    ValueType.oneOf("auto", "always", "never"),
                    "auto",
                    false,
                    "Be reachable through relays: while peers cannot dial this node, always, never");
    public static final ConfigKey<List<String>> P2P_RELAYS =
            key(
                    "p2p.relays",
                    ValueType.LIST,
                    "",
                    false,
                    "Multiaddrs of relays with /p2p/ id, besides connected peers that are some");
    public static final ConfigKey<Boolean> P2P_RELAY_SERVER =
            key(
                    "p2p.relayServer",
                    ValueType.FLAG,
                    "false",
                    false,
                    "Relay for others, within limits (docs/limits.md)");

    public static final ConfigKey<Boolean> P2P_HOLE_PUNCH =
            key(
                    "p2p.holePunch",
                    ValueType.FLAG,
                    "true",
                    false,
                    "Turn relayed connections into direct ones; TCP dials leave from p2p.port");

    public static final ConfigKey<String> GOSSIP_DIALECT =
            key(
                    "gossip.dialect",
                    ValueType.oneOf("blossom-2.0", "blossom-2.1", "meshsub", "both"),
                    "blossom-2.1",
                    false,
                    "Gossip protocol spoken to peers; both: of each peer the one it speaks, messages"
                            + " pass between them");
    public static final ConfigKey<String> GOSSIP_PRESET =
            key(
                    "gossip.preset",
                    ValueType.oneOf("BLOSSOM_20", "BLOSSOM_21", "GOSSIPSUB_GO", "ETH2"),
                    null,
                    false,
                    "Set of router parameters to start from; that of the dialect if not set");
    public static final ConfigKey<Integer> GOSSIP_D =
            key("gossip.D", ValueType.whole(0, 100), null, false, "Mesh size aimed at");
    public static final ConfigKey<Integer> GOSSIP_D_LO =
            key(
                    "gossip.Dlo",
                    ValueType.whole(0, 100),
                    null,
                    false,
                    "Mesh size below which we graft");
    public static final ConfigKey<Integer> GOSSIP_D_HI =
            key(
                    "gossip.Dhi",
                    ValueType.whole(0, 100),
                    null,
                    false,
                    "Mesh size above which we prune");
    public static final ConfigKey<Duration> GOSSIP_HEARTBEAT_INTERVAL =
            key(
                    "gossip.heartbeatInterval",
                    ValueType.duration(Duration.ofMillis(50), Duration.ofMinutes(1)),
                    null,
                    false,
                    "Time between heartbeats");
    public static final ConfigKey<Boolean> GOSSIP_FLOOD_PUBLISH =
            key(
                    "gossip.floodPublish",
                    ValueType.FLAG,
                    "true",
                    true,
                    "Send own messages to every subscriber with a good score");
    public static final ConfigKey<Boolean> GOSSIP_PX =
            key("gossip.px", ValueType.FLAG, "false", true, "Name other peers when pruning");
    public static final ConfigKey<Boolean> GOSSIP_RELAYED =
            key(
                    "gossip.relayed",
                    ValueType.FLAG,
                    "false",
                    false,
                    "Gossip also over connections that a relay limits in time and bytes");
    public static final ConfigKey<String> GOSSIP_SIGNING =
            key(
                    "gossip.signing",
                    ValueType.oneOf("strict-sign", "strict-no-sign", "lax-sign", "lax-no-sign"),
                    "strict-no-sign",
                    false,
                    "Whether messages carry author and signature; a transaction signs itself");
    public static final ConfigKey<Integer> GOSSIP_VALIDATION_QUEUE =
            key(
                    "gossip.validationQueue",
                    ValueType.whole(16, 1_000_000),
                    "1024",
                    false,
                    "Messages that may wait for validation; more are dropped");
    public static final ConfigKey<Long> GOSSIP_OUTBOUND_QUEUE =
            key(
                    "gossip.outboundQueue",
                    ValueType.SIZE_BYTES,
                    "8MiB",
                    true,
                    "Bytes that may wait for one peer");

    public static final ConfigKey<String> SCORE_LINT =
            key(
                    "score.lint",
                    ValueType.oneOf("strict", "warn", "off"),
                    "strict",
                    true,
                    "What an error found in the score parameters does at start");

    public static final ConfigKey<Long> TXPOOL_PRICE_LIMIT =
            key(
                    "txpool.pricelimit",
                    ValueType.wholeLong(0, Long.MAX_VALUE),
                    "1",
                    true,
                    "Least tip per gas, in wei, that the pool takes");
    public static final ConfigKey<Integer> TXPOOL_PRICE_BUMP =
            key(
                    "txpool.pricebump",
                    ValueType.whole(1, 1000),
                    "10",
                    true,
                    "Percent by which a replacement must pay more");
    public static final ConfigKey<Integer> TXPOOL_ACCOUNT_SLOTS =
            key(
                    "txpool.accountslots",
                    ValueType.whole(1, 1_000_000),
                    "16",
                    true,
                    "Pending transactions an account is sure of");
    public static final ConfigKey<Integer> TXPOOL_GLOBAL_SLOTS =
            key(
                    "txpool.globalslots",
                    ValueType.whole(1, 10_000_000),
                    "5120",
                    true,
                    "Pending transactions of all accounts");
    public static final ConfigKey<Integer> TXPOOL_ACCOUNT_QUEUE =
            key(
                    "txpool.accountqueue",
                    ValueType.whole(1, 1_000_000),
                    "64",
                    true,
                    "Queued transactions of one account");
    public static final ConfigKey<Integer> TXPOOL_GLOBAL_QUEUE =
            key(
                    "txpool.globalqueue",
                    ValueType.whole(1, 10_000_000),
                    "1024",
                    true,
                    "Queued transactions of all accounts");
    public static final ConfigKey<Duration> TXPOOL_LIFETIME =
            key(
                    "txpool.lifetime",
                    ValueType.duration(MILLI, Duration.ofDays(365)),
                    "3h",
                    true,
                    "How long an idle account's queued transactions stay");
    public static final ConfigKey<List<String>> TXPOOL_LOCALS =
            key(
                    "txpool.locals",
                    ValueType.LIST,
                    "",
                    false,
                    "Addresses whose transactions are kept like those submitted to this node, and"
                            + " come first in blocks of the embedded chain");
    public static final ConfigKey<Boolean> TXPOOL_NO_LOCALS =
            key(
                    "txpool.nolocals",
                    ValueType.FLAG,
                    "false",
                    false,
                    "Do not keep transactions submitted to this node over a restart");
    public static final ConfigKey<String> TXPOOL_JOURNAL =
            key(
                    "txpool.journal",
                    ValueType.TEXT,
                    "transactions.rlp",
                    false,
                    "File they are kept in, in pool/ of the data directory unless it is absolute");
    public static final ConfigKey<Duration> TXPOOL_REJOURNAL =
            key(
                    "txpool.rejournal",
                    ValueType.duration(SECOND, Duration.ofDays(365)),
                    "1h",
                    false,
                    "Time after which that file is rewritten without what was mined");
    public static final ConfigKey<String> TXPOOL_MODE =
            key(
                    "txpool.mode",
                    ValueType.oneOf("hardened", "reference"),
                    "hardened",
                    false,
                    "Our admission rules, or geth's to the letter");

    public static final ConfigKey<Boolean> BLOBPOOL_ENABLED =
            key(
                    "blobpool.enabled",
                    ValueType.FLAG,
                    "true",
                    false,
                    "Take blob transactions, tell peers of them and fetch theirs");
    public static final ConfigKey<Long> BLOBPOOL_DATA_CAP =
            key(
                    "blobpool.datacap",
                    ValueType.SIZE_BYTES,
                    "2560MiB",
                    false,
                    "Bytes of pooled blob transactions, in blobpool/ of the data directory");
    public static final ConfigKey<Integer> BLOBPOOL_PRICE_BUMP =
            key(
                    "blobpool.pricebump",
                    ValueType.whole(100, 1000),
                    "100",
                    false,
                    "Percent by which a replacement of a blob transaction must pay more");

    public static final ConfigKey<String> CHAIN_SOURCE =
            key(
                    "chain.source",
                    ValueType.oneOf("embedded", "rpc", "none"),
                    "none",
                    false,
                    "Where blocks come from; rpc: the client at chain.rpcUrl; none: router and relay"
                            + " only, no pool");
    public static final ConfigKey<String> CHAIN_RPC_URL =
            key(
                    "chain.rpcUrl",
                    ValueType.TEXT,
                    null,
                    false,
                    "JSON-RPC of the execution client to follow, http or https");
    public static final ConfigKey<String> CHAIN_WS_URL =
            key(
                    "chain.wsUrl",
                    ValueType.TEXT,
                    null,
                    false,
                    "Its WebSocket, ws or wss, which announces new heads; polling only if not set");
    public static final ConfigKey<Long> CHAIN_ID =
            key(
                    "chain.id",
                    ValueType.wholeLong(1, Long.MAX_VALUE),
                    null,
                    false,
                    "Chain that transactions must be signed for; a source of another one is refused");
    public static final ConfigKey<String> CHAIN_FORK =
            key(
                    "chain.fork",
                    ValueType.oneOf(
                            "auto", "london", "shanghai", "cancun", "prague", "osaka", "amsterdam"),
                    "auto",
                    false,
                    "Rules of an rpc chain; auto: by the chain's id if it is a public network, else"
                            + " prague");
    public static final ConfigKey<Duration> CHAIN_POLL =
            key(
                    "chain.poll",
                    ValueType.duration(Duration.ofMillis(50), Duration.ofMinutes(5)),
                    "1s",
                    false,
                    "Time between two questions for the head");
    public static final ConfigKey<Duration> CHAIN_STALL_AFTER =
            key(
                    "chain.stallAfter",
                    ValueType.duration(SECOND, DAY),
                    "30s",
                    false,
                    "Silence of the source after which the node is not ready and ignores gossip, and"
                            + " of the WebSocket after which it is tested");
    public static final ConfigKey<Integer> CHAIN_READS =
            key(
                    "chain.reads",
                    ValueType.whole(1, 1_000_000),
                    "1000",
                    false,
                    "Unknown senders a second, at most, whose state is read");

    public static final ConfigKey<Boolean> RPC_ENABLED =
            key("rpc.enabled", ValueType.FLAG, "true", false, "Serve the public JSON-RPC");
    public static final ConfigKey<String> RPC_HOST =
            key("rpc.host", ValueType.TEXT, "127.0.0.1", false, "Address of the public JSON-RPC");
    public static final ConfigKey<Integer> RPC_PORT =
            key("rpc.port", ValueType.PORT, "9811", false, "Port of the public JSON-RPC");
    public static final ConfigKey<List<String>> RPC_APIS =
            key(
                    "rpc.apis",
                    ValueType.LIST,
                    "eth,net,web3,txpool,rpc",
                    true,
                    "Namespaces served in public; also: gossip");
    public static final ConfigKey<List<String>> RPC_ALLOW_HOSTS =
            key("rpc.allowHosts", ValueType.LIST, "localhost", true, "Host headers answered");

    public static final ConfigKey<List<String>> RPC_ORIGINS =
            key(
                    "rpc.origins",
                    ValueType.LIST,
                    "",
                    true,
                    "Web pages that may open a WebSocket and read answers; * for all");
    public static final ConfigKey<Long> RPC_MAX_BODY =
            key(
                    "rpc.maxBody",
                    ValueType.SIZE_BYTES,
                    "1MiB",
                    true,
                    "Longest request and WebSocket message");
    public static final ConfigKey<Integer> RPC_MAX_BATCH =
            key(
                    "rpc.maxBatch",
                    ValueType.whole(1, 100_000),
                    "100",
                    true,
                    "Most calls of one batch");
    public static final ConfigKey<Integer> RPC_MAX_CONNECTIONS =
            key(
                    "rpc.maxConnections",
                    ValueType.whole(1, 100_000),
                    "200",
                    true,
                    "Most connections at once");
    public static final ConfigKey<Integer> RPC_RATE =
            key(
                    "rpc.rate",
                    ValueType.whole(1, 1_000_000),
                    "200",
                    true,
                    "Calls a second of one IP address; twice that at once");
    public static final ConfigKey<String> RPC_FEE_CAP =
            key(
                    "rpc.feeCap",
                    ValueType.TEXT,
                    "1 ether",
                    true,
                    "Most that a submitted transaction may pay for its gas; 0 for any amount");
    public static final ConfigKey<String> RPC_ERROR_STYLE =
            key(
                    "rpc.errorStyle",
                    ValueType.oneOf("geth", "besu"),
                    "geth",
                    true,
                    "Whose error codes refusals have; the texts are the same");
    public static final ConfigKey<Boolean> RPC_ERROR_HINTS =
            key(
                    "rpc.errorHints",
                    ValueType.FLAG,
                    "false",
                    true,
                    "Refusals say in their data what would be taken");

    public static final ConfigKey<String> OPS_HOST =
            key("ops.host", ValueType.TEXT, "127.0.0.1", false, "Address of metrics and page");
    public static final ConfigKey<Integer> OPS_PORT =
            key("ops.port", ValueType.PORT, "9813", false, "Port of metrics, health and page");
    public static final ConfigKey<String> OPS_PAGE =
            key("ops.page", ValueType.oneOf("loopback", "off"), "loopback", true, "The live page");

    public static final ConfigKey<String> LOG_LEVEL =
            key(
                    "log.level",
                    ValueType.oneOf("ERROR", "WARN", "INFO", "DEBUG", "TRACE"),
                    "INFO",
                    true,
                    "Least important line that is logged");
    public static final ConfigKey<String> TRACE_SINK =
            key(
                    "trace.sink",
                    ValueType.oneOf("none", "file", "remote"),
                    "none",
                    false,
                    "Where a trace of gossip goes");
    public static final ConfigKey<String> TRACE_FILE =
            key(
                    "trace.file",
                    ValueType.TEXT,
                    null,
                    false,
                    "File of the trace, seen from the data folder; traces/gossip.ndjson or .pb if"
                            + " not set");
    public static final ConfigKey<String> TRACE_FORMAT =
            key(
                    "trace.format",
                    ValueType.oneOf("ndjson", "pb"),
                    "ndjson",
                    false,
                    "Format of the file: an object a line, or the protobuf of go-libp2p-pubsub");
    public static final ConfigKey<Long> TRACE_MAX_BYTES =
            key(
                    "trace.maxBytes",
                    ValueType.SIZE_BYTES,
                    "256MiB",
                    false,
                    "Size at which the file becomes FILE.1, over an earlier one, and is begun anew");
    public static final ConfigKey<String> TRACE_REMOTE =
            key(
                    "trace.remote",
                    ValueType.TEXT,
                    null,
                    false,
                    "Multiaddr with /p2p/ id of the collector that a remote trace goes to");
    public static final ConfigKey<Duration> SHUTDOWN_GRACE =
            key(
                    "limits.shutdownGrace",
                    ValueType.duration(Duration.ZERO, Duration.ofHours(1)),
                    "15s",
                    true,
                    "How long a clean stop may take");

    private ConfigKeys() {}

    /// All of them by name, in order.
    public static Map<String, ConfigKey<?>> all() {
        return java.util.Collections.unmodifiableMap(BY_NAME);
    }

    /// The known name that is written most like an unknown one, for "did you mean".
    ///
    /// @return null where nothing is within three edits
    public static @Nullable String nearest(String unknown) {
        return nearest(unknown, BY_NAME.keySet());
    }

    /// The most similar of some names, the first of equals; null if none is similar.
    static @Nullable String nearest(String unknown, Collection<String> names) {
        String best = null;
        int distance = 4;
        for (String name : names) {
            int edits = edits(unknown, name);
            if (edits < distance) {
                distance = edits;
                best = name;
            }
        }
        return best;
    }

    private static <T> ConfigKey<T> key(
            String name, ValueType<T> type, @Nullable String fallback, boolean live, String what) {
        var key = new ConfigKey<>(name, type, fallback, live, what);
        if (BY_NAME.put(name, key) != null) throw new AssertionError(name + " is there twice");
        return key;
    }

    private static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) row[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
