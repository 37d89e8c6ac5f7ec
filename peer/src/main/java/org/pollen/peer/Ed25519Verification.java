package org.pollen.peer;

/// Checks Ed25519 signatures. Any thread may call.
///
/// Source: RFC 8032 5.1.7.
interface Ed25519Verification {
    /// Whether a signature is good. Never throws for what a peer sent.
    ///
    /// @param key 32 bytes
    /// @param signature 64 bytes
    boolean verify(byte[] key, byte[] message, byte[] signature);

    /// The fastest there is for this machine. The first call loads it, which takes a few tenths of
    /// a second.
    static Ed25519Verification best() {
        return Ed25519Verifications.BEST;
    }
}
