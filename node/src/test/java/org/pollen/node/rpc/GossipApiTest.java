package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.node.NodeEvents;
import org.pollen.node.NodeProfiles;
import org.pollen.node.Topics;
import org.pollen.node.gossip.GossipView;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.router.Dialect;
import org.pollen.router.Distribution;
import org.pollen.router.Mask;
import org.pollen.router.PublishResult;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterSnapshot;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.ScoreEngine;

/// The `gossip` namespace over a router's snapshot. Source: operations.md 7.
class GossipApiTest {
    private static final Mask TX = Topics.mask(Topics.TRANSACTIONS, Dialect.BLOSSOM);
    private static final PeerId SELF = id(0);
    private static final PeerId GOOD = id(1);
    private static final PeerId BAD = id(2);

    private final Fake gossip = new Fake();
    private final RpcCounters counters = new RpcCounters();
    private final RpcMethods methods = new RpcMethods(Set.of("gossip"));
    private final Subscriptions readers = new Subscriptions(new Random(5), counters);
    private final GossipFeeds feeds;
    private final RpcDispatcher dispatcher = new RpcDispatcher(methods, 100, counters, () -> 0);

    GossipApiTest() {
        new GossipApi(gossip).register(methods, true);
        feeds = new GossipFeeds(gossip, readers, methods);
        feeds.register();
    }

    /// The methods of the namespace on a public listener.
    static Set<String> served() {
        return new GossipApiTest().methods.names();
    }

    private static PeerId id(int seed) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) seed;
        return PrivateKey.ed25519(bytes).publicKey().peerId();
    }

    /// A node with a good and a bad peer, the good one in its mesh.
    private static final class Fake implements GossipAccess {
        final NodeProfiles.Gossip profile = NodeProfiles.gossip("blossom-2.1", 20);
        final ScoreEngine engine = new ScoreEngine(profile.scores(), _ -> {}, 0);
        final List<NodeEvents.Event> events = new ArrayList<>();
        final List<String> arrived = new ArrayList<>();
        final Map<String, String> checks = new LinkedHashMap<>(Map.of("p2p", "ok"));
        boolean started = true;

        Fake() {
            engine.registerTopic(0, TX.display(Dialect.BLOSSOM));
            for (int peer = 0; peer < 2; peer++) engine.addPeer(peer, 0);
            engine.graft(0, 0, 0);
            engine.addPenalty(1, 20, BehaviourPenalty.BROKEN_PROMISE);
        }

        @Override
        public Info info() {
            return new Info(
                    SELF,
                    "pollen/test",
                    "blossom-2.1",
                    profile.protocols(),
                    profile.router(),
                    profile.scores(),
                    profile.thresholds(),
                    Map.of("tx", TX));
        }

        @Override
        public long uptimeMillis() {
            return 1500;
        }

        @Override
        public @Nullable GossipView view() {
            if (!started) return null;
            var topic =
                    new RouterSnapshot.Topic(
                            TX, TX.display(Dialect.BLOSSOM), List.of(GOOD), 1, 2, 1);
            var peers =
                    List.of(
                            view(GOOD, 0, PubsubProtocol.BLOSSOMSUB_2_1, true),
                            view(BAD, 1, PubsubProtocol.BLOSSOMSUB_2_0, false));
            var snapshot =
                    new RouterSnapshot(
                            SELF,
                            1,
                            List.of(topic),
                            List.of(),
                            List.of(),
                            peers,
                            List.of(),
                            1,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0,
                            List.of());
            Distribution.Counts none = new Distribution(1).counts();
            return new GossipView(snapshot, List.of(), List.of(), none, none, Map.of(), 0);
        }

        private RouterSnapshot.PeerView view(
                PeerId id, int handle, PubsubProtocol protocol, boolean outbound) {
            return new RouterSnapshot.PeerView(
                    id, protocol, outbound, false, 1, 1, 0, 0, engine.snapshot(handle, 1));
        }

        @Override
        public String nameOf(Mask slice) {
            return slice.equals(TX) ? "tx" : slice.hex();
        }

        @Override
        public Optional<Link> link(PeerId peer) {
            return peer.equals(GOOD)
                    ? Optional.of(
                            new Link("/ip4/1.2.3.4/tcp/1", "friend", OptionalLong.of(2_000_000)))
                    : Optional.empty();
        }

        @Override
        public List<NodeEvents.Event> events() {
            return events;
        }

        @Override
        public Map<String, String> checks() {
            return checks;
        }

        @Override
        public List<String> arrived(Mask slice) {
            var all = List.copyOf(arrived);
            arrived.clear();
            return all;
        }

        @Override
        public CompletableFuture<PublishResult> publish(Mask mask, byte[] payload) {
            return CompletableFuture.completedFuture(
                    new PublishResult(PublishResult.Status.NO_PEERS, null, 0, "no peers"));
        }
    }

    private JsonNode answer(RpcSession session, String method, String params) {
        String call =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                        .formatted(method, params);
        return ApiHarness.parse(
                dispatcher
                        .handle(call.getBytes(StandardCharsets.UTF_8), session)
                        .join()
                        .orElseThrow());
    }

    private JsonNode call(String method, String params) {
        JsonNode answer = answer(RpcSession.LOCAL, method, params);
        assertThat(answer.get("error")).as(method).isNull();
        return answer.get("result");
    }

    private String error(String method, String params) {
        JsonNode error = answer(RpcSession.LOCAL, method, params).get("error");
        return error.get("code").asInt() + " " + error.get("message").textValue();
    }

    @Test
    void infoTellsWhoTheNodeIsAndWhatItsParametersAre() {
        JsonNode info = call("gossip_info", "[]");

        assertThat(info.get("peerId").textValue()).isEqualTo(SELF.toString());
        assertThat(info.get("uptimeMs").intValue()).isEqualTo(1500);
        assertThat(info.get("protocols").get(0).textValue()).isEqualTo("/blossomsub/2.1.0");
        assertThat(info.at("/params/D").intValue()).isEqualTo(gossip.profile.router().meshTarget());
        assertThat(info.at("/thresholds/graylist").doubleValue())
                .isEqualTo(gossip.profile.thresholds().graylistThreshold());
    }

    @Test
    void aTopicIsNamedByItsNameOrItsMask() {
        JsonNode byName = call("gossip_topic", "[\"tx\"]");

        assertThat(byName.get("holders").intValue()).isEqualTo(2);
        assertThat(byName.get("meshSize").intValue()).isEqualTo(1);
        assertThat(byName.get("scoreParams").get("topicWeight").doubleValue()).isPositive();
        assertThat(call("gossip_topic", "[\"" + TX.hex() + "\"]")).isEqualTo(byName);
        assertThat(call("gossip_topic", "[\"0x" + TX.hex() + "\"]")).isEqualTo(byName);
        assertThat(call("gossip_topics", "[]")).containsExactly(byName);
        assertThat(call("gossip_topic", "[\"80\"]").isNull()).isTrue();
        assertThat(error("gossip_topic", "[\"zz\"]"))
                .isEqualTo(
                        "-32602 invalid argument 0: want a topic's name (tx), or the digits of a"
                                + " mask");
        assertThat(error("gossip_topic", "[\"" + "00".repeat(Mask.BYTES_MAX + 1) + "\"]"))
                .startsWith("-32602 invalid argument 0: ");
    }

    @Test
    void aMeshIsItsNodesAndEdges() {
        JsonNode mesh = call("gossip_mesh", "[\"tx\"]");

        assertThat(mesh.get("nodes")).hasSize(2);
        assertThat(mesh.get("edges").get(0).get("b").textValue()).isEqualTo(GOOD.toString());
        assertThat(mesh.at("/nodes/1/direction").textValue()).isEqualTo("outbound");
        assertThat(call("gossip_mesh", "[\"80\"]").get("edges")).isEmpty();
    }

    @Test
    void peersAreFilteredAndTheWorstComesFirst() {
        JsonNode all = call("gossip_peers", "[]");

        assertThat(all).hasSize(2);
        assertThat(all.get(0).get("id").textValue()).isEqualTo(BAD.toString());
        assertThat(all.get(0).get("gates").textValue()).startsWith("below ");
        assertThat(all.get(1).get("agent").textValue()).isEqualTo("friend");
        assertThat(all.get(1).get("rttMs").doubleValue()).isEqualTo(2.0);
        assertThat(call("gossip_peers", "[{\"minScore\":0}]")).hasSize(1);
        assertThat(call("gossip_peers", "[{\"maxScore\":-1}]")).hasSize(1);
        assertThat(call("gossip_peers", "[{\"topic\":\"tx\"}]").get(0).get("id").textValue())
                .isEqualTo(GOOD.toString());
        assertThat(call("gossip_peers", "[{\"limit\":0}]")).isEmpty();
        assertThat(error("gossip_peers", "[{\"limit\":\"x\"}]"))
                .isEqualTo("-32602 invalid argument 0: limit: want a number");
        assertThat(error("gossip_peers", "[5]")).contains("want an object");
    }

    @Test
    @DisplayName("O31: the weighted components add up to the score")
    void aScoreIsTakenApart() {
        JsonNode score = call("gossip_scores", "[\"" + BAD + "\"]");

        double sum = 0;
        for (JsonNode part : score.get("weighted")) sum += part.doubleValue();
        assertThat(sum).isCloseTo(score.get("score").doubleValue(), within());
        assertThat(score.get("score").doubleValue()).isNegative();
        assertThat(score.at("/raw/behaviourPenalty").doubleValue()).isEqualTo(20);
        assertThat(score.at("/reasons/0/component").textValue()).isEqualTo("P7");
        assertThat(call("gossip_scores", "[]")).hasSize(2);
        assertThat(call("gossip_scores", "[\"" + id(9) + "\"]").isNull()).isTrue();
        assertThat(error("gossip_scores", "[\"nobody\"]")).startsWith("-32602 ");
    }

    private static org.assertj.core.data.Offset<Double> within() {
        return org.assertj.core.data.Offset.offset(1e-9); // rounding of a sum
    }

    @Test
    void traceGoesOnFromItsCursorAndSaysWhatWasMissed() {
        for (int i = 5; i <= 8; i++) gossip.events.add(new NodeEvents.Event(i, i, "graft", "x"));

        JsonNode all = call("gossip_trace", "[]");
        JsonNode rest = call("gossip_trace", "[6]");

        assertThat(all.get("cursor").intValue()).isEqualTo(8);
        assertThat(all.get("missed").intValue()).isEqualTo(4);
        assertThat(all.get("events")).hasSize(4);
        assertThat(rest.get("events")).hasSize(2);
        assertThat(rest.get("missed").intValue()).isZero();
    }

    @Test
    void aMaskIsExplainedBySlices() {
        Mask two = TX.or(Mask.bit(32, 0));

        JsonNode explained = call("gossip_explainMask", "[\"" + two.hex() + "\"]");

        assertThat(explained.get("bits").intValue()).isEqualTo(2);
        assertThat(explained.get("slices")).hasSize(2);
        assertThat(explained.get("fullHolders").isNull()).isTrue();
        assertThat(call("gossip_explainMask", "[\"tx\"]").get("fullHolders").intValue())
                .isEqualTo(2);
    }

    @Test
    void nothingThatChangesAnythingIsServedToStrangers() {
        assertThat(error("gossip_publish", "[\"tx\",\"0x01\"]")).startsWith("-32601 ");

        var own = new RpcMethods(Set.of("gossip"));
        new GossipApi(gossip).register(own, false);

        JsonNode published =
                java.util.Objects.requireNonNull(own.find("gossip_publish"))
                        .call(
                                new Params(
                                        ApiHarness.parse(
                                                "[\"tx\",\"0x01\"]"
                                                        .getBytes(StandardCharsets.UTF_8))),
                                RpcSession.LOCAL)
                        .join();
        assertThat(published.get("status").textValue()).isEqualTo("no_peers");
    }

    @Test
    void beforeTheFirstHeartbeatThereIsNothing() {
        gossip.started = false;

        for (String method : List.of("gossip_topics", "gossip_peers", "gossip_scores")) {
            assertThat(call(method, "[]")).isEmpty();
        }
        assertThat(call("gossip_mesh", "[]").get("nodes")).isEmpty();
    }

    @Test
    @DisplayName("operations.md 7: a full snapshot first, then once a second what changed")
    void feedsBeginWithAllAndGoOnWithChanges() {
        var socket = new ApiHarness.Socket();
        for (String kind : List.of("\"peers\"", "\"mesh\"", "\"scores\"", "\"alerts\"")) {
            assertThat(answer(socket, "gossip_subscribe", "[" + kind + "]").has("result")).isTrue();
        }
        socket.answered();
        assertThat(socket.received).hasSize(4);
        assertThat(socket.received.getFirst().get("method").textValue())
                .isEqualTo("gossip_subscription");

        feeds.tick(); // the first time everything is new
        int before = socket.received.size();
        feeds.tick();
        assertThat(socket.received).hasSize(before);

        gossip.engine.addPenalty(0, 50, BehaviourPenalty.BROKEN_PROMISE);
        gossip.checks.put("p2p", "no peers");
        feeds.tick();
        assertThat(socket.received).hasSize(before + 4); // the mesh shows scores, too
        assertThat(socket.received.toString()).contains("no peers");
        assertThat(counters.subscriptions()).containsEntry("gossipAlerts", 1L);
    }

    @Test
    void messagesOfATopicAreTold() {
        var socket = new ApiHarness.Socket();
        answer(socket, "gossip_subscribe", "[\"messages\",\"tx\"]");
        socket.answered();
        assertThat(socket.received).isEmpty();

        gossip.arrived.addAll(List.of("0x01", "0x02"));
        feeds.tick();
        feeds.tick();

        assertThat(socket.received).hasSize(1);
        assertThat(socket.received.getFirst().at("/params/result"))
                .hasToString("[\"0x01\",\"0x02\"]");
        assertThat(error("gossip_subscribe", "[\"peers\"]")).contains("notifications not");
        assertThat(
                        answer(socket, "gossip_subscribe", "[\"nothing\"]")
                                .at("/error/message")
                                .textValue())
                .isEqualTo("no \"nothing\" subscription in gossip namespace");
        assertThat(
                        answer(socket, "gossip_subscribe", "[\"messages\",\"no\"]")
                                .at("/error/message")
                                .textValue())
                .isEqualTo("invalid argument 1: want one of tx");
    }
}
