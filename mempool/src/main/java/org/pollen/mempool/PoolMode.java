package org.pollen.mempool;

/// How close the pool stays to the reference.
public enum PoolMode {
    /// The reference bit for bit, its known weaknesses included; conformance rows run in it.
    REFERENCE,
    /// The reference plus `strictOverdraft` and `fairAdmission` and without its quirks; the
    /// default.
    HARDENED
}
