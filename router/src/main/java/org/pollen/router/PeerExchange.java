package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.router.RouterMetrics.Exchange;

/// Peer exchange: which peers a PRUNE offers, and what is done with those that others offer.
///
/// Source: router specification 6.5, 6.10.
final class PeerExchange {
    /// One dial per offered peer in this time.
    private static final long REDIAL_NANOS = 60_000_000_000L;

    /// Offers remembered to keep that; the oldest is forgotten first.
    private static final int DIALS_MAX = 1024;

    private final RouterState state;
    private final RandomGenerator random;
    private final IntList candidates = new IntList();
    private final Map<PeerId, Long> dialled = new LinkedHashMap<>();

    PeerExchange(RouterState state, RandomGenerator random) {
        this.state = state;
        this.random = random;
    }

    /// Chooses peers to be offered to one that is pruned.
    List<PxPeer> offer(int topic, Peer pruned) {
        candidates.clear();
        IntSet subscribers = state.remote.of(topic);
        for (int i = 0; i < subscribers.size(); i++) {
            Peer peer = state.peers.at(subscribers.at(i));
            if (peer == pruned || !peer.protocol.mesh()) continue;
            if (state.scores.notNegative(peer.handle)) candidates.add(peer.handle);
        }
        candidates.sample(state.params.prunePeers(), random);
        var offered = new ArrayList<PxPeer>(candidates.size());
        for (int i = 0; i < candidates.size(); i++) {
            Peer peer = state.peers.at(candidates.get(i));
            offered.add(
                    new PxPeer(peer.id.unsafeBytes(), state.config.signedRecords().apply(peer.id)));
        }
        state.metrics.exchangeOut += offered.size();
        return offered;
    }

    /// Dials offered peers that we do not know, if who offers them is trusted that far.
    void receive(Peer from, double score, List<PxPeer> offered, long now) {
        if (!(score >= state.scores.thresholds.acceptPXThreshold())) {
            state.metrics.exchangeIn.add(Exchange.IGNORED, offered.size());
            return;
        }
        int max = state.params.prunePeers();
        List<PxPeer> chosen = offered.size() > max ? sample(offered, max) : offered;
        state.metrics.exchangeIn.add(Exchange.IGNORED, offered.size() - chosen.size());
        for (PxPeer peer : chosen) {
            Exchange result = dial(peer, now);
            state.metrics.exchangeIn.add(result);
        }
    }

    private List<PxPeer> sample(List<PxPeer> offered, int max) {
        candidates.clear();
        for (int i = 0; i < offered.size(); i++) candidates.add(i);
        candidates.sample(max, random);
        var chosen = new ArrayList<PxPeer>(max);
        for (int i = 0; i < candidates.size(); i++) chosen.add(offered.get(candidates.get(i)));
        return chosen;
    }

    private Exchange dial(PxPeer offered, long now) {
        PeerId id;
        byte @Nullable [] signedRecord = offered.signedRecord();
        try {
            id = PeerId.fromBytes(offered.peerId());
        } catch (MalformedException _) {
            return Exchange.INVALID;
        }
        int known = state.peers.find(id);
        if (id.equals(state.config.self()) || state.peers.get(known) != null)
            return Exchange.IGNORED;
        Long last = dialled.get(id);
        if (last != null && now - last < REDIAL_NANOS) return Exchange.IGNORED;
        if (signedRecord != null && !state.config.recordCheck().accepts(id, signedRecord)) {
            return Exchange.INVALID;
        }
        dialled.remove(id);
        dialled.put(id, now);
        if (dialled.size() > DIALS_MAX) dialled.remove(dialled.keySet().iterator().next());
        state.output.connect(id, signedRecord);
        return Exchange.USED;
    }
}
