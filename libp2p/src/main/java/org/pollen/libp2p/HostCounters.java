package org.pollen.libp2p;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// The counters of a host, written from all loops.
final class HostCounters {
    private static final int PROTOCOLS_MAX = 100;
    private static final String OTHER = "other";

    /// Steps of handshakes.
    static final class Steps {
        private final LongAdder count = new LongAdder();
        private final LongAdder nanos = new LongAdder();

        void add(long took) {
            count.increment();
            nanos.add(took);
        }

        HostMetrics.HandshakeSteps sum() {
            return new HostMetrics.HandshakeSteps(count.sum(), nanos.sum());
        }
    }

    /// Bytes of one protocol.
    record Traffic(LongAdder in, LongAdder out) {}

    private final Map<Limit, LongAdder> limits = adders(Limit.class);
    private final Map<DialResult, LongAdder> dials = adders(DialResult.class);
    private final Map<CloseReason, LongAdder> closedInbound = adders(CloseReason.class);
    private final Map<CloseReason, LongAdder> closedOutbound = adders(CloseReason.class);
    private final Map<String, Traffic> traffic = new ConcurrentHashMap<>();
    final LongAdder openedInbound = new LongAdder();
    final LongAdder openedOutbound = new LongAdder();
    final LongAdder frames = new LongAdder();
    final LongAdder records = new LongAdder();
    final LongAdder relayed = new LongAdder();
    final LongAdder reservationsGranted = new LongAdder(); // to us
    final LongAdder reservationsFailed = new LongAdder();
    final Steps handshakesOnLoop = new Steps();
    final Steps handshakesOnExecutor = new Steps();
    final LongAdder socketIn = new LongAdder();
    final LongAdder socketOut = new LongAdder();

    private static <E extends Enum<E>> Map<E, LongAdder> adders(Class<E> type) {
        var map = new EnumMap<E, LongAdder>(type);
        for (E value : type.getEnumConstants()) {
            map.put(value, new LongAdder());
        }
        return map;
    }

    private static <E extends Enum<E>> LongAdder of(Map<E, LongAdder> map, E key) {
        return Objects.requireNonNull(map.get(key)); // every constant has one
    }

    void refused(Limit limit) {
        of(limits, limit).increment();
    }

    long refusals(Limit limit) {
        return of(limits, limit).sum();
    }

    void dialled(DialResult result) {
        of(dials, result).increment();
    }

    void closed(boolean outbound, CloseReason reason) {
        of(outbound ? closedOutbound : closedInbound, reason).increment();
    }

    /// The adders of a protocol; names beyond the first hundred share one pair.
    Traffic traffic(String protocol) {
        Traffic known = traffic.get(protocol);
        if (known != null) {
            return known;
        }
        String key = traffic.size() < PROTOCOLS_MAX ? protocol : OTHER;
        return traffic.computeIfAbsent(key, _ -> new Traffic(new LongAdder(), new LongAdder()));
    }

    Map<String, Traffic> traffic() {
        return traffic;
    }

    Map<String, Long> dials() {
        var map = new LinkedHashMap<String, Long>();
        dials.forEach((result, n) -> map.put(result.label(), n.sum()));
        return map;
    }

    Map<String, Long> closed(boolean outbound) {
        var map = new LinkedHashMap<String, Long>();
        (outbound ? closedOutbound : closedInbound)
                .forEach((reason, n) -> map.put(reason.label(), n.sum()));
        return map;
    }

    Map<String, Long> limits() {
        var map = new LinkedHashMap<String, Long>();
        limits.forEach((limit, n) -> {
            if (n.sum() > 0) {
                map.put(limit.label(), n.sum());
            }
        });
        return map;
    }

    Map<String, Long> rejected() {
        var map = new LinkedHashMap<String, Long>();
        map.put(
                "limit",
                refusals(Limit.L2_TRANSIENT)
                        + refusals(Limit.CONNECTIONS)
                        + refusals(Limit.CONNECTIONS_PER_PEER)
                        + refusals(Limit.HANDSHAKE_QUEUE));
        map.put("ip_limit", refusals(Limit.L1_IP_CONNECTIONS) + refusals(Limit.L1_IP_RATE));
        map.put("banned", refusals(Limit.GATED_ADDRESS));
        map.put("gated", refusals(Limit.GATED_PEER));
        return map;
    }
}
