package org.pollen.router;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How valuable connections are for what they deliver: a tag for each joined slice, one more for
/// each message first or nearly first delivered, bounded, and one less every ten minutes.
///
/// Source: router specification 9.4.
final class DeliveryTags {
    private static final int VALUE_MAX = 15;
    private static final long DECAY_NANOS = 600_000_000_000L;

    private final RouterState state;
    private final Map<Integer, Map<Integer, Integer>> byTopic = new LinkedHashMap<>();
    private long decayAt;

    DeliveryTags(RouterState state, long now) {
        this.state = state;
        this.decayAt = now + DECAY_NANOS;
    }

    /// A peer delivered a message, first or while it was being validated.
    void delivered(int peer, int[] slices, long now) {
        if (now - decayAt >= 0) decay(now);
        Peer connected = state.peers.get(peer);
        if (connected == null) return;
        for (int slice : slices) {
            if (!state.local.joined(slice)) continue;
            Map<Integer, Integer> values =
                    byTopic.computeIfAbsent(slice, _ -> new LinkedHashMap<>());
            Integer value = values.get(peer);
            if (value != null && value == VALUE_MAX) continue;
            int more = value == null ? 1 : value + 1;
            values.put(peer, more);
            state.output.value(connected.id, tag(slice), more);
        }
    }

    /// The last instant at which there is nothing to be lowered.
    long quietUntil() {
        return byTopic.isEmpty() ? Long.MAX_VALUE / 2 : decayAt - 1;
    }

    /// Lowers all values when ten minutes have passed.
    void decay(long now) {
        if (now - decayAt < 0) return;
        decayAt = now + DECAY_NANOS;
        byTopic.forEach((slice, values) ->
                values.entrySet()
                        .removeIf(entry -> {
                            int less = entry.getValue() - 1;
                            tell(entry.getKey(), slice, less);
                            entry.setValue(less);
                            return less == 0;
                        }));
    }

    private void tell(int peer, int slice, int value) {
        Peer connected = state.peers.get(peer);
        if (connected != null) state.output.value(connected.id, tag(slice), value);
    }

    /// We left a slice: its tags go.
    void left(int slice) {
        @Nullable Map<Integer, Integer> values = byTopic.remove(slice);
        if (values != null) values.keySet().forEach(peer -> tell(peer, slice, 0));
    }

    /// A peer is gone, and its tags with it.
    void removePeer(int peer) {
        for (Map<Integer, Integer> values : byTopic.values()) values.remove(peer);
    }

    private String tag(int slice) {
        return "pubsub-deliveries:" + state.masks.mask(slice).display(state.params.dialect());
    }
}
