package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterParamsTest {

    @ParameterizedTest(name = "C53: D {0}, Dlo {1}, Dhi {2}, Dout {3}, Dscore {4}: {5}")
    @CsvSource({
        "6, 7, 12, 2, 4, 'meshLow is 7: it must not exceed meshTarget (6)'",
        "6, 5, 5, 2, 4, 'meshHigh is 5: it must not be less than meshTarget (6)'",
        "20, 5, 40, 5, 4, 'meshOutbound is 5: it must be less than meshLow (5)'",
        "6, 5, 12, 3, 4, 'meshOutbound is 3: it must be less than half of meshTarget (6)'",
        "7, 5, 12, 3, 4, 'meshOutbound is 3: it must be less than half of meshTarget (7)'",
        "6, 5, 12, 2, 13, 'meshScore is 13: it must not exceed meshHigh (12)'",
        "6, -1, 12, 0, 4, 'a mesh size is -1: it must not be negative'"
    })
    void contradictingSizesAreRefused(
            int d, int low, int high, int out, int score, String message) {
        assertThatThrownBy(() -> sizes(d, low, high, out, score)).hasMessage(message);
    }

    @Test
    @DisplayName("C53: historyGossip above historyLength")
    void moreAdvertisedThanKeptIsRefused() {
        assertThatThrownBy(() -> new RouterParams.Builder().historyGossip(6).build())
                .hasMessage("historyGossip is 6: it must not exceed historyLength (5)");
    }

    @Test
    @DisplayName("C52: all sizes zero is a router that never meshes")
    void aBootstrapperNeverMeshes() {
        assertThat(sizes(0, 0, 0, 0, 4).meshTarget()).isZero();
        assertThat(RouterParams.GOSSIPSUB_GO.withMeshTarget(0).meshHigh()).isZero();
    }

    @ParameterizedTest(name = "D {0}: Dlo {1}, Dhi {2}, Dout {3}, Dscore {1}")
    @CsvSource({
        "1, 0, 2, 0",
        "3, 2, 6, 0",
        "4, 2, 8, 1",
        "6, 4, 12, 2",
        "8, 5, 16, 3",
        "12, 8, 24, 5"
    })
    void sizesFollowFromTheTarget(int target, int low, int high, int out) {
        RouterParams params = RouterParams.GOSSIPSUB_GO.withMeshTarget(target);

        assertThat(params.meshLow()).isEqualTo(low);
        assertThat(params.meshHigh()).isEqualTo(high);
        assertThat(params.meshOutbound()).isEqualTo(out);
        assertThat(params.meshScore()).isEqualTo(low);
    }

    @Test
    void everyProblemIsNamed() {
        assertThatThrownBy(() ->
                        new RouterParams.Builder()
                                .gossipFactor(Double.NaN)
                                .slowHeartbeatWarning(-1)
                                .heartbeatInterval(Duration.ZERO)
                                .heartbeatInitialDelay(Duration.ofNanos(-1))
                                .graftFloodThreshold(Duration.ofSeconds(61))
                                .seenTtl(Duration.ofNanos(1))
                                .sendBytesMax(99)
                                .maxIHaveLength(0)
                                .prunePeers(-1)
                                .build())
                .hasMessageContainingAll(
                        "gossipFactor is NaN: it must be from 0 to 1",
                        "slowHeartbeatWarning is -1.0: it must not be negative",
                        "heartbeatInterval is 0: it must be positive",
                        "heartbeatInitialDelay is -1: it must not be negative",
                        "graftFloodThreshold is PT1M1S: it must not exceed pruneBackoff (PT1M)",
                        "sendBytesMax is 99: it must be at least 100",
                        "maxIHaveLength is 0: it must be positive",
                        "prunePeers is -1: it must not be negative");
        assertThatThrownBy(() -> new RouterParams.Builder().seenTtl(Duration.ofSeconds(4)).build())
                .hasMessage(
                        "seenTtl is PT4S: it must not be less than historyLength heartbeats (PT5S)");
    }

    @Test
    void presets() {
        assertThat(RouterParams.BLOSSOM_20.dialect()).isEqualTo(Dialect.BLOSSOM);
        assertThat(RouterParams.BLOSSOM_20.gossipFactor()).isZero();
        assertThat(RouterParams.BLOSSOM_20.pruneAtHigh()).isFalse();
        assertThat(RouterParams.BLOSSOM_21.meshTarget()).isEqualTo(8);
        assertThat(RouterParams.BLOSSOM_21.rpcLimits().frameBytesMax()).isEqualTo(20 << 20);
        assertThat(RouterParams.GOSSIPSUB_GO.pruneAtHigh()).isTrue();
        assertThat(RouterParams.ETH2.seenTtl())
                .isEqualTo(RouterParams.ETH2.heartbeatInterval().multipliedBy(550));
        assertThat(RouterParams.ETH2.toBuilder().build()).isEqualTo(RouterParams.ETH2);
    }

    @Test
    void protocolsAndWhatTheyCan() {
        assertThat(PubsubProtocol.preference(Dialect.MESHSUB, 0))
                .containsExactly(
                        "/meshsub/1.3.0",
                        "/meshsub/1.2.0",
                        "/meshsub/1.1.0",
                        "/meshsub/1.0.0",
                        "/floodsub/1.0.0");
        assertThat(PubsubProtocol.preference(Dialect.BLOSSOM, 2))
                .containsExactly("/blossomsub/2.1.0-network-2", "/blossomsub/2.0.0");
        assertThat(PubsubProtocol.of("/blossomsub/2.1.0-network-2"))
                .contains(PubsubProtocol.BLOSSOMSUB_2_1);
        assertThat(PubsubProtocol.of("/meshsub/1.1.0-network-2")).isEmpty();
        for (PubsubProtocol protocol : PubsubProtocol.values()) {
            assertThat(PubsubProtocol.of(protocol.id())).contains(protocol);
            assertThat(protocol.extensions()).isEqualTo(protocol == PubsubProtocol.MESHSUB_1_3);
            assertThat(protocol.mesh()).isEqualTo(protocol != PubsubProtocol.FLOODSUB_1_0);
        }
        assertThat(PubsubProtocol.MESHSUB_1_0.peerExchange()).isFalse();
        assertThat(PubsubProtocol.MESHSUB_1_2.idontwant()).isTrue();
        assertThat(PubsubProtocol.BLOSSOMSUB_2_0.idontwant()).isFalse();
        assertThatThrownBy(() -> PubsubProtocol.BLOSSOMSUB_2_1.id(-1))
                .hasMessage("network is -1: it must not be negative");
    }

    private static RouterParams sizes(int d, int low, int high, int out, int score) {
        return new RouterParams.Builder()
                .meshTarget(d)
                .meshLow(low)
                .meshHigh(high)
                .meshOutbound(out)
                .meshScore(score)
                .build();
    }
}
