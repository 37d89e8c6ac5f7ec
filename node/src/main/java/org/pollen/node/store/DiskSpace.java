package org.pollen.node.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How much room the disk of the data directory has: below the least a warning, and the node is not
/// ready; below half of it the node stops while it still can. Source: operations.md 4 and 8.1.
public final class DiskSpace {
    /// Where the disk stands.
    public enum Level {
        /// There is the least that was asked for.
        ENOUGH,
        /// There is less.
        LOW,
        /// There is less than half of it.
        OUT
    }

    private static final Logger LOG = LoggerFactory.getLogger("store");

    private final LongSupplier usable;
    private final long least;
    private volatile long free;
    private volatile Level level = Level.ENOUGH;

    /// @param usable bytes that may still be written; -1 if nobody knows
    /// @param least bytes that there should be; 0 for any
    DiskSpace(LongSupplier usable, long least) {
        this.usable = usable;
        this.least = least;
        look();
    }

    /// The disk of a folder.
    public static DiskSpace of(Path folder, long least) {
        return new DiskSpace(
                () -> {
                    try {
                        return Files.getFileStore(folder).getUsableSpace();
                    } catch (IOException e) {
                        LOG.debug("nobody knows how much room {} has", folder, e);
                        return -1;
                    }
                },
                least);
    }

    /// Looks again; warns when it became worse.
    public Level look() {
        long found = usable.getAsLong();
        free = found;
        Level now =
                found < 0 || found >= least
                        ? Level.ENOUGH
                        : found >= least / 2 ? Level.LOW : Level.OUT;
        if (now.compareTo(level) > 0) LOG.warn("{}", text());
        level = now;
        return now;
    }

    /// Bytes that could be written at the last look; -1 if nobody knows.
    public long free() {
        return free;
    }

    /// `ok`, or what is wrong.
    public String check() {
        return level == Level.ENOUGH ? "ok" : text();
    }

    /// Why what can be done without should not be written; null while there is enough room.
    public @Nullable String shortage() {
        return level == Level.ENOUGH ? null : text();
    }

    /// The room in words.
    public String text() {
        return "%d MiB free, data.minFree is %d MiB".formatted(free >> 20, least >> 20);
    }
}
