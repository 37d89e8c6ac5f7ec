package org.pollen.signalling;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import org.pollen.peer.MalformedException;

/// Whatever comes, a parser fails with its documented exception or gives back what it read, and no
/// role throws. Replays in every build; searches with `JAZZER_FUZZ=1`.
class SignalFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void frames(byte @NotNull [] bytes) {
        try {
            byte[] again = SignalFrame.parse(bytes).toByteArray();
            assertThat(SignalFrame.parse(again).toByteArray()).isEqualTo(again);
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "10m")
    void payloads(byte @NotNull [] bytes) {
        try {
            assertThat(SignalRequest.parse(bytes).toByteArray()).isEqualTo(bytes);
        } catch (MalformedException _) {
            // refused
        }
        try {
            assertThat(RelayAttestation.parse(bytes).toByteArray()).isEqualTo(bytes);
        } catch (MalformedException _) {
            // refused
        }
        try {
            assertThat(SignalNotice.parse(bytes).toByteArray()).isEqualTo(bytes);
        } catch (MalformedException _) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "10m")
    void gossip(byte @NotNull [] bytes) {
        assertThat(SignalMask.messageId(bytes)).hasSize(20);
        var node = new Scene(Vectors.B_KEY);
        var judged = node.node.onGossip(Vectors.S, new byte[] {0x20, 0}, bytes, node.now);
        assertThat(judged.reason()).isNotEmpty();
    }

    /// The payload is signed by a stranger who means no good: a search would find no signature.
    @FuzzTest(maxDuration = "10m")
    void roles(byte @NotNull [] bytes) {
        var node = new Scene(Vectors.S_KEY).connect(Vectors.A, Vectors.B);
        var _ = node.node.onFrame(Vectors.A, false, bytes, node.now);
        if (bytes.length == 0 || bytes.length > 3_000) return;
        var stranger = Identity.of(Vectors.A_KEY);
        for (SignedObject kind : SignedObject.values()) {
            byte[] envelope = stranger.seal(kind, bytes);
            for (SignalFrame frame :
                    new SignalFrame[] {
                        new SignalFrame.Submit(envelope),
                        new SignalFrame.Deliver(envelope),
                        new SignalFrame.Notice(envelope)
                    }) {
                var _ = node.node.onFrame(Vectors.A, false, frame.toByteArray(), node.now);
            }
        }
    }
}
