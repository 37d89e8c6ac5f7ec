package org.pollen.bench;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PeerId;
import org.pollen.router.MessageKeyHasher;
import org.pollen.router.RouterConfig;
import org.pollen.router.RouterParams;
import org.pollen.scoring.PeerScoreParams;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.TopicScoreParams;

/// The router that benchmarks without I/O share: scores on, P1 and P2 for each topic, fixed
/// secrets.
final class ScoredRouter {
    static final MessageKeyHasher HASHER = new MessageKeyHasher(1, 2);

    private ScoredRouter() {}

    static RouterConfig.Builder config(RouterParams params) throws MalformedException {
        TopicScoreParams topic =
                TopicScoreParams.builder()
                        .skipAtomicValidation(true)
                        .topicWeight(1)
                        .timeInMesh(0.01, Duration.ofSeconds(1), 100)
                        .firstMessageDeliveries(1, 0.9, 100)
                        .build();
        PeerScoreParams scores =
                PeerScoreParams.builder()
                        .skipAtomicValidation(true)
                        .defaultTopicParams(topic)
                        .decay(Duration.ofSeconds(1), 0.01)
                        .build();
        return RouterConfig.builder(id(0), params)
                .scoring(scores, PeerScoreThresholds.builder().limits(-10, -100, -1000).build())
                .hasher(HASHER);
    }

    /// The id of a peer: an Ed25519 key that is a number.
    static PeerId id(int number) throws MalformedException {
        var bytes = new byte[38];
        ByteBuffer.wrap(bytes).putLong(0x0024_0801_1220_0000L).putInt(34, number);
        return PeerId.fromBytes(bytes);
    }
}
