package org.pollen.bench.relay;

import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.pollen.libp2p.EventLoops;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostConfig;
import org.pollen.libp2p.HostLimits;
import org.pollen.node.gossip.GossipEvents;
import org.pollen.node.gossip.GossipService;
import org.pollen.node.gossip.GossipSetup;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Mask;
import org.pollen.router.MessageFields;
import org.pollen.router.MessageIdScheme;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterMetrics;
import org.pollen.router.RouterParams;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;
import org.pollen.router.Verdict;
import org.pollen.scoring.ScorePresets;
import org.pollen.scoring.TopicScoreParams;

/// A host with gossip and nothing else: the router under test, and each peer around it.
///
/// Set-up R(k) of the performance specification: D 8, Dlo 6, Dhi 12, Dlazy 8, flood publish off,
/// IDONTWANT off for the sizes used, ids of 20 bytes of SHA-256 of the data, accept-all validator.
/// Scoring is on.
final class RelayNode implements AutoCloseable {
    static final Mask TOPIC = Mask.topic("bench");

    private static final MessageIdScheme IDS =
            new MessageIdScheme(
                    "sha256-20",
                    () -> {
                        var digest = sha256();
                        return (message, out) -> {
                            digest.update(
                                    message.array(),
                                    Math.max(0, message.offset(MessageFields.DATA)),
                                    message.length(MessageFields.DATA));
                            System.arraycopy(digest.digest(), 0, out, 0, 20);
                            return 20;
                        };
                    });

    private final EventLoopGroup loops;
    private final java.util.concurrent.ExecutorService handshakes;
    private final Host host;
    private final GossipService gossip;

    RelayNode(String name, long seed, boolean signed, Consumer<RpcMessage> consumer) {
        loops = EventLoops.create("io-" + name, Integer.getInteger("relay.io", 1));
        handshakes = EventLoops.handshakePool("handshake-" + name, 1);
        byte[] secret = new byte[32];
        new SplittableRandom(seed).nextBytes(secret);
        PrivateKey key = PrivateKey.ed25519(secret);
        host =
                Host.create(
                        HostConfig.builder(key)
                                .listen(
                                        Multiaddr.tcp(
                                                InetAddress.getLoopbackAddress().getAddress(), 0))
                                .eventLoops(loops)
                                .handshakes(handshakes)
                                .limits(HostLimits.DEFAULT.withConnectionsPerIp(1000, true))
                                .build());
        RouterParams params =
                RouterParams.GOSSIPSUB_GO.toBuilder()
                        .meshTarget(8)
                        .meshLow(6)
                        .meshHigh(12)
                        .meshScore(6)
                        .meshOutbound(2)
                        .gossipLazy(8)
                        .floodPublish(false)
                        .idontwantThreshold(1 << 20)
                        .messageIds(IDS)
                        .signingPolicy(
                                signed ? SigningPolicy.STRICT_SIGN : SigningPolicy.STRICT_NO_SIGN)
                        .seenTtl(Duration.ofSeconds(120))
                        .heartbeatInterval(Duration.ofSeconds(1))
                        .build();
        TopicScoreParams topic = ScorePresets.recommendedTopic(1000);
        Executor workers = signed ? handshakes : Runnable::run;
        gossip =
                new GossipService(
                        new GossipSetup(
                                name,
                                key,
                                host,
                                params,
                                java.util.Arrays.stream(PubsubProtocol.values())
                                        .map(PubsubProtocol::id)
                                        .filter(id -> id.equals("/meshsub/1.2.0"))
                                        .toList(),
                                ScorePresets.RECOMMENDED,
                                ScorePresets.recommendedThresholds(topic.bestContribution()),
                                new SplittableRandom(seed),
                                System::nanoTime,
                                System.currentTimeMillis() * 1_000_000,
                                true),
                        workers,
                        new GossipEvents() {},
                        cause -> {
                            cause.printStackTrace();
                            Runtime.getRuntime().halt(1);
                        },
                        Boolean.getBoolean("relay.ownThread") ? null : loops.next());
        gossip.join(
                "bench",
                TOPIC,
                (_, answer) -> {
                    answer.accept(Verdict.ACCEPT);
                    return true;
                },
                consumer);
        host.start().join();
        gossip.start();
    }

    private static java.security.MessageDigest sha256() {
        try {
            return java.security.MessageDigest.getInstance("SHA-256");
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError("every Java runtime has SHA-256", e);
        }
    }

    Multiaddr address() {
        return host.listenAddresses().getFirst().withPeerId(host.peerId());
    }

    void dial(Multiaddr router) {
        host.dialNow(router).join();
    }

    GossipService gossip() {
        return gossip;
    }

    /// What this node threw away since it started, by counter; empty if nothing.
    Map<String, Long> drops() {
        var drops = new TreeMap<String, Long>();
        for (RouterMetrics.Sample sample :
                gossip.ask(router -> router.metrics().samples()).join()) {
            if (sample.value() != 0 && sample.name().contains("dropped")) {
                drops.merge(sample.name() + sample.labels(), sample.value(), Long::sum);
            }
        }
        if (gossip.rpcsDropped() > 0) drops.put("inbox", gossip.rpcsDropped());
        return drops;
    }

    @Override
    public void close() {
        gossip.close();
        host.close();
        handshakes.shutdownNow();
        var _ = loops.shutdownGracefully(0, 200, TimeUnit.MILLISECONDS);
    }
}
