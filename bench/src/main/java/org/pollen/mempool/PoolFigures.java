package org.pollen.mempool;

import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The pool's targets in processor time of one thread, so that a busy machine moves them little:
/// for each figure the best and the median of some slices, and the load average beside them.
///
/// `org.pollen.mempool.PoolFigures [slices [process]]`; with `process` the time is that of the
/// whole process, collector and compiler included, as the comparison with other pools needs. In the
/// pool's package, whose transactions of known senders it makes. Wall time, errors and allocation
/// are the benchmarks' business.
public final class PoolFigures {
    private static final int FRESH = 4096;
    private static final int BATCH = 128;
    private static final int KNOWN = 32_768;
    private static final int POOLED = 50_000;
    private static final int TOUCHED = 200;
    private static final int DEPTH = 32;
    private static final int REINJECTED = 5_000;
    private static final int RUN = 16;

    @SuppressWarnings("UnusedVariable") // written so that nothing is optimised away or collected
    private static volatile @Nullable Object kept;

    private static boolean wholeProcess;

    private PoolFigures() {}

    /// Measures all of them.
    public static void main(String[] arguments) throws TransactionRefusedException {
        int slices = arguments.length == 0 ? 15 : Integer.parseInt(arguments[0]);
        wholeProcess = arguments.length > 1 && arguments[1].equals("process");
        print("load average", String.format(Locale.ROOT, "%.1f", load()));
        print("recovery", SenderRecovery.best().name());
        List<byte[]> raw = signed();
        perSecond("raw bytes to pending, recovery included", FRESH, slices, () -> ingest(raw));
        perSecond("  without recovery: decoding, hash, pool", FRESH, slices, () -> decoded(raw));
        List<Transaction> known = BenchChain.runs(1, KNOWN / RUN, RUN, 1000);
        perSecond("bookkeeping alone, known senders", KNOWN, slices, () -> insert(known));
        if (wholeProcess) return; // the clock is too coarse for the rest
        millis("head touching 200 accounts, 50,000 pooled", slices, new Head());
        millis("the same, nobody knows what it touched", slices, new BlindHead());
        millis("reorganisation of 32 blocks, 5,000 reinjected", slices, new Reorg());
        heap();
        print("load average", String.format(Locale.ROOT, "%.1f", load()));
    }

    /// Signed transfers of different accounts, as bytes.
    private static List<byte[]> signed() {
        var all = new ArrayList<byte[]>();
        var random = new Random(7);
        for (int i = 0; i < FRESH / RUN; i++) {
            byte[] key = new byte[32];
            random.nextBytes(key);
            key[0] = 1;
            var signer = new TransactionSigner(key);
            for (int nonce = 0; nonce < RUN; nonce++) {
                all.add(
                        signer.draft(Transaction.DYNAMIC_FEE, BigInteger.ONE)
                                .nonce(nonce)
                                .fees(BigInteger.valueOf(1000), BigInteger.valueOf(10))
                                .to(BenchChain.address(i))
                                .value(BigInteger.ONE)
                                .sign()
                                .raw());
            }
        }
        return all;
    }

    /// What a node does with gossip, on one thread: decode, check, recover, add, run.
    private static Object ingest(List<byte[]> raw) {
        TransactionPool pool = new BenchChain().pool(PoolConfig.DEFAULTS);
        var batch = new ArrayList<Transaction>(BATCH);
        for (byte[] bytes : raw) {
            batch.add(decode(bytes));
            if (batch.size() < BATCH) continue;
            pool.add(batch, TransactionSource.GOSSIP, true, 0);
            batch.clear();
        }
        return check(pool, raw.size());
    }

    /// The same with senders told.
    private static Object decoded(List<byte[]> raw) {
        TransactionPool pool = new BenchChain().pool(PoolConfig.DEFAULTS);
        var batch = new ArrayList<Transaction>(BATCH);
        for (int i = 0; i < raw.size(); i++) {
            batch.add(decode(raw.get(i)).known(BenchChain.address(i / RUN), List.of()));
            if (batch.size() < BATCH) continue;
            pool.add(batch, TransactionSource.GOSSIP, true, 0);
            batch.clear();
        }
        return check(pool, raw.size());
    }

    private static Transaction decode(byte[] bytes) {
        try {
            return TransactionDecoder.decode(bytes);
        } catch (TransactionRefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static Object insert(List<Transaction> known) {
        TransactionPool pool = new BenchChain().pool(roomy(known.size()));
        for (int i = 0; i < known.size(); i += BATCH) {
            pool.add(known.subList(i, i + BATCH), TransactionSource.GOSSIP, true, i);
        }
        return check(pool, known.size());
    }

    private static TransactionPool check(TransactionPool pool, int pending) {
        if (pool.pendingCount() != pending) {
            throw new AssertionError(pool.pendingCount() + " of " + pending);
        }
        return pool;
    }

    private static PoolConfig roomy(int n) {
        return PoolConfig.DEFAULTS.withLimits(RUN, 2 * n, 64, n);
    }

    /// New heads on a pool of 50,000.
    private static class Head implements Supplier<Object> {
        final BenchChain chain = new BenchChain();
        final TransactionPool pool = chain.pool(roomy(POOLED));
        final Set<Address> touched = new LinkedHashSet<>();

        Head() {
            pool.add(
                    BenchChain.runs(1, POOLED / RUN, RUN, 1000), TransactionSource.GOSSIP, true, 0);
            for (int key = 1; key <= TOUCHED; key++) touched.add(BenchChain.address(key));
        }

        @Nullable Set<Address> diff() {
            return touched;
        }

        @Override
        public Object get() {
            BlockHeader old = pool.head();
            pool.requestReset(old, chain.extend(old, List.of(), diff()));
            return pool.run(0);
        }
    }

    private static final class BlindHead extends Head {
        @Override
        @Nullable Set<Address> diff() {
            return null;
        }
    }

    /// From a branch of 32 blocks with 5,000 transactions to an empty one, once for each pool.
    private static final class Reorg implements Supplier<Object> {
        @Override
        public Object get() {
            var chain = new BenchChain();
            TransactionPool pool = chain.pool(roomy(POOLED));
            BlockHeader root = chain.head();
            List<Transaction> all =
                    BenchChain.runs(500_000, (REINJECTED + RUN - 1) / RUN, RUN, 1000)
                            .subList(0, REINJECTED);
            BlockHeader left = root;
            BlockHeader right = root;
            Set<Address> touched = new LinkedHashSet<>();
            for (Transaction tx : all) touched.add(tx.sender());
            for (int i = 0; i < DEPTH; i++) {
                int from = REINJECTED * i / DEPTH;
                int to = REINJECTED * (i + 1) / DEPTH;
                left = chain.extend(left, all.subList(from, to), touched);
                right = chain.extend(right, List.of(), Set.of());
            }
            pool.requestReset(null, left);
            pool.run(0);
            BlockHeader target = right;
            BlockHeader from = left;
            return (Supplier<Object>)
                    () -> {
                        pool.requestReset(from, target);
                        RunReport report = pool.run(0);
                        if (report.reinjected() != REINJECTED) throw new AssertionError(report);
                        return check(pool, REINJECTED);
                    };
        }
    }

    /// Heap of transactions without their bytes, and of the pool and its snapshot.
    private static void heap() {
        int n = 100_000;
        long before = used();
        List<Transaction> all = BenchChain.runs(1, n / RUN, RUN, 1000);
        long bodies = 0;
        for (Transaction tx : all) bodies += 8L * ((tx.raw().length + 16 + 7) / 8);
        long decoded = used();
        TransactionPool pool = new BenchChain().pool(roomy(n));
        for (int i = 0; i < n; i += BATCH) {
            pool.add(all.subList(i, Math.min(n, i + BATCH)), TransactionSource.GOSSIP, true, 0);
        }
        kept = pool.snapshot();
        long full = used();
        var _ = check(pool, n);
        long own = (decoded - before - bodies) / n;
        print("heap of a decoded transaction, without its bytes", own + " B");
        print("heap of the pool and its snapshot, a transaction", (full - decoded) / n + " B");
        print("together, bodies apart", own + (full - decoded) / n + " B");
        if (all.size() != n) throw new AssertionError(); // they are alive until here
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private static void perSecond(String name, int n, int slices, Supplier<Object> work) {
        double[] seconds = measure(slices, () -> work);
        if (wholeProcess) {
            double all = Arrays.stream(seconds).sum();
            print(name, "%,.0f a CPU second".formatted(n * seconds.length / all));
            return;
        }
        print(
                name,
                "%,.0f a CPU second (median %,.0f)"
                        .formatted(n / seconds[0], n / seconds[seconds.length / 2]));
    }

    private static void millis(String name, int slices, Supplier<Object> work) {
        // A reorganisation happens to a pool once: its work makes the pool, and then is asked
        // again.
        boolean fresh = work instanceof Reorg;
        double[] seconds = measure(slices, () -> fresh ? asWork(work.get()) : work);
        print(
                name,
                "%.2f ms (median %.2f)"
                        .formatted(1e3 * seconds[0], 1e3 * seconds[seconds.length / 2]));
    }

    @SuppressWarnings("unchecked")
    private static Supplier<Object> asWork(Object made) {
        return (Supplier<Object>) made;
    }

    /// Seconds of this thread, each slice after the warm-up, in order.
    private static double[] measure(int slices, Supplier<Supplier<Object>> prepare) {
        double[] seconds = new double[slices];
        for (int i = -slices; i < slices; i++) {
            Supplier<Object> work = prepare.get();
            long before = cpuNanos();
            kept = work.get();
            if (i >= 0) seconds[i] = (cpuNanos() - before) / 1e9;
        }
        Arrays.sort(seconds);
        return seconds;
    }

    private static long cpuNanos() {
        if (!wholeProcess) return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        return ((com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static void print(String name, String value) {
        System.out.println(String.format(Locale.ROOT, "%-50s %s", name, value));
    }
}
