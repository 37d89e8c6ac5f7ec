package org.pollen.router;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;

/// What a router is made of besides its parameters: who it is, how it scores, whom it asks.
/// Immutable.
///
/// Everything but the peer id and the parameters has a default that adds nothing: no scoring, no
/// signer, no filter.
public final class RouterConfig {
    /// Looks at a whole RPC before anything else; false drops it.
    public interface Inspector {
        /// Whether the RPC may be read.
        boolean accepts(PeerId from, Rpc rpc);
    }

    /// Makes the messages that are published here: fields, signature and id. `signer::compose` of a
    /// [MessageSigner] is one.
    public interface Composer {
        /// A message ready to be sent.
        RpcMessage compose(Mask mask, byte[] payload);
    }

    /// Judges a signed peer record that came by peer exchange.
    public interface RecordCheck {
        /// Whether it is a genuine record of this peer that may be dialled.
        boolean accepts(PeerId peer, byte[] signedRecord);
    }

    private final Builder values;

    private RouterConfig(Builder values) {
        this.values = values;
    }

    /// A configuration to be completed.
    public static Builder builder(PeerId self, RouterParams params) {
        return new Builder(self, params);
    }

    public PeerId self() {
        return values.self;
    }

    public RouterParams params() {
        return values.params;
    }

    /// Parameters of scores, or null for a router that does not score.
    public @Nullable PeerScoreParams scoreParams() {
        return values.scoreParams;
    }

    public PeerScoreThresholds thresholds() {
        return values.thresholds;
    }

    /// The secret under which tables hash what strangers choose.
    public MessageKeyHasher hasher() {
        return values.hasher;
    }

    public @Nullable Composer composer() {
        return values.composer;
    }

    public @Nullable SeenCache seenCache() {
        return values.seenCache;
    }

    public SubscriptionFilter subscriptionFilter() {
        return values.subscriptionFilter;
    }

    public BiPredicate<PeerId, Mask> peerFilter() {
        return values.peerFilter;
    }

    public Blacklist blacklist() {
        return values.blacklist;
    }

    public @Nullable PeerGaterParams gater() {
        return values.gater;
    }

    public Inspector inspector() {
        return values.inspector;
    }

    public Function<PeerId, byte @Nullable []> signedRecords() {
        return values.signedRecords;
    }

    public RecordCheck recordCheck() {
        return values.recordCheck;
    }

    public Set<Mask> publishOnly() {
        return values.publishOnly;
    }

    public boolean tracing() {
        return values.tracing;
    }

    /// Whether the owner can announce us and find peers.
    public boolean discovery() {
        return values.discovery;
    }

    public boolean testExtension() {
        return values.testExtension;
    }

    /// The topics whose messages travel in parts (meshsub 1.3).
    public Map<Mask, PartialTopic> partialTopics() {
        return values.partialTopics;
    }

    public PartialLimits partialLimits() {
        return values.partialLimits;
    }

    public int metricTopicsMax() {
        return values.metricTopicsMax;
    }

    /// The check for records used unless another is given: a genuine envelope by the peer itself,
    /// and an address to dial.
    ///
    /// @param publicOnly whether private and loopback addresses do not count
    public static RecordCheck genuineRecord(boolean publicOnly) {
        return (peer, signedRecord) -> {
            try {
                PeerRecord peerRecord = PeerRecord.fromSignedEnvelope(signedRecord);
                if (!peerRecord.peerId().equals(peer)) return false;
                return peerRecord.addresses().stream()
                        .anyMatch(address -> !publicOnly || isPublic(address));
            } catch (MalformedException _) {
                return false; // not what it claims to be: the offer is skipped and counted
            }
        };
    }

    private static boolean isPublic(Multiaddr address) {
        return address.isPublic();
    }

    /// Collects a configuration.
    public static final class Builder {
        private final PeerId self;
        private final RouterParams params;
        private @Nullable PeerScoreParams scoreParams;
        private PeerScoreThresholds thresholds = PeerScoreThresholds.NEUTRAL;
        private MessageKeyHasher hasher = new MessageKeyHasher(0, 0);
        private @Nullable Composer composer;
        private @Nullable SeenCache seenCache;
        private SubscriptionFilter subscriptionFilter = SubscriptionFilter.allowAll();
        private BiPredicate<PeerId, Mask> peerFilter = (_, _) -> true;
        private Blacklist blacklist = Blacklist.permanent();
        private @Nullable PeerGaterParams gater;
        private Inspector inspector = (_, _) -> true;
        private Function<PeerId, byte @Nullable []> signedRecords = _ -> null;
        private RecordCheck recordCheck = genuineRecord(true);
        private Set<Mask> publishOnly = Set.of();
        private boolean tracing;
        private boolean testExtension;
        private boolean discovery;
        private Map<Mask, PartialTopic> partialTopics = Map.of();
        private PartialLimits partialLimits = PartialLimits.DEFAULT;
        private int metricTopicsMax = 64;

        private Builder(PeerId self, RouterParams params) {
            this.self = Objects.requireNonNull(self);
            this.params = Objects.requireNonNull(params);
        }

        private Builder(Builder other) {
            self = other.self;
            params = other.params;
            scoreParams = other.scoreParams;
            thresholds = other.thresholds;
            hasher = other.hasher;
            composer = other.composer;
            seenCache = other.seenCache;
            subscriptionFilter = other.subscriptionFilter;
            peerFilter = other.peerFilter;
            blacklist = other.blacklist;
            gater = other.gater;
            inspector = other.inspector;
            signedRecords = other.signedRecords;
            recordCheck = other.recordCheck;
            publishOnly = other.publishOnly;
            tracing = other.tracing;
            testExtension = other.testExtension;
            discovery = other.discovery;
            partialTopics = other.partialTopics;
            partialLimits = other.partialLimits;
            metricTopicsMax = other.metricTopicsMax;
        }

        /// Scores peers.
        public Builder scoring(PeerScoreParams scores, PeerScoreThresholds limits) {
            scoreParams = scores;
            thresholds = limits;
            return this;
        }

        /// The secret under which tables hash what strangers choose: random in a node, fixed in a
        /// simulation.
        public Builder hasher(MessageKeyHasher secret) {
            hasher = secret;
            return this;
        }

        /// Makes own messages; without one, [GossipRouter#publish] takes only complete messages.
        public Builder composer(Composer maker) {
            composer = maker;
            return this;
        }

        /// A seen cache to be used instead of an own one.
        public Builder seenCache(SeenCache cache) {
            seenCache = cache;
            return this;
        }

        /// What we and peers may subscribe to.
        public Builder subscriptionFilter(SubscriptionFilter filter) {
            subscriptionFilter = filter;
            return this;
        }

        /// Which peer may have to do with which slice.
        public Builder peerFilter(BiPredicate<PeerId, Mask> filter) {
            peerFilter = filter;
            return this;
        }

        /// Peers and authors that are not listened to; to be changed on the router's thread only.
        public Builder blacklist(Blacklist list) {
            blacklist = list;
            return this;
        }

        /// Drops messages early when validation is overloaded.
        public Builder gater(PeerGaterParams gaterParams) {
            gater = gaterParams;
            return this;
        }

        /// Looks at each RPC first.
        public Builder inspector(Inspector first) {
            inspector = first;
            return this;
        }

        /// The signed peer records we know, for peer exchange; null for a peer without.
        public Builder signedRecords(Function<PeerId, byte @Nullable []> records) {
            signedRecords = records;
            return this;
        }

        /// Judges records that others offer.
        public Builder recordCheck(RecordCheck check) {
            recordCheck = check;
            return this;
        }

        /// Masks that are published on and never announced, joined or relayed.
        public Builder publishOnly(Set<Mask> masks) {
            publishOnly = Set.copyOf(masks);
            return this;
        }

        /// Whether trace events are made.
        public Builder tracing(boolean on) {
            tracing = on;
            return this;
        }

        /// Whether the owner can announce us for a slice and find peers for it.
        public Builder discovery(boolean on) {
            discovery = on;
            return this;
        }

        /// Whether the test extension of meshsub 1.3 is offered.
        public Builder testExtension(boolean on) {
            testExtension = on;
            return this;
        }

        /// Topics whose messages travel in parts (meshsub 1.3), and what peers may make us remember
        /// of them.
        ///
        /// @throws IllegalArgumentException in the bitmask dialect, which has no partial messages
        public Builder partialTopics(Map<Mask, PartialTopic> topics, PartialLimits limits) {
            if (params.dialect() != Dialect.MESHSUB && !topics.isEmpty()) {
                throw new IllegalArgumentException("partial messages: only meshsub has them");
            }
            partialTopics = Map.copyOf(topics);
            partialLimits = limits;
            return this;
        }

        /// How many masks have counters of their own.
        public Builder metricTopicsMax(int count) {
            metricTopicsMax = count;
            return this;
        }

        /// The configuration.
        public RouterConfig build() {
            return new RouterConfig(new Builder(this));
        }
    }
}
