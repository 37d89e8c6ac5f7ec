package org.pollen.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Who is up when, from a file.
///
/// Lines are `peer,up,down`: a number from 0 on, and seconds from the beginning of the run; without
/// `down` the peer stays. The sessions of a peer are in order and do not touch; those of different
/// peers may be mixed. Before its first session a peer is not there; one that has no line always
/// is. Blank lines, those that begin with `#`, and a first line `peer,up,down` are skipped.
///
/// Source: simulator specification 2.4, "trace".
final class ChurnFile {
    private static final long BYTES_MAX = 16 << 20;
    private static final double SECONDS_MAX = 1e7;
    private static final long NEVER = Long.MAX_VALUE;
    private static final Pattern SESSION =
            Pattern.compile("(\\d{1,9})\\s*,\\s*([0-9.]+)\\s*,\\s*([0-9.]*)");

    private ChurnFile() {}

    /// The churn in a file.
    ///
    /// @param peers how many there are
    /// @throws ScenarioException that names file and line if it cannot be read or understood
    static Churn read(Path path, int peers) {
        var toggles = new long[peers][];
        Arrays.fill(toggles, new long[0]);
        var sessions = new boolean[peers];
        int number = 0;
        for (String line : lines(path)) {
            number++;
            String text = line.strip();
            boolean header = number == 1 && text.equals("peer,up,down");
            if (text.isEmpty() || text.startsWith("#") || header) continue;
            Matcher cells = SESSION.matcher(text);
            if (!cells.matches()) {
                throw error(path, number, text, "peer,up,down, as `17,0,42.5`");
            }
            int peer = Integer.parseInt(cells.group(1));
            if (peer >= peers) throw error(path, number, text, "a peer below " + peers);
            long up = nanos(cells.group(2), path, number, text);
            String end = cells.group(3);
            long down = end.isEmpty() ? NEVER : nanos(end, path, number, text);
            if (up >= down) throw error(path, number, text, "up before down");
            toggles[peer] = with(toggles[peer], sessions[peer], up, down, path, number, text);
            sessions[peer] = true;
        }
        return new Churn(toggles);
    }

    private static List<String> lines(Path path) {
        try {
            if (Files.size(path) > BYTES_MAX) {
                throw new ScenarioException("%s: more than %d bytes".formatted(path, BYTES_MAX));
            }
            return Files.readAllLines(path);
        } catch (IOException e) {
            throw new ScenarioException("%s: cannot be read: %s".formatted(path, e));
        }
    }

    /// What a peer has done so far and one session more.
    private static long[] with(
            long[] before, boolean known, long up, long down, Path path, int number, String text) {
        long[] times = before;
        if (known) {
            boolean ended = times.length % 2 == 1;
            if (!ended || up <= times[times.length - 1]) {
                throw error(path, number, text, "after the peer's session before");
            }
            times = and(times, up);
        } else if (up > 0) {
            times = and(and(times, 0), up);
        }
        return down == NEVER ? times : and(times, down);
    }

    private static long[] and(long[] times, long one) {
        long[] more = Arrays.copyOf(times, times.length + 1);
        more[times.length] = one;
        return more;
    }

    private static long nanos(String cell, Path path, int number, String text) {
        try {
            double seconds = Double.parseDouble(cell);
            if (seconds <= SECONDS_MAX) return Math.round(seconds * 1e6) * 1000;
        } catch (NumberFormatException _) {
            // The same message as for a number out of range.
        }
        throw error(path, number, text, "seconds from 0 to 10000000");
    }

    private static ScenarioException error(Path path, int number, String text, String rule) {
        return new ScenarioException(
                "%s:%d: `%s`: it must be %s".formatted(path, number, text, rule));
    }
}
