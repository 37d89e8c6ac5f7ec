package org.pollen.node.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class DashboardsTest {
    private static final Path FOLDER = Path.of("..", "grafana", "dashboards");

    /// To write them anew: `./pollen dashboards export grafana/dashboards`.
    @Test
    void theCommittedDashboardsAreWhatIsGenerated() throws IOException {
        try (var files = Files.list(FOLDER)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(Dashboards.all().keySet());
        }
        for (var dashboard : Dashboards.all().entrySet()) {
            assertThat(Files.readString(FOLDER.resolve(dashboard.getKey())))
                    .as(dashboard.getKey())
                    .isEqualTo(dashboard.getValue());
        }
    }

    @Test
    void everyPanelHasADescriptionAUnitALegendAndAPlaceOfItsOwn() throws IOException {
        for (JsonNode panel : panels()) {
            String title = panel.path("title").asText();
            if (panel.path("type").asText().equals("row")) continue;
            assertThat(panel.path("description").asText()).as(title).endsWith(".");
            assertThat(panel.at("/fieldConfig/defaults/unit").asText()).as(title).isNotEmpty();
            assertThat(panel.at("/datasource/uid").asText()).as(title).isEqualTo("${DS}");
            assertThat(panel.path("targets")).as(title).isNotEmpty();
            for (JsonNode target : panel.path("targets")) {
                assertThat(target.path("legendFormat").asText()).as(title).isNotEmpty();
                assertThat(target.path("expr").asText()).as(title).doesNotContain("#");
            }
        }
    }

    @Test
    void idsAreUniqueAndNoTwoPanelsOverlap() throws IOException {
        var ids = new HashSet<Integer>();
        var taken = new HashSet<List<Integer>>();
        for (JsonNode panel : panels()) {
            String title = panel.path("title").asText();
            assertThat(ids.add(panel.path("id").asInt())).as(title).isTrue();
            JsonNode place = panel.path("gridPos");
            int x = place.path("x").asInt();
            int y = place.path("y").asInt();
            assertThat(x + place.path("w").asInt()).as(title).isLessThanOrEqualTo(24);
            for (int i = x; i < x + place.path("w").asInt(); i++) {
                for (int j = y; j < y + place.path("h").asInt(); j++) {
                    assertThat(taken.add(List.of(i, j))).as(title).isTrue();
                }
            }
        }
    }

    private static List<JsonNode> panels() throws IOException {
        var panels = new ArrayList<JsonNode>();
        for (String text : Dashboards.all().values()) {
            new ObjectMapper().readTree(text).path("panels").forEach(panels::add);
        }
        return panels;
    }
}
