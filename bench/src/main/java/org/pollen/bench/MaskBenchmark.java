package org.pollen.bench;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import org.pollen.router.Dialect;
import org.pollen.router.HandleSet;
import org.pollen.router.Mask;
import org.pollen.router.MaskTable;
import org.pollen.router.MessageKeyHasher;

/// M-14: masks of a width with so many bits set, among 10,000 subscribers that hold a third of all
/// slices each.
///
/// Look for: `findSlices` a few ns a bit and 0 B/op; `fullHolders` a word of 64 peers a ns and
/// slice; the comparators slice into objects and intersect hash sets, as the reference does.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class MaskBenchmark {
    private static final int SUBSCRIBERS = 10_000;

    @Param({"32", "256", "2048"})
    int bits;

    @Param({"1", "3", "16"})
    int popcount;

    private final MaskTable table =
            new MaskTable(Dialect.BLOSSOM, 1 << 20, new MessageKeyHasher(1, 2));
    private Mask mask = Mask.EMPTY;
    private byte[] bytes = {};
    private final int[] slices = new int[2048];
    private HandleSet[] subscribers = {};
    private final HandleSet holders = new HandleSet();
    private final Map<Mask, Set<Integer>> setsByMask = new HashMap<>();

    @Setup
    public void setUp() {
        var random = new SplittableRandom(1);
        mask = Mask.zero(bits / 8);
        while (mask.bitCount() < popcount) mask = mask.or(Mask.bit(bits / 8, random.nextInt(bits)));
        bytes = mask.bytes();
        for (int bit = 0; bit < bits; bit++) table.intern(Mask.bit(bits / 8, bit));
        subscribers = new HandleSet[table.handleLimit()];
        for (Mask slice : mask.slices()) {
            var set = new HandleSet();
            var boxed = new HashSet<Integer>();
            for (int peer = 0; peer < SUBSCRIBERS; peer++) {
                if (random.nextInt(3) > 0) continue;
                set.add(peer);
                boxed.add(peer);
            }
            subscribers[table.find(slice)] = set;
            setsByMask.put(slice, boxed);
        }
    }

    /// Legality: counting the bits.
    @Benchmark
    public int legal() {
        return Mask.bitCount(bytes, 0, bytes.length);
    }

    /// From received bytes to the handles of the slices.
    @Benchmark
    public int findSlices() {
        return table.findSlices(bytes, 0, bytes.length, slices);
    }

    /// Handles of all slices, and the peers that hold them all.
    @Benchmark
    public int fullHolders() {
        int count = table.findSlices(bytes, 0, bytes.length, slices);
        holders.setTo(subscribers[slices[0]]);
        for (int i = 1; i < count; i++) holders.retainAll(subscribers[slices[i]]);
        return holders.size();
    }

    @Benchmark
    public List<Mask> sliceObjects() {
        return Mask.of(bytes).slices();
    }

    @Benchmark
    public int fullHoldersBySets() {
        Set<Integer> all = null;
        for (Mask slice : Mask.of(bytes).slices()) {
            Set<Integer> some = setsByMask.getOrDefault(slice, Set.of());
            if (all == null) all = new HashSet<>(some);
            else all.retainAll(some);
        }
        return all == null ? 0 : all.size();
    }
}
