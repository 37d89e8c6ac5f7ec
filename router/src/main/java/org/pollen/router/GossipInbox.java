package org.pollen.router;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.pollen.router.RouterMetrics.IhaveIgnored;
import org.pollen.router.RouterMetrics.IwantUnserved;
import org.pollen.router.RouterMetrics.Part;

/// Answers IHAVE with IWANT, and IWANT with messages.
///
/// Source: router specification 6.6, 6.9.
final class GossipInbox {
    private final RouterState state;
    private final RandomGenerator random;
    private final KeyTable inThisRpc = new KeyTable();
    private final IntList wanted = new IntList(); // offset, length of ids in the RPC
    private long[] keys = new long[8];
    private int count;
    private final List<Peer> counted = new ArrayList<>(0);

    GossipInbox(RouterState state, RandomGenerator random) {
        this.state = state;
        this.random = random;
    }

    /// A heartbeat passed: what peers may do is counted anew.
    void heartbeat() {
        for (Peer peer : counted) peer.clearHeartbeatCounters();
        counted.clear();
    }

    private void count(Peer peer) {
        if (peer.counted) return;
        peer.counted = true;
        counted.add(peer);
    }

    /// Asks for what the IHAVEs of an RPC announce and we have not seen.
    void receiveIhave(Peer peer, Rpc rpc, long now) {
        int entries = rpc.ihaveCount();
        if (entries == 0) return;
        RouterMetrics metrics = state.metrics;
        count(peer);
        metrics.received.add(Part.IHAVE);
        metrics.ihaveIdsReceived += rpc.ihaveEnd(entries - 1);
        if (!state.scores.canGossip(peer.handle)) {
            ignore(IhaveIgnored.LOW_SCORE);
        } else if (++peer.ihaveRpcs > state.params.maxIHaveMessages()) {
            ignore(IhaveIgnored.MAX_MESSAGES);
        } else if (peer.idsAsked >= state.params.maxIHaveLength()) {
            ignore(IhaveIgnored.MAX_IDS);
        } else {
            collect(peer, rpc, now);
            if (count > 0) ask(peer, rpc, now);
        }
    }

    private void ignore(IhaveIgnored reason) {
        state.metrics.ihaveIgnored.add(reason);
    }

    private void collect(Peer peer, Rpc rpc, long now) {
        inThisRpc.clear();
        wanted.clear();
        count = 0;
        for (int i = 0; i < rpc.ihaveCount(); i++) {
            int topic =
                    state.masks.find(rpc.array(), rpc.ihaveMaskOffset(i), rpc.ihaveMaskLength(i));
            if (!state.meshes.isOpen(topic)) {
                ignore(IhaveIgnored.NO_TOPIC);
                continue;
            }
            if (!state.peerFilter.test(peer.id, state.masks.mask(topic))) continue;
            int first = rpc.ihaveFirst(i);
            int end = Math.min(rpc.ihaveEnd(i), first + state.params.maxIHaveLength());
            for (int id = first; id < end; id++) consider(rpc, id, now);
        }
    }

    private void consider(Rpc rpc, int id, long now) {
        int offset = rpc.ihaveIdOffset(id);
        int length = rpc.ihaveIdLength(id);
        state.hasher.hash(rpc.array(), offset, length);
        long hi = state.hasher.hi();
        long lo = state.hasher.lo();
        if (state.seen.contains(hi, lo, now) || state.pipeline.isVerifying(hi, lo)) return;
        if (!state.requested.mayAsk(hi, lo, now)) return;
        if (inThisRpc.put(hi, lo, 1) != KeyTable.ABSENT) return;
        wanted.add(offset);
        wanted.add(length);
        if (2 * count == keys.length) keys = Arrays.copyOf(keys, keys.length * 2);
        keys[2 * count] = hi;
        keys[2 * count + 1] = lo;
        count++;
    }

    private void ask(Peer peer, Rpc rpc, long now) {
        int n = Math.min(count, state.params.maxIHaveLength() - peer.idsAsked);
        peer.idsAsked += n;
        // A random part in random order: the first n of the list are those asked for.
        for (int i = 0; i < n; i++) swap(i, i + random.nextInt(count - i));
        var builder = state.sender.builder();
        for (int i = 0; i < n; i++) {
            int offset = wanted.get(2 * i);
            builder.iwant(Arrays.copyOfRange(rpc.array(), offset, offset + wanted.get(2 * i + 1)));
        }
        if (!state.sender.send(peer, builder, RpcClass.GOSSIP, now)) return;
        state.metrics.sent.add(Part.IWANT);
        state.metrics.iwantIdsSent += n;
        for (int i = 0; i < n; i++) state.requested.asked(keys[2 * i], keys[2 * i + 1], now);
        if (state.params.trackAllPromises()) {
            for (int i = 0; i < n; i++) {
                state.promises.add(peer.handle, keys[2 * i], keys[2 * i + 1], now);
            }
        } else {
            state.promises.addOneOf(peer.handle, keys, n, now);
        }
    }

    private void swap(int i, int j) {
        if (i == j) return;
        wanted.swap(2 * i, 2 * j);
        wanted.swap(2 * i + 1, 2 * j + 1);
        long hi = keys[2 * i];
        long lo = keys[2 * i + 1];
        keys[2 * i] = keys[2 * j];
        keys[2 * i + 1] = keys[2 * j + 1];
        keys[2 * j] = hi;
        keys[2 * j + 1] = lo;
    }

    /// Sends what the IWANTs of an RPC ask for, as far as we have it and the peer has not had its
    /// share.
    void receiveIwant(Peer peer, Rpc rpc, long now) {
        int ids = rpc.iwantCount();
        if (ids == 0) return;
        count(peer);
        state.metrics.received.add(Part.IWANT);
        state.metrics.iwantIdsReceived += ids;
        if (!state.scores.canGossip(peer.handle)) {
            state.metrics.iwantUnserved.add(IwantUnserved.LOW_SCORE, ids);
            return;
        }
        inThisRpc.clear();
        for (int i = 0; i < ids; i++) {
            if (peer.iwantIds >= state.params.maxIWantLength()) {
                state.metrics.iwantUnserved.add(IwantUnserved.MAX_IDS, ids - i);
                return;
            }
            peer.iwantIds++;
            state.hasher.hash(rpc.array(), rpc.iwantOffset(i), rpc.iwantLength(i));
            serve(peer, state.hasher.hi(), state.hasher.lo(), now);
        }
    }

    private void unserved(IwantUnserved reason) {
        state.metrics.iwantUnserved.add(reason);
    }

    private void serve(Peer peer, long hi, long lo, long now) {
        int requests = state.cache.countRequest(peer.handle, hi, lo);
        RpcMessage message = state.cache.get(hi, lo);
        if (requests == 0 || message == null) {
            state.metrics.cacheMisses++;
            unserved(IwantUnserved.MISSING);
        } else if (requests > state.params.gossipRetransmission()) {
            unserved(IwantUnserved.RETRANSMISSION);
        } else if (!wanted(peer, message, hi, lo)) {
            unserved(IwantUnserved.FILTERED);
        } else if (inThisRpc.put(hi, lo, 1) == KeyTable.ABSENT) {
            if (peer.iwantBytes + message.encodedLength() > state.params.iwantBytesPerHeartbeat()) {
                unserved(IwantUnserved.MAX_BYTES);
                return;
            }
            peer.iwantBytes += message.encodedLength();
            state.sender.send(peer, message, RpcClass.IWANT_REPLY, now);
        }
    }

    private boolean wanted(Peer peer, RpcMessage message, long hi, long lo) {
        if (state.unwanted.contains(peer.handle, hi, lo)) return false;
        if (message.matches(MessageFields.FROM, peer.id.unsafeBytes())) return false;
        int key = state.cache.keyOf(hi, lo);
        for (int slice : state.masks.slices(key)) {
            if (!state.peerFilter.test(peer.id, state.masks.mask(slice))) return false;
        }
        return true;
    }
}
