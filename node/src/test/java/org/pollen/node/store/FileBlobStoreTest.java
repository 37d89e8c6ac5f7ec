package org.pollen.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBlobStoreTest {
    @TempDir Path folder = Path.of("");

    @Test
    void keepsEntriesOverARestart() throws Exception {
        FileBlobStore store = FileBlobStore.open(folder.resolve("queue"));
        long first = store.put(new byte[] {1});
        long second = store.put(new byte[] {2, 2});
        store.delete(first);
        store.delete(first);
        assertThat(store.get(first)).isNull();

        FileBlobStore again = FileBlobStore.open(folder.resolve("queue"));
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
        Files.write(folder.resolve("0000000000000007.blob.part"), new byte[5]);
        Files.write(folder.resolve("notes.blob"), new byte[5]);
        FileBlobStore store = FileBlobStore.open(folder);
        var seen = new ArrayList<Long>();
        store.forEach((handle, _) -> seen.add(handle));
        assertThat(seen).isEmpty();
        assertThat(store.put(new byte[1])).isZero();
        assertThat(folder.resolve("notes.blob")).exists();
        assertThat(folder.resolve("0000000000000007.blob.part")).doesNotExist();
    }

    @Test
    void aFolderThatIsGoneRefusesEntries() throws Exception {
        Path gone = folder.resolve("gone");
        FileBlobStore store = FileBlobStore.open(gone);
        Files.delete(gone);
        assertThat(store.put(new byte[1])).isEqualTo(-1);
        assertThat(store.get(0)).isNull();
        store.forEach((_, _) -> {
            throw new AssertionError();
        });
    }
}
