package org.pollen.bench;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.pollen.router.MessageKey;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.SeenCache;

/// M-9: the seen cache with so many live ids and a time to live of 120 s. Time runs as fast as ids
/// come, so that insertions pay for expiry: one id lives 120 s, then its slot is free.
///
/// Look for: no allocation; a hit among a million ids is two cache misses, a hundred ns or so;
/// `insert` no more than twice that. The comparator is a linked hash map whose eldest entry is
/// removed when its time is over.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class SeenCacheBenchmark {
    private static final long TTL_NANOS = 120_000_000_000L;

    @Param({"10000", "100000", "1000000"})
    int live;

    @Param({"20", "32"})
    int idBytes;

    private SeenCache cache =
            SeenCache.create(SeenCache.Strategy.FIRST_SEEN, Duration.ofMinutes(2), 1);
    private final Map<MessageKey, Long> map =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<MessageKey, Long> eldest) {
                    return now - eldest.getValue() >= TTL_NANOS;
                }
            };
    private final MessageKeyHasher hasher = new MessageKeyHasher(3, 5);
    private byte[][] ids = {};
    private long now;
    private long step;
    private long fresh;
    private int next;

    @Setup
    public void setUp() {
        var random = new SplittableRandom(1);
        cache = SeenCache.create(SeenCache.Strategy.FIRST_SEEN, Duration.ofMinutes(2), 4 * live);
        step = TTL_NANOS / live;
        ids = new byte[Math.min(live, 1 << 16)][idBytes];
        for (byte[] id : ids) random.nextBytes(id);
        for (int i = 0; i < live; i++) insert();
        for (int i = 0; i < live; i++) insertMap();
        for (byte[] id : ids) {
            hasher.hash(id, 0, idBytes);
            cache.add(hasher.hi(), hasher.lo(), now);
            map.put(new MessageKey(hasher.hi(), hasher.lo()), now);
        }
    }

    private byte[] nextId() {
        byte[] id = ids[next];
        next = next + 1 == ids.length ? 0 : next + 1;
        return id;
    }

    /// Hashing the id and finding it.
    @Benchmark
    public boolean hit() {
        hasher.hash(nextId(), 0, idBytes);
        return cache.contains(hasher.hi(), hasher.lo(), now);
    }

    /// A new id: a miss, an insertion, and in the long run the expiry of another.
    @Benchmark
    public boolean insert() {
        now += step;
        fresh += 0x9e3779b97f4a7c15L;
        return cache.add(fresh, fresh * 0xbf58476d1ce4e5b9L, now);
    }

    @Benchmark
    public boolean hitMap() {
        hasher.hash(nextId(), 0, idBytes);
        return map.containsKey(new MessageKey(hasher.hi(), hasher.lo()));
    }

    @Benchmark
    public boolean insertMap() {
        now += step;
        fresh += 0x9e3779b97f4a7c15L;
        return map.put(new MessageKey(fresh, fresh * 0xbf58476d1ce4e5b9L), now) == null;
    }
}
