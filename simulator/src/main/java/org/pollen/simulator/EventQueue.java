package org.pollen.simulator;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Pending events of one partition in the total order (time, destination, class, source, sequence):
/// a calendar of buckets of primitive columns.
///
/// A ring of buckets holds the near future, a sorted map of buckets the rest. The bucket that is
/// executed is sorted once by merging, O(k log k) whatever the ties; what arrives for it meanwhile
/// goes to a small heap, and the lesser head of the two is next. No object is made for an event; an
/// event is four words and a reference. Not thread-safe.
final class EventQueue {
    private static final int STRIDE = 4; // time, destination and class, source and sequence, aux
    private static final int RING = 1 << 13;
    private static final int EMPTIED_KEEP = 256;

    private final long width;
    private final @Nullable Bucket[] ring = new @Nullable Bucket[RING];
    private final TreeMap<Long, Bucket> far = new TreeMap<>();
    private long base; // index of the bucket that is executed
    private int inRing; // events in the ring, the executed bucket apart
    private long size;

    private Bucket current = new Bucket();
    private int[] order = {};
    private int[] scratch = {};
    private int head;
    private final Heap late = new Heap();

    // The event that was taken last.
    private long time = Long.MIN_VALUE;
    private long key;
    private long origin;
    private long aux;
    private @Nullable Object payload;

    /// @param width nanoseconds of a bucket
    EventQueue(long width) {
        if (width < 1) throw new IllegalArgumentException("bucket of %d ns".formatted(width));
        this.width = width;
    }

    static long key(int destination, int eventClass) {
        return ((long) destination << 8) | eventClass;
    }

    static long origin(int source, long sequence) {
        return ((long) source << 40) | sequence;
    }

    long size() {
        return size;
    }

    long time() {
        return time;
    }

    int destination() {
        return (int) (key >>> 8);
    }

    int eventClass() {
        return (int) (key & 0xff);
    }

    int source() {
        return (int) (origin >>> 40);
    }

    long key() {
        return key;
    }

    long origin() {
        return origin;
    }

    long aux() {
        return aux;
    }

    @Nullable Object payload() {
        return payload;
    }

    /// Adds an event.
    ///
    /// @throws IllegalStateException if it lies before the event that was taken last
    void add(long at, long eventKey, long eventOrigin, long word, @Nullable Object content) {
        if (at < time) {
            throw new IllegalStateException(
                    "event %s at %d ns is before event %s at %d ns"
                            .formatted(name(eventKey, eventOrigin), at, name(key, origin), time));
        }
        size++;
        long index = Math.floorDiv(at, width);
        if (index <= base) {
            late.add(at, eventKey, eventOrigin, word, content);
        } else if (index - base < RING) {
            int slot = (int) (index & (RING - 1));
            Bucket bucket = ring[slot];
            if (bucket == null) {
                bucket = new Bucket();
                ring[slot] = bucket;
            }
            bucket.add(at, eventKey, eventOrigin, word, content);
            inRing++;
        } else {
            far.computeIfAbsent(index, _ -> new Bucket())
                    .add(at, eventKey, eventOrigin, word, content);
        }
    }

    private static String name(long eventKey, long eventOrigin) {
        return "to %d class %d from %d number %d"
                .formatted(
                        eventKey >>> 8,
                        eventKey & 0xff,
                        eventOrigin >>> 40,
                        eventOrigin & 0xffffffffffL);
    }

    /// The instant of the next event, or `Long.MAX_VALUE`.
    long nextTime() {
        if (!ready()) return Long.MAX_VALUE;
        long sorted = head < current.size ? current.words[order[head]] : Long.MAX_VALUE;
        return late.size == 0 ? sorted : Math.min(sorted, late.words[0]);
    }

    /// Takes the next event if it is before an instant; its fields are in the accessors then.
    boolean next(long before) {
        if (!ready()) return false;
        boolean fromLate = head == current.size;
        if (!fromLate && late.size > 0) {
            fromLate = compare(late.words, 0, current.words, order[head]) < 0;
        }
        long[] words = fromLate ? late.words : current.words;
        int at = fromLate ? 0 : order[head];
        if (words[at] >= before) return false;
        time = words[at];
        key = words[at + 1];
        origin = words[at + 2];
        aux = words[at + 3];
        if (fromLate) {
            payload = late.removeFirst();
        } else {
            payload = current.payloads[at / STRIDE];
            head++;
        }
        size--;
        return true;
    }

    /// Makes sure that the executed bucket holds an event; moves on to the next one if not.
    private boolean ready() {
        if (head < current.size || late.size > 0) return true;
        if (size == 0) return false;
        current.clear();
        head = 0;
        if (inRing == 0) {
            base = far.firstKey();
        } else {
            long firstFar = far.isEmpty() ? Long.MAX_VALUE : far.firstKey();
            base++;
            while (base < firstFar && isEmpty(ring[(int) (base & (RING - 1))])) base++;
        }
        take();
        return true;
    }

    private static boolean isEmpty(@Nullable Bucket bucket) {
        return bucket == null || bucket.size == 0;
    }

    private void take() {
        int slot = (int) (base & (RING - 1));
        Bucket near = ring[slot];
        if (near != null && near.size > 0) {
            // The emptied bucket takes its place, so that arrays are reused.
            ring[slot] = current;
            current = near;
            inRing -= near.size / STRIDE;
        }
        Map.Entry<Long, Bucket> first = far.firstEntry();
        if (first != null && first.getKey() == base) {
            current.addAll(far.remove(first.getKey()));
        }
        sort();
    }

    private void sort() {
        int count = current.size / STRIDE;
        if (order.length < count) {
            order = new int[Math.max(count, order.length * 2)];
            scratch = new int[order.length];
        }
        for (int i = 0; i < count; i++) order[i] = i * STRIDE;
        int run = 1;
        while (run < count) {
            for (int from = 0; from < count; from += 2 * run) {
                merge(from, Math.min(from + run, count), Math.min(from + 2 * run, count));
            }
            int[] sorted = scratch;
            scratch = order;
            order = sorted;
            run *= 2;
        }
        // `head` counts events and `current.size` words: make both count events.
        current.size = count;
    }

    private void merge(int from, int middle, int to) {
        int a = from;
        int b = middle;
        for (int i = from; i < to; i++) {
            boolean first =
                    a < middle
                            && (b == to
                                    || compare(current.words, order[a], current.words, order[b])
                                            <= 0);
            scratch[i] = first ? order[a++] : order[b++];
        }
    }

    private static int compare(long[] x, int i, long[] y, int j) {
        if (x[i] != y[j]) return x[i] < y[j] ? -1 : 1;
        if (x[i + 1] != y[j + 1]) return x[i + 1] < y[j + 1] ? -1 : 1;
        return Long.compare(x[i + 2], y[j + 2]);
    }

    /// Columns of events in no order; the size counts words until it is sorted.
    static final class Bucket {
        long[] words = {};
        @Nullable Object[] payloads = {};
        int size;

        void add(long at, long key, long origin, long word, @Nullable Object content) {
            if (size == words.length) {
                words = Arrays.copyOf(words, Math.max(8 * STRIDE, size * 2));
                payloads = Arrays.copyOf(payloads, words.length / STRIDE);
            }
            words[size] = at;
            words[size + 1] = key;
            words[size + 2] = origin;
            words[size + 3] = word;
            payloads[size / STRIDE] = content;
            size += STRIDE;
        }

        void addAll(@Nullable Bucket other) {
            if (other == null) return;
            for (int i = 0; i < other.size; i += STRIDE) {
                add(
                        other.words[i],
                        other.words[i + 1],
                        other.words[i + 2],
                        other.words[i + 3],
                        other.payloads[i / STRIDE]);
            }
        }

        int count() {
            return size / STRIDE;
        }

        /// The instant of its earliest event.
        long earliest() {
            long least = Long.MAX_VALUE;
            for (int i = 0; i < size; i += STRIDE) least = Math.min(least, words[i]);
            return least;
        }

        void clear() {
            if (words.length > EMPTIED_KEEP * STRIDE) {
                words = new long[0];
                payloads = new @Nullable Object[0];
            } else {
                Arrays.fill(payloads, null);
            }
            size = 0;
        }

        /// Moves everything into a queue.
        void drainTo(EventQueue queue) {
            for (int i = 0; i < size; i += STRIDE) {
                queue.add(words[i], words[i + 1], words[i + 2], words[i + 3], payloads[i / STRIDE]);
            }
            clear();
        }
    }

    /// A binary heap over the same columns.
    private static final class Heap {
        long[] words = new long[16 * STRIDE];
        @Nullable Object[] payloads = new @Nullable Object[16];
        int size;

        void add(long at, long key, long origin, long word, @Nullable Object content) {
            if (size == payloads.length) {
                words = Arrays.copyOf(words, words.length * 2);
                payloads = Arrays.copyOf(payloads, size * 2);
            }
            int i = size++;
            set(i, at, key, origin, word, content);
            while (i > 0) {
                int parent = (i - 1) / 2;
                if (compare(words, parent * STRIDE, words, i * STRIDE) <= 0) break;
                swap(i, parent);
                i = parent;
            }
        }

        @Nullable Object removeFirst() {
            Object first = payloads[0];
            size--;
            swap(0, size);
            payloads[size] = null;
            int i = 0;
            while (true) {
                int least = i;
                for (int child = 2 * i + 1; child <= 2 * i + 2 && child < size; child++) {
                    if (compare(words, child * STRIDE, words, least * STRIDE) < 0) least = child;
                }
                if (least == i) return first;
                swap(i, least);
                i = least;
            }
        }

        private void set(int i, long at, long key, long origin, long word, @Nullable Object c) {
            words[i * STRIDE] = at;
            words[i * STRIDE + 1] = key;
            words[i * STRIDE + 2] = origin;
            words[i * STRIDE + 3] = word;
            payloads[i] = c;
        }

        private void swap(int i, int j) {
            if (i == j) return;
            for (int k = 0; k < STRIDE; k++) {
                long word = words[i * STRIDE + k];
                words[i * STRIDE + k] = words[j * STRIDE + k];
                words[j * STRIDE + k] = word;
            }
            Object payload = payloads[i];
            payloads[i] = payloads[j];
            payloads[j] = payload;
        }
    }
}
