package org.pollen.bench.relay;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.Multiaddr;

/// The router under test in a process of its own.
final class RouterProcess {
    private RouterProcess() {}

    /// Starts it.
    ///
    /// @param command of another router that prints `ADDR multiaddr`; null for Pollen itself
    /// @param jvm options of Pollen's
    static Process start(@Nullable String command, String jvm, boolean signed) throws IOException {
        return new ProcessBuilder(
                        command == null
                                ? pollen(jvm, signed)
                                : List.of("sh", "-c", "exec " + command))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static List<String> pollen(String jvm, boolean signed) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(jvm.split(" ", -1)));
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(RelayRouter.class.getName());
        if (signed) command.add("signed");
        return command;
    }

    /// Where it listens, once it says so.
    static Multiaddr address(BufferedReader out) throws IOException {
        for (String line; (line = out.readLine()) != null; ) {
            if (line.startsWith("ADDR ")) return Multiaddr.parse(line.substring(5).strip());
        }
        throw new IOException("the router ended without an address");
    }

    /// User and system time of all its threads, as the kernel counts it: hundredths of a second.
    static long cpuNanos(Process process) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10_000_000L;
    }
}
