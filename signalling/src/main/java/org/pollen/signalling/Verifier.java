package org.pollen.signalling;

import org.pollen.peer.SignedEnvelope;

/// Checks signatures: about a tenth of a millisecond each, so everything that is cheaper comes
/// before.
@FunctionalInterface
public interface Verifier {
    /// What nodes use.
    Verifier KEYS = (envelope, kind) -> envelope.verify(kind.domain());

    /// Whether the envelope's key signed it as what it is.
    boolean verify(SignedEnvelope envelope, SignedObject kind);
}
