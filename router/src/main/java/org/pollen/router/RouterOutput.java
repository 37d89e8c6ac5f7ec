package org.pollen.router;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;

/// Everything a [GossipRouter] wants done; called on the router's thread, in order.
///
/// An implementation must not call back into the router: what it learns it posts as a later input.
public interface RouterOutput {
    /// The queue of a peer is no longer empty: drain `router.outbound(peer)` as the stream takes
    /// it.
    void writable(int peer);

    /// Verify the signature, if the policy wants it, then run the validators, and answer with
    /// [GossipRouter#onValidated], [GossipRouter#onInvalidSignature] or [GossipRouter#onThrottled].
    ///
    /// @param ticket to be given back with the answer, once
    /// @param fromPeer the handle of the peer it came from
    void validate(long ticket, RpcMessage message, int fromPeer);

    /// Whether anything has to look at the message before it is accepted; if not it is delivered at
    /// once.
    ///
    /// @param mask the mask it was published on
    default boolean validates(Mask mask, RpcMessage message) {
        return true;
    }

    /// Hands an accepted message to a local subscription.
    ///
    /// @param fromPeer the handle of the peer it came from, or -1 if it was published here
    /// @return false if the subscriber's buffer is full and the message is lost for it
    boolean deliver(Subscription subscription, RpcMessage message, int fromPeer);

    /// Dial a peer that we are not connected to: offered in exchange by another one, or a direct
    /// peer.
    ///
    /// @param signedRecord its verified signed peer record, or null if only known addresses can be
    ///   tried
    void connect(PeerId peer, byte @Nullable [] signedRecord);

    /// Close the connection to a peer.
    void disconnect(int peer, String reason);

    /// Reset our outbound stream to a peer that does not read; it is opened again after a pause.
    void resetStream(int peer, String reason);

    /// Keep the connection to a peer under this tag.
    default void protect(PeerId peer, String tag) {}

    /// The tag no longer holds the connection.
    default void unprotect(PeerId peer, String tag) {}

    /// How much a connection is worth under a tag; zero removes it.
    default void value(PeerId peer, String tag, int value) {}

    /// A connected peer began or ceased to subscribe to a slice.
    default void subscriber(int peer, Mask slice, boolean joined) {}

    /// Announce us for a slice, or no longer; where the router was built with discovery, answer
    /// with [GossipRouter#onAdvertised] or [GossipRouter#onAdvertiseFailed], and it asks again in
    /// time.
    default void advertise(Mask slice, boolean wanted) {}

    /// A mask has too few peers: find some and connect to them. Repeated each second while it is
    /// so; only called if the router was built with discovery.
    default void findPeers(Mask mask) {}

    /// A peer sent parts of a message, or said which it has, on a topic with partial messages:
    /// merge them, publish again what there is now, and say by [GossipRouter#onPartialJudged] what
    /// they were worth.
    default void partial(int fromPeer, Rpc.PartialMessage message) {}

    /// One event for tracing; only called if the router was built to trace.
    default void trace(TraceEvent event) {}
}
