package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.router.Rpc;
import org.pollen.router.RpcMessage;

/// An attacker that says one wrong thing over and over, and counts what it gets back.
final class Spammer extends Adversary {
    /// What it does on each of its links once in a heartbeat interval.
    interface Beat {
        void beat(Spammer self, int handle, long now);
    }

    private final Beat beat;
    private final long from;
    final List<RpcMessage> heard = new ArrayList<>();
    private final Map<Long, Long> copies = new LinkedHashMap<>();
    long beats;
    long prunes;
    long grafts;
    long iwantIds;
    long iwantRpcs;
    long messages;
    private long idsBefore;
    private long rpcsBefore;

    /// Most that one of its links brought in one of its beats, on average over links.
    double iwantIdsMost;

    double iwantRpcsMost;

    Spammer(Simulation simulation, Partition partition, int index, long from, Beat beat) {
        super(simulation, partition, index);
        this.from = from;
        this.beat = beat;
    }

    /// How often a message came.
    long copies(RpcMessage message) {
        return copies.getOrDefault(message.idLo(), 0L);
    }

    @Override
    protected void onMessage(int handle, RpcMessage message, long now) {
        messages++;
        boolean first = copies.merge(message.idLo(), 1L, Long::sum) == 1;
        if (first && heard.size() < 4096) heard.add(message);
    }

    @Override
    protected void onRpc(int handle, Rpc rpc, long now) {
        prunes += rpc.pruneCount();
        grafts += rpc.graftCount();
        iwantIds += rpc.iwantCount();
        if (rpc.iwantCount() > 0) iwantRpcs++;
        for (int i = 0; i < rpc.messageCount(); i++) onMessage(handle, rpc.message(i), now);
    }

    @Override
    protected void beat(long now) {
        if (now < from) return;
        beats++;
        int links = Math.max(1, links());
        iwantIdsMost = Math.max(iwantIdsMost, (double) (iwantIds - idsBefore) / links);
        iwantRpcsMost = Math.max(iwantRpcsMost, (double) (iwantRpcs - rpcsBefore) / links);
        idsBefore = iwantIds;
        rpcsBefore = iwantRpcs;
        for (int handle = 0; handle < handleLimit(); handle++) {
            if (linked(handle)) beat.beat(this, handle, now);
        }
    }
}
