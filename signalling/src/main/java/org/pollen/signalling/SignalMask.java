package org.pollen.signalling;

import org.pollen.peer.PeerId;

/// Where gossip for a peer travels: a mask of two bytes with one bit, by the peer's id.
///
/// Source: A9.
public final class SignalMask {
    /// Length of the masks.
    public static final int BYTES = 2;

    private static final byte[] DOMAIN = Hashes.ascii("p2p-signal-bitmask-v1");
    private static final byte[] ID_DOMAIN = Hashes.ascii("p2p-signal-gossip-id-v1");

    private SignalMask() {}

    /// The mask of a target.
    public static byte[] of(PeerId target) {
        int bit = (Hashes.sha256(DOMAIN, target.unsafeBytes())[0] & 0xff) % 16;
        var mask = new byte[BYTES];
        mask[bit / 8] = (byte) (0x80 >>> (bit % 8));
        return mask;
    }

    /// The id of a gossip message: of the request alone, so that another signature or wrapping is
    /// no other message. Of what is not a request, of all of it.
    public static byte[] messageId(byte[] data) {
        byte[] payload = GossipSignals.requestPayload(data);
        byte[] named = payload == null ? data : payload;
        return java.util.Arrays.copyOf(Hashes.sha256(ID_DOMAIN, named), 20);
    }
}
