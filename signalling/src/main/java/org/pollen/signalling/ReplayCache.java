package org.pollen.signalling;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// Requests that were seen, until nobody could take them for new: by source and nonce.
///
/// Full, it refuses newcomers. To forget one that is still good would let it be replayed, and a
/// flood could make it forget any.
///
/// Source: A4.4.
final class ReplayCache {
    private record Key(PeerId source, byte[] nonce) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && key.source.equals(source)
                    && Arrays.equals(key.nonce, nonce);
        }

        @Override
        public int hashCode() {
            return 31 * source.hashCode() + Arrays.hashCode(nonce);
        }
    }

    private record Due(Key key, long forgetAt) {}

    private final int capacity;
    private final Map<Key, RequestId> entries = new HashMap<>(); // never iterated
    private final PriorityQueue<Due> due =
            new PriorityQueue<>((a, b) -> Long.compare(a.forgetAt, b.forgetAt));

    ReplayCache(int capacity) {
        this.capacity = capacity;
    }

    /// Remembers a request whose signature was checked.
    ///
    /// @param forgetAt milliseconds since 1970 after which no skewed clock takes it
    /// @return [SignalCode#ACCEPTED] if it is new, else why not
    SignalCode insert(SignalRequest request, RequestId id, long forgetAt, long nowMillis) {
        expire(nowMillis);
        var key = new Key(request.source(), request.nonce());
        RequestId known = entries.get(key);
        if (known != null) return known.equals(id) ? SignalCode.REPLAY : SignalCode.EQUIVOCATION;
        if (entries.size() >= capacity) return SignalCode.OVERLOADED;
        entries.put(key, id);
        due.add(new Due(key, forgetAt));
        return SignalCode.ACCEPTED;
    }

    private void expire(long nowMillis) {
        for (Due first = due.peek(); first != null && first.forgetAt < nowMillis; ) {
            entries.remove(first.key);
            due.remove();
            first = due.peek();
        }
    }

    int size() {
        return entries.size();
    }
}
