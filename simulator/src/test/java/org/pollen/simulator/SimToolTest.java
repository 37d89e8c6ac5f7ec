package org.pollen.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ServiceLoader;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;

class SimToolTest {
    /// How `./pollen sim` finds it: without the entry in META-INF/services it is not there.
    @Test
    void theProgramFindsTheTool() {
        assertThat(ServiceLoader.load(ToolProvider.class))
                .extracting(ToolProvider::name)
                .contains("pollen-sim");
    }
}
