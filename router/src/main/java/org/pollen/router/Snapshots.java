package org.pollen.router;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.peer.PeerId;

/// Takes [RouterSnapshot]s.
final class Snapshots {
    private Snapshots() {}

    static RouterSnapshot take(RouterState state, long now) {
        var topics = new ArrayList<RouterSnapshot.Topic>();
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) topics.add(topic(state, joined.at(i)));
        var composites = new ArrayList<RouterSnapshot.Composite>();
        for (LocalTopics.Composite composite : state.local.composites()) {
            composites.add(composite(state, composite));
        }
        var fanouts = new ArrayList<RouterSnapshot.Fanout>();
        for (Fanouts.Fanout fanout : state.fanouts.all()) {
            Mask mask = state.masks.mask(fanout.key);
            fanouts.add(
                    new RouterSnapshot.Fanout(
                            mask, name(state, mask), ids(state, fanout.peers.toArray())));
        }
        var peers = new ArrayList<RouterSnapshot.PeerView>();
        RpcClass[] classes = RpcClass.values();
        var queueBytes = new Long[classes.length];
        Arrays.fill(queueBytes, 0L);
        IntSet connected = state.peers.connected();
        for (int i = 0; i < connected.size(); i++) {
            Peer peer = state.peers.at(connected.at(i));
            peers.add(peer(state, peer, now));
            for (int c = 0; c < classes.length; c++) queueBytes[c] += peer.queue.bytes(classes[c]);
        }
        return new RouterSnapshot(
                state.config.self(),
                state.heartbeat.ticks(),
                topics,
                composites,
                fanouts,
                peers,
                state.directPeers.all(),
                state.remote.topics(),
                state.backoffs.size(),
                state.seen.size(),
                state.cache.size(),
                state.cache.bytes(),
                state.pipeline.size(),
                state.promises.size(),
                state.scores.engine.retainedPeers(),
                state.scores.engine.deliveryRecords(),
                List.of(queueBytes));
    }

    private static RouterSnapshot.Topic topic(RouterState state, int slice) {
        int[] members = state.meshes.of(slice).toArray();
        int outbound = 0;
        var perPrefix = new LinkedHashMap<String, Integer>();
        for (int member : members) {
            Peer peer = state.peers.at(member);
            if (peer.outbound) outbound++;
            peer.ips.stream()
                    .map(Snapshots::prefix)
                    .distinct()
                    .forEach(prefix -> perPrefix.merge(prefix, 1, Integer::sum));
        }
        Mask mask = state.masks.mask(slice);
        return new RouterSnapshot.Topic(
                mask,
                name(state, mask),
                ids(state, members),
                outbound,
                state.remote.of(slice).size(),
                most(perPrefix));
    }

    private static int most(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    private static String prefix(byte[] ip) {
        return HexFormat.of().formatHex(ip, 0, Math.min(ip.length, ip.length == 4 ? 3 : 6));
    }

    private static RouterSnapshot.Composite composite(
            RouterState state, LocalTopics.Composite composite) {
        var members = new IntList();
        state.meshes.composite(composite.slices, members);
        var holders = new IntList();
        state.remote.fullHolders(composite.slices, holders);
        Mask mask = state.masks.mask(composite.handle);
        return new RouterSnapshot.Composite(
                mask, name(state, mask), ids(state, members.toArray()), holders.size());
    }

    private static RouterSnapshot.PeerView peer(RouterState state, Peer peer, long now) {
        int meshes = 0;
        IntSet joined = state.local.joined();
        for (int i = 0; i < joined.size(); i++) {
            if (state.meshes.of(joined.at(i)).contains(peer.handle)) meshes++;
        }
        return new RouterSnapshot.PeerView(
                peer.id,
                peer.protocol,
                peer.outbound,
                peer.direct,
                peer.topics.size(),
                meshes,
                peer.queue.size(),
                peer.queue.bytes(),
                state.scores.engine.snapshot(peer.handle, now));
    }

    private static String name(RouterState state, Mask mask) {
        return mask.display(state.params.dialect());
    }

    private static List<PeerId> ids(RouterState state, int[] handles) {
        var ids = new ArrayList<PeerId>(handles.length);
        for (int handle : handles) ids.add(state.peers.at(handle).id);
        return ids;
    }
}
