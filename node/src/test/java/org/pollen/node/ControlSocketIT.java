package org.pollen.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
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
