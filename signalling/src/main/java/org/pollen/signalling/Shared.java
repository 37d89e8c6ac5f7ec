package org.pollen.signalling;

import java.util.random.RandomGenerator;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.SignedEnvelope;

/// What the roles of a node have in common.
///
/// @param self this node
/// @param verifier of signatures
/// @param work check of work
/// @param random for nonces and challenges
/// @param standing of peers
/// @param challenges of this node
record Shared(
        SignalConfig config,
        Identity self,
        Verifier verifier,
        ProofOfWork.Check work,
        RandomGenerator random,
        Links links,
        AddressBook book,
        SignalOutput output,
        Standing standing,
        Challenges challenges,
        TimeRules times,
        SignalMetrics metrics) {
    byte[] randomBytes(int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    boolean signed(SignedEnvelope envelope, SignedObject kind) {
        metrics.signaturesChecked++;
        return verifier.verify(envelope, kind);
    }

    SignalGovernor governor(String bucket, Instants now) {
        return new SignalGovernor(
                config.bucket(bucket),
                config.bucket("reserve"),
                config.powMin(),
                config.powMax(),
                challenges,
                work,
                metrics,
                now.nanos());
    }

    <K> KeyedBuckets<K> buckets(String name, Instants now) {
        return new KeyedBuckets<>(config.bucket(name), config.tableEntries(), now.nanos());
    }

    /// A request inside its envelope, whose signature is not checked yet.
    ///
    /// @param id of the payload
    record Opened(SignedEnvelope envelope, SignalRequest request, RequestId id) {
        static Opened read(byte[] bytes) throws MalformedException {
            SignedEnvelope envelope = SignedObject.REQUEST.open(bytes);
            SignalRequest request = SignalRequest.parse(envelope.payload());
            return new Opened(envelope, request, RequestId.of(envelope.payload()));
        }

        boolean keyIsSources() {
            return envelope.publicKey().peerId().equals(request.source());
        }
    }

    SignalStatus limited(PeerId peer, long retryMillis, Instants now) {
        standing.limited(peer, now.nanos());
        return SignalStatus.limited(retryMillis);
    }

    SignalStatus malformed(PeerId peer, Instants now) {
        standing.note(peer, Standing.Deed.MALFORMED, now.nanos());
        return SignalStatus.of(SignalCode.MALFORMED);
    }
}
