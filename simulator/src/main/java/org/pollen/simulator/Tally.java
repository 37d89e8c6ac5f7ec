package org.pollen.simulator;

/// What one partition counted; all integers, merged by addition.
final class Tally {
    long events;
    long rpcs;
    long messageRpcs;
    long deliveries;
    long invalidDeliveries;
    long wireBytes;
    long validations;
    long droppedOnClosedLinks;
    final LatencyHistogram[] phases = {
        new LatencyHistogram(),
        new LatencyHistogram(),
        new LatencyHistogram(),
        new LatencyHistogram()
    };
    final int[] reached;
    long[] digest = new long[128]; // two words for each virtual second

    Tally(int messages) {
        reached = new int[messages];
    }

    void digest(long time, long key, long origin, long outcome) {
        int at = 2 * (int) (time / 1_000_000_000L);
        if (at + 1 >= digest.length) digest = java.util.Arrays.copyOf(digest, at * 2);
        long h = Mix.mix(Mix.mix(time, key, origin), outcome);
        digest[at] += h;
        digest[at + 1] += Mix.mix(h, 0x5bd1e995);
    }

    void add(Tally other) {
        events += other.events;
        rpcs += other.rpcs;
        messageRpcs += other.messageRpcs;
        deliveries += other.deliveries;
        invalidDeliveries += other.invalidDeliveries;
        wireBytes += other.wireBytes;
        validations += other.validations;
        droppedOnClosedLinks += other.droppedOnClosedLinks;
        for (int i = 0; i < phases.length; i++) phases[i].add(other.phases[i]);
        for (int i = 0; i < reached.length; i++) reached[i] += other.reached[i];
        if (other.digest.length > digest.length) {
            digest = java.util.Arrays.copyOf(digest, other.digest.length);
        }
        for (int i = 0; i < other.digest.length; i++) digest[i] += other.digest[i];
    }
}
