package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.router.Rig.TX;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.router.PublishResult.Status;

/// Publishing, flood publishing, floodsub peers, subscriptions and relays. Rows C82 to C89, C150
/// and C151 of the router specification.
class PublishTest {
    @Test
    @DisplayName("C82: with flood publish every own message of the centre of a star takes one hop")
    void floodPublishTakesOneHop() {
        RouterParams params = MeshNetworkTest.PARAMS.toBuilder().floodPublish(true).build();
        var net = new RouterNetwork(82).add(20, params);
        net.subscribeAll(TX);
        for (int i = 1; i < 20; i++) net.connect(0, i);
        net.run(Duration.ofSeconds(2));

        for (int i = 0; i < 20; i++) net.node(0).publish(TX, "m" + i);
        net.run(Duration.ofNanos(net.linkDelayNanos));

        for (RouterNetwork.Node node : net.nodes) assertThat(node.received).hasSize(20);
    }

    @Test
    @DisplayName("6.7: messages too large for flood publish go to the mesh")
    void floodPublishIsForSmallMessages() {
        RouterParams params =
                Rig.PARAMS.toBuilder()
                        .floodPublish(true)
                        .floodPublishBytesMax(5)
                        .meshTarget(4)
                        .meshLow(4)
                        .meshOutbound(0)
                        .build();
        var rig = new Rig(params);
        for (int i = 0; i < 10; i++) rig.peers("p" + i).subscribes("p" + i, TX);
        rig.subscribe(TX);
        rig.clear();

        assertThat(rig.publish(TX, "small").peers()).isEqualTo(10);
        assertThat(rig.publish(TX, "larger").peers()).isEqualTo(4);
    }

    @Test
    @DisplayName("C86: a floodsub peer receives messages and is in no fanout, mesh or gossip")
    void floodsubPeersGetMessagesOnly() {
        Mask tx = Mask.topic("tx");
        RouterParams params = Rig.PARAMS.toBuilder().dialect(Dialect.MESHSUB).build();
        var rig = new Rig(params);
        rig.peer("flood", false, PubsubProtocol.FLOODSUB_1_0);
        rig.peers("from");
        rig.subscribes("flood", tx).clear();

        rig.publish(tx, "fanout");
        assertThat(rig.sent("flood")).containsExactly("MSG fanout");
        assertThat(rig.router.snapshot(rig.now).fanouts().getFirst().peers()).isEmpty();
        rig.subscribe(tx);
        rig.clear().sends("from", tx, "forward");
        assertThat(rig.sent("flood")).containsExactly("MSG forward");
        rig.heartbeats(3);

        assertThat(rig.sent("flood")).isEmpty();
        assertThat(rig.mesh(tx)).isEmpty();
        assertThat(rig.router.enoughPeers(tx, 1)).isTrue();
    }

    @Test
    @DisplayName("C87: a second publish of the same id says DUPLICATE and sends nothing")
    void duplicatePublishesAreNotSent() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a").clear();

        assertThat(rig.publish(TX, "m").status()).isEqualTo(Status.OK);
        assertThat(rig.publish(TX, "m").status()).isEqualTo(Status.DUPLICATE);

        assertThat(rig.sent("a")).containsExactly("MSG m");
    }

    @Test
    @DisplayName("C88: own subscribers receive own messages; what is published locally stays here")
    void localPublishingStaysHere() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a").clear();

        rig.publish(TX, "all");
        rig.router.publish(TX, RouterMessages.utf8("mine"), PublishOptions.LOCAL_ONLY, rig.now);

        assertThat(rig.events())
                .containsExactly("deliver all to 01 from me", "deliver mine to 01 from me");
        assertThat(rig.sent("a")).containsExactly("MSG all");
        rig.heartbeat();
        assertThat(rig.sent("a")).isEmpty();
    }

    @Test
    @DisplayName("C89: of a batch each peer gets another message first, and all in the end")
    void batchesStartDifferently() {
        var rig = new Rig(Rig.PARAMS.toBuilder().floodPublish(true).build());
        for (int i = 0; i < 4; i++) rig.peers("p" + i).subscribes("p" + i, TX);
        rig.clear();
        List<RpcMessage> batch =
                List.of(
                        rig.message(TX, "m0"),
                        rig.message(TX, "m1"),
                        rig.message(TX, "m2"),
                        rig.message(TX, "m3"));

        List<PublishResult> results = rig.router.publishBatch(batch, rig.now);

        assertThat(results).extracting(PublishResult::status).containsOnly(Status.OK);
        var first = new java.util.TreeSet<String>();
        for (int i = 0; i < 4; i++) {
            List<String> sent = rig.sent("p" + i);
            assertThat(sent).containsExactlyInAnyOrder("MSG m0", "MSG m1", "MSG m2", "MSG m3");
            first.add(sent.getFirst());
        }
        assertThat(first).hasSize(4);
    }

    @Test
    @DisplayName("C125: with full queues the publish says so")
    void fullQueuesAreReported() {
        var limits =
                new OutboundLimits(8, 1, 1 << 20, Duration.ofSeconds(5), Duration.ofSeconds(1));
        var rig = new Rig(Rig.PARAMS.toBuilder().outboundLimits(limits).build());
        rig.subscribe(TX);
        rig.members(TX, "a").clear();

        assertThat(rig.publish(TX, "m").status()).isEqualTo(Status.OK);
        assertThat(rig.publish(TX, "n").status()).isEqualTo(Status.ALL_QUEUES_FULL);
        assertThat(rig.router.metrics().total("gossipsub_rpc_dropped_total", "own")).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "mempool 8.4: what was ignored can be announced later: sent to the mesh and advertised although seen")
    void ignoredMessagesCanBeAnnounced() {
        var rig = new Rig();
        rig.validates = true;
        rig.subscribe(TX);
        rig.members(TX, "a", "b");
        rig.peers("c");
        rig.subscribes("c", TX).prunes("c", TX, 60).clear();
        RpcMessage gapped = rig.message(TX, "gapped");
        rig.sends("a", gapped).verdict(Verdict.IGNORE);
        assertThat(rig.sent("b")).isEmpty();

        PublishResult result = rig.router.announce(gapped, rig.now);

        assertThat(result.status()).isEqualTo(Status.OK);
        assertThat(rig.sent("a")).containsExactly("MSG gapped");
        assertThat(rig.sent("b")).containsExactly("MSG gapped");
        rig.heartbeat();
        assertThat(rig.sent("c")).containsExactly("IHAVE 01 [gapped]");
        assertThat(rig.router.announce(TX, RouterMessages.utf8("new"), rig.now).peers())
                .isEqualTo(2);
    }

    @Test
    @DisplayName(
            "2.6, C114: a message longer than an RPC may be is refused; one that came that long is not forwarded")
    void oversizedMessagesAreNotSent() {
        var rig = new Rig(Rig.PARAMS.toBuilder().sendBytesMax(1024).build());
        rig.subscribe(TX);
        rig.members(TX, "a", "b").clear();

        PublishResult result =
                rig.router.publish(rig.large(TX, 2000, 1), PublishOptions.DEFAULT, rig.now);
        assertThat(result.status()).isEqualTo(Status.REJECTED);
        assertThat(result.reason()).contains("at most 1024");
        assertThat(result.id()).isEmpty();
        rig.sends("a", rig.large(TX, 2000, 2));
        rig.sends("a", TX, "small");

        assertThat(rig.sent("b")).containsExactly("IDONTWANT [large]", "MSG small");
        assertThat(rig.router.metrics().total("gossipsub_rpc_dropped_total", "oversized"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName("1.1: a mask with more bits than allowed cannot be published on or subscribed to")
    void masksHaveALimitOfBits() {
        var bits = new byte[64];
        java.util.Arrays.fill(bits, (byte) 0xff);
        Mask mask = Mask.of(bits);
        var rig = new Rig();

        assertThat(rig.publish(mask, "m").status()).isEqualTo(Status.REJECTED);
        assertThatThrownBy(() -> rig.subscribe(mask))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 256");
    }

    @Test
    @DisplayName(
            "C150: relays are counted, ends are idempotent or refused, subscriptions can be repeated")
    void relaysAreCounted() {
        var rig = new Rig().peers("a");
        rig.clear();

        rig.router.relay(TX, rig.now);
        rig.router.relay(TX, rig.now);
        assertThat(rig.sent("a")).containsExactly("SUB 01");
        rig.router.endRelay(TX, rig.now);
        assertThat(rig.sent("a")).isEmpty();
        rig.router.endRelay(TX, rig.now);
        assertThat(rig.sent("a")).containsExactly("UNSUB 01");
        assertThatThrownBy(() -> rig.router.endRelay(TX, rig.now))
                .isInstanceOf(IllegalStateException.class);

        Subscription first = rig.subscribe(TX);
        Subscription second = rig.subscribe(TX);
        assertThat(rig.sent("a")).containsExactly("SUB 01");
        rig.router.unsubscribe(first, rig.now);
        rig.router.unsubscribe(first, rig.now);
        assertThat(rig.router.topics()).containsExactly(TX);
        rig.router.unsubscribe(second, rig.now);
        assertThat(rig.sent("a")).containsExactly("UNSUB 01");
        assertThat(rig.router.topics()).isEmpty();
    }

    @Test
    @DisplayName("C150: 33 nodes that join one after another are told of each other")
    void everybodyIsToldOfEverybody() {
        var net = new RouterNetwork(150).add(33, MeshNetworkTest.PARAMS);
        net.connectAll();
        for (RouterNetwork.Node node : net.nodes) {
            node.subscribe(TX);
            net.runMillis(20);
        }

        for (RouterNetwork.Node node : net.nodes) assertThat(node.peers(TX)).hasSize(32);
    }

    @Test
    @DisplayName("C150: events of a peer that subscribes and unsubscribes come in order, each once")
    void subscriberEvents() {
        var rig = new Rig().peers("a");
        rig.subscribes("a", TX).subscribes("a", TX).unsubscribes("a", TX).unsubscribes("a", TX);

        assertThat(rig.events()).containsExactly("join a 01", "leave a 01");
        rig.subscribes("a", TX).gone("a");
        assertThat(rig.events()).containsExactly("join a 01", "leave a 01");
    }

    @Test
    @DisplayName("C151: a mask that is only published on is not announced, and cannot be relayed")
    void publishOnlyMasks() {
        var rig = new Rig(Rig.PARAMS, builder -> builder.publishOnly(Set.of(TX)));
        rig.peers("a");
        rig.subscribes("a", TX).clear();

        Subscription subscription = rig.subscribe(TX);
        assertThat(rig.sent("a")).isEmpty();
        assertThatThrownBy(() -> rig.router.relay(TX, rig.now))
                .isInstanceOf(IllegalArgumentException.class);
        rig.publish(TX, "m");

        assertThat(rig.sent("a")).containsExactly("MSG m");
        assertThat(rig.events()).containsExactly("deliver m to 01 from me");
        rig.router.unsubscribe(subscription, rig.now);
        assertThat(rig.sent("a")).isEmpty();
    }

    @Test
    @DisplayName(
            "1.6: what a full subscriber loses is counted, others get it; a filter comes first")
    void slowSubscribersLoseTheirOwn() {
        var rig = new Rig();
        rig.router.subscribe(
                TX,
                DeliveryMode.SUPERSET,
                message -> RouterMessages.text(message).startsWith("a"),
                rig.now);
        rig.peers("p").clear();
        rig.sends("p", TX, "a1").sends("p", TX, "b1");
        assertThat(rig.events()).containsExactly("deliver a1 to 01 from p");

        rig.delivers = false;
        rig.sends("p", TX, "a2");

        assertThat(rig.router.metrics().total("gossipsub_messages_undeliverable_total"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName(
            "2.1, C127: the first RPC to a new peer holds all subscriptions, and is left out if there are none")
    void hello() {
        var rig = new Rig();
        rig.peers("first");
        assertThat(rig.sent("first")).isEmpty();
        rig.subscribe(TX);
        rig.subscribe(Mask.fromHex("06"));
        rig.router.relay(Mask.fromHex("40"), rig.now);

        rig.peers("second");

        assertThat(rig.router.outbound(rig.handle("second")).size()).isEqualTo(1);
        assertThat(rig.sent("second"))
                .containsExactlyInAnyOrder("SUB 01", "SUB 04", "SUB 02", "SUB 40");
    }
}
