package org.pollen.simulator;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The names of the regions of latency matrices.
///
/// Source: simulator specification 2.4.
final class Regions {
    private static final Map<String, List<String>> NAMES =
            Map.of(
                    "interop8",
                    List.of("AU", "EU", "EAS", "WAS", "NAE", "NAW", "SAF", "SAM"),
                    "lean3",
                    List.of("EU", "US", "ASIA"));

    private Regions() {}

    /// In the order of the matrix; numbers where nobody gave names.
    static List<String> names(Latency latency) {
        List<String> names = NAMES.get(latency.name());
        if (names != null) return names;
        return IntStream.range(0, latency.regions()).mapToObj(Integer::toString).toList();
    }

    /// The row of a region; -1 if there is none of the name.
    static int named(Latency latency, String name) {
        return names(latency).indexOf(name);
    }
}
