package org.pollen.node.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MetricCatalogueTest {
    /// To write it anew: `./pollen metrics list > docs/metrics.md`.
    @Test
    void theDocumentIsWhatTheCatalogueSays() throws IOException {
        assertThat(Files.readString(Path.of("..", "docs", "metrics.md")))
                .isEqualTo(MetricCatalogue.document());
    }

    @Test
    void namesSayWhatTheyAre() {
        assertThat(MetricCatalogue.all().values())
                .allSatisfy(metric -> {
                    assertThat(metric.name()).matches("[a-z][a-z0-9_]*");
                    assertThat(metric.type())
                            .isIn("counter", "gauge", "histogram", "summary", "info");
                    assertThat(metric.name().endsWith("_total"))
                            .as(metric.name())
                            .isEqualTo(metric.type().equals("counter"));
                    assertThat(metric.help()).as(metric.name()).isNotBlank().doesNotContain("|");
                    assertThat(metric.when()).as(metric.name()).isNotBlank();
                });
    }

    @Test
    void aNameThatIsNotThereIsADefect() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MetricCatalogue.help("gossipsub_nothing"))
                .withMessageContaining("gossipsub_nothing");
    }
}
