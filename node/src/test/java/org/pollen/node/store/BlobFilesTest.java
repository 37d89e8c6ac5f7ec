package org.pollen.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.mempool.BlobStore;

/// Blob transactions on a disk that may be full, torn or broken. Source: mempool.md 11.
class BlobFilesTest {
    private static final String FIRST = "queue/0000000000000000.blob";

    @TempDir Path folder = Path.of("");

    private final FailingDisk disk = new FailingDisk();
    private @Nullable BlobFiles open;

    private BlobFiles files() throws IOException {
        if (open != null) open.close();
        open = BlobFiles.open(folder, disk);
        return open;
    }

    @AfterEach
    void close() {
        disk.release();
        if (open != null) open.close();
    }

    private boolean durable() throws Exception {
        return Objects.requireNonNull(open).durable().get(20, TimeUnit.SECONDS);
    }

    private static List<byte[]> entries(BlobStore store) {
        var entries = new ArrayList<byte[]>();
        store.forEach((_, entry) -> entries.add(entry));
        return entries;
    }

    @Test
    void keepsEntriesOverARestart() throws Exception {
        BlobStore store = files().storage().pool();
        long first = store.put(new byte[] {1});
        long second = store.put(new byte[] {2, 2});
        store.delete(first);
        store.delete(first);
        assertThat(store.get(first)).isNull();

        BlobStore again = files().storage().pool();
        assertThat(again.get(second)).containsExactly(2, 2);
        assertThat(again.put(new byte[] {3})).isGreaterThan(second);
        var seen = new ArrayList<Integer>();
        again.forEach((handle, entry) -> {
            seen.add(entry.length);
            again.delete(handle);
        });
        assertThat(seen).containsExactly(2, 1);
        assertThat(folder.resolve("queue")).isEmptyDirectory();
    }

    @Test
    void whatACrashLeftHalfWrittenIsDeletedAndStrangersStay() throws Exception {
        Files.createDirectories(folder.resolve("queue"));
        Files.write(folder.resolve("queue/0000000000000007.blob.part"), new byte[5]);
        Files.write(folder.resolve("queue/notes.blob"), new byte[5]);
        Files.write(folder.resolve("queue/ffffffffffffffff.blob"), new byte[5]);
        BlobStore store = files().storage().pool();
        assertThat(entries(store)).isEmpty();
        assertThat(store.put(new byte[1])).isZero();
        assertThat(folder.resolve("queue/notes.blob")).exists();
        assertThat(folder.resolve("queue/ffffffffffffffff.blob")).exists();
        assertThat(folder.resolve("queue/0000000000000007.blob.part")).doesNotExist();
    }

    @Test
    @DisplayName(
            "11: a file torn at any byte, or with any byte changed, is set aside, and the rest is read")
    void damagedFilesAreSetAside() throws Exception {
        BlobFiles files = files();
        files.storage().pool().put(new byte[] {5, 6, 7});
        files.storage().pool().put(new byte[] {9});
        assertThat(durable()).isTrue();
        byte[] whole = Files.readAllBytes(folder.resolve(FIRST));
        int damaged = 0;
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= 1;
            for (byte[] content : List.of(java.util.Arrays.copyOf(whole, at), changed)) {
                Files.write(folder.resolve(FIRST), content);
                BlobFiles again = files();
                assertThat(entries(again.storage().pool())).containsExactly(new byte[] {9});
                assertThat(again.damaged()).isEqualTo(1);
                assertThat(folder.resolve(FIRST)).doesNotExist();
                damaged++;
                try (var left = Files.list(folder.resolve("queue"))) {
                    assertThat(left.filter(file -> file.toString().endsWith(".bad")))
                            .hasSize(1); // the same name each time
                }
            }
        }
        assertThat(damaged).isEqualTo(2 * whole.length);
    }

    @Test
    void aFailingDiskFillsNoFolderWithWhatItDamaged() throws Exception {
        BlobStore store = files().storage().pool();
        for (int i = 0; i < FileBlobStore.BAD_MAX + 3; i++) store.put(new byte[] {1});
        try (var all = Files.list(folder.resolve("queue"))) {
            for (Path file : all.toList()) Files.write(file, new byte[9]);
        }
        BlobFiles again = files();
        assertThat(entries(again.storage().pool())).isEmpty();
        assertThat(again.damaged()).isEqualTo(FileBlobStore.BAD_MAX + 3);
        try (var left = Files.list(folder.resolve("queue"))) {
            assertThat(left).hasSize(FileBlobStore.BAD_MAX);
        }
    }

    @Test
    @DisplayName("11: an entry, then its folder, are forced before anybody is told that it is kept")
    void forcesFilesAndFolders() throws Exception {
        BlobFiles files = files();
        assertThat(durable()).isTrue();
        assertThat(disk.forced.get()).isZero();
        files.storage().pool().put(new byte[] {1});
        assertThat(durable()).isTrue();
        assertThat(disk.forced.get()).isEqualTo(2);
        files.storage().limbo().put(new byte[] {1});
        long gone = files.storage().gapped().put(new byte[] {1});
        files.storage().gapped().delete(gone); // maybe before its turn comes
        assertThat(durable()).isTrue();
        assertThat(disk.forced.get()).isBetween(5, 6);
    }

    @Test
    @DisplayName("11: a full disk refuses an entry, leaves nothing of it, and takes the next")
    void aFullDisk() throws Exception {
        BlobFiles files = files();
        disk.room.set(12); // part of the second one
        BlobStore store = files.storage().pool();
        assertThat(store.put(new byte[] {1})).isZero();
        assertThat(store.put(new byte[] {2, 2})).isEqualTo(-1);
        assertThat(files.trouble()).contains("No space left on device");
        assertThat(files.failed()).isEqualTo(1);
        assertThat(entries(store)).hasSize(1);
        assertThat(files.probe().get(20, TimeUnit.SECONDS)).contains("No space left on device");
        assertThat(files.trouble()).contains("No space left on device");
        disk.room.set(Long.MAX_VALUE);
        assertThat(files.probe().get(20, TimeUnit.SECONDS)).isNull();
        assertThat(files.trouble()).isNull();
        assertThat(store.put(new byte[] {3})).isEqualTo(2);
        assertThat(files.written()).isEqualTo(2);
        try (var left = Files.list(folder.resolve("queue"))) {
            assertThat(left).hasSize(2);
        }
        assertThat(folder.resolve("probe")).doesNotExist();
    }

    @Test
    @DisplayName("11: a disk is tried on the forcing thread: a slow one does not hold the pool's")
    void aSlowDiskIsTriedElsewhere() throws Exception {
        BlobFiles files = files();
        disk.room.set(0);
        assertThat(files.storage().pool().put(new byte[] {1})).isEqualTo(-1);
        disk.room.set(Long.MAX_VALUE);
        disk.hold();
        var asked = CompletableFuture.supplyAsync(files::probe).get(20, TimeUnit.SECONDS);
        assertThat(asked).isNotDone();
        assertThat(files.probe()).isCompletedWithValueMatching(why -> why.contains("No space"));
        disk.release();
        assertThat(asked.get(20, TimeUnit.SECONDS)).isNull();
        assertThat(files.trouble()).isNull();
    }

    @Test
    @DisplayName("11: what cannot be forced is not said to be kept; what comes later is")
    void aBrokenDisk() throws Exception {
        BlobFiles files = files();
        disk.forces = false;
        files.storage().pool().put(new byte[] {1});
        assertThat(durable()).isFalse();
        assertThat(files.trouble()).contains("Input/output error");
        disk.forces = true;
        assertThat(durable()).isTrue(); // nothing was put since
        files.storage().pool().put(new byte[] {1});
        assertThat(durable()).isTrue();
        assertThat(files.trouble()).isNull();
    }

    @Test
    @DisplayName("11: several who wait at once are all told of a failure among them")
    void failuresOfABatch() throws Exception {
        BlobFiles files = files();
        disk.forces = false;
        files.storage().pool().put(new byte[] {1});
        var first = files.durable();
        files.storage().pool().put(new byte[] {2});
        var second = files.durable();
        assertThat(first.get(20, TimeUnit.SECONDS)).isFalse();
        assertThat(second.get(20, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void anInterruptDoesNotLoseAnEntry() throws Exception {
        BlobStore store = files().storage().pool();
        Thread.currentThread().interrupt();
        long handle = store.put(new byte[] {4});
        assertThat(Thread.interrupted()).isTrue();
        assertThat(store.get(handle)).containsExactly(4);
    }

    @Test
    void aFolderThatIsGoneRefusesEntries() throws Exception {
        BlobFiles files = files();
        for (String name : List.of("queue", "limbo", "gapped")) Files.delete(folder.resolve(name));
        BlobStore store = files.storage().pool();
        assertThat(store.put(new byte[1])).isEqualTo(-1);
        assertThat(store.get(0)).isNull();
        assertThat(entries(store)).isEmpty();
    }
}
