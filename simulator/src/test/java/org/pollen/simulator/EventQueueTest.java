package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EventQueueTest {
    private record Event(long time, long key, long origin) {}

    private static final Comparator<Event> ORDER =
            Comparator.comparingLong(Event::time)
                    .thenComparingLong(Event::key)
                    .thenComparingLong(Event::origin);

    /// The queue has no cancel: an actor that takes a timer back lets it come, and knows by a token
    /// that it is out of date.
    @Test
    @DisplayName(
            "S-14 (without cancel): random scheduling and taking, half of it ties, agrees with a sorted oracle")
    void agreesWithAnOracle() {
        var random = new SplittableRandom(14);
        var queue = new EventQueue(250);
        var oracle = new PriorityQueue<Event>(ORDER);
        long now = 0;
        long number = 0;
        for (int i = 0; i < 10_000_000; i++) {
            if (oracle.isEmpty() || random.nextInt(100) < 52) {
                long delay = random.nextBoolean() ? 1000 : skewed(random);
                var event =
                        new Event(
                                now + delay,
                                EventQueue.key(random.nextInt(50), random.nextInt(8)),
                                EventQueue.origin(random.nextInt(50), number++));
                oracle.add(event);
                queue.add(event.time, event.key, event.origin, 0, null);
            } else {
                Event expected = oracle.remove();
                assertThat(queue.next(Long.MAX_VALUE)).isTrue();
                if (queue.time() != expected.time
                        || queue.key() != expected.key
                        || queue.origin() != expected.origin) {
                    assertThat(queue.time()).isEqualTo(expected.time);
                    assertThat(queue.key()).isEqualTo(expected.key);
                    assertThat(queue.origin()).isEqualTo(expected.origin);
                }
                now = queue.time();
            }
        }
        assertThat(queue.size()).isEqualTo(oracle.size());
    }

    private static long skewed(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong(300) + 1;
            case 1 -> random.nextLong(100_000) + 1;
            case 2 -> random.nextLong(10_000_000) + 1;
            default -> 1;
        };
    }

    @Test
    @DisplayName("S-15: a million events on one instant take less than a second or so")
    void ties() {
        var queue = new EventQueue(250_000);
        for (int i = 0; i < 1_000_000; i++) {
            queue.add(
                    5_000_000, EventQueue.key(1_000_000 - i, 2), EventQueue.origin(i, 0), i, null);
        }
        long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();

        int last = 0;
        int taken = 0;
        while (queue.next(Long.MAX_VALUE)) {
            if (queue.destination() <= last) throw new AssertionError("out of order");
            last = queue.destination();
            taken++;
        }

        assertThat(taken).isEqualTo(1_000_000);
        // The row says one second on an idle machine; builds share theirs and count coverage.
        cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
        assertThat(cpu / 1e9).isLessThan(3);
    }

    @Test
    @DisplayName("S-16: an event in the past is an error that names both events")
    void past() {
        var queue = new EventQueue(100);
        queue.add(5_000, EventQueue.key(7, 2), EventQueue.origin(3, 9), 0, null);
        queue.next(Long.MAX_VALUE);

        assertThatThrownBy(() ->
                        queue.add(4_999, EventQueue.key(8, 4), EventQueue.origin(8, 1), 0, null))
                .hasMessage(
                        "event to 8 class 4 from 8 number 1 at 4999 ns is before event to 7 class 2"
                                + " from 3 number 9 at 5000 ns");
    }

    @Test
    @DisplayName("S-17: events a year away come in order")
    void farFuture() {
        long year = 365L * 86_400 * 1_000_000_000L;
        var queue = new EventQueue(250_000);
        queue.add(year + 1, 1, 1, 3, null);
        queue.add(1, 1, 2, 1, null);
        queue.add(year, 1, 3, 2, null);

        for (long word = 1; word <= 3; word++) {
            assertThat(queue.next(Long.MAX_VALUE)).isTrue();
            assertThat(queue.aux()).isEqualTo(word);
        }
        assertThat(queue.nextTime()).isEqualTo(Long.MAX_VALUE);
    }
}
