package org.pollen.node;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the owner of a data directory tells its running node what others may not: a socket in that
/// folder, which only its owner can enter.
///
/// A caller writes one line and reads the answer, one line, too. Calls are served one after the
/// other; one that says nothing for a while is let go, and so is one whose line is too long.
///
/// Source: operations.md 3; decision record 88.
public final class ControlSocket implements AutoCloseable {
    /// Longest line, either way.
    public static final int LINE_BYTES_MAX = 4096;

    private static final Logger LOG = LoggerFactory.getLogger("control");
    private static final String NAME = "control";
    private static final long SECONDS = 10; // for a line, and for an answer
    private static final int CALLERS_MAX = 16;

    private final Path file;
    private final ServerSocketChannel server;
    private final Function<String, CompletableFuture<String>> answers;
    private final Semaphore callers = new Semaphore(CALLERS_MAX);

    private ControlSocket(
            Path file,
            ServerSocketChannel server,
            Function<String, CompletableFuture<String>> answers) {
        this.file = file;
        this.server = server;
        this.answers = answers;
    }

    /// Listens in a data directory that this process owns.
    ///
    /// @param answers to a line; a failed one is told as an error
    /// @throws IOException if there can be no socket: some file systems have none, and names are
    ///   short
    public static ControlSocket open(
            Path folder, Function<String, CompletableFuture<String>> answers) throws IOException {
        Path file = in(folder);
        Files.deleteIfExists(file); // of a process that was killed
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(file));
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e instanceof IOException io ? io : new IOException(e);
        }
        var socket = new ControlSocket(file, server, answers);
        Thread.ofVirtual().name("control").start(socket::accept);
        return socket;
    }

    /// The socket of a data directory.
    public static Path in(Path folder) {
        return folder.resolve(NAME);
    }

    /// Asks the node that owns a data directory.
    ///
    /// @throws IOException if none answers
    public static String ask(Path folder, String line) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(in(folder)))) {
            write(channel, line);
            return read(channel);
        }
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel caller = server.accept();
                if (callers.tryAcquire()) Thread.ofVirtual().start(() -> serve(caller));
                else caller.close();
            } catch (IOException e) {
                if (server.isOpen()) LOG.warn("{}: {}", file, String.valueOf(e.getMessage()));
                return;
            }
        }
    }

    private void serve(SocketChannel caller) {
        Thread late =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                TimeUnit.SECONDS.sleep(2 * SECONDS);
                                caller.close();
                            } catch (InterruptedException | IOException _) {
                                // it was served
                            }
                        });
        try (caller) {
            write(caller, answer(read(caller)));
        } catch (IOException e) {
            LOG.debug("a caller left", e);
        } finally {
            late.interrupt();
            callers.release();
        }
    }

    private String answer(String line) {
        try {
            return answers.apply(line).get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return "error " + e.getCause();
        } catch (TimeoutException e) {
            return "error the node is too busy";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "error the node stops";
        }
    }

    private static void write(SocketChannel channel, String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        var buffer = ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, LINE_BYTES_MAX));
        while (buffer.hasRemaining()) {
            var _ = channel.write(buffer);
        }
    }

    private static String read(SocketChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(LINE_BYTES_MAX);
        while (buffer.hasRemaining()) {
            int before = buffer.position();
            if (channel.read(buffer) < 0) throw new IOException("no whole line");
            for (int i = before; i < buffer.position(); i++) {
                if (buffer.get(i) == '\n') {
                    return new String(buffer.array(), 0, i, StandardCharsets.UTF_8);
                }
            }
        }
        throw new IOException("a line of more than " + LINE_BYTES_MAX + " bytes");
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.debug("{} stays", file, e);
        }
    }
}
