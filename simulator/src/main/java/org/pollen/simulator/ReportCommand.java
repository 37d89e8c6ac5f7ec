package org.pollen.simulator;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sim report`: the HTML file of one result, or of several compared.
@Command(name = "report", description = "Writes the report of one result, or of several compared.")
final class ReportCommand implements Callable<Integer> {
    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR", arity = "1..*", description = "Folders of results")
    List<Path> folders = List.of();

    @Option(names = "-o", description = "File (report.html in the first folder)")
    @org.jspecify.annotations.Nullable
    Path file;

    @Override
    public Integer call() {
        List<RunFolder> runs = folders.stream().map(RunFolder::read).toList();
        Path target = file != null ? file : folders.getFirst().resolve("report.html");
        Path parent = target.toAbsolutePath().getParent();
        Path name = target.getFileName();
        if (parent == null || name == null) {
            throw new ScenarioException(target + ": it must be a file");
        }
        RunFolder.write(parent, name.toString(), Report.html(runs));
        PrintWriter out = spec.commandLine().getOut();
        out.println(target);
        out.flush();
        return 0;
    }
}
