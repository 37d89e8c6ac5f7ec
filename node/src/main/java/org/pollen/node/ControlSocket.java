package org.pollen.node;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the owner of a data directory tells its running node what others may not: a socket in that
/// folder, which only its owner may read and write.
///
/// A caller writes one line and reads the answer, one line, too. Up to sixteen calls are served at
/// once; one that says nothing for a while is let go, and so is one whose line is too long.
///
/// Source: operations.md 3; decision record 88.
public final class ControlSocket implements AutoCloseable {
    /// Longest line, either way.
    public static final int LINE_BYTES_MAX = 4096;

    private static final Logger LOG = LoggerFactory.getLogger("control");
    private static final String NAME = "control";
    private static final long SECONDS = 10; // for a line, and for an answer
    private static final int CALLERS_MAX = 16;

    /// How long a caller waits: longer than the other side takes at most.
    private static final Duration PATIENCE = Duration.ofSeconds(25);

    private static final Duration ACCEPT_PAUSE = Duration.ofMillis(100); // after a failure

    /// What the operating system does, so that a test can have it fail.
    interface Sockets {
        /// The machine's.
        Sockets REAL = new Sockets() {};

        /// Lets nobody but the owner use a socket.
        default void protect(Path file) throws IOException {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }

        /// Waits for a caller.
        default SocketChannel accept(ServerSocketChannel server) throws IOException {
            return server.accept();
        }
    }

    private final Path file;
    private final ServerSocketChannel server;
    private final Sockets sockets;
    private final Function<String, CompletableFuture<String>> answers;
    private final Semaphore callers = new Semaphore(CALLERS_MAX);

    private ControlSocket(
            Path file,
            ServerSocketChannel server,
            Sockets sockets,
            Function<String, CompletableFuture<String>> answers) {
        this.file = file;
        this.server = server;
        this.sockets = sockets;
        this.answers = answers;
    }

    /// Listens in a data directory that this process owns.
    ///
    /// @param answers to a line; a failed one is told as an error
    /// @throws IOException if there can be no socket: some file systems have none, names are short,
    ///   and one that others could use is not served
    public static ControlSocket open(
            Path folder, Function<String, CompletableFuture<String>> answers) throws IOException {
        return open(folder, Sockets.REAL, answers);
    }

    static ControlSocket open(
            Path folder, Sockets sockets, Function<String, CompletableFuture<String>> answers)
            throws IOException {
        Path file = in(folder);
        Files.deleteIfExists(file); // of a process that was killed
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(file));
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e instanceof IOException io ? io : new IOException(e);
        }
        try {
            sockets.protect(file);
        } catch (IOException | UnsupportedOperationException e) {
            server.close();
            Files.deleteIfExists(file);
            throw new IOException("it cannot be kept from other users (" + e + ")", e);
        }
        var socket = new ControlSocket(file, server, sockets, answers);
        Thread.ofVirtual().name("control").start(socket::accept);
        return socket;
    }

    /// The socket of a data directory.
    public static Path in(Path folder) {
        return folder.resolve(NAME);
    }

    /// Asks the node that owns a data directory.
    ///
    /// @throws SocketTimeoutException if one is there that does not answer in time
    /// @throws IOException if none answers
    public static String ask(Path folder, String line) throws IOException {
        return ask(folder, line, PATIENCE);
    }

    static String ask(Path folder, String line, Duration patience) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(in(folder)))) {
            Thread late = closeAfter(patience, channel);
            try {
                write(channel, line);
                return read(channel);
            } catch (AsynchronousCloseException e) {
                var timeout =
                        new SocketTimeoutException(
                                "no answer within %d s".formatted(patience.toSeconds()));
                timeout.initCause(e);
                throw timeout;
            } finally {
                late.interrupt();
            }
        }
    }

    private static Thread closeAfter(Duration time, SocketChannel channel) {
        return Thread.ofVirtual()
                .start(() -> {
                    try {
                        Thread.sleep(time);
                        channel.close();
                    } catch (InterruptedException | IOException _) {
                        // it was served
                    }
                });
    }

    private void accept() {
        boolean failing = false;
        while (server.isOpen()) {
            try {
                SocketChannel caller = sockets.accept(server);
                failing = false;
                if (callers.tryAcquire()) Thread.ofVirtual().start(() -> serve(caller));
                else caller.close();
            } catch (IOException e) {
                if (!server.isOpen()) return;
                // No descriptor is left, for example: callers wait, and there may be one soon.
                if (!failing) LOG.warn("{}: {}", file, String.valueOf(e.getMessage()));
                failing = true;
                LockSupport.parkNanos(ACCEPT_PAUSE.toNanos());
            }
        }
    }

    private void serve(SocketChannel caller) {
        Thread late = closeAfter(Duration.ofSeconds(2 * SECONDS), caller);
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
