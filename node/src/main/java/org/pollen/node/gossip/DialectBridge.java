package org.pollen.node.gossip;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.MessageIdScheme;
import org.pollen.router.PublishResult;
import org.pollen.router.RouterParams;
import org.pollen.router.RpcMessage;
import org.pollen.router.SigningPolicy;
import org.pollen.router.Verdict;
import org.pollen.scoring.RejectReason;

/// Passes messages between the two dialects of a node.
///
/// Both routers know what either has seen, so a message is judged and delivered once, in the
/// dialect it reaches first. What was accepted there is encoded once for the other and sent to its
/// peers, and the verdict reaches those of them that sent copies. Owned by the loop.
///
/// Source: router specification 2.4; ADR 30.
final class DialectBridge {
    private final Voice first;
    private final Voice second;
    private final Map<Mask, Mask> toSecond = new HashMap<>();
    private final Map<Mask, Mask> toFirst = new HashMap<>();
    private final LongAdder passedToFirst = new LongAdder();
    private final LongAdder passedToSecond = new LongAdder();

    DialectBridge(Voice first, Voice second) {
        this.first = first;
        this.second = second;
    }

    /// Whether one node can speak both.
    ///
    /// @throws IllegalArgumentException if the dialects are the same, messages carry signatures,
    ///   which are over the bytes of one dialect, or the two name messages differently
    static void check(RouterParams first, RouterParams second) {
        if (first.dialect() == second.dialect()) {
            throw new IllegalArgumentException("both dialects are " + first.dialect());
        }
        for (RouterParams params : new RouterParams[] {first, second}) {
            if (params.signingPolicy() != SigningPolicy.STRICT_NO_SIGN) {
                throw new IllegalArgumentException(
                        ("signing policy %s: a node that speaks both dialects passes on what"
                                        + " carries no signature, so it needs STRICT_NO_SIGN")
                                .formatted(params.signingPolicy()));
            }
        }
        MessageIdScheme ids = first.messageIds();
        if (!ids.equals(second.messageIds())) {
            throw new IllegalArgumentException(
                    "message ids %s and %s: both dialects must name messages alike"
                            .formatted(ids, second.messageIds()));
        }
    }

    /// Makes a topic of one dialect and one of the other the same.
    ///
    /// @throws IllegalArgumentException if the mask has not one bit, or message ids depend on masks
    void add(Mask inFirst, Mask inSecond) {
        Mask bits = first.dialect() == Dialect.BLOSSOM ? inFirst : inSecond;
        if (bits.bitCount() != 1) {
            throw new IllegalArgumentException(
                    "mask %s: a topic of both dialects has one bit".formatted(bits));
        }
        byte[] probe = {1};
        if (!Arrays.equals(
                first.compose(inFirst, probe).id(), second.compose(inSecond, probe).id())) {
            throw new IllegalArgumentException(
                    "message ids %s depend on the mask: both dialects must name messages alike"
                            .formatted(first.params.messageIds()));
        }
        toSecond.put(inFirst, inSecond);
        toFirst.put(inSecond, inFirst);
    }

    /// The views of both routers as one.
    GossipView view(GossipView one, GossipView two) {
        return new ViewUnion(toFirst, first.dialect(), second.dialect()).of(one, two);
    }

    private Voice other(Voice voice) {
        return voice == first ? second : first;
    }

    private @Nullable Mask translated(Voice from, RpcMessage message) {
        return (from == first ? toSecond : toFirst).get(message.mask());
    }

    /// A router has a first copy.
    void arrived(Voice in, RpcMessage message, long now) {
        Mask mask = translated(in, message);
        if (mask != null) other(in).router.onSeenElsewhere(message, mask, now);
    }

    /// A message was judged.
    void judged(Voice in, RpcMessage message, Verdict verdict, long now) {
        switch (verdict) {
            case ACCEPT -> passOn(in, message, now);
            case REJECT -> refused(in, message, RejectReason.VALIDATION_FAILED, now);
            case IGNORE -> refused(in, message, RejectReason.VALIDATION_IGNORED, now);
        }
    }

    /// A message was not judged, for want of room.
    void throttled(Voice in, RpcMessage message, long now) {
        refused(in, message, RejectReason.VALIDATION_THROTTLED, now);
    }

    private void refused(Voice in, RpcMessage message, RejectReason reason, long now) {
        Mask mask = translated(in, message);
        if (mask != null) other(in).router.onRefusedElsewhere(message, mask, reason, now);
    }

    private void passOn(Voice in, RpcMessage message, long now) {
        Mask mask = translated(in, message);
        if (mask == null) return;
        Voice to = other(in);
        PublishResult result = to.router.passOn(message.under(mask), false, now);
        if (result.peers() > 0) (to == first ? passedToFirst : passedToSecond).increment();
    }

    /// The first router published a message of ours: so does the second.
    ///
    /// @return what became of it in both
    PublishResult published(PublishResult one, long now) {
        RpcMessage message = one.message();
        Mask mask = message == null ? null : toSecond.get(message.mask());
        if (message == null || mask == null || one.status() == PublishResult.Status.DUPLICATE) {
            return one;
        }
        PublishResult two = second.router.passOn(message.under(mask), true, now);
        int peers = one.peers() + two.peers();
        PublishResult.Status status =
                one.status() == PublishResult.Status.NO_PEERS ? two.status() : one.status();
        if (peers > 0) status = PublishResult.Status.OK;
        return new PublishResult(status, message, peers, "");
    }

    /// Messages of the other dialect that were sent to peers in this one.
    long passedTo(Dialect dialect) {
        return (dialect == first.dialect() ? passedToFirst : passedToSecond).sum();
    }
}
