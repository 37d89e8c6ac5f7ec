package org.pollen.simulator;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.pollen.router.Mask;
import org.pollen.router.OutboundRpc;
import org.pollen.router.Rpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcMessage;

/// A member of all meshes that forwards as it should, except in some of them, where it forwards
/// nothing: what it earns in the others is to pay for that.
///
/// Source: simulator specification K-11, K-12, K-45.
final class FreeRider extends Adversary {
    private static final long REGRAFT = 60_000_000_000L;
    private static final long SPREAD = 15_000_000_000L;

    private final int withheld;
    private final long from;
    private final SplittableRandom random;
    private final LeanSeenCache seen = new LeanSeenCache(120_000_000_000L);
    private long[] meshes = {}; // by handle, a bit for each topic

    /// @param withheld the first topics of the run, in which it forwards nothing
    FreeRider(Simulation simulation, Partition partition, int index, int withheld) {
        this(simulation, partition, index, withheld, 0);
    }

    /// @param withheld the first topics of the run, in which it forwards nothing
    /// @param from since when; before, it forwards all
    FreeRider(Simulation simulation, Partition partition, int index, int withheld, long from) {
        super(simulation, partition, index);
        this.withheld = withheld;
        this.from = from;
        random = Mix.stream(simulation.seed(), index, Mix.ATTACK);
    }

    @Override
    protected void onLinked(int handle, long now) {
        super.onLinked(handle, now);
        if (handle >= meshes.length) meshes = Arrays.copyOf(meshes, handle + 8);
        RpcBuilder rpc = rpc();
        for (int t = 0; t < simulation.setup().masks().size(); t++) {
            rpc.graft(simulation.setup().masks().get(t));
            meshes[handle] |= 1L << t;
        }
        send(handle, rpc, now);
    }

    @Override
    protected void onLinkDown(int handle, int remote, long now) {
        if (handle < meshes.length) meshes[handle] = 0;
    }

    @Override
    protected void onRpc(int handle, Rpc rpc, long now) {
        for (int i = 0; i < rpc.graftCount(); i++) {
            int t = topic(rpc.array(), rpc.graftMaskOffset(i), rpc.graftMaskLength(i));
            if (t >= 0) meshes[handle] |= 1L << t;
        }
        for (int i = 0; i < rpc.pruneCount(); i++) {
            int t = topic(rpc.array(), rpc.pruneMaskOffset(i), rpc.pruneMaskLength(i));
            if (t < 0) continue;
            meshes[handle] &= ~(1L << t);
            long word = ((long) t << 32) | handle;
            post(index, now + REGRAFT + random.nextLong(SPREAD), SCRIPT, word, null);
        }
        for (int i = 0; i < rpc.messageCount(); i++) onMessage(handle, rpc.message(i), now);
    }

    private int topic(byte[] array, int offset, int length) {
        for (int t = 0; t < simulation.setup().masks().size(); t++) {
            if (simulation.setup().masks().get(t).matches(array, offset, length)) return t;
        }
        return -1;
    }

    @Override
    protected void onScript(long word, long now) {
        int handle = (int) word;
        int t = (int) (word >>> 32);
        if (!linked(handle) || (meshes[handle] & 1L << t) != 0) return;
        Mask mask = simulation.setup().masks().get(t);
        for (OutboundRpc rpc : rpc().graft(mask).build()) transmit(handle, rpc, now);
        meshes[handle] |= 1L << t;
    }

    @Override
    protected void onMessage(int handle, RpcMessage message, long now) {
        if (!seen.add(message.idHi(), message.idLo(), now)) return;
        int t = simulation.topicOf(PlannedMessage.number(message.array(), message.dataOffset()));
        if (t < withheld && now >= from) return;
        for (int other = 0; other < meshes.length; other++) {
            boolean member = (meshes[other] & 1L << t) != 0;
            if (member && other != handle && linked(other)) transmit(other, message, now);
        }
    }
}
