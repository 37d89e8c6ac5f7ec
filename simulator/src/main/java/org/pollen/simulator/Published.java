package org.pollen.simulator;

import java.util.List;

/// Delays that others published, as points of cumulative distributions: what a report lays over
/// ours.
///
/// Source: simulator specification 1.3 (P) and 7.3 (R, a reference model with static meshes).
///
/// @param latency the latency model it belongs to
/// @param name what it is
/// @param source where it is from
record Published(String latency, String name, String source, double[] millis, double[] shares) {
    private static final double[] QUANTILES = {0.10, 0.50, 0.90, 0.95, 0.99, 1};

    static final List<Published> ALL =
            List.of(
                    new Published(
                            "gerbil",
                            "published, v1.0",
                            "P-A: gerbil-simsub, 1,000 peers, gossipsub 1.0 without flood publish",
                            new double[] {100, 200, 300, 400},
                            new double[] {0.022, 0.369, 0.977, 0.998}),
                    new Published(
                            "pl25",
                            "published, containers",
                            "P-D: Protocol Labs baseline, 1,000 peers in containers, quoted by others",
                            new double[] {100, 165, 350},
                            new double[] {0.50, 0.99, 1}),
                    new Published(
                            "pl25",
                            "reference model",
                            "R-5: static mesh, D 8, flood publish, no processing time",
                            new double[] {52, 77, 79, 80, 103, 105},
                            QUANTILES),
                    new Published(
                            "interop8",
                            "reference model",
                            "R-6: static mesh of 1,000 peers, D 8, no bandwidth limit, 5 ms validation",
                            new double[] {23, 91, 178, 199, 260, 347},
                            QUANTILES),
                    new Published(
                            "vac5",
                            "reference model",
                            "R-13: static mesh of 1,000 peers, links of 40 to 130 ms",
                            new double[] {249, 326},
                            new double[] {0.50, 0.99}));

    static List<Published> of(String latency) {
        return ALL.stream().filter(one -> one.latency.equals(latency)).toList();
    }
}
