package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DiscoveryTest {
    private static final Mask TX = Rig.TX;

    private static Rig rig() {
        return new Rig(Rig.PARAMS, builder -> builder.discovery(true));
    }

    @Test
    @DisplayName(
            "C152: nodes that know nobody find each other by topic, and then have enough peers")
    void nodesFindEachOther() {
        var network = new RouterNetwork(3);
        var book = new LinkedHashMap<Mask, List<RouterNetwork.Node>>();
        var other = Mask.fromHex("02");
        network.add(20, Rig.PARAMS, builder -> builder.discovery(true));
        for (RouterNetwork.Node node : network.nodes) {
            node.advertiser =
                    (slice, wanted) -> {
                        if (wanted) book.computeIfAbsent(slice, _ -> new ArrayList<>()).add(node);
                    };
            node.finder =
                    mask -> {
                        List<RouterNetwork.Node> known = book.getOrDefault(mask, List.of());
                        if (known.isEmpty()) return;
                        RouterNetwork.Node found = known.get(network.random.nextInt(known.size()));
                        network.after(Duration.ofMillis(5), () -> network.connect(node, found));
                    };
            node.subscribe(node.number < 10 ? TX : other);
        }

        network.run(Duration.ofSeconds(30));

        for (RouterNetwork.Node node : network.nodes) {
            Mask own = node.number < 10 ? TX : other;
            assertThat(node.router.enoughPeers(own, 0)).as("%s", node).isTrue();
            assertThat(node.peers(own)).allMatch(peer -> peer < 10 == node.number < 10);
        }
        network.node(0).publish(TX, "hello");
        network.run(Duration.ofSeconds(2));
        for (int i = 1; i < 10; i++) assertThat(network.node(i).received).containsExactly("hello");
        assertThat(book.get(TX)).as("announced once").hasSize(10);
    }

    @Test
    @DisplayName("9.6: peers are looked for each second until there are enough")
    void askedEachSecond() {
        Rig rig = rig();
        rig.subscribe(TX);
        assertThat(rig.events()).containsExactly("advertise 01");
        assertThat(rig.millis(999).tick().events()).isEmpty();
        assertThat(rig.millis(1).tick().events()).containsExactly("find peers for 01");
        assertThat(rig.millis(500).tick().events()).isEmpty();

        rig.members(TX, "a", "b", "c", "d", "e").clear();

        assertThat(rig.millis(5000).tick().events()).isEmpty();
    }

    @Test
    @DisplayName("9.6: announced again when it ends, two minutes after a failure, not when we left")
    void announcedAgain() {
        Rig rig = rig();
        Subscription subscription = rig.subscribe(TX);
        rig.router.onAdvertised(TX, Duration.ofMinutes(10), rig.now);
        rig.members(TX, "a", "b", "c", "d", "e").clear();
        assertThat(rig.advance(Duration.ofMinutes(9)).tick().events())
                .doesNotContain("advertise 01");
        assertThat(rig.advance(Duration.ofMinutes(1)).tick().events()).contains("advertise 01");

        rig.router.onAdvertiseFailed(TX, rig.now);
        assertThat(rig.millis(119_000).tick().events()).doesNotContain("advertise 01");
        assertThat(rig.millis(1000).tick().events()).contains("advertise 01");

        rig.router.unsubscribe(subscription, rig.now);
        assertThat(rig.events()).contains("unadvertise 01");
        rig.router.onAdvertised(TX, Duration.ofSeconds(1), rig.now);
        assertThat(rig.advance(Duration.ofMinutes(10)).tick().events()).isEmpty();
    }

    @Test
    @DisplayName("9.6: without discovery nothing is asked for")
    void offMeansOff() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.clear();

        assertThat(rig.advance(Duration.ofMinutes(5)).tick().events()).isEmpty();
    }

    // Publishing with readiness.

    private final List<PublishResult> results = new ArrayList<>();

    private WaitingPublication publish(Rig rig, int peers, Duration patience) {
        return rig.router.publishWhenReady(
                TX,
                RouterMessages.utf8("m"),
                PublishOptions.DEFAULT,
                peers,
                patience,
                results::add,
                rig.now);
    }

    @Test
    @DisplayName("C90: published once the peers are there, found out every 200 ms")
    void publishedWhenReady() {
        var rig = new Rig();
        WaitingPublication waiting = publish(rig, 2, Duration.ofSeconds(10));
        assertThat(waiting.waits()).isTrue();
        rig.peers("a", "b").subscribes("a", TX).clear();
        assertThat(rig.router.nextTickAt()).isEqualTo(rig.now + 200_000_000);
        rig.millis(200).tick();
        assertThat(results).as("one is not enough").isEmpty();

        rig.subscribes("b", TX).millis(200).tick();

        assertThat(waiting.waits()).isFalse();
        assertThat(results)
                .singleElement()
                .extracting(PublishResult::status)
                .isEqualTo(PublishResult.Status.OK);
        assertThat(rig.sent("a")).contains("MSG m");
        assertThat(rig.sent("b")).contains("MSG m");
        waiting.cancel();
        rig.millis(60_000).tick();
        assertThat(results).hasSize(1);
    }

    @Test
    @DisplayName("C90: at once if they are there, in a mesh of ours too")
    void publishedAtOnce() {
        var rig = new Rig();
        rig.subscribe(TX);
        rig.members(TX, "a", "b").clear();

        assertThat(publish(rig, 2, Duration.ZERO).waits()).isFalse();
        assertThat(results.getFirst().status()).isEqualTo(PublishResult.Status.OK);
        assertThat(publish(rig, 3, Duration.ofSeconds(1)).waits()).isTrue();
    }

    @Test
    @DisplayName("C90: given up by the caller or when patience ends, with the reason")
    void givenUp() {
        var rig = new Rig();
        WaitingPublication cancelled = publish(rig, 1, Duration.ofSeconds(10));
        WaitingPublication late = publish(rig, 1, Duration.ofMillis(300));

        cancelled.cancel();
        rig.millis(200).tick();
        assertThat(late.waits()).isTrue();
        rig.millis(200).tick();

        assertThat(results)
                .extracting(PublishResult::status)
                .containsOnly(PublishResult.Status.NOT_READY);
        assertThat(results)
                .extracting(PublishResult::reason)
                .containsExactly("cancelled", "too few peers");
        rig.peers("a").subscribes("a", TX).millis(10_000).tick();
        assertThat(rig.sent("a")).doesNotContain("MSG m");
    }

    @Test
    @DisplayName("C90: discovery is asked for peers meanwhile, once a second")
    void discoveryIsAsked() {
        Rig rig = rig();
        publish(rig, 1, Duration.ofSeconds(10));
        assertThat(rig.events()).containsExactly("find peers for 01");
        rig.millis(800).tick();
        assertThat(rig.events()).isEmpty();
        rig.millis(200).tick();
        assertThat(rig.events()).containsExactly("find peers for 01");
    }

    @Test
    @DisplayName("C90: at most 256 wait")
    void waitingIsBounded() {
        var rig = new Rig();
        for (int i = 0; i < 257; i++) publish(rig, 1, Duration.ofSeconds(10));
        assertThat(results)
                .singleElement()
                .extracting(PublishResult::reason)
                .isEqualTo("256 publications wait for peers already");
    }
}
