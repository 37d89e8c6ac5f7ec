package org.pollen.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// What this build is: number and commit, written by the build.
///
/// @param number `0.1.0`
/// @param commit the first seven digits, `unknown` outside a checkout
public record Version(String number, String commit) {
    /// This build.
    public static final Version CURRENT = read();

    /// How this node introduces itself to peers and JSON-RPC clients, `pollen/0.1.0`.
    public String agent() {
        return "pollen/" + number;
    }

    private static Version read() {
        var values = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("/version.properties")) {
            if (in != null) values.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String number = values.getProperty("version", "0.0.0").replace("-SNAPSHOT", "");
        String commit = values.getProperty("commit", "unknown");
        return new Version(number, commit.startsWith("$") ? "unknown" : commit);
    }
}
