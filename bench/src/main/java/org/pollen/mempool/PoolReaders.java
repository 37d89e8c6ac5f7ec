package org.pollen.mempool;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/// What readers cost the pool's writer: 50,000 pooled, batches of 128 replacements, each with its
/// snapshot, while threads read the newest snapshot as fast as they can: every account, the nonces
/// of a hundred, and the first 300 of a block.
///
/// `org.pollen.mempool.PoolReaders [batches [readers]]`. Processor time of the writer, and how
/// often and for how long it was blocked: neither depends on how busy the machine is.
public final class PoolReaders {
    private static final int POOLED = 50_000;
    private static final int RUN = 16;
    private static final int BATCH = 128;
    private static final int WARM = 200;

    @SuppressWarnings("NullAway.Init") // set before anybody reads it
    private static volatile PoolSnapshot published;

    private static volatile boolean reading;
    private static final AtomicLong READS = new AtomicLong();

    private PoolReaders() {}

    /// Measures without readers, then with some.
    public static void main(String[] arguments) throws InterruptedException {
        int batches = arguments.length == 0 ? 1000 : Integer.parseInt(arguments[0]);
        int readers = arguments.length < 2 ? 4 : Integer.parseInt(arguments[1]);
        measure(batches, 0);
        measure(batches, readers);
    }

    private static void measure(int batches, int readers) throws InterruptedException {
        TransactionPool pool =
                new BenchChain().pool(PoolConfig.DEFAULTS.withLimits(RUN, 2 * POOLED, 64, POOLED));
        pool.add(BenchChain.runs(1, POOLED / RUN, RUN, 1000), TransactionSource.GOSSIP, true, 0);
        published = pool.snapshot();
        reading = true;
        READS.set(0);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < readers; i++) threads.add(Thread.ofPlatform().start(PoolReaders::read));
        ThreadMXBean beans = ManagementFactory.getThreadMXBean();
        if (beans.isThreadContentionMonitoringSupported()) {
            beans.setThreadContentionMonitoringEnabled(true);
        }
        long[] snapshots = new long[batches];
        long[] adds = new long[batches];
        ThreadInfo before = beans.getThreadInfo(Thread.currentThread().threadId());
        int key = 1;
        long price = 1200;
        for (int i = -WARM; i < batches; i++) {
            var batch = new ArrayList<Transaction>(BATCH);
            for (int j = 0; j < BATCH; j++) {
                batch.add(BenchChain.transaction(key, j % RUN, price));
                if (j % RUN == RUN - 1 && ++key > POOLED / RUN) {
                    key = 1;
                    price = price * 12 / 10;
                }
            }
            long start = beans.getCurrentThreadCpuTime();
            pool.add(batch, TransactionSource.GOSSIP, true, i + WARM);
            long added = beans.getCurrentThreadCpuTime();
            published = pool.snapshot();
            long taken = beans.getCurrentThreadCpuTime();
            if (i < 0) continue;
            adds[i] = added - start;
            snapshots[i] = taken - added;
        }
        ThreadInfo after = beans.getThreadInfo(Thread.currentThread().threadId());
        reading = false;
        for (Thread thread : threads) thread.join();
        if (pool.pendingCount() != POOLED) throw new AssertionError(pool.pendingCount());
        System.out.printf(
                Locale.ROOT,
                "%d readers, %d reads: writer blocked %d times, %d ms; batch of 128 %s; snapshot %s%n",
                readers,
                READS.get(),
                after.getBlockedCount() - before.getBlockedCount(),
                after.getBlockedTime() - before.getBlockedTime(),
                text(adds),
                text(snapshots));
    }

    private static String text(long[] nanos) {
        Arrays.sort(nanos);
        return String.format(
                Locale.ROOT,
                "median %.3f ms, p99 %.3f ms, most %.3f ms",
                nanos[nanos.length / 2] / 1e6,
                nanos[nanos.length * 99 / 100] / 1e6,
                nanos[nanos.length - 1] / 1e6);
    }

    private static void read() {
        long sum = 0;
        while (reading) {
            PoolSnapshot now = published;
            var total = new AtomicLong();
            now.forEachAccount(account -> total.addAndGet(account.pending().size()));
            for (int key = 1; key <= 100; key++) {
                sum += now.nextNonce(BenchChain.address(key)).orElse(0);
            }
            List<List<PooledTransaction>> groups = now.pending(PendingFilter.ALL);
            var order = new PriceNonceOrder(groups, BigInteger.TEN);
            for (int i = 0; i < 300 && !order.isEmpty(); i++) order.shift();
            if (total.get() != POOLED || sum < 0) throw new AssertionError(total.get());
            READS.incrementAndGet();
        }
    }
}
