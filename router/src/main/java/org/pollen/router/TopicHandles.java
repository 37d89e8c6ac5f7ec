package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pollen.peer.PeerId;

/// Topics as objects, one for each slice, in the manner of go-libp2p-pubsub and BlossomSub: for
/// applications written for them. Others use [GossipRouter#subscribe] with whole masks.
///
/// Joining a mask gives the handles of its slices; slices that are joined already give the handles
/// they have. Owned by the router's thread.
///
/// Source: router specification 1.3 and 9.7.
public final class TopicHandles {
    private final GossipRouter router;
    private final Map<Mask, TopicHandle> open = new LinkedHashMap<>();

    /// Handles for a router; the owner of its output passes on what it hears to [#onSubscriber].
    public TopicHandles(GossipRouter router) {
        this.router = router;
    }

    /// The handles of all slices of a mask.
    ///
    /// @throws IllegalStateException if all of them exist already
    public List<TopicHandle> join(Mask mask) {
        var handles = new ArrayList<TopicHandle>();
        boolean fresh = false;
        for (Mask slice : slices(mask)) {
            TopicHandle handle = open.get(slice);
            if (handle == null) {
                handle = new TopicHandle(slice);
                open.put(slice, handle);
                fresh = true;
            }
            handles.add(handle);
        }
        if (!fresh) throw new IllegalStateException("topic %s: it exists".formatted(mask));
        return List.copyOf(handles);
    }

    private List<Mask> slices(Mask mask) {
        return router.dialect() == Dialect.MESHSUB ? List.of(mask) : mask.slices();
    }

    /// A peer began or ceased to subscribe to a slice.
    public void onSubscriber(PeerId peer, Mask slice, boolean joined) {
        TopicHandle handle = open.get(slice);
        if (handle == null) return;
        for (PeerEvents events : handle.handlers) events.add(peer, joined);
    }

    /// One topic.
    public final class TopicHandle {
        private final Mask slice;
        private final List<Subscription> subscriptions = new ArrayList<>();
        private final List<PeerEvents> handlers = new ArrayList<>();
        private int relays;
        private boolean closed;

        private TopicHandle(Mask slice) {
            this.slice = slice;
        }

        /// The slice.
        public Mask mask() {
            return slice;
        }

        /// Subscribes to this slice; messages on more bits are yielded as the mode says.
        public Subscription subscribe(DeliveryMode mode, long now) {
            check();
            Subscription subscription = router.subscribe(slice, mode, now);
            subscriptions.add(subscription);
            return subscription;
        }

        /// Ends a subscription; again does nothing.
        public void cancel(Subscription subscription, long now) {
            if (subscriptions.remove(subscription)) router.unsubscribe(subscription, now);
        }

        /// Begins to relay, once more.
        public void relay(long now) {
            check();
            router.relay(slice, now);
            relays++;
        }

        /// Ends one relay; does nothing if there is none.
        public void cancelRelay(long now) {
            if (relays == 0) return;
            relays--;
            router.endRelay(slice, now);
        }

        /// Publishes under this slice.
        public PublishResult publish(byte[] payload, long now) {
            check();
            return router.publish(slice, payload, PublishOptions.DEFAULT, now);
        }

        /// Peers that subscribe, as they come and go; those that are there now come first.
        public PeerEvents peerEvents() {
            check();
            var events = new PeerEvents(this);
            for (PeerId peer : router.peers(slice)) events.add(peer, true);
            handlers.add(events);
            return events;
        }

        /// The connected peers that subscribe.
        public List<PeerId> peers() {
            check();
            return router.peers(slice);
        }

        /// Gives the handle up; the slice can be joined again.
        ///
        /// @throws IllegalStateException if subscriptions, relays or event handlers are open
        public void close() {
            if (closed) return;
            if (!subscriptions.isEmpty() || relays > 0 || !handlers.isEmpty()) {
                throw new IllegalStateException(
                        "topic %s has %d subscriptions, %d relays and %d event handlers: end them first"
                                .formatted(slice, subscriptions.size(), relays, handlers.size()));
            }
            closed = true;
            open.remove(slice);
        }

        private void check() {
            if (closed) throw new IllegalStateException("topic closed");
        }
    }

    /// Who came and went on one topic. A peer that came and went before anybody looked is not
    /// reported, nor is one that went and came back; so no more waits than there are peers.
    public static final class PeerEvents {
        private final TopicHandle handle;
        private final Map<PeerId, Boolean> waiting = new LinkedHashMap<>();

        private PeerEvents(TopicHandle handle) {
            this.handle = handle;
        }

        private void add(PeerId peer, boolean joined) {
            Boolean earlier = waiting.remove(peer);
            if (earlier == null) waiting.put(peer, joined);
            else if (earlier == joined) waiting.put(peer, joined);
        }

        /// The next event, if one waits.
        public Optional<PeerEvent> next() {
            var all = waiting.entrySet().iterator();
            if (!all.hasNext()) return Optional.empty();
            Map.Entry<PeerId, Boolean> first = all.next();
            var event = new PeerEvent(first.getKey(), first.getValue());
            all.remove();
            return Optional.of(event);
        }

        /// Ends the handler; again does nothing.
        public void cancel() {
            handle.handlers.remove(this);
            waiting.clear();
        }
    }

    /// A peer began to subscribe, or ceased.
    public record PeerEvent(PeerId peer, boolean joined) {}
}
