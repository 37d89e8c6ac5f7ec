package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EventQueueTest {
    private record Event(long time, long key, long origin) {}

    private static final Comparator<Event> ORDER =
            Comparator.comparingLong(Event::time)
                    .thenComparingLong(Event::key)
                    .thenComparingLong(Event::origin);

    /// The queue has no cancel: who takes an event back, or replaces it, lets it come and knows by
    /// its token that it is out of date (ADR 103). The oracle removes it.
    @Test
    @DisplayName(
            "S-14: 10^7 random schedules, cancels and pops, half of all events ties, come in the order of a sorted set from which cancelled ones are removed; they are skipped by their tokens")
    void agreesWithAnOracle() {
        int timers = 1 << 14;
        var random = new SplittableRandom(14);
        var queue = new EventQueue(250);
        var oracle = new TreeSet<Event>(ORDER);
        var live = new @Nullable Event[timers];
        var tokens = new long[timers]; // of the live event of each; 0 if there is none
        long now = 0;
        long number = 0;
        long cancelled = 0;
        long skipped = 0;
        long taken = 0;
        long ties = 0;
        for (int i = 0; i < 10_000_000; i++) {
            int choice = random.nextInt(100);
            int timer = random.nextInt(timers);
            if (choice < 60) {
                Event before = live[timer];
                if (before != null) cancelled++;
                if (before != null) oracle.remove(before);
                long at = now + skewed(random);
                if (random.nextInt(3) == 0) at = at / 100_000 * 100_000 + 100_000;
                number++;
                long key = EventQueue.key(timer, random.nextInt(8));
                long origin = EventQueue.origin(random.nextInt(50), number);
                var event = new Event(at, key, origin);
                live[timer] = event;
                tokens[timer] = number;
                oracle.add(event);
                queue.add(at, key, origin, number, null);
            } else if (choice < 70) {
                Event before = live[timer];
                if (before == null) continue;
                cancelled++;
                oracle.remove(before);
                live[timer] = null;
                tokens[timer] = 0;
            } else {
                Event expected = oracle.pollFirst();
                boolean found = false;
                while (!found && queue.next(Long.MAX_VALUE)) {
                    found = queue.aux() == tokens[queue.destination()];
                    if (!found) skipped++;
                }
                if (expected == null) {
                    assertThat(found).isFalse();
                    continue;
                }
                if (!found
                        || queue.time() != expected.time
                        || queue.key() != expected.key
                        || queue.origin() != expected.origin) {
                    assertThat(new Event(queue.time(), queue.key(), queue.origin()))
                            .isEqualTo(expected);
                }
                live[queue.destination()] = null;
                tokens[queue.destination()] = 0;
                taken++;
                if (queue.time() == now) ties++;
                now = queue.time();
            }
        }
        assertThat(cancelled).isGreaterThan(1_000_000);
        assertThat(taken).isGreaterThan(2_000_000);
        assertThat((double) ties / taken).isCloseTo(0.5, within(0.1));
        // What is left are the live ones and those that were taken back and have not come.
        assertThat(queue.size()).isEqualTo(oracle.size() + cancelled - skipped);
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
