package org.pollen.signalling;

import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.SignedEnvelope;

/// Who this node is, and what signs for it.
public interface Identity {
    /// Its id.
    PeerId peerId();

    /// Signs a payload.
    ///
    /// @return the envelope as it goes over the wire
    byte[] seal(SignedObject kind, byte[] payload);

    /// That of a key.
    static Identity of(PrivateKey key) {
        PeerId id = key.publicKey().peerId();
        return new Identity() {
            @Override
            public PeerId peerId() {
                return id;
            }

            @Override
            public byte[] seal(SignedObject kind, byte[] payload) {
                return SignedEnvelope.seal(key, kind.domain(), kind.payloadType(), payload)
                        .toByteArray();
            }
        };
    }
}
