package org.pollen.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// What the runs of an entry of the catalogue leave behind: the folder of each has the files of a
/// scenario's run and is named after the run. If the entry is one run, its folder is that of the
/// entry; otherwise the entry has a report that compares them.
final class EntryFolder implements EntryRuns {
    private static final String REPORT = "report.html";

    private final String id;
    private final String entry;
    private final Path folder;
    private final RunFiles files;
    private final Map<String, RunFolder> made = new LinkedHashMap<>();

    /// @param id of the entry
    /// @param title of it, for reports
    EntryFolder(String id, String title, Path folder, RunFiles files) {
        this.id = id;
        entry = id + " " + title;
        this.folder = folder;
        this.files = files;
        RunFolder.begin(folder);
        if (!files.trace().equals("interop")) return;
        Path hosts = folder.resolve("hosts");
        if (Files.exists(hosts)) {
            throw new ScenarioException(hosts + " is there already: choose another folder");
        }
    }

    /// Has a run leave its files.
    ///
    /// @param name of the run within the entry; if another run has it, a number is added
    @Override
    public SimulationResult run(
            String name, Setup.Builder builder, Function<Setup, SimulationResult> execute) {
        String leaf = free(name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-"));
        Path target = folder.resolve(leaf);
        RunFolder.begin(target);
        var recorder = new Recorder();
        try (RunLogs logs = files.logs(target)) {
            Setup setup = recorder.at(logs.into(builder)).build();
            SimulationResult result = execute.apply(setup);
            logs.complete();
            RunFolder run =
                    RunFolder.of(
                            entry + ": " + name,
                            origin(),
                            setup,
                            result,
                            recorder,
                            List.of(),
                            true);
            files.write(run, target);
            made.put(leaf, run);
            return result;
        }
    }

    /// What says how to run it again.
    private Map<String, Object> origin() {
        var origin = new LinkedHashMap<String, Object>();
        origin.put("entry", id);
        origin.put("entryRun", made.size());
        return origin;
    }

    private String free(String name) {
        String free = name;
        for (int i = 2; made.containsKey(free); i++) free = name + "-" + i;
        return free;
    }

    /// All runs are done.
    ///
    /// @throws IllegalStateException if there was none
    @Override
    public void end(List<Verdict.Gate> gates) {
        if (made.isEmpty()) throw new IllegalStateException(entry + ": it ran no network");
        if (made.size() > 1) {
            if (!files.report()) return;
            String html = Report.comparison(entry, made, gates);
            RunFolder.write(folder, REPORT, html);
            return;
        }
        Map.Entry<String, RunFolder> only = made.entrySet().iterator().next();
        up(folder.resolve(only.getKey()));
        files.write(only.getValue().named(entry, gates), folder);
    }

    /// Moves the files of a folder into the one it is in.
    private void up(Path inner) {
        try {
            // Written anew, last: a folder with a summary is complete.
            Files.deleteIfExists(inner.resolve(RunFolder.SUMMARY));
            var names = new ArrayList<Path>();
            try (var all = Files.list(inner)) {
                all.forEach(names::add);
            }
            for (Path file : names) {
                Path to = folder.resolve(inner.relativize(file));
                Files.move(file, to, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.delete(inner);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write into %s: %s".formatted(folder, e), e);
        }
    }
}
