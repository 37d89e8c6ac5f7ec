package org.pollen.router;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever peers send, in whatever order, the router keeps its invariants and throws nothing.
///
/// Random peers come and go and send random RPCs, well-formed and mutated, while the node
/// subscribes, publishes, answers validations in any order and lets time pass. After every step the
/// state is checked.
class HostilePeersProperties {
    @ParameterizedTest
    @DisplayName("V4: whatever peers send, invariants hold after every step")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void invariantsHoldWhateverPeersSend(long seed) {
        new HostileRun(Dialect.BLOSSOM, seed).run();
    }

    @ParameterizedTest
    @DisplayName("V4: the same in the meshsub dialect, with peers of each of its versions")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void invariantsHoldInMeshsubToo(long seed) {
        new HostileRun(Dialect.MESHSUB, seed).run();
    }
}
