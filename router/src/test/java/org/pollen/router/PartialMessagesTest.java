package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.MalformedException;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.TopicScoreParams;

/// Messages that travel in parts (meshsub 1.3). Row C130 of the router specification.
class PartialMessagesTest {
    private static final Mask TX = Mask.topic("tx");
    private static final Mask FULL = Mask.topic("full");

    /// A message of up to eight parts, each one letter; its metadata is one byte, a bit for each.
    private static final class Letters implements PartialContent {
        final String group;
        final char[] letters = new char[8];

        Letters(String group, String have) {
            this.group = group;
            add(have);
        }

        final void add(String more) {
            for (char letter : more.toCharArray()) letters[letter - 'a'] = letter;
        }

        @Override
        public byte[] groupId() {
            return group.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public byte[] metadata() {
            int bits = 0;
            for (int i = 0; i < 8; i++) if (letters[i] != 0) bits |= 1 << i;
            return new byte[] {(byte) bits};
        }

        @Override
        public byte @Nullable [] partsFor(byte[] metadata) throws MalformedException {
            if (metadata.length != 1) throw new MalformedException("metadata");
            var parts = new StringBuilder();
            for (int i = 0; i < 8; i++) {
                if (letters[i] != 0 && (metadata[0] & 1 << i) == 0) parts.append(letters[i]);
            }
            return parts.isEmpty() ? null : parts.toString().getBytes(StandardCharsets.UTF_8);
        }

        String text() {
            return new String(letters).replace("\0", "");
        }
    }

    private static RouterParams params() {
        return Rig.PARAMS.toBuilder().dialect(Dialect.MESHSUB).gossipFactor(0.25).build();
    }

    private static Rig rig() {
        return rig(PartialLimits.DEFAULT);
    }

    private static Rig rig(PartialLimits limits) {
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .firstMessageDeliveries(1, 0.9, 10)
                        .invalidMessageDeliveries(-1, 0.9)
                        .build();
        PeerScoreParams scores =
                PeerScoreParams.builder()
                        .skipAtomicValidation(true)
                        .decay(Duration.ofSeconds(1), 0.01)
                        .defaultTopicParams(topic)
                        .build();
        var rig =
                new Rig(
                        params(),
                        builder ->
                                builder.scoring(
                                                scores,
                                                PeerScoreThresholds.builder()
                                                        .limits(-1000, -2000, -3000)
                                                        .build())
                                        .partialTopics(
                                                Map.of(TX, PartialTopic.bitmap(true, 4)), limits));
        rig.subscribe(TX);
        return rig;
    }

    /// A peer in the mesh that wants parts, or only can send them.
    private static void partialPeer(Rig rig, String name, boolean requests, boolean mesh) {
        rig.peer(name, false, PubsubProtocol.MESHSUB_1_3);
        rig.rpc(
                name,
                builder ->
                        builder.extensions(true, false)
                                .subscription(new SubOpts(true, TX, requests, true)));
        if (mesh) rig.grafts(name, TX);
        rig.clear();
    }

    private static Rpc.PartialMessage message(String group, @Nullable String parts, int has) {
        return new Rpc.PartialMessage(
                TX,
                group.getBytes(StandardCharsets.UTF_8),
                parts == null ? null : parts.getBytes(StandardCharsets.UTF_8),
                has < 0 ? null : new byte[] {(byte) has});
    }

    private static void sends(Rig rig, String from, Rpc.PartialMessage message) {
        rig.rpc(from, builder -> builder.partial(message));
    }

    @Test
    @DisplayName("C130: the hello offers the extension and says what we want and can send")
    void weSayWhatWeWant() {
        var rig = rig();
        rig.subscribe(FULL);

        rig.peer("a", false, PubsubProtocol.MESHSUB_1_3);

        String tx = TX.toString();
        assertThat(rig.sent("a"))
                .containsExactly("SUB " + tx + " requests sends", "SUB " + FULL, "EXT");
        rig.peer("old", false, PubsubProtocol.MESHSUB_1_2);
        assertThat(rig.sent("old")).doesNotContain("EXT");
    }

    @Test
    @DisplayName("C130: each side sends what the other lacks, and says nothing twice")
    void exchange() {
        var rig = rig();
        partialPeer(rig, "a", true, true);
        var content = new Letters("g", "ab");

        assertThat(rig.router.publishPartial(TX, content, null, rig.now)).isEqualTo(1);
        assertThat(rig.sent("a")).containsExactly("PARTIAL tx g parts=- has=03");
        sends(rig, "a", message("g", null, 0b110)); // has b and c
        assertThat(rig.events()).containsExactly("partial tx g parts=- has=06 from a");
        assertThat(rig.router.publishPartial(TX, content, null, rig.now)).isEqualTo(1);
        assertThat(rig.sent("a")).containsExactly("PARTIAL tx g parts=a has=-");
        assertThat(rig.router.publishPartial(TX, content, null, rig.now)).isZero();
        assertThat(rig.sent("a")).isEmpty();

        sends(rig, "a", message("g", "c", -1));
        assertThat(rig.events()).containsExactly("partial tx g parts=c has=- from a");
        content.add("c");
        assertThat(rig.router.publishPartial(TX, content, null, rig.now)).isEqualTo(1);
        assertThat(rig.sent("a")).containsExactly("PARTIAL tx g parts=- has=07");
    }

    @Test
    @DisplayName("C130: eager parts go to peers that have not said what they have, and to no other")
    void eagerParts() {
        var rig = rig();
        partialPeer(rig, "a", true, true);
        partialPeer(rig, "b", true, true);
        sends(rig, "b", message("g", null, 1));
        var content = new Letters("g", "ab");

        rig.router.publishPartial(TX, content, new byte[] {'a', 'b'}, rig.now);

        assertThat(rig.sent("a")).containsExactly("PARTIAL tx g parts=ab has=03");
        assertThat(rig.sent("b")).containsExactly("PARTIAL tx g parts=b has=03");
    }

    @Test
    @DisplayName(
            "C130: a peer that only can send parts is told what we have, and gets whole messages")
    void metadataOnly() {
        var rig = rig();
        partialPeer(rig, "a", false, true);
        sends(rig, "a", message("g", null, 1));

        rig.router.publishPartial(TX, new Letters("g", "ab"), new byte[] {'a'}, rig.now);
        rig.publish(TX, "whole");

        assertThat(rig.sent("a"))
                .containsExactlyInAnyOrder("PARTIAL tx g parts=- has=03", "MSG whole");
    }

    @Test
    @DisplayName(
            "C130: whoever wants parts gets no whole messages, no IHAVE and no IDONTWANT; outside the mesh it is told our parts by gossip")
    void partsInsteadOfMessages() {
        var rig = rig();
        partialPeer(rig, "in", true, true);
        partialPeer(rig, "out", true, false);
        rig.router
                .state()
                .backoffs
                .add(rig.router.topicHandle(TX), rig.handle("out"), 1L << 50, rig.now);
        rig.peer("whole", false, PubsubProtocol.MESHSUB_1_2);
        rig.subscribes("whole", TX).grafts("whole", TX).clear();

        rig.publish(TX, "own");
        rig.sends("whole", rig.large(TX, 2000, 7));
        assertThat(rig.sent("in")).isEmpty();
        assertThat(rig.sent("whole")).containsExactly("MSG own");

        rig.router.publishPartial(TX, new Letters("g", "ab"), null, rig.now);
        assertThat(rig.sent("in")).containsExactly("PARTIAL tx g parts=- has=03");
        assertThat(rig.sent("out")).isEmpty();
        rig.heartbeat();
        assertThat(rig.sent("out")).containsExactly("PARTIAL tx g parts=- has=03");
        rig.heartbeat();
        assertThat(rig.sent("out")).isEmpty();

        sends(rig, "out", message("g", null, 0)); // it lacks all of it, and has told us so
        assertThat(rig.router.publishPartial(TX, new Letters("g", "ab"), null, rig.now))
                .isEqualTo(1);
        assertThat(rig.sent("out")).containsExactly("PARTIAL tx g parts=ab has=-");
    }

    @Test
    @DisplayName("C130: parts go to the peers named, if they take them at all")
    void chosenPeers() {
        var rig = rig();
        partialPeer(rig, "a", true, false);
        partialPeer(rig, "b", true, true);
        rig.peer("plain");
        int[] to = {rig.handle("a"), rig.handle("plain"), 99};

        assertThat(rig.router.publishPartial(TX, new Letters("g", "a"), null, to, rig.now))
                .isEqualTo(1);
        assertThat(rig.sent("a")).containsExactly("PARTIAL tx g parts=- has=01");
        assertThat(rig.sent("b")).isEmpty();
        assertThatThrownBy(
                        () -> rig.router.publishPartial(FULL, new Letters("g", "a"), null, rig.now))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("full");
    }

    @Test
    @DisplayName(
            "C130: what a peer said is forgotten when it unsubscribes, opens a new stream or goes")
    void peersAreForgotten() {
        var rig = rig();
        partialPeer(rig, "a", true, true);
        sends(rig, "a", message("g", null, 1));
        var content = new Letters("g", "ab");

        rig.unsubscribes("a", TX).clear();
        assertThat(rig.router.publishPartial(TX, content, null, rig.now)).isZero();
        sends(rig, "a", message("g", null, 1)); // no longer subscribed: remembered, sent nothing
        assertThat(rig.router.publishPartial(TX, content, null, rig.now)).isZero();

        rig.router.onInboundStream(rig.handle("a"));
        rig.events();
        sends(rig, "a", message("g", null, 1));
        assertThat(rig.events()).isEmpty();
        rig.gone("a");
        rig.heartbeats(PartialLimits.DEFAULT.groupHeartbeats());
        assertThat(rig.router.state().partials.size()).isZero();
    }

    @Test
    @DisplayName("C130: when we leave the topic its groups go, and nothing more is taken")
    void leavingForgets() {
        var rig =
                new Rig(
                        params(),
                        builder ->
                                builder.partialTopics(
                                        Map.of(TX, PartialTopic.bitmap(true, 4)),
                                        PartialLimits.DEFAULT));
        Subscription subscription = rig.subscribe(TX);
        partialPeer(rig, "a", true, true);
        sends(rig, "a", message("g", null, 1));
        assertThat(rig.router.state().partials.size()).isEqualTo(1);

        rig.router.unsubscribe(subscription, rig.now);

        assertThat(rig.router.state().partials.size()).isZero();
        rig.events();
        sends(rig, "a", message("g", null, 1));
        assertThat(rig.events()).isEmpty();
        assertThat(rig.router.state().partials.size()).isZero();
    }

    @Test
    @DisplayName("C130: a peer opens 8 groups of a topic, all peers 255; ours are not counted")
    void groupsOfPeersAreLimited() {
        var rig = rig();
        for (int p = 0; p < 33; p++) {
            partialPeer(rig, "p" + p, true, false);
            for (int g = 0; g < 9; g++) sends(rig, "p" + p, message("g" + p + "-" + g, null, 1));
        }

        assertThat(rig.router.state().partials.size()).isEqualTo(255);
        assertThat(ignored(rig, "max_groups")).isEqualTo(33 + 33 * 8 - 255);
        rig.router.publishPartial(TX, new Letters("ours", "a"), null, rig.now);
        rig.router.publishPartial(TX, new Letters("g0-0", "a"), null, rig.now); // ours from now on
        assertThat(rig.router.state().partials.size()).isEqualTo(256);
        sends(rig, "p0", message("g0-8", null, 1));
        assertThat(rig.router.state().partials.size()).isEqualTo(257);

        rig.heartbeats(4);
        assertThat(rig.router.state().partials.size()).isEqualTo(257);
        rig.heartbeats(1);
        assertThat(rig.router.state().partials.size()).isZero();
        sends(rig, "p32", message("again", null, 1));
        assertThat(rig.router.state().partials.size()).isEqualTo(1);
    }

    @Test
    @DisplayName("C130: a partial message that cannot be costs as much as an invalid message")
    void invalidPartialMessages() {
        var rig = rig();
        partialPeer(rig, "a", true, true);

        sends(rig, "a", message("g".repeat(65), null, 1));
        assertThat(rig.score("a")).isEqualTo(-1);
        sends(rig, "a", new Rpc.PartialMessage(TX, new byte[] {1}, null, new byte[1025]));
        assertThat(rig.score("a")).isEqualTo(-4);
        sends(rig, "a", message("g", null, -1)); // neither parts nor metadata
        assertThat(rig.score("a")).isEqualTo(-9);
        assertThat(rig.events()).isEmpty();
        assertThat(rig.router.state().partials.size()).isZero();
        assertThat(ignored(rig, "invalid")).isEqualTo(3);

        sends(rig, "a", new Rpc.PartialMessage(TX, new byte[] {1}, null, new byte[2]));
        assertThat(rig.router.publishPartial(TX, new Letters("\u0001", "a"), null, rig.now))
                .isZero();
        assertThat(rig.score("a")).isEqualTo(-16); // found out when it was read
        rig.router.onPartialJudged(rig.handle("a"), TX, false, rig.now);
        assertThat(rig.score("a")).isEqualTo(-25);
        rig.router.onPartialJudged(rig.handle("a"), TX, true, rig.now);
        assertThat(rig.score("a")).isEqualTo(-24);
    }

    @Test
    @DisplayName("C130: without the extension on both sides partial messages are ignored")
    void notNegotiated() {
        var rig = rig();
        rig.peer("silent", false, PubsubProtocol.MESHSUB_1_3);
        rig.rpc("silent", builder -> builder.subscription(new SubOpts(true, TX, true, true)));
        rig.peer("old", false, PubsubProtocol.MESHSUB_1_2);
        rig.rpc(
                "old",
                builder ->
                        builder.extensions(true, false)
                                .subscription(new SubOpts(true, TX, true, true)));
        rig.grafts("silent", TX).grafts("old", TX).clear();

        for (String name : List.of("silent", "old")) {
            sends(rig, name, message("g", null, 1));
            assertThat(rig.score(name)).isZero();
        }
        assertThat(ignored(rig, "no_topic")).isEqualTo(2);
        assertThat(rig.router.publishPartial(TX, new Letters("g", "a"), null, rig.now)).isZero();
        rig.publish(TX, "whole");
        assertThat(rig.sent("silent")).containsExactly("MSG whole");
        assertThat(rig.sent("old")).containsExactly("MSG whole");
    }

    @Test
    @DisplayName("C130: what a queue dropped is told again")
    void droppedMetadataIsRepeated() {
        var rig = rig();
        partialPeer(rig, "a", true, true);
        var content = new Letters("g", "ab");
        rig.router.publishPartial(TX, content, null, rig.now);
        rig.advance(Duration.ofSeconds(10));
        assertThat(rig.sent("a")).isEmpty(); // it waited too long

        assertThat(rig.router.publishPartial(TX, content, null, rig.now)).isEqualTo(1);
        assertThat(rig.sent("a")).containsExactly("PARTIAL tx g parts=- has=03");
    }

    @Test
    @DisplayName("C130: ten nodes put together a message of which each had one part")
    void aNetworkAssemblesAMessage() {
        var net = new RouterNetwork(130);
        net.add(
                10,
                params(),
                builder ->
                        builder.partialTopics(
                                Map.of(TX, PartialTopic.bitmap(true, 4)), PartialLimits.DEFAULT));
        var held = new ArrayList<Letters>();
        for (RouterNetwork.Node node : net.nodes) {
            var content = new Letters("g", String.valueOf((char) ('a' + node.number % 8)));
            held.add(content);
            node.protocol = PubsubProtocol.MESHSUB_1_3;
            node.partialHandler =
                    (_, message) -> {
                        byte[] parts = message.partialMessage();
                        if (parts != null) content.add(new String(parts, StandardCharsets.UTF_8));
                        net.at(
                                net.now(),
                                () -> node.router.publishPartial(TX, content, null, net.now()));
                    };
        }
        net.subscribeAll(TX);
        net.connectSome(3);
        net.runMillis(3000);

        for (RouterNetwork.Node node : net.nodes) {
            node.router.publishPartial(TX, held.get(node.number), null, net.now());
        }
        net.runMillis(1500);

        assertThat(held).allSatisfy(content -> assertThat(content.text()).isEqualTo("abcdefgh"));
        net.run(Duration.ofSeconds(10));
        assertThat(net.nodes)
                .allSatisfy(node -> assertThat(node.router.state().partials.size()).isZero());
    }

    @Test
    @DisplayName("10: both sides of the test extension send one test message after the handshake")
    void testExtension() {
        var rig = new Rig(params(), builder -> builder.testExtension(true));
        rig.peer("a", false, PubsubProtocol.MESHSUB_1_3);
        rig.peer("b", false, PubsubProtocol.MESHSUB_1_3);
        assertThat(rig.sent("a")).containsExactly("EXT");
        rig.clear();

        rig.rpc("a", builder -> builder.extensions(false, true));
        rig.rpc("b", builder -> builder.extensions(true, false));
        rig.rpc("a", RpcBuilder::testMessage);

        assertThat(rig.sent("a")).containsExactly("TEST");
        assertThat(rig.sent("b")).isEmpty();
        assertThat(rig.router.metrics().testMessages).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "10: the bitmask dialect has no partial messages; limits that cannot be are refused")
    void configuration() {
        var builder = RouterConfig.builder(RouterMessages.peerId(0), Rig.PARAMS);
        Map<Mask, PartialTopic> topics = Map.of(TX, PartialTopic.bitmap(true, 4));
        assertThatThrownBy(() -> builder.partialTopics(topics, PartialLimits.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PartialLimits(2, 255, 8, 64, 1024))
                .hasMessage("groupHeartbeats is 2: it must be at least 3");
        byte[] union = PartialTopic.bitmap(true, 4).merge(new byte[] {1}, new byte[] {2, 3});
        assertThat(union).containsExactly(3, 3);
    }

    private static long ignored(Rig rig, String reason) {
        return rig.router.metrics().total("gossipsub_partial_ignored_total", reason);
    }
}
