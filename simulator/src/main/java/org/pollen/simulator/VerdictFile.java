package org.pollen.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The verdicts of a folder: `verdicts.json` and the document made of it, `attacks.md`, written
/// anew after each run, each whole or not at all. What the folder has of other entries and seeds
/// stays.
final class VerdictFile {
    private static final String FILE = "verdicts.json";

    private final Path folder;
    private final List<Verdict> own = new ArrayList<>();

    /// Makes the folder and reads what is there: what cannot be written or merged is said before
    /// anything is run.
    ///
    /// @throws ScenarioException if it cannot be read, or is not of this catalogue
    VerdictFile(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write into %s: %s".formatted(folder, e), e);
        }
        try {
            var _ = AttackTable.markdown(all());
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new ScenarioException(
                    "%s: no verdicts of this catalogue: %s"
                            .formatted(folder.resolve(FILE), e.getMessage()));
        }
    }

    void put(Verdict verdict) {
        own.add(verdict);
        List<Verdict> all = all();
        // First what the other is made of.
        RunFolder.write(folder, FILE, AttackTable.json(all));
        RunFolder.write(folder, "attacks.md", AttackTable.markdown(all));
    }

    /// Read each time: another process may have put some there meanwhile.
    private List<Verdict> all() {
        Path before = folder.resolve(FILE);
        return AttackTable.merged(Files.exists(before) ? RunCommand.text(before) : "", own);
    }
}
