package org.pollen.mempool;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// An immutable hash table whose changed copy shares every bucket that did not change.
///
/// A bucket is a linked list of about two values; a change copies the part before it, besides the
/// array of buckets once an edit.
final class CowTable<V> {
    private static final int BUCKETS_MIN = 16;

    private final @Nullable Node<V>[] buckets;
    private final int size;

    private record Node<V>(long mix, V value, @Nullable Node<V> next) {}

    private CowTable(@Nullable Node<V>[] buckets, int size) {
        this.buckets = buckets;
        this.size = size;
    }

    static <V> CowTable<V> empty() {
        return new CowTable<>(CowTable.<V>array(BUCKETS_MIN), 0);
    }

    int size() {
        return size;
    }

    @Nullable V find(long mix, Predicate<? super V> which) {
        return find(buckets, mix, which);
    }

    /// Visits all values.
    void forEach(Consumer<? super V> visitor) {
        for (Node<V> node : buckets) {
            for (Node<V> n = node; n != null; n = n.next) visitor.accept(n.value);
        }
    }

    /// Starts a changed copy.
    ///
    /// @param expected size it will have, about
    Edit<V> edit(int expected) {
        int wanted = buckets.length;
        while (wanted < expected / 2) wanted *= 2;
        while (wanted > BUCKETS_MIN && wanted > expected * 4L) wanted /= 2;
        if (wanted == buckets.length) return new Edit<>(buckets.clone(), size);
        var edit = new Edit<V>(array(wanted), 0);
        for (Node<V> node : buckets) {
            for (Node<V> n = node; n != null; n = n.next) edit.put(n.mix, n.value);
        }
        return edit;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the only way to make an array of a generic type
    private static <V> @Nullable Node<V>[] array(int length) {
        return new Node[length];
    }

    private static <V> @Nullable V find(
            @Nullable Node<V>[] buckets, long mix, Predicate<? super V> which) {
        for (Node<V> n = buckets[index(mix, buckets.length)]; n != null; n = n.next) {
            if (n.mix == mix && which.test(n.value)) return n.value;
        }
        return null;
    }

    private static int index(long mix, int length) {
        return (int) (mix >>> 32) & (length - 1);
    }

    /// A copy in the making.
    static final class Edit<V> {
        private final @Nullable Node<V>[] buckets;
        private int size;

        private Edit(@Nullable Node<V>[] buckets, int size) {
            this.buckets = buckets;
            this.size = size;
        }

        void put(long mix, V value) {
            int at = index(mix, buckets.length);
            buckets[at] = new Node<>(mix, value, buckets[at]);
            size++;
        }

        void removeIf(long mix, Predicate<? super V> which) {
            V value = find(buckets, mix, which);
            if (value != null) remove(mix, value);
        }

        /// Removes this very value.
        @SuppressWarnings("ReferenceEquality") // this very value, not an equal one
        void remove(long mix, V value) {
            int at = index(mix, buckets.length);
            Node<V> found = buckets[at];
            while (found != null && found.value != value) found = found.next;
            if (found == null) return;
            Node<V> rest = found.next;
            for (Node<V> n = buckets[at]; n != null && n != found; n = n.next) {
                rest = new Node<>(n.mix, n.value, rest);
            }
            buckets[at] = rest;
            size--;
        }

        CowTable<V> done() {
            return new CowTable<>(buckets, size);
        }
    }
}
