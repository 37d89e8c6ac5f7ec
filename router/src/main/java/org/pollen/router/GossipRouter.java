package org.pollen.router;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.router.RouterMetrics.Part;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.Feedback;
import org.pollen.scoring.RejectReason;
import org.pollen.scoring.ScoreEngine;

/// One gossip router: meshes, gossip, scores and validation for one node, as a state machine.
///
/// Inputs are method calls with the time; what is to be done comes out of the [RouterOutput] given
/// at construction, in order, within the call. Same configuration, random generator and calls: same
/// outputs. One thread owns a router. An input that a peer can cause never throws.
///
/// The owner calls [#onHeartbeat] every heartbeat interval, the first time after the initial delay,
/// and [#onTick] when [#nextTickAt] has come; either late is harmless.
///
/// Source: gossipsub v1.0 to v1.3 and BlossomSub, as in the router specification.
public final class GossipRouter {
    private final RouterState state;

    /// A router without peers and subscriptions.
    ///
    /// @param random split by purpose; seeded for a simulation
    /// @param now monotonic nanoseconds, never going back in later calls
    public GossipRouter(
            RouterConfig config, RouterOutput output, SplittableGenerator random, long now) {
        state = new RouterState(config, output, random, now);
    }

    /// A decoder that fits this router, for one thread.
    public RpcDecoder newDecoder() {
        RouterParams params = state.params;
        state.recent.enable();
        return new RpcDecoder(
                params.dialect(),
                params.rpcLimits(),
                params.messageIds(),
                state.hasher,
                state.recent);
    }

    /// The dialect it speaks.
    public Dialect dialect() {
        return state.params.dialect();
    }

    // Peers.

    /// A peer can be written to: its subscriptions are about to come, and ours go to it now.
    ///
    /// @param outbound whether we dialled a connection to it
    /// @param ips raw addresses of its connections that are not relayed
    /// @return its handle, the same as before if it is remembered; or -1 if it is blacklisted and
    ///   to be disconnected
    public int onPeerConnected(
            PeerId id, PubsubProtocol protocol, boolean outbound, List<byte[]> ips, long now) {
        if (state.gate.blacklisted(id, now)) return -1;
        int handle = state.peers.intern(id);
        Peer known = state.peers.get(handle);
        if (known != null) return handle;
        var queue =
                new OutboundQueue(
                        handle,
                        state.params.outboundLimits(),
                        state.unwantedTest,
                        state.sender,
                        state.rings);
        var peer = new Peer(handle, id, protocol, queue, ips);
        peer.outbound = outbound;
        peer.direct = state.directPeers.contains(id);
        state.peers.connect(peer);
        if (outbound) state.outboundConnected.add(handle);
        if (peer.direct) state.directConnected.add(handle);
        if (!protocol.mesh()) state.meshless.add(handle);
        state.scores.engine.addPeer(handle, now);
        state.scores.engine.setAddresses(handle, ips);
        state.gate.addPeer(peer);
        state.tracer.addPeer(peer, now);
        state.announcer.hello(peer, now);
        return handle;
    }

    /// A connection to a peer was opened or closed while others remain.
    ///
    /// @param outbound whether we dialled one of those that are open
    public void onConnectionsChanged(int handle, boolean outbound, List<byte[]> ips) {
        Peer peer = state.peers.get(handle);
        if (peer == null) return;
        peer.outbound = outbound;
        peer.ips = List.copyOf(ips);
        if (outbound) state.outboundConnected.add(handle);
        else state.outboundConnected.remove(handle);
        state.scores.engine.setAddresses(handle, ips);
    }

    /// A peer opened a new stream to us, which replaces an older one: extensions are negotiated
    /// anew.
    public void onInboundStream(int handle) {
        Peer peer = state.peers.get(handle);
        if (peer == null) return;
        peer.firstRpcSeen = false;
        peer.extensionsSeen = false;
        peer.testExtension = false;
        state.partials.forget(peer);
    }

    /// A peer cannot be written to any more. Its backoffs, and its score unless it is positive, are
    /// remembered.
    public void onPeerDisconnected(int handle, long now) {
        Peer peer = state.peers.get(handle);
        if (peer == null) return;
        // Before the meshes: what decides is the score with the time in them, and without the
        // deficits that leaving them charges.
        state.scores.engine.removePeer(handle, now);
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) {
            state.control.remove(joined.at(i), peer, PruneReason.DISCONNECTED, now);
        }
        state.control.forget(peer);
        state.emitter.forget(peer);
        state.partials.forget(peer);
        state.fanouts.removePeer(handle);
        state.subscriptionInbox.removePeer(peer);
        state.unwanted.removePeer(handle);
        state.tags.removePeer(handle);
        state.gate.removePeer(handle, now);
        state.directConnected.remove(handle);
        state.meshless.remove(handle);
        state.outboundConnected.remove(handle);
        state.tracer.removePeer(peer, now);
        state.peers.disconnect(peer);
        peer.queue.close();
        state.recycle();
    }

    /// The handle of a connected peer, or -1.
    public int peer(PeerId id) {
        int handle = state.peers.find(id);
        return state.peers.get(handle) == null ? -1 : handle;
    }

    /// The score of a connected or remembered peer; 0 for any other.
    public double score(PeerId id) {
        int handle = state.peers.find(id);
        return handle < 0 ? 0 : state.scores.engine.score(handle);
    }

    /// The id of a connected or remembered peer.
    public Optional<PeerId> peerId(int handle) {
        return Optional.ofNullable(state.peers.id(handle));
    }

    /// What waits to be sent to a connected peer.
    ///
    /// @throws IllegalStateException if the peer is not connected
    public OutboundQueue outbound(int peer) {
        return state.peers.at(peer).queue;
    }

    /// Adds a direct peer: always forwarded to, never in a mesh, dialled when it is missing.
    public void addDirectPeer(PeerId id, byte @Nullable [] signedRecord, long now) {
        state.directPeers.add(id, signedRecord, now);
    }

    /// Makes a direct peer one like others.
    public void removeDirectPeer(PeerId id) {
        state.directPeers.remove(id);
    }

    /// Dials the direct peers that are missing; to be called once some time after the start,
    /// heartbeats do the rest.
    public void dialDirectPeers() {
        state.directPeers.dial();
    }

    /// Disconnects a peer that was put on the blacklist.
    public void onBlacklisted(PeerId id, long now) {
        int handle = peer(id);
        if (handle < 0) return;
        onPeerDisconnected(handle, now);
        state.output.disconnect(handle, "blacklisted");
    }

    // RPCs.

    /// A peer sent an RPC, which may be reused after the call.
    public void onRpc(int handle, Rpc rpc, long now) {
        Peer peer = state.peers.get(handle);
        if (peer == null) return;
        if (!state.config.inspector().accepts(peer.id, rpc)) return;
        state.metrics.received.add(Part.RPC);
        state.metrics.bytesReceived += rpc.length();
        state.metrics.malformed("element", rpc.malformedElements());
        state.tracer.receiveRpc(peer, rpc, now);
        boolean first = !peer.firstRpcSeen;
        peer.firstRpcSeen = true;
        if (!state.subscriptionInbox.receive(peer, rpc, now)) return;
        Gate.Access access = state.gate.access(peer, now);
        switch (access) {
            case NONE -> {
                return;
            }
            case CONTROL -> {
                if (rpc.messageCount() > 0) throttle(peer, now);
            }
            case ALL -> state.messageInbox.receive(peer, rpc, now);
        }
        if (rpc.hasControl()) control(peer, rpc, first, now);
        Rpc.PartialMessage partial = rpc.partial();
        if (partial != null && access == Gate.Access.ALL) {
            state.metrics.received.add(Part.PARTIAL);
            state.partials.receive(peer, partial, now);
        }
        if (rpc.testMessage()) state.metrics.testMessages++;
    }

    private void control(Peer peer, Rpc rpc, boolean first, long now) {
        extensions(peer, rpc, first, now);
        state.gossipInbox.receiveIhave(peer, rpc, now);
        state.gossipInbox.receiveIwant(peer, rpc, now);
        state.control.receiveGrafts(peer, rpc, now);
        state.control.receivePrunes(peer, rpc, now);
        state.idontwant.receive(peer, rpc);
        state.control.flush(now);
    }

    private void throttle(Peer peer, long now) {
        state.metrics.validationDropped.add(RouterMetrics.ValidationDrop.GATER);
        state.promises.forget(peer.handle); // it may have kept them: we did not look
        state.tracer.throttlePeer(peer, now);
    }

    private void extensions(Peer peer, Rpc rpc, boolean first, long now) {
        if (!rpc.hasExtensions() || !peer.protocol.extensions()) return;
        state.metrics.received.add(Part.EXTENSION);
        if (!first || peer.extensionsSeen) {
            state.scores.penalize(peer.handle, BehaviourPenalty.REPEATED_EXTENSIONS);
            return;
        }
        peer.extensionsSeen = true;
        peer.partialMessages = rpc.partialMessages();
        peer.testExtension = rpc.testExtension();
        if (peer.testExtension && state.config.testExtension()) {
            state.sender.send(peer, state.sender.builder().testMessage(), RpcClass.CONTROL, now);
        }
    }

    /// A peer sent a frame that is no RPC, or one that passes a limit.
    ///
    /// @param kind what is wrong with it, for counting: one of a small number of constants
    public void onMalformedRpc(int handle, String kind, long now) {
        Peer peer = state.peers.get(handle);
        state.metrics.malformed(kind, 1);
        if (peer != null) state.scores.penalize(handle, BehaviourPenalty.MALFORMED_RPC);
    }

    // Validation.

    /// The signature of a message is good. Optional before [#onValidated], which implies it.
    public void onVerified(long ticket, long now) {
        state.pipeline.verified(ticket, now);
    }

    /// The signature of a message is not good.
    public void onInvalidSignature(long ticket, long now) {
        state.pipeline.invalidSignature(ticket, now);
    }

    /// The validators have decided on a message. A ticket that was answered before is ignored.
    ///
    /// @return whether this decided on it
    public boolean onValidated(long ticket, Verdict verdict, long now) {
        return state.pipeline.validated(ticket, verdict, now);
    }

    /// A validator had no room for a message.
    ///
    /// @return whether this decided on it
    public boolean onThrottled(long ticket, long now) {
        return state.pipeline.throttled(ticket, now);
    }

    // Time.

    /// Does the periodic work on meshes and gossip.
    public void onHeartbeat(long now) {
        onTick(now);
        state.pipeline.expire(now);
        state.heartbeat.beat(now);
        state.recent.forget();
        state.recycle();
    }

    /// How many of the coming heartbeats, at `first` and then every interval, would only let time
    /// pass if nothing else is called until then. An owner of very many routers may leave them out,
    /// and makes up for them by [#onIdleHeartbeats] before it calls anything else.
    public int idleHeartbeats(long first, long interval) {
        return state.idleHeartbeats.count(state.heartbeat.ticks(), first, interval);
    }

    /// Makes up for heartbeats that were left out, no more than [#idleHeartbeats] has said; the
    /// state is then as if they had been run.
    public void onIdleHeartbeats(int count, long first, long interval) {
        for (int i = 0; i < count; i++) {
            long now = first + i * interval;
            onTick(now);
            state.heartbeat.idle(now);
            state.recent.forget();
            state.recycle();
        }
    }

    /// Heartbeats that the owner could not run in time.
    public void onHeartbeatsSkipped(long count) {
        state.metrics.heartbeatsSkipped += count;
    }

    /// Does what is due between heartbeats: decay of scores, repeated announcements.
    public void onTick(long now) {
        ScoreEngine engine = state.scores.engine;
        if (now - engine.nextTickAt() >= 0) {
            engine.tick(now);
            state.tags.decay(now);
            state.gate.decay(now);
            state.recycle();
        }
        state.announcer.tick(now);
        state.discovery.tick(now);
        state.waiting.tick(now);
    }

    /// When [#onTick] refreshes the scores, the dearest thing it does.
    public long nextScoresAt() {
        return state.scores.engine.nextTickAt();
    }

    /// When [#onTick] has something to do.
    public long nextTickAt() {
        long next = state.announcer.nextAt(state.scores.engine.nextTickAt());
        return state.waiting.nextAt(state.discovery.nextAt(next));
    }

    // Subscriptions and relays.

    /// Subscribes to a mask: to each of its slices.
    ///
    /// @throws IllegalArgumentException if the mask has too many bits or a filter refuses it
    public Subscription subscribe(Mask mask, DeliveryMode mode, long now) {
        return subscribe(mask, mode, _ -> true, now);
    }

    /// Subscribes to a mask, yielding only messages that pass a filter.
    public Subscription subscribe(
            Mask mask, DeliveryMode mode, Predicate<? super RpcMessage> filter, long now) {
        var subscription = new Subscription(mask, mode, filter);
        if (!state.config.publishOnly().contains(mask)) {
            check(mask);
            state.joiner.join(mask, false, now);
        }
        state.local.subscriptions().add(subscription);
        return subscription;
    }

    /// Ends a subscription; again does nothing.
    public void unsubscribe(Subscription subscription, long now) {
        if (!subscription.active()) return;
        subscription.end();
        state.local.subscriptions().remove(subscription);
        if (!state.config.publishOnly().contains(subscription.mask())) {
            state.joiner.leave(subscription.mask(), false, now);
        }
    }

    /// Forwards messages on a mask without a subscription; counted, so each call needs an
    /// [#endRelay].
    ///
    /// @throws IllegalArgumentException if the mask has too many bits, a filter refuses it, or it
    ///   is only published on
    public void relay(Mask mask, long now) {
        if (state.config.publishOnly().contains(mask)) {
            throw new IllegalArgumentException("mask %s: it is only published on".formatted(mask));
        }
        check(mask);
        state.joiner.join(mask, true, now);
    }

    /// Ends one relay of a mask.
    ///
    /// @throws IllegalStateException if it has none
    public void endRelay(Mask mask, long now) {
        state.joiner.leave(mask, true, now);
    }

    private void check(Mask mask) {
        String refusal = state.publisher.refusal(mask);
        if (refusal != null) throw new IllegalArgumentException(refusal);
        boolean allowed = state.config.subscriptionFilter().canSubscribe(mask);
        if (state.params.dialect() == Dialect.BLOSSOM) {
            for (Mask slice : mask.slices()) {
                allowed &= state.config.subscriptionFilter().canSubscribe(slice);
            }
        }
        if (!allowed) {
            throw new IllegalArgumentException("mask %s: the filter refuses it".formatted(mask));
        }
    }

    // Publishing.

    /// Publishes a payload under a mask.
    ///
    /// @throws IllegalStateException if the router was built without a composer
    public PublishResult publish(Mask mask, byte[] payload, PublishOptions options, long now) {
        return state.publisher.publish(mask, payload, options, now);
    }

    /// Publishes a complete message, made elsewhere: signing is slow.
    public PublishResult publish(RpcMessage message, PublishOptions options, long now) {
        return state.publisher.publish(message, options, now);
    }

    /// Sends and advertises a message although its id may have been seen: one that was ignored when
    /// it came and has become valid since, such as a transaction whose gap was filled.
    public PublishResult announce(RpcMessage message, long now) {
        return publish(message, PublishOptions.ANNOUNCE, now);
    }

    /// The same for a payload, under our own name.
    public PublishResult announce(Mask mask, byte[] payload, long now) {
        return publish(mask, payload, PublishOptions.ANNOUNCE, now);
    }

    // Two routers of one node, with one seen cache: each names messages alike.

    /// Another router of this node has a first copy of a message, which is about to be validated.
    ///
    /// @param mask under which peers of this router know it
    public void onSeenElsewhere(RpcMessage message, Mask mask, long now) {
        state.publisher.elsewhere().seen(message, mask, now);
    }

    /// The validators refused a message that another router of this node had first: who sent copies
    /// to this one is charged as the reason says.
    ///
    /// @param mask under which peers of this router know it
    public void onRefusedElsewhere(RpcMessage message, Mask mask, RejectReason reason, long now) {
        state.publisher.elsewhere().refused(message, mask, reason, now);
    }

    /// Sends a message that another router of this node accepted or published, and has delivered to
    /// the local subscriptions.
    ///
    /// @param message as this router's dialect has it: [RpcMessage#under]
    /// @param own whether it was published by this node
    public PublishResult passOn(RpcMessage message, boolean own, long now) {
        return state.publisher.passOn(message, own, now);
    }

    /// Tells peers which parts of a message we have, and sends those that each lacks; to be called
    /// again whenever there are more.
    ///
    /// @param eager parts for peers of which we do not know what they have, or null
    /// @return how many peers were sent something
    /// @throws IllegalArgumentException if the topic was not configured to have partial messages
    public int publishPartial(
            Mask topic, PartialContent content, byte @Nullable [] eager, long now) {
        return state.partials.publish(topic, content, eager, null, now);
    }

    /// The same, to these peers only.
    ///
    /// @param peers handles
    public int publishPartial(
            Mask topic, PartialContent content, byte @Nullable [] eager, int[] peers, long now) {
        return state.partials.publish(topic, content, eager, peers, now);
    }

    /// What the application thinks of parts that a peer sent: useful ones earn what a first
    /// delivery does, invalid ones cost what an invalid message does.
    public void onPartialJudged(int handle, Mask topic, boolean useful, long now) {
        Feedback feedback = useful ? Feedback.USEFUL : Feedback.INVALID;
        state.scores.engine.peerFeedback(handle, state.masks.find(topic), feedback, now);
    }

    /// Publishes several messages so that each peer gets another one of them first: together the
    /// peers have all of them sooner than if each got them in the same order.
    ///
    /// @return one result for each message, in their order
    public List<PublishResult> publishBatch(List<RpcMessage> messages, long now) {
        return state.publisher.publishBatch(messages, now);
    }

    /// Publishes a payload as soon as there are enough peers for it: at once, or when a tick finds
    /// them. Where there is discovery, it is asked for peers meanwhile.
    ///
    /// @param peers how many are enough; Dlo if 0
    /// @param patience after which it is given up with [PublishResult.Status#NOT_READY]
    /// @param done hears once what became of it, on the router's thread, maybe within this call
    /// @return to give it up earlier
    public WaitingPublication publishWhenReady(
            Mask mask,
            byte[] payload,
            PublishOptions options,
            int peers,
            Duration patience,
            Consumer<PublishResult> done,
            long now) {
        return state.waiting.add(mask, payload, options, peers, patience, done, now);
    }

    // Discovery.

    /// Discovery announced us for a slice, and will forget it after a time.
    public void onAdvertised(Mask slice, Duration ttl, long now) {
        state.discovery.advertised(slice, ttl.toNanos(), now);
    }

    /// Discovery could not announce us for a slice: it is asked again later.
    public void onAdvertiseFailed(Mask slice, long now) {
        state.discovery.advertiseFailed(slice, now);
    }

    // Questions.

    /// Whether enough peers are there to publish on a mask: those without meshes and mesh members
    /// together reach `count` (Dlo if 0), or the mesh is full.
    public boolean enoughPeers(Mask mask, int count) {
        return state.targets.enoughPeers(mask, count);
    }

    /// The connected peers that hold every slice of a mask.
    public List<PeerId> peers(Mask mask) {
        return ids(state.targets.fullHolders(mask));
    }

    /// The members of the mesh of a mask; of several bits, those in the mesh of every slice.
    public List<PeerId> mesh(Mask mask) {
        int key = state.masks.find(mask);
        if (key < 0) return List.of();
        var members = new IntList();
        state.meshes.composite(state.masks.slices(key), members);
        return ids(members);
    }

    private List<PeerId> ids(IntList handles) {
        var ids = new ArrayList<PeerId>(handles.size());
        for (int i = 0; i < handles.size(); i++) ids.add(state.peers.at(handles.get(i)).id);
        return ids;
    }

    /// The slices we are in, in no other form than they are announced.
    public List<Mask> topics() {
        var topics = new ArrayList<Mask>();
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) topics.add(state.masks.mask(joined.at(i)));
        return topics;
    }

    /// What the router looks like now.
    public RouterSnapshot snapshot(long now) {
        return Snapshots.take(state, now);
    }

    /// The counters, live.
    public RouterMetrics metrics() {
        return state.metrics;
    }

    /// How many messages a peer asked not to be sent (IDONTWANT) that are remembered now.
    public int unwanted(int peer) {
        return state.unwanted.size(peer);
    }

    /// How many masks are known by handle: ours and those that connected peers subscribe to.
    public int masks() {
        return state.masks.size();
    }

    /// The scores, to be changed at run time and explained.
    public ScoreEngine scores() {
        return state.scores.engine;
    }

    /// The handle of a slice we are in, for [#scores].
    public int topicHandle(Mask slice) {
        return state.masks.find(slice);
    }

    /// The parts, for tests of this package.
    RouterState state() {
        return state;
    }
}
