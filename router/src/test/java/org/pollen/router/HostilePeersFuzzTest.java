package org.pollen.router;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;

/// The whole core under whatever peers send, steered by a fuzzer instead of by a seed: see
/// [HostilePeersProperties]. Replays the saved inputs in every build; searches for new ones with
/// `JAZZER_FUZZ=1`.
class HostilePeersFuzzTest {
    private static final int STEPS_MAX = 600;

    @FuzzTest(maxDuration = "10m")
    void blossom(byte @NotNull [] bytes) {
        run(Dialect.BLOSSOM, bytes);
    }

    @FuzzTest(maxDuration = "10m")
    void meshsub(byte @NotNull [] bytes) {
        run(Dialect.MESHSUB, bytes);
    }

    private static void run(Dialect dialect, byte[] bytes) {
        var choices = new BytesAsChoices(bytes);
        new HostileRun(dialect, 1, choices).run(STEPS_MAX, () -> !choices.isEmpty());
    }
}
