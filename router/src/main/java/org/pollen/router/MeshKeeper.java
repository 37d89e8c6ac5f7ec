package org.pollen.router;

import java.util.random.RandomGenerator;

/// Keeps a mesh at its size and its members good, once a heartbeat, and fills it when it begins.
///
/// The same rules serve the mesh of a slice and that of a mask of several bits.
///
/// Source: router specification 7 step 8, 6.10.
final class MeshKeeper {
    private final RouterState state;
    private final RandomGenerator random;
    private final IntList members = new IntList();
    private final IntList candidates = new IntList();
    private double[] sorted = new double[16];

    MeshKeeper(RouterState state, RandomGenerator random) {
        this.state = state;
        this.random = random;
    }

    /// All steps for a mesh, in the order of the specification.
    void maintain(MeshView mesh, boolean opportunistic, long now) {
        RouterParams params = state.params;
        int size = mesh.size();
        if (size < params.meshLow()) {
            fill(mesh, params.meshTarget() - size, GraftReason.NOT_ENOUGH, now);
            size = mesh.size();
        }
        if (size > params.meshHigh()
                || (params.pruneAtHigh() && size >= params.meshHigh() && size > 0)) {
            shrink(mesh, now);
            size = mesh.size();
        }
        if (size >= params.meshLow()) keepOutbound(mesh, now);
        if (opportunistic && mesh.size() > 1) improve(mesh, now);
    }

    /// Members that misbehave leave, before anything else.
    void expel(int topic, long now) {
        IntSet mesh = state.meshes.of(topic);
        for (int i = mesh.size() - 1; i >= 0; i--) {
            int peer = mesh.at(i);
            if (!state.scores.notNegative(peer)) expel(topic, peer, PruneReason.BAD_SCORE, now);
            else if (state.scores.engine.belowTopicFloor(peer, topic)) {
                expel(topic, peer, PruneReason.TOPIC_FLOOR, now);
            }
        }
    }

    private void expel(int topic, int peer, PruneReason reason, long now) {
        state.control.prune(
                topic, state.peers.at(peer), reason, state.pruneBackoffNanos, false, now);
    }

    /// Grafts random peers.
    ///
    /// @return how many
    int fill(MeshView mesh, int missing, GraftReason reason, long now) {
        if (missing <= 0) return 0;
        candidates.clear();
        mesh.candidates(candidates, false, now);
        candidates.sample(missing, random);
        for (int i = 0; i < candidates.size(); i++) {
            mesh.graft(state.peers.at(candidates.get(i)), reason, now);
        }
        return candidates.size();
    }

    /// Prunes to the target: the best scores stay, the rest is chosen at random, with enough that
    /// we dialled.
    void shrink(MeshView mesh, long now) {
        RouterParams params = state.params;
        members.clear();
        mesh.members(members);
        int spared = 0;
        int outbound = 0;
        int kept = 0;
        for (int i = 0; i < members.size(); i++) {
            int peer = members.get(i);
            if (mesh.spared(peer)) {
                spared++;
                if (state.peers.at(peer).outbound) outbound++;
            } else {
                members.set(kept++, peer);
            }
        }
        members.truncate(kept);
        int target = Math.max(0, params.meshTarget() - spared);
        if (members.size() <= target) return;
        members.shuffle(random);
        sortByScore();
        shuffleFrom(Math.min(params.meshScore(), members.size()));
        bubbleUpOutbound(target, outbound);
        for (int i = target; i < members.size(); i++) {
            mesh.prune(state.peers.at(members.get(i)), PruneReason.EXCESS, now);
        }
    }

    /// Descending, and stable: equal scores stay shuffled. Meshes are small.
    private void sortByScore() {
        for (int i = 1; i < members.size(); i++) {
            int peer = members.get(i);
            double score = state.scores.of(peer);
            int j = i;
            for (; j > 0 && state.scores.of(members.get(j - 1)) < score; j--) {
                members.set(j, members.get(j - 1));
            }
            members.set(j, peer);
        }
    }

    private void shuffleFrom(int start) {
        for (int i = start; i < members.size(); i++) {
            members.swap(i, i + random.nextInt(members.size() - i));
        }
    }

    private void bubbleUpOutbound(int target, int alreadyOutbound) {
        int outbound = alreadyOutbound;
        for (int i = 0; i < target; i++) {
            if (state.peers.at(members.get(i)).outbound) outbound++;
        }
        int missing = state.params.meshOutbound() - outbound;
        if (missing <= 0) return;
        for (int i = 1, left = outbound - alreadyOutbound; i < target && left > 0; i++) {
            if (!state.peers.at(members.get(i)).outbound) continue;
            moveToFront(i);
            left--;
        }
        for (int i = target; i < members.size() && missing > 0; i++) {
            if (!state.peers.at(members.get(i)).outbound) continue;
            moveToFront(i);
            missing--;
        }
    }

    private void moveToFront(int index) {
        int peer = members.get(index);
        for (int i = index; i > 0; i--) members.set(i, members.get(i - 1));
        members.set(0, peer);
    }

    /// Peers we dialled are hard to replace by an attacker who connects to us.
    private void keepOutbound(MeshView mesh, long now) {
        int wanted = state.params.meshOutbound();
        if (wanted == 0) return;
        members.clear();
        mesh.members(members);
        int outbound = 0;
        for (int i = 0; i < members.size(); i++) {
            if (state.peers.at(members.get(i)).outbound) outbound++;
        }
        if (outbound >= wanted) return;
        candidates.clear();
        mesh.candidates(candidates, true, now);
        candidates.sample(wanted - outbound, random);
        for (int i = 0; i < candidates.size(); i++) {
            mesh.graft(state.peers.at(candidates.get(i)), GraftReason.OUTBOUND, now);
        }
    }

    /// When the median of the scores is low, a few peers with better ones come in.
    private void improve(MeshView mesh, long now) {
        members.clear();
        mesh.members(members);
        int size = members.size();
        if (size > sorted.length) sorted = new double[2 * size];
        for (int i = 0; i < size; i++) sorted[i] = state.scores.of(members.get(i));
        java.util.Arrays.sort(sorted, 0, size);
        double median = sorted[size / 2];
        if (!(median < state.scores.thresholds.opportunisticGraftThreshold())) return;
        candidates.clear();
        mesh.candidates(candidates, false, now);
        int kept = 0;
        for (int i = 0; i < candidates.size(); i++) {
            int peer = candidates.get(i);
            if (state.scores.of(peer) > median) candidates.set(kept++, peer);
        }
        candidates.truncate(kept);
        candidates.sample(state.params.opportunisticGraftPeers(), random);
        for (int i = 0; i < candidates.size(); i++) {
            mesh.graft(state.peers.at(candidates.get(i)), GraftReason.OPPORTUNISTIC, now);
        }
    }
}
