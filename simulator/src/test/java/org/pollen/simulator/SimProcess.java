package org.pollen.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The program `sim` in a process of its own, as a test starts it.
final class SimProcess {
    private SimProcess() {}

    /// On the JVM that runs the test, to be stopped by [#interrupt].
    static ProcessBuilder of(String... arguments) throws IOException {
        var command = new ArrayList<String>();
        if (interruptsAreIgnored()) command.addAll(List.of("env", "--default-signal=INT"));
        command.addAll(on(Path.of(System.getProperty("java.home")), "512m", arguments));
        return new ProcessBuilder(command);
    }

    /// The command for a JVM and a heap.
    ///
    /// @param heap as `512m`
    static List<String> on(Path javaHome, String heap, String... arguments) {
        var command = new ArrayList<String>();
        command.add(javaHome.resolve("bin").resolve("java").toString());
        command.add("-Xmx" + heap);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(SimTool.class.getName());
        command.addAll(List.of(arguments));
        return command;
    }

    /// As Ctrl-C does.
    static void interrupt(Process process) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    }

    /// A build that a shell runs in the background ignores Ctrl-C, and so do its children.
    private static boolean interruptsAreIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) return false;
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }
}
