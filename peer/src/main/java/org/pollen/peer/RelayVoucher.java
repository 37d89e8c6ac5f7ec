package org.pollen.peer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A relay's word that it will forward connections to a peer until a time.
///
/// Source: circuit relay v2; host.md 12.
///
/// @param relay who forwards, and signs
/// @param peer who can be reached through it
/// @param expirationSeconds unsigned, seconds since 1970
public record RelayVoucher(PeerId relay, PeerId peer, long expirationSeconds) {
    /// The domain that is signed.
    public static final String DOMAIN = "libp2p-relay-rsvp";

    private static final byte[] TYPE = {3, 2};

    /// Signs the voucher.
    ///
    /// @param key the relay's own
    /// @return the envelope as it goes over the wire
    public byte[] toSignedEnvelope(PrivateKey key) {
        if (!key.publicKey().peerId().equals(relay)) {
            throw new IllegalArgumentException("key is not that of " + relay);
        }
        return SignedEnvelope.seal(key, DOMAIN, TYPE, toByteArray()).toByteArray();
    }

    /// Reads and verifies a signed voucher. Whether it is still good is for whoever has a clock.
    ///
    /// @throws MalformedException if the envelope is none, its signature is wrong, or it speaks for
    ///   another relay than its signer
    public static RelayVoucher fromSignedEnvelope(byte[] bytes) throws MalformedException {
        SignedEnvelope envelope = SignedEnvelope.parse(bytes);
        if (!Arrays.equals(envelope.payloadType(), TYPE)) {
            throw new MalformedException("voucher: unknown payload type");
        }
        if (!envelope.verify(DOMAIN)) throw new MalformedException("voucher: wrong signature");
        RelayVoucher voucher = parse(envelope.payload());
        if (!voucher.relay.equals(envelope.publicKey().peerId())) {
            throw new MalformedException("voucher: signed by another peer");
        }
        return voucher;
    }

    /// The voucher without its envelope.
    public byte[] toByteArray() {
        return new ProtoWriter(128)
                .bytes(1, relay.unsafeBytes())
                .bytes(2, peer.unsafeBytes())
                .varint(3, expirationSeconds)
                .toByteArray();
    }

    private static RelayVoucher parse(byte[] bytes) throws MalformedException {
        @Nullable PeerId relay = null;
        @Nullable PeerId peer = null;
        long expiration = 0;
        var in = new ProtoReader(bytes);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> relay = PeerId.fromBytes(in.bytes(PeerId.BYTES_MAX));
                case 2 -> peer = PeerId.fromBytes(in.bytes(PeerId.BYTES_MAX));
                case 3 -> expiration = in.varint();
                default -> {} // from the future
            }
        }
        if (relay == null || peer == null) throw new MalformedException("voucher: no peer id");
        return new RelayVoucher(relay, peer, expiration);
    }
}
