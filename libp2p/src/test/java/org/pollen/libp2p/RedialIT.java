package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;

/// Who took Noise is dialled with it at once the next time, and who takes it no more by his choice.
class RedialIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    @DisplayName("section 5: a redial pipelines Noise; a peer that now wants TLS is still reached")
    void redial() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost dialler = hosts.start(1);
            NettyHost listener =
                    hosts.start(2, c -> c.security(HostConfig.Security.NOISE).listen(anyPort()));
            Multiaddr address = TestHosts.address(listener);
            for (int i = 0; i < 2; i++) {
                HostConnection connection = connect(dialler, listener);
                assertThat(connection.security()).isEqualTo("noise");
                connection.close(0);
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() ->
                                dialler.connections().isEmpty()
                                        && listener.connections().isEmpty());
            }
            listener.close();
            Multiaddr bound = address.withoutPeerId();
            NettyHost changed =
                    hosts.start(2, c -> c.security(HostConfig.Security.TLS).listen(bound));
            Connection connection = get(dialler.dial(address));
            assertThat(connection.remotePeer()).isEqualTo(changed.peerId());
            assertThat(connection.security()).isEqualTo("tls");
            assertThat(dialler.metrics().dials().get("ok")).isEqualTo(3);
        }
        assertThat(TestHosts.leaks()).isZero();
    }

    private static Multiaddr anyPort() {
        return Multiaddr.parse("/ip4/127.0.0.3/tcp/0");
    }
}
