package org.pollen.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.router.Rpc;
import org.pollen.router.RpcMessage;

/// An attacker that says one wrong thing over and over, and counts what it gets back.
final class Spammer extends Adversary {
    /// What it does on each of its links in each of its beats.
    interface Beat {
        void beat(Spammer self, int handle, long now);
    }

    private final Beat beat;
    private final long from;
    private final long every;
    final List<RpcMessage> heard = new ArrayList<>();
    private final Map<Long, Long> copies = new LinkedHashMap<>();
    long beats;
    long prunes;
    long grafts;
    long iwantBytes;
    long messageBytes;

    Spammer(Simulation simulation, Partition partition, int index, long from, Beat beat) {
        this(simulation, partition, index, from, 0, beat);
    }

    /// @param every nanoseconds between its beats, 0 for the heartbeat interval of honest peers
    Spammer(
            Simulation simulation,
            Partition partition,
            int index,
            long from,
            long every,
            Beat beat) {
        super(simulation, partition, index);
        this.from = from;
        this.every = every;
        this.beat = beat;
    }

    @Override
    long beatNanos() {
        return every == 0 ? super.beatNanos() : every;
    }

    /// How often a message came.
    long copies(RpcMessage message) {
        return copies.getOrDefault(message.idLo(), 0L);
    }

    @Override
    protected void onMessage(int handle, RpcMessage message, long now) {
        messageBytes += message.encodedLength();
        boolean first = copies.merge(message.idLo(), 1L, Long::sum) == 1;
        if (first && heard.size() < 4096) heard.add(message);
    }

    @Override
    protected void onRpc(int handle, Rpc rpc, long now) {
        prunes += rpc.pruneCount();
        grafts += rpc.graftCount();
        if (rpc.iwantCount() > 0) iwantBytes += rpc.length();
        for (int i = 0; i < rpc.messageCount(); i++) onMessage(handle, rpc.message(i), now);
    }

    @Override
    protected void beat(long now) {
        if (now < from) return;
        beats++;
        for (int handle = 0; handle < handleLimit(); handle++) {
            if (linked(handle)) beat.beat(this, handle, now);
        }
    }
}
