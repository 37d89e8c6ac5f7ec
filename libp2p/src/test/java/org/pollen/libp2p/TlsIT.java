package org.pollen.libp2p;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.libp2p.TestHosts.address;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.libp2p.HostConfig.Security;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;

/// TLS between hosts of this process, and against strangers on the JDK's engine.
class TlsIT {
    private static final String ECHO = "/echo/1";

    @AfterAll
    static void noLeaks() {
        assertThat(TestHosts.leaks()).isZero();
    }

    private static void echo(NettyHost from, Connection connection, int bytes) throws Exception {
        var recording = new TestHosts.Recording();
        Stream stream = get(from.open(connection, List.of(ECHO), recording));
        byte[] sent = new byte[bytes];
        new java.util.Random(1).nextBytes(sent);
        stream.write(sent, 0, bytes);
        stream.closeWrite();
        get(recording.readClosed);
        assertThat(recording.bytes()).isEqualTo(sent);
    }

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    @DisplayName(
            "H-27 ALPN yamux needs no second negotiation, libp2p alone leads to multistream; echo")
    void muxer(boolean dialler, boolean listener) throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, b -> b.security(Security.TLS).earlyMuxer(dialler));
            NettyHost b = hosts.start(2, c -> c.security(Security.TLS).earlyMuxer(listener));
            b.handle(ECHO, _ -> new TestHosts.Echo());
            HostConnection connection = connect(a, b);
            assertThat(connection.security()).isEqualTo("tls");
            assertThat(connection.remotePeer()).isEqualTo(b.peerId());
            Awaitility.await().until(() -> connection.identify().isPresent());
            assertThat(get(a.ping(connection))).isPositive();
            echo(a, connection, 1_000_000);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(a.metrics().socketBytesOut()).isGreaterThan(1_000_000));
            assertThat(b.connections().iterator().next().remotePeer()).isEqualTo(a.peerId());
            assertThat(a.tls().attempts() + b.tls().attempts()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"NOISE,TLS,TLS,tls", "TLS,NOISE,NOISE,noise", "TLS,NOISE,TLS,tls"})
    @DisplayName("the dialler's order decides, and what the listener lacks is skipped")
    void choice(Security first, Security second, Security only, String agreed) throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, b -> b.security(first, second));
            NettyHost b = hosts.start(2, c -> c.security(only));
            assertThat(connect(a, b).security()).isEqualTo(agreed);
        }
    }

    @Test
    @DisplayName("H-23 over TLS: another peer than expected, both ids in the error, an alert")
    void wrongPeer() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, b -> b.security(Security.TLS));
            NettyHost b = hosts.start(2, c -> c.security(Security.TLS));
            PeerId other = TestHosts.key(9).publicKey().peerId();
            Multiaddr wrong = b.listenAddresses().getFirst().withPeerId(other);
            assertThatThrownBy(() -> get(a.dial(wrong)))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .hasMessageContaining(other.toString())
                    .hasMessageContaining(b.peerId().toString());
            Awaitility.await().until(() -> b.counters().refusals(Limit.L16_CERTIFICATE) == 1);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(a.counters().refusals(Limit.L12_AUTHENTICATION))
                                    .isEqualTo(1));
            Awaitility.await().until(() -> a.openSockets() == 1 && b.openSockets() == 1);
            assertThat(a.tls().attempts() + b.tls().attempts()).isZero();
        }
    }

    @Test
    @DisplayName(
            "H-28 a listener that refuses our certificate: the dial fails, nothing is announced")
    void refusedByServer() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, b -> b.security(Security.TLS));
            NettyHost b =
                    hosts.start(
                            2,
                            c ->
                                    c.security(Security.TLS)
                                            .gate(
                                                    new ConnectionGate() {
                                                        @Override
                                                        public boolean allowPeer(
                                                                PeerId peer, boolean outbound) {
                                                            return false;
                                                        }
                                                    }));
            assertThatThrownBy(() -> connect(a, b)).isInstanceOf(ExecutionException.class);
            assertThat(a.metrics().openedOutbound()).isZero();
            Awaitility.await().until(() -> a.openSockets() == 1 && b.openSockets() == 1);
        }
    }

    // ---- strangers

    /// Trusts everybody.
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] c, String t, Socket s) {}

        @Override
        public void checkServerTrusted(X509Certificate[] c, String t, Socket s) {}

        @Override
        public void checkClientTrusted(X509Certificate[] c, String t, SSLEngine e) {}

        @Override
        public void checkServerTrusted(X509Certificate[] c, String t, SSLEngine e) {}

        @Override
        public void checkClientTrusted(X509Certificate[] c, String t) {}

        @Override
        public void checkServerTrusted(X509Certificate[] c, String t) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /// Shows this chain, whatever it is worth.
    private static final class Chain extends X509ExtendedKeyManager {
        private final X509Certificate[] chain;

        private Chain(X509Certificate... chain) {
            this.chain = chain;
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            return new String[] {"it"};
        }

        @Override
        public String chooseClientAlias(
                String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return "it";
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            return new String[] {"it"};
        }

        @Override
        public String chooseServerAlias(
                String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return "it";
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return chain.clone();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return TlsForge.privateKey();
        }
    }

    /// Talks like a libp2p dialler up to TLS, with what the test wants wrong.
    private static String handshake(
            NettyHost to, String version, List<String> alpn, X509Certificate... chain)
            throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                chain.length == 0 ? null : new KeyManager[] {new Chain(chain)},
                new TrustManager[] {new Anybody()},
                null);
        int port = to.listenAddresses().getFirst().tcpPort().orElseThrow();
        try (var plain = new Socket(InetAddress.getLoopbackAddress(), port)) {
            plain.setSoTimeout(10_000);
            var in = new DataInputStream(plain.getInputStream());
            byte[] header = Negotiation.token(Negotiation.HEADER);
            byte[] tls = Negotiation.token(Upgrader.TLS);
            plain.getOutputStream().write(header);
            plain.getOutputStream().write(tls);
            in.readFully(new byte[header.length + tls.length]);
            try (var socket =
                    (SSLSocket)
                            context.getSocketFactory()
                                    .createSocket(plain, "127.0.0.1", port, false)) {
                socket.setEnabledProtocols(new String[] {version});
                var parameters = socket.getSSLParameters();
                parameters.setApplicationProtocols(alpn.toArray(String[]::new));
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                // Our certificate is judged behind the handshake: read what comes of it.
                int first = socket.getInputStream().read();
                return first < 0 ? "closed" : "accepted";
            }
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static X509Certificate forged(int key, Instant until) throws Exception {
        Instant from = until.minus(Duration.ofDays(2));
        return TlsForge.x509(
                TlsForge.certificate(from, until, TlsForge.extension(TestHosts.key(key))));
    }

    @Test
    @DisplayName(
            "H-27 H-28 L16 no common ALPN, no certificate, two, an expired one, TLS 1.2: an alert each")
    void strangers() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost host = hosts.start(1);
            X509Certificate good = forged(5, Instant.now().plus(Duration.ofDays(1)));
            X509Certificate expired = forged(5, Instant.now().minus(Duration.ofDays(1)));
            List<String> libp2p = List.of("libp2p");
            assertThat(handshake(host, "TLSv1.3", libp2p, good)).isEqualTo("accepted");

            Limit alpn = Limit.L16_ALPN;
            refused(host, alpn, "no_application_protocol", "TLSv1.3", List.of("h2"), good);
            refused(host, alpn, "no_application_protocol", "TLSv1.3", List.of(), good);

            Limit certificate = Limit.L16_CERTIFICATE;
            refused(host, certificate, "certificate_required", "TLSv1.3", libp2p);
            refused(host, certificate, "alert", "TLSv1.3", libp2p, good, good);
            refused(host, certificate, "alert", "TLSv1.3", libp2p, expired);
            refused(host, certificate, "protocol_version", "TLSv1.2", libp2p, good);
            Awaitility.await().until(() -> host.openSockets() == 1);
            assertThat(host.tls().attempts()).isZero();
        }
    }

    /// One refusal is counted for each handshake, and the alert says what it is about. The host
    /// counts behind the alert, so the count is awaited; and it may close before the rest of our
    /// flight is read, whose reset then overtakes the alert: tried again.
    private static void refused(
            NettyHost host,
            Limit limit,
            String alert,
            String version,
            List<String> alpn,
            X509Certificate... chain)
            throws Exception {
        String told = "";
        for (int attempt = 0; attempt < 20; attempt++) {
            long before = host.counters().refusals(limit);
            told = handshake(host, version, alpn, chain);
            Awaitility.await().until(() -> host.counters().refusals(limit) == before + 1);
            if (!told.contains("Connection reset") && !told.contains("Broken pipe")) {
                break;
            }
        }
        assertThat(told).contains(alert);
    }

    /// A dialler that agreed on TLS, and that sends as many key updates with data in between.
    private static void keyUpdates(NettyHost to, int count) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                new KeyManager[] {new Chain(forged(6, Instant.now().plus(Duration.ofDays(1))))},
                new TrustManager[] {new Anybody()},
                null);
        int port = to.listenAddresses().getFirst().tcpPort().orElseThrow();
        try (var plain = new Socket(InetAddress.getLoopbackAddress(), port)) {
            plain.setSoTimeout(10_000);
            var in = new DataInputStream(plain.getInputStream());
            byte[] header = Negotiation.token(Negotiation.HEADER);
            byte[] tls = Negotiation.token(Upgrader.TLS);
            plain.getOutputStream().write(header);
            plain.getOutputStream().write(tls);
            in.readFully(new byte[header.length + tls.length]);
            try (var socket =
                    (SSLSocket)
                            context.getSocketFactory()
                                    .createSocket(plain, "127.0.0.1", port, false)) {
                socket.setEnabledProtocols(new String[] {"TLSv1.3"});
                var parameters = socket.getSSLParameters();
                parameters.setApplicationProtocols(new String[] {Upgrader.YAMUX});
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                assertThat(socket.getInputStream().read()).isZero(); // it knows us: a Yamux frame
                byte[] credit = java.util.HexFormat.of().parseHex("000100000000000500000001");
                for (int i = 0; i < count; i++) {
                    socket.getOutputStream().write(credit); // of an unknown stream: ignored
                    socket.startHandshake(); // in TLS 1.3: a key update
                }
                socket.getOutputStream().write(credit);
                Awaitility.await()
                        .until(() ->
                                to.counters().refusals(Limit.L18_POST_HANDSHAKE) > 0
                                        || (count < 32
                                                && to.metrics().socketBytesIn() > count * 61L));
            }
        } catch (IOException _) {
            // Closed by the host, or by us.
        }
    }

    @ParameterizedTest
    @CsvSource({"30,0", "33,1"}) // the two alerts of a JDK farewell have no data either
    @DisplayName("L18 up to 32 records without data in a minute, as key updates; one more ends it")
    void manyKeyUpdates(int count, int refused) throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost host = hosts.start(1, b -> b.security(Security.TLS));
            keyUpdates(host, count);
            Awaitility.await().until(() -> host.openSockets() == 1);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(host.counters().refusals(Limit.L18_POST_HANDSHAKE))
                                    .isEqualTo(refused));
            Awaitility.await()
                    .untilAsserted(() -> assertThat(host.metrics().openedInbound()).isEqualTo(1));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 50})
    @DisplayName(
            "H-79 a stranger that stops within the ClientHello is closed by the handshake timer")
    void slowHello(int bytes) throws Exception {
        try (var hosts = new TestHosts()) {
            HostTimeouts d = HostTimeouts.DEFAULT;
            var quick =
                    new HostTimeouts(
                            d.connect(),
                            d.dial(),
                            Duration.ofSeconds(2),
                            Duration.ofMillis(200),
                            d.negotiation(),
                            d.identify(),
                            d.keepAlive(),
                            d.pong(),
                            d.writeStuck(),
                            d.ping(),
                            d.idle(),
                            d.drain());
            NettyHost host = hosts.start(1, b -> b.timeouts(quick));
            int port = host.listenAddresses().getFirst().tcpPort().orElseThrow();
            try (var plain = new Socket(InetAddress.getLoopbackAddress(), port)) {
                plain.setSoTimeout(10_000);
                plain.getOutputStream().write(Negotiation.token(Negotiation.HEADER));
                plain.getOutputStream().write(Negotiation.token(Upgrader.TLS));
                byte[] hello = new byte[bytes];
                if (bytes > 0) {
                    System.arraycopy(
                            new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc},
                            0,
                            hello,
                            0,
                            Math.min(9, bytes));
                }
                plain.getOutputStream().write(hello);
                assertThat(plain.getInputStream().readAllBytes().length).isLessThan(64);
            }
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(host.counters().refusals(Limit.L15_HANDSHAKE_TIME))
                                    .isEqualTo(1));
        }
    }

    @Test
    @DisplayName("throughput over one loopback connection, printed")
    void throughput() throws Exception {
        int bytes = 100 << 20;
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, b -> b.security(Security.TLS));
            NettyHost b = hosts.start(2, c -> c.security(Security.TLS));
            var done = new CompletableFuture<Void>();
            b.handle(
                    "/sink/1",
                    _ ->
                            new StreamHandler() {
                                private long got;

                                @Override
                                public void data(Stream s, byte[] array, int off, int len) {
                                    got += len;
                                    if (got == bytes) {
                                        done.complete(null);
                                    }
                                }
                            });
            HostConnection connection = connect(a, b);
            byte[] chunk = "x".repeat(32 << 10).getBytes(UTF_8);
            long from = System.nanoTime();
            var writer =
                    new StreamHandler() {
                        private int sent;

                        @Override
                        public void data(Stream s, byte[] array, int off, int len) {}

                        @Override
                        public void writable(Stream s) {
                            while (sent < bytes && s.writable()) {
                                s.write(chunk, 0, chunk.length);
                                sent += chunk.length;
                            }
                        }
                    };
            Stream stream = get(a.open(connection, List.of("/sink/1"), writer));
            connection.execute(() -> writer.writable(stream));
            get(done);
            double seconds = (System.nanoTime() - from) / 1e9;
            System.out.printf(
                    "TLS throughput: 100 MiB in %.2f s, %.0f MiB/s%n", seconds, 100 / seconds);
            assertThat(address(b).peerId()).isPresent();
        }
    }
}
