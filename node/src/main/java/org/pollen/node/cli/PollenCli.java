package org.pollen.node.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.node.OperatorException.Problem;
import org.pollen.node.Version;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// `pollen`: one process, one command, an exit code that says how it went.
///
/// 0 ok, 1 failed or assertion false, 2 usage, 3 configuration, 4 port, lock or file, 5 node
/// unreachable, 6 refused, 130 and 143 interrupted. Source: operations.md 3.
@Command(
        name = "pollen",
        description = "A libp2p node that gossips transactions, scores its peers and keeps a pool.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = PollenCli.Versions.class,
        subcommands = {
            DevnetCommand.class,
            RunCommand.class,
            InitCommand.class,
            VersionCommand.class,
            ConfigCommand.class,
            KeyCommand.class,
            PoolCommand.class,
            PeersCommand.class,
            ScoreCommand.class,
            TopicsCommand.class,
            DashboardsCommand.class,
            MetricsCommand.class,
            TraceCommand.class,
            SimulatorCommand.class,
            CommandLine.HelpCommand.class
        })
public final class PollenCli implements Callable<Integer> {
    private static final Pattern WORDS =
            Pattern.compile("expected one of \\[([^]]*)] \\(case-insensitive\\)");

    @Mixin GlobalOptions global = new GlobalOptions();

    @Option(names = "--version", versionHelp = true, description = "Version, commit and Java")
    boolean version;

    @Spec CommandSpec spec = CommandSpec.create();

    private PollenCli() {}

    /// The entry point of the jar.
    public static void main(String[] args) {
        System.exit(run(args));
    }

    /// Runs one command line.
    ///
    /// @return the exit code
    public static int run(String... args) {
        return commandLine().execute(args);
    }

    /// The parser with all commands; tests give it writers of their own.
    public static CommandLine commandLine() {
        return new CommandLine(new PollenCli())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(PollenCli::usage)
                .setExecutionExceptionHandler(PollenCli::failed)
                .setUsageHelpAutoWidth(true);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return 2;
    }

    private static int usage(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        String message =
                e.getMessage() == null ? "" : e.getMessage().lines().findFirst().orElse("");
        message = plainWords(message);
        List<String> near =
                e instanceof CommandLine.UnmatchedArgumentException unmatched
                        ? unmatched.getSuggestions()
                        : List.of();
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        print(
                err,
                new Problem(
                        ErrorCode.USE_001,
                        message,
                        near.isEmpty()
                                ? "see " + command + " --help"
                                : "did you mean " + String.join(" or ", near) + "?"));
        err.flush();
        return ErrorCode.USE_001.exitCode();
    }

    /// The words an option takes as they are given, not as the constants are called.
    private static String plainWords(String message) {
        Matcher found = WORDS.matcher(message);
        if (!found.find()) return message;
        String words =
                Stream.of(found.group(1).split(", "))
                        .map(word -> word.toLowerCase(Locale.ROOT).replace('_', '-'))
                        .distinct()
                        .collect(Collectors.joining(", "));
        return found.replaceFirst("expected one of " + Matcher.quoteReplacement(words));
    }

    private static int failed(Exception e, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        boolean verbose = parsed.hasMatchedOption("-v") || verboseBelow(parsed);
        int code;
        if (e instanceof OperatorException known) {
            known.problems().forEach(problem -> print(err, problem));
            code = known.exitCode();
        } else {
            print(
                    err,
                    new Problem(
                            ErrorCode.INT_001,
                            "defect in " + command.getCommandSpec().qualifiedName() + ": " + e,
                            "run it again with -v and report what it prints"));
            code = ErrorCode.INT_001.exitCode();
        }
        if (verbose) e.printStackTrace(err);
        err.flush();
        return code;
    }

    private static boolean verboseBelow(ParseResult parsed) {
        return parsed.subcommands().stream()
                .anyMatch(sub -> sub.hasMatchedOption("-v") || verboseBelow(sub));
    }

    private static void print(PrintWriter err, Problem problem) {
        err.println("error[" + problem.code().text() + "]: " + printable(problem.message()));
        err.println("  fix: " + printable(problem.fix()));
        err.println("  doc: " + problem.code().doc());
    }

    /// Text that may hold what a stranger wrote, fit for a terminal: control characters, with which
    /// it could move the cursor or set colours, become dots.
    static String printable(String text) {
        var out = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        c -> out.appendCodePoint(Character.isISOControl(c) && c != '\t' ? '.' : c));
        return out.toString();
    }

    /// What `--version` prints.
    static final class Versions implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {VersionCommand.line()};
        }
    }

    /// `pollen version`.
    static String versionNumber() {
        return Version.CURRENT.number();
    }
}
