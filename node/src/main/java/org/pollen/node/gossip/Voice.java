package org.pollen.node.gossip;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Dialect;
import org.pollen.router.GossipRouter;
import org.pollen.router.Mask;
import org.pollen.router.MessageIdentifier;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.MessageSigner;
import org.pollen.router.MessageVerifier;
import org.pollen.router.ProtocolList;
import org.pollen.router.RouterConfig;
import org.pollen.router.RouterOutput;
import org.pollen.router.RouterParams;
import org.pollen.router.RpcMessage;
import org.pollen.router.Subscription;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;

/// One dialect that a node speaks: the router of it, and what is known by its masks and handles.
/// Owned by the loop.
final class Voice {
    final RouterParams params;
    final GossipRouter router;
    final MessageVerifier verifier;

    /// The protocols of this dialect that are offered.
    final ProtocolList protocols;

    final Map<Mask, TopicValidator> validators = new HashMap<>();
    final Map<Subscription, Consumer<RpcMessage>> subscribers = new HashMap<>();
    final Map<Integer, PeerStreams> byHandle = new HashMap<>();
    private final MessageSigner signer;
    long nextHeartbeat;
    @Nullable GossipView view;

    /// @param params this dialect's
    /// @param configured adds to the configuration what does not depend on the dialect
    /// @param output makes what hears from the router
    Voice(
            GossipSetup setup,
            RouterParams params,
            PeerScoreParams scores,
            PeerScoreThresholds thresholds,
            MessageKeyHasher hasher,
            Consumer<RouterConfig.Builder> configured,
            Function<Voice, RouterOutput> output) {
        this.params = params;
        this.verifier = new MessageVerifier(params.dialect());
        this.protocols = setup.protocols(params.dialect());
        boolean signs = params.signingPolicy().signs();
        this.signer =
                new MessageSigner(
                        params.dialect(),
                        params.signingPolicy(),
                        signs ? setup.host().peerId() : null,
                        signs ? setup.key() : null,
                        setup.startSeqno(),
                        new MessageIdentifier(params.messageIds(), hasher));
        RouterConfig.Builder config =
                RouterConfig.builder(setup.host().peerId(), params)
                        .scoring(scores, thresholds)
                        .hasher(hasher)
                        .composer(signer::compose)
                        .tracing(setup.trace() != null);
        configured.accept(config);
        this.router =
                new GossipRouter(
                        config.build(),
                        output.apply(this),
                        setup.random(),
                        setup.clock().getAsLong());
    }

    /// A message of ours, as this dialect has it.
    RpcMessage compose(Mask mask, byte[] payload) {
        return signer.compose(mask, payload);
    }

    Dialect dialect() {
        return params.dialect();
    }

    @Override
    public String toString() {
        return "voice " + dialect();
    }
}
