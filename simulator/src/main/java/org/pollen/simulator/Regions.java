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
                    List.of("EU", "US", "ASIA"),
                    "cloud10",
                    List.of(
                            "Virginia",
                            "California",
                            "Oregon",
                            "Ireland",
                            "Frankfurt",
                            "Tokyo",
                            "Seoul",
                            "Singapore",
                            "Sydney",
                            "SaoPaulo"));

    private Regions() {}

    /// In the order of the matrix; numbers where nobody gave names.
    ///
    /// @param latency the name of the matrix
    static List<String> of(String latency, int count) {
        List<String> names = NAMES.get(latency);
        if (names != null && names.size() == count) return names;
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    /// The row of a region; -1 if there is none of the name.
    static int named(Latency latency, String name) {
        return latency.regionNames().indexOf(name);
    }
}
