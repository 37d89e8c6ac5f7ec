package org.pollen.simulator;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// All events of a run in their order, as `sim run --record` writes them to `events.bin`: enough to
/// see the run again, and to have its digest, without executing anything.
///
/// Big-endian: the magic number, then 40 bytes for each event (time, key, origin, outcome,
/// content), then one at time -1 that ends it, with the number of events as its outcome. The
/// content is 0 for none, the number of a message plus 1, or minus the length of control. The file
/// has its name only when it is complete.
final class EventLog implements AutoCloseable {
    static final String FILE = "events.bin";
    private static final long MAGIC = 0x706f6c6c656e0001L;
    private static final long END = -1;
    private static final long EVENTS_MAX = (4L << 30) / 40;

    /// Takes the events of a log, one after the other.
    interface Reader {
        void event(long time, long key, long origin, long outcome, long content);
    }

    private final Path target;
    private final Path part;
    private final DataOutputStream out;
    private long events;
    private boolean complete;

    EventLog(Path folder) {
        target = folder.resolve(FILE);
        part = folder.resolve(FILE + ".part");
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(target);
            out =
                    new DataOutputStream(
                            new BufferedOutputStream(Files.newOutputStream(part), 1 << 16));
            out.writeLong(MAGIC);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    void event(long time, long key, long origin, long outcome, long content) {
        if (++events > EVENTS_MAX) {
            throw new ScenarioException(
                    "the record is larger than 4 GiB: fewer peers, or a shorter run");
        }
        write(time, key, origin, outcome, content);
    }

    private void write(long time, long key, long origin, long outcome, long content) {
        try {
            out.writeLong(time);
            out.writeLong(key);
            out.writeLong(origin);
            out.writeLong(outcome);
            out.writeLong(content);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// Ends the log and gives it its name.
    void complete() {
        write(END, 0, 0, events, 0);
        try {
            out.close();
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            complete = true;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// Removes a log that is not complete.
    @Override
    public void close() {
        if (complete) return;
        try {
            out.close();
        } catch (IOException _) {
            // It goes anyway.
        }
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private UncheckedIOException failed(IOException e) {
        return new UncheckedIOException("cannot write %s: %s".formatted(target, e), e);
    }

    /// Reads a log from its beginning to its end.
    ///
    /// @throws ScenarioException if it is none, or not a whole one, with the place where it ends
    static void read(Path file, Reader reader) {
        long events = 0;
        try (var in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            if (in.readLong() != MAGIC) {
                throw new ScenarioException(file + ": it is no record of a run");
            }
            while (true) {
                long time = in.readLong();
                long key = in.readLong();
                long origin = in.readLong();
                long outcome = in.readLong();
                long content = in.readLong();
                if (time == END) {
                    if (outcome == events && in.read() < 0) return;
                    throw new ScenarioException(
                            "%s: damaged: %d events, and its end says %d"
                                    .formatted(file, events, outcome));
                }
                reader.event(time, key, origin, outcome, content);
                events++;
            }
        } catch (EOFException _) {
            throw new ScenarioException(
                    "%s: cut off after %d events: record the run again".formatted(file, events));
        } catch (IOException e) {
            throw new ScenarioException("%s: cannot be read: %s".formatted(file, e.getMessage()));
        }
    }
}
