package org.pollen.mempool.fetch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.bouncycastle.crypto.macs.SipHash;
import org.bouncycastle.crypto.params.KeyParameter;
import org.pollen.mempool.Address;

/// Chooses the peers that get whole transactions of a sender.
///
/// By a keyed hash of this node, the peer and the sender, so that one account's transactions take
/// the same way and arrive in order, two nodes choose differently, and nobody outside knows. The
/// lowest are chosen, so one more peer never takes another's place. Source: mempool specification
/// 8.1.
final class DirectPeers {
    private final byte[] self;
    private final KeyParameter key;

    /// @param key 16 secret bytes
    DirectPeers(byte[] self, byte[] key) {
        this.self = self.clone();
        this.key = new KeyParameter(key);
    }

    /// The chosen of some peers, as many as the root of their number, rounded up.
    ///
    /// @param ids by peer
    List<Integer> choose(Map<Integer, byte[]> ids, Address sender) {
        record Scored(int peer, long score) {}
        var scored = new ArrayList<Scored>(ids.size());
        byte[] from = sender.bytes();
        ids.forEach((peer, id) -> scored.add(new Scored(peer, score(id, from))));
        scored.sort(
                Comparator.comparingLong((Scored one) -> one.score)
                        .thenComparingInt(one -> one.peer));
        return scored.subList(0, count(ids.values())).stream().map(Scored::peer).toList();
    }

    private static int count(Collection<?> peers) {
        return (int) Math.ceil(Math.sqrt(peers.size()));
    }

    private long score(byte[] id, byte[] sender) {
        var hash = new SipHash();
        hash.init(key);
        hash.update(self, 0, self.length);
        hash.update(id, 0, id.length);
        hash.update(sender, 0, sender.length);
        return hash.doFinal();
    }
}
