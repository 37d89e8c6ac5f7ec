package org.pollen.node.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Where bytes go, so that a test can have a disk that is full or broken.
interface Disk {
    /// The machine's.
    Disk REAL = FileChannel::open;

    /// Opens a file, or a folder to force it.
    FileChannel open(Path file, StandardOpenOption... options) throws IOException;

    /// Why something failed, in a line.
    static String reason(IOException e) {
        return e.getMessage() == null
                ? e.toString()
                : e.getClass().getSimpleName() + " " + e.getMessage();
    }
}
