package org.pollen.router;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// All parameters of a router. Immutable; made from a preset by [#toBuilder] or [#withMeshTarget].
///
/// Presets are named after their origin; where BlossomSub and go have no limit, the limits of the
/// specification hold.
///
/// Source: router specification 4.
///
/// @param dialect schema of RPCs and whether topics are sliced
/// @param meshTarget D: mesh size aimed at
/// @param meshLow Dlo: below it, peers are grafted
/// @param meshHigh Dhi: above it, peers are pruned
/// @param meshScore Dscore: members kept for their score when a mesh is pruned
/// @param meshOutbound Dout: least members we dialled
/// @param gossipLazy Dlazy: least peers told by IHAVE
/// @param gossipFactor share of the candidates told by IHAVE
/// @param pruneAtHigh whether a mesh of exactly Dhi is pruned (go, rust) or only a larger one
///   (BlossomSub)
/// @param historyLength windows of the message cache
/// @param historyGossip windows that are advertised
/// @param messageCacheBytesMax encoded bytes in the message cache
/// @param gossipRetransmission how often a peer gets the same message by IWANT
/// @param heartbeatInitialDelay start to first heartbeat
/// @param heartbeatInterval heartbeat to heartbeat
/// @param slowHeartbeatWarning share of the interval after which a heartbeat is called slow
/// @param fanoutTtl how long a fanout outlives the last publish
/// @param peerExchange doPX: whether PRUNE offers peers
/// @param prunePeers peers offered by a PRUNE, and dialled of one
/// @param pruneBackoff backoff after a prune
/// @param unsubscribeBackoff backoff after we left a topic
/// @param backoffSlackHeartbeats heartbeats we wait beyond the end of a backoff
/// @param connectors simultaneous dials of offered peers
/// @param maxPendingConnections offered peers that wait to be dialled
/// @param connectionTimeout time for such a dial
/// @param directConnectTicks heartbeats between dials of missing direct peers
/// @param directConnectInitialDelay start to the first dial of direct peers
/// @param opportunisticGraftTicks heartbeats between opportunistic grafts
/// @param opportunisticGraftPeers peers grafted opportunistically at once
/// @param graftFloodThreshold a GRAFT this soon after a prune costs a second penalty
/// @param maxIHaveLength ids taken of a peer by IHAVE between heartbeats
/// @param maxIHaveMessages RPCs with IHAVE of a peer between heartbeats
/// @param iwantFollowupTime time a peer has to send what it promised
/// @param promisesMax promises tracked at once
/// @param trackAllPromises whether every requested id is a promise (rust) or one at random (go)
/// @param limitIWantRequesters whether an id is asked of at most two peers within a heartbeat (or
///   the follow-up time, if that is shorter), and of everybody only after it
/// @param maxIWantLength ids served to a peer by IWANT between heartbeats
/// @param iwantBytesPerHeartbeat bytes served to a peer by IWANT between heartbeats
/// @param maxIDontWantLength ids taken of an IDONTWANT
/// @param maxIDontWantMessages RPCs with IDONTWANT of a peer between heartbeats
/// @param idontwantIdsPerPeerMax ids of IDONTWANT remembered for a peer
/// @param idontwantThreshold payload from which IDONTWANT is sent
/// @param idontwantTtlHeartbeats heartbeats an IDONTWANT is remembered
/// @param idontwantOnPublish whether IDONTWANT precedes own large messages
/// @param directIgnoreIdontwant whether direct peers get messages despite their IDONTWANT
/// @param floodPublish whether own messages go to every subscriber
/// @param floodPublishBytesMax payload up to which they do
/// @param seenTtl how long an id is remembered
/// @param seenStrategy when that time begins
/// @param seenEntriesMax ids remembered in each generation of the seen cache
/// @param relayMode which messages a relay accepts
/// @param multiBitMode how messages of several bits are routed
/// @param subscriptionsPerPeerMax topics a peer may subscribe to
/// @param subscriptionsTotalMax (peer, topic) pairs in the process
/// @param subscriptionBuffer messages that wait for a slow local subscriber
/// @param validationQueueMax messages that wait for validation
/// @param validationQueueBytesMax bytes that wait for validation
/// @param validationTimeout after which a message without a verdict is ignored; looked at each
///   heartbeat
/// @param validationThrottle asynchronous validations at once
/// @param validatorConcurrency the same for one validator
/// @param signingPolicy who signs and who checks
/// @param messageIds how messages are named
/// @param rpcLimits what a received RPC may contain
/// @param sendBytesMax longest RPC we send; longer ones are split
/// @param outboundLimits what may wait for one peer
public record RouterParams(
        Dialect dialect,
        int meshTarget,
        int meshLow,
        int meshHigh,
        int meshScore,
        int meshOutbound,
        int gossipLazy,
        double gossipFactor,
        boolean pruneAtHigh,
        int historyLength,
        int historyGossip,
        long messageCacheBytesMax,
        int gossipRetransmission,
        Duration heartbeatInitialDelay,
        Duration heartbeatInterval,
        double slowHeartbeatWarning,
        Duration fanoutTtl,
        boolean peerExchange,
        int prunePeers,
        Duration pruneBackoff,
        Duration unsubscribeBackoff,
        int backoffSlackHeartbeats,
        int connectors,
        int maxPendingConnections,
        Duration connectionTimeout,
        int directConnectTicks,
        Duration directConnectInitialDelay,
        int opportunisticGraftTicks,
        int opportunisticGraftPeers,
        Duration graftFloodThreshold,
        int maxIHaveLength,
        int maxIHaveMessages,
        Duration iwantFollowupTime,
        int promisesMax,
        boolean trackAllPromises,
        boolean limitIWantRequesters,
        int maxIWantLength,
        long iwantBytesPerHeartbeat,
        int maxIDontWantLength,
        int maxIDontWantMessages,
        int idontwantIdsPerPeerMax,
        int idontwantThreshold,
        int idontwantTtlHeartbeats,
        boolean idontwantOnPublish,
        boolean directIgnoreIdontwant,
        boolean floodPublish,
        int floodPublishBytesMax,
        Duration seenTtl,
        SeenCache.Strategy seenStrategy,
        int seenEntriesMax,
        RelayMode relayMode,
        MultiBitMode multiBitMode,
        int subscriptionsPerPeerMax,
        int subscriptionsTotalMax,
        int subscriptionBuffer,
        int validationQueueMax,
        long validationQueueBytesMax,
        Duration validationTimeout,
        int validationThrottle,
        int validatorConcurrency,
        SigningPolicy signingPolicy,
        MessageIdScheme messageIds,
        RpcLimits rpcLimits,
        int sendBytesMax,
        OutboundLimits outboundLimits) {

    /// go-libp2p-pubsub: meshsub, D = 6.
    public static final RouterParams GOSSIPSUB_GO = new Builder().build();

    /// BlossomSub 2.0: D = 6, signed, id 01 and SHA-256 of the payload.
    public static final RouterParams BLOSSOM_20 =
            new Builder()
                    .dialect(Dialect.BLOSSOM)
                    .pruneAtHigh(false)
                    .gossipFactor(0)
                    .messageIds(MessageIdScheme.BLOSSOM)
                    .build();

    /// BlossomSub 2.1: D = 8, heartbeat 0.7 s, seen for an hour, frames of 20 MiB.
    public static final RouterParams BLOSSOM_21 =
            BLOSSOM_20.toBuilder()
                    .meshTarget(8)
                    .meshLow(6)
                    .gossipFactor(0.25)
                    .historyLength(9)
                    .historyGossip(6)
                    .heartbeatInterval(Duration.ofMillis(700))
                    .maxIDontWantMessages(5000)
                    .maxIDontWantLength(100)
                    .idontwantTtlHeartbeats(60)
                    .seenTtl(Duration.ofHours(1))
                    .validationQueueMax(16384)
                    .subscriptionBuffer(16384)
                    .rpcLimits(RpcLimits.DEFAULT.withFrameBytesMax(20 << 20))
                    .build();

    /// Ethereum consensus: meshsub, D = 8, heartbeat 0.7 s, not signed, frames of 10 MiB.
    public static final RouterParams ETH2 =
            GOSSIPSUB_GO.toBuilder()
                    .meshTarget(8)
                    .meshLow(6)
                    .historyLength(6)
                    .heartbeatInterval(Duration.ofMillis(700))
                    .seenTtl(Duration.ofSeconds(385))
                    .signingPolicy(SigningPolicy.STRICT_NO_SIGN)
                    .messageIds(MessageIdScheme.ETH2_RAW)
                    .rpcLimits(RpcLimits.DEFAULT.withFrameBytesMax(10 << 20))
                    .sendBytesMax(10 << 20)
                    .build();

    /// What a relay without a subscription accepts of messages on several bits.
    public enum RelayMode {
        /// A message of which any slice is relayed.
        ANY,
        /// A message of which every slice is subscribed or relayed: bounds amplification.
        ALL
    }

    /// How a message on several bits finds its receivers.
    public enum MultiBitMode {
        /// BlossomSub 2.0: every connected full holder.
        FLOOD_HOLDERS,
        /// BlossomSub 2.1: the peers of one random slice.
        RANDOM_SLICE,
        /// A mesh of full holders for each composite mask.
        COMPOSITE
    }

    /// Refuses parameters that contradict each other, naming every problem.
    public RouterParams {
        List<String> problems =
                problems(
                        new int[] {
                            meshTarget, meshLow, meshHigh, meshScore, meshOutbound, gossipLazy
                        },
                        historyGossip,
                        historyLength);
        if (!(gossipFactor >= 0 && gossipFactor <= 1)) {
            problems.add("gossipFactor is %s: it must be from 0 to 1".formatted(gossipFactor));
        }
        if (!(slowHeartbeatWarning >= 0)) {
            problems.add(
                    "slowHeartbeatWarning is %s: it must not be negative"
                            .formatted(slowHeartbeatWarning));
        }
        notNegative(problems, "heartbeatInitialDelay", heartbeatInitialDelay.toNanos());
        positive(problems, "heartbeatInterval", heartbeatInterval.toNanos());
        positive(problems, "fanoutTtl", fanoutTtl.toNanos());
        positive(problems, "pruneBackoff", pruneBackoff.toNanos());
        positive(problems, "unsubscribeBackoff", unsubscribeBackoff.toNanos());
        positive(problems, "connectionTimeout", connectionTimeout.toNanos());
        notNegative(problems, "directConnectInitialDelay", directConnectInitialDelay.toNanos());
        positive(problems, "graftFloodThreshold", graftFloodThreshold.toNanos());
        positive(problems, "iwantFollowupTime", iwantFollowupTime.toNanos());
        positive(problems, "seenTtl", seenTtl.toNanos());
        positive(problems, "historyLength", historyLength);
        notNegative(problems, "historyGossip", historyGossip);
        positive(problems, "messageCacheBytesMax", messageCacheBytesMax);
        notNegative(problems, "gossipRetransmission", gossipRetransmission);
        notNegative(problems, "prunePeers", prunePeers);
        notNegative(problems, "backoffSlackHeartbeats", backoffSlackHeartbeats);
        notNegative(problems, "connectors", connectors);
        notNegative(problems, "maxPendingConnections", maxPendingConnections);
        positive(problems, "directConnectTicks", directConnectTicks);
        positive(problems, "opportunisticGraftTicks", opportunisticGraftTicks);
        notNegative(problems, "opportunisticGraftPeers", opportunisticGraftPeers);
        positive(problems, "maxIHaveLength", maxIHaveLength);
        positive(problems, "maxIHaveMessages", maxIHaveMessages);
        notNegative(problems, "promisesMax", promisesMax);
        notNegative(problems, "maxIWantLength", maxIWantLength);
        notNegative(problems, "iwantBytesPerHeartbeat", iwantBytesPerHeartbeat);
        notNegative(problems, "maxIDontWantLength", maxIDontWantLength);
        notNegative(problems, "maxIDontWantMessages", maxIDontWantMessages);
        notNegative(problems, "idontwantIdsPerPeerMax", idontwantIdsPerPeerMax);
        notNegative(problems, "idontwantThreshold", idontwantThreshold);
        positive(problems, "idontwantTtlHeartbeats", idontwantTtlHeartbeats);
        notNegative(problems, "floodPublishBytesMax", floodPublishBytesMax);
        positive(problems, "seenEntriesMax", seenEntriesMax);
        notNegative(problems, "subscriptionsPerPeerMax", subscriptionsPerPeerMax);
        notNegative(problems, "subscriptionsTotalMax", subscriptionsTotalMax);
        positive(problems, "subscriptionBuffer", subscriptionBuffer);
        positive(problems, "validationQueueMax", validationQueueMax);
        notNegative(problems, "validationQueueBytesMax", validationQueueBytesMax);
        positive(problems, "validationTimeout", validationTimeout.toMillis());
        positive(problems, "validationThrottle", validationThrottle);
        positive(problems, "validatorConcurrency", validatorConcurrency);
        if (sendBytesMax < 100) {
            problems.add("sendBytesMax is %d: it must be at least 100".formatted(sendBytesMax));
        }
        if (graftFloodThreshold.compareTo(pruneBackoff) > 0) {
            problems.add(
                    "graftFloodThreshold is %s: it must not exceed pruneBackoff (%s)"
                            .formatted(graftFloodThreshold, pruneBackoff));
        }
        if (seenTtl.compareTo(heartbeatInterval.multipliedBy(historyLength)) < 0) {
            problems.add(
                    "seenTtl is %s: it must not be less than historyLength heartbeats (%s)"
                            .formatted(seenTtl, heartbeatInterval.multipliedBy(historyLength)));
        }
        if (!problems.isEmpty()) throw new IllegalArgumentException(String.join("; ", problems));
    }

    /// The same parameters with another mesh target and the sizes that follow from it: Dlo = 2D/3,
    /// Dhi = 2D, Dout = min(D/2 - 1, Dlo - 1) but not negative, Dscore = Dlo. A target of 0 means:
    /// never mesh.
    public RouterParams withMeshTarget(int target) {
        int low = target * 2 / 3;
        return toBuilder()
                .meshTarget(target)
                .meshLow(low)
                .meshHigh(target * 2)
                .meshOutbound(Math.max(0, Math.min(target / 2 - 1, low - 1)))
                .meshScore(low)
                .build();
    }

    /// A builder that starts from these parameters.
    public Builder toBuilder() {
        return new Builder(this);
    }

    private static List<String> problems(int[] mesh, int historyGossip, int historyLength) {
        var problems = new ArrayList<String>();
        int target = mesh[0];
        int low = mesh[1];
        int high = mesh[2];
        int score = mesh[3];
        int outbound = mesh[4];
        for (int size : mesh) {
            if (size < 0)
                problems.add("a mesh size is %d: it must not be negative".formatted(size));
        }
        // All zero: a bootstrapper that never meshes.
        boolean never = target == 0 && low == 0 && high == 0 && outbound == 0;
        if (!never) {
            if (low > target) {
                problems.add(
                        "meshLow is %d: it must not exceed meshTarget (%d)".formatted(low, target));
            }
            if (target > high) {
                problems.add(
                        "meshHigh is %d: it must not be less than meshTarget (%d)"
                                .formatted(high, target));
            }
            if (score > high) {
                problems.add(
                        "meshScore is %d: it must not exceed meshHigh (%d)".formatted(score, high));
            }
            if (outbound > 0 && outbound >= low) {
                problems.add(
                        "meshOutbound is %d: it must be less than meshLow (%d)"
                                .formatted(outbound, low));
            }
            if (outbound > 0 && outbound >= target / 2) {
                problems.add(
                        "meshOutbound is %d: it must be less than half of meshTarget (%d)"
                                .formatted(outbound, target));
            }
        }
        if (historyGossip > historyLength) {
            problems.add(
                    "historyGossip is %d: it must not exceed historyLength (%d)"
                            .formatted(historyGossip, historyLength));
        }
        return problems;
    }

    private static void positive(List<String> problems, String field, long value) {
        if (value <= 0) problems.add("%s is %d: it must be positive".formatted(field, value));
    }

    private static void notNegative(List<String> problems, String field, long value) {
        if (value < 0) problems.add("%s is %d: it must not be negative".formatted(field, value));
    }

    /// Collects parameters; starts with those of go.
    public static final class Builder {
        private Dialect dialect = Dialect.MESHSUB;
        private int meshTarget = 6;
        private int meshLow = 5;
        private int meshHigh = 12;
        private int meshScore = 4;
        private int meshOutbound = 2;
        private int gossipLazy = 6;
        private double gossipFactor = 0.25;
        private boolean pruneAtHigh = true;
        private int historyLength = 5;
        private int historyGossip = 3;
        private long messageCacheBytesMax = 128L << 20;
        private int gossipRetransmission = 3;
        private Duration heartbeatInitialDelay = Duration.ofMillis(100);
        private Duration heartbeatInterval = Duration.ofSeconds(1);
        private double slowHeartbeatWarning = 0.1;
        private Duration fanoutTtl = Duration.ofMinutes(1);
        private boolean peerExchange = false;
        private int prunePeers = 16;
        private Duration pruneBackoff = Duration.ofMinutes(1);
        private Duration unsubscribeBackoff = Duration.ofSeconds(10);
        private int backoffSlackHeartbeats = 2;
        private int connectors = 8;
        private int maxPendingConnections = 128;
        private Duration connectionTimeout = Duration.ofSeconds(30);
        private int directConnectTicks = 300;
        private Duration directConnectInitialDelay = Duration.ofSeconds(1);
        private int opportunisticGraftTicks = 60;
        private int opportunisticGraftPeers = 2;
        private Duration graftFloodThreshold = Duration.ofSeconds(10);
        private int maxIHaveLength = 5000;
        private int maxIHaveMessages = 10;
        private Duration iwantFollowupTime = Duration.ofSeconds(3);
        private int promisesMax = 100_000;
        private boolean trackAllPromises = false;
        private boolean limitIWantRequesters = true;
        private int maxIWantLength = 5000;
        private long iwantBytesPerHeartbeat = 16L << 20;
        private int maxIDontWantLength = 10;
        private int maxIDontWantMessages = 1000;
        private int idontwantIdsPerPeerMax = 10_000;
        private int idontwantThreshold = 1024;
        private int idontwantTtlHeartbeats = 3;
        private boolean idontwantOnPublish = false;
        private boolean directIgnoreIdontwant = false;
        private boolean floodPublish = false;
        private int floodPublishBytesMax = Integer.MAX_VALUE;
        private Duration seenTtl = Duration.ofMinutes(2);
        private SeenCache.Strategy seenStrategy = SeenCache.Strategy.FIRST_SEEN;
        private int seenEntriesMax = 1 << 20;
        private RelayMode relayMode = RelayMode.ANY;
        private MultiBitMode multiBitMode = MultiBitMode.COMPOSITE;
        private int subscriptionsPerPeerMax = 1024;
        private int subscriptionsTotalMax = 1_000_000;
        private int subscriptionBuffer = 32;
        private int validationQueueMax = 1024;
        private long validationQueueBytesMax = 64L << 20;
        private Duration validationTimeout = Duration.ofSeconds(30);
        private int validationThrottle = 8192;
        private int validatorConcurrency = 1024;
        private SigningPolicy signingPolicy = SigningPolicy.STRICT_SIGN;
        private MessageIdScheme messageIds = MessageIdScheme.FROM_SEQNO;
        private RpcLimits rpcLimits = RpcLimits.DEFAULT;
        private int sendBytesMax = 1 << 20;
        private OutboundLimits outboundLimits = OutboundLimits.DEFAULT;

        /// Starts with the parameters of go-libp2p-pubsub.
        public Builder() {}

        private Builder(RouterParams params) {
            dialect = params.dialect;
            meshTarget = params.meshTarget;
            meshLow = params.meshLow;
            meshHigh = params.meshHigh;
            meshScore = params.meshScore;
            meshOutbound = params.meshOutbound;
            gossipLazy = params.gossipLazy;
            gossipFactor = params.gossipFactor;
            pruneAtHigh = params.pruneAtHigh;
            historyLength = params.historyLength;
            historyGossip = params.historyGossip;
            messageCacheBytesMax = params.messageCacheBytesMax;
            gossipRetransmission = params.gossipRetransmission;
            heartbeatInitialDelay = params.heartbeatInitialDelay;
            heartbeatInterval = params.heartbeatInterval;
            slowHeartbeatWarning = params.slowHeartbeatWarning;
            fanoutTtl = params.fanoutTtl;
            peerExchange = params.peerExchange;
            prunePeers = params.prunePeers;
            pruneBackoff = params.pruneBackoff;
            unsubscribeBackoff = params.unsubscribeBackoff;
            backoffSlackHeartbeats = params.backoffSlackHeartbeats;
            connectors = params.connectors;
            maxPendingConnections = params.maxPendingConnections;
            connectionTimeout = params.connectionTimeout;
            directConnectTicks = params.directConnectTicks;
            directConnectInitialDelay = params.directConnectInitialDelay;
            opportunisticGraftTicks = params.opportunisticGraftTicks;
            opportunisticGraftPeers = params.opportunisticGraftPeers;
            graftFloodThreshold = params.graftFloodThreshold;
            maxIHaveLength = params.maxIHaveLength;
            maxIHaveMessages = params.maxIHaveMessages;
            iwantFollowupTime = params.iwantFollowupTime;
            promisesMax = params.promisesMax;
            trackAllPromises = params.trackAllPromises;
            limitIWantRequesters = params.limitIWantRequesters;
            maxIWantLength = params.maxIWantLength;
            iwantBytesPerHeartbeat = params.iwantBytesPerHeartbeat;
            maxIDontWantLength = params.maxIDontWantLength;
            maxIDontWantMessages = params.maxIDontWantMessages;
            idontwantIdsPerPeerMax = params.idontwantIdsPerPeerMax;
            idontwantThreshold = params.idontwantThreshold;
            idontwantTtlHeartbeats = params.idontwantTtlHeartbeats;
            idontwantOnPublish = params.idontwantOnPublish;
            directIgnoreIdontwant = params.directIgnoreIdontwant;
            floodPublish = params.floodPublish;
            floodPublishBytesMax = params.floodPublishBytesMax;
            seenTtl = params.seenTtl;
            seenStrategy = params.seenStrategy;
            seenEntriesMax = params.seenEntriesMax;
            relayMode = params.relayMode;
            multiBitMode = params.multiBitMode;
            subscriptionsPerPeerMax = params.subscriptionsPerPeerMax;
            subscriptionsTotalMax = params.subscriptionsTotalMax;
            subscriptionBuffer = params.subscriptionBuffer;
            validationQueueMax = params.validationQueueMax;
            validationQueueBytesMax = params.validationQueueBytesMax;
            validationTimeout = params.validationTimeout;
            validationThrottle = params.validationThrottle;
            validatorConcurrency = params.validatorConcurrency;
            signingPolicy = params.signingPolicy;
            messageIds = params.messageIds;
            rpcLimits = params.rpcLimits;
            sendBytesMax = params.sendBytesMax;
            outboundLimits = params.outboundLimits;
        }

        /// Sets [RouterParams#dialect].
        public Builder dialect(Dialect value) {
            dialect = value;
            return this;
        }

        /// Sets [RouterParams#meshTarget].
        public Builder meshTarget(int value) {
            meshTarget = value;
            return this;
        }

        /// Sets [RouterParams#meshLow].
        public Builder meshLow(int value) {
            meshLow = value;
            return this;
        }

        /// Sets [RouterParams#meshHigh].
        public Builder meshHigh(int value) {
            meshHigh = value;
            return this;
        }

        /// Sets [RouterParams#meshScore].
        public Builder meshScore(int value) {
            meshScore = value;
            return this;
        }

        /// Sets [RouterParams#meshOutbound].
        public Builder meshOutbound(int value) {
            meshOutbound = value;
            return this;
        }

        /// Sets [RouterParams#gossipLazy].
        public Builder gossipLazy(int value) {
            gossipLazy = value;
            return this;
        }

        /// Sets [RouterParams#gossipFactor].
        public Builder gossipFactor(double value) {
            gossipFactor = value;
            return this;
        }

        /// Sets [RouterParams#pruneAtHigh].
        public Builder pruneAtHigh(boolean value) {
            pruneAtHigh = value;
            return this;
        }

        /// Sets [RouterParams#historyLength].
        public Builder historyLength(int value) {
            historyLength = value;
            return this;
        }

        /// Sets [RouterParams#historyGossip].
        public Builder historyGossip(int value) {
            historyGossip = value;
            return this;
        }

        /// Sets [RouterParams#messageCacheBytesMax].
        public Builder messageCacheBytesMax(long value) {
            messageCacheBytesMax = value;
            return this;
        }

        /// Sets [RouterParams#gossipRetransmission].
        public Builder gossipRetransmission(int value) {
            gossipRetransmission = value;
            return this;
        }

        /// Sets [RouterParams#heartbeatInitialDelay].
        public Builder heartbeatInitialDelay(Duration value) {
            heartbeatInitialDelay = value;
            return this;
        }

        /// Sets [RouterParams#heartbeatInterval].
        public Builder heartbeatInterval(Duration value) {
            heartbeatInterval = value;
            return this;
        }

        /// Sets [RouterParams#slowHeartbeatWarning].
        public Builder slowHeartbeatWarning(double value) {
            slowHeartbeatWarning = value;
            return this;
        }

        /// Sets [RouterParams#fanoutTtl].
        public Builder fanoutTtl(Duration value) {
            fanoutTtl = value;
            return this;
        }

        /// Sets [RouterParams#peerExchange].
        public Builder peerExchange(boolean value) {
            peerExchange = value;
            return this;
        }

        /// Sets [RouterParams#prunePeers].
        public Builder prunePeers(int value) {
            prunePeers = value;
            return this;
        }

        /// Sets [RouterParams#pruneBackoff].
        public Builder pruneBackoff(Duration value) {
            pruneBackoff = value;
            return this;
        }

        /// Sets [RouterParams#unsubscribeBackoff].
        public Builder unsubscribeBackoff(Duration value) {
            unsubscribeBackoff = value;
            return this;
        }

        /// Sets [RouterParams#backoffSlackHeartbeats].
        public Builder backoffSlackHeartbeats(int value) {
            backoffSlackHeartbeats = value;
            return this;
        }

        /// Sets [RouterParams#connectors].
        public Builder connectors(int value) {
            connectors = value;
            return this;
        }

        /// Sets [RouterParams#maxPendingConnections].
        public Builder maxPendingConnections(int value) {
            maxPendingConnections = value;
            return this;
        }

        /// Sets [RouterParams#connectionTimeout].
        public Builder connectionTimeout(Duration value) {
            connectionTimeout = value;
            return this;
        }

        /// Sets [RouterParams#directConnectTicks].
        public Builder directConnectTicks(int value) {
            directConnectTicks = value;
            return this;
        }

        /// Sets [RouterParams#directConnectInitialDelay].
        public Builder directConnectInitialDelay(Duration value) {
            directConnectInitialDelay = value;
            return this;
        }

        /// Sets [RouterParams#opportunisticGraftTicks].
        public Builder opportunisticGraftTicks(int value) {
            opportunisticGraftTicks = value;
            return this;
        }

        /// Sets [RouterParams#opportunisticGraftPeers].
        public Builder opportunisticGraftPeers(int value) {
            opportunisticGraftPeers = value;
            return this;
        }

        /// Sets [RouterParams#graftFloodThreshold].
        public Builder graftFloodThreshold(Duration value) {
            graftFloodThreshold = value;
            return this;
        }

        /// Sets [RouterParams#maxIHaveLength].
        public Builder maxIHaveLength(int value) {
            maxIHaveLength = value;
            return this;
        }

        /// Sets [RouterParams#maxIHaveMessages].
        public Builder maxIHaveMessages(int value) {
            maxIHaveMessages = value;
            return this;
        }

        /// Sets [RouterParams#iwantFollowupTime].
        public Builder iwantFollowupTime(Duration value) {
            iwantFollowupTime = value;
            return this;
        }

        /// Sets [RouterParams#promisesMax].
        public Builder promisesMax(int value) {
            promisesMax = value;
            return this;
        }

        /// Sets [RouterParams#trackAllPromises].
        public Builder trackAllPromises(boolean value) {
            trackAllPromises = value;
            return this;
        }

        /// Sets [RouterParams#limitIWantRequesters].
        public Builder limitIWantRequesters(boolean value) {
            limitIWantRequesters = value;
            return this;
        }

        /// Sets [RouterParams#maxIWantLength].
        public Builder maxIWantLength(int value) {
            maxIWantLength = value;
            return this;
        }

        /// Sets [RouterParams#iwantBytesPerHeartbeat].
        public Builder iwantBytesPerHeartbeat(long value) {
            iwantBytesPerHeartbeat = value;
            return this;
        }

        /// Sets [RouterParams#maxIDontWantLength].
        public Builder maxIDontWantLength(int value) {
            maxIDontWantLength = value;
            return this;
        }

        /// Sets [RouterParams#maxIDontWantMessages].
        public Builder maxIDontWantMessages(int value) {
            maxIDontWantMessages = value;
            return this;
        }

        /// Sets [RouterParams#idontwantIdsPerPeerMax].
        public Builder idontwantIdsPerPeerMax(int value) {
            idontwantIdsPerPeerMax = value;
            return this;
        }

        /// Sets [RouterParams#idontwantThreshold].
        public Builder idontwantThreshold(int value) {
            idontwantThreshold = value;
            return this;
        }

        /// Sets [RouterParams#idontwantTtlHeartbeats].
        public Builder idontwantTtlHeartbeats(int value) {
            idontwantTtlHeartbeats = value;
            return this;
        }

        /// Sets [RouterParams#idontwantOnPublish].
        public Builder idontwantOnPublish(boolean value) {
            idontwantOnPublish = value;
            return this;
        }

        /// Sets [RouterParams#directIgnoreIdontwant].
        public Builder directIgnoreIdontwant(boolean value) {
            directIgnoreIdontwant = value;
            return this;
        }

        /// Sets [RouterParams#floodPublish].
        public Builder floodPublish(boolean value) {
            floodPublish = value;
            return this;
        }

        /// Sets [RouterParams#floodPublishBytesMax].
        public Builder floodPublishBytesMax(int value) {
            floodPublishBytesMax = value;
            return this;
        }

        /// Sets [RouterParams#seenTtl].
        public Builder seenTtl(Duration value) {
            seenTtl = value;
            return this;
        }

        /// Sets [RouterParams#seenStrategy].
        public Builder seenStrategy(SeenCache.Strategy value) {
            seenStrategy = value;
            return this;
        }

        /// Sets [RouterParams#seenEntriesMax].
        public Builder seenEntriesMax(int value) {
            seenEntriesMax = value;
            return this;
        }

        /// Sets [RouterParams#relayMode].
        public Builder relayMode(RelayMode value) {
            relayMode = value;
            return this;
        }

        /// Sets [RouterParams#multiBitMode].
        public Builder multiBitMode(MultiBitMode value) {
            multiBitMode = value;
            return this;
        }

        /// Sets [RouterParams#subscriptionsPerPeerMax].
        public Builder subscriptionsPerPeerMax(int value) {
            subscriptionsPerPeerMax = value;
            return this;
        }

        /// Sets [RouterParams#subscriptionsTotalMax].
        public Builder subscriptionsTotalMax(int value) {
            subscriptionsTotalMax = value;
            return this;
        }

        /// Sets [RouterParams#subscriptionBuffer].
        public Builder subscriptionBuffer(int value) {
            subscriptionBuffer = value;
            return this;
        }

        /// Sets [RouterParams#validationQueueMax].
        public Builder validationQueueMax(int value) {
            validationQueueMax = value;
            return this;
        }

        /// Sets [RouterParams#validationQueueBytesMax].
        public Builder validationQueueBytesMax(long value) {
            validationQueueBytesMax = value;
            return this;
        }

        /// Sets [RouterParams#validationTimeout].
        public Builder validationTimeout(Duration value) {
            validationTimeout = value;
            return this;
        }

        /// Sets [RouterParams#validationThrottle].
        public Builder validationThrottle(int value) {
            validationThrottle = value;
            return this;
        }

        /// Sets [RouterParams#validatorConcurrency].
        public Builder validatorConcurrency(int value) {
            validatorConcurrency = value;
            return this;
        }

        /// Sets [RouterParams#signingPolicy].
        public Builder signingPolicy(SigningPolicy value) {
            signingPolicy = value;
            return this;
        }

        /// Sets [RouterParams#messageIds].
        public Builder messageIds(MessageIdScheme value) {
            messageIds = value;
            return this;
        }

        /// Sets [RouterParams#rpcLimits].
        public Builder rpcLimits(RpcLimits value) {
            rpcLimits = value;
            return this;
        }

        /// Sets [RouterParams#sendBytesMax].
        public Builder sendBytesMax(int value) {
            sendBytesMax = value;
            return this;
        }

        /// Sets [RouterParams#outboundLimits].
        public Builder outboundLimits(OutboundLimits value) {
            outboundLimits = value;
            return this;
        }

        /// The parameters.
        ///
        /// @throws IllegalArgumentException naming every contradiction
        public RouterParams build() {
            return new RouterParams(
                    dialect,
                    meshTarget,
                    meshLow,
                    meshHigh,
                    meshScore,
                    meshOutbound,
                    gossipLazy,
                    gossipFactor,
                    pruneAtHigh,
                    historyLength,
                    historyGossip,
                    messageCacheBytesMax,
                    gossipRetransmission,
                    heartbeatInitialDelay,
                    heartbeatInterval,
                    slowHeartbeatWarning,
                    fanoutTtl,
                    peerExchange,
                    prunePeers,
                    pruneBackoff,
                    unsubscribeBackoff,
                    backoffSlackHeartbeats,
                    connectors,
                    maxPendingConnections,
                    connectionTimeout,
                    directConnectTicks,
                    directConnectInitialDelay,
                    opportunisticGraftTicks,
                    opportunisticGraftPeers,
                    graftFloodThreshold,
                    maxIHaveLength,
                    maxIHaveMessages,
                    iwantFollowupTime,
                    promisesMax,
                    trackAllPromises,
                    limitIWantRequesters,
                    maxIWantLength,
                    iwantBytesPerHeartbeat,
                    maxIDontWantLength,
                    maxIDontWantMessages,
                    idontwantIdsPerPeerMax,
                    idontwantThreshold,
                    idontwantTtlHeartbeats,
                    idontwantOnPublish,
                    directIgnoreIdontwant,
                    floodPublish,
                    floodPublishBytesMax,
                    seenTtl,
                    seenStrategy,
                    seenEntriesMax,
                    relayMode,
                    multiBitMode,
                    subscriptionsPerPeerMax,
                    subscriptionsTotalMax,
                    subscriptionBuffer,
                    validationQueueMax,
                    validationQueueBytesMax,
                    validationTimeout,
                    validationThrottle,
                    validatorConcurrency,
                    signingPolicy,
                    messageIds,
                    rpcLimits,
                    sendBytesMax,
                    outboundLimits);
        }
    }
}
