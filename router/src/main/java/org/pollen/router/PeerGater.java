package org.pollen.router;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.scoring.RejectReason;

/// Random early drop while validation is overloaded: the payload of peers whose messages are mostly
/// worthless is read with a probability only; their control messages always are.
///
/// Counters are kept per source address, shared by the peers behind it, and outlive them for a
/// while. Bounded by the number of addresses that were connected within the retention.
///
/// Source: router specification 9.3; go-libp2p-pubsub, peer gater.
public final class PeerGater {
    private final PeerGaterParams params;
    private final RandomGenerator random;
    private final Map<String, Source> sources = new LinkedHashMap<>();
    private @Nullable Source[] byPeer = new @Nullable Source[16];
    private double validated;
    private double throttled;
    private long lastThrottle;
    private boolean everThrottled;

    /// A gater that has seen nothing yet.
    public PeerGater(PeerGaterParams params, RandomGenerator random) {
        this.params = params;
        this.random = random;
    }

    /// A peer is connected from an address; a second call for the same peer changes nothing.
    ///
    /// @param address raw bytes; empty if unknown: such peers share one record
    public void addPeer(int peer, byte[] address) {
        if (peer >= byPeer.length)
            byPeer = Arrays.copyOf(byPeer, Math.max(peer + 1, 2 * byPeer.length));
        if (byPeer[peer] != null) return;
        Source source =
                sources.computeIfAbsent(HexFormat.of().formatHex(address), _ -> new Source());
        source.connected++;
        byPeer[peer] = source;
    }

    /// A peer is gone; a second call changes nothing.
    public void removePeer(int peer, long now) {
        Source source = source(peer);
        if (source == null) return;
        byPeer[peer] = null;
        source.connected--;
        source.expiry = now + params.retainStats().toNanos();
    }

    /// A message went to validation.
    public void validate() {
        validated++;
    }

    /// A message from a peer was accepted.
    ///
    /// @param topicWeight weight of its topic; 1 if nothing is configured
    public void deliver(int peer, double topicWeight) {
        Source source = source(peer);
        if (source != null) source.deliver += topicWeight == 0 ? 1 : topicWeight;
    }

    /// A peer sent a message that others had sent before.
    public void duplicate(int peer) {
        Source source = source(peer);
        if (source != null) source.duplicate++;
    }

    /// A message from a peer was not accepted.
    public void reject(int peer, RejectReason reason, long now) {
        Source source = source(peer);
        switch (reason) {
            case VALIDATION_QUEUE_FULL, VALIDATION_THROTTLED -> {
                lastThrottle = now;
                everThrottled = true;
                throttled++;
            }
            case VALIDATION_IGNORED -> {
                if (source != null) source.ignore++;
            }
            case BLACKLISTED_PEER,
                    BLACKLISTED_SOURCE,
                    MISSING_SIGNATURE,
                    UNEXPECTED_SIGNATURE,
                    UNEXPECTED_AUTH_INFO,
                    INVALID_SIGNATURE,
                    VALIDATION_FAILED,
                    SELF_ORIGIN -> {
                if (source != null) source.reject++;
            }
        }
    }

    /// Whether to read the payload of a peer's RPC; if not, only its control part.
    public boolean acceptsAll(int peer, long now) {
        if (!everThrottled || now - lastThrottle > params.quiet().toNanos()) return true;
        if (throttled == 0) return true;
        if (validated != 0 && throttled / validated < params.threshold()) return true;
        Source source = source(peer);
        if (source == null) return true;
        double total = total(source);
        return total == 0 || random.nextDouble() < (1 + source.deliver) / (1 + total);
    }

    /// With which probability the payload is read once peers are gated.
    double probability(int peer) {
        Source source = source(peer);
        return source == null ? 1 : (1 + source.deliver) / (1 + total(source));
    }

    /// One decay interval passes: counters shrink, records nobody needs any more go.
    public void decay(long now) {
        validated = shrink(validated, params.globalDecay());
        throttled = shrink(throttled, params.globalDecay());
        for (Iterator<Source> all = sources.values().iterator(); all.hasNext(); ) {
            Source source = all.next();
            if (source.connected > 0) {
                source.deliver = shrink(source.deliver, params.sourceDecay());
                source.duplicate = shrink(source.duplicate, params.sourceDecay());
                source.ignore = shrink(source.ignore, params.sourceDecay());
                source.reject = shrink(source.reject, params.sourceDecay());
            } else if (now - source.expiry > 0) {
                all.remove();
            }
        }
    }

    /// How many addresses have a record.
    public int size() {
        return sources.size();
    }

    private double shrink(double counter, double factor) {
        double less = counter * factor;
        return less < params.decayToZero() ? 0 : less;
    }

    private double total(Source source) {
        return source.deliver
                + params.duplicateWeight() * source.duplicate
                + params.ignoreWeight() * source.ignore
                + params.rejectWeight() * source.reject;
    }

    private @Nullable Source source(int peer) {
        return peer >= 0 && peer < byPeer.length ? byPeer[peer] : null;
    }

    private static final class Source {
        int connected;
        long expiry;
        double deliver;
        double duplicate;
        double ignore;
        double reject;
    }
}
