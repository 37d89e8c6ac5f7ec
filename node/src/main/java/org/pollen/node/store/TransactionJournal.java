package org.pollen.node.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.LocalJournal;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The journal of local transactions, `pool/transactions.rlp`: records one after the other, without
/// framing, as geth writes them.
///
/// A thread of its own writes, in the order of the calls, and forces what came together to the disk
/// once; [#durable] tells when. A record that could not be written whole is cut off again, so that
/// nothing of it stands before later ones. A rotation writes beside, forces, renames and forces the
/// folder: a crash leaves the old file or the new one.
///
/// [#append], [#rotate], [#durable] and [#rotated] are for one thread; the other methods for any.
///
/// Source: mempool.md 11; decision record 86.
public final class TransactionJournal implements LocalJournal, AutoCloseable {
    /// Largest file that is read at the start.
    public static final long BYTES_MAX = 512L << 20;

    private static final Logger LOG = LoggerFactory.getLogger("journal");
    private static final int BATCH = 1024; // records that one force covers at most

    private sealed interface Op {
        record Append(byte[] record) implements Op {}

        record Rotate(List<byte[]> records) implements Op {}

        record Sync(CompletableFuture<Boolean> done) implements Op {}

        record Rotated(CompletableFuture<Boolean> done) implements Op {}

        record Close() implements Op {}
    }

    private final Path file;
    private final Disk disk;
    private final LinkedBlockingQueue<Op> queue = new LinkedBlockingQueue<>();
    private final Thread writer = new Thread(this::write, "journal");
    private final LongAdder written = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private byte @Nullable [] found;
    private volatile long bytes;
    private volatile @Nullable String trouble;
    private volatile boolean torn;
    private volatile boolean rotationDue;

    // The writer's only.
    private FileChannel channel;
    private long length;
    private boolean failedSinceSync;

    private TransactionJournal(Path file, Disk disk, FileChannel channel, byte[] found) {
        this.file = file;
        this.disk = disk;
        this.channel = channel;
        this.found = found;
        this.length = found.length;
        this.bytes = found.length;
        writer.setDaemon(true);
        writer.start();
    }

    /// Opens a journal, or makes it.
    ///
    /// @throws OperatorException DAT-003 if it cannot be read and written, DAT-005 if it is not a
    ///   file we would overwrite
    public static TransactionJournal open(Path file) {
        return open(file, Disk.REAL);
    }

    static TransactionJournal open(Path file, Disk disk) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null && !Files.isDirectory(folder)) KeyFile.createPrivateFolder(folder);
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw unusable(file, "it is a folder, a link or a device");
            }
            // What a rotation left when it was interrupted; the file itself is whole.
            Files.deleteIfExists(fresh(file));
            byte[] found = new byte[0];
            if (Files.exists(file)) {
                if (Files.size(file) > BYTES_MAX) {
                    throw unusable(
                            file,
                            "it has %d bytes, more than %d".formatted(Files.size(file), BYTES_MAX));
                }
                found = Files.readAllBytes(file);
            }
            FileChannel channel =
                    disk.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.position(found.length);
            return new TransactionJournal(file, disk, channel, found);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    "the journal %s cannot be used: %s".formatted(file, Disk.reason(e)),
                    "give the user of this process the right to read and write it, or set"
                            + " txpool.nolocals=true to do without",
                    e);
        }
    }

    /// A journal that must not be written over.
    public static OperatorException unusable(Path file, String why) {
        return new OperatorException(
                ErrorCode.DAT_005,
                "the journal %s is not used: %s".formatted(file, why),
                "move it away to begin a new one, or set txpool.journal to another file");
    }

    /// What the file held when it was opened; once.
    public byte[] takeFound() {
        byte[] content = found;
        found = null;
        return content == null ? new byte[0] : content;
    }

    /// Keeps what could not be read, before a rotation leaves it out.
    ///
    /// @param tail of the file, from the first bad byte on
    /// @return where it is now; null if it could not be kept either
    public @Nullable Path setAside(byte[] tail) {
        Path aside = file.resolveSibling(file.getFileName() + ".bad");
        try {
            Files.write(aside, tail);
            return aside;
        } catch (IOException e) {
            LOG.warn("the unreadable end of {} could not be kept: {}", file, Disk.reason(e));
            return null;
        }
    }

    /// The file.
    public Path file() {
        return file;
    }

    /// Hands a record to the writer; [#durable] tells what became of it.
    @Override
    public boolean append(byte[] record) {
        return queue.add(new Op.Append(record));
    }

    @Override
    public boolean rotate(List<byte[]> records) {
        return queue.add(new Op.Rotate(List.copyOf(records)));
    }

    /// Whether what was appended since the last call is on the disk.
    ///
    /// @return completes with false if it could not be written
    public CompletableFuture<Boolean> durable() {
        var done = new CompletableFuture<Boolean>();
        queue.add(new Op.Sync(done));
        return done;
    }

    /// Whether the last rotation is on the disk: until one is, the file holds what was left out.
    ///
    /// @return completes with false if it failed
    public CompletableFuture<Boolean> rotated() {
        var done = new CompletableFuture<Boolean>();
        queue.add(new Op.Rotated(done));
        return done;
    }

    /// Whether the last rotation failed.
    public boolean rotationDue() {
        return rotationDue;
    }

    /// What is wrong with the file; null while it takes what it is given.
    public @Nullable String trouble() {
        return trouble;
    }

    /// Whether only a rotation can make the file good again.
    public boolean wantsRotation() {
        return torn;
    }

    /// Length of the file.
    public long bytes() {
        return bytes;
    }

    /// Records and rotations written.
    public long written() {
        return written.sum();
    }

    /// Records and rotations that could not be written.
    public long failed() {
        return failed.sum();
    }

    // ---- The writer ----

    private void write() {
        var batch = new ArrayList<Op>();
        var waiting = new ArrayList<Op.Sync>(); // whose records are written, but not yet forced
        while (true) {
            try {
                batch.add(queue.take());
            } catch (InterruptedException _) {
                continue; // only close() ends this thread, after what was handed over before
            }
            queue.drainTo(batch, BATCH - 1);
            boolean close = false;
            for (Op op : batch) {
                switch (op) {
                    case Op.Append append -> write(append.record());
                    case Op.Rotate rotate -> {
                        force(waiting);
                        replace(rotate.records());
                    }
                    case Op.Sync sync -> {
                        if (failedSinceSync) sync.done().complete(false);
                        else waiting.add(sync);
                        failedSinceSync = false;
                    }
                    case Op.Rotated rotated -> rotated.done().complete(!rotationDue);
                    case Op.Close() -> close = true;
                }
            }
            batch.clear();
            force(waiting);
            if (close) {
                shut();
                return;
            }
        }
    }

    private void write(byte[] record) {
        if (torn) {
            refused("it has to be rewritten first");
            return;
        }
        try {
            var buffer = ByteBuffer.wrap(record);
            while (buffer.hasRemaining()) {
                var _ = channel.write(buffer);
            }
            length += record.length;
            bytes = length;
            written.increment();
            trouble = null;
        } catch (IOException e) {
            cut();
            refused(Disk.reason(e));
        }
    }

    /// Takes back what a failed write left.
    private void cut() {
        try {
            channel.truncate(length);
            channel.position(length);
        } catch (IOException e) {
            torn = true; // whatever comes after it could not be read
        }
    }

    private void refused(String why) {
        failed.increment();
        failedSinceSync = true;
        if (trouble == null) LOG.warn("{} cannot be written: {}", file, why);
        trouble = why;
    }

    private void force(List<Op.Sync> waiting) {
        if (waiting.isEmpty()) return;
        boolean good = true;
        try {
            channel.force(false);
        } catch (IOException e) {
            // The system may have dropped the pages it could not write: nothing here is sure.
            torn = true;
            good = false;
            refused(Disk.reason(e));
            failedSinceSync = false;
        }
        for (Op.Sync sync : waiting) sync.done().complete(good);
        waiting.clear();
    }

    private void replace(List<byte[]> records) {
        Path fresh = fresh(file);
        try {
            FileChannel next =
                    disk.open(
                            fresh,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE);
            long size = 0;
            try {
                for (byte[] record : records) {
                    var buffer = ByteBuffer.wrap(record);
                    while (buffer.hasRemaining()) {
                        var _ = next.write(buffer);
                    }
                    size += record.length;
                }
                next.force(true);
                Files.move(
                        fresh,
                        file,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                next.close();
                throw e;
            }
            // From here on the new file is the journal, and this channel writes it.
            FileChannel old = channel;
            channel = next;
            length = size;
            bytes = size;
            torn = false;
            rotationDue = false;
            trouble = null;
            written.increment();
            old.close();
            forceFolder();
        } catch (IOException e) {
            rotationDue = true;
            refused("rotation: " + Disk.reason(e));
            failedSinceSync = false; // no record was lost: the old file stands
            try {
                Files.deleteIfExists(fresh);
            } catch (IOException _) {
                // it is deleted at the next start
            }
        }
    }

    private void forceFolder() {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) return;
        try (FileChannel handle = FileChannel.open(folder, StandardOpenOption.READ)) {
            handle.force(true);
        } catch (IOException e) {
            LOG.debug(
                    "folder of {} cannot be forced: {}",
                    file,
                    Disk.reason(e)); // not on every system
        }
    }

    private void shut() {
        try {
            channel.force(true);
            channel.close();
        } catch (IOException e) {
            LOG.warn("{} was not closed well: {}", file, Disk.reason(e));
        }
        for (Op op; (op = queue.poll()) != null; ) {
            if (op instanceof Op.Sync sync) sync.done().complete(false);
            if (op instanceof Op.Rotated rotated) rotated.done().complete(false);
        }
    }

    private static Path fresh(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    /// Writes what was handed over, forces it, and ends.
    @Override
    public void close() {
        queue.add(new Op.Close());
        try {
            writer.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The end of a content from an offset on.
    public static byte[] tail(byte[] content, int from) {
        return Arrays.copyOfRange(content, from, content.length);
    }
}
