package org.pollen.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.Stream;

/// Files that a scenario names: edges, latencies, sessions, and the jar or folder of attackers.
///
/// @param scenario the file that names them, which they are beside
record NamedFiles(Path scenario) {
    /// Keys whose values name one.
    static final List<String> KEYS =
            Stream.concat(ScenarioKeys.FILES.stream(), Stream.of("attack.classpath")).toList();

    /// And a key of each group.
    static final String OF_GROUPS = "groups.behaviour.classpath";

    /// Takes in what a file has, or each of a folder, with its name.
    void hash(MessageDigest sha, String name) throws IOException {
        Path path = scenario.resolveSibling(name);
        if (!Files.isDirectory(path)) {
            sha.update(Files.readAllBytes(path));
            return;
        }
        for (Path file : files(path)) {
            sha.update(path.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
            sha.update(Files.readAllBytes(file));
        }
    }

    /// Copies a file, or all of a folder, under its name into a folder, so that a copy of the
    /// scenario there can be run. Names that lead out of the folder are left out.
    void copy(String name, Path folder) {
        Path relative = Path.of(name).normalize();
        boolean out = relative.isAbsolute() || relative.startsWith("..");
        if (out || relative.toString().isEmpty()) return;
        Path from = scenario.resolveSibling(relative);
        try {
            if (folder.toAbsolutePath().normalize().startsWith(from.toAbsolutePath().normalize())) {
                return; // a folder cannot be copied into itself
            }
            for (Path file : files(from)) {
                Path to = folder.resolve(relative).resolve(from.relativize(file)).normalize();
                if (Files.exists(to) && Files.isSameFile(file, to)) continue;
                Path parent = to.getParent();
                if (parent != null) Files.createDirectories(parent);
                Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy %s: %s".formatted(name, e), e);
        }
    }

    /// In the order of their names.
    private static List<Path> files(Path path) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
