package org.pollen.libp2p.relay;

import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;
import org.pollen.peer.ProtoReader;
import org.pollen.peer.ProtoWriter;
import org.pollen.peer.SignedEnvelope;

/// A relay's signed word that a peer has a reservation.
///
/// @param expires seconds since 1970
public record Voucher(PeerId relay, PeerId peer, long expires) {
    private static final String DOMAIN = "libp2p-relay-rsvp";
    private static final byte[] TYPE = {3, 2};

    byte[] payload() {
        return new ProtoWriter(128)
                .bytes(1, relay.unsafeBytes())
                .bytes(2, peer.unsafeBytes())
                .varint(3, expires)
                .toByteArray();
    }

    /// The envelope, signed by the relay.
    public byte[] seal(PrivateKey key) {
        return SignedEnvelope.seal(key, DOMAIN, TYPE, payload()).toByteArray();
    }

    /// Reads and verifies.
    ///
    /// @throws MalformedException if it is none, its signature is wrong, or the signer is not the
    ///   relay it names
    public static Voucher open(byte[] bytes) throws MalformedException {
        SignedEnvelope envelope = SignedEnvelope.parse(bytes);
        if (!java.util.Arrays.equals(envelope.payloadType(), TYPE) || !envelope.verify(DOMAIN)) {
            throw new MalformedException("voucher: no voucher, or its signature is wrong");
        }
        PeerId relay = null;
        PeerId peer = null;
        long expires = 0;
        var in = new ProtoReader(envelope.payload());
        while (in.next()) {
            switch (in.field()) {
                case 1 -> {
                    in.expectBytes();
                    relay = PeerId.fromBytes(in.buffer(), in.start(), in.length());
                }
                case 2 -> {
                    in.expectBytes();
                    peer = PeerId.fromBytes(in.buffer(), in.start(), in.length());
                }
                case 3 -> expires = in.varint();
                default -> {} // from the future
            }
        }
        if (relay == null || peer == null || !relay.equals(envelope.publicKey().peerId())) {
            throw new MalformedException("voucher: not signed by the relay it names");
        }
        return new Voucher(relay, peer, expires);
    }
}
