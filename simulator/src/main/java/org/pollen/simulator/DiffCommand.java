package org.pollen.simulator;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `sim diff`: whether two results are the same run, and if not, from which second on.
///
/// 0 if they are equal, 4 if two runs of one scenario and seed differ, 1 otherwise.
@Command(name = "diff", description = "Compares two results: digests by second, then the sums.")
final class DiffCommand implements Callable<Integer> {
    private static final int NOT_DETERMINISTIC = 4;
    private static final List<String> INPUTS =
            List.of(
                    "name",
                    "seed",
                    "profile",
                    "latency",
                    "bandwidth",
                    "loss",
                    "validationMs",
                    "honest",
                    "attackers",
                    "dials",
                    "messages",
                    "seconds");

    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "A")
    Path first = Path.of("");

    @Parameters(index = "1", paramLabel = "B")
    Path second = Path.of("");

    @Override
    public Integer call() {
        RunFolder a = RunFolder.read(first);
        RunFolder b = RunFolder.read(second);
        PrintWriter out = spec.commandLine().getOut();
        if (a.text("digest").equals(b.text("digest"))) {
            out.println("equal: digest " + a.text("digest"));
            out.flush();
            return 0;
        }
        int at = 0;
        int end = Math.min(a.digests().size(), b.digests().size());
        while (at < end && a.digests().get(at).equals(b.digests().get(at))) at++;
        out.println(
                at < end
                        ? "the first second that differs is " + at
                        : "equal for %d s, then one of them ends".formatted(end));
        boolean same = true;
        for (String key : INPUTS) same &= a.text(key).equals(b.text(key));
        for (Map.Entry<String, Object> entry : a.summary().entrySet()) {
            String key = entry.getKey();
            if (a.text(key).equals(b.text(key)) || entry.getValue() instanceof List<?>) continue;
            double x = a.number(key);
            double y = b.number(key);
            String change =
                    Double.isNaN(x) || Double.isNaN(y) || x == 0
                            ? ""
                            : String.format(Locale.ROOT, "  %+.2f %%", 100 * (y - x) / x);
            out.printf("%-18s %s -> %s%s%n", key, a.text(key), b.text(key), change);
        }
        out.flush();
        return same && at < end ? NOT_DETERMINISTIC : 1;
    }
}
