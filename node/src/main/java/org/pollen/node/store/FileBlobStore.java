package org.pollen.node.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.BlobStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Blob transactions in a folder, a file each: at 130 kB and more the file system is a good enough
/// allocator, and an entry is either there or not.
///
/// An entry is written beside its name and renamed; what a crash left half written is deleted at
/// the next start, and what a failing disk left empty is no transaction, which the pool deletes.
/// Belongs to the pool's thread.
public final class FileBlobStore implements BlobStore {
    private static final Logger LOG = LoggerFactory.getLogger("blobpool");
    private static final Pattern NAME = Pattern.compile("([0-9a-f]{16})\\.blob");
    private static final String UNFINISHED = ".part";

    private final Path folder;
    private long next;

    private FileBlobStore(Path folder) {
        this.folder = folder;
    }

    /// Opens a folder, which is made if there is none.
    ///
    /// @throws IOException if it cannot be read or made
    public static FileBlobStore open(Path folder) throws IOException {
        Files.createDirectories(folder);
        var store = new FileBlobStore(folder);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + UNFINISHED)) {
            for (Path file : files) Files.delete(file);
        }
        for (long handle : store.handles()) store.next = Math.max(store.next, handle + 1);
        return store;
    }

    private List<Long> handles() throws IOException {
        var handles = new ArrayList<Long>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.blob")) {
            for (Path file : files) {
                Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) handles.add(Long.parseLong(name.group(1), 16));
            }
        }
        handles.sort(null);
        return handles;
    }

    private Path file(long handle) {
        return folder.resolve("%016x.blob".formatted(handle));
    }

    @Override
    public long put(byte[] entry) {
        long handle = next++;
        Path file = file(handle);
        Path part = folder.resolve(file.getFileName() + UNFINISHED);
        try {
            Files.write(part, entry);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            return handle;
        } catch (IOException e) {
            LOG.warn("cannot keep a blob transaction in {}: {}", folder, e.toString());
            try {
                Files.deleteIfExists(part);
            } catch (IOException _) {
                // The next start tries again.
            }
            return -1;
        }
    }

    @Override
    public byte @Nullable [] get(long handle) {
        try {
            return Files.readAllBytes(file(handle));
        } catch (NoSuchFileException _) {
            return null;
        } catch (IOException e) {
            LOG.warn("cannot read a blob transaction in {}: {}", folder, e.toString());
            return null;
        }
    }

    @Override
    public void delete(long handle) {
        try {
            Files.deleteIfExists(file(handle));
        } catch (IOException e) {
            LOG.warn("cannot delete a blob transaction in {}: {}", folder, e.toString());
        }
    }

    @Override
    public void forEach(Visitor visitor) {
        List<Long> handles;
        try {
            handles = handles();
        } catch (IOException e) {
            LOG.warn("cannot list the blob transactions in {}: {}", folder, e.toString());
            return;
        }
        for (long handle : handles) {
            byte[] entry = get(handle);
            if (entry != null) visitor.entry(handle, entry);
        }
    }
}
