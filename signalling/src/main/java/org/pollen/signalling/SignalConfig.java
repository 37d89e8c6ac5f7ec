package org.pollen.signalling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The settings of signalling, prefix `signal.`.
///
/// Source: A7.3, A12. (`signal.enabled`, `relay` and `gossip` are for whoever wires it.)
///
/// @param lifetimeMillis of the requests this node makes
/// @param skewMillis by which clocks may differ
/// @param maxLifetimeMillis of requests that are taken
/// @param maxPerIp punches at a time toward an IP
/// @param ipWaiters that may wait for one of those
/// @param maxActive punches of the node at a time
/// @param unverified whether certified addresses are punched at which nobody was met yet
/// @param allowPrivate loopback and private addresses instead of public ones: tests and LANs
/// @param powMin least work, in bits
/// @param powGossipMin least work of gossip
/// @param powMax most work; 0 for none ever
/// @param replayCapacity requests remembered
/// @param tableEntries of each other table
/// @param buckets by name
public record SignalConfig(
        long lifetimeMillis,
        long skewMillis,
        long maxLifetimeMillis,
        int maxPerIp,
        int ipWaiters,
        int maxActive,
        boolean unverified,
        boolean allowPrivate,
        int powMin,
        int powGossipMin,
        int powMax,
        int replayCapacity,
        int tableEntries,
        Map<String, BucketParams> buckets) {
    private static final Map<String, BucketParams> BUCKETS = new LinkedHashMap<>();

    static {
        BUCKETS.put("relay.requester", BucketParams.of(20, 10, 1, 60));
        BUCKETS.put("relay.pair", BucketParams.of(3, 1, 5, 60));
        BUCKETS.put("relay.global", BucketParams.of(200, 100, 1, 60));
        BUCKETS.put("relay.notice", BucketParams.of(20, 5, 1, 60));
        BUCKETS.put("target.relay", BucketParams.of(20, 5, 1, 60));
        BUCKETS.put("target.source", BucketParams.of(5, 1, 1, 60));
        BUCKETS.put("target.global", BucketParams.of(60, 20, 1, 60));
        BUCKETS.put("reserve", BucketParams.of(5, 5, 1, 60));
        BUCKETS.put("punch.ip.verified", BucketParams.of(6, 1, 5, 120));
        BUCKETS.put("punch.ip.unverified", BucketParams.of(2, 1, 300, 900));
        BUCKETS.put("gossip.forwarder", BucketParams.of(40, 10, 1, 60));
        BUCKETS.put("gossip.source", BucketParams.of(3, 1, 10, 120));
        BUCKETS.put("gossip.global", BucketParams.of(200, 50, 1, 60));
    }

    /// As specified.
    public static final SignalConfig DEFAULTS =
            new SignalConfig(
                    15_000, 10_000, 30_000, 3, 8, 64, true, false, 0, 16, 22, 65_536, 10_000,
                    BUCKETS);

    /// Names all that is wrong.
    ///
    /// @throws IllegalArgumentException if anything is
    public SignalConfig {
        var ordered = new LinkedHashMap<>(BUCKETS);
        ordered.putAll(buckets);
        var faults = new ArrayList<String>();
        for (String name : buckets.keySet()) {
            if (!BUCKETS.containsKey(name))
                faults.add("signal.buckets." + name + ": no such bucket");
        }
        ordered.forEach((name, params) -> {
            String fault = params.fault();
            if (!fault.isEmpty()) faults.add("signal.buckets." + name + ": " + fault);
        });
        range(faults, "maxLifetimeMs", maxLifetimeMillis, 1, 600_000);
        range(faults, "lifetimeMs", lifetimeMillis, 1, maxLifetimeMillis);
        range(faults, "skewMs", skewMillis, 0, 600_000);
        range(faults, "maxPerIp", maxPerIp, 1, 64);
        range(faults, "ipWaiters", ipWaiters, 0, 1024);
        range(faults, "maxActive", maxActive, 1, 1024);
        range(faults, "pow.max", powMax, 0, Difficulty.SOLVED_MAX);
        range(faults, "pow.min", powMin, 0, powMax);
        range(faults, "pow.gossipMin", powGossipMin, 0, Difficulty.SOLVED_MAX);
        range(faults, "replay.capacity", replayCapacity, 1, 1 << 22);
        range(faults, "table.entries", tableEntries, 1, 1 << 22);
        if (!faults.isEmpty()) throw new IllegalArgumentException(String.join("\n", faults));
        buckets = java.util.Collections.unmodifiableMap(ordered);
    }

    private static void range(List<String> faults, String key, long value, long least, long most) {
        if (value >= least && value <= most) return;
        faults.add("signal." + key + " is " + value + ": it must be from " + least + " to " + most);
    }

    BucketParams bucket(String name) {
        return java.util.Objects.requireNonNull(buckets.get(name));
    }

    /// With another bucket.
    public SignalConfig withBucket(String name, BucketParams params) {
        var changed = new LinkedHashMap<>(buckets);
        changed.put(name, params);
        return new SignalConfig(
                lifetimeMillis,
                skewMillis,
                maxLifetimeMillis,
                maxPerIp,
                ipWaiters,
                maxActive,
                unverified,
                allowPrivate,
                powMin,
                powGossipMin,
                powMax,
                replayCapacity,
                tableEntries,
                changed);
    }

    /// With other limits of work.
    public SignalConfig withPow(int min, int gossipMin, int max) {
        return new SignalConfig(
                lifetimeMillis,
                skewMillis,
                maxLifetimeMillis,
                maxPerIp,
                ipWaiters,
                maxActive,
                unverified,
                allowPrivate,
                min,
                gossipMin,
                max,
                replayCapacity,
                tableEntries,
                buckets);
    }

    /// With another number of requests remembered.
    public SignalConfig withReplayCapacity(int capacity) {
        return new SignalConfig(
                lifetimeMillis,
                skewMillis,
                maxLifetimeMillis,
                maxPerIp,
                ipWaiters,
                maxActive,
                unverified,
                allowPrivate,
                powMin,
                powGossipMin,
                powMax,
                capacity,
                tableEntries,
                buckets);
    }

    /// With other rules for addresses.
    public SignalConfig withAddresses(boolean alsoUnverified, boolean privateOnes) {
        return new SignalConfig(
                lifetimeMillis,
                skewMillis,
                maxLifetimeMillis,
                maxPerIp,
                ipWaiters,
                maxActive,
                alsoUnverified,
                privateOnes,
                powMin,
                powGossipMin,
                powMax,
                replayCapacity,
                tableEntries,
                buckets);
    }

    /// With another number of punches at a time.
    public SignalConfig withMaxActive(int count) {
        return new SignalConfig(
                lifetimeMillis,
                skewMillis,
                maxLifetimeMillis,
                maxPerIp,
                ipWaiters,
                count,
                unverified,
                allowPrivate,
                powMin,
                powGossipMin,
                powMax,
                replayCapacity,
                tableEntries,
                buckets);
    }
}
