package org.pollen.node.rpc;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.pollen.node.SharedDistribution;
import org.pollen.router.Distribution;

/// Counts in memory, for whoever exports them.
///
/// Labels come from the methods served and a few constants, so their number is bounded.
public final class RpcCounters implements RpcMetrics {
    /// One method with one result.
    public record Call(String method, String result) {}

    /// How often, and how many seconds each.
    public record Calls(long count, Distribution.Counts seconds) {}

    private static final class Sum {
        final LongAdder count = new LongAdder();
        final SharedDistribution seconds = SharedDistribution.local();
    }

    private final Map<Call, Sum> requests = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> connections = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> subscriptions = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> dropped = new ConcurrentHashMap<>();
    private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);

    /// All at zero.
    public RpcCounters() {
        for (Refusal reason : Refusal.values()) refused.put(reason, new LongAdder());
        for (String transport : new String[] {"http", "ws"}) {
            connections.put(transport, new LongAdder());
        }
        for (String kind : Subscriptions.labels()) {
            subscriptions.put(kind, new LongAdder());
            dropped.put(kind, new LongAdder());
        }
    }

    @Override
    public void request(String method, String result, long nanos) {
        Sum sum = requests.computeIfAbsent(new Call(method, result), _ -> new Sum());
        sum.count.increment();
        sum.seconds.nanos(nanos);
    }

    @Override
    public void connections(String transport, int change) {
        add(connections, transport, change);
    }

    @Override
    public void subscriptions(String kind, int change) {
        add(subscriptions, kind, change);
    }

    @Override
    public void refused(Refusal reason) {
        LongAdder counter = refused.get(reason);
        if (counter != null) counter.increment();
    }

    @Override
    public void notificationsDropped(String kind) {
        add(dropped, kind, 1);
    }

    /// Answered calls.
    public Map<Call, Calls> requests() {
        var copy = new ConcurrentHashMap<Call, Calls>();
        requests.forEach(
                (call, sum) -> copy.put(call, new Calls(sum.count.sum(), sum.seconds.counts())));
        return copy;
    }

    /// Open connections by transport.
    public Map<String, Long> connections() {
        return sums(connections);
    }

    /// Live subscriptions by kind.
    public Map<String, Long> subscriptions() {
        return sums(subscriptions);
    }

    /// Dropped subscriptions by kind.
    public Map<String, Long> notificationsDropped() {
        return sums(dropped);
    }

    /// Refusals for one reason.
    public long refusals(Refusal reason) {
        LongAdder counter = refused.get(reason);
        return counter == null ? 0 : counter.sum();
    }

    private static void add(Map<String, LongAdder> counters, String label, int change) {
        counters.computeIfAbsent(label, _ -> new LongAdder()).add(change);
    }

    private static Map<String, Long> sums(Map<String, LongAdder> counters) {
        var copy = new TreeMap<String, Long>();
        counters.forEach((label, counter) -> copy.put(label, counter.sum()));
        return copy;
    }
}
