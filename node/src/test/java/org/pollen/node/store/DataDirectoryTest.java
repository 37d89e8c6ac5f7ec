package org.pollen.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;

class DataDirectoryTest {
    @TempDir Path parent;

    @Test
    @DisplayName("O23 the first start makes a private folder and key; the second has the same id")
    void theIdentityStays() throws IOException {
        Path folder = parent.resolve("n1");
        String first;
        try (DataDirectory data = DataDirectory.open(folder)) {
            first = data.identity().publicKey().peerId().toString();
        }
        assertThat(Files.getPosixFilePermissions(folder))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(folder.resolve("keys/node.key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (DataDirectory data = DataDirectory.open(folder)) {
            assertThat(data.identity().publicKey().peerId()).hasToString(first);
        }
    }

    @Test
    @DisplayName("O25 a folder in use is refused with the process that holds it")
    void aFolderHasOneOwner() {
        try (DataDirectory data = DataDirectory.open(parent)) {
            assertThatExceptionOfType(OperatorException.class)
                    .isThrownBy(() -> DataDirectory.open(data.folder()))
                    .withMessageContaining("is in use by")
                    .withMessageContaining("\"pid\":" + ProcessHandle.current().pid())
                    .satisfies(e -> assertThat(e.exitCode()).isEqualTo(4));
        }
        DataDirectory.open(parent).close(); // free again
    }

    @Test
    @DisplayName("DAT-002 a folder of a newer version is left alone")
    void aNewerFolderIsRefused() throws IOException {
        Files.writeString(parent.resolve("VERSION"), "2\n");
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> DataDirectory.open(parent))
                .withMessageContaining("has version 2, this build knows up to 1");
        Files.writeString(parent.resolve("VERSION"), "1\n");
        DataDirectory.open(parent).close(); // the refused one let go of the lock
    }

    @Test
    @DisplayName("DAT-003 a file where the folder should be")
    void aFileIsNoFolder() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "x");
        assertThatExceptionOfType(OperatorException.class)
                .isThrownBy(() -> DataDirectory.open(file))
                .satisfies(e ->
                        assertThat(e.problems().getFirst().code()).isEqualTo(ErrorCode.DAT_003));
    }

    @Test
    void runtimeIsWrittenWholeAndGoneAfterwards() throws IOException {
        var json = new ObjectMapper().createObjectNode().put("pid", 7);
        try (DataDirectory data = DataDirectory.open(parent)) {
            data.writeRuntime(json);
            assertThat(Files.readString(parent.resolve("runtime.json"))).isEqualTo("{\"pid\":7}\n");
        }
        assertThat(parent.resolve("runtime.json")).doesNotExist();
    }
}
