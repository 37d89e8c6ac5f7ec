package org.pollen.libp2p;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pollen.libp2p.TestHosts.address;
import static org.pollen.libp2p.TestHosts.connect;
import static org.pollen.libp2p.TestHosts.get;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pollen.libp2p.HostConfig.Security;
import org.pollen.peer.Multiaddr;

/// Row H-55: WebSockets between our hosts, and with strangers who write frames by hand.
class WebSocketIT {
    private static final String ECHO = "/echo/1";
    private static final Multiaddr WS = Multiaddr.parse("/ip4/127.0.0.1/tcp/0/ws");
    private static final Multiaddr WSS = Multiaddr.parse("/ip4/127.0.0.1/tcp/0/tls/ws");

    @AfterAll
    static void noLeaks() {
        assertThat(TestHosts.leaks()).isZero();
    }

    private static WebSocketTls certificate(String names, boolean listens) throws Exception {
        Instant now = Instant.now();
        X509Certificate certificate =
                TlsForge.x509(
                        TlsForge.certificate(
                                now.minus(Duration.ofDays(1)),
                                now.plus(Duration.ofDays(1)),
                                TlsForge.extension(
                                        "551d11", false, HexFormat.of().parseHex(names))));
        return listens
                ? new WebSocketTls(
                        TlsForge.privateKey(), List.of(certificate), List.of(certificate))
                : new WebSocketTls(null, List.of(), List.of(certificate));
    }

    private static final String LOOPBACK_IP = "300687047f000001";
    private static final String LOCALHOST = "300b82096c6f63616c686f7374";

    private static void echo(NettyHost from, Connection connection, int bytes) throws Exception {
        var recording = new TestHosts.Recording();
        Stream stream = get(from.open(connection, List.of(ECHO), recording));
        byte[] sent = new byte[bytes];
        new Random(1).nextBytes(sent);
        stream.write(sent, 0, bytes);
        stream.closeWrite();
        get(recording.readClosed);
        assertThat(recording.bytes()).isEqualTo(sent);
    }

    @ParameterizedTest
    @CsvSource({"false,NOISE", "false,TLS", "true,NOISE", "true,TLS"})
    @DisplayName("H-55 dial and listen, ws and wss, Noise and TLS within: identify, ping, echo")
    void works(boolean secure, Security security) throws Exception {
        WebSocketTls tls = certificate(LOOPBACK_IP, true);
        try (var hosts = new TestHosts()) {
            NettyHost a = hosts.start(1, c -> c.security(security).webSocketTls(tls));
            NettyHost b =
                    hosts.start(
                            2,
                            c -> c.listen(secure ? WSS : WS).security(security).webSocketTls(tls));
            b.handle(ECHO, _ -> new TestHosts.Echo());
            assertThat(address(b).toString()).contains(secure ? "/tls/ws/p2p/" : "/ws/p2p/");
            HostConnection connection = connect(a, b);
            assertThat(connection.transport()).isEqualTo(secure ? "wss" : "ws");
            assertThat(connection.security()).isEqualTo(security == Security.TLS ? "tls" : "noise");
            assertThat(get(a.ping(connection))).isPositive();
            Awaitility.await().until(() -> connection.identify().isPresent());
            echo(a, connection, 1_000_000);
            Connection inbound = b.connections().iterator().next();
            assertThat(inbound.remoteAddress().toString()).endsWith("/ws");
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(a.metrics().socketBytesOut()).isGreaterThan(1_000_000));
            connection.close(ErrorCodes.NONE);
            Awaitility.await().until(() -> a.openSockets() == 1 && b.openSockets() == 1);
        }
    }

    @Test
    @DisplayName("wss checks the name: of /sni, of the address, and who signed")
    void names() throws Exception {
        WebSocketTls tls = certificate(LOCALHOST, true);
        WebSocketTls trusts = certificate(LOCALHOST, false);
        try (var hosts = new TestHosts()) {
            NettyHost b = hosts.start(2, c -> c.listen(WSS).webSocketTls(tls));
            NettyHost a = hosts.start(1, c -> c.webSocketTls(tls));
            String sni = address(b).toString().replace("/tls/ws", "/tls/sni/localhost/ws");
            assertThat(get(a.dial(Multiaddr.parse(sni))).isOpen()).isTrue();

            NettyHost c = hosts.start(3, d -> d.webSocketTls(trusts)); // other bytes, same name
            assertThatThrownBy(() -> get(c.dial(Multiaddr.parse(sni))))
                    .isInstanceOf(ExecutionException.class);
            NettyHost d = hosts.start(4, e -> e.webSocketTls(tls));
            assertThatThrownBy(() -> connect(d, b)).isInstanceOf(ExecutionException.class);
            NettyHost e = hosts.start(5);
            assertThatThrownBy(() -> get(e.dial(Multiaddr.parse(sni))))
                    .isInstanceOf(ExecutionException.class);
            Awaitility.await().until(() -> c.openSockets() == 1 && d.openSockets() == 1);
        }
    }

    @Test
    void listeningSecurelyNeedsACertificate() throws Exception {
        try (var hosts = new TestHosts()) {
            assertThatThrownBy(() -> hosts.start(1, c -> c.listen(WSS)))
                    .cause()
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no certificate");
        }
    }

    // ---- by hand

    /// A client that writes what it likes.
    private static final class Raw implements AutoCloseable {
        final Socket socket;
        final DataInputStream in;

        Raw(NettyHost host) throws IOException {
            int port = host.listenAddresses().getFirst().tcpPort().orElseThrow();
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(10_000);
            in = new DataInputStream(socket.getInputStream());
        }

        /// The first line of the answer.
        String request(String line, String more) throws IOException {
            String head =
                    line
                            + "\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Origin: http://elsewhere\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                            + more
                            + "\r\n";
            socket.getOutputStream().write(head.getBytes(US_ASCII));
            var answer = new ByteArrayOutputStream();
            while (!answer.toString(US_ASCII).endsWith("\r\n\r\n")) {
                answer.write(in.readByte());
            }
            return answer.toString(US_ASCII).lines().findFirst().orElseThrow();
        }

        void frame(int opcode, byte[] payload) throws IOException {
            var out = new ByteArrayOutputStream();
            out.write(opcode);
            if (payload.length < 126) {
                out.write(0x80 | payload.length);
            } else {
                out.write(0xff);
                for (int shift = 56; shift >= 0; shift -= 8) {
                    out.write((int) ((long) payload.length >> shift));
                }
            }
            out.write(new byte[4], 0, 4); // a mask of zeros
            socket.getOutputStream().write(out.toByteArray());
            socket.getOutputStream().write(payload);
        }

        /// Reads frames until one with this opcode comes.
        byte[] until(int opcode) throws IOException {
            while (true) {
                int first = in.readUnsignedByte() & 0x0f;
                int length = in.readUnsignedByte();
                if (length == 126) {
                    length = in.readUnsignedShort();
                }
                byte[] payload = new byte[length];
                in.readFully(payload);
                if (first == opcode) {
                    return payload;
                }
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final int CONTINUATION_FINAL = 0x80;
    private static final int BINARY = 0x82;
    private static final int BINARY_MORE = 0x02;
    private static final int PING = 0x89;

    @Test
    @DisplayName("H-55 continuation frames, single bytes and pings: one byte stream to the upgrade")
    void continuation() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost host = hosts.start(1, c -> c.listen(WS));
            try (var raw = new Raw(host)) {
                assertThat(raw.request("GET / HTTP/1.1", "")).contains("101");
                byte[] header = Negotiation.token(Negotiation.HEADER);
                raw.frame(BINARY_MORE, Arrays.copyOf(header, 5));
                raw.frame(PING, new byte[] {1, 2, 3});
                raw.frame(CONTINUATION_FINAL, Arrays.copyOfRange(header, 5, header.length));
                for (byte one : Negotiation.token(Upgrader.NOISE)) {
                    raw.frame(BINARY, new byte[] {one});
                }
                assertThat(raw.until(2)).isEqualTo(header);
                assertThat(raw.until(10)).isEqualTo(new byte[] {1, 2, 3});
                assertThat(raw.until(2)).isEqualTo(Negotiation.token(Upgrader.NOISE));
            }
        }
    }

    @Test
    @DisplayName("H-55 a listener's header waits for the dialler's, who may not listen before it")
    void headerWaits() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost host = hosts.start(1, c -> c.listen(WS));
            try (var raw = new Raw(host)) {
                assertThat(raw.request("GET / HTTP/1.1", "")).contains("101");
                raw.frame(PING, new byte[] {1});
                assertThat(raw.in.readUnsignedByte()).isEqualTo(0x8a); // the pong comes first
                raw.in.readFully(new byte[2]);
                raw.frame(BINARY, Negotiation.token(Negotiation.HEADER));
                assertThat(raw.until(2)).isEqualTo(Negotiation.token(Negotiation.HEADER));
            }
        }
    }

    @Test
    @DisplayName("H-55 a frame of 200 KiB arrives whole, as go and rust may send it")
    void largeFrame() throws Exception {
        try (var hosts = new TestHosts()) {
            HostLimits d = HostLimits.DEFAULT;
            HostLimits wide =
                    new HostLimits(
                            d.connections(),
                            d.connectionsInbound(),
                            d.transientConnections(),
                            d.transientConnectionsInbound(),
                            d.connectionsPerPeer(),
                            d.connectionsPerIp(),
                            d.connectionsPerPrefix(),
                            d.acceptBurst(),
                            d.acceptIntervalSeconds(),
                            d.loopbackExempt(),
                            d.streams(),
                            d.streamsInbound(),
                            d.streamsPerPeer(),
                            d.streamsPerPeerInbound(),
                            d.streamsPerConnectionInbound(),
                            d.streamsPerConnectionOutbound(),
                            d.negotiatingStreams(),
                            1 << 20,
                            d.streamHighWater(),
                            d.streamQueueBytes(),
                            d.memoryBytes(),
                            d.connectionMemoryBytes(),
                            d.streamWindowBytes(),
                            d.dials(),
                            d.dialsPerPeer());
            NettyHost host = hosts.start(1, c -> c.listen(WS).limits(wide));
            try (var raw = new Raw(host)) {
                assertThat(raw.request("GET / HTTP/1.1", "")).contains("101");
                var out = new ByteArrayOutputStream();
                out.writeBytes(Negotiation.token(Negotiation.HEADER));
                for (int i = 0; i < 31; i++) {
                    out.writeBytes(Negotiation.token("/unknown/" + i));
                }
                out.writeBytes(Negotiation.token(Upgrader.NOISE));
                out.writeBytes(new byte[200 << 10]); // no Noise: refused after it was read
                raw.frame(BINARY, out.toByteArray());
                assertThat(raw.until(2)).startsWith(Negotiation.token(Negotiation.HEADER));
                Awaitility.await()
                        .until(() -> host.counters().refusals(Limit.L11_FIRST_MESSAGE) == 1);
            }
        }
    }

    @Test
    @DisplayName("H-55 a text frame is answered with 1003, one over 1 MiB with 1009, and closed")
    void badFrames() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost host = hosts.start(1, c -> c.listen(WS));
            try (var raw = new Raw(host)) {
                assertThat(raw.request("GET / HTTP/1.1", "")).contains("101");
                raw.frame(0x81, "hello".getBytes(US_ASCII));
                assertThat(code(raw.until(8))).isEqualTo(1003);
                assertThat(raw.in.readAllBytes()).isEmpty();
            }
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(host.counters().refusals(Limit.L34_TEXT_FRAME))
                                    .isEqualTo(1));
            try (var raw = new Raw(host)) {
                assertThat(raw.request("GET / HTTP/1.1", "")).contains("101");
                raw.socket
                        .getOutputStream()
                        .write(HexFormat.of().parseHex("82ff000000000010000100000000"));
                assertThat(code(raw.until(8))).isEqualTo(1009);
                assertThat(raw.in.readAllBytes()).isEmpty();
            }
            Awaitility.await().until(() -> host.counters().refusals(Limit.L34_FRAME) == 1);
            Awaitility.await().until(() -> host.openSockets() == 1);
            assertThat(host.admission().usage())
                    .isEqualTo("transients=0/0 connections=0/0 streams=0/0 prefixes=0 peers=0");
        }
    }

    private static int code(byte[] payload) {
        return ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /other HTTP/1.1", "POST / HTTP/1.1", "GARBAGE"})
    @DisplayName("H-55, L34 what is no request for the WebSocket is 400")
    void badRequest(String line) throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost host = hosts.start(1, c -> c.listen(WS));
            try (var raw = new Raw(host)) {
                assertThat(raw.request(line, "")).contains("400");
                assertThat(raw.in.readAllBytes()).isEmpty();
            }
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(host.counters().refusals(Limit.L34_HTTP_HEAD)).isEqualTo(1));
        }
    }

    @Test
    @DisplayName("H-55, L34 a head of more than 8 KiB is 431")
    void longHead() throws Exception {
        try (var hosts = new TestHosts()) {
            NettyHost host = hosts.start(1, c -> c.listen(WS));
            try (var raw = new Raw(host)) {
                String more = "X: " + "x".repeat(9000) + "\r\n";
                assertThat(raw.request("GET / HTTP/1.1", more)).contains("431");
            }
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(host.counters().refusals(Limit.L34_HTTP_HEAD)).isEqualTo(1));
        }
    }
}
