package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `sim run --members` and `sim worker` over loopback.
class MembersIT {
    private static final Pattern DIGEST = Pattern.compile("\"digest\": \"(\\w+)\"");
    private static final Pattern PORT = Pattern.compile("sim worker 127\\.0\\.0\\.1:(\\d+)");

    @TempDir Path folder = Path.of("");

    private Path scenario() throws Exception {
        Path file = folder.resolve("small.yaml");
        Files.writeString(
                file,
                """
                schema: 1
                name: small
                seed: 3
                time: {warmup: 8s, run: 4s, cooldown: 3s}
                topology: {peers: 100, k: 6}
                workload: {rate: 4/s, size: 1KiB}
                gates: ["delivery >= 1.0"]
                """);
        return file;
    }

    private static String digest(String text) {
        Matcher matcher = DIGEST.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }

    @Test
    @DisplayName("S-06 (over loopback TCP, 100 peers): two members give the digest of one")
    void overLoopback() throws Exception {
        String file = scenario().toString();
        var alone = new StringWriter();
        var printer = new PrintWriter(alone, true);
        assertThat(new SimTool().run(printer, printer, "run", file, "--quiet")).isZero();

        var first = new StringWriter();
        var firstPrinter = new PrintWriter(first, true);
        var running =
                CompletableFuture.supplyAsync(() ->
                        new SimTool()
                                .run(firstPrinter, firstPrinter, "run", file, "--members", "2"));
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> PORT.matcher(first.toString()).find());
        Matcher port = PORT.matcher(first.toString());
        assertThat(port.find()).isTrue();
        // A stranger is no member.
        try (var stranger =
                new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)))) {
            OutputStream out = stranger.getOutputStream();
            out.write("\0\5hello".getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            var second = new StringWriter();
            var secondPrinter = new PrintWriter(second, true);
            String at = "127.0.0.1:" + port.group(1);
            assertThat(new SimTool().run(secondPrinter, secondPrinter, "worker", at)).isZero();

            assertThat(running.get(1, TimeUnit.MINUTES)).isZero();
            assertThat(digest(first.toString())).isEqualTo(digest(alone.toString()));
            assertThat(digest(second.toString())).isEqualTo(digest(alone.toString()));
        }
    }

    private static Socket impostor(int port) throws Exception {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        new DataOutputStream(socket.getOutputStream()).writeUTF(SocketMembers.HELLO);
        return socket;
    }

    @Test
    void aLostMemberIsAnErrorOfItsOwn() throws Exception {
        String file = scenario().toString();
        var out = new StringWriter();
        var err = new StringWriter();
        var printer = new PrintWriter(out, true);
        var errors = new PrintWriter(err, true);
        var running =
                CompletableFuture.supplyAsync(
                        () -> new SimTool().run(printer, errors, "run", file, "--members", "2"));
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> PORT.matcher(out.toString()).find());
        Matcher port = PORT.matcher(out.toString());
        assertThat(port.find()).isTrue();
        try (Socket member = impostor(Integer.parseInt(port.group(1)))) {
            // It is counted, and goes.
            assertThat(new DataInputStream(member.getInputStream()).readInt()).isEqualTo(1);
        }

        assertThat(running.get(1, TimeUnit.MINUTES)).isEqualTo(5);
        assertThat(err.toString()).startsWith("member 2 of 2 was lost: ").hasLineCount(1);
        assertThat(err.toString()).doesNotContain("null");
    }

    @Test
    void aSilentMemberIsLostAndOneThatComputesIsNot() throws Exception {
        var task = new SocketMembers.Task("text", 1, 2);
        var beats = new SocketMembers.Patience(Duration.ofMillis(20), Duration.ofMillis(400));
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = impostor(server.getLocalPort());
                var first = SocketMembers.gather(server, 1, task, beats)) {
            // Everybody is there: nobody else is listened to.
            assertThat(server.isClosed()).isTrue();
            var in = new DataInputStream(socket.getInputStream());
            assertThat(in.readNBytes(4 + 4 + 8 + 4 + 4 + "text".length())).hasSize(28);
            assertThat(in.readInt()).isEqualTo(-1); // it says that it is there

            assertThatThrownBy(() -> first.exchange(new byte[][] {{}, {}}))
                    .isInstanceOf(MemberLostException.class)
                    .hasMessage("member 2 of 2 was lost: nothing was heard of it for too long");
        }
        var patient = new SocketMembers.Patience(Duration.ofMillis(20), Duration.ofMinutes(2));
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = impostor(server.getLocalPort());
                var first = SocketMembers.gather(server, 1, task, patient)) {
            var out = new DataOutputStream(socket.getOutputStream());
            for (int word : new int[] {-1, -1, 1}) out.writeInt(word);
            out.writeByte(7);
            for (int word : new int[] {-1, 1}) out.writeInt(word);
            out.writeByte(9);

            assertThat(first.exchange(new byte[][] {{5}, {}})).isEqualTo(new byte[][] {{5}, {7}});
        }
    }

    @Test
    void whatCannotBeReachedIsOneError() throws Exception {
        var err = new StringWriter();
        var printer = new PrintWriter(err, true);
        String file = scenario().toString();

        assertThat(new SimTool().run(printer, printer, "worker", "nowhere")).isEqualTo(2);
        assertThat(new SimTool().run(printer, printer, "worker", "127.0.0.1:1")).isEqualTo(2);
        assertThat(new SimTool().run(printer, printer, "run", file, "--members", "2", "--report"))
                .isEqualTo(2);
        assertThat(new SimTool().run(printer, printer, "run", file, "--members", "0")).isEqualTo(2);
        assertThat(new SimTool().run(printer, printer, "run", "K-01", "--members", "2"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("--members 0: between 1 and 64")
                .contains("not an attack's name")
                .contains("as 127.0.0.1:7000")
                .contains("joining the run at")
                .contains("--members: without -o");
    }
}
