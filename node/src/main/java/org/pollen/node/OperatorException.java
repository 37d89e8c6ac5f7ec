package org.pollen.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Something the operator can mend: printed as one line with a fix, without a stack trace.
///
/// Several problems found together (three syntax errors in one file) are several [Problem]s, and
/// the first decides the exit code.
public final class OperatorException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// One thing that is wrong.
    ///
    /// @param code which kind
    /// @param message what failed, with the value that was seen
    /// @param fix what to do about it
    public record Problem(ErrorCode code, String message, String fix) {}

    private final transient List<Problem> problems;

    /// One problem.
    ///
    /// @param message what failed, with the value that was seen
    /// @param fix what to do about it
    public OperatorException(ErrorCode code, String message, String fix) {
        this(List.of(new Problem(code, message, fix)), null);
    }

    /// One problem with its cause, which is shown with `-v` only.
    public OperatorException(ErrorCode code, String message, String fix, Throwable cause) {
        this(List.of(new Problem(code, message, fix)), cause);
    }

    /// Several problems that were found in one go.
    ///
    /// @param problems at least one
    public OperatorException(List<Problem> problems, @Nullable Throwable cause) {
        super(problems.getFirst().message(), cause);
        this.problems = List.copyOf(problems);
    }

    /// What is wrong, in the order it was found.
    public List<Problem> problems() {
        return problems;
    }

    /// The exit code of the first problem.
    public int exitCode() {
        return problems.getFirst().code().exitCode();
    }
}
