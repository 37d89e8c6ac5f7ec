package org.pollen.libp2p.peers;

import java.util.Arrays;
import java.util.Random;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.pollen.peer.PeerRecord;
import org.pollen.peer.PrivateKey;

/// Identities and records by number.
final class Peers {
    private Peers() {}

    static PrivateKey key(int n) {
        byte[] seed = new byte[32];
        new Random(n).nextBytes(seed);
        return PrivateKey.ed25519(seed);
    }

    static PeerId id(int n) {
        return key(n).publicKey().peerId();
    }

    static byte[] envelope(int n, long seq, String... addresses) {
        var record =
                new PeerRecord(id(n), seq, Arrays.stream(addresses).map(Multiaddr::parse).toList());
        return record.toSignedEnvelope(key(n));
    }

    static AddressBook.Certified certified(int n, long seq, String... addresses) throws Exception {
        return AddressBook.Certified.verify(envelope(n, seq, addresses));
    }
}
