package org.pollen.simulator;

import java.util.List;

/// What a run came to. Counts are exact; `wallNanos` is the only field that differs between two
/// runs of one setup.
///
/// @param digest 128 bits in hexadecimal digits over all events and their outcomes
/// @param perSecond the digest of each virtual second
/// @param endNanos virtual end, earlier than planned if the run was cancelled
/// @param wallNanos real time
/// @param events executed
/// @param rpcs that reached a peer
/// @param messageRpcs those that were a single message
/// @param deliveries first copies at honest peers, publishers apart
/// @param expected deliveries if every honest peer got every message
/// @param expectations how many these are of each message
/// @param invalidDeliveries of messages that validators reject
/// @param wireBytes with headers of all layers
/// @param validations messages looked at by validators
/// @param phases delays of messages published before, during and after the attack
/// @param reached peers that got each message
/// @param reachedWatched those of them that are watched
/// @param reachedLeavers peers that got it, and do not count because they left within half a minute
/// @param slowest nanoseconds until the last of them had it
/// @param classes delays by topic and phase
/// @param copies how first copies came, and when further ones did, where somebody asked
/// @param times until messages had reached a share of the peers, where somebody asked
/// @param savedCopies that IDONTWANT made needless, where somebody asked
/// @param savedBytes of these
/// @param attackLinks that honest peers had with attackers, each time anew
/// @param refusedRpcs that decoders did not read
/// @param exchangeDials that peer exchange asked for
/// @param series columns of each virtual second, as [Tally] numbers them
/// @param meshMean members of the meshes of honest peers at the end, on average
/// @param windows of parallel execution
// Arrays are not compared: nobody compares results but by digest.
@SuppressWarnings("ArrayRecordComponent")
public record SimulationResult(
        String digest,
        List<String> perSecond,
        long endNanos,
        long wallNanos,
        long events,
        long rpcs,
        long messageRpcs,
        long deliveries,
        long expected,
        Expectations expectations,
        long invalidDeliveries,
        long wireBytes,
        long validations,
        List<LatencyHistogram> phases,
        int[] reached,
        int[] reachedWatched,
        int[] reachedLeavers,
        long[] slowest,
        DeliveryClasses classes,
        CopyCounts copies,
        PropagationTimes times,
        long savedCopies,
        long savedBytes,
        long attackLinks,
        long refusedRpcs,
        long exchangeDials,
        long[] series,
        double meshMean,
        long windows) {

    /// Copies the lists.
    public SimulationResult {
        perSecond = List.copyOf(perSecond);
        phases = List.copyOf(phases);
    }

    static SimulationResult of(
            Tally sum,
            Setup setup,
            Expectations expectations,
            PropagationTimes times,
            long end,
            long wall,
            long windows) {
        var seconds = new java.util.ArrayList<String>();
        for (int i = 0; i < sum.digest.length; i += 2) {
            if (i / 2 * 1_000_000_000L < end) {
                seconds.add("%016x%016x".formatted(sum.digest[i], sum.digest[i + 1]));
            }
        }
        long expected = 0;
        for (int i = 0; i < setup.messages().size(); i++) {
            if (setup.messages().get(i).at() < end) expected += expectations.stayed(i);
        }
        return new SimulationResult(
                sum.digestText(),
                seconds,
                end,
                wall,
                sum.events,
                sum.rpcs,
                sum.messageRpcs,
                sum.deliveries,
                expected,
                expectations,
                sum.invalidDeliveries,
                sum.wireBytes,
                sum.validations,
                List.of(sum.phases),
                sum.reached,
                sum.reachedWatched,
                sum.reachedLeavers,
                sum.slowest,
                sum.classes,
                sum.copies,
                times,
                sum.savedCopies,
                sum.savedBytes,
                sum.attackLinks,
                sum.refusedRpcs,
                sum.exchangeDials,
                sum.series,
                sum.meshMean(),
                windows);
    }

    /// All delays together.
    public LatencyHistogram delays() {
        var all = new LatencyHistogram();
        for (LatencyHistogram phase : phases) all.add(phase);
        return all;
    }

    /// The share of expected deliveries that happened.
    public double delivery() {
        return expected == 0 ? 1 : (double) deliveries / expected;
    }

    /// Further copies for each delivery: single messages that came and were no delivery. Only true
    /// without attackers, who count as receivers too; [Measure.Metric#DUPLICATES] is of honest
    /// peers.
    public double duplicatesPerDelivery() {
        return deliveries == 0 ? 0 : (double) (messageRpcs - deliveries) / deliveries;
    }
}
