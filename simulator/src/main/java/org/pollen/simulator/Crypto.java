package org.pollen.simulator;

/// Whether messages are signed, and who believes it.
public enum Crypto {
    /// No signatures, as in the networks whose policy is not to sign.
    NONE,
    /// Author, sequence number and 64 bytes in place of a signature, of which the first says
    /// whether it is genuine; to look at it takes the time of a verification.
    MODELLED,
    /// Ed25519 signatures that are made and verified, and take as much virtual time.
    REAL;

    /// Virtual time of a verification.
    static final long VERIFY_NANOS = 100_000;

    /// The one with a name.
    static Crypto named(String name) {
        for (Crypto each : values()) {
            if (each.name().toLowerCase(java.util.Locale.ROOT).equals(name)) return each;
        }
        throw new IllegalArgumentException(
                "crypto %s: one of none, modelled, real".formatted(name));
    }
}
