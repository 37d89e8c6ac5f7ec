package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.router.EncodedRpc.Graft;
import org.pollen.router.EncodedRpc.Prune;

class PendingControlTest {
    private static final Mask K1 = Mask.topic("k1");
    private static final Mask K2 = Mask.topic("k2");
    private static final Mask K3 = Mask.topic("k3");

    private final PendingControl pending = new PendingControl();

    @Test
    @DisplayName(
            "C68: GRAFT k1 if the peer is in the mesh of k1, PRUNE of k2 and k3 where it is not")
    void onlyWhatIsStillTrueIsSent() {
        var lost = builder();
        for (Mask k : List.of(K1, K2, K3)) lost.graft(k).prune(k, 60, List.of());
        pending.add(lost.buildWhole());

        EncodedRpc retry = drain(Set.of(K1));

        assertThat(retry.grafts()).containsExactly(new Graft(K1));
        assertThat(retry.prunes())
                .containsExactly(new Prune(K2, 60, List.of()), new Prune(K3, 60, List.of()));
        assertThat(pending.isEmpty()).isTrue();
    }

    @Test
    @DisplayName(
            "C69, C70: two dropped controls are both retried; a GRAFT whose mesh was left is not")
    void droppedControlsAreMerged() {
        pending.add(builder().graft(K1).buildWhole());
        pending.add(builder().graft(K2).prune(K3, 1, List.of()).buildWhole());
        pending.add(TestMessages.message(1));
        assertThat(pending.isEmpty()).isFalse();

        EncodedRpc retry = drain(Set.of(K2));

        assertThat(retry.grafts()).containsExactly(new Graft(K2));
        assertThat(retry.prunes()).containsExactly(new Prune(K3, 1, List.of()));
        assertThat(pending.drainTo(builder(), _ -> true)).as("nothing is left").isFalse();
    }

    private EncodedRpc drain(Set<Mask> inMesh) {
        RpcBuilder builder = builder();
        assertThat(pending.drainTo(builder, inMesh::contains)).isTrue();
        return (EncodedRpc) builder.buildWhole();
    }

    private static RpcBuilder builder() {
        return new RpcBuilder(Dialect.MESHSUB, 1 << 20);
    }
}
