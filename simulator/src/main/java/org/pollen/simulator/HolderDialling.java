package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// What nodes do that look for holders of a mask: each keeps some links to holders that it chose
/// and dialled itself, dials others where one was refused or closed, and makes room when it is
/// full.
///
/// A few seconds of it, between windows of the run. Attackers say that they are holders, so links
/// that others dialled prove nothing and are the ones that are closed.
final class HolderDialling implements Simulation.Probe {
    private static final long SECOND = 1_000_000_000L;

    private final int[] holders;
    private final int wanted;
    private final int full;
    private final int room;
    private final long until;
    private final SplittableRandom random;
    private final List<Set<Integer>> dialled = new ArrayList<>(); // by place among holders

    /// @param wanted links that each holder wants to have dialled
    /// @param full links with which a peer is full, of which it closes some
    /// @param room so many
    /// @param until when it ends, virtual nanoseconds
    HolderDialling(int[] holders, int wanted, int full, int room, long until, long seed) {
        this.holders = holders;
        this.wanted = wanted;
        this.full = full;
        this.room = room;
        this.until = until;
        random = new SplittableRandom(Mix.mix(seed, Mix.HOLDER, 41));
        for (int i = 0; i < holders.length; i++) dialled.add(new LinkedHashSet<>());
    }

    @Override
    public void sample(Simulation simulation, long now) {
        if (now < 2 * SECOND || now > until) return;
        for (int i = 0; i < holders.length; i++) {
            HonestPeer peer = simulation.honestPeer(holders[i]);
            Set<Integer> own = dialled.get(i);
            own.removeIf(remote -> peer.handleOf(remote) < 0);
            if (peer.links() >= full && now < until) makeRoom(peer, own, now);
            for (int missing = wanted - own.size(); missing > 0; missing--) {
                int other = holders[random.nextInt(holders.length)];
                if (other == peer.index || peer.handleOf(other) >= 0) continue;
                own.add(other);
                peer.dial(other, now);
            }
        }
    }

    private void makeRoom(HonestPeer peer, Set<Integer> own, long now) {
        int[] others =
                Arrays.stream(peer.remotes()).filter(remote -> !own.contains(remote)).toArray();
        int left = others.length;
        for (int i = 0; i < room && left > 0; i++) {
            int at = random.nextInt(left);
            peer.hangUp(others[at], now);
            System.arraycopy(others, at + 1, others, at, --left - at);
        }
    }
}
