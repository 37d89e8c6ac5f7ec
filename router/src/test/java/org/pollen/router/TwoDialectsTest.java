package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.RejectReason;
import org.pollen.scoring.TopicScoreParams;

/// Two routers of one node, one for each dialect, with one seen cache: what each does about what
/// the other handles. Router specification 2.4.
class TwoDialectsTest {
    private static final Mask BITS = Rig.TX;
    private static final Mask TOPIC = Mask.topic("pollen/tx");

    private final SeenCache seen =
            SeenCache.create(SeenCache.Strategy.FIRST_SEEN, Duration.ofMinutes(2), 1000);
    private final Rig blossom = rig(Rig.PARAMS, BITS);
    private final Rig meshsub =
            rig(
                    RouterParams.GOSSIPSUB_GO.toBuilder()
                            .signingPolicy(SigningPolicy.STRICT_NO_SIGN)
                            .messageIds(Rig.PARAMS.messageIds())
                            .floodPublish(true)
                            .build(),
                    TOPIC);

    private Rig rig(RouterParams params, Mask mask) {
        var topic =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0, Duration.ofSeconds(1), 0)
                        .invalidMessageDeliveries(-1, 0.9)
                        .build();
        PeerScoreParams scores =
                ScoredRouterTest.application().toBuilder()
                        .topic(mask.display(params.dialect()), topic)
                        .build();
        var rig =
                new Rig(
                        params,
                        builder ->
                                builder.seenCache(seen)
                                        .scoring(scores, ScoredRouterTest.THRESHOLDS));
        rig.validates = true;
        rig.subscribe(mask);
        rig.peers("a", "b", "c");
        for (String name : List.of("a", "b", "c")) rig.subscribes(name, mask);
        rig.grafts("a", mask).grafts("b", mask); // and c is in no mesh
        return rig.clear();
    }

    @Test
    @DisplayName(
            "2.4 a message accepted in one dialect is sent in the other: same payload and id, to the"
                    + " mesh, delivered once")
    void accepted() {
        RpcMessage message = blossom.message(BITS, "m");
        blossom.sends("a", message);
        meshsub.router.onSeenElsewhere(message, TOPIC, meshsub.now);
        blossom.verdict(Verdict.ACCEPT);
        RpcMessage under = message.under(TOPIC);
        PublishResult result = meshsub.router.passOn(under, false, meshsub.now);

        assertThat(result.status()).isEqualTo(PublishResult.Status.OK);
        assertThat(result.peers()).isEqualTo(2);
        assertThat(meshsub.sent("a")).containsExactly("MSG m");
        assertThat(meshsub.sent("b")).containsExactly("MSG m");
        assertThat(meshsub.sent("c")).as("only what is published here is flooded").isEmpty();
        assertThat(meshsub.events()).as("no second delivery").isEmpty();
        assertThat(blossom.events()).contains("deliver m to 01 from a");
        assertThat(under.id()).isEqualTo(message.id());
        assertThat(under.mask()).isEqualTo(TOPIC);
        assertThat(under.author()).isEmpty();
        assertThat(HexFormat.of().formatHex(under.array()))
                .isEqualTo("120e" + "12016d" + "2209" + HexFormat.of().formatHex(TOPIC.bytes()));

        meshsub.sends("a", under);
        blossom.sends("b", message);
        assertThat(meshsub.tickets).as("coming back, it is a duplicate").isEmpty();
        assertThat(blossom.tickets).isEmpty();
    }

    @Test
    @DisplayName("2.4 an own message goes to all that the other dialect's flood reaches")
    void own() {
        PublishResult first = blossom.publish(BITS, "m");
        RpcMessage message = Objects.requireNonNull(first.message());
        PublishResult second = meshsub.router.passOn(message.under(TOPIC), true, meshsub.now);

        assertThat(second.peers()).isEqualTo(3);
        assertThat(meshsub.sent("c")).containsExactly("MSG m");
    }

    @Test
    @DisplayName(
            "2.4 nobody but a message's author sends it: an empty payload and mask are left out")
    void emptyPayload() {
        RpcMessage message = blossom.message(BITS, "");
        assertThat(message.under(BITS).data()).isEmpty();
        assertThat(message.under(BITS).offset(MessageFields.DATA)).isNegative();
    }

    @Test
    @DisplayName(
            "2.4 one validation: who sent copies in the other dialect meanwhile is charged too")
    void refused() {
        RpcMessage message = blossom.message(BITS, "bad");
        blossom.sends("a", message);
        meshsub.router.onSeenElsewhere(message, TOPIC, meshsub.now);
        meshsub.sends("b", message.under(TOPIC));
        assertThat(meshsub.tickets).isEmpty();

        blossom.verdict(Verdict.REJECT);
        meshsub.router.onRefusedElsewhere(
                message, TOPIC, RejectReason.VALIDATION_FAILED, meshsub.now);
        meshsub.sends("c", message.under(TOPIC));

        assertThat(blossom.score("a")).isNegative();
        assertThat(blossom.score("b")).isZero();
        assertThat(meshsub.score("a")).isZero();
        assertThat(meshsub.score("b")).isNegative();
        assertThat(meshsub.score("c")).as("it comes after the verdict").isNegative();
        assertThat(meshsub.router.score(meshsub.id("b"))).isEqualTo(meshsub.score("b"));
        assertThat(meshsub.router.score(meshsub.id("nobody"))).isZero();
    }

    @Test
    @DisplayName("2.4 what the other dialect's router ignores costs nothing")
    void ignored() {
        RpcMessage message = blossom.message(BITS, "late");
        blossom.sends("a", message);
        meshsub.router.onSeenElsewhere(message, TOPIC, meshsub.now);
        meshsub.sends("b", message.under(TOPIC));
        meshsub.router.onRefusedElsewhere(
                message, TOPIC, RejectReason.VALIDATION_IGNORED, meshsub.now);

        assertThat(meshsub.score("b")).isZero();
    }

    @Test
    @DisplayName(
            "2.4 a promise made in one dialect is kept by a copy in the other; IDONTWANT is told")
    void promisesAndIdontwant() {
        RpcMessage message = blossom.large(BITS, 4096, 7);
        meshsub.rpc("c", builder -> builder.ihave(TOPIC, message.id()));
        assertThat(meshsub.sent("c")).hasSize(1).first().asString().startsWith("IWANT");

        blossom.sends("a", message);
        meshsub.router.onSeenElsewhere(message, TOPIC, meshsub.now);
        assertThat(meshsub.sent("a")).hasSize(1).first().asString().startsWith("IDONTWANT");
        meshsub.heartbeats(10);

        assertThat(meshsub.score("c")).isZero();
        assertThat(meshsub.router.metrics().total("gossipsub_iwant_promises_total", "broken"))
                .isZero();
    }

    @Test
    @DisplayName(
            "2.4 a message that is too long for the other dialect is refused there, and only there")
    void tooLong() {
        var small =
                new Rig(
                        RouterParams.GOSSIPSUB_GO.toBuilder()
                                .signingPolicy(SigningPolicy.STRICT_NO_SIGN)
                                .messageIds(Rig.PARAMS.messageIds())
                                .sendBytesMax(1024)
                                .build());
        RpcMessage message = blossom.large(BITS, 4096, 7);
        PublishResult result = small.router.passOn(message.under(TOPIC), false, small.now);
        assertThat(result.status()).isEqualTo(PublishResult.Status.REJECTED);
    }
}
