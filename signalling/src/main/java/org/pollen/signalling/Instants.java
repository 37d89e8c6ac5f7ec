package org.pollen.signalling;

/// Now, on both clocks.
///
/// @param nanos of a monotonic clock: limits and timers
/// @param epochMillis since 1970: what is signed
public record Instants(long nanos, long epochMillis) {
    static final long NANOS_PER_MILLI = 1_000_000;

    /// An instant so many milliseconds later on both clocks.
    public Instants plusMillis(long millis) {
        return new Instants(nanos + millis * NANOS_PER_MILLI, epochMillis + millis);
    }
}
