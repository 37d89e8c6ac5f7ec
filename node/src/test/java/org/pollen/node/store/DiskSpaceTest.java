package org.pollen.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a node makes of the room on its disk. Source: operations.md 4.
class DiskSpaceTest {
    private static final long MIB = 1L << 20;
    private long free = 512 * MIB;

    @Test
    @DisplayName("4 data.minFree: below it not ready, below half of it out")
    void levels() {
        var disk = new DiskSpace(() -> free, 512 * MIB);
        assertThat(disk.look()).isEqualTo(DiskSpace.Level.ENOUGH);
        assertThat(disk.check()).isEqualTo("ok");
        free--;
        assertThat(disk.look()).isEqualTo(DiskSpace.Level.LOW);
        assertThat(disk.check()).isEqualTo("511 MiB free, data.minFree is 512 MiB");
        assertThat(disk.free()).isEqualTo(free);
        free = 256 * MIB;
        assertThat(disk.look()).isEqualTo(DiskSpace.Level.LOW);
        free--;
        assertThat(disk.look()).isEqualTo(DiskSpace.Level.OUT);
        free = 600 * MIB;
        assertThat(disk.look()).isEqualTo(DiskSpace.Level.ENOUGH);
        free = -1; // nobody knows
        assertThat(disk.look()).isEqualTo(DiskSpace.Level.ENOUGH);
    }

    @Test
    void zeroAsksForNothing() {
        free = 0;
        assertThat(new DiskSpace(() -> free, 0).check()).isEqualTo("ok");
    }

    @Test
    void aFolderHasADisk(@TempDir Path folder) {
        assertThat(DiskSpace.of(folder, 1).free()).isPositive();
        assertThat(DiskSpace.of(folder.resolve("missing"), 1).check()).isEqualTo("ok");
    }
}
