package org.pollen.simulator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// Which build made a result.
///
/// @param number `0.1.0`
/// @param commit the first seven digits if the launcher built it in a checkout, otherwise
///   `unknown`: a build that asked for it itself would not be the same everywhere
record Version(String number, String commit) {
    static final Version CURRENT = read();

    private static Version read() {
        var values = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in != null) values.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Version(
                plain(values.getProperty("version", "unknown")).replace("-SNAPSHOT", ""),
                plain(values.getProperty("commit", "unknown")));
    }

    /// Editors copy the file as it is.
    private static String plain(String value) {
        return value.startsWith("$") ? "unknown" : value;
    }
}
