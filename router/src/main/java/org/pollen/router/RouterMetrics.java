package org.pollen.router;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pollen.scoring.BehaviourPenalty;
import org.pollen.scoring.RejectReason;

/// Plain counters behind the `gossipsub_*` metrics: fields that the router's thread increments,
/// read as a list of [Sample]s by [#samples].
///
/// Counters by topic are kept for masks this node subscribes to, relays or publishes on, up to a
/// limit; all others share the topic `other`, so strangers cannot make the list grow.
public final class RouterMetrics {
    // Shared by all routers: each has dozens of tallies and histograms.
    static final Distribution.Bounds TO_A_SECOND =
            new Distribution.Bounds(
                    .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1);
    static final Distribution.Bounds TO_TEN_SECONDS =
            new Distribution.Bounds(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10);
    private static final Distribution.Bounds MASK_BITS =
            new Distribution.Bounds(1, 2, 3, 4, 6, 8, 16, 32, 64);
    private static final GraftReason[] GRAFT_REASONS = GraftReason.values();
    private static final PruneReason[] PRUNE_REASONS = PruneReason.values();
    private static final PublishResult.Status[] STATUSES = PublishResult.Status.values();
    private static final Via[] VIA_ALL = Via.values();
    private static final Verdict[] VERDICTS = Verdict.values();
    private static final GraftRefusal[] GRAFT_REFUSALS = GraftRefusal.values();
    private static final Exchange[] EXCHANGES = Exchange.values();
    private static final RejectReason[] REJECT_REASONS = RejectReason.values();
    private static final ValidationDrop[] VALIDATION_DROPS = ValidationDrop.values();
    private static final Part[] PARTS = Part.values();
    private static final PartialIgnored[] PARTIALS_IGNORED = PartialIgnored.values();
    private static final IhaveIgnored[] IHAVE_IGNORED = IhaveIgnored.values();
    private static final IwantUnserved[] IWANT_UNSERVED = IwantUnserved.values();
    private static final BehaviourPenalty[] PENALTIES = BehaviourPenalty.values();
    private static final DropReason[] DROP_REASONS = DropReason.values();

    /// Where a later copy of a message came from.
    enum Via {
        MESH,
        IWANT,
        OTHER
    }

    /// Parts of RPCs that are counted.
    enum Part {
        RPC,
        MESSAGE,
        SUBSCRIBE,
        UNSUBSCRIBE,
        IHAVE,
        IWANT,
        GRAFT,
        PRUNE,
        IDONTWANT,
        EXTENSION,
        PARTIAL
    }

    enum PartialIgnored {
        NO_TOPIC,
        MAX_GROUPS,
        INVALID
    }

    enum IhaveIgnored {
        LOW_SCORE,
        MAX_MESSAGES,
        MAX_IDS,
        NO_TOPIC
    }

    enum IwantUnserved {
        MISSING,
        RETRANSMISSION,
        FILTERED,
        LOW_SCORE,
        MAX_IDS,
        MAX_BYTES
    }

    enum Exchange {
        USED,
        IGNORED,
        INVALID
    }

    enum ValidationDrop {
        QUEUE_FULL,
        THROTTLED,
        GATER,
        TIMEOUT
    }

    /// Counters of one topic.
    static final class Topic {
        final String name;
        final Tally<GraftReason> grafts = new Tally<>(GRAFT_REASONS);
        final Tally<PruneReason> prunes = new Tally<>(PRUNE_REASONS);
        final Tally<PublishResult.Status> published = new Tally<>(STATUSES);
        final Tally<Via> duplicates = new Tally<>(VIA_ALL);
        final Tally<Verdict> validations = new Tally<>(VERDICTS);
        long received;
        long delivered;
        long forwarded;
        long undeliverable;
        long bytesIn;
        long bytesOut;
        final Distribution validationSeconds = new Distribution(TO_A_SECOND);
        final Distribution duplicateDelaySeconds = new Distribution(TO_TEN_SECONDS);

        Topic(String name) {
            this.name = name;
        }
    }

    /// One counter to be exported.
    ///
    /// @param name of the metric
    /// @param labels names and values in turn
    public record Sample(String name, List<String> labels, long value) {
        /// Copies the labels.
        public Sample {
            labels = List.copyOf(labels);
        }
    }

    /// One histogram to be exported.
    ///
    /// @param name of the metric
    /// @param labels names and values in turn
    public record HistogramSample(String name, List<String> labels, Distribution.Counts counts) {
        /// Copies the labels.
        public HistogramSample {
            labels = List.copyOf(labels);
        }
    }

    private final Dialect dialect;
    private final int topicsMax;
    private final Map<Mask, Topic> topics = new LinkedHashMap<>();
    private final Topic other = new Topic("other");
    private @Nullable Topic[] byHandle = new @Nullable Topic[4];

    final Tally<GraftRefusal> graftsRefused = new Tally<>(GRAFT_REFUSALS);
    final Tally<Exchange> exchangeIn = new Tally<>(EXCHANGES);
    long exchangeOut;
    final Tally<RejectReason> rejects = new Tally<>(REJECT_REASONS);
    final Tally<ValidationDrop> validationDropped = new Tally<>(VALIDATION_DROPS);
    final Tally<Part> received = new Tally<>(PARTS);
    final Tally<Part> sent = new Tally<>(PARTS);
    long bytesReceived;
    long bytesSent;
    private final Map<RpcClass, Tally<DropReason>> dropped = new EnumMap<>(RpcClass.class);
    final Map<String, Long> malformed = new LinkedHashMap<>();
    long ihaveIdsReceived;
    long ihaveIdsSent;
    long iwantIdsReceived;
    long iwantIdsSent;
    long idontwantIdsReceived;
    long idontwantIdsSent;
    long idontwantRpcsIgnored;
    long idontwantIdsIgnored;
    long idontwantSaved;
    long idontwantSavedBytes;
    final Tally<IhaveIgnored> ihaveIgnored = new Tally<>(IHAVE_IGNORED);
    final Tally<IwantUnserved> iwantUnserved = new Tally<>(IWANT_UNSERVED);
    final Tally<PartialIgnored> partialsIgnored = new Tally<>(PARTIALS_IGNORED);
    long testMessages;
    long promisesKept;
    long promisesBroken;
    @Nullable Distribution promiseSeconds;
    long topicsFolded;
    long cacheMisses;
    long heartbeatsSkipped;
    long unsubscribedMessages;
    long subscriptionsRefused;
    final Tally<BehaviourPenalty> penalties = new Tally<>(PENALTIES);
    final Distribution maskBits = new Distribution(MASK_BITS);

    RouterMetrics(Dialect dialect, int topicsMax) {
        this.dialect = dialect;
        this.topicsMax = topicsMax;
        malformed.put("frame", 0L);
        malformed.put("element", 0L);
        for (RpcRefusal refusal : RpcRefusal.values()) malformed.put(refusal.label(), 0L);
    }

    /// Counts a mask by name from now on; the handle is good until [#release].
    void name(int handle, Mask mask) {
        Topic topic = topics.get(mask);
        if (topic == null) {
            if (topics.size() >= topicsMax) {
                topicsFolded++;
                return;
            }
            topic = new Topic(mask.display(dialect));
            topics.put(mask, topic);
        }
        if (handle >= byHandle.length) {
            byHandle = Arrays.copyOf(byHandle, Math.max(handle + 1, byHandle.length * 2));
        }
        byHandle[handle] = topic;
    }

    /// The handle will mean another mask.
    void release(int handle) {
        if (handle < byHandle.length) byHandle[handle] = null;
    }

    Topic topic(int handle) {
        Topic topic = handle >= 0 && handle < byHandle.length ? byHandle[handle] : null;
        return topic == null ? other : topic;
    }

    Tally<DropReason> dropped(RpcClass rpcClass) {
        return dropped.computeIfAbsent(rpcClass, _ -> new Tally<>(DROP_REASONS));
    }

    void malformed(String kind, int count) {
        if (count > 0) malformed.merge(kind, (long) count, Long::sum);
    }

    /// All counters with their labels, in the order of their definition.
    public List<Sample> samples() {
        var out = new ArrayList<Sample>();
        for (Topic topic : allTopics()) addTopic(out, topic);
        byEnum(out, "gossipsub_grafts_refused_total", "reason", graftsRefused);
        for (Exchange result : Exchange.values()) {
            add(
                    out,
                    "gossipsub_px_peers_total",
                    exchangeIn.get(result),
                    "dir",
                    "in",
                    "result",
                    label(result));
        }
        add(out, "gossipsub_px_peers_total", exchangeOut, "dir", "out", "result", "used");
        for (RejectReason reason : RejectReason.values()) {
            String label = reason.text().replace(' ', '_');
            add(out, "gossipsub_rejects_total", rejects.get(reason), "reason", label);
        }
        byEnum(out, "gossipsub_validation_dropped_total", "reason", validationDropped);
        byEnum(out, "gossipsub_rpc_received_total", "part", received);
        byEnum(out, "gossipsub_rpc_sent_total", "part", sent);
        add(out, "gossipsub_rpc_bytes_total", bytesReceived, "dir", "in");
        add(out, "gossipsub_rpc_bytes_total", bytesSent, "dir", "out");
        for (RpcClass rpcClass : RpcClass.values()) {
            for (DropReason reason : DropReason.values()) {
                add(
                        out,
                        "gossipsub_rpc_dropped_total",
                        dropped(rpcClass).get(reason),
                        "class",
                        rpcClass.label(),
                        "reason",
                        reason.label());
            }
        }
        malformed.forEach(
                (kind, count) -> add(out, "gossipsub_rpc_malformed_total", count, "kind", kind));
        add(out, "gossipsub_ihave_ids_total", ihaveIdsReceived, "dir", "in");
        add(out, "gossipsub_ihave_ids_total", ihaveIdsSent, "dir", "out");
        add(out, "gossipsub_iwant_ids_total", iwantIdsReceived, "dir", "in");
        add(out, "gossipsub_iwant_ids_total", iwantIdsSent, "dir", "out");
        add(out, "gossipsub_idontwant_ids_total", idontwantIdsReceived, "dir", "in");
        add(out, "gossipsub_idontwant_ids_total", idontwantIdsSent, "dir", "out");
        String ignored = "gossipsub_idontwant_ignored_total";
        add(out, ignored, idontwantRpcsIgnored, "reason", "max_messages");
        add(out, ignored, idontwantIdsIgnored, "reason", "max_ids");
        add(out, "gossipsub_idontwant_saved_total", idontwantSaved);
        add(out, "gossipsub_idontwant_saved_bytes_total", idontwantSavedBytes);
        byEnum(out, "gossipsub_ihave_ignored_total", "reason", ihaveIgnored);
        byEnum(out, "gossipsub_iwant_unserved_total", "reason", iwantUnserved);
        byEnum(out, "gossipsub_partial_ignored_total", "reason", partialsIgnored);
        add(out, "gossipsub_iwant_promises_total", promisesKept, "result", "kept");
        add(out, "gossipsub_iwant_promises_total", promisesBroken, "result", "broken");
        add(out, "gossipsub_mcache_misses_total", cacheMisses);
        add(out, "pollen_label_overflow_total", topicsFolded, "label", "topic");
        add(out, "gossipsub_heartbeats_skipped_total", heartbeatsSkipped);
        for (BehaviourPenalty penalty : BehaviourPenalty.values()) {
            add(
                    out,
                    "gossipsub_penalties_total",
                    penalties.get(penalty),
                    "reason",
                    penaltyLabel(penalty));
        }
        return List.copyOf(out);
    }

    /// All histograms with their labels.
    public List<HistogramSample> histograms() {
        var out = new ArrayList<HistogramSample>();
        out.add(new HistogramSample("gossipsub_mask_slices", List.of(), maskBits.counts()));
        if (promiseSeconds != null) {
            out.add(
                    new HistogramSample(
                            "gossipsub_iwant_promise_seconds", List.of(), promiseSeconds.counts()));
        }
        for (Topic topic : allTopics()) {
            var labels = List.of("topic", topic.name);
            out.add(
                    new HistogramSample(
                            "gossipsub_validation_seconds",
                            labels,
                            topic.validationSeconds.counts()));
            out.add(
                    new HistogramSample(
                            "gossipsub_duplicate_delay_seconds",
                            labels,
                            topic.duplicateDelaySeconds.counts()));
        }
        return List.copyOf(out);
    }

    /// The sum of a counter over all its labels: what a test or a status line asks for.
    public long total(String name) {
        return samples().stream().filter(s -> s.name().equals(name)).mapToLong(Sample::value).sum();
    }

    /// The sum of a counter over the samples that have a label with this value.
    public long total(String name, String labelValue) {
        return samples().stream()
                .filter(s -> s.name().equals(name) && s.labels().contains(labelValue))
                .mapToLong(Sample::value)
                .sum();
    }

    private List<Topic> allTopics() {
        var all = new ArrayList<Topic>(topics.values());
        all.add(other);
        return all;
    }

    private static void addTopic(List<Sample> out, Topic topic) {
        String name = topic.name;
        for (GraftReason reason : GraftReason.values()) {
            long value = topic.grafts.get(reason);
            add(out, "gossipsub_mesh_grafts_total", value, "topic", name, "reason", reason.label());
        }
        for (PruneReason reason : PruneReason.values()) {
            long value = topic.prunes.get(reason);
            add(out, "gossipsub_mesh_prunes_total", value, "topic", name, "reason", reason.label());
        }
        for (PublishResult.Status status : PublishResult.Status.values()) {
            long value = topic.published.get(status);
            add(
                    out,
                    "gossipsub_messages_published_total",
                    value,
                    "topic",
                    name,
                    "result",
                    status.label());
        }
        add(out, "gossipsub_messages_received_total", topic.received, "topic", name);
        for (Via via : Via.values()) {
            long value = topic.duplicates.get(via);
            add(out, "gossipsub_messages_duplicate_total", value, "topic", name, "via", label(via));
        }
        add(out, "gossipsub_messages_delivered_total", topic.delivered, "topic", name);
        add(out, "gossipsub_messages_forwarded_total", topic.forwarded, "topic", name);
        add(out, "gossipsub_messages_undeliverable_total", topic.undeliverable, "topic", name);
        add(out, "gossipsub_message_bytes_total", topic.bytesIn, "topic", name, "dir", "in");
        add(out, "gossipsub_message_bytes_total", topic.bytesOut, "topic", name, "dir", "out");
        for (Verdict verdict : Verdict.values()) {
            long value = topic.validations.get(verdict);
            add(out, "gossipsub_validation_total", value, "topic", name, "result", label(verdict));
        }
    }

    private static <E extends Enum<E>> void byEnum(
            List<Sample> out, String name, String labelName, Tally<E> values) {
        for (E constant : values.constants()) {
            add(out, name, values.get(constant), labelName, label(constant));
        }
    }

    private static void add(List<Sample> out, String name, long value, String... labels) {
        out.add(new Sample(name, List.of(labels), value));
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String penaltyLabel(BehaviourPenalty penalty) {
        return switch (penalty) {
            case GRAFT_IN_BACKOFF -> "graft_backoff";
            case GRAFT_FLOOD -> "graft_flood";
            case BROKEN_PROMISE -> "broken_promise";
            case UNSUBSCRIBED_MESSAGES -> "unsubscribed_traffic";
            default -> label(penalty);
        };
    }
}
