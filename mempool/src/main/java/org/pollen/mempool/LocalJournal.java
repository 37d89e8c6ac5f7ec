package org.pollen.mempool;

import java.util.List;

/// Where the local tracker keeps its transactions over a restart: one file, records one after the
/// other without framing. The owner of the files implements it.
public interface LocalJournal {
    /// Appends one record; it must be on the disk within a second.
    ///
    /// @return whether it could be written
    boolean append(byte[] record);

    /// Replaces the whole content, so that a crash leaves either the old or the new one: write
    /// beside, force, rename over.
    ///
    /// @return whether it could be written
    boolean rotate(List<byte[]> records);

    /// A journal that keeps nothing.
    LocalJournal NONE =
            new LocalJournal() {
                @Override
                public boolean append(byte[] record) {
                    return true;
                }

                @Override
                public boolean rotate(List<byte[]> records) {
                    return true;
                }
            };
}
