package org.pollen.signalling;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.pollen.peer.PeerId;

/// Peers by their distance: the XOR of the SHA-256 of their ids.
final class Nearest {
    private Nearest() {}

    static List<PeerId> to(PeerId target, List<PeerId> peers, int count) {
        byte[] origin = Hashes.sha256(target.unsafeBytes());
        record Far(PeerId peer, byte[] distance) {}
        return peers.stream()
                .filter(peer -> !peer.equals(target))
                .map(peer -> new Far(peer, distance(origin, peer)))
                .sorted(Comparator.comparing(Far::distance, Arrays::compareUnsigned))
                .limit(count)
                .map(Far::peer)
                .toList();
    }

    private static byte[] distance(byte[] origin, PeerId peer) {
        byte[] hash = Hashes.sha256(peer.unsafeBytes());
        for (int i = 0; i < hash.length; i++) hash[i] ^= origin[i];
        return hash;
    }
}
