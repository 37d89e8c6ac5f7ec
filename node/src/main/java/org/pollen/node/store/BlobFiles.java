package org.pollen.node.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.pollen.mempool.BlobStorage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The blob transactions of a data directory: three folders, and the thread that forces what is
/// written there to the disk, files first and then their folders.
///
/// The pool writes on its own thread, into the system's memory, and goes on; only who has to know
/// that something is kept waits for [#durable]. Whatever came together is forced together.
///
/// Source: mempool.md 11; decision record 87.
public final class BlobFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("blobpool");

    private sealed interface Op {
        record Force(Path file) implements Op {}

        record Sync(CompletableFuture<Boolean> done) implements Op {}

        record Probe(CompletableFuture<@Nullable String> answer) implements Op {}

        record Close() implements Op {}
    }

    private final Path folder;
    private final Disk disk;
    private final LinkedBlockingQueue<Op> queue = new LinkedBlockingQueue<>();
    private final Thread forcer = new Thread(this::force, "blobs");
    private final LongAdder written = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder damaged = new LongAdder();
    private final BlobStorage storage;
    private final AtomicBoolean probing = new AtomicBoolean();
    private volatile @Nullable String trouble;

    private BlobFiles(Path folder, Disk disk) throws IOException {
        this.folder = folder;
        this.disk = disk;
        storage =
                new BlobStorage(
                        new FileBlobStore(folder.resolve("queue"), this, disk),
                        new FileBlobStore(folder.resolve("limbo"), this, disk),
                        new FileBlobStore(folder.resolve("gapped"), this, disk));
        forcer.setDaemon(true);
        forcer.start();
    }

    /// Opens a folder, which is made if there is none.
    ///
    /// @throws IOException if it cannot be read or made
    public static BlobFiles open(Path folder) throws IOException {
        return open(folder, Disk.REAL);
    }

    static BlobFiles open(Path folder, Disk disk) throws IOException {
        return new BlobFiles(folder, disk);
    }

    /// The stores; they belong to the pool's thread.
    public BlobStorage storage() {
        return storage;
    }

    /// Whether what was put since the last call is on the disk.
    ///
    /// @return completes with false if something could not be forced
    public CompletableFuture<Boolean> durable() {
        var done = new CompletableFuture<Boolean>();
        queue.add(new Op.Sync(done));
        return done;
    }

    /// What is wrong with the disk; null while it takes what it is given.
    public @Nullable String trouble() {
        return trouble;
    }

    /// Has the forcing thread find out whether a disk that failed takes anything again, and forget
    /// what was wrong then. Costs the caller nothing.
    ///
    /// @return completes with what is wrong; null if nothing is any more
    public CompletableFuture<@Nullable String> probe() {
        if (trouble == null) return CompletableFuture.completedFuture(null);
        CompletableFuture<@Nullable String> answer = new CompletableFuture<>();
        if (probing.compareAndSet(false, true)) queue.add(new Op.Probe(answer));
        else answer.complete(trouble); // the disk has not answered the last one yet
        return answer;
    }

    private void tryOut() {
        Path file = folder.resolve("probe");
        try (FileChannel channel =
                disk.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            // As much as the smallest of them.
            var bytes = ByteBuffer.allocate(132 << 10);
            while (bytes.hasRemaining()) {
                var _ = channel.write(bytes);
            }
            channel.force(true);
            trouble = null;
        } catch (IOException e) {
            trouble = Disk.reason(e);
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.debug("{} stays", file, e);
        }
    }

    /// Entries written.
    public long written() {
        return written.sum();
    }

    /// Entries that could not be written or forced.
    public long failed() {
        return failed.sum();
    }

    /// Entries that could not be read, or whose checksum was wrong.
    public long damaged() {
        return damaged.sum();
    }

    void written(Path file) {
        written.increment();
        trouble = null;
        queue.add(new Op.Force(file));
    }

    void failed(Path where, IOException e) {
        failed.increment();
        if (trouble == null) LOG.error("{} cannot be written: {}", where, Disk.reason(e));
        trouble = Disk.reason(e);
    }

    void foundDamaged() {
        damaged.increment();
    }

    // ---- The forcing thread ----

    private void force() {
        var batch = new ArrayList<Op>();
        boolean good = true; // since the last answer
        for (boolean closed = false; !closed; batch.clear()) {
            try {
                batch.add(queue.take());
            } catch (InterruptedException _) {
                continue; // only close() ends this thread, after what was handed over before
            }
            queue.drainTo(batch);
            var folders = new LinkedHashSet<Path>();
            for (Op op : batch) {
                if (!(op instanceof Op.Force one)) continue;
                good &= forced(one.file(), StandardOpenOption.WRITE);
                Path parent = one.file().getParent();
                if (parent != null) folders.add(parent);
            }
            for (Path each : folders) good &= forced(each, StandardOpenOption.READ);
            boolean asked = false;
            for (Op op : batch) {
                switch (op) {
                    case Op.Sync sync -> {
                        sync.done().complete(good);
                        asked = true;
                    }
                    case Op.Probe probe -> {
                        tryOut();
                        probing.set(false);
                        probe.answer().complete(trouble);
                    }
                    case Op.Close() -> closed = true;
                    case Op.Force _ -> {} // done above
                }
            }
            good |= asked;
        }
    }

    private boolean forced(Path file, StandardOpenOption how) {
        try (FileChannel channel = disk.open(file, how)) {
            channel.force(true);
            return true;
        } catch (NoSuchFileException _) {
            return true; // it left the pool before
        } catch (IOException e) {
            failed(file, e);
            return false;
        }
    }

    /// Forces what was written, and ends.
    @Override
    public void close() {
        queue.add(new Op.Close());
        try {
            forcer.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
