package org.pollen.router;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Which messages each peer asked not to be sent (IDONTWANT), for a number of heartbeats.
///
/// Bounded by the count of RPCs a peer may use per heartbeat, the ids taken of each, and the ids
/// held for a peer.
///
/// Source: router specification 6.8.
public final class Unwanted implements OutboundQueue.UnwantedTest {
    private final int ttlHeartbeats;
    private final int rpcsMax;
    private final int idsPerRpcMax;
    private final int idsPerPeerMax;
    private @Nullable KeyTable[] tables =
            new @Nullable KeyTable[16]; // by peer; id -> tick of expiry
    private int[] rpcs = new int[16];
    // Who may expire at a tick: a ring of lists of (peer, hi, lo), so that a heartbeat touches only
    // what is due.
    private final long[][] due;
    private final int[] dueSize;
    private int tick;
    private int size;
    private long ignoredRpcs;
    private long ignoredIds;

    /// Nothing is unwanted yet.
    ///
    /// @param ttlHeartbeats how long an id is remembered
    /// @param rpcsMax RPCs with IDONTWANT of a peer that count between two heartbeats
    /// @param idsPerRpcMax ids taken of one RPC
    /// @param idsPerPeerMax ids remembered for one peer
    public Unwanted(int ttlHeartbeats, int rpcsMax, int idsPerRpcMax, int idsPerPeerMax) {
        this.ttlHeartbeats = Math.max(1, ttlHeartbeats);
        this.rpcsMax = rpcsMax;
        this.idsPerRpcMax = idsPerRpcMax;
        this.idsPerPeerMax = idsPerPeerMax;
        due = new long[this.ttlHeartbeats + 1][0];
        dueSize = new int[this.ttlHeartbeats + 1];
    }

    /// Records the ids of an RPC, as far as the limits allow.
    ///
    /// @return how many were recorded
    public int receive(int peer, Rpc rpc, MessageKeyHasher hasher) {
        int count = rpc.idontwantCount();
        if (count == 0) return 0;
        if (peer >= rpcs.length) {
            int length = Math.max(peer + 1, rpcs.length * 2);
            rpcs = Arrays.copyOf(rpcs, length);
            tables = Arrays.copyOf(tables, length);
        }
        if (rpcs[peer] >= rpcsMax) {
            ignoredRpcs++;
            return 0;
        }
        rpcs[peer]++;
        int taken = Math.min(count, idsPerRpcMax);
        ignoredIds += count - taken;
        int recorded = 0;
        for (int i = 0; i < taken; i++) {
            hasher.hash(rpc.array(), rpc.idontwantOffset(i), rpc.idontwantLength(i));
            if (add(peer, hasher.hi(), hasher.lo())) recorded++;
        }
        return recorded;
    }

    @Override
    public boolean contains(int peer, long hi, long lo) {
        if (peer >= tables.length) return false;
        KeyTable table = tables[peer];
        return table != null && table.contains(hi, lo);
    }

    /// One heartbeat passes: limits start anew, ids at the end of their time go.
    public void heartbeat() {
        Arrays.fill(rpcs, 0);
        tick++;
        int at = tick % due.length;
        long[] list = due[at];
        for (int i = 0; i < dueSize[at]; i += 3) {
            int peer = (int) list[i];
            KeyTable table = tables[peer];
            // A later copy of the id has put it into a later list.
            if (table == null || table.get(list[i + 1], list[i + 2]) != tick) continue;
            table.remove(list[i + 1], list[i + 2]);
            size--;
            if (table.size() == 0) tables[peer] = null;
        }
        dueSize[at] = 0;
        if (list.length > 3 * 1024) due[at] = new long[0];
    }

    /// The peer's stream closed: what it said counts no more.
    public void removePeer(int peer) {
        if (peer >= tables.length) return;
        KeyTable table = tables[peer];
        if (table != null) size -= table.size();
        tables[peer] = null;
        rpcs[peer] = 0;
    }

    /// How many (peer, id) pairs are remembered.
    public int size() {
        return size;
    }

    /// How many ids are remembered for a peer.
    public int size(int peer) {
        KeyTable table = peer < tables.length ? tables[peer] : null;
        return table == null ? 0 : table.size();
    }

    /// How many RPCs a peer has used since the last heartbeat.
    public int rpcs(int peer) {
        return peer < rpcs.length ? rpcs[peer] : 0;
    }

    /// How many RPCs were ignored because of the limit.
    public long ignoredRpcs() {
        return ignoredRpcs;
    }

    /// How many ids were ignored because of a limit.
    public long ignoredIds() {
        return ignoredIds;
    }

    private boolean add(int peer, long hi, long lo) {
        KeyTable table = tables[peer];
        if (table == null) tables[peer] = table = new KeyTable();
        int expiry = tick + ttlHeartbeats;
        long old = table.get(hi, lo);
        if (old == expiry) return true;
        if (old == KeyTable.ABSENT) {
            if (table.size() >= idsPerPeerMax) {
                ignoredIds++;
                return false;
            }
            size++;
        }
        table.put(hi, lo, expiry);
        int at = expiry % due.length;
        if (dueSize[at] + 3 > due[at].length) {
            due[at] = Arrays.copyOf(due[at], Math.max(24, due[at].length * 2));
        }
        due[at][dueSize[at]++] = peer;
        due[at][dueSize[at]++] = hi;
        due[at][dueSize[at]++] = lo;
        return true;
    }
}
