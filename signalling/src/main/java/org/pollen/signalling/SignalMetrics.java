package org.pollen.signalling;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// Plain counters, read by whoever exports them. One thread, as the roles.
///
/// Source: A11.
public final class SignalMetrics {
    final long[] submits = new long[SignalCode.values().length];
    final long[] deliveries = new long[SignalCode.values().length];
    final long[] punches = new long[SignalCode.values().length];
    final Map<String, Long> gossip = new TreeMap<>();
    long notices;
    long deliveriesFailed;
    long punchBytesOut;
    long bytesIn;
    long identityMismatches;
    long ephemeralPorts;
    long signaturesChecked;
    long worksChecked;
    int difficulty;

    SignalMetrics() {}

    /// Answers of the relay, by code.
    public long submits(SignalCode code) {
        return submits[code.number()];
    }

    /// All answers of the relay.
    public long submits() {
        return Arrays.stream(submits).sum();
    }

    /// Answers of the target, by code.
    public long deliveries(SignalCode code) {
        return deliveries[code.number()];
    }

    /// All answers of the target.
    public long deliveries() {
        return Arrays.stream(deliveries).sum();
    }

    /// Punches that ended, by result.
    public long punches(SignalCode code) {
        return punches[code.number()];
    }

    /// Judgements of gossip: `accept`, or verdict and reason.
    public Map<String, Long> gossip() {
        return Map.copyOf(gossip);
    }

    /// Notices passed on.
    public long notices() {
        return notices;
    }

    /// Deliveries that never got an answer.
    public long deliveriesFailed() {
        return deliveriesFailed;
    }

    /// Bytes sent to addresses that are punched, kernel retransmissions included.
    public long punchBytesOut() {
        return punchBytesOut;
    }

    /// Bytes of frames that were read.
    public long bytesIn() {
        return bytesIn;
    }

    /// Connections that were not who was expected.
    public long identityMismatches() {
        return identityMismatches;
    }

    /// Dials that could not use the listen port.
    public long ephemeralPorts() {
        return ephemeralPorts;
    }

    /// Signatures that had to be checked.
    public long signaturesChecked() {
        return signaturesChecked;
    }

    /// Works that had to be checked.
    public long worksChecked() {
        return worksChecked;
    }

    /// Work that was last asked for, in bits.
    public int difficulty() {
        return difficulty;
    }
}
