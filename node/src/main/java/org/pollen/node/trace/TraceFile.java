package org.pollen.node.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.pollen.router.TraceEncoder;
import org.pollen.router.TraceEvent;

/// A trace in a file that is put aside when it is long enough.
///
/// A run begins a file of its own: the one before becomes `FILE.1`. So a torn tail, as a crash
/// leaves it, is at the end of a file and never in the middle.
final class TraceFile implements TraceTarget {
    /// Opens a file for writing; a test's disk is full.
    interface Opener {
        OutputStream create(Path file) throws IOException;
    }

    private static final int BUFFER = 64 << 10;

    private final TraceSetup.File setup;
    private final TraceEncoder encoder;
    private final Counts counts;
    private final Opener opener;
    private final byte[] buffer = new byte[BUFFER];
    private int buffered;
    private long bytes; // of the file, with what is buffered
    private @Nullable OutputStream out;

    /// Begins the file.
    ///
    /// @throws IOException if there cannot be such a file
    TraceFile(TraceSetup.File setup, TraceEncoder encoder, Counts counts, Opener opener)
            throws IOException {
        this.setup = setup;
        this.encoder = encoder;
        this.counts = counts;
        this.opener = opener;
        Path folder = setup.file().toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder);
        begin();
    }

    private void begin() throws IOException {
        Path file = setup.file();
        if (Files.exists(file)) {
            if (!Files.isRegularFile(file)) throw new IOException("not a file: " + file);
            Files.move(file, aside(file), StandardCopyOption.REPLACE_EXISTING);
        }
        out = opener.create(file);
        bytes = 0;
    }

    /// Where the file before is.
    static Path aside(Path file) {
        return file.resolveSibling(file.getFileName() + ".1");
    }

    @Override
    public void drain(TraceQueue queue, long now, boolean last) throws IOException {
        for (TraceEvent event; (event = queue.poll()) != null; ) {
            byte[] record = setup.format().record(encoder, event);
            if (record.length > TraceFormat.RECORD_BYTES_MAX) {
                counts.dropped(TraceDrop.SIZE, 1);
            } else {
                try {
                    write(record);
                } catch (IOException e) {
                    counts.dropped(TraceDrop.FAILED, 1);
                    throw e;
                }
                counts.written(event);
            }
        }
        flush();
    }

    private void write(byte[] record) throws IOException {
        if (bytes > 0 && bytes + record.length > setup.bytesMax()) {
            flush();
            closeFile();
            begin();
        }
        bytes += record.length;
        if (record.length > BUFFER - buffered) flush();
        if (record.length > BUFFER) {
            stream().write(record);
        } else {
            System.arraycopy(record, 0, buffer, buffered, record.length);
            buffered += record.length;
        }
    }

    private void flush() throws IOException {
        int length = buffered;
        buffered = 0; // what cannot be written is not tried again
        if (length > 0) stream().write(buffer, 0, length);
    }

    private OutputStream stream() throws IOException {
        OutputStream open = out;
        if (open == null) throw new IOException("the trace file is closed");
        return open;
    }

    private void closeFile() throws IOException {
        OutputStream open = out;
        out = null;
        if (open != null) open.close();
    }

    @Override
    public void close() {
        try {
            closeFile();
        } catch (IOException e) {
            TraceService.LOG.debug("trace file not closed in order", e);
        }
    }
}
