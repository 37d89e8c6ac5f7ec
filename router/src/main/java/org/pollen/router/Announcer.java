package org.pollen.router;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Tells peers what we subscribe to, and tells again those whose queue was full.
///
/// Source: router specification 2.1 (hello), 6.2.
final class Announcer {
    private static final long MILLI_NANOS = 1_000_000L;

    /// An announcement that was dropped.
    private record Retry(Peer peer, Mask slice, boolean subscribe, long at) {}

    private final RouterState state;
    private final RandomGenerator random;
    private List<Retry> retries = new ArrayList<>();

    Announcer(RouterState state, RandomGenerator random) {
        this.state = state;
        this.random = random;
    }

    /// Everything we subscribe to, and the extensions where they are spoken, as the first RPC to a
    /// new peer.
    void hello(Peer peer, long now) {
        var builder = state.sender.builder();
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) {
            builder.subscription(state.partials.announcement(state.masks.mask(joined.at(i))));
        }
        state.metrics.sent.add(RouterMetrics.Part.SUBSCRIBE, joined.size());
        boolean extensions = state.partials.on() || state.config.testExtension();
        if (peer.protocol.extensions() && extensions) {
            builder.extensions(state.partials.on(), state.config.testExtension());
            state.metrics.sent.add(RouterMetrics.Part.EXTENSION);
        }
        if (!builder.isEmpty()) state.sender.send(peer, builder, RpcClass.CONTROL, now);
    }

    /// Tells all peers, in one RPC that they share.
    void announce(IntList slices, boolean subscribe, long now) {
        if (slices.isEmpty()) return;
        var builder = state.sender.builder();
        for (int i = 0; i < slices.size(); i++) {
            Mask slice = state.masks.mask(slices.get(i));
            builder.subscription(announcement(slice, subscribe));
        }
        List<OutboundRpc> rpcs = builder.build();
        RouterMetrics.Part part =
                subscribe ? RouterMetrics.Part.SUBSCRIBE : RouterMetrics.Part.UNSUBSCRIBE;
        IntSet connected = state.peers.connected();
        for (int i = 0; i < connected.size(); i++) {
            Peer peer = state.peers.at(connected.at(i));
            boolean all = true;
            for (OutboundRpc rpc : rpcs) all &= state.sender.send(peer, rpc, RpcClass.CONTROL, now);
            state.metrics.sent.add(part, slices.size());
            if (all) continue;
            for (int j = 0; j < slices.size(); j++) {
                retryLater(peer, state.masks.mask(slices.get(j)), subscribe, now);
            }
        }
    }

    private SubOpts announcement(Mask slice, boolean subscribe) {
        return subscribe ? state.partials.announcement(slice) : SubOpts.unsubscribe(slice);
    }

    private void retryLater(Peer peer, Mask slice, boolean subscribe, long now) {
        long delay = random.nextLong(1, 1001) * MILLI_NANOS;
        retries.add(new Retry(peer, slice, subscribe, now + delay));
    }

    /// Repeats what is due and still true.
    void tick(long now) {
        if (retries.isEmpty()) return;
        List<Retry> due = retries;
        retries = new ArrayList<>();
        for (Retry retry : due) {
            if (retry.at - now > 0) {
                retries.add(retry);
                continue;
            }
            if (state.peers.get(retry.peer.handle) != retry.peer) continue;
            boolean joined = state.local.joined(state.masks.find(retry.slice));
            if (joined != retry.subscribe) continue;
            var builder =
                    state.sender.builder().subscription(announcement(retry.slice, retry.subscribe));
            if (!state.sender.send(retry.peer, builder, RpcClass.CONTROL, now)) {
                retryLater(retry.peer, retry.slice, retry.subscribe, now);
            }
        }
    }

    boolean hasRetries() {
        return !retries.isEmpty();
    }

    /// When the next repetition is due.
    long nextAt(long otherwise) {
        long next = otherwise;
        for (Retry retry : retries) {
            if (retry.at - next < 0) next = retry.at;
        }
        return next;
    }
}
