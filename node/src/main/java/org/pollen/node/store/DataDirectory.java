package org.pollen.node.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.peer.PrivateKey;

/// The folder of one node: its lock, the version of its layout, its identity, and `runtime.json`,
/// by which other commands find the running process.
///
/// The lock is the operating system's, so that it ends with the process however that ends; the text
/// in it only says who holds it. Source: operations.md 5.
public final class DataDirectory implements AutoCloseable {
    /// Version of the layout that this build writes.
    public static final int VERSION = 1;

    private static final int OWNER_BYTES_MAX = 1 << 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final FileChannel channel;
    private final FileLock lock;

    private DataDirectory(Path folder, FileChannel channel, FileLock lock) {
        this.folder = folder;
        this.channel = channel;
        this.lock = lock;
    }

    /// Makes the folder if it is not there, and takes it.
    ///
    /// @throws OperatorException DAT-001 if another process holds it, DAT-002 if a newer version
    ///   wrote it, DAT-003 if it cannot be made or written
    public static DataDirectory open(Path folder) {
        FileChannel channel = null;
        try {
            if (!Files.isDirectory(folder)) KeyFile.createPrivateFolder(folder);
            channel =
                    FileChannel.open(
                            folder.resolve("LOCK"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) throw held(folder, owner(channel));
            var directory = new DataDirectory(folder, channel, lock);
            directory.claim();
            return directory;
        } catch (IOException e) {
            close(channel);
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    "data directory " + folder + " cannot be used: " + reason(e),
                    "choose a folder that you can write to with --data-dir",
                    e);
        } catch (OperatorException e) {
            close(channel);
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null; // held by this very process
        }
    }

    private void claim() throws IOException {
        Path version = folder.resolve("VERSION");
        if (Files.exists(version)) {
            String text = Files.readString(version).strip();
            if (!text.matches("\\d{1,6}") || Integer.parseInt(text) > VERSION) {
                throw new OperatorException(
                        ErrorCode.DAT_002,
                        "data directory %s has version %s, this build knows up to %d"
                                .formatted(
                                        folder,
                                        text.length() > 20 ? text.substring(0, 20) : text,
                                        VERSION),
                        "use the newer Pollen that wrote it, or another --data-dir");
            }
        } else {
            write(version, VERSION + "\n");
        }
        byte[] owner =
                JSON.createObjectNode()
                        .put("pid", ProcessHandle.current().pid())
                        .put("since", Instant.now().toString())
                        .toString()
                        .getBytes(StandardCharsets.UTF_8);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(owner), 0);
    }

    private static String owner(FileChannel channel) throws IOException {
        var bytes = ByteBuffer.allocate(OWNER_BYTES_MAX);
        channel.read(bytes, 0);
        var text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        return text.isBlank() ? "another process" : text;
    }

    private static OperatorException held(Path folder, String owner) {
        return new OperatorException(
                ErrorCode.DAT_001,
                "data directory " + folder + " is in use by " + owner,
                "stop that process, or give this one another --data-dir");
    }

    /// The node's identity, `keys/node.key`; made when there is none yet.
    ///
    /// @throws OperatorException KEY-001 to KEY-003
    public PrivateKey identity() {
        Path file = folder.resolve("keys").resolve("node.key");
        if (!Files.exists(file)) {
            KeyFile.create(file, PrivateKey.generateEd25519(new SecureRandom()));
        }
        return KeyFile.read(file);
    }

    /// Says where the running node listens.
    public void writeRuntime(ObjectNode runtime) {
        try {
            write(folder.resolve("runtime.json"), runtime.toString() + "\n");
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    "cannot write " + folder.resolve("runtime.json") + ": " + reason(e),
                    "free some space, or choose another --data-dir",
                    e);
        }
    }

    /// All of the file or none of it.
    private static void write(Path file, String text) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (var out =
                FileChannel.open(
                        fresh,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) out.write(bytes);
            out.force(true);
        }
        Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /// The folder.
    public Path folder() {
        return folder;
    }

    private static String reason(IOException e) {
        return e.getMessage() == null
                ? e.toString()
                : e.getClass().getSimpleName() + " " + e.getMessage();
    }

    private static void close(@Nullable FileChannel channel) {
        if (channel == null) return;
        try {
            channel.close();
        } catch (IOException _) {
            // the lock is gone with the process at the latest
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(folder.resolve("runtime.json"));
            if (lock.isValid()) lock.release();
        } catch (IOException _) {
            // a file left behind names a process that has ended
        }
        close(channel);
    }
}
