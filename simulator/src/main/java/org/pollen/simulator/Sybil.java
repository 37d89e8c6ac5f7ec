package org.pollen.simulator;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.pollen.router.Mask;
import org.pollen.router.Rpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcMessage;

/// The "bad boy" of the published experiments: subscribes, grafts itself into meshes, forwards
/// first copies to those that took it until it stops, and comes back after being pruned.
///
/// Source: simulator specification 2.5.
final class Sybil extends Adversary {
    /// How it behaves.
    ///
    /// @param dropFrom from when on it drops, virtual nanoseconds
    /// @param dropShare of messages, 1 for silence
    /// @param victimOnly whether it drops only messages of the victim
    /// @param regraftNanos after a PRUNE, and up to `regraftSpread` more
    /// @param regraftSpread see there
    record Behaviour(
            long dropFrom,
            double dropShare,
            boolean victimOnly,
            long regraftNanos,
            long regraftSpread) {
        /// Never delivers anything.
        static final Behaviour SILENT =
                new Behaviour(0, 1, false, 60_000_000_000L, 15_000_000_000L);

        Behaviour dropping(double share) {
            return new Behaviour(dropFrom, share, victimOnly, regraftNanos, regraftSpread);
        }

        Behaviour from(long nanos) {
            return new Behaviour(nanos, dropShare, victimOnly, regraftNanos, regraftSpread);
        }

        Behaviour onlyVictim() {
            return new Behaviour(dropFrom, dropShare, true, regraftNanos, regraftSpread);
        }

        Behaviour regraft(long nanos) {
            return new Behaviour(dropFrom, dropShare, victimOnly, nanos, 0);
        }
    }

    private final Behaviour behaviour;
    private final SplittableRandom random;
    private final LeanSeenCache seen;
    private final boolean sliced; // into several meshes
    private boolean[] inMesh = {};
    private int[] grafts = {}; // sent, by handle
    private int[] prunes = {}; // received, by handle

    Sybil(Simulation simulation, Partition partition, int index, Behaviour behaviour) {
        super(simulation, partition, index);
        this.behaviour = behaviour;
        random = Mix.stream(simulation.seed(), index, Mix.ATTACK);
        seen = new LeanSeenCache(120_000_000_000L);
        sliced = slices(simulation.mask()).size() > 1;
    }

    @Override
    protected void onLinked(int handle, long now) {
        super.onLinked(handle, now);
        graft(handle, now);
    }

    private void graft(int handle, long now) {
        RpcBuilder rpc = rpc();
        for (Mask slice : slices(simulation.mask())) rpc.graft(slice);
        send(handle, rpc, now);
        mesh(handle, true);
        if (handle >= grafts.length) grafts = Arrays.copyOf(grafts, handle + 8);
        grafts[handle]++;
    }

    /// Most PRUNEs that came on one link.
    int prunesMost() {
        return Arrays.stream(prunes).max().orElse(0);
    }

    /// Most GRAFTs that it sent on one link.
    int graftsMost() {
        return Arrays.stream(grafts).max().orElse(0);
    }

    private void mesh(int handle, boolean in) {
        if (handle >= inMesh.length) inMesh = Arrays.copyOf(inMesh, handle + 8);
        inMesh[handle] = in;
    }

    @Override
    protected void onLinkDown(int handle, int remote, long now) {
        mesh(handle, false);
    }

    @Override
    protected void onRpc(int handle, Rpc rpc, long now) {
        for (int i = 0; i < rpc.graftCount(); i++) mesh(handle, true);
        for (int i = 0; i < rpc.pruneCount(); i++) {
            mesh(handle, false);
            if (handle >= prunes.length) prunes = Arrays.copyOf(prunes, handle + 8);
            prunes[handle]++;
            if (i > 0 && sliced) continue; // of another slice, which it has left with the first
            long more = behaviour.regraftSpread == 0 ? 0 : random.nextLong(behaviour.regraftSpread);
            post(index, now + behaviour.regraftNanos + more, SCRIPT, handle, null);
        }
    }

    @Override
    protected void onScript(long word, long now) {
        int handle = (int) word;
        if (linked(handle) && !inMesh[handle]) graft(handle, now);
    }

    @Override
    protected void onMessage(int handle, RpcMessage message, long now) {
        if (!seen.add(message.idHi(), message.idLo(), now)) return;
        if (drops(message, now)) return;
        for (int other = 0; other < inMesh.length; other++) {
            if (inMesh[other] && other != handle && linked(other)) transmit(other, message, now);
        }
    }

    private boolean drops(RpcMessage message, long now) {
        if (now < behaviour.dropFrom) return false;
        if (behaviour.victimOnly) {
            int kind = message.array()[message.dataOffset() + 4];
            if (kind != PlannedMessage.Kind.VICTIM.code()) return false;
        }
        return behaviour.dropShare >= 1 || random.nextDouble() < behaviour.dropShare;
    }
}
