package org.pollen.router;

/// One counter for each constant of an enum; the array of them is shared, not to be changed.
final class Tally<E extends Enum<E>> {
    private final E[] constants;
    private final long[] counts;

    Tally(E[] constants) {
        this.constants = constants;
        counts = new long[constants.length];
    }

    E[] constants() {
        return constants.clone();
    }

    void add(E constant) {
        add(constant, 1);
    }

    // An array by ordinal is what an EnumMap is inside, without the boxes.
    @SuppressWarnings("EnumOrdinal")
    void add(E constant, long count) {
        counts[constant.ordinal()] += count;
    }

    @SuppressWarnings("EnumOrdinal")
    long get(E constant) {
        return counts[constant.ordinal()];
    }
}
