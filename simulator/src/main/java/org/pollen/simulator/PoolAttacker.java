package org.pollen.simulator;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pollen.mempool.Transaction;
import org.pollen.router.RpcMessage;

/// Sends transactions to all its neighbours, as fast as its plan says.
final class PoolAttacker extends Adversary {
    /// What is sent in which millisecond, by link: several links may get different ones.
    interface Plan {
        List<Transaction> at(int beat, int handle, PoolAttacker self);
    }

    private final long every;
    private final int beats;
    private final Plan plan;
    private final boolean advertises;
    private final Map<Transaction, RpcMessage> messages = new LinkedHashMap<>();
    private final LeanSeenCache seen = new LeanSeenCache(120_000_000_000L);

    /// @param every nanoseconds between its bursts
    /// @param beats how many bursts
    /// @param advertises whether it claims at once to have what it hears of, and serves nothing
    PoolAttacker(
            Simulation simulation,
            Partition partition,
            int index,
            long from,
            long every,
            int beats,
            Plan plan,
            boolean advertises) {
        super(simulation, partition, index);
        this.every = every;
        this.beats = beats;
        this.plan = plan;
        this.advertises = advertises;
        post(index, from, SCRIPT, 0, null);
    }

    @Override
    protected void onScript(long word, long now) {
        int beat = (int) word;
        if (advertises) return;
        for (int handle = 0; handle < handleLimit(); handle++) {
            if (!linked(handle)) continue;
            for (Transaction tx : plan.at(beat, handle, this)) {
                transmit(handle, message(tx), now);
            }
        }
        if (beat + 1 < beats) post(index, now + every, SCRIPT, word + 1, null);
    }

    private RpcMessage message(Transaction tx) {
        return messages.computeIfAbsent(
                tx, t -> partition.signer.compose(PoolWorld.TRANSACTIONS, t.raw()));
    }

    /// It, and one that does not exist: a promise that anybody keeps is no broken one.
    private void advertise(byte[] id, long now) {
        byte[] invented = id.clone();
        invented[0] ^= 1;
        for (int handle = 0; handle < handleLimit(); handle++) {
            if (!linked(handle)) continue;
            var rpc = rpc();
            rpc.ihave(PoolWorld.TRANSACTIONS, id).ihave(PoolWorld.TRANSACTIONS, invented);
            send(handle, rpc, now);
        }
    }

    @Override
    protected void onLinked(int handle, long now) {
        super.onLinked(handle, now);
        if (advertises && handle == 0) send(handle, rpc().graft(PoolWorld.TRANSACTIONS), now);
    }

    @Override
    protected void onMessage(int handle, RpcMessage message, long now) {
        boolean first = advertises && message.mask().equals(PoolWorld.TRANSACTIONS);
        if (first && seen.add(message.idHi(), message.idLo(), now)) advertise(message.id(), now);
    }
}
