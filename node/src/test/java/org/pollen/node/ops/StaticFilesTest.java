package org.pollen.node.ops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StaticFilesTest {
    @Test
    void everyFileOfThePageIsPackaged() {
        for (String path : StaticFiles.paths()) {
            Reply reply = requireNonNull(StaticFiles.at(path), path);
            assertThat(reply.body()).as(path).isNotEmpty();
        }
        assertThat(StaticFiles.at("/nothing.js")).isNull();
    }

    @Test
    void thePageNamesOnlyFilesThatAreServed() {
        Reply page = requireNonNull(StaticFiles.at("/"));
        String text = new String(page.body(), StandardCharsets.UTF_8);
        var matcher = Pattern.compile("(?:src|href)=\"([a-z.]+)\"").matcher(text);
        int found = 0;
        while (matcher.find()) {
            assertThat(StaticFiles.paths()).contains("/" + matcher.group(1));
            found++;
        }
        assertThat(found).isGreaterThanOrEqualTo(4);
    }
}
