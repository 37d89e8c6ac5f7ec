package org.pollen.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlSocketIT {
    @TempDir Path folder = Path.of("");

    @Test
    void answersLineByLine() throws Exception {
        Files.createFile(ControlSocket.in(folder)); // left by a process that was killed
        try (var _ =
                ControlSocket.open(
                        folder,
                        line ->
                                line.isEmpty()
                                        ? CompletableFuture.failedFuture(
                                                new IllegalStateException("nothing"))
                                        : CompletableFuture.completedFuture("it is " + line))) {
            assertThat(ControlSocket.ask(folder, "one")).isEqualTo("it is one");
            assertThat(ControlSocket.ask(folder, "two")).isEqualTo("it is two");
            assertThat(ControlSocket.ask(folder, ""))
                    .isEqualTo("error java.lang.IllegalStateException: nothing");
        }
        assertThat(ControlSocket.in(folder)).doesNotExist();
        assertThatIOException().isThrownBy(() -> ControlSocket.ask(folder, "three"));
    }

    @Test
    void aFolderTooDeepForASocketHasNone() throws Exception {
        Path deep = Files.createDirectories(folder.resolve("d".repeat(60)).resolve("e".repeat(60)));
        assertThatIOException()
                .isThrownBy(
                        () -> ControlSocket.open(deep, CompletableFuture::completedFuture).close());
        assertThat(ControlSocket.in(deep)).doesNotExist();
    }

    @Test
    void onlyTheOwnerMayUseIt() throws Exception {
        try (var _ = ControlSocket.open(folder, CompletableFuture::completedFuture)) {
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(ControlSocket.in(folder))))
                    .isEqualTo("rw-------");
        }
        var open =
                new ControlSocket.Sockets() {
                    @Override
                    public void protect(Path file) throws IOException {
                        throw new IOException("Operation not permitted");
                    }
                };
        assertThatIOException()
                .isThrownBy(() ->
                        ControlSocket.open(folder, open, CompletableFuture::completedFuture)
                                .close())
                .withMessageContaining("it cannot be kept from other users")
                .withMessageContaining("Operation not permitted");
        assertThat(ControlSocket.in(folder)).doesNotExist();
    }

    @Test
    void failuresOfAcceptPass() throws Exception {
        var failures = new AtomicInteger(3);
        var scarce =
                new ControlSocket.Sockets() {
                    @Override
                    public SocketChannel accept(ServerSocketChannel server) throws IOException {
                        if (failures.getAndDecrement() > 0) {
                            throw new IOException("Too many open files");
                        }
                        return server.accept();
                    }
                };
        try (var _ = ControlSocket.open(folder, scarce, CompletableFuture::completedFuture)) {
            assertThat(ControlSocket.ask(folder, "one", Duration.ofMinutes(1))).isEqualTo("one");
        }
        assertThat(failures.get()).isNegative();
    }

    @Test
    void aNodeThatNeverAnswersIsNotWaitedForForEver() throws Exception {
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(ControlSocket.in(folder)));
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> ControlSocket.ask(folder, "one", Duration.ofSeconds(1)))
                    .withMessage("no answer within 1 s");
        }
    }

    @Test
    void aLineThatNeverEndsIsNotRead() throws Exception {
        try (var _ =
                        ControlSocket.open(
                                folder,
                                _ -> {
                                    throw new AssertionError();
                                });
                SocketChannel caller =
                        SocketChannel.open(UnixDomainSocketAddress.of(ControlSocket.in(folder)))) {
            var line = ByteBuffer.allocate(ControlSocket.LINE_BYTES_MAX);
            while (line.hasRemaining()) {
                var _ = caller.write(line);
            }
            assertThat(caller.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }
}
