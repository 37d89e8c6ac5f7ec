package org.pollen.simulator;

import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.pollen.router.RouterSnapshot;
import org.pollen.scoring.PeerScoreSnapshot;

/// One honest peer and one attacker, 2 ms apart: the setting of the published tests of routers, in
/// which it is known who caused what.
///
/// The attacker dials at 1 s and begins at 2 s.
final class Duel {
    private static final long SECOND = 1_000_000_000L;
    private static final int VICTIM = 0;
    private static final int ATTACKER = 1;
    private static final double RPC_SECONDS = 40e-6;

    private final Arena arena;
    private final Setup.Builder setup;
    private @Nullable Spammer attacker;
    private @Nullable HonestPeer victim;

    /// @param beat of the attacker, in each heartbeat interval
    Duel(Arena arena, Profile profile, int seconds, Spammer.Beat beat) {
        this(arena, profile, seconds, 0, beat);
    }

    /// @param every nanoseconds between beats of the attacker, 0 for the heartbeat interval
    Duel(Arena arena, Profile profile, int seconds, long every, Spammer.Beat beat) {
        this.arena = arena;
        var links = new Links();
        links.add(ATTACKER, VICTIM, SECOND);
        setup =
                Setup.of(1, Network.ideal(Latency.named("const(2ms)")), arena.mutated(profile))
                        .seed(arena.seed())
                        .links(links)
                        .attackers(
                                1,
                                (s, p, i) -> {
                                    var made = new Spammer(s, p, i, 2 * SECOND, every, beat);
                                    attacker = made;
                                    return made;
                                })
                        .end(seconds * SECOND);
    }

    Setup.Builder setup() {
        return setup;
    }

    /// Runs it.
    ///
    /// @param look after each heartbeat of the honest peer
    SimulationResult run(BiConsumer<Duel, Long> look) {
        setup.allHeartbeats()
                .afterHeartbeats((peer, now) -> {
                    victim = peer;
                    look.accept(this, now);
                });
        return arena.named("duel").run(setup);
    }

    Spammer attacker() {
        return Objects.requireNonNull(attacker);
    }

    HonestPeer victim() {
        return Objects.requireNonNull(victim);
    }

    /// The score of the attacker.
    double score() {
        return victim().scoreOf(ATTACKER);
    }

    /// The score of the attacker, taken apart.
    PeerScoreSnapshot snapshot(long now) {
        return victim().snapshotOf(ATTACKER, now);
    }

    /// Slices that the attacker is taken to subscribe to.
    int subscriptions(long now) {
        List<RouterSnapshot.PeerView> peers = victim().router().snapshot(now).peers();
        return peers.isEmpty() ? 0 : peers.getFirst().subscriptions();
    }

    /// What reading the RPCs of the attacker takes of the processor of the honest peer, %, at 40 us
    /// for each.
    double processor(double seconds) {
        return 100 * counter("gossipsub_rpc_received_total", "rpc") * RPC_SECONDS / seconds;
    }

    /// A counter of the router, over the samples that have a label with this value.
    long counter(String name, String label) {
        return victim().counter(name, label);
    }
}
