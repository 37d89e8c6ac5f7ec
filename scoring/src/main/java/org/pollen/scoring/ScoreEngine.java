package org.pollen.scoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Keeps the score of every peer.
///
/// One thread owns an engine; nothing here waits, and no event, read or decay step allocates except
/// to grow. Peers and topics are the router's handles. Calls about unknown peers and unscored
/// topics do nothing, so that events may arrive in any order. Instants are nanoseconds of one
/// monotonic clock and should not go back.
///
/// The owner calls [#tick(long)] when [#nextTickAt()] has come, or the single timers by hand. The
/// score of a peer is cached until something changes it; reading it costs a few nanoseconds.
///
/// **Handles of peers.** From [#addPeer] on the handle belongs to the peer until
/// [ScoreEnvironment#forgotten] gives it back: after [#removePeer] the record may be retained, and
/// the same peer must return under the same handle. A handle may then be given to somebody else at
/// once; what delivery records remember of its former owner does not touch the new one.
///
/// The class is longer than the guide because every event crosses peers, topics, records and
/// addresses; each of these has a class of its own for its state.
public final class ScoreEngine {
    /// The first peer handle that is too large. Delivery records keep a handle and its generation
    /// in one `int`.
    public static final int PEERS_MAX = 1 << 20;

    private static final int GENERATIONS = 1 << 12;
    private static final long MINUTE_NANOS = 60_000_000_000L;
    private static final int IDLE_STEPS = 10;

    /// An infinite opinion of the application counts as this, so that sums stay numbers.
    private static final double APP_SCORE_MAX = 1e100;

    private final ScoreEnvironment environment;
    private final boolean enabled;
    private final TopicTable topics = new TopicTable();
    private final AddressIndex addresses;
    private final DeliveryRecords records;

    /// Scores by topic ordinal of the peer that is evaluated.
    private double[] sums = {};

    private @Nullable PeerStats[] peers = {};
    private int[] generations = {};

    /// A bit for each peer that a decay step may change: in a mesh, or with a counter above zero.
    /// In a quiet network most peers are neither, and are not even looked at.
    private long[] moving = {};

    private int connected;
    private final RetainedPeers retained = new RetainedPeers();
    private int retainedMax;
    private long retainedEvicted;

    private PeerScoreParams params;
    private IntToDoubleFunction appFunction = PeerScoreParams.NO_APP_SCORE;
    private boolean appIsExternal;
    private double topicScoreCap;
    private boolean capsPositiveParts;
    private double appWeight;
    private double colocationWeight;
    private double behaviourWeight;
    private double behaviourFree;
    private double behaviourDecay;
    private double slowWeight;
    private double slowFree;
    private double slowDecay;
    private double toZero;
    private long intervalNanos;
    private long retainNanos;
    private boolean strictPrune;
    private boolean suppressIdle;
    private ScoreKeyPolicy policy = ScoreKeyPolicy.PER_SLICE;

    /// The latest instant seen, for what is told no time.
    private long clock;

    private long steppedAt;
    private long stepAt;
    private long sweepAt;
    private long addressesAt;
    private long inspectAt;
    private long inspectNanos;
    private @Nullable ScoreInspector inspector;

    /// An engine that starts at `now`. The parameters are taken as they are: builders check them.
    public ScoreEngine(PeerScoreParams params, ScoreEnvironment environment, long now) {
        this(params, environment, now, true);
    }

    private ScoreEngine(
            PeerScoreParams params, ScoreEnvironment environment, long now, boolean enabled) {
        this.environment = environment;
        this.enabled = enabled;
        this.params = params;
        addresses = new AddressIndex(params);
        records = new DeliveryRecords();
        configure(params);
        clock = now;
        steppedAt = now;
        stepAt = now + intervalNanos;
        sweepAt = now + MINUTE_NANOS;
        addressesAt = now + MINUTE_NANOS;
        inspectAt = now + Nanos.FOREVER;
    }

    /// An engine for a router without scoring: every score is zero, every event does nothing, and
    /// handles come back as soon as the peer leaves.
    public static ScoreEngine disabled(ScoreEnvironment environment, long now) {
        var nothing = PeerScoreParams.builder().skipAtomicValidation(true).build();
        return new ScoreEngine(nothing, environment, now, false);
    }

    private void configure(PeerScoreParams p) {
        params = p;
        IntToDoubleFunction function = p.appSpecificScore();
        appFunction = function == null ? PeerScoreParams.NO_APP_SCORE : function;
        appIsExternal = !appFunction.equals(PeerScoreParams.NO_APP_SCORE);
        topicScoreCap = p.topicScoreCap();
        capsPositiveParts = p.capMode() == CapMode.POSITIVE_PARTS;
        appWeight = p.appSpecificWeight();
        colocationWeight = p.ipColocationFactorWeight();
        behaviourWeight = p.behaviourPenaltyWeight();
        behaviourFree = p.behaviourPenaltyThreshold();
        behaviourDecay = p.behaviourPenaltyDecay();
        slowWeight = p.slowPeerWeight();
        slowFree = p.slowPeerThreshold();
        slowDecay = p.slowPeerDecay();
        toZero = p.decayToZeroInUse();
        intervalNanos = Nanos.of(p.decayIntervalInUse());
        retainNanos = Nanos.of(p.retainScore());
        retainedMax = p.retainedPeersMax();
        strictPrune = p.strictReferencePrune();
        suppressIdle = p.suppressP3WhenIdle();
        policy = p.scoreKeyPolicy();
        records.configure(p.deliveryRecordsMax(), Nanos.of(p.seenMsgTTLInUse()));
    }

    /// Whether this engine scores at all.
    public boolean enabled() {
        return enabled;
    }

    /// The parameters in use, without what was changed for single topics since.
    public PeerScoreParams params() {
        return params;
    }

    // Topics.

    /// Gives a topic handle its key and, if the parameters have an entry for the key or for all
    /// topics, starts to score it. To be called for each topic, or slice of a mask, that this node
    /// subscribes to; history before is unknown.
    public void registerTopic(int topic, String key) {
        topics.name(topic, key);
        params.topic(key).ifPresent(p -> install(topic, p));
    }

    /// Sets or replaces the parameters of a topic. New weights act on the counters as they are;
    /// counters above a lowered cap are clipped to it. History from before a topic was scored is
    /// unknown.
    ///
    /// @throws IllegalArgumentException if the parameters break a rule, naming the topic
    /// @throws IllegalStateException if scoring is not enabled
    public void setTopicParams(int topic, TopicScoreParams p) {
        requireEnabled();
        List<String> problems = p.problems();
        if (!problems.isEmpty())
            throw new IllegalArgumentException(topics.key(topic) + ": " + problems.getFirst());
        install(topic, p);
    }

    /// Sets the parameters of a topic without asking whether they are valid.
    void install(int topic, TopicScoreParams p) {
        int t = topics.ordinal(topic);
        TopicScoreParams old = t < 0 ? null : topics.params(t);
        t = topics.put(topic, p, clock);
        boolean lowered =
                old != null
                        && (p.firstMessageDeliveriesCap() < old.firstMessageDeliveriesCap()
                                || p.meshMessageDeliveriesCap() < old.meshMessageDeliveriesCap());
        for (PeerStats peer : peers) {
            if (peer == null) continue;
            if (lowered) {
                peer.first.clip(t, topics.firstCap[t]);
                peer.mesh.clip(t, topics.meshCap[t]);
            }
            peer.dirty = true;
        }
    }

    /// Stops scoring a topic and forgets its counters, so that its handle may be used for another.
    public void forgetTopic(int topic) {
        int t = topics.ordinal(topic);
        if (t >= 0) {
            for (PeerStats peer : peers) if (peer != null) peer.forgetTopic(t);
            topics.remove(topic);
        }
        topics.name(topic, null);
    }

    /// Whether a topic has parameters.
    public boolean scored(int topic) {
        return topics.ordinal(topic) >= 0;
    }

    /// The parameters of a topic.
    public Optional<TopicScoreParams> topicParams(int topic) {
        int t = topics.ordinal(topic);
        return t < 0 ? Optional.empty() : Optional.ofNullable(topics.params(t));
    }

    /// Replaces all parameters, for the topics that were registered too. Acts at once on the
    /// counters as they are; a new decay interval from the next step on.
    ///
    /// @throws IllegalArgumentException if they break a rule, or if they count other parts of
    ///   addresses than before, which would need all connections again
    /// @throws IllegalStateException if scoring is not enabled
    public void setParams(PeerScoreParams p) {
        requireEnabled();
        p.validate();
        if (p.ipv6SubnetOnly() != params.ipv6SubnetOnly()
                || p.ipv6PrefixBits() != params.ipv6PrefixBits()
                || p.ipColocationCountsLoopback() != params.ipColocationCountsLoopback())
            throw new IllegalArgumentException(
                    "ipv6SubnetOnly, ipv6PrefixBits and ipColocationCountsLoopback are "
                            + "different: they can be set at start only");
        configure(p);
        addresses.configure(p);
        for (int topic = 0; topic < topics.handles(); topic++) {
            String key = topics.givenKey(topic);
            if (key == null) continue;
            TopicScoreParams topicParams = p.topic(key).orElse(null);
            if (topicParams != null) {
                install(topic, topicParams);
            } else {
                forgetTopic(topic);
                topics.name(topic, key);
            }
        }
        touchAll();
    }

    /// Replaces the addresses that never count for P6.
    public void setWhitelist(List<IpBlock> blocks) {
        params = params.toBuilder().ipColocationFactorWhitelist(blocks).buildUnchecked();
        addresses.whitelist(blocks);
        touchAll();
    }

    private void touchAll() {
        for (PeerStats peer : peers) if (peer != null) peer.addressesChanged();
    }

    private void requireEnabled() {
        if (!enabled) throw new IllegalStateException("scoring is not enabled");
    }

    // Connections.

    /// A peer is here, for the first time or again; what was retained of it holds.
    ///
    /// @throws IllegalArgumentException if the handle is negative or not below [#PEERS_MAX]
    public void addPeer(int peer, long now) {
        clock = now;
        if (peer < 0 || peer >= PEERS_MAX)
            throw new IllegalArgumentException(
                    "peer is " + peer + ": it must be 0 to " + (PEERS_MAX - 1));
        if (peer >= peers.length) {
            int length = Math.max(8, TopicTable.grown(peers.length, peer));
            peers = Arrays.copyOf(peers, length);
            generations = Arrays.copyOf(generations, length);
        }
        PeerStats stats = peers[peer];
        if (stats == null) {
            stats = new PeerStats(peer, peer | generations[peer] * PEERS_MAX);
            peers[peer] = stats;
            connected++;
        } else if (!stats.connected) {
            retained.remove(stats);
            connected++;
        }
        stats.connected = true;
        pullAddresses(stats);
    }

    /// A peer has left. Its record goes at once if its score is positive, so that nobody can earn,
    /// leave, and come back to spend; otherwise it is retained, without decay, and its share of
    /// addresses stays counted. If too many are retained, the oldest neutral record goes early.
    ///
    /// The score that decides is the one before P2 is wiped and deficits are charged.
    public void removePeer(int peer, long now) {
        clock = now;
        PeerStats stats = stats(peer);
        if (stats == null || !stats.connected) return;
        connected--;
        double score = evaluate(stats);
        if (!enabled || score > 0) {
            drop(stats);
            return;
        }
        stats.first.clear();
        for (int word = 0; word < stats.inMesh.length; word++)
            for (long bits = stats.inMesh[word]; bits != 0; bits &= bits - 1)
                leaveMesh(stats, (word << 6) + Long.numberOfTrailingZeros(bits), now);
        stats.connected = false;
        stats.expireAt = now + retainNanos;
        stats.dirty = true;
        stats.leftNegative = score < 0;
        retained.add(stats);
        PeerStats surplus = retained.size() > retainedMax ? retained.leastWanted() : null;
        if (surplus == null) return;
        retainedEvicted++;
        dropRetained(surplus);
    }

    private void dropRetained(PeerStats stats) {
        retained.remove(stats);
        drop(stats);
    }

    private void drop(PeerStats stats) {
        addresses.remove(stats);
        peers[stats.peer] = null;
        generations[stats.peer] = (generations[stats.peer] + 1) % GENERATIONS;
        environment.forgotten(stats.peer);
    }

    /// The raw 4 or 16 byte addresses of the peer's connections, without relayed ones. Loopback
    /// ones are skipped here. Does nothing for a peer that is not connected.
    public void setAddresses(int peer, List<byte[]> ips) {
        PeerStats stats = stats(peer);
        if (stats != null && stats.connected) addresses.set(stats, ips);
    }

    /// Asks the owner for the addresses of all connected peers. Done each minute by [#tick].
    public void refreshAddresses(long now) {
        clock = now;
        for (PeerStats stats : peers) if (stats != null && stats.connected) pullAddresses(stats);
    }

    private void pullAddresses(PeerStats stats) {
        environment.addresses(stats.peer).ifPresent(ips -> addresses.set(stats, ips));
    }

    /// Forgets everything a peer did; connections and meshes stay. For operators.
    public void resetPeer(int peer) {
        PeerStats stats = stats(peer);
        if (stats != null) stats.reset();
    }

    // Meshes.

    /// A peer joined our mesh of a topic, whoever asked for it. The counter of P3 survives, and its
    /// activation starts again.
    public void graft(int peer, int topic, long now) {
        clock = now;
        PeerStats stats = stats(peer);
        int t = topics.ordinal(topic);
        if (stats == null || !stats.connected || t < 0) return;
        stats.grafted(t, now);
        moved(stats);
    }

    /// A peer left our mesh of a topic, whoever asked for it; to be called for actual removals.
    ///
    /// A deficit moves from P3 to P3b. The reference goes on charging P3 until the next graft and
    /// charges P3b again for each further prune of a peer that has left already; see
    /// [PeerScoreParams#strictReferencePrune()].
    public void prune(int peer, int topic, long now) {
        clock = now;
        PeerStats stats = stats(peer);
        int t = topics.ordinal(topic);
        if (stats == null || t < 0) return;
        if (strictPrune) stats.know(t);
        else if (!PeerStats.has(stats.inMesh, t)) return;
        leaveMesh(stats, t, now);
    }

    private void leaveMesh(PeerStats stats, int t, long now) {
        if (PeerStats.has(stats.active, t)) {
            double deficit = topics.meshThreshold[t] - stats.mesh.at(t);
            if (deficit > 0) {
                double squared = deficit * deficit;
                stats.failures().add(t, squared, Double.MAX_VALUE);
                stats.offences().deficit(topics.topic[t], squared, now);
            }
            if (!strictPrune) PeerStats.clear(stats.active, t);
        }
        PeerStats.clear(stats.inMesh, t);
        moved(stats);
    }

    // Messages.

    /// A message was seen for the first time and its validators are about to run.
    public void validate(long hi, long lo, long now) {
        clock = now;
        if (enabled) records.findOrCreate(hi, lo, now);
    }

    /// A message was accepted. Its sender gets the first delivery, and everybody who sent it while
    /// it was validated a delivery in the mesh.
    ///
    /// The reference counts before it looks at the record, and gives the sender another delivery in
    /// the mesh for a copy of its own; we do neither.
    ///
    /// @param from the sender, or -1 for a local message
    /// @param keys the topics it counts for: [ScoreKeyPolicy#keys]
    public void deliver(int from, long hi, long lo, int[] keys, long now) {
        clock = now;
        if (!enabled) return;
        int row = records.findOrCreate(hi, lo, now);
        if (records.status(row) != DeliveryRecords.UNKNOWN) return;
        records.status(row, DeliveryRecords.VALID);
        records.validatedAt(row, now);
        wake(keys, now);
        PeerStats sender = stats(from);
        if (sender != null) countFirst(sender, keys);
        int index = 0;
        for (int at = records.firstPeer(row); at >= 0; at = records.nextPeer(row, at, index++)) {
            PeerStats waiting = stampOwner(records.stampAt(at));
            if (waiting != null && waiting != sender) countCopy(waiting, keys);
        }
        if (sender != null) records.addPeer(row, sender.stamp);
    }

    /// A message was refused.
    ///
    /// For "validation failed", the sender and everybody who sent the message while it was
    /// validated gain an invalid message; the reference counts a sender twice that did both.
    ///
    /// @param keys as for [#deliver]
    public void reject(int from, long hi, long lo, int[] keys, RejectReason reason, long now) {
        clock = now;
        if (!enabled) return;
        switch (reason.effect()) {
            case NONE -> {}
            case SENDER -> countInvalid(stats(from), keys, hi, lo);
            case THROTTLE -> close(hi, lo, DeliveryRecords.THROTTLED);
            case IGNORE -> close(hi, lo, DeliveryRecords.IGNORED);
            case INVALID -> rejectInvalid(from, hi, lo, keys);
        }
    }

    private void close(long hi, long lo, byte status) {
        int row = records.findOrCreate(hi, lo, clock);
        if (records.status(row) != DeliveryRecords.UNKNOWN) return;
        records.status(row, status);
        records.clearPeers(row);
    }

    private void rejectInvalid(int from, long hi, long lo, int[] keys) {
        int row = records.findOrCreate(hi, lo, clock);
        if (records.status(row) != DeliveryRecords.UNKNOWN) return;
        records.status(row, DeliveryRecords.INVALID);
        PeerStats sender = stats(from);
        countInvalid(sender, keys, hi, lo);
        int index = 0;
        for (int at = records.firstPeer(row); at >= 0; at = records.nextPeer(row, at, index++)) {
            PeerStats waiting = stampOwner(records.stampAt(at));
            if (waiting != sender) countInvalid(waiting, keys, hi, lo);
        }
        records.clearPeers(row);
    }

    /// Another copy of a message arrived.
    ///
    /// @param keys as for [#deliver]
    public void duplicate(int from, long hi, long lo, int[] keys, long now) {
        clock = now;
        PeerStats sender = stats(from);
        if (!enabled || sender == null) return;
        int row = records.findOrCreate(hi, lo, now);
        switch (records.status(row)) {
            case DeliveryRecords.UNKNOWN -> records.addPeer(row, sender.stamp);
            case DeliveryRecords.VALID -> {
                if (records.addPeer(row, sender.stamp))
                    countCopyInWindow(sender, keys, now - records.validatedAt(row));
            }
            // Not remembered, so that each further copy costs again.
            case DeliveryRecords.INVALID -> countInvalid(sender, keys, hi, lo);
            default -> {}
        }
    }

    /// What the application says about a payload that only it can judge.
    public void peerFeedback(int peer, int topic, Feedback kind, long now) {
        clock = now;
        PeerStats stats = stats(peer);
        int t = topics.ordinal(topic);
        if (stats == null || t < 0) return;
        switch (kind) {
            case USEFUL -> countFirst(stats, t, 1);
            case INVALID -> countInvalid(stats, t, 0, 0);
        }
    }

    private int keyCount(int[] keys) {
        return switch (policy) {
            case PER_SLICE -> keys.length;
            case FIRST_SLICE -> Math.min(1, keys.length);
            // Nobody scores the slices of a mask of several bits.
            case EXACT -> keys.length == 1 ? 1 : 0;
        };
    }

    private void wake(int[] keys, long now) {
        int count = keyCount(keys);
        for (int i = 0; i < count; i++) {
            int t = topics.ordinal(keys[i]);
            if (t < 0) continue;
            topics.acceptedAt[t] = now;
            if (topics.idle[t]) {
                topics.idle[t] = false;
                topics.awakeSince[t] = now;
            }
        }
    }

    private void countFirst(PeerStats stats, int[] keys) {
        int count = keyCount(keys);
        double share = 1.0 / count;
        for (int i = 0; i < count; i++) {
            int t = topics.ordinal(keys[i]);
            if (t >= 0) countFirst(stats, t, share);
        }
    }

    private void countFirst(PeerStats stats, int t, double share) {
        stats.know(t);
        stats.first().add(t, share, topics.firstCap[t]);
        if (PeerStats.has(stats.inMesh, t)) stats.mesh().add(t, 1, topics.meshCap[t]);
        moved(stats);
    }

    private void countCopy(PeerStats stats, int[] keys) {
        countCopyInWindow(stats, keys, Long.MIN_VALUE);
    }

    private void countCopyInWindow(PeerStats stats, int[] keys, long elapsedNanos) {
        int count = keyCount(keys);
        for (int i = 0; i < count; i++) {
            int t = topics.ordinal(keys[i]);
            if (t < 0) continue;
            stats.know(t);
            if (!PeerStats.has(stats.inMesh, t) || elapsedNanos > topics.windowNanos[t]) continue;
            stats.mesh().add(t, 1, topics.meshCap[t]);
            moved(stats);
        }
    }

    private void countInvalid(@Nullable PeerStats stats, int[] keys, long hi, long lo) {
        if (stats == null) return;
        int count = keyCount(keys);
        for (int i = 0; i < count; i++) {
            int t = topics.ordinal(keys[i]);
            if (t >= 0) countInvalid(stats, t, hi, lo);
        }
    }

    private void countInvalid(PeerStats stats, int t, long hi, long lo) {
        stats.know(t);
        stats.invalid().add(t, 1, Double.MAX_VALUE);
        stats.offences().invalid(topics.topic[t], hi, lo, clock);
        moved(stats);
    }

    // Everything else that counts.

    /// Adds to the behaviour penalty of a peer, connected or retained.
    ///
    /// @throws IllegalArgumentException unless the count is zero or more
    public void addPenalty(int peer, double count, BehaviourPenalty reason) {
        if (!(count >= 0) || Double.isInfinite(count))
            throw new IllegalArgumentException(
                    "count is " + count + ": it must be a number, zero or more");
        PeerStats stats = stats(peer);
        if (!enabled || stats == null || count == 0) return;
        stats.behaviourPenalty += count;
        stats.offences().penalty(reason, count, clock);
        moved(stats);
    }

    /// Adds the usual amount, which the parameters may change for malformed RPCs and too many
    /// subscriptions.
    public void addPenalty(int peer, BehaviourPenalty reason) {
        double amount =
                switch (reason) {
                    case MALFORMED_RPC -> params.malformedRpcPenalty();
                    case SUBSCRIPTION_LIMIT -> params.subscriptionLimitPenalty();
                    default -> reason.amount();
                };
        addPenalty(peer, amount, reason);
    }

    /// A message for a topic we are not subscribed to was dropped; every hundredth is a penalty.
    public void unsubscribedMessage(int peer) {
        PeerStats stats = stats(peer);
        int each = params.unsubscribedMessagesPerPenalty();
        if (stats == null || each == 0) return;
        if (++stats.unsubscribedMessages < each) return;
        stats.unsubscribedMessages = 0;
        addPenalty(peer, BehaviourPenalty.UNSUBSCRIBED_MESSAGES);
    }

    /// A message to the peer was dropped because its queue was full or it waited there too long.
    public void slowPeer(int peer) {
        PeerStats stats = stats(peer);
        if (stats == null || slowWeight == 0) return;
        stats.slowPenalty++;
        moved(stats);
    }

    /// Sets the opinion of the application (P5) about a peer, until it is set again or the record
    /// is gone. Added to what [PeerScoreParams#appSpecificScore()] says, if there is one. NaN
    /// counts as zero.
    public void setAppScore(int peer, double value) {
        PeerStats stats = stats(peer);
        if (stats == null) return;
        stats.appScore = bounded(value);
        stats.dirty = true;
    }

    // Reading.

    /// The score of a peer; 0 if it is unknown.
    public double score(int peer) {
        PeerStats stats = stats(peer);
        if (stats == null) return 0;
        return stats.dirty || appIsExternal ? evaluate(stats) : stats.score;
    }

    /// The score of a peer within a topic, before the topic weight; 0 if either is unknown.
    public double topicScore(int peer, int topic) {
        PeerStats stats = stats(peer);
        int t = topics.ordinal(topic);
        return stats == null || t < 0 ? 0 : topicScore(stats, t);
    }

    /// Whether a peer should be pruned from a topic although its total may be fine: its score there
    /// is below [TopicScoreParams#topicPruneThreshold()].
    public boolean belowTopicFloor(int peer, int topic) {
        int t = topics.ordinal(topic);
        return t >= 0 && topicScore(peer, topic) < topics.floor[t];
    }

    /// The last instant at which a peer is certain to score no less than zero, in all and in each
    /// topic, when nothing but time passes. The past if it is not certain at all.
    ///
    /// It is, for a member of a mesh, until P3 becomes active, if nothing was charged so far: what
    /// is left only adds. So a router with nothing to do need not look at its members each second.
    public long notNegativeUntil(int peer) {
        PeerStats stats = stats(peer);
        if (stats == null) return Long.MAX_VALUE / 2;
        if (appIsExternal || inspector != null || stats.isCharged()) return steppedAt - 1;
        if (appWeight * stats.appScore < 0) return steppedAt - 1;
        evaluate(stats);
        if (colocationWeight * stats.colocationFactor != 0) return steppedAt - 1;
        long until = addressesAt - 1;
        for (int t = 0; t < topics.size(); t++) {
            if (topics.floor[t] > 0) return steppedAt - 1;
            if (topics.meshWeight[t] == 0 || !PeerStats.has(stats.inMesh, t)) continue;
            long active = stats.graftedAt[t] + topics.activationNanos[t];
            if (active - until < 0) until = active;
        }
        return until;
    }

    /// Whether there is a record of the peer, connected or retained.
    public boolean known(int peer) {
        return stats(peer) != null;
    }

    /// Whether the peer has left and its record is retained.
    public boolean retained(int peer) {
        PeerStats stats = stats(peer);
        return stats != null && !stats.connected;
    }

    /// How many peers are connected.
    public int connectedPeers() {
        return connected;
    }

    /// How many records of peers that left are retained.
    public int retainedPeers() {
        return retained.size();
    }

    /// How many records of peers that left had to go before their time because there were too many.
    public long retainedPeersEvicted() {
        return retainedEvicted;
    }

    /// How many delivery records there are.
    public int deliveryRecords() {
        return records.size();
    }

    /// How many delivery records had to go before their time because there were too many.
    public long deliveryRecordsEvicted() {
        return records.evicted();
    }

    private @Nullable PeerStats stats(int peer) {
        return peer >= 0 && peer < peers.length ? peers[peer] : null;
    }

    private @Nullable PeerStats stampOwner(int stamp) {
        PeerStats stats = peers[stamp & PEERS_MAX - 1];
        return stats != null && stats.stamp == stamp ? stats : null;
    }

    private double evaluate(PeerStats stats) {
        if (stats.dirty) {
            stats.topicsPart = topicsPart(stats);
            if (stats.addressesDirty) {
                stats.colocationFactor = addresses.factor(stats);
                stats.addressesDirty = false;
            }
            stats.dirty = false;
        }
        stats.appTotal = appScore(stats);
        double score = stats.topicsPart + appWeight * stats.appTotal;
        score += colocationWeight * stats.colocationFactor;
        score += behaviourPart(stats);
        score += slowPart(stats);
        // Only parameters near the end of the range lead here; a comparison must not see it.
        if (Double.isNaN(score)) score = Double.NEGATIVE_INFINITY;
        if (score < 0 != stats.negative) {
            stats.negative = score < 0;
            stats.negativeSince = clock;
        }
        stats.score = score;
        return score;
    }

    private double topicsPart(PeerStats stats) {
        int size = topics.size();
        if (sums.length < size) sums = new double[TopicTable.grown(size, size - 1)];
        double[] topicScores = sums;
        Arrays.fill(topicScores, 0, size, 0);
        addTimeInMesh(stats, topicScores);
        stats.first.addWeighted(topics.firstWeight, topicScores);
        addDeficits(stats, topicScores);
        stats.failures.addWeighted(topics.failureWeight, topicScores);
        stats.invalid.addWeightedSquares(topics.invalidWeight, topicScores);
        double good = 0;
        double sum = 0;
        for (int t = 0; t < size; t++) {
            double part = topics.weight[t] * topicScores[t];
            if (capsPositiveParts && part > 0) good += part;
            else sum += part;
        }
        if (capsPositiveParts) return capped(good) + sum;
        return capped(sum);
    }

    private double capped(double sum) {
        return topicScoreCap > 0 && sum > topicScoreCap ? topicScoreCap : sum;
    }

    private void addTimeInMesh(PeerStats stats, double[] topicScores) {
        double[] weights = topics.timeWeight;
        long[] graftedAt = stats.graftedAt;
        for (int word = 0; word < stats.inMesh.length; word++)
            for (long bits = stats.inMesh[word]; bits != 0; bits &= bits - 1) {
                int t = (word << 6) + Long.numberOfTrailingZeros(bits);
                if (weights[t] != 0)
                    topicScores[t] += weights[t] * quanta(steppedAt - graftedAt[t], t);
            }
    }

    private void addDeficits(PeerStats stats, double[] topicScores) {
        for (int word = 0; word < stats.active.length; word++)
            for (long bits = stats.active[word]; bits != 0; bits &= bits - 1) {
                int t = (word << 6) + Long.numberOfTrailingZeros(bits);
                double deficit = topics.meshThreshold[t] - stats.mesh.at(t);
                if (deficit > 0) topicScores[t] += topics.meshWeight[t] * (deficit * deficit);
            }
    }

    /// The score within one topic; the same sum as in [#topicsPart], in the same order.
    private double topicScore(PeerStats stats, int t) {
        double score = 0;
        if (topics.timeWeight[t] != 0 && PeerStats.has(stats.inMesh, t))
            score += topics.timeWeight[t] * quanta(stats.timeInMesh(t, steppedAt), t);
        score += topics.firstWeight[t] * stats.first.at(t);
        if (PeerStats.has(stats.active, t)) {
            double deficit = topics.meshThreshold[t] - stats.mesh.at(t);
            if (deficit > 0) score += topics.meshWeight[t] * (deficit * deficit);
        }
        score += topics.failureWeight[t] * stats.failures.at(t);
        double invalid = stats.invalid.at(t);
        return score + topics.invalidWeight[t] * (invalid * invalid);
    }

    /// Whole quanta up to the cap, where most members of a mesh are.
    private double quanta(long time, int t) {
        if (time >= topics.timeToCapNanos[t]) return topics.timeCap[t];
        // Below zero when grafted since the last step.
        long quanta = time <= 0 ? 0 : time / topics.quantumNanos[t];
        return Math.min((double) quanta, topics.timeCap[t]);
    }

    private double behaviourPart(PeerStats stats) {
        double surplus = stats.behaviourPenalty - behaviourFree;
        return surplus > 0 ? behaviourWeight * (surplus * surplus) : 0;
    }

    private double slowPart(PeerStats stats) {
        return slowWeight * Math.max(0, stats.slowPenalty - slowFree);
    }

    private double appScore(PeerStats stats) {
        if (!appIsExternal) return stats.appScore;
        try {
            double value = appFunction.applyAsDouble(stats.peer);
            if (!Double.isNaN(value)) return bounded(value) + stats.appScore;
            appScoreFailed(stats, null);
        } catch (RuntimeException e) {
            appScoreFailed(stats, e);
        }
        return stats.appScore;
    }

    private void appScoreFailed(PeerStats stats, @Nullable RuntimeException cause) {
        if (stats.appScoreFailed) return;
        stats.appScoreFailed = true;
        environment.appScoreFailed(stats.peer, cause);
    }

    private static double bounded(double value) {
        return Double.isNaN(value) ? 0 : Math.clamp(value, -APP_SCORE_MAX, APP_SCORE_MAX);
    }

    // Time.

    /// When [#tick(long)] has something to do.
    public long nextTickAt() {
        long next = stepAt;
        if (sweepAt - next < 0) next = sweepAt;
        if (addressesAt - next < 0) next = addressesAt;
        if (inspectAt - next < 0) next = inspectAt;
        return next;
    }

    /// Does what is due: decay, addresses, delivery records, inspection, in this order. What was
    /// missed while nobody called is done once, not once for each time.
    public void tick(long now) {
        if (now - stepAt >= 0) {
            refreshScores(now);
            stepAt = after(stepAt, intervalNanos, now);
        }
        if (now - addressesAt >= 0) {
            refreshAddresses(now);
            addressesAt = after(addressesAt, MINUTE_NANOS, now);
        }
        if (now - sweepAt >= 0) {
            gcDeliveryRecords(now);
            sweepAt = after(sweepAt, MINUTE_NANOS, now);
        }
        if (now - inspectAt >= 0) {
            inspect(now);
            inspectAt = after(inspectAt, inspectNanos, now);
        }
    }

    private static long after(long due, long interval, long now) {
        long next = due + interval;
        return next - now > 0 ? next : now + interval;
    }

    /// One decay step: counters shrink, times in the mesh are measured, P3 becomes active, and
    /// records past their retention go. Retained records do not decay, or one could hide to be
    /// forgiven.
    public void refreshScores(long now) {
        clock = now;
        steppedAt = now;
        if (suppressIdle) findIdleTopics(now);
        for (int word = 0; word < moving.length; word++)
            for (long bits = moving[word]; bits != 0; bits &= bits - 1)
                step((word << 6) + Long.numberOfTrailingZeros(bits), now);
        if (retained.size() == 0) return;
        for (PeerStats stats : peers) {
            if (stats == null || stats.connected) continue;
            if (now - stats.expireAt > 0) dropRetained(stats);
        }
    }

    /// Something happened that a decay step may change.
    private void moved(PeerStats stats) {
        stats.dirty = true;
        int word = stats.peer >> 6;
        if (word >= moving.length) moving = Arrays.copyOf(moving, (peers.length + 63) >> 6);
        moving[word] |= 1L << stats.peer;
    }

    private void step(int peer, long now) {
        PeerStats stats = peers[peer];
        if (stats == null || stats.isStill()) moving[peer >> 6] &= ~(1L << peer);
        else if (stats.connected) step(stats, now);
    }

    private void step(PeerStats stats, long now) {
        stats.first.decay(topics.firstDecay, topics.firstDecayLowest, toZero);
        stats.mesh.decay(topics.meshDecay, topics.meshDecayLowest, toZero);
        stats.failures.decay(topics.failureDecay, topics.failureDecayLowest, toZero);
        stats.invalid.decay(topics.invalidDecay, topics.invalidDecayLowest, toZero);
        stats.behaviourPenalty = decayed(stats.behaviourPenalty, behaviourDecay, toZero);
        stats.slowPenalty = decayed(stats.slowPenalty, slowDecay, toZero);
        for (int word = 0; word < stats.inMesh.length; word++)
            for (long bits = stats.inMesh[word] & ~stats.active[word]; bits != 0; bits &= bits - 1)
                activate(stats, (word << 6) + Long.numberOfTrailingZeros(bits), now);
        stats.dirty = true;
    }

    private void activate(PeerStats stats, int t, long now) {
        long activation = topics.activationNanos[t];
        if (stats.timeInMesh(t, now) > activation
                && !topics.idle[t]
                && now - topics.awakeSince[t] > activation) PeerStats.set(stats.active, t);
    }

    private static double decayed(double counter, double factor, double toZero) {
        double value = counter * factor;
        return value < toZero ? 0 : value;
    }

    /// A topic that falls idle stops to charge P3: its members become inactive, and have the
    /// activation time again once it wakes.
    private void findIdleTopics(long now) {
        for (int t = 0; t < topics.size(); t++) {
            boolean scored = topics.params(t) != null;
            if (!scored || topics.idle[t]) continue;
            if (now - topics.acceptedAt[t] < IDLE_STEPS * intervalNanos) continue;
            topics.idle[t] = true;
            for (PeerStats stats : peers)
                if (stats != null && PeerStats.has(stats.active, t))
                    PeerStats.clear(stats.active, t);
        }
    }

    /// Drops delivery records that have expired.
    public void gcDeliveryRecords(long now) {
        clock = now;
        records.expire(now);
    }

    // Showing.

    /// Why a peer has the score it has; all zero if it is unknown.
    public PeerScoreSnapshot snapshot(int peer, long now) {
        clock = now;
        PeerStats stats = stats(peer);
        if (stats == null) return PeerScoreSnapshot.unknown(peer, now);
        return snapshot(stats, now);
    }

    /// Has everything inspected from time to time, by [#tick(long)]. For a last time at the end,
    /// the owner calls [#inspect(long)].
    ///
    /// @throws IllegalStateException if scoring is not enabled or there is an inspector already
    /// @throws IllegalArgumentException unless the period is positive
    public void setInspector(ScoreInspector newInspector, Duration period) {
        requireEnabled();
        if (inspector != null) throw new IllegalStateException("there is an inspector already");
        if (!period.isPositive())
            throw new IllegalArgumentException(
                    "period is " + period + ": it must be more than zero");
        inspector = newInspector;
        inspectNanos = Nanos.of(period);
        inspectAt = clock + inspectNanos;
    }

    /// Calls the inspector, if there is one.
    public void inspect(long now) {
        clock = now;
        switch (inspector) {
            case null -> {}
            case ScoreInspector.Simple simple -> simple.inspect(scores());
            case ScoreInspector.Extended extended -> extended.inspect(snapshots(now));
        }
    }

    /// The snapshots of all peers, retained ones included, by rising handle.
    public List<PeerScoreSnapshot> snapshots(long now) {
        clock = now;
        var list = new ArrayList<PeerScoreSnapshot>(connected + retained.size());
        for (PeerStats stats : peers) if (stats != null) list.add(snapshot(stats, now));
        return Collections.unmodifiableList(list);
    }

    /// The scores of all peers, retained ones included, by rising handle.
    public Map<Integer, Double> scores() {
        var map = new LinkedHashMap<Integer, Double>();
        for (PeerStats stats : peers) if (stats != null) map.put(stats.peer, score(stats.peer));
        return Collections.unmodifiableMap(map);
    }

    private PeerScoreSnapshot snapshot(PeerStats stats, long now) {
        double score = evaluate(stats);
        var topicSnapshots = new ArrayList<TopicScoreSnapshot>();
        double sum = 0;
        for (int t = 0; t < topics.size(); t++) {
            TopicScoreParams p = topics.params(t);
            if (p == null || !PeerStats.has(stats.known, t)) continue;
            TopicScoreSnapshot topic = snapshot(stats, t, p);
            topicSnapshots.add(topic);
            sum += topic.contribution();
        }
        OffenceLog offences = stats.offences;
        return new PeerScoreSnapshot(
                stats.peer,
                true,
                stats.connected,
                score,
                List.copyOf(topicSnapshots),
                sum,
                stats.topicsPart,
                stats.appTotal,
                appWeight * stats.appTotal,
                stats.colocationFactor,
                colocationWeight * stats.colocationFactor,
                addresses.shared(stats),
                stats.behaviourPenalty,
                behaviourPart(stats),
                offences == null ? Map.of() : Collections.unmodifiableMap(offences.penalties()),
                stats.slowPenalty,
                slowPart(stats),
                stats.negative ? OptionalLong.of(stats.negativeSince) : OptionalLong.empty(),
                stats.connected ? OptionalLong.empty() : OptionalLong.of(stats.expireAt),
                offences == null ? List.of() : offences.newestFirst(topics),
                now);
    }

    private TopicScoreSnapshot snapshot(PeerStats stats, int t, TopicScoreParams p) {
        return new TopicScoreSnapshot(
                topics.topic[t],
                topics.key(topics.topic[t]),
                p,
                PeerStats.has(stats.inMesh, t),
                PeerStats.has(stats.active, t),
                stats.timeInMesh(t, steppedAt),
                stats.first.at(t),
                stats.mesh.at(t),
                stats.failures.at(t),
                stats.invalid.at(t),
                topicScore(stats, t));
    }
}
