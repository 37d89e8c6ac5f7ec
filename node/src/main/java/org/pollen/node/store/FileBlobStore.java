package org.pollen.node.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.BlobStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Blob transactions in a folder, a file each: at 130 kB and more the file system is a good enough
/// allocator, and an entry is either there or not.
///
/// An entry is written beside its name and renamed, so that a killed process leaves it whole or not
/// at all; [BlobFiles] forces it to the disk. A loss of power can leave any bytes in a file that
/// was not forced yet, and a failing disk in any file: a checksum before the entry tells. What
/// fails it is set aside as `NAME.bad`, and is no entry any more. Belongs to the pool's thread.
final class FileBlobStore implements BlobStore {
    /// Damaged files that are kept for whoever wants to look at them; further ones are deleted.
    static final int BAD_MAX = 16;

    private static final Logger LOG = LoggerFactory.getLogger("blobpool");
    private static final Pattern NAME = Pattern.compile("([0-9a-f]{16})\\.blob");
    private static final String UNFINISHED = ".part";
    private static final String BAD = ".bad";
    private static final int MAGIC = 0x50424c31; // PBL1
    private static final int HEAD_BYTES = 8; // and the checksum of the entry

    private final Path folder;
    private final BlobFiles files;
    private final Disk disk;
    private long next;
    private int bad;

    /// Opens a folder, which is made if there is none.
    ///
    /// @throws IOException if it cannot be read or made
    FileBlobStore(Path folder, BlobFiles files, Disk disk) throws IOException {
        this.folder = folder;
        this.files = files;
        this.disk = disk;
        Files.createDirectories(folder);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, "*" + UNFINISHED)) {
            for (Path file : left) Files.delete(file);
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, "*" + BAD)) {
            for (Path _ : left) bad++;
        }
        for (long handle : handles()) next = Math.max(next, handle + 1);
    }

    private List<Long> handles() throws IOException {
        var handles = new ArrayList<Long>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.blob")) {
            for (Path file : entries) {
                Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) handles.add(Long.parseUnsignedLong(name.group(1), 16));
            }
        }
        handles.removeIf(handle -> handle < 0); // no handle of ours
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
        boolean interrupted = false;
        try {
            while (true) {
                interrupted |= Thread.interrupted(); // would close the file: the pool is closing
                try {
                    write(part, entry);
                    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
                    files.written(file);
                    return handle;
                } catch (ClosedByInterruptException _) {
                    // once more
                }
            }
        } catch (IOException e) {
            files.failed(folder, e);
            remove(part); // if it stays, the next start tries again
            return -1;
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    private void write(Path part, byte[] entry) throws IOException {
        try (FileChannel channel =
                disk.open(
                        part,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            var head = ByteBuffer.allocate(HEAD_BYTES).putInt(MAGIC).putInt(checksum(entry, 0));
            for (ByteBuffer bytes : List.of(head.flip(), ByteBuffer.wrap(entry))) {
                while (bytes.hasRemaining()) {
                    var _ = channel.write(bytes);
                }
            }
        }
    }

    private static int checksum(byte[] bytes, int from) {
        var sum = new CRC32C();
        sum.update(bytes, from, bytes.length - from);
        return (int) sum.getValue();
    }

    @Override
    public byte @Nullable [] get(long handle) {
        try {
            byte[] content = Files.readAllBytes(file(handle));
            byte[] entry = checked(content);
            if (entry == null) {
                LOG.error(
                        "{} is damaged and {}: the disk may be failing",
                        file(handle),
                        setAside(handle));
            }
            return entry;
        } catch (NoSuchFileException _) {
            return null;
        } catch (IOException e) {
            files.foundDamaged();
            LOG.error("{} cannot be read: {}", file(handle), Disk.reason(e));
            return null;
        }
    }

    /// The entry of a file; null if it is not what was written.
    private static byte @Nullable [] checked(byte[] content) {
        var head = ByteBuffer.wrap(content);
        boolean good =
                content.length > HEAD_BYTES
                        && head.getInt() == MAGIC
                        && head.getInt() == checksum(content, HEAD_BYTES);
        return good ? Arrays.copyOfRange(content, HEAD_BYTES, content.length) : null;
    }

    /// @return what became of the file
    private String setAside(long handle) {
        Path file = file(handle);
        files.foundDamaged();
        if (bad >= BAD_MAX) {
            remove(file);
            return "deleted";
        }
        Path aside = folder.resolve(file.getFileName() + BAD);
        try {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            bad++;
            return "set aside as " + aside.getFileName();
        } catch (IOException e) {
            return "cannot be set aside (" + Disk.reason(e) + ")";
        }
    }

    @Override
    public void delete(long handle) {
        remove(file(handle));
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("cannot delete {}: {}", file, Disk.reason(e));
        }
    }

    @Override
    public void forEach(Visitor visitor) {
        List<Long> handles;
        try {
            handles = handles();
        } catch (IOException e) {
            LOG.error("cannot list {}: {}", folder, Disk.reason(e));
            return;
        }
        int damaged = 0;
        String problem = "";
        for (long handle : handles) {
            try {
                byte[] entry = checked(Files.readAllBytes(file(handle)));
                if (entry != null) {
                    visitor.entry(handle, entry);
                    continue;
                }
                problem = setAside(handle);
            } catch (NoSuchFileException _) {
                continue; // the visitor deleted it with an earlier one
            } catch (IOException e) {
                files.foundDamaged();
                problem = Disk.reason(e);
            }
            damaged++;
        }
        if (damaged > 0) {
            LOG.error(
                    "{}: {} of {} blob transactions are damaged, by a crash or a failing disk; the"
                            + " last one: {}",
                    folder,
                    damaged,
                    handles.size(),
                    problem);
        }
    }
}
