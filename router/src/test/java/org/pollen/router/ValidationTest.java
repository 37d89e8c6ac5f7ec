package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.router.Rig.PARAMS;
import static org.pollen.router.Rig.TX;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.router.ValidatorRegistry.Outcome;
import org.pollen.router.ValidatorRegistry.Registration;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.TopicScoreParams;

/// Validation: the pipeline of the router, signing policies, and the registry of validators. Rows
/// C21, C132 to C134 and C136 to C141 of the router specification.
class ValidationTest {
    private static final PeerId SENDER = RouterMessages.peerId(1);

    private static Rig validating(RouterParams params) {
        var rig = new Rig(params);
        rig.validates = true;
        rig.subscribe(TX);
        rig.members(TX, "a", "b", "c").clear();
        return rig;
    }

    // The pipeline.

    @Test
    @DisplayName(
            "8: an accepted message is delivered and forwarded, except to its sender and author")
    void acceptedMessagesAreForwarded() {
        var rig = validating(PARAMS);

        rig.sends("a", rig.message(TX, "m", "b", ""));
        assertThat(rig.events()).containsExactly("validate m from a");
        rig.verdict(Verdict.ACCEPT);

        assertThat(rig.events()).containsExactly("deliver m to 01 from a");
        assertThat(rig.sent("a")).isEmpty();
        assertThat(rig.sent("b")).isEmpty();
        assertThat(rig.sent("c")).containsExactly("MSG m");
    }

    @Test
    @DisplayName(
            "8: copies that come while a message is validated are duplicates, whatever the verdict")
    void copiesDuringValidationAreDuplicates() {
        for (Verdict verdict : Verdict.values()) {
            var rig = validating(PARAMS);
            RpcMessage message = rig.message(TX, "m");
            rig.sends("a", message).sends("b", message).sends("b", message);
            assertThat(rig.tickets).hasSize(1);

            rig.verdict(verdict);
            rig.sends("c", message);

            assertThat(rig.router.metrics().total("gossipsub_messages_duplicate_total"))
                    .isEqualTo(3);
            assertThat(rig.sent("c")).hasSize(verdict == Verdict.ACCEPT ? 1 : 0);
        }
    }

    @Test
    @DisplayName(
            "V18, 8: a forged copy does not keep the genuine message out; the next copy is tried")
    void forgedCopiesDoNotBlockGenuineOnes() {
        var rig = validating(PARAMS);
        RpcMessage forged = rig.message(TX, "m", "x", "forged");
        RpcMessage genuine = rig.message(TX, "m", "x", "genuine");
        rig.sends("a", forged).sends("b", genuine).sends("c", genuine);
        assertThat(rig.events()).containsExactly("validate m from a");

        rig.invalidSignature();
        assertThat(rig.events()).containsExactly("validate m from b");
        rig.verdict(Verdict.ACCEPT);

        assertThat(rig.events()).containsExactly("deliver m to 01 from b");
        assertThat(rig.router.metrics().total("gossipsub_rejects_total", "invalid_signature"))
                .isEqualTo(1);
        assertThat(rig.router.state().pipeline.size()).isZero();
        assertThat(rig.router.state().pipeline.bytes()).isZero();
    }

    @Test
    @DisplayName("8: with all copies forged nothing is seen, and the message can come again")
    void forgedMessagesAreNotSeen() {
        var rig = validating(PARAMS);
        rig.sends("a", rig.message(TX, "m", "x", "one"))
                .sends("b", rig.message(TX, "m", "x", "two"));

        rig.invalidSignature().invalidSignature();
        assertThat(rig.tickets).isEmpty();
        rig.sends("c", rig.message(TX, "m", "x", "three")).verdict(Verdict.ACCEPT);

        assertThat(rig.events()).contains("deliver m to 01 from c");
    }

    @Test
    @DisplayName(
            "8: verified early, copies are duplicates at once; published meanwhile, the answer is a duplicate")
    void verifiedMessagesAreSeen() {
        var rig = validating(PARAMS);
        RpcMessage message = rig.message(TX, "m", "x", "signature");
        rig.sends("a", message).sends("b", message);
        rig.router.onVerified(rig.tickets.getFirst(), rig.now);
        rig.sends("c", message);
        assertThat(rig.router.metrics().total("gossipsub_messages_duplicate_total")).isEqualTo(2);
        rig.verdict(Verdict.ACCEPT);

        RpcMessage other = rig.message(TX, "other", "x", "signature");
        rig.sends("a", other);
        rig.router.publish(rig.message(TX, "other"), PublishOptions.DEFAULT, rig.now);
        rig.clear().verdict(Verdict.ACCEPT);

        assertThat(rig.events()).isEmpty();
        assertThat(rig.router.metrics().total("gossipsub_messages_duplicate_total")).isEqualTo(3);
    }

    @Test
    @DisplayName("8: an answer for a ticket that was answered, or never given, does nothing")
    void lateAnswersDoNothing() {
        var rig = validating(PARAMS);
        rig.sends("a", TX, "m");
        long ticket = rig.tickets.getFirst();
        rig.verdict(Verdict.ACCEPT).clear();

        rig.router.onValidated(ticket, Verdict.REJECT, rig.now);
        rig.router.onValidated(77, Verdict.REJECT, rig.now);
        rig.router.onValidated(-1, Verdict.REJECT, rig.now);
        rig.router.onThrottled(ticket, rig.now);
        rig.router.onVerified(ticket, rig.now);
        rig.router.onInvalidSignature(ticket, rig.now);

        assertThat(rig.events()).isEmpty();
        assertThat(rig.router.metrics().total("gossipsub_rejects_total")).isZero();
    }

    @Test
    @DisplayName("8: the peer may be gone when the answer comes")
    void theSenderMayBeGone() {
        var rig = validating(PARAMS);
        rig.sends("a", rig.message(TX, "kept")).sends("b", rig.message(TX, "signed", "x", "s"));
        rig.sends("c", rig.message(TX, "signed", "x", "s"));
        rig.gone("a").gone("b").gone("c").clear();

        rig.verdict(Verdict.ACCEPT).invalidSignature();
        rig.heartbeats(20);

        assertThat(rig.events()).containsExactly("deliver kept to 01 from a");
        assertThat(rig.router.state().peers.find(rig.id("a"))).isEqualTo(-1);
    }

    @Test
    @DisplayName("C138: a message for which a validator has no room is dropped as throttled")
    void throttledMessagesAreDropped() {
        var rig = validating(PARAMS);

        rig.sends("a", TX, "m").throttled();

        assertThat(rig.sent("b")).isEmpty();
        assertThat(rig.router.metrics().total("gossipsub_rejects_total", "validation_throttled"))
                .isEqualTo(1);
        assertThat(rig.router.metrics().total("gossipsub_validation_dropped_total", "throttled"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName(
            "C139: a message that finds the queue full is not seen, and accepted when it comes again")
    void aFullQueueForgets() {
        var rig = validating(PARAMS.toBuilder().validationQueueMax(1).build());
        rig.sends("a", TX, "first");
        RpcMessage second = rig.message(TX, "second");

        rig.sends("b", second);
        assertThat(rig.tickets).hasSize(1);
        assertThat(rig.router.metrics().total("gossipsub_rejects_total", "validation_queue_full"))
                .isEqualTo(1);
        rig.verdict(Verdict.ACCEPT).clear();
        rig.sends("b", second).verdict(Verdict.ACCEPT);

        assertThat(rig.events()).contains("deliver second to 01 from b");
    }

    @Test
    @DisplayName("8: a message without a verdict is ignored after the timeout, and frees its place")
    void theTimeoutIsAnIgnore() {
        var rig =
                validating(
                        PARAMS.toBuilder()
                                .validationQueueMax(1)
                                .validationTimeout(Duration.ofSeconds(3))
                                .build());
        rig.sends("a", TX, "slow").heartbeats(2);
        assertThat(rig.router.snapshot(rig.now).validating()).isEqualTo(1);

        rig.heartbeats(1);

        assertThat(rig.router.snapshot(rig.now).validating()).isZero();
        assertThat(rig.router.metrics().total("gossipsub_validation_dropped_total", "timeout"))
                .isEqualTo(1);
        assertThat(rig.router.metrics().total("gossipsub_rejects_total", "validation_ignored"))
                .isEqualTo(1);
        rig.clear().verdict(Verdict.ACCEPT); // too late
        assertThat(rig.events()).isEmpty();
    }

    @Test
    @DisplayName("8: a message whose signature nobody checked in time is forgotten, not seen")
    void theTimeoutForgetsWhatIsNotVerified() {
        var rig = validating(PARAMS.toBuilder().validationTimeout(Duration.ofSeconds(3)).build());
        RpcMessage signed = rig.message(TX, "signed", "x", "s");
        rig.sends("a", signed).heartbeats(3);
        assertThat(rig.router.snapshot(rig.now).validating()).isZero();
        rig.tickets.clear();

        rig.clear().sends("b", signed).verdict(Verdict.ACCEPT);

        assertThat(rig.events()).contains("deliver signed to 01 from b");
    }

    @Test
    @DisplayName("8: one slow message does not keep what was answered after it")
    void answeredTicketsAreForgotten() {
        var rig = validating(PARAMS.toBuilder().validationTimeout(Duration.ofSeconds(3)).build());
        rig.sends("a", TX, "slow");
        long slow = rig.tickets.removeFirst();
        for (int i = 0; i < 1000; i++) rig.sends("b", TX, "m" + i).verdict(Verdict.ACCEPT);
        rig.tickets.add(slow);
        rig.clear().heartbeats(3);
        assertThat(rig.router.snapshot(rig.now).validating()).isZero();
        assertThat(rig.router.metrics().total("gossipsub_validation_dropped_total", "timeout"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName("8: one peer takes no more than a quarter of the queue, in messages and in bytes")
    void onePeerTakesAQuarter() {
        var rig = validating(PARAMS.toBuilder().validationQueueMax(16).build());
        var many = new ArrayList<RpcMessage>();
        for (int i = 0; i < 10; i++) many.add(rig.message(TX, "m" + i));
        rig.sends("a", many.toArray(RpcMessage[]::new));
        assertThat(rig.tickets).hasSize(4);
        rig.sends("b", many.toArray(RpcMessage[]::new));
        assertThat(rig.tickets).hasSize(8);

        var bytes = validating(PARAMS.toBuilder().validationQueueBytesMax(8000).build());
        for (int i = 0; i < 10; i++) bytes.sends("a", bytes.large(TX, 900, i));
        assertThat(bytes.tickets).hasSize(2);
        for (int i = 0; i < 10; i++) bytes.sends("b", bytes.large(TX, 5000, 20 + i));
        assertThat(bytes.tickets).hasSize(3); // one alone may be longer than a quarter
    }

    @Test
    @DisplayName("6.8: for a message that finds the queue full nobody is told IDONTWANT")
    void noIdontwantForWhatWasDropped() {
        var rig = validating(PARAMS.toBuilder().validationQueueMax(1).build());
        rig.sends("a", TX, "first").clear();

        rig.sends("b", rig.large(TX, 2000, 1));

        assertThat(rig.sent("c")).isEmpty();
    }

    @Test
    @DisplayName("8: the same message twice in one RPC is validated once")
    void twiceInOneRpc() {
        var rig = validating(PARAMS);
        RpcMessage unsigned = rig.message(TX, "unsigned");
        RpcMessage signed = rig.message(TX, "signed", "x", "s");

        rig.sends("a", unsigned, unsigned, signed, signed);

        assertThat(rig.tickets).hasSize(2);
        rig.verdict(Verdict.ACCEPT).verdict(Verdict.ACCEPT);
        assertThat(rig.router.metrics().total("gossipsub_messages_delivered_total")).isEqualTo(2);
    }

    // Signing policies.

    private static Rig policy(SigningPolicy policy) {
        var rig = new Rig(PARAMS.toBuilder().signingPolicy(policy).build());
        rig.subscribe(TX);
        rig.peers("a").clear();
        return rig;
    }

    @Test
    @DisplayName("C132: what a policy forbids or misses is rejected with its reason")
    void policiesRejectByPresence() {
        var strict = policy(SigningPolicy.STRICT_SIGN);
        strict.sends("a", TX, "unsigned");
        assertThat(strict.router.metrics().total("gossipsub_rejects_total", "missing_signature"))
                .isEqualTo(1);

        var noSign = policy(SigningPolicy.STRICT_NO_SIGN);
        noSign.sends("a", noSign.message(TX, "signed", "x", "s"));
        noSign.sends("a", noSign.message(TX, "author", "x", ""));
        noSign.sends("a", TX, "plain");
        assertThat(noSign.router.metrics().total("gossipsub_rejects_total", "unexpected_signature"))
                .isEqualTo(1);
        assertThat(noSign.router.metrics().total("gossipsub_rejects_total", "unexpected_auth_info"))
                .isEqualTo(1);
        assertThat(noSign.events()).containsExactly("deliver plain to 01 from a");

        var lax = policy(SigningPolicy.LAX_SIGN);
        lax.sends("a", TX, "unsigned");
        assertThat(lax.events()).containsExactly("deliver unsigned to 01 from a");
    }

    @Test
    @DisplayName("C133: an invalid signature, and a message under our own name, cost P4")
    void forgedMessagesCostP4() {
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0, java.time.Duration.ofSeconds(1), 0)
                        .invalidMessageDeliveries(-1, 0.9)
                        .build();
        PeerScoreParams scores =
                ScoredRouterTest.application().toBuilder().topic(TX.hex(), topic).build();
        PeerScoreThresholds thresholds =
                PeerScoreThresholds.builder().limits(-100, -200, -300).build();
        var rig = new Rig(PARAMS, builder -> builder.scoring(scores, thresholds));
        rig.subscribe(TX);
        rig.peers("a", "b").clear();

        rig.sends("a", rig.message(TX, "forged", "x", "s")).invalidSignature();
        rig.sends("b", rig.message(TX, "ours", "me", ""));

        assertThat(rig.score("a")).isEqualTo(-1);
        assertThat(rig.score("b")).isEqualTo(-1);
        assertThat(rig.router.metrics().total("gossipsub_rejects_total", "self_originated_message"))
                .isEqualTo(1);
    }

    /// js-libp2p forwards messages to their author, and is no attacker for it.
    @Test
    @DisplayName("C133: a message of ours that comes back is a copy and costs nothing")
    void ownMessageThatComesBackIsACopy() {
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0, java.time.Duration.ofSeconds(1), 0)
                        .invalidMessageDeliveries(-1, 0.9)
                        .build();
        PeerScoreParams scores =
                ScoredRouterTest.application().toBuilder().topic(TX.hex(), topic).build();
        PeerScoreThresholds thresholds =
                PeerScoreThresholds.builder().limits(-100, -200, -300).build();
        var rig = new Rig(PARAMS, builder -> builder.scoring(scores, thresholds));
        rig.subscribe(TX);
        rig.members(TX, "a").clear();
        RpcMessage ours = rig.message(TX, "ours", "me", "");
        rig.router.publish(ours, PublishOptions.DEFAULT, rig.now);
        rig.clear();

        for (int i = 0; i < 5; i++) rig.sends("a", ours);

        assertThat(rig.events()).isEmpty();
        assertThat(rig.score("a")).isZero();
        RouterMetrics metrics = rig.router.metrics();
        assertThat(metrics.total("gossipsub_rejects_total", "self_originated_message")).isZero();
        assertThat(metrics.total("gossipsub_messages_duplicate_total", "mesh")).isEqualTo(5);
    }

    @Test
    @DisplayName(
            "C134: a message under another name is sent with that author, and relayed as it came")
    void otherAuthorsAreRelayed() {
        PrivateKey key = PrivateKey.ed25519(new byte[32]);
        RouterParams params = PARAMS.toBuilder().signingPolicy(SigningPolicy.STRICT_SIGN).build();
        var net = new RouterNetwork(134).add(3, params);
        var verifier = new MessageVerifier(Dialect.BLOSSOM);
        net.subscribeAll(TX);
        net.connect(0, 1);
        net.connect(1, 2);
        for (RouterNetwork.Node node : net.nodes) {
            node.validator =
                    (_, message) -> verifier.verify(message) ? Verdict.ACCEPT : Verdict.REJECT;
        }
        net.runMillis(2000);
        RouterConfig config = net.node(0).router.state().config;
        var ids = new MessageIdentifier(params.messageIds(), config.hasher());
        var signer =
                new MessageSigner(
                        Dialect.BLOSSOM, SigningPolicy.STRICT_SIGN, net.node(0).id, key, 1, ids);
        PeerId author = key.publicKey().peerId();
        RpcMessage message = signer.compose(TX, RouterMessages.utf8("m"), author, key);

        net.node(0).router.publish(message, PublishOptions.DEFAULT, net.now());
        net.runMillis(100);

        assertThat(message.author()).contains(author);
        assertThat(net.node(2).received).containsExactly("m");
        assertThatThrownBy(() -> signer.compose(TX, new byte[1], author, null))
                .hasMessage("nil sign key");
        assertThatThrownBy(() -> signer.compose(TX, new byte[1], null, key))
                .hasMessage("empty peer id");
    }

    // The registry.

    private static ValidatorRegistry registry(int throttle) {
        return new ValidatorRegistry(Dialect.BLOSSOM, throttle, _ -> {});
    }

    private static Registration slow(Verdict verdict) {
        return new Registration((_, _) -> verdict, false, 1024);
    }

    private static Registration inline(Verdict verdict) {
        return new Registration((_, _) -> verdict, true, 1);
    }

    private static RpcMessage message(String mask) {
        return new Rig().message(Mask.fromHex(mask), "m");
    }

    @Test
    @DisplayName("B10, C21: a validator of a slice rejects a message on that slice and another")
    void sliceValidatorsCannotBeAvoided() {
        ValidatorRegistry registry = registry(8);
        registry.register(Mask.fromHex("01"), slow(Verdict.REJECT));

        assertThat(registry.judge(SENDER, message("03"))).isEqualTo(Outcome.REJECT);
        assertThat(registry.judge(SENDER, message("02"))).isEqualTo(Outcome.ACCEPT);
        assertThat(registry.covers(Mask.fromHex("03"))).isTrue();
        assertThat(registry.covers(Mask.fromHex("02"))).isFalse();
    }

    @Test
    @DisplayName("C136: registering twice and unregistering twice are errors")
    void oneValidatorForAMask() {
        ValidatorRegistry registry = registry(8);
        registry.register(TX, slow(Verdict.ACCEPT));

        assertThatThrownBy(() -> registry.register(TX, slow(Verdict.ACCEPT)))
                .isInstanceOf(IllegalStateException.class);
        registry.unregister(TX);
        assertThatThrownBy(() -> registry.unregister(TX)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new Registration((_, _) -> Verdict.ACCEPT, true, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName(
            "C137: yes-or-no and three-valued validators, default and of the topic, all have to accept")
    void allValidatorsHaveToAccept() {
        ValidatorRegistry registry = registry(8);
        registry.registerDefault(
                new Registration(Validator.of((_, m) -> m.dataLength() < 10), true, 1));
        registry.register(TX, slow(Verdict.IGNORE));

        assertThat(registry.judge(SENDER, message("01"))).isEqualTo(Outcome.IGNORE);
        assertThat(registry.judge(SENDER, message("02"))).isEqualTo(Outcome.ACCEPT);
        assertThat(registry.judge(SENDER, new Rig().message(TX, "longer than ten")))
                .isEqualTo(Outcome.REJECT);
    }

    @Test
    @DisplayName("C138: beyond the global limit, or that of a validator, a message is throttled")
    void limitsThrottle() {
        var outcomes = new ArrayList<Outcome>();
        ValidatorRegistry registry = registry(2);
        var nested = new int[1];
        registry.register(
                TX,
                new Registration(
                        (_, _) -> {
                            if (++nested[0] < 4)
                                outcomes.add(registry.judge(SENDER, message("01")));
                            return Verdict.ACCEPT;
                        },
                        false,
                        10));
        outcomes.add(registry.judge(SENDER, message("01")));
        assertThat(outcomes).containsExactly(Outcome.THROTTLED, Outcome.ACCEPT, Outcome.ACCEPT);

        ValidatorRegistry own = registry(100);
        var inner = new ArrayList<Outcome>();
        own.register(
                TX,
                new Registration(
                        (_, _) -> {
                            if (inner.isEmpty()) {
                                inner.add(Outcome.ACCEPT);
                                inner.add(own.judge(SENDER, message("01")));
                            }
                            return Verdict.ACCEPT;
                        },
                        false,
                        1));
        assertThat(own.judge(SENDER, message("01"))).isEqualTo(Outcome.ACCEPT);
        assertThat(inner.getLast()).isEqualTo(Outcome.THROTTLED);
    }

    @Test
    @DisplayName(
            "C140: inline IGNORE with ACCEPT is ignored, with REJECT rejected; THROTTLED beats IGNORE")
    void verdictsCombine() {
        assertThat(combined(inline(Verdict.IGNORE), slow(Verdict.ACCEPT)))
                .isEqualTo(Outcome.IGNORE);
        assertThat(combined(inline(Verdict.IGNORE), slow(Verdict.REJECT)))
                .isEqualTo(Outcome.REJECT);
        assertThat(combined(inline(Verdict.REJECT), slow(Verdict.ACCEPT)))
                .isEqualTo(Outcome.REJECT);
        assertThat(combined(inline(Verdict.IGNORE), inline(Verdict.ACCEPT)))
                .isEqualTo(Outcome.IGNORE);

        ValidatorRegistry registry = registry(8);
        var second = new ArrayList<Outcome>();
        registry.registerDefault(slow(Verdict.IGNORE));
        registry.register(
                TX,
                new Registration(
                        (_, _) -> {
                            if (second.isEmpty()) {
                                second.add(Outcome.ACCEPT);
                                second.add(registry.judge(SENDER, message("01")));
                            }
                            return Verdict.ACCEPT;
                        },
                        false,
                        1));
        assertThat(registry.judge(SENDER, message("01"))).isEqualTo(Outcome.IGNORE);
        assertThat(second.getLast()).isEqualTo(Outcome.THROTTLED);
    }

    private static Outcome combined(Registration first, Registration second) {
        ValidatorRegistry registry = registry(8);
        registry.registerDefault(first);
        registry.register(TX, second);
        return registry.judge(SENDER, message("01"));
    }

    @Test
    @DisplayName("B12, C141: the second of two slow validators runs although the first accepted")
    void bothSlowValidatorsRun() {
        assertThat(combined(slow(Verdict.ACCEPT), slow(Verdict.REJECT))).isEqualTo(Outcome.REJECT);
        assertThat(combined(slow(Verdict.ACCEPT), slow(Verdict.ACCEPT))).isEqualTo(Outcome.ACCEPT);
    }

    @Test
    @DisplayName("8: a validator that throws ignores the message, and is heard of")
    void throwingIsIgnoring() {
        List<RuntimeException> failures = new ArrayList<>();
        var registry = new ValidatorRegistry(Dialect.MESHSUB, 8, failures::add);
        registry.registerDefault(
                new Registration(
                        (_, _) -> {
                            throw new IllegalStateException("oops");
                        },
                        false,
                        1));

        assertThat(registry.judge(SENDER, message("01"))).isEqualTo(Outcome.IGNORE);
        assertThat(failures).hasSize(1);
    }
}
