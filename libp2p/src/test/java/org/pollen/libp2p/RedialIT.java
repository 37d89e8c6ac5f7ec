package org.pollen.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// Noise is said at once, and whoever does not take it is asked.
class RedialIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    @DisplayName("section 5: a dial pipelines Noise; a peer that wants TLS is still reached")
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

    @Test
    @DisplayName("a peer that closes without a word is dialled once, and asked the next time")
    void silent() throws Exception {
        try (var hosts = new TestHosts();
                var full = new ServerSocket(0, 8, InetAddress.getByName("127.0.0.3"))) {
            NettyHost dialler = hosts.start(1);
            Multiaddr address =
                    Multiaddr.parse("/ip4/127.0.0.3/tcp/" + full.getLocalPort())
                            .withPeerId(TestHosts.key(2).publicKey().peerId());
            int tokens =
                    Negotiation.token("/multistream/1.0.0").length
                            + Negotiation.token("/noise").length;
            for (int bytes : new int[] {tokens + 34, tokens}) {
                var dial = dialler.dialNow(address);
                try (Socket socket = full.accept()) {
                    assertThat(socket.getInputStream().readNBytes(bytes)).hasSize(bytes);
                    assertThat(socket.getInputStream().available()).isZero();
                }
                assertThat(dial)
                        .failsWithin(PATIENCE)
                        .withThrowableOfType(ExecutionException.class)
                        .withCauseInstanceOf(DialException.class);
            }
            full.setSoTimeout(200);
            assertThatThrownBy(full::accept).isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(TestHosts.leaks()).isZero();
    }

    @Test
    @DisplayName("a dial that we gave up says nothing about the peer: the next one is at once, too")
    void givenUp() throws Exception {
        try (var hosts = new TestHosts();
                var slow = new ServerSocket(0, 8, InetAddress.getByName("127.0.0.3"))) {
            NettyHost dialler = hosts.start(1);
            PeerId peer = TestHosts.key(2).publicKey().peerId();
            Multiaddr address =
                    Multiaddr.parse("/ip4/127.0.0.3/tcp/" + slow.getLocalPort()).withPeerId(peer);
            for (int i = 0; i < 2; i++) {
                var dial = dialler.dialNow(address);
                try (Socket socket = slow.accept()) {
                    socket.setSoTimeout(5_000);
                    int bytes = 28 + 34; // tokens, and Noise's first message
                    assertThat(socket.getInputStream().readNBytes(bytes)).hasSize(bytes);
                    dialler.cancelDials(peer);
                    assertThat(dial).failsWithin(PATIENCE);
                    assertThat(socket.getInputStream().read()).isEqualTo(-1);
                }
            }
        }
    }

    private static Multiaddr anyPort() {
        return Multiaddr.parse("/ip4/127.0.0.3/tcp/0");
    }
}
