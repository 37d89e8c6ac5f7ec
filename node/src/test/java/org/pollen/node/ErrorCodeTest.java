package org.pollen.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// O86: every error code has its anchor.
class ErrorCodeTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "errors.md");

    @ParameterizedTest
    @EnumSource
    void everyCodeIsExplained(ErrorCode code) throws IOException {
        assertThat(Files.readAllLines(DOCUMENT)).contains("## " + code.text());
        assertThat(code.exitCode()).isBetween(1, 6);
    }

    @Test
    void nothingIsExplainedThatDoesNotExist() throws IOException {
        assertThat(Files.readAllLines(DOCUMENT).stream().filter(line -> line.startsWith("## ")))
                .hasSize(ErrorCode.values().length);
    }
}
