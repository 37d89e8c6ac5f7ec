package org.pollen.simulator.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/// What `spark-submit --class` starts: `pollen sim sweep` with this executor.
public final class SparkSweep {
    private SparkSweep() {}

    /// Takes the arguments of `pollen sim sweep`.
    public static void main(String[] args) {
        var all = new ArrayList<String>(List.of("sweep", "--executor", "spark"));
        all.addAll(List.of(args));
        int code =
                ToolProvider.findFirst("pollen-sim")
                        .orElseThrow()
                        .run(System.out, System.err, all.toArray(new String[0]));
        if (code != 0) System.exit(code);
    }
}
