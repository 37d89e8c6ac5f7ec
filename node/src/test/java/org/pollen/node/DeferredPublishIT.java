package org.pollen.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.mempool.GossipVerdict;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.ChainSource;
import org.pollen.node.chain.DevChain;
import org.pollen.node.chain.DevChainConfig;
import org.pollen.node.config.Config;
import org.pollen.node.config.ConfigLoader;
import org.pollen.node.gossip.GossipView;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Mask;

/// Three nodes in a row, the last two with pools: what the middle one ignored because of a gap
/// reaches the last one when the gap is filled, although its id has been seen. Source: mempool.md
/// 8.4.
class DeferredPublishIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Shared shared = new Shared(2);
    private final SplittableRandom random = new SplittableRandom(84);
    private final DevChain chain = new DevChain(DevChainConfig.defaults(1).withAccounts(3));
    private final List<NodeRuntime> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        nodes.forEach(NodeRuntime::close);
        shared.close();
    }

    private NodeRuntime node(@Nullable ChainSource source, String bootnodes) {
        Config config =
                ConfigLoader.load(
                        null,
                        Map.of(),
                        List.of(
                                "p2p.host=127.0.0.1",
                                "p2p.port=0",
                                "p2p.bootnodes=" + bootnodes,
                                "ops.port=0",
                                "rpc.port=0"),
                        Map.of());
        var node =
                new NodeRuntime(
                        ConfiguredNode.setup(
                                config,
                                PrivateKey.generateEd25519(random),
                                source,
                                random.split(),
                                Path.of("unused")),
                        shared,
                        System::nanoTime,
                        System::currentTimeMillis,
                        NodeRuntime.Probe.NONE);
        nodes.add(node);
        node.bind();
        node.start();
        return node;
    }

    private Transaction transfer(long nonce) {
        return chain.accounts()
                .get(1)
                .signer()
                .draft(2, BigInteger.valueOf(chain.chainId()))
                .nonce(nonce)
                .fees(BigInteger.TEN.pow(11), BigInteger.TEN.pow(9))
                .to(chain.accounts().getFirst().address())
                .sign();
    }

    private static PoolSnapshot pool(NodeRuntime node) {
        return Objects.requireNonNull(node.pool()).snapshot();
    }

    private static boolean hears(NodeRuntime node, int others) {
        GossipView view = node.gossip().view();
        return view != null
                && !view.snapshot().topics().isEmpty()
                && view.snapshot().topics().stream().allMatch(t -> t.subscribers() == others);
    }

    @Test
    @DisplayName("8.4: a gapped transaction is ignored, and published when its gap is filled")
    void promotedAfterItWasIgnored() {
        NodeRuntime middle = node(chain, "");
        String address = middle.address().toString();
        NodeRuntime last = node(chain, address);
        NodeRuntime first = node(null, address); // a relay, which may publish anything
        await().atMost(PATIENCE).until(() -> hears(first, 1) && hears(last, 1) && hears(middle, 2));

        Mask topic = Topics.mask(Topics.TRANSACTIONS, first.setup().router().dialect());
        first.gossip().publish(topic, transfer(1).raw(), false).join();
        await().atMost(PATIENCE).until(() -> pool(middle).queued() == 1);
        await().atMost(PATIENCE)
                .until(() ->
                        Objects.requireNonNull(middle.pool()).verdicts(GossipVerdict.IGNORE) == 1);
        assertThat(pool(last).queued()).isZero();

        first.gossip().publish(topic, transfer(0).raw(), false).join();
        await().atMost(PATIENCE).until(() -> pool(last).pending() == 2);
        assertThat(pool(middle).pending()).isEqualTo(2);
        assertThat(Objects.requireNonNull(last.pool()).verdicts(GossipVerdict.REJECT)).isZero();
        assertThat(last.host().peers()).isEqualTo(1);
    }
}
