package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.router.PublishResult.Status;

/// Publishes messages of this node.
///
/// Source: router specification 6.7.
final class Publisher {
    private final RouterState state;
    private final Elsewhere elsewhere;
    private final RandomGenerator random;

    Publisher(RouterState state, RandomGenerator random) {
        this.state = state;
        this.elsewhere = new Elsewhere(state);
        this.random = random;
    }

    PublishResult publish(Mask mask, byte[] payload, PublishOptions options, long now) {
        RouterConfig.Composer composer = state.config.composer();
        if (composer == null) throw new IllegalStateException("the router has no composer");
        String refusal = refusal(mask);
        if (refusal != null) return PublishResult.rejected(refusal);
        return publish(composer.compose(mask, payload), options, now);
    }

    PublishResult publish(RpcMessage message, PublishOptions options, long now) {
        String refusal = refusal(message);
        int key = refusal == null ? state.masks.intern(message.mask()) : -1;
        if (key < 0) {
            return PublishResult.rejected(refusal == null ? "too many masks are in use" : refusal);
        }
        PublishResult result = publish(message, key, options, now);
        state.metrics.topic(key).published.add(result.status());
        state.masks.release(key);
        return result;
    }

    private PublishResult publish(RpcMessage message, int key, PublishOptions options, long now) {
        if (!begin(message, key, options, now)) return result(Status.DUPLICATE, message, 0);
        if (options.localOnly()) return result(Status.OK, message, 0);
        return sent(message, state.delivery.forward(message, key, Targets.OWN, RpcClass.OWN, now));
    }

    private static PublishResult sent(RpcMessage message, int sent) {
        if (sent > 0) return result(Status.OK, message, sent);
        return result(sent == -1 ? Status.NO_PEERS : Status.ALL_QUEUES_FULL, message, 0);
    }

    /// Everything that comes before sending.
    ///
    /// @return false if it was seen
    private boolean begin(RpcMessage message, int key, PublishOptions options, long now) {
        long hi = message.idHi();
        long lo = message.idLo();
        boolean fresh = state.seen.add(hi, lo, now);
        if (!fresh && !options.evenIfSeen()) return false;
        state.tracer.publish(message, now);
        int[] slices = state.masks.slices(key);
        state.metrics.maskBits.observe(slices.length);
        if (fresh) {
            state.scores.engine.deliver(-1, hi, lo, state.scoreKeys(key, slices), now);
            state.promises.fulfilled(hi, lo, now);
            state.tracer.deliver(-1, message, now);
        }
        if (options.deliverLocally()) state.delivery.deliver(message, key, -1);
        boolean large = message.dataLength() >= state.params.idontwantThreshold();
        if (large && state.params.idontwantOnPublish() && !options.localOnly()) {
            state.idontwant.send(key, List.of(message.id()), -1, now);
        }
        return true;
    }

    /// Sends a message that another router of this node accepted or published.
    PublishResult passOn(RpcMessage message, boolean own, long now) {
        String refusal = refusal(message);
        int key = refusal == null ? state.masks.intern(message.mask()) : -1;
        if (key < 0) {
            return PublishResult.rejected(refusal == null ? "too many masks are in use" : refusal);
        }
        int sent = elsewhere.passOn(message, key, own, now);
        state.masks.release(key);
        return sent(message, sent);
    }

    /// Publishes several messages; each peer gets them in a rotation of its own.
    List<PublishResult> publishBatch(List<RpcMessage> messages, long now) {
        var results = new ArrayList<PublishResult>();
        var byPeer = new LinkedHashMap<Integer, List<Integer>>();
        var keys = new ArrayList<Integer>();
        var targets = new int[messages.size()];
        for (int i = 0; i < messages.size(); i++) {
            RpcMessage message = messages.get(i);
            String refusal = refusal(message);
            int key = refusal == null ? state.masks.intern(message.mask()) : -1;
            keys.add(key);
            if (key < 0) {
                results.add(PublishResult.rejected(refusal == null ? "too many masks" : refusal));
            } else if (!begin(message, key, PublishOptions.DEFAULT, now)) {
                results.add(result(Status.DUPLICATE, message, 0));
            } else {
                IntList chosen = state.delivery.cacheAndChoose(message, key, -1, now);
                targets[i] = chosen.size();
                for (int t = 0; t < chosen.size(); t++) {
                    byPeer.computeIfAbsent(chosen.get(t), _ -> new ArrayList<>()).add(i);
                }
                results.add(result(Status.NO_PEERS, message, 0));
            }
        }
        int[] sent = sendRotated(messages, keys, byPeer, now);
        for (int i = 0; i < sent.length; i++) {
            if (sent[i] > 0) results.set(i, result(Status.OK, messages.get(i), sent[i]));
            else if (targets[i] > 0) {
                results.set(i, result(Status.ALL_QUEUES_FULL, messages.get(i), 0));
            }
            if (keys.get(i) < 0) continue;
            state.metrics.topic(keys.get(i)).published.add(results.get(i).status());
            state.masks.release(keys.get(i));
        }
        return results;
    }

    private int[] sendRotated(
            List<RpcMessage> messages,
            List<Integer> keys,
            Map<Integer, List<Integer>> byPeer,
            long now) {
        var sent = new int[messages.size()];
        int rotation = random.nextInt(Math.max(1, messages.size()));
        for (Map.Entry<Integer, List<Integer>> entry : byPeer.entrySet()) {
            Peer peer = state.peers.at(entry.getKey());
            List<Integer> own = entry.getValue();
            for (int i = 0; i < own.size(); i++) {
                int m = own.get((i + rotation) % own.size());
                if (state.delivery.send(messages.get(m), peer, keys.get(m), RpcClass.OWN, now)) {
                    sent[m]++;
                }
            }
            rotation++;
        }
        return sent;
    }

    private static PublishResult result(Status status, RpcMessage message, int peers) {
        return new PublishResult(status, message, peers, "");
    }

    Elsewhere elsewhere() {
        return elsewhere;
    }

    private @Nullable String refusal(RpcMessage message) {
        int max = state.params.sendBytesMax();
        if (message.encodedLength() > max) {
            return "message of %d bytes: at most %d are sent"
                    .formatted(message.encodedLength(), max);
        }
        return refusal(message.mask());
    }

    /// Why a mask cannot be used here, or null.
    @Nullable String refusal(Mask mask) {
        int max = state.params.rpcLimits().maskBitsMax();
        int bits = state.params.dialect() == Dialect.MESHSUB ? 1 : mask.bitCount();
        return bits > max
                ? "mask %s has %d bits: at most %d are allowed".formatted(mask, bits, max)
                : null;
    }
}
