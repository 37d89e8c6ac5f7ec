package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.router.OutboundQueue.Offer;

/// What must not allocate, because duplicates are most of the traffic.
class AllocationTest {
    private static final long SECOND = 1_000_000_000L;

    private interface Step {
        void run() throws Exception;
    }

    @Test
    @DisplayName(
            "T-17, wire half: decoding, identifying and looking up a known message allocates nothing")
    void aDuplicateAllocatesNothing() throws Exception {
        byte[] body = TestMessages.message(Mask.fromHex("0103"), new byte[1024]).toBody();
        var decoder =
                new RpcDecoder(
                        Dialect.BLOSSOM,
                        RpcLimits.DEFAULT,
                        MessageIdScheme.BLOSSOM,
                        TestMessages.HASHER);
        var masks = new MaskTable(Dialect.BLOSSOM, 100, TestMessages.HASHER);
        masks.intern(Mask.fromHex("0103"));
        SeenCache seen =
                SeenCache.create(SeenCache.Strategy.FIRST_SEEN, Duration.ofMinutes(2), 1 << 16);
        var rpc = new Rpc();
        var slices = new int[256];

        long perStep =
                allocatedPerStep(() -> {
                    assertThatNull(decoder.decode(body, 0, body.length, rpc));
                    int found =
                            masks.findSlices(
                                    rpc.array(), rpc.maskOffset(0), rpc.maskLength(0), slices);
                    boolean known = seen.contains(rpc.idHi(0), rpc.idLo(0), SECOND);
                    if (!known) seen.add(rpc.idHi(0), rpc.idLo(0), SECOND);
                    if (found != 3) throw new AssertionError();
                });

        assertThat(perStep).isZero();
    }

    @Test
    @DisplayName("queueing and polling a message for a peer allocates nothing")
    void fanOutAllocatesNothing() throws Exception {
        var queue =
                new OutboundQueue(
                        1, OutboundLimits.DEFAULT, (_, _, _) -> false, (_, _, _, _) -> {});
        List<RpcMessage> messages = List.of(TestMessages.message(1), TestMessages.message(2));

        long perStep =
                allocatedPerStep(() -> {
                    for (int i = 0; i < 2; i++) {
                        if (queue.offer(messages.get(i), RpcClass.FORWARD, 0) != Offer.QUEUED) {
                            throw new AssertionError();
                        }
                    }
                    for (int i = 0; i < 2; i++) {
                        if (!messages.get(i).equals(queue.poll(0))) throw new AssertionError();
                    }
                });

        assertThat(perStep).isZero();
    }

    /// Bytes a step allocates once it is warm; whole bytes, so that noise of a few in a hundred
    /// thousand steps is none.
    private static long allocatedPerStep(Step step) throws Exception {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int steps = 20_000;
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < steps; i++) step.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least / steps;
    }

    private static void assertThatNull(@Nullable Object value) {
        if (value != null) throw new AssertionError();
    }
}
